"""« Puis-je saisir le recteur ? »: anybody asks, the rules of the campaign answer, and nothing is stored but in her session."""

import re
from datetime import date

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from referrals.models import CampaignRules, Limit, Referral, Role
from referrals.rules.rule_sets import values_of
from tests import factories
from tests.factories import instant
from tests.story import Story
from tests.student.reading import errors_of, said, text_of, typed

pytestmark = pytest.mark.django_db

ASK, ANSWER = "/puis-je-saisir/", "/puis-je-saisir/reponse/"


@pytest.fixture(autouse=True)
def the_day():
    with time_machine.travel(instant("2026-06-20 10:00"), tick=False) as traveller:
        yield traveller


def rules(rule_set: str, **values) -> CampaignRules:
    """The rules of the campaign that opens on 15 June 2026; not *francs*, so that days are easy to count."""
    return factories.CampaignRulesFactory(rule_set=rule_set, **(values_of(rule_set) | {"franc": False} | values))


def answers(**changes) -> dict:
    """Five refusals in two mentions and two institutions, a licence of Lyon obtained on 12 June."""
    plain = {
        "diploma": "national",
        "status": "obtained",
        "licence_day": "12/06/2026",
        "academy": factories.academy().pk,
        "applications": "5",
        "refusals": "5",
        "last_refusal_on": "10/06/2026",
        "silent": "0",
        "silent_since": "",
        "waiting": "no",
        "admitted": "no",
        "mentions": "2",
        "institutions": "2",
        "incompatible": "",
    }
    return plain | changes


def ask(client, **changes):
    """Answer the questions and read the answer."""
    response = client.post(ASK, answers(**changes))
    assert response.url == ANSWER
    return client.get(ANSWER)


def codes(response) -> list[str]:
    return [reason.code for reason in response.context["reasons"]]


@pytest.mark.parametrize("rule_set", ["2018", "2021", "2023"])
def test_where_nothing_speaks_against_it_she_is_told_until_when_where_and_with_what(client, rule_set):
    rules(rule_set)
    page = text_of(ask(client))
    for words in (
        "D’après vos réponses, vous pouvez saisir le recteur.",
        "Dépôt de la saisine : jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)",
        "ouverture de la plateforme (lundi 15 juin 2026), 15 jours.",
        "région académique Auvergne-Rhône-Alpes",
        "Le relevé de notes de licence , seul obligatoire",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("rule_set", "asked"),
    [
        ("2018", set()),
        ("2021", {"mentions", "institutions", "incompatible"}),
        ("2023", {"mentions", "institutions", "waiting"}),
    ],
)
def test_only_what_the_rules_need_is_asked(client, rule_set, asked):
    rules(rule_set)
    fields = set(client.get(ASK).context["form"].fields)
    assert fields & {"mentions", "institutions", "waiting", "incompatible"} == asked


@pytest.mark.parametrize(
    ("rule_set", "label", "meaning"),
    [
        ("2018", "Date de la plus ancienne de ces candidatures", "Au bout de 2 mois, ce silence vaut acceptation."),
        ("2023", "Date de la plus récente de ces candidatures", "Au bout de 4 mois, ce silence vaut refus."),
    ],
)
def test_of_several_silences_the_one_that_decides_is_asked(client, rule_set, label, meaning):
    rules(rule_set)
    page = text_of(client.get(ASK))
    assert label in page
    assert meaning in page


@pytest.mark.parametrize(
    ("rule_set", "changes", "expected"),
    [
        ("2023", {"diploma": "professional"}, ["diploma"]),
        ("2023", {"licence_day": "31/08/2023"}, ["licence_too_old"]),
        ("2023", {"licence_day": "01/09/2023"}, []),
        ("2018", {"licence_day": "31/08/2023"}, []),
        ("2023", {"applications": "4", "refusals": "4"}, ["too_few_applications", "too_few_refusals"]),
        ("2023", {"mentions": "1", "institutions": "1"}, ["too_few_mentions", "too_few_institutions"]),
        ("2023", {"waiting": "yes", "refusals": "4"}, ["waiting_list", "too_few_refusals"]),
        ("2021", {"incompatible": "1"}, ["too_few_compatible"]),
        ("2021", {"applications": "6", "incompatible": "1"}, []),
        ("2023", {"admitted": "yes", "refusals": "4"}, ["admitted", "too_few_refusals"]),
        ("2018", {"refusals": "4", "silent": "1", "silent_since": "20/04/2026"}, ["silence_accepts"]),
        ("2018", {"refusals": "4", "silent": "1", "silent_since": "21/04/2026"}, []),
        ("2023", {"refusals": "3", "silent": "2", "silent_since": "20/02/2026"}, []),
        ("2023", {"refusals": "3", "silent": "2", "silent_since": "21/02/2026"}, ["not_yet_refused", "too_few_refusals"]),
        ("2023", {"status": "expected", "licence_day": "10/07/2026"}, []),
    ],
)
def test_every_reason_is_given_with_its_source(client, rule_set, changes, expected):
    rules(rule_set)
    response = ask(client, **changes)
    assert codes(response) == expected
    page = text_of(response)
    assert [reason.code for reason in response.context["reasons"] if reason.sentence not in page or reason.source not in page] == []


