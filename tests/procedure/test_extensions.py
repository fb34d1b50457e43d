"""An extension gives more time: how much, to whom, from which state; it is told, it is one act, and nobody loses by it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import outbox
from notifications.models import Fate, Message
from referrals import procedure, tasks
from referrals.invariants import breaches
from referrals.models import Event, Extension, Limit, LimitKind, LimitStatus, Offer, Referral, Role
from referrals.procedure import CLOCK, By, Refused
from referrals.procedure.extensions import preview
from referrals.procedure.limits import start_limit
from referrals.rules.states import MOVES, SEARCHED, Action, OfferState, State
from tests import factories
from tests.factories import instant
from tests.story import Story, in_state

pytestmark = pytest.mark.django_db

WORDS = {"ground": "Cyclone du 15 juillet.", "source": "Arrêté du 16 juillet 2026"}


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        verb(*args, **kwargs)
    return caught.value.code


def ordered(story: Story, *, days: int = 10, by: By | None = None, at=None, **reach) -> Extension:
    """An extension for the story's académie, unless told otherwise."""
    by, at = by or story.signing, at or story.at
    reach = reach if reach.keys() & {"region", "academy", "referral"} else reach | {"academy": story.academy}
    return procedure.order_extension(campaign=story.campaign, days=days, by=by, at=at, **WORDS, **reach)


def applied(story: Story, *, at=None, **words) -> Extension:
    extension = ordered(story, at=at, **words)
    procedure.apply_extension(extension.pk, by=words.get("by") or story.signing, at=at or story.at)
    extension.refresh_from_db()
    return extension


def in_la_reunion() -> Story:
    """Three offers of 6 July: she may answer until 21 July."""
    story = Story(academy="La Réunion", at=instant("2026-07-06 10:00 Europe/Paris"))
    story.offered()
    return story.told()


def expired(story: Story) -> list[Offer]:
    """Her three offers, of which the limit has just ended; the story goes on a day later."""
    offers = story.offered()
    limit = story.told().limit()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    story.at = limit.ends_at + timedelta(days=1)
    return offers


def state_of(offer: Offer) -> str:
    return Offer.objects.get(pk=offer.pk).state


def mails_of(story: Story, template: str) -> int:
    return Message.objects.filter(to=story.student.email, template=template).count()


DATED = [
    # académie, offers sent at, days added, the last day becomes, because
    ("La Réunion", "2026-07-06 10:00 Indian/Reunion", 10, date(2026, 7, 31), "21 July and ten days"),
    ("La Réunion", "2026-07-06 10:00 Indian/Reunion", 11, date(2026, 8, 3), "1 and 2 August are a weekend"),
    ("Lyon", "2026-06-22 10:00 Europe/Paris", 7, date(2026, 7, 15), "7 July and seven days is the fourteenth"),
    ("Lyon", "2026-06-20 10:00 Europe/Paris", 1, date(2026, 7, 6), "Sunday 5 July and one day is the Monday it had rolled to"),
    ("Lyon", "2026-06-20 10:00 Europe/Paris", 2, date(2026, 7, 7), "days are added to the fifteen, not to the day it rolled to"),
    ("La Réunion", "2026-11-30 10:00 Indian/Reunion", 5, date(2026, 12, 21), "20 December, a holiday there, is a Sunday"),
    ("La Réunion", "2027-12-01 10:00 Indian/Reunion", 4, date(2027, 12, 21), "Monday 20 December is a holiday there"),
    ("Lyon", "2027-12-01 10:00 Europe/Paris", 4, date(2027, 12, 20), "Monday 20 December is none here"),
    ("Strasbourg", "2026-12-10 10:00 Europe/Paris", 1, date(2026, 12, 28), "26 December is a holiday there, then a Sunday"),
    ("Martinique", "2027-05-03 10:00 America/Martinique", 4, date(2027, 5, 24), "22 May is a holiday there, then a Sunday"),
]


