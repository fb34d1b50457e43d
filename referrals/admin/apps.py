from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    """The rectorate's office: the stock admin behind our own site."""

    default_site = "referrals.admin.site.OfficeSite"

    def ready(self) -> None:
        # Not in `referrals/admin/__init__`: Django imports that one to find this class, before there are models.
        from . import (  # noqa: F401
            absences,
            acts,
            assignment_rules,
            commission,
            extensions,
            holds,
            institution_answers,
            ledger,
            medical,
            people,
            publications,
            queue,
            rules,
            runs,
            standard_texts,
        )

        super().ready()