@pytest.mark.parametrize(("applications", "expected"), [("2", []), ("1", ["too_few_applications"])])
def test_in_a_region_with_one_university_two_applications_do(client, applications, expected):
    rules("2023")
    island = factories.academy("La Réunion")
    island.region.single_university = True
    island.region.save()
    response = ask(client, academy=island.pk, applications=applications, refusals="1", mentions="1", institutions="1")
    assert codes(response) == expected
    assert "heure de La Réunion, UTC+4" in text_of(response)


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"licence_day": "17/06/2026"}, date(2026, 6, 17)),
        ({"last_refusal_on": "18/06/2026"}, date(2026, 6, 18)),
        ({"refusals": "4", "silent": "1", "silent_since": "19/02/2026"}, date(2026, 6, 19)),
        ({"refusals": "4", "silent": "1", "silent_since": "21/02/2026"}, date(2026, 6, 15)),  # it refuses tomorrow only
        ({"refusals": "0", "last_refusal_on": "18/06/2026"}, date(2026, 6, 15)),
    ],
)
def test_the_limit_starts_with_the_latest_of_licence_last_refusal_and_opening(client, changes, start):
    rules("2023")
    assert ask(client, **changes).context["limit"].start == start


def test_while_the_licence_is_awaited_no_limit_runs(client):
    rules("2023")
    response = ask(client, status="expected", licence_day="10/07/2026")
    assert response.context["limit"] is None
    assert "Aucun délai ne court tant que vous attendez votre licence." in text_of(response)


def test_a_limit_that_is_over_is_a_reason_and_shuts_no_door(client, the_day):
    rules("2023")
    the_day.move_to(instant("2026-07-01 00:00"))
    response = ask(client)
    assert codes(response) == ["late"]
    page = text_of(response)
    assert "D’après vos réponses, un point s’oppose à votre saisine." in page
    assert "Cela ne vous empêche pas de déposer." in page
    assert "Commencer ma saisine" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "D’après vos réponses, vous pouvez saisir le recteur."),
        ({"incompatible": "2"}, "D’après vos réponses, vous pouvez saisir le recteur, bien que les textes ne tranchent pas tout."),
        ({"mentions": "1", "incompatible": "2"}, "D’après vos réponses, un point s’oppose à votre saisine."),
        ({"mentions": "1", "institutions": "1"}, "D’après vos réponses, 2 points s’opposent à votre saisine."),
    ],
)
def test_the_answer_in_one_sentence(client, changes, sentence):
    rules("2021")
    assert ask(client, **changes).context["in_one_sentence"] == sentence


def test_what_the_texts_leave_open_is_listed_with_its_source(client):
    rules("2021")
    response = ask(client)
    assert [line.name for line in response.context["unsettled"]] == ["compatibility", "silence", "silence_months"]
    page = text_of(response)
    assert all(line.source[1:] in page for line in response.context["unsettled"])


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"diploma": ""}, {"diploma": ["Répondez à cette question."]}),
        ({"academy": ""}, {"academy": ["Répondez à cette question."]}),
        ({"applications": "cinq"}, {"applications": ["Écrivez un nombre, en chiffres."]}),
        (
            {"licence_day": "21/06/2026"},
            {"licence_day": ["Cette date est dans l’avenir : si vous attendez encore la licence, dites-le juste au-dessus."]},
        ),
        (
            {"status": "expected", "licence_day": "12/06/2026"},
            {"licence_day": ["Cette date est passée : indiquez celle du prochain jury."]},
        ),
        ({"last_refusal_on": ""}, {"last_refusal_on": ["Indiquez cette date."]}),
        ({"last_refusal_on": "21/06/2026"}, {"last_refusal_on": ["Cette date est dans l’avenir."]}),
        (
            {"last_refusal_on": "hier"},
            {"last_refusal_on": ["Écrivez une date qui existe, sous la forme jour/mois/année."]},
        ),
        ({"refusals": "4", "silent": "1"}, {"silent_since": ["Indiquez cette date."]}),
        ({"mentions": "6"}, {"mentions": ["Ce nombre dépasse celui de vos candidatures."]}),
        (
            {"silent": "1", "silent_since": "01/03/2026"},
            {"applications": ["Vos refus et vos candidatures sans réponse sont plus nombreux."]},
        ),
    ],
)
def test_an_answer_that_cannot_be_understood_stays_as_typed(client, changes, errors):
    rules("2023")
    response = client.post(ASK, answers(**changes))
    assert errors_of(response) == errors
    assert typed(response, *changes) == list(changes.values())


