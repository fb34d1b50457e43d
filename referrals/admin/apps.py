from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    """The rectorate's office: the stock admin behind our own site."""

    default_site = "referrals.admin.site.OfficeSite"

    def ready(self) -> None:
        # Not in `referrals/admin/__init__`: Django imports that one to find this class, before there are models.
        from . import acts, commission, extensions, holds, medical, people, rules, standard_texts  # noqa: F401
        from .figures import publications  # noqa: F401
        from .matching import runs  # noqa: F401
        from .queue import listing as queue  # noqa: F401
        from .seats import (
            institution_answers,  # noqa: F401
            ledger,  # noqa: F401
        )
        from .team import (
            absences,  # noqa: F401
            assignment_rules,  # noqa: F401
        )

        super().ready()
