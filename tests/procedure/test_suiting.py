"""What the database knows of seats and students, as the columns that the rules read."""

from datetime import date

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.models import Answer, Referral, Role
from referrals.procedure import By
from referrals.procedure.suiting import NOWHERE, Ground, assessed, assessments, ground_of, in_perimeter, suits_at
from referrals.rules.states import OfferState
from referrals.rules.suitability import FIT, DeclineCause, Declined, Obstacle, Part, Profile
from tests import factories
from tests.story import Story, offer_in
from vacancies.models import Attendance, Campaign, Compatibility, Modality, Vacancy

pytestmark = pytest.mark.django_db

LYON, GRENOBLE = (45.75, 4.85), (45.19, 5.72)


def seat(campaign: Campaign, mention: str = "Archives", *, institution=None, vacancy: dict | None = None, **programme) -> Vacancy:
    programme = factories.ProgrammeFactory(
        institution=institution or factories.InstitutionFactory(),
        mention=factories.MasterMentionFactory(name=mention),
        **programme,
    )
    return factories.VacancyFactory(programme=programme, campaign=campaign, **(vacancy or {}))


def ground(campaign: Campaign) -> Ground:
    return ground_of(campaign, Vacancy.objects.filter(campaign=campaign))


def profile(story: Story) -> Profile:
    return assessed(story.referral, Vacancy.objects.filter(campaign=story.campaign))[1]


def obstacles(story: Story, vacancy: Vacancy) -> list[Obstacle]:
    return assessed(story.referral, Vacancy.objects.filter(pk=vacancy.pk))[2].obstacles_at(0)


def wishing(*mentions: str, at=None, **facts) -> Story:
    """A student in Lyon whose referral is admissible, who wishes for these mentions in their order."""
    story = Story()
    story.institution.latitude, story.institution.longitude = at or LYON
    story.institution.save()
    story.draft()
    wishes = [factories.MasterMentionFactory(name=mention) for mention in mentions]
    procedure.save_draft(story.id, facts=facts, wishes=wishes, wished_academies=[story.academy], by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.at)
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    return story


def test_seats_are_columns_in_the_order_of_their_ids():
    campaign = factories.CampaignFactory()
    away = factories.InstitutionFactory(academy=factories.academy("Strasbourg"))
    apart = {"modality": Modality.APPRENTICESHIP, "attendance": Attendance.REMOTE, "seats_declared": 4}
    first = seat(campaign, "Droit", latitude=45.75, longitude=4.85)
    second = seat(campaign, "Archives", institution=away, vacancy=apart)
    told = ground(campaign)
    seats = told.seats
    assert (told.rows, seats.vacancy.tolist()) == ({first.pk: 0, second.pk: 1}, [first.pk, second.pk])
    assert seats.programme.tolist() == [first.programme_id, second.programme_id]
    assert seats.mention.tolist() == [first.programme.mention_id, second.programme.mention_id]
    assert seats.institution.tolist() == [told.institution(one.programme.institution_id) for one in (first, second)]
    assert seats.academy.tolist() == [told.academies["A10"], told.academies["A15"]]
    assert seats.region.tolist() == [told.regions["R84"], told.regions["R44"]]
    assert (seats.modality.tolist(), seats.remote.tolist(), seats.free.tolist()) == ([0, 2], [False, True], [1, 4])
    assert seats.latitude[0] == 45.75
    assert np.isnan(seats.latitude[1])


def test_a_ground_without_seats_is_empty():
    told = ground(factories.CampaignFactory())
    assert (len(told.seats), told.rows, told.institution("0000000Z")) == (0, {}, NOWHERE)


def test_institutions_are_those_that_stand_today():
    """Two that became one are one; a chain is followed to its end."""
    campaign, heir = factories.CampaignFactory(), factories.InstitutionFactory()
    between = factories.InstitutionFactory(successor=heir)
    former = factories.InstitutionFactory(successor=between)
    for institution in (heir, former, factories.InstitutionFactory()):
        seat(campaign, institution=institution)
    told = ground(campaign)
    of_heir, of_former, of_other = told.seats.institution.tolist()
    assert (of_heir == of_former, of_heir == of_other) == (True, False)
    assert [told.institution(one.pk) for one in (former, between, heir)] == [of_heir] * 3
    assert (told.institution(None), told.institution("9999999Z")) == (NOWHERE, NOWHERE)


