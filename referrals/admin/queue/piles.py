"""What waits in the office, in piles: the counts of the first page and a filter of the queue read the same table.

Days are those of the académie of each file, never those of the reader.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    Count,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.utils.timezone import localdate

from ...invariants import NEAR_THE_END
from ...models import Absence, Event, EventKind, Limit, LimitKind, Offer, Referral, Role, User
from ...rules.states import FOLLOWED, SEARCHED, Action, OfferState, State
from ..deeds.buttons import acting
from .counting import counted

SOON = timedelta(days=2)
"""What falls due within this time presses; an offer still unread then is no longer left to mails."""
ZONE = "licence_academy__zone"
REACHED = (Action.RECORD_CONTACT, Action.CHANGE_ADDRESS)
"""After one of these, a mail that failed is nobody's task any more."""


class Pile(NamedTuple):
    """holds: for whom and at what instant → the files in it. presses: somebody has to act now. hers: who is shown it."""

    label: str
    holds: Callable[[User, datetime], Q]
    presses: bool = False
    hers: Callable[[User], bool] = lambda user: True


class CountedPile(NamedTuple):
    """is_more: it holds more files than are counted."""

    label: str
    files: int
    query: str
    presses: bool
    is_more: bool = False


def today_in(zone: str, at: datetime) -> Cast:
    """Return the day of ``at`` in the time zone that the column ``zone`` names."""
    return Cast(Func(F(zone), Value(at), function="timezone", output_field=DateTimeField()), DateField())


def _today(at: datetime) -> Cast:
    return today_in(ZONE, at)


def _by_then(at: datetime) -> date:
    """Return a day that no académie's `SOON` goes beyond. As a bound it adds nothing to the exact one, but an index knows it."""
    return (at + timedelta(days=1) + SOON).date()


def _in(*states: State) -> Callable[[User, datetime], Q]:
    return lambda user, at: Q(state__in=states)


def _of(rows: QuerySet) -> Q:
    """The files these rows belong to: one list for the whole page, not a question for each file."""
    return Q(pk__in=rows.order_by().values("referral"))


def _with_an_offer(state: OfferState) -> Callable[[User, datetime], Q]:
    return lambda user, at: _of(Offer.objects.filter(state=state)) & Q(state__in=SEARCHED)


def to_sign(user: User, at: datetime) -> Q:
    return ~Q(prepared_action="")


def may_sign(user: User) -> bool:
    by = acting(user)
    return by is not None and bool(by.signatures)


def is_head(user: User) -> bool:
    return Role.HEAD in user.roles


def licence_overdue(user: User, at: datetime) -> Q:
    """The jury's day has passed without a proof, or she said that she failed."""
    return Q(state=State.AWAITING_LICENCE) & (Q(licence_expected_on__lt=_today(at)) | Q(licence_failed_at__isnull=False))


def unread_near_the_end(user: User, at: datetime) -> Q:
    """An answer limit she was told of ends within two days, an offer under it is unread, and nobody has reached her since."""
    unread = Offer.objects.filter(referral=OuterRef("referral"), state=OfferState.SENT, first_read_at__isnull=True)
    own = Limit.objects.live().filter(kind=LimitKind.ANSWER, offer=OuterRef("pk"))
    governed = Q(Exists(unread.filter(pk=OuterRef("offer")))) | Q(Exists(unread.filter(~Exists(own))), offer__isnull=True)
    reached = Event.objects.of_case().filter(
        referral=OuterRef("referral"), kind=Action.RECORD_CONTACT, at__gte=OuterRef("created_at")
    )
    ending = (
        Limit.objects.live()
        .filter(
            governed,
            ~Exists(reached),
            kind=LimitKind.ANSWER,
            told_at__isnull=False,
            last_day__lte=_by_then(at),
        )
        .filter(last_day__lte=today_in("zone", at) + SOON)
    )
    return _of(ending) & Q(state__in=SEARCHED)


