"""The answer clock: when it starts, what it governs, and that it ends whether or not anybody is watching."""

from datetime import date, timedelta

import pytest

from referrals import procedure, tasks
from referrals.invariants import breaches
from referrals.models import Limit, LimitKind, LimitStatus
from referrals.procedure import CLOCK, Refused
from referrals.rules.states import ASKED, OFFER_MOVES, Action, OfferState, State
from tests.factories import instant
from tests.story import Story, offer_in

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        verb(*args, **kwargs)
    return caught.value.code


def test_the_third_offer_starts_the_clock():
    story = Story(academy="La Réunion")
    story.offered(2)
    assert story.limit() is None
    story.at = instant("2026-07-06 10:00 Europe/Paris")
    story.sent()
    limit = story.limit()
    assert (limit.start, limit.last_day, limit.ends_at) == (
        date(2026, 7, 6),
        date(2026, 7, 21),
        instant("2026-07-22 00:00 Indian/Reunion"),
    )
    assert story.referral.state == State.OFFERED


def test_the_local_date_decides_not_the_date_in_paris():
    story = Story(academy="La Réunion", at=instant("2026-07-06 23:00 Europe/Paris"))  # 01:00 on the 7th in La Réunion
    story.offered()
    assert (story.limit().start, story.limit().last_day) == (date(2026, 7, 7), date(2026, 7, 22))


def test_a_franc_limit_ends_one_day_later():
    story = Story(at=instant("2026-07-06 10:00"), franc=True)
    story.offered()
    assert (story.limit().last_day, story.limit().franc) == (date(2026, 7, 22), True)


def test_a_declined_offer_counts():
    story = Story()
    first, _ = story.offered(2)
    procedure.decline(story.id, offer_id=first.pk, reason="Trop loin.", by=story.her, at=story.at)
    assert (story.limit(), story.referral.state) == (None, State.ADMISSIBLE)
    story.sent()
    assert story.limit().start == date(2026, 6, 20)
    assert story.referral.state == State.OFFERED


def test_a_retracted_offer_does_not_count():
    story = Story()
    first, _ = story.offered(2)
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Erreur.", by=story.office, at=story.at)
    story.sent()
    assert (story.limit(), story.referral.state) == (None, State.ADMISSIBLE)
    story.sent()
    assert story.limit() is not None


def test_retracting_the_third_stops_the_clock_and_another_third_starts_it_anew():
    story = Story()
    *_, third = story.offered()
    stopped = story.limit()
    procedure.retract_offer(story.id, offer_id=third.pk, ground="Erreur.", by=story.office, at=story.at)
    stopped.refresh_from_db()
    assert (stopped.status, story.limit(), story.referral.state) == (LimitStatus.CANCELLED, None, State.ADMISSIBLE)
    story.later(days=3).sent()
    assert (story.limit().start, story.referral.state) == (date(2026, 6, 23), State.OFFERED)
    assert breaches(at=story.at) == []


def test_a_later_offer_has_a_limit_of_its_own():
    story = Story()
    story.offered()
    fourth = story.told().later(days=5).sent()
    assert (story.limit().start, story.limit(offer=fourth).start) == (date(2026, 6, 20), date(2026, 6, 25))
    common = story.limit()
    procedure.expire(common.pk, by=CLOCK, at=common.ends_at)
    fourth.refresh_from_db()
    assert (fourth.state, story.referral.state) == (OfferState.SENT, State.OFFERED)
    procedure.accept(story.id, offer_id=fourth.pk, by=story.her, at=common.ends_at + timedelta(days=1))
    assert story.referral.state == State.ACCEPTED
    assert breaches(at=common.ends_at) == []


def test_a_second_expiry_changes_nothing_while_a_later_offer_stands():
    story = Story()
    story.offered()
    story.told().later(days=5).sent()
    common = story.limit()
    for _ in range(2):
        procedure.expire(common.pk, by=CLOCK, at=common.ends_at)
    assert (story.referral.state, story.referral.events.filter(kind="expire").count()) == (State.OFFERED, 1)


def test_the_common_limit_ends_with_the_last_offer_it_governs():
    story = Story()
    offers = story.offered()
    story.told().sent()
    common = story.limit()
    for offer in offers:
        procedure.decline(story.id, offer_id=offer.pk, reason="", by=story.her, at=story.at)
    common.refresh_from_db()
    assert (common.status, story.limit(), story.referral.state) == (LimitStatus.MET, None, State.OFFERED)
    assert breaches(at=story.at) == []


def test_ending_the_search_with_reasons_starts_the_clock_of_the_offers_on_the_table():
    story = Story()
    story.offered(1)
    procedure.end_search(story.id, reason="Aucune autre place.", by=story.office, at=story.at)
    assert (story.limit().start, story.referral.state) == (date(2026, 6, 20), State.OFFERED)