def test_words_are_lexemes_without_accents_or_plurals_of_mention_and_track():
    campaign = factories.CampaignFactory()
    seat(campaign, "Métiers des archives", track="Archive numérique")
    seat(campaign, "Droit")
    told = ground(campaign).seats
    assert {word: rows.tolist() for word, rows in told.words.items()} == {"meti": [0], "archiv": [0], "numer": [0], "droit": [1]}
    assert told.length.tolist() == [3, 1]


def test_her_project_meets_them_whatever_its_accents_and_plurals():
    story = wishing(project="Le METIER d’archiviste, les archives numeriques.")
    seat(story.campaign, "Métiers des archives", track="Archives numériques")
    _, her, found = assessed(story.referral, Vacancy.objects.filter(campaign=story.campaign))
    assert {"meti", "archiv", "numer"} <= her.words
    assert found.parts[Part.KEYWORDS].tolist() == [1.0]


def test_what_her_licence_counts_at_each_seat():
    story = wishing()
    history = factories.LicenceMentionFactory(name="Histoire")
    recommended = seat(story.campaign, "Archives")
    recommended.programme.recommended.add(history)
    both = seat(story.campaign, "Édition", any_licence=True)
    both.programme.recommended.add(history)
    seat(story.campaign, "Gestion", any_licence=True)
    seat(story.campaign, "Droit")
    seat(story.campaign, "Chimie")
    Compatibility.objects.create(campaign=story.campaign, licence=history, master=factories.MasterMentionFactory(name="Droit"))
    expected = [FIT.recommended, FIT.recommended, FIT.any_licence, FIT.compatible, FIT.outside]
    assert profile(story).fit.tolist() == expected


def test_where_the_table_says_nothing_of_her_licence_nothing_is_outside():
    story = wishing()
    seat(story.campaign, "Chimie")
    other = factories.CampaignFactory(code="2025", name="Campagne 2025")
    for campaign, licence in ((story.campaign, "Droit"), (other, "Histoire")):
        licence = factories.LicenceMentionFactory(name=licence)
        Compatibility.objects.create(campaign=campaign, licence=licence, master=factories.MasterMentionFactory(name="Droit"))
    assert profile(story).fit.tolist() == [FIT.unsaid]


def test_a_licence_of_no_national_mention_is_unsaid_even_beside_a_table():
    story = wishing(licence_mention=None, licence_title="Bachelor d’ici")
    seat(story.campaign, "Chimie")
    seat(story.campaign, "Gestion", any_licence=True)
    histoire, droit = factories.LicenceMentionFactory(name="Histoire"), factories.MasterMentionFactory(name="Droit")
    Compatibility.objects.create(campaign=story.campaign, licence=histoire, master=droit)
    assert profile(story).fit.tolist() == [FIT.unsaid, FIT.any_licence]


def test_what_she_asks_for():
    story = wishing("Droit", "Archives", mobility_km=300, has_contract=True)
    seat(story.campaign, "Archives", institution=story.institution)
    told, her, _ = assessed(story.referral, Vacancy.objects.filter(campaign=story.campaign))
    assert her.wishes == tuple(factories.MasterMentionFactory(name=name).pk for name in ("Droit", "Archives"))
    assert her.academies == frozenset({told.academies["A10"]})
    assert (her.region, her.point, her.mobility_km, her.has_contract) == (told.regions["R84"], LYON, 300, True)
    assert her.floor == 250


def test_an_academy_without_a_seat_is_nowhere_and_so_is_a_region():
    story = wishing()
    away = factories.InstitutionFactory(academy=factories.academy("Strasbourg"))
    vacancy = seat(story.campaign, institution=away)
    her = profile(story)
    assert (her.academies, her.region) == (frozenset({NOWHERE}), NOWHERE)
    assert Obstacle.OUTSIDE_PERIMETER in obstacles(story, vacancy)


def test_without_a_point_no_distance_is_known():
    story = wishing(at=(None, None))
    vacancy = seat(story.campaign, latitude=45.19, longitude=5.72)
    told, her, found = assessed(story.referral, Vacancy.objects.filter(pk=vacancy.pk))
    assert (her.point, bool(np.isnan(found.km[0]))) == (None, True)
    assert suits_at(0, referral=story.referral, ground=told, profile=her, assessment=found)["km"] is None