def mail_never_arrived(user: User, at: datetime) -> Q:
    """A mail to the student failed, and since then none has left, nobody has reached her, and her address is the same."""
    since = Event.objects.of_case().filter(
        Q(kind__in=REACHED) | Q(kind=EventKind.MAIL_SENT, payload__to_student=True),
        referral=OuterRef("referral"),
        seq__gt=OuterRef("seq"),
    )
    failed = Event.objects.of_case().filter(~Exists(since), kind=EventKind.MAIL_FAILED, payload__to_student=True)
    return _of(failed)


def enrolment_overdue(user: User, at: datetime) -> Q:
    return Q(state=State.ACCEPTED, due_on__lt=_by_then(at)) & Q(due_on__lt=_today(at))


def due_soon(user: User, at: datetime) -> Q:
    """The day by which the office is to treat the file has come, or is two days away. Enrolments have a pile of their own."""
    return Q(due_on__lte=_by_then(at)) & Q(due_on__lte=_today(at) + SOON) & ~Q(state=State.ACCEPTED)


def escalated_to_her(user: User, at: datetime) -> Q:
    return Q(escalated_to=user, state__in=SEARCHED)


def _too_few_offers() -> Q:
    """Fewer offers were made than the rules require."""
    made = Offer.objects.counted().filter(referral=OuterRef("pk")).order_by().values("referral").annotate(made=Count("pk"))
    return Q(rules__offers_required__gt=Coalesce(Subquery(made.values("made")), 0))


def offers_due_near_the_end(user: User, at: datetime) -> Q:
    """The campaign's last date is near or past, and fewer offers were made than the rules require."""
    plain = Q(state__in=SEARCHED, campaign__search_until__lte=_by_then(at) + NEAR_THE_END)  # most days, no campaign is so old
    return plain & Q(campaign__search_until__lte=_today(at) + NEAR_THE_END) & _too_few_offers()


def come_to_nothing() -> QuerySet[Offer]:
    """Return the consultations that ended without a seat, and since the end of which their student's file has asked nobody."""
    of_file = Event.objects.of_case().filter(referral=OuterRef("referral"))
    asked_since = of_file.filter(kind=Action.CONSULT, seq__gt=OuterRef("seq"))
    ended = of_file.alias(about=Cast("payload__offer", BigIntegerField())).filter(
        ~Exists(asked_since), kind__in=(Action.RECORD_REFUSAL, Action.LAPSE_CONSULTATION), about=OuterRef("pk")
    )
    return Offer.objects.filter(
        Exists(ended),
        state__in=(OfferState.REFUSED, OfferState.UNANSWERED),
        referral__state__in=(State.ADMISSIBLE, State.COMMISSION),
    )


def to_try_elsewhere(user: User, at: datetime) -> Q:
    """The last answers were a no or a silence, offers are still due, and nobody is being asked."""
    asked = Offer.objects.asked().filter(referral=OuterRef("pk"))
    return _of(come_to_nothing()) & ~Q(Exists(asked)) & _too_few_offers()


def untold(user: User, at: datetime) -> Q:
    """A limit runs that she knows nothing of: the mail that announces it has not left."""
    return _of(Limit.objects.live().filter(told_at__isnull=True).exclude(kind=LimitKind.FILING))