@pytest.mark.parametrize(("academy", "sent", "days", "last_day", "because"), DATED)
def test_the_days_are_added_to_the_limits_own_and_it_rolls_as_every_limit(academy, sent, days, last_day, because):
    story = Story(academy=academy, at=instant(sent))
    story.offered()
    story.told()
    applied(story, days=days)
    limit = story.limit()
    assert (limit.start, limit.days, limit.last_day) == (instant(sent).date(), 15 + days, last_day)


def test_a_cyclone_in_la_reunion_gives_until_the_thirty_first_of_july_local_time():
    story = in_la_reunion()
    former = story.limit()
    extension = applied(story, at=instant("2026-07-16 09:00 Indian/Reunion"))
    limit = story.limit()
    former.refresh_from_db()
    assert (limit.last_day, limit.ends_at) == (date(2026, 7, 31), instant("2026-08-01 00:00 Indian/Reunion"))
    assert (limit.rule, limit.zone, limit.calendar, limit.franc) == (former.rule, "Indian/Reunion", "la-reunion", False)
    assert (limit.supersedes, limit.extension, limit.told_at, former.status) == (former, extension, former.told_at, "superseded")
    event = story.referral.events.last()
    assert (event.kind, event.actor, event.by_name, event.note) == ("extend", "head", "Dominique Exemple", "Cyclone du 15 juillet.")
    assert {name: event.payload[name] for name in ("limit", "supersedes", "extension")} == {
        "limit": limit.pk,
        "supersedes": former.pk,
        "extension": extension.pk,
    }
    assert (extension.report, extension.applied_at) == (
        {"moved": {"answer": 1}, "reopened": 0, "gone": [], "too_short": 0},
        instant("2026-07-16 09:00 Indian/Reunion"),
    )
    assert breaches(at=instant("2026-07-16 09:00 Indian/Reunion")) == []


def test_she_may_answer_on_the_new_last_day_and_no_later():
    story = in_la_reunion()
    applied(story)
    offer = story.referral.offers.first()
    late = instant("2026-08-01 00:00 Indian/Reunion")
    assert refused(procedure.accept, story.id, offer_id=offer.pk, by=story.her, at=late) == "too_late"
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=late - timedelta(seconds=1))
    assert story.referral.state == State.ACCEPTED


def test_a_franc_limit_stays_franc():
    story = Story(at=instant("2026-07-06 10:00"), franc=True)
    story.offered()
    applied(story.told())
    assert (story.limit().franc, story.limit().last_day) == (True, date(2026, 8, 3))  # 6 July + 25 + 1 is Saturday 1 August


def test_an_extension_never_ends_a_limit_earlier():
    """Its calendar has lost a holiday since it was computed: what it had promised stands."""
    story = in_la_reunion()
    Limit.objects.filter(pk=story.limit().pk).update(last_day=date(2026, 8, 10), ends_at=instant("2026-08-11 00:00 Indian/Reunion"))
    applied(story)
    assert (story.limit().days, story.limit().last_day) == (25, date(2026, 8, 10))


def test_each_offer_with_its_own_clock_gets_its_own_days_and_its_own_mail():
    story = Story(academy="La Réunion", at=instant("2026-07-06 10:00 Indian/Reunion"), answer_clock="each_offer", answer_days=8)
    first, second = story.offered(2)
    story.told()
    story.at = instant("2026-07-08 10:00 Indian/Reunion")
    third = story.sent()
    story.told()
    applied(story, days=5)
    assert [story.limit(offer=offer).last_day for offer in (first, second, third)] == [
        date(2026, 7, 20),
        date(2026, 7, 20),
        date(2026, 7, 21),
    ]
    assert mails_of(story, "limit_extended") == 3
    assert breaches(at=story.at) == []


def test_documents_may_be_supplied_for_longer():
    story = in_state(State.INCOMPLETE)
    former = story.told().limit(LimitKind.SUPPLY)
    applied(story, days=7)
    limit = story.limit(LimitKind.SUPPLY)
    assert (former.last_day, limit.last_day) == (date(2026, 6, 30), date(2026, 7, 7))
    assert mails_of(story, "limit_extended") == 1
    assert breaches(at=story.at) == []