def refused_by(story: Story, institution, mention: str, answer: Answer) -> None:
    facts = {"institution": institution, "mention": factories.MasterMentionFactory(name=mention), "answer": answer}
    story.referral.applications.create(**facts, on=date(2026, 6, 10), applied_on=date(2026, 2, 10))


def test_a_refusal_is_of_a_mention_at_an_institution_or_whom_it_has_become():
    """The draft of a story was refused in Archives at its own university."""
    story = wishing()
    former = factories.InstitutionFactory(successor=story.institution)
    elsewhere = factories.InstitutionFactory()
    for institution, mention, answer in (
        (former, "Droit", Answer.IMPLIED),
        (elsewhere, "Droit", Answer.EXPRESS),
        (story.institution, "Chimie", Answer.WAITING),
    ):
        refused_by(story, institution, mention, answer)
    story.referral.applications.create(institution=story.institution, title="Un master", on=date(2026, 6, 10))
    seats = {mention: seat(story.campaign, mention, institution=story.institution) for mention in ("Archives", "Droit", "Chimie")}
    refused = [mention for mention, vacancy in seats.items() if Obstacle.REFUSED in obstacles(story, vacancy)]
    assert refused == ["Archives", "Droit"]


def test_rules_may_let_programmes_that_refused_be_asked_again():
    story = Story(refused_again=True).admissible()
    assert obstacles(story, seat(story.campaign, institution=story.institution)) == []


@pytest.mark.parametrize("favourable", [True, False])
def test_a_favourable_health_opinion_does_so_until_she_takes_the_request_back(favourable):
    story = Story().admissible()
    procedure.request_health(story.id, words="Un suivi.", by=story.her, at=story.at)
    vacancy = seat(story.campaign, institution=story.institution)
    asked = obstacles(story, vacancy)
    doctor = By.medical(factories.post(Role.MEDICAL, region=story.academy.region))
    procedure.give_opinion(story.id, favourable=favourable, needs="Au calme.", by=doctor, at=story.at)
    concluded = obstacles(story, vacancy)
    procedure.end_health(story.id, by=story.her, at=story.at)
    assert (asked, concluded, obstacles(story, vacancy)) == (
        [Obstacle.REFUSED],
        [] if favourable else [Obstacle.REFUSED],
        [Obstacle.REFUSED],
    )


MET = {
    OfferState.CONSULTING: [Obstacle.ON_ITS_WAY],
    OfferState.AGREED: [Obstacle.ON_ITS_WAY],
    OfferState.SENT: [Obstacle.ON_ITS_WAY],
    OfferState.ACCEPTED: [Obstacle.ON_ITS_WAY],
    OfferState.ENROLLED: [Obstacle.ON_ITS_WAY],
    OfferState.DECLINED: [Obstacle.PROPOSED],
    OfferState.EXPIRED: [Obstacle.PROPOSED],
    OfferState.LOST: [Obstacle.PROPOSED],
    OfferState.REFUSED: [Obstacle.SAID_NO],
    OfferState.UNANSWERED: [Obstacle.SILENT],
    OfferState.RELEASED: [],
    OfferState.RETRACTED: [],
}
"""What an offer in each state says against another seat of its programme, in another modality."""


@pytest.mark.parametrize("state", OfferState)
def test_what_became_of_a_programme_speaks_against_it_in_every_modality(state):
    story, offer = offer_in(state)
    other = factories.VacancyFactory(programme=offer.vacancy.programme, campaign=story.campaign, modality=Modality.CONTINUING)
    assert obstacles(story, other) == MET[state]


def test_of_two_offers_of_a_programme_the_later_one_speaks():
    """The institution kept silent, was asked again with a reason, and said no."""
    story, offer = offer_in(OfferState.UNANSWERED)
    again = procedure.consult(story.id, vacancy_id=offer.vacancy_id, reason="Relancée.", by=story.office, at=story.at)
    procedure.record_refusal(story.id, offer_id=again.pk, reason="Complet.", by=story.office, at=story.at)
    assert obstacles(story, offer.vacancy) == [Obstacle.SAID_NO]


