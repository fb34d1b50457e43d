"""Her confidential page: what it says to her, what it keeps, and what she may take back."""

import pytest
from django.test import Client

from referrals.models import HealthRequest, Role
from referrals.procedure import By
from referrals.rules.states import State
from tests import factories
from tests.procedure.test_health import NEEDS, WORDS, conclude, doctor_of
from tests.story import Story, in_state
from tests.student.conftest import Browser
from tests.student.reading import errors_of, listed, said, text_of, typed
from tests.student.test_draft import transcript
from tests.student.test_typed import NOTICE, log_in

pytestmark = pytest.mark.django_db

ASKED = {"words": WORDS, "consent": "on"}
LINK = "Situation de santé ou de handicap (confidentiel)"


def her_of(story: Story) -> Browser:
    return Browser(story.student, story.referral)


def request_of(browser: Browser) -> HealthRequest:
    return HealthRequest.objects.get(referral=browser.referral)


def read(reader: Browser) -> None:
    """Open the one confidential document."""
    document = reader.referral.documents.confidential().get()
    response = reader.client.get(f"/documents/{document.key}/")
    assert response.getvalue().startswith(b"%PDF")  # hers, or to another reader a copy in which nothing acts


@pytest.mark.parametrize("state", State)
def test_the_same_link_stands_on_every_case_whether_or_not_she_asks(state):
    """Somebody who looks over her shoulder learns nothing from it."""
    her = her_of(in_state(state))
    page = her.get("referral")
    assert f'<a href="{her.address("health")}">{LINK}</a>' in page.content.decode()
    before = text_of(page)
    her.post("health", ASKED)
    her.get("health")  # reads the message left for the next page
    assert text_of(her.get("referral")) == before


@pytest.mark.parametrize(
    "sentence",
    [
        "Vous, et le médecin conseiller du recteur de votre région académique. Personne d’autre.",
        "Ni le rectorat, ni les établissements, ni votre service d’orientation ne savent que vous avez fait cette demande",
        "Si l’avis est favorable, le rectorat lit les besoins à respecter, et rien d’autre.",
        "Vous pouvez retirer votre demande à tout moment.",
        "Vous avez au moins 8 jours pour répondre à une proposition, et jamais moins que les autres.",
        "Des formations qui vous ont déjà refusé une place peuvent vous être proposées.",
        "c’est la rectrice ou le recteur qui décide de votre inscription.",
        "Code de l’éducation, art. D. 612-36-3-1",
    ],
)
def test_it_says_who_reads_it_and_what_it_changes_before_she_writes(her, sentence):
    assert sentence in text_of(her.get("health"))


def test_where_no_adviser_could_read_it_she_is_told_what_to_do(her, story):
    warning = "Aucun médecin conseiller n’a d’accès ici pour votre région académique."
    factories.post(Role.MEDICAL, region=factories.academy("Strasbourg").region)
    assert warning in text_of(her.get("health"))
    doctor_of(story)
    assert warning not in text_of(her.get("health"))


def test_while_her_region_is_unknown_there_is_nothing_to_warn_of(blank):
    assert "Aucun médecin conseiller n’a d’accès" not in text_of(blank.get("health"))


def test_no_browser_keeps_the_page(her):
    assert "no-store" in her.get("health").headers["Cache-Control"]


def test_nothing_is_sent_without_her_consent(her):
    response = her.post("health", {"words": WORDS, "file": transcript("certificat.pdf")})
    assert errors_of(response) == {
        "consent": ["Sans votre accord, rien ne peut être transmis : cochez cette case si vous l’acceptez."]
    }
    assert typed(response, "words") == [WORDS]
    assert (HealthRequest.objects.count(), her.referral.documents.confidential().count()) == (0, 0)


def test_in_the_draft_she_is_told_that_it_leaves_with_the_filing(her):
    response = her.post("health", ASKED)
    assert response.url == her.address("health")
    assert said(response) == ["Enregistré. Votre demande partira avec votre saisine, quand vous la déposerez."]
    page = text_of(her.get("health"))
    assert "Elle partira avec votre saisine : le médecin conseiller ne la voit qu’une fois la saisine déposée." in page
    assert "Brouillon : votre saisine n’est pas encore déposée." in page


def test_with_a_document_in_one_go_and_another_later(story):
    her = her_of(story.filed())
    response = her.post("health", ASKED | {"file": transcript("certificat.pdf")})
    assert said(response) == ["Enregistré. Le médecin conseiller, et lui seul, lit votre demande."]
    her.post("health", {"words": WORDS, "file": transcript("suite.pdf")})
    assert [document.name for document in her.referral.documents.confidential()] == ["certificat.pdf", "suite.pdf"]
    page = her.get("health")
    assert "Document confidentiel : certificat.pdf" in text_of(page)
    assert "consent" not in page.context["form"].fields
    assert typed(page, "words") == [WORDS]


