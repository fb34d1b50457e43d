"""Who follows a file: a colleague, the region's rule, or a head where nobody is at work."""

from datetime import date, datetime

from django.db.models import Q

from vacancies.names import normalise

from ..models import Absence, AssignmentRule, Referral, Role, User
from ..presence import at_work, by_load, in_charge, posted
from ..rules.states import Action
from .limits import local_date
from .moving import By, Refused, moving


def assign(referral_id: int, *, to: User, by: By, at: datetime, note: str = "") -> None:
    """Give the file to a caseworker of the competent region.

    Raises Refused where that person does not work there.
    """
    with moving(Action.ASSIGN, referral_id=referral_id, by=by, at=at) as step:
        if not By.office(to).may_touch(step.referral):
            raise Refused("not_of_the_region", "Cette personne n’appartient pas au rectorat compétent.")
        step.referral.assigned_to = to
        step.payload |= {"assigned_to": to.pk}
        step.note = note


def hand_over(referral_id: int, *, by: By, at: datetime) -> None:
    """Give a file that nobody at work follows to somebody: a new one by the region's rule, a due one of who is away to a head.

    Raises Refused where somebody follows it, or nobody can.
    """
    with moving(Action.ASSIGN, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        today = local_date(referral, at)
        owner = referral.assigned_to
        if owner is None or not posted(referral.region_id or "", on=today).filter(pk=owner.pk).exists():
            to = chosen_by_rule(referral, on=today)
        else:
            to = _in_place_of(owner, referral, on=today, at=at)
            step.note = f"Absence de {owner}, sans personne pour la remplacer." if to else ""
        if to is None:
            raise Refused("nobody_else", "Personne d’autre ne peut suivre ce dossier aujourd’hui.")
        referral.assigned_to = to
        step.payload |= {"assigned_to": to.pk}


def _in_place_of(owner: User, referral: Referral, *, on: date, at: datetime) -> User | None:
    """Return the head to whom a due file of ``owner`` goes; None where it is not due, or she or her substitute is at work."""
    due = referral.next_at is not None and local_date(referral, referral.next_at) <= on
    away = Absence.objects.on(on).filter(user=owner).exists()
    acting = in_charge(referral, on=on)
    stands_in = Absence.objects.on(on).filter(user=owner, substitute=acting).exists()
    return acting if due and away and acting and acting != owner and not stands_in else None


def chosen_by_rule(referral: Referral, *, on: date) -> User | None:
    """Return who gets a new file: of those whom the region's rules name for its académie and initial, or else of everybody there,
    who is at work and follows the fewest; somebody away rather than nobody. Nobody follows her own request.
    """
    region = referral.region_id or ""
    fit = AssignmentRule.objects.filter(
        Q(academy=referral.licence_academy) | Q(academy__isnull=True),
        region=region,
        first_initial__lte=initial_of(referral),
        last_initial__gte=initial_of(referral),
    )
    of_academy = fit.filter(academy__isnull=False)
    named = Q(pk__in=(of_academy if of_academy.exists() else fit).values("caseworker"))
    caseworkers = Q(pk__in=posted(region, on=on, roles=(Role.CASEWORKER,)))
    present = at_work(region, on=on).exclude(pk=referral.student_id)
    anybody = posted(region, on=on).exclude(pk=referral.student_id)
    for candidates in (present.filter(named), present.filter(caseworkers), present, anybody):
        if chosen := by_load(candidates).first():
            return chosen
    return None


def initial_of(referral: Referral) -> str:
    """Return the first letter of the name she uses, A to Z; A where it has none."""
    letters = (letter for letter in normalise(referral.usage_name or referral.birth_name).upper() if "A" <= letter <= "Z")
    return next(letters, "A")