def test_a_draft_gets_its_days_and_is_told():
    story = Story().draft()
    former = story.limit(LimitKind.FILING)
    applied(story, days=10)
    limit = story.limit(LimitKind.FILING)
    assert (former.last_day, limit.last_day, story.referral.state) == (date(2026, 6, 30), date(2026, 7, 10), State.DRAFT)
    mail = Message.objects.get(template="limit_extended")
    assert (mail.to, mail.limit) == (story.student.email, None)
    assert "Vous avez donc jusqu’au vendredi 10\N{NO-BREAK SPACE}juillet 2026" in mail.text


def test_a_draft_past_its_limit_is_in_time_again(time_machine):
    story = Story().draft()
    limit = story.limit(LimitKind.FILING)
    time_machine.move_to(limit.ends_at + tasks.GRACE)
    tasks.expire_overdue()
    assert story.limit(LimitKind.FILING) is None
    applied(story, at=limit.ends_at + timedelta(days=1))
    assert story.limit(LimitKind.FILING).last_day == date(2026, 7, 10)
    procedure.file(story.id, by=story.her, at=limit.ends_at + timedelta(days=2))
    assert story.referral.events.get(kind="file").payload["late"] is False


def test_what_an_extension_gave_a_draft_survives_a_correction_of_its_facts():
    story = Story().draft()
    applied(story, days=10)
    procedure.save_draft(story.id, facts={"licence_on": date(2026, 6, 16)}, by=story.her, at=story.at)
    assert story.limit(LimitKind.FILING).last_day == date(2026, 7, 13)  # 16 June + 25 is Saturday 11 July


def test_only_the_kind_that_was_named_moves():
    answering, draft = in_la_reunion(), Story(academy="La Réunion").draft()
    applied(answering, kind=LimitKind.FILING)
    assert (answering.limit().days, draft.limit(LimitKind.FILING).days) == (15, 25)


def test_two_acts_add_up():
    story = in_la_reunion()
    applied(story)
    applied(story, days=5)
    assert (story.limit().days, story.limit().last_day) == (30, date(2026, 8, 5))
    assert story.referral.limits.filter(kind=LimitKind.ANSWER).count() == 3
    assert breaches(at=story.at) == []


def test_applied_twice_it_changes_nothing():
    story = in_la_reunion()
    extension = applied(story)
    counts = [model.objects.count() for model in (Limit, Event, Message)]
    procedure.apply_extension(extension.pk, by=story.signing, at=story.at + timedelta(hours=1))
    assert [model.objects.count() for model in (Limit, Event, Message)] == counts
    assert Extension.objects.get().applied_at == story.at


def test_a_limit_that_would_be_over_all_the_same_is_left_and_counted():
    story = in_la_reunion()
    late = instant("2026-08-05 10:00 Indian/Reunion")  # nobody has closed the limit of 21 July yet
    extension = ordered(story, at=late)
    assert preview(extension, at=late).too_short == 1
    procedure.apply_extension(extension.pk, by=story.signing, at=late)
    extension.refresh_from_db()
    assert (story.limit().days, extension.report["moved"], extension.report["too_short"]) == (15, {}, 1)


# What she was told


def test_a_mail_that_leaves_late_does_not_move_the_limit_again():
    story = in_la_reunion()
    applied(story)
    mail = Message.objects.get(template="limit_extended")
    assert mail.limit == story.limit()
    procedure.record_mail(
        story.id,
        message_id=str(mail.message_id),
        subject=mail.subject,
        to_student=True,
        left=True,
        at=story.at + timedelta(days=4),
        limit_id=mail.limit_id,
    )
    assert (story.limit().start, story.limit().last_day) == (date(2026, 7, 6), date(2026, 7, 31))


