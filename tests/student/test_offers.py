"""The offers side by side, and the answers: said before, done once, refused after the limit."""

import pytest

from referrals import procedure
from referrals.models import Limit
from referrals.rules.states import OfferState, State
from referrals.student.offers import kilometres
from tests import factories
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import errors_of, said, text_of

pytestmark = pytest.mark.django_db


def her_of(story: Story) -> Browser:
    return Browser(story.student, story.referral)


def states(offers) -> list[str]:
    for offer in offers:
        offer.refresh_from_db()
    return [offer.state for offer in offers]


def test_before_the_clock_starts_no_limit_runs(story):
    story.offered(2)
    page = text_of(her_of(story).get("offers"))
    assert page.count("Aucune date limite ne court encore.") == 2


def test_each_offer_shows_its_limit_in_the_academies_own_time_and_what_silence_means():
    story = Story(academy="La Réunion", at=factories.instant("2026-07-06 10:00 Europe/Paris"))
    story.offered()
    with_time = Browser(story.student, story.referral)
    page = text_of(with_time.get("offers"))
    assert page.count("Réponse aux propositions : jusqu’au mardi 21 juillet 2026 à 24 h 00 (heure de La Réunion, UTC+4)") == 3
    assert page.count("(lundi 6 juillet 2026), 15 jours.") == 3
    assert page.count("Sans réponse de votre part à ce moment-là, la proposition tombe et la place est rendue") == 3


def test_an_offer_sent_later_shows_its_own_limit(story):
    story.offered()
    story.later(days=2)
    story.sent()
    shown = her_of(story).get("offers").context["offers"]
    assert [one.limit.offer_id == one.offer.pk for one in shown] == [False, False, False, True]


def test_the_word_of_the_rectorate_is_shown_and_escaped(story):
    story.admissible()
    offer = story.agree(story.consulting())
    procedure.send_offer(story.id, offer_id=offer.pk, message="Bravo <script>l'amie</script>", by=story.office, at=story.at)
    page = her_of(story).get("offers").content.decode()
    assert "Bravo &lt;script&gt;l&#x27;amie&lt;/script&gt;" in page


def test_the_first_reading_is_an_event_the_second_is_not(story):
    story.offered(1)
    her = her_of(story)
    her.get("offers")
    her.get("offers")
    assert her.referral.events.filter(kind="first_reading").count() == 1
    assert story.referral.offers.get().first_read_at == story.at


def test_accepting_is_explained_then_done_once(story):
    offers = story.offered()
    her = her_of(story)
    page = text_of(her.get("accept", offer=offers[0].key))
    assert "Les autres propositions sont libérées, et leurs places rendues" in page
    assert all(str(other.vacancy.programme) in page for other in offers[1:])
    assert states(offers) == [OfferState.SENT] * 3
    for _ in range(2):
        response = her.post("accept", offer=offers[0].key)
        assert response.url == her.address("offers")
    assert said(response)[-1] == "Vous avez accepté cette proposition. Inscrivez-vous maintenant auprès de l’établissement."
    assert states(offers) == [OfferState.ACCEPTED, OfferState.RELEASED, OfferState.RELEASED]
    assert her.referral.events.filter(kind="accept").count() == 1
    assert her.get("accept", offer=offers[0].key).url == her.address("offers")


def test_declining_is_explained_then_done_with_or_without_a_reason(story):
    offers = story.offered()
    her = her_of(story)
    assert "C’est définitif : la place est rendue aussitôt" in text_of(her.get("decline", offer=offers[0].key))
    response = her.post("decline", {"reason": "Trop loin de l’hôpital d'« ici »."}, offer=offers[0].key)
    assert said(response) == ["Vous avez refusé cette proposition."]
    her.post("decline", {"reason": ""}, offer=offers[1].key)
    assert states(offers) == [OfferState.DECLINED, OfferState.DECLINED, OfferState.SENT]
    assert [offer.decline_reason for offer in offers[:2]] == ["Trop loin de l’hôpital d'« ici ».", ""]
    assert "refusée par vous" in text_of(her.get("offers"))