def test_ending_the_search_with_nothing_on_the_table_exhausts_the_file():
    story = Story()
    story.admissible()
    procedure.end_search(story.id, reason="Aucune place.", by=story.office, at=story.at)
    assert (story.limit(), story.referral.state) == (None, State.EXHAUSTED)


def test_the_search_cannot_end_while_an_institution_is_asked():
    story = Story()
    story.admissible().consulting()
    assert refused(procedure.end_search, story.id, reason="…", by=story.office, at=story.at) == "still_asked"


def test_an_offer_may_be_accepted_before_any_clock_runs():
    story = Story()
    (offer,) = story.offered(1)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    assert story.referral.state == State.ACCEPTED


@pytest.mark.parametrize("verb", [procedure.accept, procedure.decline])
def test_after_the_limit_an_answer_is_refused_though_no_worker_ever_ran(verb):
    story = Story()
    offer, *_ = story.offered()
    limit = story.told().limit()
    words = {"reason": ""} if verb is procedure.decline else {}
    assert refused(verb, story.id, offer_id=offer.pk, by=story.her, at=limit.ends_at, **words) == "too_late"
    assert story.referral.state == State.OFFERED
    verb(story.id, offer_id=offer.pk, by=story.her, at=limit.ends_at - timedelta(microseconds=1), **words)
    offer.refresh_from_db()
    assert offer.state in OFFER_MOVES[Action(verb.__name__)].targets


def test_expiry_frees_every_seat_and_exhausts_the_file():
    story = Story()
    offers = story.offered()
    limit = story.told().limit()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    limit.refresh_from_db()
    assert (story.referral.state, limit.status) == (State.EXHAUSTED, LimitStatus.OVER)
    assert [offer.vacancy.free for offer in story.referral.offers.select_related("vacancy")] == [1, 1, 1]
    assert {offer.state for offer in story.referral.offers.all()} == {OfferState.EXPIRED}
    assert len(offers) == 3
    assert breaches(at=limit.ends_at) == []


@pytest.mark.parametrize("state", [state for state in OfferState if state != OfferState.SENT])
def test_expiry_leaves_alone_what_is_not_on_the_table(state):
    if state in ASKED:  # beyond the offers due: no more is asked for than is due
        story = Story()
        story.offered()
        offer = story.consulting()
        offer = story.agree(offer) if state == OfferState.AGREED else offer
    else:
        story, offer = offer_in(state)
    while story.referral.state == State.ADMISSIBLE:
        story.sent()
    offer.refresh_from_db()
    assert offer.state == state
    if limit := story.told().limit():
        procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    offer.refresh_from_db()
    assert offer.state == state


def test_a_limit_that_still_runs_does_not_expire():
    story = Story()
    story.offered()
    limit = story.told().limit()
    assert refused(procedure.expire, limit.pk, by=CLOCK, at=limit.ends_at - timedelta(seconds=1)) == "not_over"


def test_nobodys_clock_runs_untold():
    story = Story()
    story.offered()
    story.followed()
    limit = story.limit()
    assert refused(procedure.expire, limit.pk, by=CLOCK, at=limit.ends_at) == "untold"
    assert breaches(at=limit.created_at + timedelta(hours=25)) == [
        ("no_clock_runs_untold", f"limit {limit.pk} of referral {story.id}")
    ]


def test_a_mail_that_leaves_on_a_later_day_moves_the_limit():
    story = Story()
    story.offered()
    first = story.limit()
    left_at = story.at + timedelta(days=2)
    procedure.record_mail(
        story.id, message_id="m", subject="Une proposition", to_student=True, left=True, at=left_at, limit_id=first.pk
    )
    moved = story.limit()
    assert (moved.supersedes_id, moved.start, moved.told_at) == (first.pk, date(2026, 6, 22), left_at)
    assert moved.last_day == date(2026, 7, 7)
    procedure.record_mail(
        story.id, message_id="m", subject="Une proposition", to_student=True, left=True, at=left_at, limit_id=first.pk
    )
    assert Limit.objects.filter(referral=story.id, kind=LimitKind.ANSWER).count() == 2
    assert list(story.referral.events.order_by("-seq").values_list("kind", flat=True)[:2]) == ["move_limit", "mail_sent"]


def test_a_mail_that_leaves_the_same_local_day_leaves_the_limit_where_it_is():
    story = Story()
    story.offered()
    limit = story.limit()
    procedure.record_mail(
        story.id,
        message_id="m",
        subject="Une proposition",
        to_student=True,
        left=True,
        at=instant("2026-06-20 23:59"),
        limit_id=limit.pk,
    )
    limit.refresh_from_db()
    assert (limit.status, limit.told_at) == (LimitStatus.LIVE, instant("2026-06-20 23:59"))