def test_a_limit_she_was_never_told_of_starts_with_the_mail_of_its_extension(settings):
    """The first mail has not left: what it would say is no longer true, and the new one says all."""
    story = Story(academy="La Réunion", at=instant("2026-07-06 10:00 Europe/Paris"))
    story.offered()
    applied(story)
    assert story.limit().told_at is None
    first = Message.objects.get(template="offers_complete")
    outbox.deliver(first.pk, at=story.at + timedelta(days=1))
    first.refresh_from_db()
    assert (first.fate, first.reason) == (Fate.FAILED, outbox.STALE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    outbox.deliver(Message.objects.get(template="limit_extended").pk, at=instant("2026-07-09 10:00 Indian/Reunion"))
    limit = story.limit()
    assert (limit.start, limit.days, limit.last_day) == (date(2026, 7, 9), 25, date(2026, 8, 3))
    assert limit.told_at is not None


def test_everybody_concerned_is_told_once_and_nobody_else():
    here = [in_la_reunion() for _ in range(3)]
    drafted, waiting, elsewhere = (
        Story(academy="La Réunion").draft(),
        in_state(State.FILED, academy="La Réunion"),
        in_state(State.OFFERED),
    )
    extension = applied(here[0])
    procedure.apply_extension(extension.pk, by=here[0].signing, at=here[0].at)
    assert [mails_of(story, "limit_extended") for story in (*here, drafted, waiting, elsewhere)] == [1, 1, 1, 1, 0, 0]


def test_the_mail_gives_the_ground_the_source_the_end_and_the_offers():
    story = in_la_reunion()
    applied(story)
    mail = Message.objects.get(template="limit_extended")
    assert mail.subject == "Votre délai est prolongé jusqu’au 31\N{NO-BREAK SPACE}juillet"
    text = mail.text.replace("\N{NO-BREAK SPACE}", " ")
    titles = [f"– {offer.vacancy.programme.title}" for offer in story.referral.offers.all()]
    wanted = ["Cyclone du 15 juillet.", "Arrêté du 16 juillet 2026", "10 jours", "vendredi 31 juillet 2026 à 24 h 00", *titles]
    assert [words for words in wanted if words not in text] == []


def test_in_a_mass_act_each_mail_gets_its_words_when_it_is_sent(monkeypatch, mailoutbox):
    """Texts for thousands are not written while thousands of files are locked. They say the same."""
    story = in_la_reunion()
    applied(story)
    mails = Message.objects.filter(template="limit_extended")
    (at_once,) = mails.values_list("subject", "text", "html")
    mails.update(subject="Délai prolongé", text="", html="")
    outbox.deliver(mails.get().pk, at=story.at)
    assert list(mails.values_list("subject", "text", "html")) == [at_once]
    assert [(mail.subject, mail.body) for mail in mailoutbox] == [at_once[:2]]
    monkeypatch.setattr("notifications.receivers.MANY", 0)
    applied(story, days=5)
    waiting = mails.latest("pk")
    assert (waiting.to, waiting.limit, waiting.subject, waiting.text, waiting.html) == (
        story.student.email,
        story.limit(),
        "Délai prolongé",
        "",
        "",
    )


# What was over


def test_offers_that_expired_are_hers_again_where_their_seats_are_free():
    story = Story()
    offers = expired(story)
    holds = {offer.hold for offer in offers}
    assert story.referral.state == State.EXHAUSTED
    extension = applied(story, expired_since=date(2026, 7, 1))
    again = list(story.referral.offers.order_by("pk"))
    former, limit = story.referral.limits.filter(kind=LimitKind.ANSWER)
    assert (story.referral.state, [offer.state for offer in again]) == (State.OFFERED, [OfferState.SENT] * 3)
    assert holds.isdisjoint(offer.hold for offer in again)
    assert (former.status, limit.supersedes, limit.last_day, limit.told_at) == (
        LimitStatus.SUPERSEDED,
        former,
        date(2026, 7, 15),
        former.told_at,
    )
    event = story.referral.events.last()
    assert {name: event.payload[name] for name in ("from", "to", "limit", "revived")} == {
        "from": "exhausted",
        "to": "offered",
        "limit": limit.pk,
        "revived": [offer.pk for offer in offers],
    }
    assert extension.report == {"moved": {}, "reopened": 1, "gone": [], "too_short": 0}
    assert breaches(at=story.at) == []
    procedure.accept(story.id, offer_id=offers[1].pk, by=story.her, at=story.at)
    assert [state_of(offer) for offer in offers] == ["released", "accepted", "released"]
    assert breaches(at=story.at) == []


def test_she_and_the_institutions_hear_that_the_offers_stand_again():
    story = Story()
    expired(story)
    applied(story, expired_since=date(2026, 7, 1))
    event = story.referral.events.last()
    told = [
        (mail.template, mail.subject.replace("\N{NO-BREAK SPACE}", " "))
        for mail in Message.objects.filter(event=event).order_by("pk")
    ]
    held_again = ("institution_seat_held_again", f"Place réservée de nouveau, saisine n° {story.referral.number}")
    assert told == [("limit_extended", "Vous pouvez de nouveau répondre, jusqu’au 15 juillet"), *[held_again] * 3]
    mail = Message.objects.filter(event=event, audience="institution").first()
    assert WORDS["ground"] not in mail.text  # why she has more time is none of theirs
    assert mail.reply_to == story.signer.email


@pytest.mark.parametrize("since", [None, date(2026, 7, 7)])
def test_what_was_over_before_or_was_not_asked_for_stays_over(since):
    story = Story()
    offers = expired(story)  # on 6 July
    assert applied(story, expired_since=since).report["reopened"] == 0
    assert (story.referral.state, [state_of(offer) for offer in offers]) == (State.EXHAUSTED, ["expired"] * 3)


def test_an_extension_too_short_to_help_reopens_nothing():
    story = Story()
    expired(story)
    story.at = instant("2026-07-16 00:00")  # the fifteenth was the day the ten days would have led to
    extension = applied(story, expired_since=date(2026, 7, 1))
    assert (extension.report["reopened"], extension.report["too_short"]) == (0, 1)
    assert story.referral.state == State.EXHAUSTED


def test_seats_that_are_gone_are_listed_and_the_others_offered_again():
    story, other = Story(), Story()
    offers = expired(story)
    other.at = story.at
    other.admissible()
    other.sent(vacancy=offers[0].vacancy)
    extension = ordered(story, expired_since=date(2026, 7, 1))
    foreseen = preview(extension, at=story.at)
    assert (foreseen.reopened, foreseen.gone) == (1, (offers[0],))
    procedure.apply_extension(extension.pk, by=story.signing, at=story.at)
    extension.refresh_from_db()
    assert extension.report["gone"] == [offers[0].pk]
    assert [state_of(offer) for offer in offers] == ["expired", "sent", "sent"]
    assert breaches(at=story.at) == []


def test_where_every_seat_is_gone_the_file_stays_exhausted():
    story, other = Story(required=1), Story(required=1)
    (offer,) = story.offered(1)
    limit = story.told().limit()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    other.admissible()
    other.at = story.at = limit.ends_at
    other.sent(vacancy=offer.vacancy)
    told = Message.objects.filter(to=story.student.email).count()
    extension = applied(story, expired_since=date(2026, 7, 1))
    limit.refresh_from_db()
    assert (story.referral.state, limit.status, extension.report["gone"]) == (State.EXHAUSTED, LimitStatus.OVER, [offer.pk])
    assert Message.objects.filter(to=story.student.email).count() == told


def test_the_last_seat_goes_to_the_one_whom_it_was_offered_first():
    later, first = Story(), Story(at=instant("2026-06-19 10:00"))
    vacancy = later.vacancy(seats=2)
    for story in (later, first):
        story.admissible()
        story.sent(vacancy=vacancy)
        story.sent(), story.sent()
        limit = story.told().limit()
        procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    third = Story(at=instant("2026-07-08 10:00"))
    third.admissible()
    third.sent(vacancy=vacancy)
    applied(third, expired_since=date(2026, 7, 1))
    assert [story.referral.offers.get(vacancy=vacancy).state for story in (first, later)] == ["sent", "expired"]
    assert breaches(at=third.at) == []


def test_a_seat_proposed_again_meanwhile_is_not_proposed_twice():
    story = Story()
    offers = expired(story)
    story.sent(vacancy=offers[0].vacancy, reason="Une seconde chance.")
    applied(story, expired_since=date(2026, 7, 1))
    assert [offer.state for offer in story.referral.offers.order_by("pk")] == ["expired", "sent", "sent", "sent"]
    assert breaches(at=story.at) == []


def test_beside_a_clock_that_runs_for_others_each_offer_taken_up_has_its_own():
    story = Story()
    offers = expired(story)
    fourth = story.sent()  # the new common limit is its own
    applied(story.told(), expired_since=date(2026, 7, 1))
    assert [story.limit(offer=offer).last_day for offer in offers] == [date(2026, 7, 15)] * 3
    assert story.limit().days == 25
    assert [state_of(offer) for offer in (*offers, fourth)] == ["sent"] * 4
    assert breaches(at=story.at) == []


def test_where_the_search_goes_on_the_offer_taken_up_has_its_own_limit():
    story = Story()
    offers = expired(story)
    procedure.reopen(story.id, ground="Recherche reprise.", due_on=story.due_on, by=story.office, at=story.at)
    applied(story, expired_since=date(2026, 7, 1))
    assert story.referral.state == State.ADMISSIBLE
    assert (story.limit(), [story.limit(offer=offer).last_day for offer in offers]) == (None, [date(2026, 7, 15)] * 3)
    assert story.referral.events.filter(kind="extend").count() == 3
    assert breaches(at=story.at) == []


def test_what_expires_once_more_may_be_taken_up_once_more():
    story = Story()
    offers = expired(story)
    applied(story, expired_since=date(2026, 7, 1))
    limit = story.limit()
    story.at = limit.ends_at
    procedure.expire(limit.pk, by=CLOCK, at=story.at)
    applied(story, expired_since=date(2026, 7, 1))
    assert (story.limit().days, [state_of(offer) for offer in offers]) == (35, ["sent"] * 3)
    assert breaches(at=story.at) == []


def test_who_has_accepted_or_withdrawn_is_left_alone():
    accepted, withdrawn = in_state(State.ACCEPTED), Story()
    expired(withdrawn)
    procedure.withdraw(withdrawn.id, reason="", by=withdrawn.her, at=withdrawn.at)
    extension = applied(withdrawn, expired_since=date(2026, 6, 1))
    assert extension.report == {"moved": {}, "reopened": 0, "gone": [], "too_short": 0}
    assert (accepted.referral.state, withdrawn.referral.state) == (State.ACCEPTED, State.WITHDRAWN)


# In which state


@pytest.mark.parametrize("state", State)
def test_a_limit_that_runs_moves_only_where_the_table_says_and_leaves_the_file_there(state):
    story = in_state(state)
    running = story.referral.limits.live().first() or start_limit(
        story.referral, kind=LimitKind.ANSWER, start=story.at.date(), days=15, rule="Réponse", at=story.at
    )
    applied(story)
    running.refresh_from_db()
    moves = state in MOVES[Action.EXTEND].sources - {State.EXHAUSTED}
    assert (running.status == LimitStatus.SUPERSEDED, story.referral.events.filter(kind="extend").count()) == (moves, int(moves))
    assert story.referral.state == state


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DRAFT, State.MERGED)])
def test_what_was_over_is_taken_up_only_while_the_search_may_go_on(state):
    story = Story()
    offers = expired(story)
    Referral.objects.filter(pk=story.id).update(state=state)
    applied(story, expired_since=date(2026, 7, 1))
    again = state in SEARCHED
    assert [state_of(offer) for offer in offers] == ["sent" if again else "expired"] * 3
    assert {story.referral.state} == (MOVES[Action.EXTEND].leads[state] if again else {state})