def test_without_a_campaign_there_is_nothing_to_ask(client):
    assert "Aucune campagne n’est encore annoncée." in text_of(client.get(ASK))
    assert client.get(ANSWER).url == ASK


def test_without_answers_the_answer_leads_to_the_questions(client):
    rules("2023")
    assert client.get(ANSWER).url == ASK


def test_her_answers_come_back_to_be_changed(client):
    rules("2023")
    ask(client, applications="7")
    assert typed(client.get(ASK), "diploma", "licence_day", "applications") == ["national", "12/06/2026", "7"]


def test_an_answer_that_no_longer_holds_is_asked_again(client, the_day):
    rules("2023")
    the_day.move_to(instant("2026-06-24 23:30"))
    ask(client, status="expected", licence_day="24/06/2026")
    the_day.move_to(instant("2026-06-25 00:30"))
    assert client.get(ANSWER).url == ASK
    assert typed(client.get(ASK), "licence_day") == ["24/06/2026"]


def test_nothing_is_stored_but_in_the_session_and_nothing_is_in_an_address(client):
    rules("2023")
    response = client.post(ASK, answers())
    client.get(ANSWER)
    assert (response.url, Referral.objects.count(), Limit.objects.count(), Session.objects.count()) == (ANSWER, 0, 0, 1)
    assert "no-store" in client.get(ANSWER)["Cache-Control"]


def test_another_visitor_finds_none_of_it(client):
    rules("2023")
    ask(client)
    assert Client().get(ANSWER).url == ASK


def test_the_answers_begin_the_draft_of_who_opens_an_account(client):
    rules("2023")
    ask(client)
    account = {"email": "zoe@exemple.fr", "phone": "", "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post("/compte/signup/", account)
    assert client.post("/compte/login/", {"login": account["email"], "password": factories.PASSWORD}).url == "/entree/"
    response = client.post("/ma-saisine/commencer/")
    draft = Referral.objects.get()
    assert response.url == f"/ma-saisine/{draft.key}/"
    assert said(response)[-1:] == ["Vos réponses à « Puis-je saisir le recteur ? » sont reprises dans « Votre licence »."]
    assert (draft.diploma, draft.licence_on, draft.licence_expected_on, draft.licence_academy) == (
        "national", date(2026, 6, 12), None, factories.academy(),
    )  # fmt: skip
    assert Limit.objects.get(referral=draft).last_day == date(2026, 6, 30)
    assert client.get(ANSWER).url == ASK  # they have been used


def test_an_awaited_licence_begins_a_draft_too(client):
    rules("2023")
    client.force_login(factories.UserFactory())
    ask(client, status="expected", licence_day="10/07/2026")
    client.post("/ma-saisine/commencer/")
    draft = Referral.objects.get()
    assert (draft.licence_on, draft.licence_expected_on) == (None, date(2026, 7, 10))


def test_a_draft_already_begun_is_left_as_it_is():
    story = Story().draft()
    client = Client()
    client.force_login(story.student)
    ask(client, diploma="foreign", licence_day="01/06/2026")
    assert client.post("/ma-saisine/commencer/").url == f"/ma-saisine/{story.referral.key}/"
    assert (story.referral.diploma, story.referral.licence_on) == ("national", date(2026, 6, 12))


def test_who_has_filed_is_told_that_one_referral_is_all_there_is():
    story = Story().filed()
    client = Client()
    client.force_login(story.student)
    assert codes(ask(client)) == ["another_live"]


def test_somebody_of_the_office_may_ask_and_starts_nothing():
    rules("2023")
    client = Client()
    client.force_login(factories.post(Role.CASEWORKER, region=factories.academy().region))
    assert "Commencer ma saisine" not in text_of(ask(client))


def test_the_check_is_one_click_from_the_home_page_and_from_every_page(client):
    rules("2023")
    assert 'href="/puis-je-saisir/">Puis-je saisir le recteur\N{NO-BREAK SPACE}?</a>' in client.get("/").content.decode()
    (link,) = re.findall(r'<a[^>]*href="/puis-je-saisir/"[^>]*>([^<]*)</a>', client.get("/mentions-legales/").content.decode())
    assert link == "Puis-je saisir\N{NO-BREAK SPACE}?"