def test_what_she_declined_for_is_read_with_its_distance_and_place():
    story = wishing("Droit")
    programme = {"latitude": 45.19, "longitude": 5.72}
    vacancy = seat(story.campaign, "Droit", institution=story.institution, vacancy={"modality": Modality.CONTINUING}, **programme)
    offer = story.sent(vacancy=vacancy)
    procedure.decline(story.id, offer_id=offer.pk, reason="", cause=DeclineCause.DISTANCE, by=story.her, at=story.at)
    told, her, _ = assessed(story.referral, Vacancy.objects.filter(campaign=story.campaign))
    assert her.declined == (
        Declined(
            cause=DeclineCause.DISTANCE,
            mention=vacancy.programme.mention_id,
            institution=told.institution(story.institution.pk),
            modality=1,
            km=92,
        ),
    )
    farther = seat(story.campaign, "Droit", latitude=45.0, longitude=6.5)
    assert (obstacles(story, farther), obstacles(story, seat(story.campaign, "Droit"))) == ([Obstacle.DECLINED_FOR], [])


def test_a_refusal_without_a_cause_says_nothing_of_other_seats():
    story = wishing("Droit")
    offer = story.sent(vacancy=seat(story.campaign, "Droit"))
    procedure.decline(story.id, offer_id=offer.pk, reason="Non.", by=story.her, at=story.at)
    other = seat(story.campaign, "Droit", institution=offer.vacancy.programme.institution, track="Notariat")
    assert obstacles(story, other) == []


def test_what_is_kept_of_a_seat_is_what_its_offer_shows():
    """Grenoble is 92.1 km from Lyon: of a hundred, 7.9 are left. Her project has the word of the mention."""
    story = wishing("Droit", "Archives", mobility_km=100)
    vacancy = seat(story.campaign, "Archives", institution=factories.InstitutionFactory(), latitude=45.19, longitude=5.72)
    offer = story.consulting(vacancy=vacancy)
    parts = {"mention": 900, "licence": 500, "academy": 1000, "distance": 79, "modality": 1000, "keywords": 1000}
    offer.refresh_from_db()
    assert offer.suits == {"score": 743, "parts": parts, "km": 92, "rank": 2, "origin": False}


def test_the_university_of_her_licence_is_her_origin_even_once_another_has_taken_it_over():
    story = wishing("Droit")
    heir = factories.InstitutionFactory(academy=story.academy)
    vacancy = seat(story.campaign, "Droit", institution=heir)

    def origin() -> bool:
        told, her, found = assessed(story.referral, Vacancy.objects.filter(pk=vacancy.pk))
        return suits_at(0, referral=story.referral, ground=told, profile=her, assessment=found)["origin"]

    before = origin()
    story.institution.successor = heir
    story.institution.save()
    assert (before, origin()) == (False, True)


def test_the_perimeter_is_a_region_or_the_nation_and_has_seats_left():
    near, away, full = (
        seat(factories.CampaignFactory(), institution=factories.InstitutionFactory(academy=factories.academy(name)))
        for name in ("Lyon", "Strasbourg", "Lyon")
    )
    Vacancy.objects.filter(pk=full.pk).update(held=1)
    regional = Story().admissible().referral
    inside = set(Vacancy.objects.filter(in_perimeter([regional])))
    regional.rules.nationwide = True
    assert (inside, set(Vacancy.objects.filter(in_perimeter([regional])))) == ({near}, {near, away})


def test_thirty_referrals_cost_no_more_questions_than_one():
    def one_more() -> None:
        story = wishing("Droit", project="Plaider.")
        refused_by(story, factories.InstitutionFactory(), "Droit", Answer.EXPRESS)
        story.consulting(vacancy=seat(story.campaign, "Droit"))

    def questions() -> tuple[int, int]:
        told = ground(factories.CampaignFactory())
        referrals = list(Referral.objects.select_related("campaign", "rules"))
        with CaptureQueriesContext(connection) as captured:
            found = list(assessments(referrals, told))
        return len(found), len(captured)

    one_more()
    one, asked = questions()
    for _ in range(29):
        one_more()
    assert (one, questions()) == (1, (30, asked))