def test_a_mail_that_never_leaves_is_in_the_history_and_the_clock_stays_untold():
    story = Story()
    story.offered()
    limit = story.limit()
    procedure.record_mail(
        story.id,
        message_id="m",
        subject="Une proposition",
        to_student=True,
        left=False,
        at=story.at,
        limit_id=limit.pk,
        reason="boîte inconnue",
    )
    event = story.referral.events.last()
    limit.refresh_from_db()
    assert (event.kind, event.note, limit.told_at) == ("mail_failed", "Une proposition : boîte inconnue", None)


def test_the_sweep_waits_for_what_arrived_in_time_to_be_written(time_machine):
    story = Story()
    story.offered()
    limit = story.told().limit()
    time_machine.move_to(limit.ends_at + tasks.GRACE - timedelta(seconds=1))
    tasks.expire_overdue()
    assert story.referral.state == State.OFFERED
    time_machine.move_to(limit.ends_at + tasks.GRACE)
    tasks.expire_overdue()
    tasks.expire_overdue()
    assert story.referral.state == State.EXHAUSTED
    assert story.referral.events.filter(kind="expire").count() == 1


def test_one_failure_stops_no_other_and_is_raised_at_the_end():
    done = []

    def act(pk: int) -> None:
        if pk == 2:
            raise ValueError("broken")
        if pk == 3:
            raise Refused("not_over", "…")
        done.append(pk)

    with pytest.raises(tasks.SweepIncomplete) as incomplete:
        tasks.sweep("try", [1, 2, 3, 4], act)
    assert (done, incomplete.value.args) == ([1, 4], ("try", [2]))


def test_an_unanswered_consultation_frees_its_seat(time_machine):
    story = Story()
    offer = story.admissible().consulting()
    time_machine.move_to(offer.held_until - timedelta(seconds=1))
    tasks.lapse_consultations()
    offer.refresh_from_db()
    assert (offer.state, offer.vacancy.free) == (OfferState.CONSULTING, 0)
    time_machine.move_to(offer.held_until)
    tasks.lapse_consultations()
    offer = story.referral.offers.get()
    assert (offer.state, offer.vacancy.free) == (OfferState.UNANSWERED, 1)


def test_a_late_yes_takes_a_new_hold_where_a_seat_is_left():
    story, offer = offer_in(OfferState.UNANSWERED)
    former = offer.hold
    story.agree(offer)
    assert (offer.state, offer.hold != former, story.referral.offers.get().vacancy.held) == (OfferState.AGREED, True, 1)
    assert breaches(at=story.at) == []


def test_a_late_yes_on_a_seat_asked_for_again_is_refused():
    story, offer = offer_in(OfferState.UNANSWERED)
    story.consulting(vacancy=offer.vacancy, reason="Relancé par téléphone.")
    assert refused(story.agree, offer) == "on_its_way"


def test_an_agreement_left_unsent_past_its_date_is_seen():
    story, offer = offer_in(OfferState.AGREED)
    story.followed()
    late = offer.held_until + timedelta(hours=2)
    assert breaches(at=late) == [("no_seat_is_held_past_its_date", f"offer {offer.pk} of referral {story.id}")]


def test_one_poisoned_file_stops_no_other(time_machine, monkeypatch):
    poisoned, sound = Story(), Story()
    poisoned.offered()
    sound.filed()
    limit = procedure.request_documents(sound.id, wanted="Le relevé.", days=3, by=sound.office, at=sound.at)
    poisoned.told()
    sound.told()
    monkeypatch.setitem(tasks.ENDS, LimitKind.ANSWER, lambda *args, **kwargs: 1 / 0)
    time_machine.move_to(limit.ends_at + timedelta(days=30))
    with pytest.raises(tasks.SweepIncomplete):
        tasks.expire_overdue()
    assert sound.referral.state == State.FILED


def test_documents_not_supplied_return_the_file_to_the_office(time_machine):
    story = Story()
    story.filed()
    limit = procedure.request_documents(story.id, wanted="Le relevé complet.", days=10, by=story.office, at=story.at)
    time_machine.move_to(limit.ends_at + tasks.GRACE)
    tasks.expire_overdue()
    assert story.referral.state == State.INCOMPLETE  # she was never told of it
    story.told()
    tasks.expire_overdue()
    assert (story.referral.state, story.referral.filed_at) == (State.FILED, instant("2026-06-20 10:00"))


def test_a_draft_past_its_limit_stays_a_draft_and_may_still_be_filed(time_machine):
    story = Story()
    story.draft()
    limit = story.limit(LimitKind.FILING)
    time_machine.move_to(limit.ends_at + tasks.GRACE)
    tasks.expire_overdue()
    limit.refresh_from_db()
    assert (story.referral.state, limit.status) == (State.DRAFT, LimitStatus.OVER)
    procedure.file(story.id, by=story.her, at=limit.ends_at + timedelta(hours=1))
    assert (story.referral.state, story.referral.events.get(kind="file").payload["late"]) == (State.FILED, True)