PILES: dict[str, Pile] = {
    "signaler": Pile("Dossiers qui vous sont signalés", escalated_to_her, True, is_head),
    "signer": Pile("Décisions préparées, à signer", to_sign, True, may_sign),
    "dates": Pile("À traiter d’ici deux jours", due_soon, True),
    "non-lues": Pile("Propositions non lues, délai presque passé : joindre l’étudiant", unread_near_the_end, True),
    "non-recus": Pile("Courriels non parvenus à l’étudiant : le joindre", mail_never_arrived, True),
    "non-annonces": Pile("Délais que l’étudiant ignore : courriel non parti", untold, True),
    "licences": Pile("Licences attendues : date passée, ou échec signalé", licence_overdue, True),
    "inscriptions": Pile("Inscriptions à confirmer, date passée", enrolment_overdue, True),
    "fin": Pile("Fin de campagne proche, propositions encore dues", offers_due_near_the_end, True),
    "ailleurs": Pile("Établissement sans réponse ou refus : essayer une autre formation", to_try_elsewhere, True),
    "examiner": Pile("À examiner", _in(State.FILED)),
    "documents": Pile("Documents attendus", _in(State.INCOMPLETE, State.AWAITING_LICENCE)),
    "places": Pile("Recherche de places en cours", _in(State.ADMISSIBLE)),
    "consultations": Pile("Établissements consultés, réponse attendue", _with_an_offer(OfferState.CONSULTING)),
    "envoyer": Pile("Accords à envoyer à l’étudiant", _with_an_offer(OfferState.AGREED)),
    "reponses": Pile("Propositions en attente de réponse", _with_an_offer(OfferState.SENT)),
    "commission": Pile("En commission régionale", _in(State.COMMISSION)),
    "inscrire": Pile("Inscriptions attendues des établissements", _in(State.ACCEPTED)),
    "epuisees": Pile("Propositions épuisées, ou inscription manquée", _in(State.EXHAUSTED, State.NOT_ENROLLED)),
}
"""Key in the address → what the pile holds."""


def piles_of(user: User) -> dict[str, Pile]:
    """Return the piles that ``user`` is shown."""
    return {key: pile for key, pile in PILES.items() if pile.hers(user)}


def mine(user: User) -> Q:
    """The files that ``user`` follows, until nothing more is to be done about them."""
    return Q(assigned_to=user, state__in=FOLLOWED)


def stood_in_for(user: User, at: datetime) -> Q:
    """The files of those whose work ``user`` does that day besides her own."""
    away = Absence.objects.on(localdate(at)).filter(substitute=user)
    return Q(assigned_to__in=away.values("user"), state__in=FOLLOWED)


class Age(NamedTuple):
    """Files filed so many days ago: from ``since`` on, and less than ``before`` where that is said."""

    label: str
    since: int
    before: int | None = None

    def holds(self, at: datetime) -> Q:
        """The plain bounds say no more than the others, but an index knows them."""
        holds = Q()
        if self.before is not None:
            holds &= Q(filed_at__gte=at - timedelta(days=self.before + 1)) & Q(
                filed_at__gte=_began(_today(at), days=1 - self.before)
            )
        if self.since:
            holds &= Q(filed_at__lt=at - timedelta(days=self.since - 2)) & Q(filed_at__lt=_began(_today(at), days=1 - self.since))
        return holds


AGES = {
    "moins-15": Age("moins de 15 jours", 0, 15),
    "15-30": Age("15 à 30 jours", 15, 31),
    "plus-30": Age("plus de 30 jours", 31),
}
"""Key in the address → how long ago the file was filed."""


def _began(day: Cast | Value, *, days: int) -> Func:
    """Return when the day ``days`` days after ``day`` began, in the académie of each file."""
    midnight = ExpressionWrapper(day + timedelta(days=days), output_field=DateTimeField())
    return Func(F(ZONE), midnight, function="timezone", output_field=DateTimeField())


def filed_in_week(monday: date) -> Q:
    """The files filed from ``monday`` to the Sunday after, days of the académie of each.

    The plain bounds say no more than the others, but an index knows them.
    """
    around = datetime.combine(monday, time(), UTC)
    plain = Q(filed_at__gte=around - timedelta(days=1), filed_at__lt=around + timedelta(days=8))
    first = Value(monday, DateField())
    return plain & Q(filed_at__gte=_began(first, days=0), filed_at__lt=_began(first, days=7))


def counted_piles(user: User, *, at: datetime) -> list[CountedPile]:
    """Return every pile of ``user``'s office with its number of files and the queue's query for it; her own files come first."""
    referrals = Referral.objects.of_office(user)
    own = {"suivi=moi": Pile("Mes dossiers en cours", lambda user, at: mine(user))}
    piles = own | {f"pile={key}": pile for key, pile in piles_of(user).items()}
    counts = counted({query: referrals.filter(pile.holds(user, at)) for query, pile in piles.items()})
    return [
        CountedPile(pile.label, counts[query].files, query, pile.presses, counts[query].is_more) for query, pile in piles.items()
    ]
