"""The offers side by side, and the answers: said before, done once, refused after the limit."""

from datetime import timedelta
from pathlib import Path
from re import findall

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.models import DocumentKind, Limit, Referral
from referrals.rules.states import OfferState, State
from referrals.student.offers import kilometres
from tests import factories
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import errors_of, plain, said, text_of

pytestmark = pytest.mark.django_db

STYLE = (Path(settings.BASE_DIR) / "static/style/offers.css").read_text()


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
    assert said(response) == ["Vous avez refusé cette proposition. Un courriel vous le confirme."]
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


def offered_at(story: Story, *, latitude: float = 48.8566, longitude: float = 2.3522, academy=None, **vacancy):
    """Send an offer there; her licence is of Lyon, 393 km from Paris."""
    story.institution.latitude, story.institution.longitude = 45.75, 4.85
    story.institution.save()
    institution = factories.InstitutionFactory(academy=academy or story.academy)
    programme = factories.ProgrammeFactory(institution=institution, latitude=latitude, longitude=longitude)
    return story.sent(vacancy=factories.VacancyFactory(programme=programme, campaign=story.campaign, **vacancy), reason="Essai.")


@pytest.mark.parametrize(
    ("mobility", "seat", "said_of_it"),
    [
        (None, {}, "Vous n’aviez pas indiqué de distance."),
        (393, {}, "C’est dans les 393 km que vous aviez indiqués."),
        (392, {}, "C’est plus loin que les 392 km que vous aviez indiqués."),
        (392, {"attendance": "remote"}, "L’enseignement a lieu à distance."),
    ],
    ids=["she did not say", "within", "beyond", "taught at a distance"],
)
def test_the_distance_is_held_against_what_she_said_of_her_mobility(story, mobility, seat, said_of_it):
    story.admissible()
    Referral.objects.filter(pk=story.id).update(mobility_km=mobility)
    offered_at(story, **seat)
    page = text_of(her_of(story).get("offers"))
    assert f"à 393 km de l’établissement de votre licence, à vol d’oiseau {said_of_it} Enseignement" in page


def test_an_academy_she_wished_for_is_never_too_far(story):
    story.admissible()
    Referral.objects.filter(pk=story.id).update(mobility_km=10)
    story.referral.wished_academies.add(story.academy)
    offered_at(story)
    assert "à vol d’oiseau C’est une académie que vous souhaitez. Enseignement" in text_of(her_of(story).get("offers"))


def test_a_distance_nobody_knows_is_said_to_be_unknown(story):
    story.admissible()
    Referral.objects.filter(pk=story.id).update(mobility_km=10)
    story.sent()
    assert "Distance inconnue Enseignement" in text_of(her_of(story).get("offers"))


FACTS = ["Établissement", "Lieu", "Distance", "Enseignement", "Pourquoi cette proposition", "Aide à la mobilité",
         "Contact de l’établissement"]  # fmt: skip


def test_the_offers_side_by_side_have_the_same_rows_in_the_same_order(story):
    """Whatever one of them lacks: the style lays as many rows."""
    story.admissible()
    offered_at(story, contact_phone="04 00 00 00 00", language="fr-en", modality="apprenticeship")
    story.sent(vacancy=factories.VacancyFactory(campaign=story.campaign, contact_email="", programme__url="https://exemple.fr/m1"))
    page = her_of(story).get("offers").content.decode()
    assert findall(r"<dt>(.*?)</dt>", page) == FACTS * 2
    rows = 1 + len(FACTS) + 2  # heading, limit, buttons
    assert f"grid-row: span {rows};" in STYLE
    assert f".compare .facts {{ display: grid; grid-row: span {len(FACTS)};" in STYLE
    text = plain(page)
    assert "Apprentissage Sur place Langue : français et anglais" in text
    assert "masters@universite.exemple Téléphone : 04 00 00 00 00" in text
    assert "L’établissement n’en a pas indiqué. Demandez-le au rectorat" in text
    assert 'href="https://exemple.fr/m1" rel="external noopener"' in " ".join(page.split())


