"""The page of one student: where she stands, what she shares, and what her adviser writes."""

import pytest

from notifications.models import Message
from referrals import procedure
from referrals.models import DocumentKind
from referrals.rules.states import Action
from tests import factories
from tests.adviser.conftest import another
from tests.factories import signed_in
from tests.story import Story
from tests.student.reading import errors_of, listed, said, text_of

pytestmark = pytest.mark.django_db
AT = "samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2)"


@pytest.fixture
def zoe(story) -> Story:
    return story.filed(adviser_consent=True, first_names="Zoé", birth_name="D’Œuvre")


def page(adviser, story: Story, more: str = ""):
    return signed_in(adviser).get(f"/suivi/{story.referral.key}/{more}")


def shares(story: Story, **what: bool) -> None:
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at, **what)


def test_it_says_where_she_stands_what_she_must_do_and_by_when(zoe, adviser):
    procedure.request_documents(zoe.id, wanted="Un secret.", days=10, by=zoe.office, at=zoe.at)
    response = page(adviser, zoe)
    text = text_of(response)
    end = "mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)"
    assert f"À faire par l’étudiant Envoyer les documents demandés Jusqu’au {end}" in text
    assert "Qui a le dossier l’étudiant" in text
    assert f"Envoi des documents demandés : jusqu’au {end}" in text
    assert listed(response, "history") == [
        f"{AT} Documents demandés (rectorat)",
        f"{AT} Saisine déposée (l’étudiant)",
        f"{AT} Document ajouté (l’étudiant)",
        f"{AT} Brouillon commencé (l’étudiant)",
    ]


def test_what_she_does_not_share_is_one_sentence(zoe, adviser):
    procedure.request_documents(zoe.id, wanted="Un secret.", days=10, by=zoe.office, at=zoe.at)
    procedure.write_note(zoe.id, text="Une note.", by=zoe.office, at=zoe.at)
    procedure.write_to_student(zoe.id, text="Un mot du bureau.", by=zoe.office, at=zoe.at)
    response = page(adviser, zoe)
    html = response.content.decode()
    hidden = ("Un secret.", "Une note.", "Un mot du bureau.", "releve.pdf", "/documents/", zoe.student.email, 'id="propositions"')
    assert [word for word in hidden if word in html] == []
    assert "L’étudiant peut aussi, depuis son espace, vous montrer ses documents et ses propositions." in text_of(response)
    for document in zoe.referral.documents.all():
        assert signed_in(adviser).get(f"/documents/{document.key}/").status_code == 404


def test_her_documents_once_she_shows_them_and_no_longer(zoe, adviser):
    shares(zoe, documents=True)
    transcript = zoe.referral.documents.get(kind=DocumentKind.TRANSCRIPT)
    response = page(adviser, zoe)
    assert "Relevé de notes de licence : releve.pdf" in text_of(response)
    assert "vous montrer ses propositions." in text_of(response)
    assert "accuse-de-reception" not in response.content.decode()  # a letter of the office is no document of hers
    assert signed_in(adviser).get(f"/documents/{transcript.key}/").getvalue().startswith(b"%PDF")
    shares(zoe)
    assert "releve.pdf" not in text_of(page(adviser, zoe))
    assert signed_in(adviser).get(f"/documents/{transcript.key}/").status_code == 404


def test_her_offers_once_she_shows_them(adviser, story):
    first, *_ = story.offered()
    story.consulting()
    shares(story)
    assert first.vacancy.programme.title not in text_of(page(adviser, story))
    shares(story, offers=True)
    text = text_of(page(adviser, story))
    assert text.count("Répondre jusqu’au lundi 6 juillet 2026 à 24 h 00 (heure de Paris, UTC+2)") == 3  # not what is only asked
    assert f"{first.vacancy.programme.title} {story.institution}, Lyon Envoyée, en attente de réponse ; proposée le {AT}" in text
    assert "vous montrer ses documents." in text


def test_when_she_shares_everything_nothing_is_said_of_sharing(adviser, story):
    story.filed()
    shares(story, documents=True, offers=True)
    text = text_of(page(adviser, story))
    assert "Aucune proposition n’a encore été envoyée." in text
    assert "vous montrer" not in text


