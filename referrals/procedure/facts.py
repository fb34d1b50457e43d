"""What the rules are asked about a referral: its facts, what it lacks to be filed, and the limit that a licence would give it."""

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from vacancies.models import Academy, Programme
from vacancies.names import normalise

from ..models import Answer, Application, CampaignRules, Limit, LimitKind, LimitStatus, Referral
from ..rules.deadlines import implied_refusal_on, start_of_filing_limit
from ..rules.eligibility import Facts, academic_year_start
from ..rules.rule_sets import Compatibility
from ..rules.states import LIVE, State
from .limits import FILING_RULE, computed

NEEDED_TO_FILE = {
    "first_names": gettext_lazy("vos prénoms"),
    "birth_name": gettext_lazy("votre nom de naissance"),
    "birth_date": gettext_lazy("votre date de naissance"),
    "licence_name": gettext_lazy("la mention de votre licence"),
    "licence_institution": gettext_lazy("l’établissement de votre licence"),
    "licence_academy": gettext_lazy("l’académie où vous avez préparé votre licence"),
}
"""Without these nobody could say who files, or which rectorate is competent."""


def missing_facts(referral: Referral) -> dict[str, str]:
    """Return what the student still has to give before she can file: column → her words. Either day of the licence will do."""
    missing = {column: str(words) for column, words in NEEDED_TO_FILE.items() if not getattr(referral, column)}
    if not (referral.licence_on or referral.licence_expected_on):
        missing["licence_on"] = gettext("la date d’obtention de votre licence, ou celle à laquelle vous l’attendez")
    if referral.transcript is None:
        missing["transcript"] = gettext("votre relevé de notes de licence")
    return missing


def missing_to_file(referral: Referral) -> list[str]:
    """Return what the student still has to give before she can file, in her words; empty when nothing is missing."""
    return list(missing_facts(referral).values())


def facts_of(referral: Referral, *, at: datetime) -> Facts:
    """Return what the rules look at, as the referral stands; once filed, the instant of filing is what counts instead of ``at``."""
    at = referral.filed_at or at
    academy = referral.licence_academy
    limit = referral.limits.filter(kind=LimitKind.FILING).exclude(status__in=(LimitStatus.SUPERSEDED, LimitStatus.CANCELLED)).last()
    stated = list(referral.applications.values_list("answer", "applied_on", "institution", "mention", "title"))
    answers = [answer for answer, *_ in stated]
    others = live_filed(student_id=referral.student_id, campaign_id=referral.campaign_id)
    return Facts(
        at=at,
        today=timezone.localdate(at, academy.tz if academy else None),
        diploma=referral.diploma,
        licence_on=referral.licence_on,
        licence_expected_on=referral.licence_expected_on,
        single_university=academy is not None and academy.region.single_university,
        applications=len(stated),
        refusals=answers.count(Answer.EXPRESS),
        under_contract=answers.count(Answer.CONTRACT),
        silent_since=tuple(applied_on for answer, applied_on, *_ in stated if answer == Answer.IMPLIED and applied_on),
        waiting=Answer.WAITING in answers,
        admitted=Answer.ADMITTED in answers,
        mentions=len({mention or normalise(title) for *_, mention, title in stated}),
        institutions=len({institution for *_, institution, _, _ in stated}),
        incompatible=_incompatible(referral),
        academic_year_starts_on=academic_year_start(referral.campaign.search_until.year),
        opens_on=referral.campaign.opens_on,
        filing_ends_at=limit.ends_at if limit else None,
        another_live=others.exclude(pk=referral.pk).exists(),
        competent=academy is None or referral.region_id in (None, academy.region_id),
    )


def _incompatible(referral: Referral) -> int:
    """Return how many applications went to masters all of whose tracks recommend other licences than hers, and that the
    campaign's table does not have for hers.

    A track that recommends none is taken to suit, and so is every one while hers has no mention of the national list.
    """
    if referral.rules.compatibility != Compatibility.CONDITION or referral.licence_mention_id is None:
        return 0
    tracks = Programme.objects.filter(institution=OuterRef("institution"), mention=OuterRef("mention"))
    suits = Q(any_licence=True) | Q(recommended=None) | Q(recommended=referral.licence_mention_id)
    in_the_table = referral.campaign.compatibilities.filter(licence=referral.licence_mention_id, master=OuterRef("mention"))
    return referral.applications.filter(Exists(tracks), ~Exists(tracks.filter(suits)), ~Exists(in_the_table)).count()


def live_filed(*, student_id: int, campaign_id: str) -> QuerySet[Referral]:
    """The student's live referrals in the campaign; a draft is nobody else's to know of."""
    return Referral.objects.filter(student=student_id, campaign=campaign_id, state__in=LIVE - {State.DRAFT})


def with_the_silence_dated(facts: dict[str, Any], *, of: Application, rules: CampaignRules) -> dict[str, Any]:
    """Return what is to be written of the application ``of``, with the day on which a silence counts under ``rules``."""
    answer, applied_on = (facts.get(column, getattr(of, column)) for column in ("answer", "applied_on"))
    if answer != Answer.IMPLIED or applied_on is None:
        return facts
    return facts | {"on": implied_refusal_on(applied_on=applied_on, months=rules.silence_months)}


def filing_limit_from(*, rules: CampaignRules, academy: Academy, licence_on: date, last_refusal: date | None) -> Limit:
    """Return the filing limit that these facts would give, to be shown: it is not stored."""
    start = start_of_filing_limit(licence=licence_on, last_refusal=last_refusal, opening=rules.campaign.opens_on)
    return computed(rules=rules, academy=academy, kind=LimitKind.FILING, start=start, days=rules.filing_days, rule=FILING_RULE)
