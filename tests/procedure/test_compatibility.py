"""The table licence → master of the campaign: outside it is a flag with a reason, never a wall."""

import pytest

from referrals import procedure
from referrals.models import Offer
from referrals.procedure import Refused
from referrals.procedure.suiting import assessed
from referrals.rules.suitability import Obstacle
from referrals.wording_matching import OBSTACLES
from tests import factories
from tests.story import Story
from vacancies.models import Campaign, Compatibility, Vacancy
from vacancies.search import has_table

pytestmark = pytest.mark.django_db


def table(campaign: Campaign, *pairs: tuple[str, str]) -> None:
    for licence, master in pairs:
        Compatibility.objects.create(
            campaign=campaign,
            licence=factories.LicenceMentionFactory(name=licence),
            master=factories.MasterMentionFactory(name=master),
        )


def seat(story: Story, mention: str = "Chimie", *recommended: str, **fields) -> Vacancy:
    programme = factories.ProgrammeFactory(
        institution=story.institution, mention=factories.MasterMentionFactory(name=mention), **fields
    )
    programme.recommended.set(factories.LicenceMentionFactory(name=name) for name in recommended)
    return factories.VacancyFactory(programme=programme, campaign=story.campaign)


def consult(story: Story, vacancy: Vacancy, reason: str = "") -> Offer:
    return procedure.consult(story.id, vacancy_id=vacancy.pk, reason=reason, by=story.office, at=story.at)


def told_outside(story: Story, vacancy: Vacancy) -> bool:
    """Whether the office is refused for want of a reason."""
    try:
        offer = consult(story, vacancy)
    except Refused as refusal:
        return (refusal.code, OBSTACLES[Obstacle.OUTSIDE_TABLE] in refusal.sentence) == ("needs_reason", True)
    assert (offer.outside_table, offer.consulted_because) == (False, "")
    return False


@pytest.fixture
def story() -> Story:
    """A licence of Histoire, in a campaign whose table has it for Droit alone."""
    told = Story().admissible()
    table(told.campaign, ("Histoire", "Droit"), ("Physique", "Chimie"))
    return told


def test_without_a_reason_it_is_refused_and_nothing_is_left(story):
    vacancy = seat(story)
    events = story.referral.events.count()
    with pytest.raises(Refused) as refusal:
        consult(story, vacancy, reason=" \n ")
    assert (refusal.value.code, refusal.value.sentence) == (
        "needs_reason",
        "La table de compatibilité de la campagne n’a pas cette mention pour sa licence. Dites pourquoi la proposer quand même.",
    )
    vacancy.refresh_from_db()
    assert (story.referral.offers.count(), vacancy.held, story.referral.events.count()) == (0, 0, events)


def test_with_a_reason_flag_and_reason_stay_with_the_offer_and_in_the_history(story):
    vacancy = seat(story)
    consult(story, vacancy, reason="Une double licence.")
    offer = story.referral.offers.get()
    assert (offer.vacancy, offer.outside_table, offer.consulted_because) == (vacancy, True, "Une double licence.")
    event = story.referral.events.last()
    assert (event.kind, event.note) == ("consult", "Une double licence.")


def test_what_was_outside_when_it_was_asked_stays_flagged(story):
    """The table that comes later judges later consultations."""
    offer = consult(story, seat(story), reason="Une double licence.")
    table(story.campaign, ("Histoire", "Chimie"))
    offer.refresh_from_db()
    assert offer.outside_table
    assert not told_outside(story, seat(story, track="Autre parcours"))


@pytest.mark.parametrize(
    ("mention", "recommended", "fields", "outside"),
    [
        ("Chimie", [], {}, True),
        ("Droit", [], {}, False),
        ("Droit", ["Économie"], {}, False),  # the table has it, though this programme recommends others
        ("Chimie", ["Histoire"], {}, False),  # the programme recommends it, though the table has it not
        ("Chimie", ["Économie"], {}, True),
        ("Chimie", [], {"any_licence": True}, False),
    ],
)
def test_what_is_outside_the_table(story, mention, recommended, fields, outside):
    assert told_outside(story, seat(story, mention, *recommended, **fields)) == outside


def test_the_search_and_the_verb_say_the_same(story):
    vacancies = [seat(story), seat(story, "Droit"), seat(story, "Lettres", "Histoire"), seat(story, "Art", any_licence=True)]
    ground, _, assessment = assessed(story.referral, Vacancy.objects.all())
    outside = [bool(assessment.obstacles[Obstacle.OUTSIDE_TABLE][ground.rows[vacancy.pk]]) for vacancy in vacancies]
    assert outside == [told_outside(story, vacancy) for vacancy in vacancies] == [True, False, False, False]


