from django.apps import AppConfig


class HouseConfig(AppConfig):
    """The house itself: what is checked before it opens, and what it notes down."""

    name = "config"

    def ready(self) -> None:
        from . import checks, security_log  # noqa: F401
