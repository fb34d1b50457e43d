"""Who follows a file: a colleague, the region's rule, or a head where nobody is at work."""

from datetime import date, datetime

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


class Sharing:
    """Who gets which files of a region that day: its rules, who works there and how many files each follows, read once for many.

    Each file given counts at once for who got it.
    """

    def __init__(self, region: str, *, on: date) -> None:
        self.rules = list(AssignmentRule.objects.filter(region=region))
        self.people = {user.pk: user for user in by_load(posted(region, on=on))}
        self.load = {pk: user.load for pk, user in self.people.items()}  # type: ignore[attr-defined]  # annotated
        self.present = set(at_work(region, on=on).values_list("pk", flat=True))
        self.caseworkers = set(posted(region, on=on, roles=(Role.CASEWORKER,)).values_list("pk", flat=True))

    def give(self, referral: Referral, *, instead_of: int | None = None) -> User | None:
        """Return who gets ``referral``: of those whom the rules name for its académie and initial, or else of the caseworkers, or
        else of everybody there, who is at work and follows the fewest; somebody away rather than nobody. Nobody follows her own
        request.

        instead_of: who must not get it, since it is taken from her.
        """
        named = {rule.caseworker_id for rule in self._fitting(referral)}
        not_her = {referral.student_id, instead_of}
        for candidates in (self.present & named, self.present & self.caseworkers, self.present, set(self.people)):
            if left := candidates - not_her:
                chosen = min(left, key=lambda pk: (self.load[pk], pk))
                self.load[chosen] += 1
                return self.people[chosen]
        return None

    def _fitting(self, referral: Referral) -> list[AssignmentRule]:
        """Those for its académie go before those for the whole region."""
        initial = initial_of(referral)
        in_range = [rule for rule in self.rules if rule.first_initial <= initial <= rule.last_initial]
        of_academy = [rule for rule in in_range if rule.academy_id == referral.licence_academy_id]
        return of_academy or [rule for rule in in_range if rule.academy_id is None]


def chosen_by_rule(referral: Referral, *, on: date) -> User | None:
    """Return who gets a new file, by the rules of its region."""
    return Sharing(referral.region_id or "", on=on).give(referral)


def initial_of(referral: Referral) -> str:
    """Return the first letter of the name she uses, A to Z; A where it has none."""
    letters = (letter for letter in normalise(referral.usage_name or referral.birth_name).upper() if "A" <= letter <= "Z")
    return next(letters, "A")
