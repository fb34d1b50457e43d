"""What she lets the guidance service of her university see: her draft, her case, more of it; and no longer when she says so."""

import pytest

from referrals import procedure
from referrals.models import Referral, Role
from referrals.procedure import By
from referrals.rules.states import Action
from tests import factories
from tests.student.conftest import Browser
from tests.student.reading import errors_of, said, text_of, typed
from tests.student.test_draft import saved

pytestmark = pytest.mark.django_db

CHOICES = ("adviser_consent", "shares_documents", "shares_offers")
NOT_FILED = "Un brouillon partagé n’est pas une saisine déposée : vous seule pouvez déposer."


@pytest.fixture
def zoe(story) -> Browser:
    return Browser(story.filed().student, story.referral)


@pytest.fixture
def adviser(story):
    return factories.post(Role.ADVISER, institution=story.institution, name="Inès Conseil")


@pytest.mark.parametrize(
    ("ticked", "kept", "sentence"),
    [
        ({}, [False, False, False], "Le SCUIO-BAIP de votre université ne voit plus votre saisine."),
        ({"consent"}, [True, False, False], "Le SCUIO-BAIP de votre université voit votre saisine."),
        ({"consent", "offers"}, [True, False, True], "Le SCUIO-BAIP de votre université voit votre saisine et vos propositions."),
        (
            {"consent", "documents", "offers"},
            [True, True, True],
            "Le SCUIO-BAIP de votre université voit votre saisine, vos documents et vos propositions.",
        ),
    ],
)
def test_she_chooses_how_much_is_seen(zoe, ticked, kept, sentence):
    response = zoe.post("consent", dict.fromkeys(ticked, "on"))
    assert response.url == zoe.address("referral")
    assert said(response) == [sentence]
    assert saved(zoe.referral, *CHOICES) == kept
    assert typed(zoe.get("consent"), "consent", "documents", "offers") == kept


def test_stopping_takes_everything_back(zoe, story, adviser):
    zoe.post("consent", {"consent": "on", "documents": "on", "offers": "on"})
    page = text_of(zoe.get("referral"))
    assert "Le SCUIO-BAIP voit : l’état de votre saisine, son historique et ses délais vos documents vos propositions" in page
    assert Referral.objects.of_adviser(adviser).count() == 1
    zoe.post("consent", {})
    assert saved(zoe.referral, *CHOICES) == [False, False, False]
    assert Referral.objects.of_adviser(adviser).count() == 0
    assert "Le SCUIO-BAIP ne voit pas votre saisine. L’autoriser à la suivre" in text_of(zoe.get("referral"))


def test_the_office_reads_that_she_chose(zoe, story, client):
    zoe.post("consent", {"consent": "on", "offers": "on"})
    client.force_login(story.caseworker)
    page = client.get(f"/bureau/referrals/referral/{story.id}/change/")
    assert page.status_code == 200
    assert "Choix sur le suivi par le SCUIO-BAIP" in page.content.decode()
    event = story.referral.events.get(kind=Action.SET_ADVISER_CONSENT)
    assert event.payload == {"consent": True, "shares_documents": False, "shares_offers": True}


def test_more_is_shown_only_to_who_may_follow(zoe):
    response = zoe.post("consent", {"documents": "on", "offers": "on"})
    assert errors_of(response) == {
        "documents": ["Pour montrer vos documents au SCUIO-BAIP, acceptez d’abord qu’il suive votre saisine."],
        "offers": ["Pour montrer vos propositions au SCUIO-BAIP, acceptez d’abord qu’il suive votre saisine."],
    }
    assert saved(zoe.referral, *CHOICES) == [False, False, False]


def test_a_draft_is_opened_to_the_adviser_and_closed_again(her, story, adviser):
    assert "Personne d’autre que vous ne voit ce brouillon." in text_of(her.get("referral"))
    opened = her.post("share_draft", {"share": "yes"})
    assert opened.url == her.address("referral")
    assert said(opened) == [f"Votre brouillon est ouvert au SCUIO-BAIP. {NOT_FILED}"]
    assert Referral.objects.drafts_shared_with(adviser).count() == 1
    closed = her.post("share_draft", {"share": "no"})
    assert said(closed)[-1] == "Votre brouillon n’est plus partagé : le SCUIO-BAIP ne le voit plus."
    assert Referral.objects.drafts_shared_with(adviser).count() == 0


@pytest.mark.parametrize(
    "page", ["referral", "identity", "licence", "applications", "add_application", "documents", "check", "health"]
)
def test_every_page_of_a_shared_draft_says_so(her, page):
    sentence = "Le SCUIO-BAIP de votre université voit ce brouillon et peut le compléter ; vous seule pouvez déposer"
    assert sentence not in text_of(her.get(page))
    her.post("share_draft", {"share": "yes"})
    assert sentence in text_of(her.get(page))


def test_who_helped_last_is_named(her, story, adviser):
    her.post("share_draft", {"share": "yes"})
    procedure.save_draft(story.id, facts={"project": "Devenir archiviste."}, by=By.adviser(adviser), at=story.at)
    page = text_of(her.get("referral"))
    assert "Complété en dernier par Inès Conseil, samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2)." in page


def test_a_draft_without_a_university_has_nobody_to_be_opened_to(blank):
    response = blank.post("share_draft", {"share": "yes"})
    assert response.url == blank.address("licence_place")
    assert said(response) == [
        "Indiquez d’abord l’établissement de votre licence : c’est son SCUIO-BAIP qui verrait votre brouillon."
    ]
    assert saved(blank.referral, "shares_draft") == [False]


def test_what_is_filed_is_not_a_draft_to_share(zoe):
    assert zoe.post("share_draft", {"share": "yes"}).url == zoe.address("referral")
    assert saved(zoe.referral, "shares_draft") == [False]
