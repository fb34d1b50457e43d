"""What the office does: who may, on what ground, and the lawful way back."""

from datetime import timedelta

import pytest

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Channel, Role
from referrals.procedure import By, Refused
from referrals.rules.states import OfferState, State
from tests import factories
from tests.story import Story, in_state
from vacancies.models import Line

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        verb(*args, **kwargs)
    return caught.value.code


def test_another_region_cannot_touch_the_file():
    story = Story().filed()
    elsewhere = By.office(factories.post(Role.CASEWORKER, region=factories.academy("La Réunion").region))
    assert refused(procedure.declare_admissible, story.id, note="", by=elsewhere, at=story.at) == "not_yours"


def test_who_holds_no_post_of_a_rectorate_acts_for_none():
    story = Story().filed()
    for user in (story.student, factories.post(Role.ADMINISTRATOR), factories.post(Role.ADVISER, institution=story.institution)):
        assert refused(By.office, user) == "not_yours"


def test_nobody_decides_on_her_own_request():
    story = Story().filed()
    story.student.posts.create(role=Role.CASEWORKER, since="2018-01-01").regions.add(story.academy.region)
    hired = type(story.student).objects.get(pk=story.student.pk)
    assert refused(procedure.declare_admissible, story.id, note="", by=By.office(hired), at=story.at) == "not_yours"


def test_the_ledger_names_no_student():
    story = Story()
    offer, *_ = story.offered()
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    assert set(Line.objects.filter(movement__in=["take", "free"]).values_list("by", flat=True)) == {"étudiant"}


def test_an_offer_needs_the_agreement_on_record():
    story = Story().admissible()
    offer = story.consulting()
    assert refused(procedure.send_offer, story.id, offer_id=offer.pk, message="", by=story.office, at=story.at) == "wrong_state"


@pytest.mark.parametrize(("gap", "allowed"), [(-1, False), (0, True), (3, True), (4, False)])
def test_an_agreement_is_dated_between_the_consultation_and_today(gap, allowed):
    story = Story().admissible()
    offer = story.consulting()
    consulted_on = story.at.date()
    story.later(days=3)

    def agree():
        procedure.record_agreement(
            story.id,
            offer_id=offer.pk,
            agreed_by="Nom",
            agreed_as="présidente",
            agreed_on=consulted_on + timedelta(days=gap),
            through=Channel.PHONE,
            by=story.office,
            at=story.at,
        )

    if allowed:
        agree()
        assert story.referral.offers.get().state == OfferState.AGREED
    else:
        assert refused(agree) == "agreement_date"


def test_a_seat_that_is_gone_cannot_be_consulted_for():
    story = Story().admissible()
    vacancy = story.vacancy(seats=1)
    story.consulting(vacancy=vacancy)
    assert refused(story.consulting, vacancy=vacancy) == "on_its_way"
    other = Story()
    other.admissible()
    assert refused(other.consulting, vacancy=vacancy) == "no_seat"


def test_a_seat_outside_the_region_or_of_another_campaign_is_refused():
    story = Story().admissible()
    far = factories.VacancyFactory(
        campaign=story.campaign, programme__institution=factories.InstitutionFactory(academy=factories.academy("La Réunion"))
    )
    former = factories.VacancyFactory(campaign=factories.CampaignFactory(code="2025"))
    assert refused(story.consulting, vacancy=far) == "outside_perimeter"
    assert refused(story.consulting, vacancy=former) == "other_campaign"


def test_a_refused_seat_is_free_again():
    story = Story().admissible()
    vacancy = story.vacancy()
    offer = story.consulting(vacancy=vacancy)
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)
    vacancy.refresh_from_db()
    assert vacancy.free == 1
    assert refused(story.consulting, vacancy=vacancy) == "needs_reason"
    assert story.consulting(vacancy=vacancy, reason="Un désistement.").state == OfferState.CONSULTING


def test_a_file_is_given_to_somebody_of_the_region():
    story = Story().filed()
    stranger = factories.post(Role.CASEWORKER, region=factories.academy("La Réunion").region)
    assert refused(procedure.assign, story.id, to=stranger, by=story.office, at=story.at) == "not_of_the_region"


@pytest.mark.parametrize(
    ("state", "back"),
    [
        (State.EXHAUSTED, State.ADMISSIBLE),
        (State.ACCEPTED, State.ADMISSIBLE),
        (State.WITHDRAWN, State.FILED),
        (State.CLOSED, State.ADMISSIBLE),
    ],
)
def test_every_end_has_a_way_back(state, back):
    story = in_state(state)
    procedure.reopen(story.id, ground="Erreur.", due_on=story.due_on, by=story.office, at=story.at)
    assert story.referral.state == back
    assert breaches(at=story.at) == []


def test_reopening_an_acceptance_gives_the_seat_back():
    story = in_state(State.ACCEPTED)
    accepted = story.referral.offers.get(state=OfferState.ACCEPTED)
    procedure.reopen(story.id, ground="Inscription impossible.", due_on=story.due_on, by=story.office, at=story.at)
    accepted.refresh_from_db()
    assert (accepted.state, accepted.vacancy.taken, accepted.vacancy.free) == (OfferState.RELEASED, 0, 1)


def test_reopening_where_she_has_filed_again_is_refused():
    story = in_state(State.WITHDRAWN)
    procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at)
    assert (
        refused(procedure.reopen, story.id, ground="Erreur.", due_on=story.due_on, by=story.office, at=story.at) == "another_live"
    )


def test_closing_waits_for_the_student():
    story = Story()
    (offer,) = story.offered(1)
    reasons = {"law": "Places vacantes.", "facts": "Aucune autre place."}
    assert refused(procedure.close, story.id, **reasons, by=story.signing, at=story.at) == "on_the_table"
    procedure.decline(story.id, offer_id=offer.pk, reason="", by=story.her, at=story.at)
    procedure.close(story.id, **reasons, by=story.signing, at=story.at)
    assert story.referral.state == State.CLOSED


def test_accepting_takes_one_seat_and_frees_the_others_and_what_is_asked():
    story = Story()
    chosen, *others = story.offered()
    asked = story.consulting()
    procedure.accept(story.id, offer_id=chosen.pk, by=story.her, at=story.at)
    states = dict(story.referral.offers.values_list("pk", "state"))
    assert states == {chosen.pk: "accepted", others[0].pk: "released", others[1].pk: "released", asked.pk: "released"}
    seats_left = [
        (offer.vacancy.held, offer.vacancy.taken) for offer in story.referral.offers.select_related("vacancy").order_by("pk")
    ]
    assert seats_left == [(0, 1), (0, 0), (0, 0), (0, 0)]
    assert breaches(at=story.at) == []