def test_when_she_stops_it_is_not_found_at_once(zoe, adviser):
    client = signed_in(adviser)
    address = f"/suivi/{zoe.referral.key}/"
    assert client.get(address).status_code == 200
    procedure.set_adviser_consent(zoe.id, consent=False, by=zoe.her, at=zoe.at)
    codes = {
        more: (client.get(f"{address}{more}").status_code, client.post(f"{address}{more}", {"text": "Trop tard."}).status_code)
        for more in ("", "ecrire/", "avis/", "entretien.pdf")
    }
    assert codes == dict.fromkeys(codes, (404, 404))
    assert not zoe.referral.events.filter(kind__in=(Action.ADVISE_STUDENT, Action.ADVISE_OFFICE)).exists()


# What she writes


@pytest.mark.parametrize(
    ("where", "kind", "template", "readers"),
    [
        (
            "ecrire/",
            Action.ADVISE_STUDENT,
            "message_from_adviser",
            "qui lit votre message dans son espace. Le rectorat le lit aussi",
        ),
        ("avis/", Action.ADVISE_OFFICE, "office_advice", "L’étudiant le lit aussi, dans son espace"),
    ],
)
def test_a_note_to_the_student_and_an_opinion_to_the_office(zoe, adviser, where, kind, template, readers):
    zoe.followed()
    client = signed_in(adviser)
    address = f"/suivi/{zoe.referral.key}/{where}"
    assert readers in text_of(client.get(address))
    response = client.post(address, {"text": "  Voyez-moi mardi.\nÀ 10 h. "})
    assert response.url == f"/suivi/{zoe.referral.key}/"
    event = zoe.referral.events.get(kind=kind)
    assert (event.actor, event.by_name, event.note) == ("adviser", "Claude Exemple", "Voyez-moi mardi.\nÀ 10 h.")
    assert Message.objects.filter(template=template).count() == 1
    assert f"{event.get_kind_display()}, par Claude Exemple « Voyez-moi mardi. À 10 h. »" in text_of(client.get(response.url))


def test_sent_twice_it_is_written_once(zoe, adviser):
    client = signed_in(adviser)
    for _ in range(2):
        client.post(f"/suivi/{zoe.referral.key}/ecrire/", {"text": "Voyez-moi mardi."})
    assert zoe.referral.events.filter(kind=Action.ADVISE_STUDENT).count() == 1


def test_an_empty_one_is_said_beside_its_field(zoe, adviser):
    response = signed_in(adviser).post(f"/suivi/{zoe.referral.key}/avis/", {"text": "  "})
    assert errors_of(response) == {"text": ["Écrivez votre texte."]}


def test_what_was_typed_after_the_session_ended_comes_back(zoe, adviser, client):
    address = f"/suivi/{zoe.referral.key}/ecrire/"
    assert client.post(address, {"text": "Long et précieux."}).url == f"/compte/login/?next={address}"
    client.post("/compte/login/", {"login": adviser.email, "password": factories.PASSWORD})
    assert client.get(address).context["form"]["text"].value() == "Long et précieux."


def test_a_colleague_reads_it_and_the_other_students_page_does_not_have_it(zoe, adviser):
    signed_in(adviser).post(f"/suivi/{zoe.referral.key}/ecrire/", {"text": "Voyez-moi mardi."})
    other = another(zoe).filed(adviser_consent=True)
    colleague = factories.post("adviser", institution=zoe.institution)
    assert ["Voyez-moi mardi." in text_of(page(colleague, one)) for one in (zoe, other)] == [True, False]


def test_a_draft_has_nobody_to_write_to(adviser, story):
    story.draft(shares_draft=True)
    client = signed_in(adviser)
    for more in ("ecrire/", "avis/"):
        address = f"/suivi/{story.referral.key}/{more}"
        assert client.get(address).url == client.post(address, {"text": "Bonjour."}).url == f"/suivi/{story.referral.key}/"
    assert said(client.get(f"/suivi/{story.referral.key}/")) == []