@pytest.mark.parametrize(
    ("said_why", "kept"), [("distance", "distance"), ("", "other"), ("other", "other")], ids=["a cause", "none", "another one"]
)
def test_the_cause_of_a_refusal_is_hers_to_say(story, said_why, kept):
    (offer,) = story.offered(1)
    her = her_of(story)
    assert "ne vous proposera plus d’office ce que vous écartez ainsi" in text_of(her.get("decline", offer=offer.key))
    her.post("decline", {"cause": said_why, "reason": "Deux heures de train."}, offer=offer.key)
    offer.refresh_from_db()
    assert (offer.state, offer.decline_cause, offer.decline_reason) == ("declined", kept, "Deux heures de train.")


def test_a_cause_that_is_none_is_refused_and_what_was_typed_stays(story):
    (offer,) = story.offered(1)
    response = her_of(story).post("decline", {"cause": "caprice", "reason": "Deux heures de train."}, offer=offer.key)
    assert (states([offer]), "Deux heures de train." in text_of(response)) == ([OfferState.SENT], True)


def test_each_offer_says_why_it_was_made():
    """At her own university, in the mention she wishes first, for whoever has her licence."""
    story = Story().draft()
    wish = factories.MasterMentionFactory(name="Chimie")
    procedure.save_draft(story.id, facts={}, wishes=[wish], by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.at)
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    wished = factories.ProgrammeFactory(institution=story.institution, mention=wish)
    wished.recommended.add(story.referral.licence_mention)
    story.sent(vacancy=factories.VacancyFactory(programme=wished, campaign=story.campaign))
    story.sent(reason="Un autre domaine.")
    first, second = her_of(story).get("offers").context["offers"]
    assert first.why == [
        "C’est la mention que vous souhaitez en premier.",
        "La formation conseille votre licence.",
        "Elle est dans l’établissement où vous avez obtenu votre licence.",
    ]
    assert second.why == ["Elle est dans l’établissement où vous avez obtenu votre licence."]
    assert text_of(her_of(story).get("offers")).count("Pourquoi cette proposition") == 2


def test_a_declined_offer_cannot_be_accepted(story):
    offers = story.offered()
    her = her_of(story)
    her.post("decline", offer=offers[0].key)
    response = her.post("accept", offer=offers[0].key)
    assert errors_of(response) == {"__all__": ["Cette action n’est plus possible pour cette proposition."]}


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_after_the_limit_the_answer_is_refused_though_no_worker_ran(story, the_day, answer):
    offers = story.offered()
    limit = story.told().limit()
    the_day.move_to(limit.ends_at)
    response = her_of(story).post(answer, offer=offers[0].key)
    assert errors_of(response) == {"__all__": ["Le délai pour répondre est passé : il courait jusqu’au 06/07/2026 inclus."]}
    assert states(offers) == [OfferState.SENT] * 3


def test_in_the_last_second_the_answer_counts(story, the_day):
    offers = story.offered()
    limit = Limit.objects.live().get(referral=story.id)
    the_day.move_to(limit.ends_at.timestamp() - 1)
    her_of(story).post("accept", offer=offers[0].key)
    assert story.referral.state == State.ACCEPTED


def test_a_grant_is_recalled_where_the_region_changes():
    story = Story()
    factories.CampaignRulesFactory(campaign=story.campaign, version=2, nationwide=True)
    story.admissible()
    away = factories.InstitutionFactory(academy=factories.academy("La Réunion"))
    programme = factories.ProgrammeFactory(institution=away, town="Saint-Denis")
    story.sent(vacancy=factories.VacancyFactory(programme=programme, campaign=story.campaign))
    page = text_of(her_of(story).get("offers"))
    assert "Saint-Denis, académie : La Réunion" in page
    assert "une aide à la mobilité de 1 000 € existe" in page


def test_distances_are_great_circles_and_unknown_where_a_place_is():
    lyon = factories.InstitutionFactory(latitude=45.75, longitude=4.85)
    paris = factories.ProgrammeFactory(latitude=48.8566, longitude=2.3522)
    assert kilometres(lyon, paris) == 393
    assert kilometres(lyon, factories.ProgrammeFactory()) is None
    assert kilometres(None, paris) is None


def test_a_draft_has_no_offers_page(her):
    assert her.get("offers").url == her.address("referral")
