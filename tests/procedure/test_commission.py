"""The regional commission: a session in September 2026 under the rules of 2021, its agenda, its minutes, and its offers."""

import pytest

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import CommissionSession, Decision, LimitKind
from referrals.procedure import By, Refused
from referrals.rules.states import OfferState, State
from referrals.timeline import timeline
from tests import factories
from tests.factories import instant
from tests.story import Story
from vacancies.models import Campaign

pytestmark = pytest.mark.django_db

CALLED_AT, HELD_AT = instant("2026-09-07 09:00"), instant("2026-09-14 14:00")


def with_the_commission(*, academy: str = "Lyon", **options) -> Story:
    story = Story(academy=academy, **options).admissible()
    procedure.refer_to_commission(story.id, note="", by=story.office, at=story.at)
    return story


def session_of(story: Story, *, by: By | None = None) -> CommissionSession:
    return procedure.call_session(
        campaign=Campaign.objects.get(pk=story.campaign.pk),
        region=story.academy.region,
        held_at=HELD_AT,
        place="Rectorat",
        members="La présidente de l’exemple",
        by=by or story.office,
        at=CALLED_AT,
    )


def case_of(story: Story):
    return session_of(story).cases.get(referral=story.id)


def decide(case, decision: Decision, minutes: str, *, by: By) -> None:
    procedure.record_minutes(case.pk, decision=decision, minutes=minutes, by=by, at=HELD_AT)


def offer(case, story: Story, vacancy):
    return procedure.offer_by_commission(
        case.pk, vacancy_id=vacancy.pk, agreed_by="Nom", agreed_as="représentante", by=story.office, at=HELD_AT
    )


def test_the_agenda_has_the_files_of_the_region_that_are_with_the_commission_the_oldest_first():
    later = with_the_commission(at=instant("2026-06-21 10:00"))
    first = with_the_commission()
    with_the_commission(academy="Strasbourg")
    Story().admissible()
    agenda = session_of(first)
    assert list(agenda.cases.values_list("rank", "referral")) == [(1, first.id), (2, later.id)]


def test_what_comes_later_is_added_at_the_end_and_what_another_session_has_is_left_to_it():
    first = with_the_commission()
    earlier = session_of(first)
    second = with_the_commission()
    later = session_of(first)
    assert list(later.cases.values_list("rank", "referral")) == [(1, second.id)]
    third = with_the_commission()
    assert [procedure.complete_agenda(earlier), procedure.complete_agenda(later), procedure.complete_agenda(earlier)] == [1, 0, 0]
    assert list(earlier.cases.values_list("rank", "referral")) == [(1, first.id), (2, third.id)]


def test_an_adjourned_file_may_be_on_the_agenda_of_the_next_session():
    story = with_the_commission()
    decide(case_of(story), Decision.ADJOURNED, "À revoir.", by=story.office)
    assert list(session_of(story).cases.values_list("referral", flat=True)) == [story.id]


def test_nobody_calls_a_session_for_another_region():
    story, other = with_the_commission(), Story(academy="Strasbourg").admissible()
    with pytest.raises(Refused) as refusal:
        session_of(story, by=other.office)
    assert (refusal.value.code, CommissionSession.objects.count()) == ("not_yours", 0)


def test_minutes_are_kept_with_the_file_and_the_student_reads_only_that_it_was_examined():
    story = with_the_commission()
    case = case_of(story)
    decide(case, Decision.NONE, "Aucune place compatible.", by=story.office)
    decide(case, Decision.NONE, "Aucune place compatible.", by=story.office)  # a second click
    case.refresh_from_db()
    assert (case.decision, case.minutes, case.decided_at) == ("none", "Aucune place compatible.", HELD_AT)
    (event,) = story.referral.events.filter(kind="record_minutes")
    assert (event.note, event.payload["session"], story.referral.state) == (case.minutes, case.session_id, State.COMMISSION)
    latest = timeline(story.referral, student="vous")[0]
    assert (latest.what, latest.note) == ("Dossier examiné par la commission régionale", "")


def test_other_minutes_take_the_place_of_the_first_and_the_history_has_both():
    story = with_the_commission()
    case = case_of(story)
    decide(case, Decision.ADJOURNED, "À revoir.", by=story.office)
    decide(case, Decision.NONE, "Aucune place.", by=story.office)
    case.refresh_from_db()
    assert case.minutes == "Aucune place."
    assert list(story.referral.events.filter(kind="record_minutes").values_list("note", flat=True)) == [
        "À revoir.",
        "Aucune place.",
    ]


def test_a_file_that_left_the_commission_has_no_more_minutes():
    story = with_the_commission()
    case = case_of(story)
    procedure.withdraw(story.id, reason="", by=story.her, at=HELD_AT)
    with pytest.raises(Refused) as refusal:
        decide(case, Decision.NONE, "Trop tard.", by=story.office)
    case.refresh_from_db()
    assert (refusal.value.code, case.minutes) == ("wrong_state", "")


def test_a_decision_becomes_an_offer_with_the_agreement_given_in_session():
    story = with_the_commission()
    made = offer(case_of(story), story, story.vacancy())
    made.refresh_from_db()
    assert (made.state, made.agreed_by, made.agreed_through) == (OfferState.SENT, "Nom", "meeting")
    assert made.consulted_because == "Décision de la commission régionale du 14/09/2026"
    assert (story.referral.state, story.limit(LimitKind.ANSWER).start.isoformat()) == (State.OFFERED, "2026-09-14")
    assert breaches(at=HELD_AT) == []


def test_a_seat_under_a_standing_agreement_is_offered_on_it():
    story = with_the_commission()
    vacancy = story.vacancy()
    agreement = procedure.agree_beforehand(
        vacancy_id=vacancy.pk,
        licences=[],
        seats=1,
        agreed_by="Doyenne",
        agreed_as="doyenne",
        agreed_on=CALLED_AT.date(),
        until=story.campaign.search_until,
        by=story.office,
        at=CALLED_AT,
    )
    made = offer(case_of(story), story, vacancy)
    made.refresh_from_db()
    assert (made.state, made.standing, made.agreed_by) == (OfferState.SENT, agreement, "Doyenne")


def test_a_seat_that_is_gone_is_refused_and_nothing_is_left():
    story, other = with_the_commission(), Story().admissible()
    vacancy = story.vacancy(seats=1)
    other.consulting(vacancy=vacancy)
    with pytest.raises(Refused) as refusal:
        offer(case_of(story), story, vacancy)
    assert (refusal.value.code, story.referral.offers.count(), story.referral.state) == ("no_seat", 0, State.COMMISSION)


@pytest.mark.parametrize("role", ["adviser", "institution"])
def test_who_works_in_no_office_decides_nothing(role):
    story = with_the_commission()
    case = case_of(story)
    by = By.institution(factories.post("institution", institution=story.institution)) if role == "institution" else story.her
    with pytest.raises(Refused) as refusal:
        decide(case, Decision.NONE, "Non.", by=by)
    assert refusal.value.code == "not_yours"