def test_an_answer_has_its_receipt_on_the_page(story):
    offers = story.offered()
    her = her_of(story)
    her.post("decline", {"reason": "Deux heures de train."}, offer=offers[0].key)
    her.post("accept", offer=offers[1].key)
    page = text_of(her.get("offers"))
    received = "Votre réponse a été reçue le samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2)."
    assert f"refusée par vous {received} Votre raison : Deux heures de train." in page
    assert f"acceptée {received}" in page
    assert page.count(received) == 2
    assert "libérée, sa place est rendue" in page


def test_once_accepted_the_page_and_the_case_say_what_the_institution_needs(story):
    offers = story.offered()
    her = her_of(story)
    her.post("accept", offer=offers[0].key)
    certificate = story.referral.documents.get(kind=DocumentKind.ACCEPTANCE)
    for page in ("offers", "referral"):
        response = her.get(page)
        text = text_of(response)
        assert "À qui vous adresser masters@universite.exemple" in text
        assert "l’attestation de la CVEC, payée ou exonérée" in text
        assert "avant le lundi 20 juillet 2026" in text
        assert response.content.decode().count(f'href="/documents/{certificate.key}/"') == (1 if page == "offers" else 2)
    given = her.client.get(f"/documents/{certificate.key}/")
    assert given["Content-Disposition"] == f'attachment; filename="attestation-d-acceptation-{story.referral.number}.pdf"'
    assert b"".join(given.streaming_content).startswith(b"%PDF-")


def test_whoever_studies_while_at_work_owes_no_campus_contribution(story):
    story.admissible()
    offer = story.sent(vacancy=factories.VacancyFactory(campaign=story.campaign, modality="continuing"))
    her = her_of(story)
    her.post("accept", offer=offer.key)
    assert "CVEC" not in text_of(her.get("offers"))


def test_once_enrolled_nothing_is_left_to_do(story):
    offer, *_ = story.offered()
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    procedure.record_enrolment(story.id, offer_id=offer.pk, on=story.at.date(), by=story.office, at=story.at)
    her = her_of(story)
    assert "Il vous reste à vous inscrire" not in text_of(her.get("offers"))
    certificate = story.referral.documents.get(kind=DocumentKind.ACCEPTANCE)
    assert f'href="/documents/{certificate.key}/"' in her.get("referral").content.decode()  # for good


def test_who_accepted_before_there_were_certificates_still_reads_what_comes_next(story):
    offer, *_ = story.offered()
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    story.referral.documents.filter(kind=DocumentKind.ACCEPTANCE).update(created_at=story.at - timedelta(days=1))
    page = text_of(her_of(story).get("offers"))
    assert ("une pièce d’identité" in page, "attestation d’acceptation" in page) == (True, False)


def test_on_two_devices_the_second_answer_is_told_of_the_first(story):
    """The page of one offer is open here while another is accepted there."""
    offers = story.offered()
    here, there = her_of(story), her_of(story)
    here.get("accept", offer=offers[0].key)
    there.post("accept", offer=offers[1].key)
    for answer in ("accept", "decline"):
        response = here.post(answer, offer=offers[0].key)
        assert errors_of(response) == {"__all__": ["Cette action n’est plus possible dans l’état actuel du dossier."]}
        assert "Cette proposition n’attend plus de réponse : libérée, sa place est rendue." in text_of(response)
    assert states(offers) == [OfferState.RELEASED, OfferState.ACCEPTED, OfferState.RELEASED]


def test_nobody_else_reads_or_answers_her_offers(story, other):
    offer, *_ = story.offered(1)
    stranger = Browser(other, story.referral)
    answers = [stranger.get("offers"), stranger.get("accept", offer=offer.key), stranger.post("accept", offer=offer.key)]
    assert ([answer.status_code for answer in answers], states([offer])) == ([404, 404, 404], [OfferState.SENT])


def test_more_offers_ask_the_database_no_more_often(story):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert her_of(story).get("offers").status_code == 200
        return len(queries)

    story.offered()
    story.sent()
    asked()  # the first reading is written
    four = asked()
    story.sent()
    story.sent()
    asked()
    assert asked() == four


def test_a_draft_has_no_offers_page(her):
    assert her.get("offers").url == her.address("referral")