@pytest.mark.parametrize("state", [state for state in State if state not in MOVES[Action.EXTEND].sources | {State.DRAFT}])
def test_one_student_gets_nothing_where_her_file_awaits_no_act_of_hers(state):
    story = in_state(state)
    assert refused(procedure.extend, story.id, days=10, by=story.office, at=story.at, **WORDS) == "wrong_state"


def test_a_draft_is_none_of_the_offices_business_one_by_one():
    story = Story().draft()
    assert refused(procedure.extend, story.id, days=10, by=story.signing, at=story.at, **WORDS) == "not_yours"


# For whom, and by whom


def test_an_academie_is_not_its_region():
    lyon, grenoble = in_state(State.OFFERED), in_state(State.OFFERED, academy="Grenoble")
    draft = in_state(State.DRAFT, academy="Grenoble")
    applied(lyon)
    assert (lyon.limit().days, grenoble.limit().days, draft.limit(LimitKind.FILING).days) == (25, 15, 15)
    applied(lyon, region=lyon.academy.region)
    assert (lyon.limit().days, grenoble.limit().days, draft.limit(LimitKind.FILING).days) == (35, 25, 25)


def test_a_file_of_another_office_is_not_this_ones_to_extend():
    """Its licence is of this académie; its rectorate is another since the transfer."""
    story = in_state(State.OFFERED)
    elsewhere = factories.academy("Strasbourg").region
    procedure.transfer(story.id, region=elsewhere, ground="Compétence.", by=story.office, at=story.at)
    applied(story)
    assert story.limit().days == 15
    head = By.office(factories.post(Role.HEAD, region=elsewhere))
    applied(story, by=head, region=elsewhere)
    assert story.limit().days == 25