def test_no_table_no_flag():
    story = Story().admissible()
    assert not told_outside(story, seat(story))


def test_a_table_that_says_nothing_of_the_licence_flags_nothing():
    story = Story().admissible()
    table(story.campaign, ("Physique", "Chimie"))
    assert not told_outside(story, seat(story, "Droit"))


def test_the_table_of_another_campaign_does_not_count():
    """Neither to flag what it has not, nor to clear what it has."""
    story = Story().admissible()
    last_year = factories.CampaignFactory(code="2025", name="Campagne 2025")
    table(last_year, ("Histoire", "Chimie"))
    licence = story.referral.licence_mention
    assert (has_table(last_year, licence), has_table(story.campaign, licence)) == (True, False)
    assert not told_outside(story, seat(story, "Droit"))
    table(story.campaign, ("Histoire", "Lettres"))
    assert told_outside(story, seat(story, "Chimie"))


def test_a_licence_outside_the_national_list_is_a_person_s_to_judge():
    story = Story().filed(licence_mention=None, licence_title="Licence d’ailleurs")
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    table(story.campaign, ("Histoire", "Droit"))
    assert not told_outside(story, seat(story))


def test_one_reason_serves_a_refusal_and_the_table(story):
    """Her university refused her in Archives, which the table does not have for her either."""
    vacancy = seat(story, "Archives")
    with pytest.raises(Refused) as refusal:
        consult(story, vacancy)
    assert refusal.value.sentence == (
        "Cette formation a déjà refusé cet étudiant. La table de compatibilité de la campagne n’a pas cette mention pour sa "
        "licence. Dites pourquoi la proposer quand même."
    )
    offer = consult(story, vacancy, reason="Des places se sont libérées.")
    assert (offer.outside_table, offer.consulted_because) == (True, "Des places se sont libérées.")


def test_a_programme_is_proposed_once_whatever_the_modality(story):
    """Two modalities are two vacancies, and one programme: a second is refused while the first is on its way, even agreed late."""
    initial = seat(story, "Droit")
    other = factories.VacancyFactory(programme=initial.programme, campaign=story.campaign, modality="continuing")
    first = consult(story, initial)
    with pytest.raises(Refused) as refusal:
        consult(story, other)
    assert refusal.value.code == "on_its_way"
    procedure.lapse_consultation(story.id, offer_id=first.pk, by=procedure.CLOCK, at=first.held_until)
    story.at = first.held_until
    consult(story, other, reason="L’autre modalité.")
    with pytest.raises(Refused) as refusal:
        story.agree(first)
    assert refusal.value.code == "on_its_way"
    assert sorted(story.referral.offers.values_list("state", flat=True)) == ["consulting", "unanswered"]


def test_once_refused_in_one_modality_it_may_be_asked_in_the_other(story):
    initial = seat(story, "Droit")
    other = factories.VacancyFactory(programme=initial.programme, campaign=story.campaign, modality="continuing")
    first = consult(story, initial)
    procedure.record_refusal(story.id, offer_id=first.pk, reason="Complet.", by=story.office, at=story.at)
    assert consult(story, other, reason="L’autre modalité.").vacancy == other


@pytest.mark.parametrize(("pair", "incompatible"), [(None, 1), (("Histoire", "Archives"), 0), (("Histoire", "Droit"), 1)])
def test_an_application_that_the_table_has_is_compatible(pair, incompatible):
    """By the rules of 2021 the applications must be compatible: she applied in Archives, where the only track recommends Droit."""
    story = Story(compatibility="condition").draft()
    seat(story, "Archives", "Droit")
    if pair:
        table(story.campaign, pair)
    assert procedure.facts_of(story.referral, at=story.at).incompatible == incompatible


def test_the_table_of_another_campaign_makes_no_application_compatible():
    story = Story(compatibility="condition").draft()
    seat(story, "Archives", "Droit")
    table(factories.CampaignFactory(code="2025", name="Campagne 2025"), ("Histoire", "Archives"))
    assert procedure.facts_of(story.referral, at=story.at).incompatible == 1


def test_a_table_without_the_pair_makes_none_incompatible_by_itself():
    """What recommends nothing is taken to suit: the table is indicative."""
    story = Story(compatibility="condition").draft()
    seat(story, "Archives")
    table(story.campaign, ("Histoire", "Droit"))
    assert procedure.facts_of(story.referral, at=story.at).incompatible == 0