def test_a_bad_file_is_refused_with_what_to_do(story):
    her = her_of(story.filed())
    response = her.post("health", ASKED | {"file": transcript("certificat.pdf", b"du texte")})
    assert errors_of(response) == {
        "file": ["Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document."]
    }
    assert HealthRequest.objects.count() == 0


def test_she_reads_the_opinion_there_and_what_the_office_reads_of_it(story):
    her = her_of(story.filed())
    her.post("health", ASKED)
    assert "Le médecin conseiller n’a pas encore rendu son avis." in text_of(her.get("health"))
    conclude(story, doctor_of(story))
    page = text_of(her.get("health"))
    at = "samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2)"
    assert f"L’avis est favorable Rendu le {at}. Le rectorat lit ces besoins, et rien d’autre : {NEEDS}" in page


def test_an_unfavourable_opinion_says_what_she_can_still_do(story):
    her = her_of(story.filed())
    her.post("health", ASKED)
    conclude(story, doctor_of(story), favourable=False, needs="Il manque un certificat.")
    page = text_of(her.get("health"))
    assert "L’avis n’est pas favorable" in page
    assert "Vous pouvez compléter votre demande : elle sera relue. Il manque un certificat." in page


def test_she_sees_who_did_what_and_when_but_not_the_mails_of_others(story, the_day):
    her = her_of(story.filed())
    doctor = doctor_of(story)
    her.post("health", ASKED | {"file": transcript("certificat.pdf")})
    the_day.shift(3600)
    read(Browser(doctor, her.referral))
    at = "samedi 20 juin 2026 à {} h 00 (heure de Paris, UTC+2)"
    assert listed(her.get("health"), "history") == [
        f"{at.format(11)} Document confidentiel consulté (médecin conseiller)",
        f"{at.format(10)} Document confidentiel ajouté (vous)",
        f"{at.format(10)} Demande confidentielle (vous)",
    ]


def test_opening_her_own_document_is_nobodys_event(story):
    her = her_of(story.filed())
    her.post("health", ASKED | {"file": transcript("certificat.pdf")})
    read(her)
    assert not her.referral.events.filter(kind="health_reading").exists()


def test_she_takes_it_back(story):
    her = her_of(story.filed())
    her.post("health", ASKED | {"file": transcript("certificat.pdf")})
    response = her.post("end_health")
    assert response.url == her.address("referral")
    assert said(response)[-1] == ("Votre demande confidentielle est retirée : plus personne d’autre que vous ne lit vos documents.")
    assert request_of(her).ended_at == story.at
    page = her.get("health")
    assert "Retirer ma demande confidentielle" not in text_of(page)
    assert typed(page, "words", "consent") == ["", None]  # asked again, it asks for her consent again
    assert her.get("end_health").url == her.address("referral")


def test_once_the_referral_is_over_it_can_be_taken_back_and_no_more_made():
    story = in_state(State.CLOSED)
    her = her_of(story)
    page = text_of(her.get("health"))
    assert "cette demande ne peut plus être faite ni complétée." in page
    assert errors_of(her.post("health", ASKED)) == {"__all__": ["Cette action n’est plus possible dans l’état actuel du dossier."]}
    HealthRequest.objects.create(referral=story.referral, consented_at=story.at, said_at=story.at, words=WORDS)
    assert "Retirer ma demande confidentielle" in text_of(her.get("health"))
    her.post("end_health")
    assert request_of(her).ended_at == story.at


def test_what_she_typed_survives_a_lost_session(her, story):
    her.client = Client()
    address = her.address("health")
    assert her.post("health", ASKED | {"file": transcript()}).url == f"/compte/login/?next={address}"
    assert HealthRequest.objects.count() == 0
    log_in(her, story.student.email, address)
    page = her.get("health")
    assert f"{NOTICE} Les fichiers, eux, sont à choisir de nouveau." in text_of(page)
    assert typed(page, "words", "consent") == [WORDS, True]


def test_it_is_nobody_elses_page(story, other):
    story.filed()
    adviser = doctor_of(story)
    assert By.medical(adviser).may_touch(story.referral)
    for user in (other, adviser, story.caseworker, factories.post("adviser", institution=story.institution)):
        stranger = Browser(user, story.referral)
        assert [stranger.get("health").status_code, stranger.post("end_health").status_code] == [404, 404]