def test_another_campaign_has_its_own_extensions():
    story = in_state(State.OFFERED)
    other = factories.CampaignFactory(code="2027", name="Campagne 2027")
    extension = procedure.order_extension(
        campaign=other, region=story.academy.region, days=10, by=story.signing, at=story.at, **WORDS
    )
    assert preview(extension, at=story.at).limits == 0


def test_nobody_extends_her_own_limits():
    story = in_state(State.OFFERED)
    Referral.objects.filter(pk=story.id).update(student=story.signer)
    applied(story)
    assert story.limit().days == 15


def test_who_may_order_one():
    story = in_state(State.OFFERED)
    elsewhere = By.office(factories.post(Role.HEAD, region=factories.academy("La Réunion").region))
    refusals = [
        refused(ordered, story, by=story.office),
        refused(ordered, story, by=story.office, region=story.academy.region),
        refused(ordered, story, by=elsewhere),
        refused(ordered, story, by=elsewhere, region=story.academy.region),
        refused(ordered, story, by=elsewhere, referral=story.referral),
        refused(ordered, story, region=None),
        refused(ordered, story, by=story.her),
        refused(ordered, story, by=story.her, referral=story.referral),
        refused(ordered, story, by=CLOCK),
    ]
    assert refusals == [
        "head_only",
        "head_only",
        "outside_scope",
        "outside_scope",
        "not_yours",
        "outside_scope",
        "not_yours",
        "not_yours",
        "not_yours",
    ]
    assert Extension.objects.count() == 0


