"""Consultations of institutions: how long a seat is held, how many may be asked, what an answer is, and what is not one."""

from datetime import timedelta

import pytest

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Channel, Offer, Role
from referrals.procedure import CLOCK, By, Refused
from referrals.procedure.offers import still_due
from referrals.rules.states import OfferState, State
from tests import factories
from tests.factories import instant
from tests.story import Story, in_state
from vacancies.models import Vacancy

pytestmark = pytest.mark.django_db


def refused(verb, *args, **words) -> str:
    with pytest.raises(Refused) as refusal:
        verb(*args, **words)
    return refusal.value.code


def seat_in(story: Story, academy: str) -> Vacancy:
    there = factories.InstitutionFactory(academy=factories.academy(academy))
    return factories.VacancyFactory(programme=factories.ProgrammeFactory(institution=there), campaign=story.campaign)


@pytest.mark.parametrize(
    ("at", "academy", "until"),
    [
        ("2026-07-06 10:00 Europe/Paris", "Lyon", "2026-07-14 00:00 Europe/Paris"),  # Monday: the Monday after
        ("2026-07-03 10:00 Europe/Paris", "Lyon", "2026-07-11 00:00 Europe/Paris"),  # Friday: the Friday after
        ("2026-07-04 10:00 Europe/Paris", "Lyon", "2026-07-11 00:00 Europe/Paris"),  # Saturday: the same Friday
        ("2026-07-09 10:00 Europe/Paris", "Lyon", "2026-07-18 00:00 Europe/Paris"),  # 14 July is none of the five
        ("2026-10-20 10:00 Europe/Paris", "Lyon", "2026-10-28 00:00 Europe/Paris"),  # over the change of the clock
        ("2026-12-14 10:00 Europe/Paris", "La Réunion", "2026-12-22 00:00 Indian/Reunion"),  # Monday; its own legal day is a Sunday
        ("2026-12-14 22:00 Europe/Paris", "La Réunion", "2026-12-23 00:00 Indian/Reunion"),  # Tuesday there already
    ],
)
def test_a_seat_is_held_for_five_working_days_of_the_programmes_academie(at, academy, until):
    story = Story(nationwide=True, at=instant("2026-06-20 10:00"))
    story.admissible()
    story.at = instant(at)
    offer = story.consulting(vacancy=seat_in(story, academy))
    assert offer.held_until == instant(until)


def test_no_more_is_asked_than_is_due():
    story = Story().admissible()
    offers = [story.consulting() for _ in range(3)]
    assert (still_due(story.referral), refused(story.consulting)) == (0, "enough_asked")
    procedure.record_refusal(story.id, offer_id=offers[0].pk, reason="Complet.", by=story.office, at=story.at)
    assert story.consulting().state == OfferState.CONSULTING
    assert breaches(at=story.at) == []


def test_beyond_what_is_due_one_at_a_time():
    story = Story()
    story.offered()
    assert (story.consulting().state, refused(story.consulting)) == (OfferState.CONSULTING, "enough_asked")


def test_one_taken_back_is_one_more_to_find():
    story = Story()
    first, *_ = story.offered()
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Fermée.", by=story.office, at=story.at)
    assert (still_due(story.referral), story.referral.state) == (1, State.ADMISSIBLE)


def test_a_late_yes_takes_a_new_hold_while_something_is_due_and_not_beyond():
    story = Story().admissible()
    silent = story.consulting()
    procedure.lapse_consultation(story.id, offer_id=silent.pk, by=CLOCK, at=silent.held_until)
    story.at = silent.held_until
    others = [story.consulting() for _ in range(3)]
    assert refused(story.agree, silent) == "enough_asked"
    procedure.record_refusal(story.id, offer_id=others[0].pk, reason="Complet.", by=story.office, at=story.at)
    former = silent.hold
    assert (story.agree(silent).state, silent.hold == former) == (OfferState.AGREED, False)
    assert breaches(at=story.at) == []


def test_silence_is_never_agreement():
    story = Story().admissible()
    offer = story.consulting()
    procedure.lapse_consultation(story.id, offer_id=offer.pk, by=CLOCK, at=offer.held_until)
    assert refused(procedure.send_offer, story.id, offer_id=offer.pk, message="", by=story.office, at=story.at) == "wrong_state"
    offer.vacancy.refresh_from_db()
    assert (offer.vacancy.held, breaches(at=offer.held_until)) == (0, [])


def test_a_yes_under_a_condition_is_no_agreement_and_holds_nothing_longer():
    story = Story().admissible()
    offer = story.consulting()
    condition = {"offer_id": offer.pk, "condition": "S’il réussit notre test.", "by": story.office}
    procedure.record_condition(story.id, **condition, at=story.later(hours=1).at)
    procedure.record_condition(story.id, **condition, at=story.later(hours=1).at)  # said again
    held_until = offer.held_until
    offer.refresh_from_db()
    assert (offer.state, offer.condition, offer.held_until) == (OfferState.CONSULTING, "S’il réussit notre test.", held_until)
    assert refused(procedure.send_offer, story.id, offer_id=offer.pk, message="", by=story.office, at=story.at) == "wrong_state"
    assert story.referral.events.filter(kind="record_condition").count() == 1


def clerk_of(vacancy: Vacancy) -> By:
    return By.institution(factories.post(Role.INSTITUTION, institution=vacancy.programme.institution))


