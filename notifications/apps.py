from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Courriels"

    def ready(self) -> None:
        from . import receivers  # noqa: F401