def test_only_its_author_confirms_or_applies_it():
    story = in_state(State.OFFERED)
    colleague = By.office(factories.post(Role.HEAD, region=story.academy.region))
    extension = ordered(story)
    assert refused(procedure.apply_extension, extension.pk, by=colleague, at=story.at) == "not_yours"
    assert refused(procedure.confirm_extension, extension.pk, by=colleague, at=story.at) == "not_yours"
    assert story.limit().days == 15


# One student


def test_one_student_gets_her_days_at_once_from_her_caseworker():
    story, neighbour = in_state(State.OFFERED), in_state(State.OFFERED)
    extension = procedure.extend(story.id, days=10, by=story.office, at=story.at, **WORDS)
    assert (story.limit().days, neighbour.limit().days, extension.referral) == (25, 15, story.referral)
    assert (extension.ordered_by, extension.ordered_at, extension.applied_at) == (story.caseworker, story.at, story.at)
    assert story.referral.events.filter(kind="extend").count() == 1


def test_one_student_whose_limit_is_just_over_gets_it_back():
    story = Story()
    expired(story)
    procedure.extend(story.id, days=10, by=story.office, at=story.at, **WORDS)
    assert (story.referral.state, story.limit().last_day) == (State.OFFERED, date(2026, 7, 15))
    assert breaches(at=story.at) == []


def test_where_nothing_can_be_extended_the_office_is_told_so_and_nothing_is_kept():
    story = in_state(State.ADMISSIBLE)
    assert refused(procedure.extend, story.id, days=10, by=story.office, at=story.at, **WORDS) == "nothing_to_extend"
    assert Extension.objects.count() == 0


