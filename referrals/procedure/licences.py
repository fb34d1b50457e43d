"""A licence still to come, and which of several founds the referral."""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from ..documents.uploads import Upload
from ..models import DocumentKind
from ..rules.states import Action
from .corrections import recompute_limits
from .filing import keep
from .founding import swap_licence
from .limits import local_date
from .moving import By, Refused, moving


def prove_licence(referral_id: int, *, licence_on: date, upload: Upload, by: By, at: datetime) -> None:
    """The awaited licence was obtained: with the final transcript the referral can be examined. The filing date stands.

    Raises Refused for a day still to come.
    """
    with moving(Action.PROVE_LICENCE, referral_id=referral_id, by=by, at=at) as step:
        if licence_on > local_date(step.referral, at):
            raise Refused("licence_in_future", _("La date d’obtention de la licence est dans l’avenir."))
        document = keep(step.referral, kind=DocumentKind.TRANSCRIPT, upload=upload, at=at)
        step.referral.licence_on = licence_on
        step.referral.licence_failed_at = None
        step.payload |= {"document": document.pk, "licence_on": licence_on.isoformat(), "sha256": upload.sha256}


def postpone_licence(referral_id: int, *, expected_on: date, note: str, by: By, at: datetime) -> None:
    """The jury comes later than was said, at the resit session for one: the referral waits on, its filing date stands.

    Raises Refused for a day that is past.
    """
    with moving(Action.POSTPONE_LICENCE, referral_id=referral_id, by=by, at=at) as step:
        if expected_on < local_date(step.referral, at):
            raise Refused("expected_in_the_past", _("La date du prochain jury est passée."))
        former = step.referral.licence_expected_on
        step.referral.licence_expected_on = expected_on
        step.referral.licence_failed_at = None
        step.payload |= {"from_day": former and former.isoformat(), "to_day": expected_on.isoformat()}
        step.note = note


def report_failure(referral_id: int, *, note: str, by: By, at: datetime) -> None:
    """She did not obtain the licence. Nothing is refused by itself: a caseworker has to look at it today."""
    with moving(Action.REPORT_FAILURE, referral_id=referral_id, by=by, at=at) as step:
        step.referral.licence_failed_at = at
        step.due_on = local_date(step.referral, at)
        step.note = note


def choose_licence(referral_id: int, *, other_licence_id: int, ground: str, by: By, at: datetime) -> None:
    """Found the filed referral on another of her licences, on a ground. Its limits follow, and never end earlier.

    A referral that awaited its licence can be examined from now on. The competent region does not move by itself: `transfer`
    forwards the file, where it must go elsewhere.
    Raises Refused for a licence that is still awaited.
    """
    with moving(Action.CHOOSE_LICENCE, referral_id=referral_id, by=by, at=at) as step:
        chosen = step.referral.other_licences.get(pk=other_licence_id)
        if chosen.on is None:
            raise Refused("licence_awaited", _("Cette licence est encore attendue : elle ne peut pas fonder une saisine déposée."))
        former = step.referral.licence_name
        swap_licence(step.referral, chosen)
        recompute_limits(step)
        step.note = f"{ground}\n« {former} » devient « {step.referral.licence_name} »"
