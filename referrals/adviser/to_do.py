"""What a followed student has to do next, and by when: the advisers' lists are in that order."""

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from ..models import Limit, LimitKind, Referral
from ..rules.follow_up import Due
from ..rules.states import FOLLOWED, State

TO_DO: dict[Due, str] = {
    Due.ANSWER: "répondre aux propositions",
    Due.SUPPLY: "envoyer les documents demandés",
    Due.LICENCE: "envoyer le relevé de notes définitif, ou donner une autre date de jury",
    Due.ENROLMENT: "s’inscrire auprès de l’établissement accepté",
    Due.NOTHING: "rien pour le moment",
}
"""What the student has to do."""

OWED_IN: dict[State, Due] = {
    State.AWAITING_LICENCE: Due.LICENCE,
    State.INCOMPLETE: Due.SUPPLY,
    State.OFFERED: Due.ANSWER,
    State.ACCEPTED: Due.ENROLMENT,
}
"""What she owes in a state of which no limit says more."""

BY_THE_NEXT_DATE = (State.AWAITING_LICENCE, State.ACCEPTED)
"""Where no limit runs for her, and the file's own next date is the day that matters to her."""


def with_what_is_owed(referrals: QuerySet[Referral]) -> QuerySet[Referral]:
    """Annotate filed referrals with ``owed``, one of `TO_DO`, and ``owed_at``, the first instant that is too late; None where no
    date is known.
    """
    running = (
        Limit.objects.live().filter(referral=OuterRef("pk"), kind__in=(LimitKind.ANSWER, LimitKind.SUPPLY)).order_by("ends_at")
    )
    runs = Q(limit_kind__isnull=False, state__in=FOLLOWED)
    in_state = [When(state=state, then=Value(due.value)) for state, due in OWED_IN.items()]
    return referrals.alias(
        limit_kind=Subquery(running.values("kind")[:1]), limit_end=Subquery(running.values("ends_at")[:1])
    ).annotate(
        owed=Case(
            When(runs, then=F("limit_kind")),
            When(licence_failed_at__isnull=False, state=State.AWAITING_LICENCE, then=Value("")),  # the office sees to it
            *in_state,
            default=Value(""),
            output_field=CharField(),
        ),
        owed_at=Case(
            When(runs, then=F("limit_end")),
            When(state__in=BY_THE_NEXT_DATE, then=F("next_at")),
        ),
    )


SOONEST_FIRST = (
    F("owed_at").asc(nulls_last=True),
    Case(When(owed="", then=Value(1)), default=Value(0)),
    F("next_at").asc(nulls_last=True),
    F("filed_at").desc(),
    F("pk").desc(),
)
"""What a student must do soonest; then what she must do without a date; then what others must do; then the ends."""