# The act itself


def test_the_preview_writes_nothing_and_says_what_will_be_done():
    story = in_la_reunion()
    Story(academy="La Réunion").draft()
    gone = Story(academy="La Réunion", at=instant("2026-06-20 10:00"))
    offers = expired(gone)
    extension = ordered(story, expired_since=date(2026, 7, 1))
    counts = [model.objects.count() for model in (Limit, Event, Message)]
    foreseen = preview(extension, at=gone.at)
    assert [model.objects.count() for model in (Limit, Event, Message)] == counts
    assert (foreseen.moved, foreseen.reopened, foreseen.limits) == ({"answer": 1, "filing": 1}, 1, 3)
    procedure.apply_extension(extension.pk, by=story.signing, at=gone.at)
    extension.refresh_from_db()
    assert extension.report == foreseen.report()
    assert [state_of(offer) for offer in offers] == ["sent"] * 3


def test_a_fault_at_the_last_file_leaves_nothing_of_the_first(monkeypatch):
    first, second = in_la_reunion(), in_la_reunion()
    extension = ordered(first)
    monkeypatch.setattr("referrals.procedure.extensions.BATCH", 1)
    monkeypatch.setattr("notifications.receivers.compose", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        procedure.apply_extension(extension.pk, by=first.signing, at=first.at)
    extension.refresh_from_db()
    assert (first.limit().days, second.limit().days, extension.applied_at) == (15, 15, None)


def test_it_asks_the_database_as_often_for_four_files_as_for_one():
    stories = [in_la_reunion()]
    asked = []
    for _ in range(2):
        extension, by = ordered(stories[0]), stories[0].signing
        with CaptureQueriesContext(connection) as previewing:
            preview(extension, at=stories[0].at)
        with CaptureQueriesContext(connection) as applying:
            procedure.apply_extension(extension.pk, by=by, at=stories[0].at)
        asked.append((len(previewing), len(applying)))
        stories += [in_la_reunion() for _ in range(3)]
    assert asked[0] == asked[1]
    assert [story.limit().days for story in stories[:4]] == [35, 25, 25, 25]


def test_in_batches_it_is_the_same_act(monkeypatch):
    stories = [in_la_reunion() for _ in range(5)]
    monkeypatch.setattr("referrals.procedure.extensions.BATCH", 2)
    extension = applied(stories[0])
    assert ([story.limit().days for story in stories], extension.report["moved"]) == ([25] * 5, {"answer": 5})
    assert Message.objects.filter(template="limit_extended").count() == 5
    assert breaches(at=stories[0].at) == []


def test_a_confirmed_one_is_applied_by_the_sweep_in_its_authors_name(time_machine):
    story, other = in_la_reunion(), in_la_reunion()
    ordered(story, days=3)  # never confirmed
    extension = ordered(story)
    procedure.confirm_extension(extension.pk, by=story.signing, at=story.at)
    procedure.confirm_extension(extension.pk, by=story.signing, at=story.at + timedelta(minutes=1))
    time_machine.move_to(story.at + timedelta(minutes=2), tick=False)
    tasks.apply_extensions()
    tasks.apply_extensions()
    extension.refresh_from_db()
    assert (story.limit().days, other.limit().days) == (25, 25)
    assert (extension.confirmed_at, extension.applied_at) == (story.at, story.at + timedelta(minutes=2))
    event = story.referral.events.last()
    assert (event.kind, event.user_id_then) == (Action.EXTEND, story.signer.pk)


def test_a_confirmed_one_whose_author_has_left_is_seen(time_machine):
    story = in_la_reunion()
    extension = ordered(story)
    procedure.confirm_extension(extension.pk, by=story.signing, at=story.at)
    story.signer.posts.update(until=date(2026, 7, 5))
    time_machine.move_to(story.at + timedelta(hours=2), tick=False)
    tasks.apply_extensions()
    assert story.limit().days == 15
    assert breaches(at=story.at + timedelta(hours=2)) == [("every_confirmed_extension_is_applied", f"extension {extension.pk}")]