def test_an_institution_answers_for_its_own_seats_alone():
    story = Story().admissible()
    here, there = story.consulting(), story.consulting(vacancy=seat_in(story, "Lyon"))
    her = clerk_of(here.vacancy)

    def no(offer: Offer) -> None:
        procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=her, at=story.at)

    no(here)
    assert refused(no, there) == "not_yours"
    assert [Offer.objects.get(pk=offer.pk).state for offer in (here, there)] == ["refused", "consulting"]


def test_who_was_sent_a_link_answers_for_that_institution_by_it():
    story = Story().admissible()
    offer = story.consulting()
    procedure.record_agreement(
        story.id,
        offer_id=offer.pk,
        agreed_by="Nom",
        agreed_as="doyenne",
        agreed_on=story.at.date(),
        through=Channel.LINK,
        by=By.by_link(offer, to="masters@universite.exemple"),
        at=story.at,
    )
    event = story.referral.events.last()
    assert (event.kind, event.actor, event.by_name) == ("record_agreement", "institution", "masters@universite.exemple")


@pytest.mark.parametrize("verb", ["consult", "send", "withdraw"])
def test_an_institution_does_nothing_else_to_a_file(verb):
    story = Story().admissible()
    offer = story.agree(story.consulting())
    her = clerk_of(offer.vacancy)
    acts = {
        "consult": lambda: procedure.consult(story.id, vacancy_id=story.vacancy().pk, by=her, at=story.at),
        "send": lambda: procedure.send_offer(story.id, offer_id=offer.pk, message="", by=her, at=story.at),
        "withdraw": lambda: procedure.withdraw(story.id, reason="", by=her, at=story.at),
    }
    assert refused(acts[verb]) == "not_yours"


def test_an_accepted_offer_taken_back_gives_its_seat_back_and_the_search_begins_again():
    """The one offer more that is owed: two of the three she was made still count."""
    story = in_state(State.ACCEPTED)
    offer = story.referral.offers.get(state=OfferState.ACCEPTED)
    procedure.retract_offer(story.id, offer_id=offer.pk, ground="Formation fermée.", by=story.office, at=story.at)
    offer.refresh_from_db()
    offer.vacancy.refresh_from_db()
    assert (story.referral.state, offer.state, offer.vacancy.taken) == (State.ADMISSIBLE, OfferState.RETRACTED, 0)
    assert (still_due(story.referral), breaches(at=story.at)) == (1, [])
    story.sent()
    assert story.referral.state == State.OFFERED


def test_an_enrolment_is_not_taken_back_so():
    story = in_state(State.ENROLLED)
    offer = story.referral.offers.get(state=OfferState.ENROLLED)
    assert refused(procedure.retract_offer, story.id, offer_id=offer.pk, ground="", by=story.office, at=story.at) == "wrong_state"


def standing(story: Story, vacancy: Vacancy, *, seats: int = 1, licences=()):
    return procedure.agree_beforehand(
        vacancy_id=vacancy.pk,
        licences=licences,
        seats=seats,
        agreed_by="Doyenne",
        agreed_as="doyenne",
        agreed_on=story.at.date(),
        until=story.at.date() + timedelta(days=10),
        by=story.office,
        at=story.at,
    )


def test_a_standing_agreement_bears_as_many_offers_as_it_says():
    story, other = Story().admissible(), Story().admissible()
    vacancy = story.vacancy(seats=2)
    agreement = standing(story, vacancy)
    first, second = story.consulting(vacancy=vacancy), other.consulting(vacancy=vacancy)
    assert [(one.state, one.standing) for one in (first, second)] == [("agreed", agreement), ("consulting", None)]
    assert (first.agreed_by, first.agreed_through) == ("Doyenne", Channel.STANDING)
    assert breaches(at=story.at) == []


def test_one_taken_back_leaves_its_place_in_the_agreement():
    story, other = Story().admissible(), Story().admissible()
    vacancy = story.vacancy(seats=2)
    standing(story, vacancy)
    first = story.consulting(vacancy=vacancy)
    procedure.retract_offer(story.id, offer_id=first.pk, ground="Erreur.", by=story.office, at=story.at)
    assert other.consulting(vacancy=vacancy).state == OfferState.AGREED


@pytest.mark.parametrize(("days", "state"), [(10, "agreed"), (11, "consulting")])
def test_it_covers_who_is_asked_for_until_its_last_day(days, state):
    story = Story().admissible()
    vacancy = story.vacancy()
    standing(story, vacancy)
    assert story.later(days=days).consulting(vacancy=vacancy).state == state


def test_it_covers_the_licences_it_names():
    story = Story().admissible()
    vacancy, other = story.vacancy(), story.vacancy()
    standing(story, vacancy, licences=[story.referral.licence_mention])
    standing(story, other, licences=[factories.LicenceMentionFactory(name="Physique")])
    assert [story.consulting(vacancy=one).state for one in (vacancy, other)] == ["agreed", "consulting"]


def test_it_is_given_for_programmes_of_the_region_alone():
    story, stranger = Story().admissible(), Story(academy="Strasbourg").admissible()
    vacancy = story.vacancy()
    stranger.at = story.at
    assert refused(standing, stranger, vacancy) == "not_yours"
