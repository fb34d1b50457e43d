"""What anybody may read, who is led where, and the private documents."""

import re
from datetime import date
from hashlib import sha256

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from referrals.models import DocumentKind, Role
from referrals.procedure.limits import filing_limit, refresh_filing_limit
from referrals.public.views import csrf_failure
from referrals.rules.rule_sets import DECREE_2023, NOTE_2018, values_of
from referrals.templatetags.instants import end
from tests import factories
from tests.factories import signed_in
from tests.story import Story
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/mentions-legales/",
        "/accessibilite/",
        "/compte/login/",
        "/compte/signup/",
        "/places-vacantes/",
        "/questions/",
        "/contacts/",
        "/calendrier/",
    ],
)
def test_public_pages_open_without_an_account(client, address):
    assert client.get(address).status_code == 200


def test_without_a_campaign_the_home_page_says_so(client):
    assert "Aucune campagne n’est encore annoncée." in text_of(client.get("/"))


def test_the_home_page_states_the_rules_of_the_campaign(client):
    factories.CampaignRulesFactory()
    page = text_of(client.get("/"))
    assert "au moins 3 propositions" in page
    assert "Ouverture lundi 15 juin 2026 (Campagne 2026)" in page
    assert "dans les 15 jours qui suivent le dernier de ces événements" in page
    assert "au plus tard le samedi 31 octobre 2026" in page


@pytest.mark.parametrize(
    ("rule_set", "sentences"),
    [
        (
            "2018",
            [
                f"Recevoir les propositions au moins 3, au plus tard le samedi 31 octobre 2026 {NOTE_2018}.",
                "dans les 15 jours francs qui suivent la dernière des 3 propositions dues ; sans réponse, elles tombent",
            ],
        ),
        (
            "2023",
            [
                "Elle date des 3 dernières années universitaires.",
                "Candidatures en première année de master : 5 au moins.",
                f"Mentions de master différentes : 2 au moins. {DECREE_2023}.",
                "dans les 8 jours francs qui suivent chaque proposition ; sans réponse, elle tombe",
            ],
        ),
    ],
)
def test_the_home_page_gives_each_rule_set_in_its_own_words_with_its_sources(client, rule_set, sentences):
    factories.CampaignRulesFactory(rule_set=rule_set, **values_of(rule_set))
    page = text_of(client.get("/"))
    assert [sentence for sentence in sentences if sentence not in page] == []


def test_the_last_campaign_opened_is_the_one_meant(client):
    for year in (2018, 2019, 2999):
        campaign = factories.CampaignFactory(
            code=str(year), name=f"Campagne {year}", opens_on=date(year, 6, 15), search_until=date(year, 10, 31)
        )
        factories.CampaignRulesFactory(campaign=campaign)
    assert "(Campagne 2019)" in text_of(client.get("/"))


def test_she_is_led_back_to_what_she_began():
    story = Story().draft()
    page = signed_in(story.student).get("/").content.decode()
    assert f'href="/ma-saisine/{story.referral.key}/"' in page
    assert "Reprendre ma saisine (brouillon, non déposée)" in page


def test_her_limit_stands_before_what_she_already_knows():
    story = Story().draft()
    refresh_filing_limit(story.referral, at=story.at)
    limit = filing_limit(story.referral)
    page = text_of(signed_in(story.student).get("/"))
    assert page.index("Dépôt de la saisine : ") < page.index("Reprendre ma saisine") < page.index("En cinq étapes")
    assert end(limit) in page
    assert "Puis-je saisir le recteur ?" not in page.split("En cinq étapes")[0]


def test_what_she_filed_says_where_it_stands():
    story = Story().filed()
    page = text_of(signed_in(story.student).get("/"))
    assert f"Saisine {story.referral.number} : déposée." in page
    assert f"Voir ma saisine {story.referral.number}" in page


def test_a_stranger_is_first_asked_whether_she_may_refer(client):
    factories.CampaignRulesFactory()
    page = client.get("/").content.decode().partition("<main")[2]
    clicks = re.findall(r'class="fr-btn[^"]*"\s+href="([^"]+)"', page)
    assert clicks == ["/puis-je-saisir/", "/compte/signup/", "/compte/login/"]
    assert [one for one in ("/questions/", "/contacts/", "/calendrier/", "/places-vacantes/") if f'href="{one}"' not in page] == []


def test_each_is_led_to_her_own_place():
    story = Story()
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    led = [signed_in(user).get(reverse("after_login")).url for user in (story.student, adviser, story.caseworker)]
    assert led == ["/ma-saisine/", "/suivi/", "/bureau/"]


def test_a_page_that_does_not_exist_says_so(client):
    response = client.get("/nulle-part/")
    assert response.status_code == 404
    assert "Page introuvable" in text_of(response)


def test_a_request_too_large_is_told_what_to_do(client):
    story = Story().draft()
    response = signed_in(story.student).post(f"/ma-saisine/{story.referral.key}/projet/", {"project": "x" * 3_000_000})
    assert response.status_code == 400
    assert "Votre envoi est trop volumineux" in response.content.decode()


def test_an_old_form_is_told_what_to_do(rf: RequestFactory):
    request = rf.post("/ailleurs/")
    request.user = factories.UserFactory.build()
    request.session = {}
    response = csrf_failure(request)
    assert response.status_code == 403
    assert "Cette page était trop ancienne" in response.content.decode()


def test_nothing_on_a_page_leaves_the_host(client):
    page = client.get("/").content.decode()
    assert re.findall(r"<(?!a )[^>]*https?://|<style| style=|onclick", page) == []  # but where a link leads


@pytest.mark.parametrize(("state_look", "shown"), [(True, True), (False, False)])
def test_the_states_look_is_the_states_alone(client, settings, state_look, shown):
    settings.STATE_LOOK = state_look
    page = client.get("/").content.decode()
    assert ("fr-logo" in page) is shown
    assert ("style/neutral.css" in page) is not shown


def download(user, document):
    return signed_in(user).get(f"/documents/{document.key}/")


def test_her_document_is_given_back_as_it_came_and_never_run():
    story = Story().draft()
    document = story.referral.transcript
    response = download(story.student, document)
    assert sha256(b"".join(response.streaming_content)).hexdigest() == document.sha256
    assert {
        name: response[name]
        for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy")
    } == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="releve.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def test_the_receipt_is_rendered_once_and_the_same_for_all_who_may_see_it():
    story = Story().filed()
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    copies = [b"".join(download(user, receipt).streaming_content) for user in (story.student, story.caseworker, story.student)]
    assert copies[0].startswith(b"%PDF")
    assert copies[0] == copies[1] == copies[2]


def test_a_document_is_not_found_by_anybody_else():
    story = Story().filed()
    document = story.referral.transcript
    elsewhere = factories.post(Role.CASEWORKER, region=factories.academy("La Réunion").region)
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    for user in (factories.UserFactory(), elsewhere, adviser):
        assert download(user, document).status_code == 404
    address = f"/documents/{document.key}/"
    assert Client().get(address).url == f"/compte/login/?next={address}"


def test_a_drafts_document_is_hers_alone():
    story = Story().draft()
    assert download(story.caseworker, story.referral.transcript).status_code == 404
