"""A request that came on paper: entered in the student's name, at its date of arrival, once, with a trace; nothing is lost."""

from datetime import date
from re import findall, sub
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.models import Message
from referrals.documents import storing
from referrals.models import Referral, User
from referrals.rules.states import Actor
from tests import factories
from tests.factories import instant
from tests.office.pages import file_of, said, text_of
from tests.story import Story

pytestmark = pytest.mark.django_db

ADDRESS = "/bureau/referrals/referral/enter/"
NOW = instant("2026-06-22 11:00")
ROWS = {"candidatures-TOTAL_FORMS": "5", "candidatures-INITIAL_FORMS": "0"}
EMPTY_ROWS = {f"candidatures-{row}-answer": "express" for row in range(30)}


@pytest.fixture(autouse=True)
def the_day(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def desk(story, enter):
    """The caseworker at the page."""
    return enter(story.caseworker)


def letter(story: Story, **changes) -> dict:
    """What is typed of a letter that arrived on Friday, with one refusal; ``changes``: field → value, None to leave it out."""
    factories.MasterMentionFactory(name="Archives")
    factories.LicenceMentionFactory(name="Histoire")
    typed = (
        ROWS
        | EMPTY_ROWS
        | {
            "key": str(uuid4()),
            "through": "letter",
            "arrived_on": "19/06/2026",
            "arrived_time": "14:30",
            "first_names": "Zoé",
            "birth_name": "D’Exemple",
            "birth_date": "29/02/2004",
            "ine": "0123456789K",
            "email": "zoe@exemple.fr",
            "phone": "01 99 00 00 01",
            "diploma": "national",
            "licence_mention": "Histoire",
            "licence_institution": story.institution.name,
            "status": "obtained",
            "licence_day": "12/06/2026",
            "candidatures-0-institution": story.institution.name,
            "candidatures-0-mention": "Archives",
            "candidatures-0-on": "10/06/2026",
            "project": "Devenir archiviste.",
            "wish_1": "Archives",
            "mobility_km": "100",
            "transcript": SimpleUploadedFile("releve.pdf", factories.pdf()),
        }
    )
    return {name: value for name, value in (typed | changes).items() if value is not None}


def again(typed: dict) -> dict:
    """The same page sent once more."""
    return typed | {"transcript": SimpleUploadedFile("releve.pdf", factories.pdf())}


def wrong(response) -> dict[str, list[str]]:
    return {field.html_name: list(field.errors) for field in response.context["entry"].wrong_fields()}


def the_one() -> Referral:
    return Referral.objects.get()


def test_a_letter_becomes_a_filed_referral_of_the_day_it_arrived(desk, story):
    typed = letter(story, wished_academies=[story.academy.pk], late_reason="Hospitalisée.")
    response = desk.post(ADDRESS, typed)
    referral = the_one()
    assert response.url == file_of(referral)
    assert said(response) == [
        f"Demande saisie : saisine {referral.number}. L’accusé de réception est dans les documents du dossier."
    ]
    assert (referral.state, referral.filed_at, referral.created_at) == ("filed", instant("2026-06-19 14:30"), NOW)
    assert (referral.entered_by, referral.arrived_through) == (story.caseworker, "letter")
    assert (referral.full_name, referral.birth_date, referral.ine) == ("Zoé D’Exemple", date(2004, 2, 29), "0123456789K")
    assert (referral.student.email, referral.student.phone) == ("zoe@exemple.fr", "01 99 00 00 01")
    assert (referral.licence_name, referral.licence_academy, referral.licence_on) == ("Histoire", story.academy, date(2026, 6, 12))
    assert (referral.project, referral.mobility_km, referral.late_reason) == ("Devenir archiviste.", 100, "Hospitalisée.")
    assert [str(wish) for wish in referral.wishes.all()] == ["1. Archives"]
    assert list(referral.wished_academies.all()) == [story.academy]
    assert [(one.name, one.on, one.answer) for one in referral.applications.all()] == [("Archives", date(2026, 6, 10), "express")]
    assert [(one.kind, one.name) for one in referral.documents.given()] == [("transcript", "releve.pdf")]
    assert {event.actor for event in referral.events.all()} == {Actor.CASEWORKER}
    assert Message.objects.get(template="filed").to == "zoe@exemple.fr"


def test_its_file_says_who_entered_it_and_when_it_arrived(desk, story):
    desk.post(ADDRESS, letter(story))
    page = text_of(desk.get(file_of(the_one())))
    assert "déposée le 19 juin 2026 à 14:30 (arrivée par courrier ; saisie par Camille Exemple le 22 juin 2026 à 11:00)" in page


def test_a_file_that_its_student_filed_says_nothing_of_it(desk, story):
    assert "saisie par" not in text_of(desk.get(file_of(story.filed().referral)))


def test_nothing_on_the_page_speaks_to_the_student(desk, story):
    page = text_of(desk.post(ADDRESS, ROWS | EMPTY_ROWS | {"licence_day": "12/06/2026"}))
    hers = sub(r"<[^>]+>", " ", page).split(" Rien n’a été enregistré", 1)[1].replace("Ce que vous avez saisi", "")
    assert findall(r"\b(?:vous|votre|vos|Votre|Vous|J’ai)\b[^.]{0,40}", hers) == []


def test_the_first_page_leads_there_for_who_acts_and_nobody_else_gets_in(desk, story, enter, administrator):
    assert f'href="{ADDRESS}">Saisir une demande reçue' in desk.get("/bureau/").content.decode()
    assert desk.get(ADDRESS).status_code == 200
    reader = enter(administrator)
    assert ADDRESS not in reader.get("/bureau/").content.decode()
    assert reader.get(ADDRESS).status_code == 404
    assert reader.post(ADDRESS, letter(story)).status_code == 404
    assert Referral.objects.count() == 0


@pytest.mark.parametrize("through", [("letter", "courrier"), ("mail", "courriel"), ("visit", "visite à l’accueil")])
def test_however_it_arrived(desk, story, through):
    code, words = through
    desk.post(ADDRESS, letter(story, through=code))
    assert f"(arrivée par {words} ;" in text_of(desk.get(file_of(the_one())))


def test_the_hour_is_that_of_the_licences_academie(enter):
    story = Story(academy="La Réunion")
    enter(story.caseworker).post(ADDRESS, letter(story))
    assert the_one().filed_at == instant("2026-06-19 12:30")


def test_who_has_no_address_is_entered_and_her_receipt_can_be_printed(desk, story):
    response = desk.post(ADDRESS, letter(story, email="", no_address="on"))
    referral = the_one()
    assert referral.student.has_address is False
    assert said(response)[-1] == (
        "Cette personne n’a pas d’adresse électronique : imprimez l’accusé de réception, et remettez-le-lui."
    )
    page = desk.get(response.url)
    receipt = referral.documents.get(kind="receipt")
    assert f'href="/documents/{receipt.key}/"' in page.content.decode()
    assert "Imprimer l’accusé de réception, à remettre" in text_of(page)
    printed = desk.get(f"/documents/{receipt.key}/")
    assert b"".join(printed.streaming_content).startswith(b"%PDF")


def test_two_clicks_enter_once(desk, story):
    for typed in (letter(story), letter(story, email="", no_address="on", first_names="Ada", ine="")):
        first = desk.post(ADDRESS, typed)
        second = desk.post(ADDRESS, again(typed))
        assert first.url == second.url
    assert Referral.objects.count() == 2
    assert User.objects.filter(referrals__isnull=False).count() == 2


def test_a_licence_awaited_and_a_provisional_transcript(desk, story):
    desk.post(ADDRESS, letter(story, status="expected", licence_day="10/07/2026", provisional="on"))
    referral = the_one()
    assert (referral.state, referral.licence_expected_on) == ("awaiting_licence", date(2026, 7, 10))
    assert referral.transcript.kind == "provisional_transcript"


def test_several_applications_and_a_silence_that_is_dated(desk, story):
    rows = {
        "candidatures-2-institution": story.institution.name,
        "candidatures-2-title": "Master hors liste",
        "candidatures-2-answer": "implied",
        "candidatures-2-applied_on": "02/03/2026",
    }
    desk.post(ADDRESS, letter(story) | rows)
    stated = the_one().applications.order_by("pk")
    assert [(one.name, one.answer, one.applied_on, one.on) for one in stated] == [
        ("Archives", "express", None, date(2026, 6, 10)),
        ("Master hors liste", "implied", date(2026, 3, 2), date(2026, 5, 2)),
    ]


def test_more_rows_keep_what_was_typed(desk, story):
    response = desk.post(ADDRESS, letter(story, more="1"))
    entry = response.context["entry"]
    assert len(entry.applications.forms) == 10
    assert entry.identity["first_names"].value() == "Zoé"
    assert len(findall(r"<details[^>]*\bopen\b", response.content.decode())) == 1
    assert Referral.objects.count() == 0
    last = {"institution": story.institution.name, "title": "Autre", "on": "11/06/2026"}
    rows = {f"candidatures-9-{name}": value for name, value in last.items()} | {"candidatures-TOTAL_FORMS": "10"}
    desk.post(ADDRESS, letter(story) | rows)
    assert the_one().applications.count() == 2


NEEDED = {
    "through": ["Ce champ est obligatoire."],
    "arrived_on": ["Ce champ est obligatoire."],
    "arrived_time": ["Ce champ est obligatoire."],
    "first_names": ["Ce champ est obligatoire."],
    "birth_name": ["Ce champ est obligatoire."],
    "birth_date": ["Ce champ est obligatoire."],
    "email": ["Indiquez son adresse, ou cochez la case si elle n’en a pas."],
    "licence_mention": ["Choisissez la mention dans la liste, ou écrivez l’intitulé juste au-dessous."],
    "licence_institution": ["Ce champ est obligatoire."],
    "status": ["Dites si la licence est obtenue, ou attendue."],
    "licence_day": ["Ce champ est obligatoire."],
    "transcript": ["Ce champ est obligatoire."],
}


def test_everything_that_is_missing_is_said_at_once_beside_its_field(desk):
    response = desk.post(ADDRESS, ROWS | EMPTY_ROWS)
    assert wrong(response) == NEEDED
    assert Referral.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"arrived_on": "23/06/2026"}, {"arrived_on": ["Cette date est dans l’avenir."]}),
        ({"arrived_on": "22/06/2026", "arrived_time": "11:01"}, {"arrived_time": ["La date d’arrivée est dans l’avenir."]}),
        ({"arrived_on": "01/01/2026"}, {"arrived_on": ["La plateforme ouvre le 15/06/2026."]}),
        ({"no_address": "on"}, {"email": ["Une adresse est indiquée : videz-la, ou décochez la case ci-dessous."]}),
        ({"candidatures-0-on": "23/06/2026"}, {"candidatures-0-on": ["Cette date est dans l’avenir."]}),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(desk, story, changes, errors):
    response = desk.post(ADDRESS, letter(story, **changes))
    assert wrong(response) == errors
    entry = response.context["entry"]
    assert (entry.project["project"].value(), entry.applications.forms[0]["mention"].value()) == ("Devenir archiviste.", "Archives")
    assert "Ce que vous avez saisi est conservé, et le relevé de notes est gardé." in text_of(response)
    assert Referral.objects.count() == 0


WRONG = {"arrived_on": "23/06/2026"}
SAID_TO_WAIT = "Déjà reçu : « releve.pdf ». Il n’est pas à choisir de nouveau ; un autre fichier le remplace."


@pytest.mark.parametrize("first", [WRONG, {"more": "1"}], ids=["something to correct", "more rows"])
def test_a_transcript_is_chosen_once(desk, story, first):
    typed = letter(story, **first)
    assert SAID_TO_WAIT in text_of(desk.post(ADDRESS, typed))
    right = letter(story, key=typed["key"], transcript=None)
    assert desk.post(ADDRESS, right).url == desk.post(ADDRESS, right).url == file_of(the_one())  # two clicks enter once
    assert [(one.kind, one.name, one.pages) for one in the_one().documents.given()] == [("transcript", "releve.pdf", 1)]


def test_another_transcript_chosen_replaces_the_one_that_waits(desk, story):
    typed = letter(story, **WRONG)
    desk.post(ADDRESS, typed)
    other = SimpleUploadedFile("complet.pdf", factories.pdf(pages=2))
    assert "Déjà reçu : « complet.pdf »." in text_of(desk.post(ADDRESS, letter(story, key=typed["key"], transcript=other, **WRONG)))
    desk.post(ADDRESS, letter(story, key=typed["key"], transcript=None))
    assert [(one.name, one.pages) for one in the_one().documents.given()] == [("complet.pdf", 2)]


def test_one_that_cannot_serve_does_not_wait(desk, story):
    typed = letter(story, **WRONG)
    desk.post(ADDRESS, typed)
    refused = desk.post(ADDRESS, letter(story, key=typed["key"], transcript=SimpleUploadedFile("notes.txt", b"des notes")))
    assert (list(wrong(refused)), "Déjà reçu" in text_of(refused)) == (["transcript"], False)
    again = desk.post(ADDRESS, letter(story, key=typed["key"], transcript=None))
    assert wrong(again) == {"transcript": ["Ce champ est obligatoire."]}


def test_a_transcript_waits_for_its_page_and_its_agent_alone_and_a_day_at_most(desk, story, enter, head):
    typed = letter(story, **WRONG)
    desk.post(ADDRESS, typed)
    asked = {"transcript": ["Ce champ est obligatoire."]}
    assert wrong(desk.post(ADDRESS, letter(story, transcript=None))) == asked
    assert wrong(enter(head).post(ADDRESS, letter(story, key=typed["key"], transcript=None))) == asked
    storing.forget(storing.names_in(storing.PARTS))  # as the sweep of orphans does
    response = desk.post(ADDRESS, letter(story, key=typed["key"], transcript=None))
    assert (wrong(response), "Déjà reçu" in text_of(response)) == (asked, False)


def test_what_was_typed_as_the_session_ended_comes_back(desk, story, client):
    typed = letter(story)
    client.post(ADDRESS, typed)
    client.force_login(story.caseworker)
    page = client.get(ADDRESS)
    assert page.context["entry"].identity["first_names"].value() == "Zoé"
    assert str(page.context["key"]) == typed["key"]
    assert "Votre session avait pris fin" in text_of(page)
    assert Referral.objects.count() == 0


def test_another_regions_request_is_to_be_passed_on(desk, story):
    far = factories.InstitutionFactory(academy=factories.academy("Strasbourg"))
    response = desk.post(ADDRESS, letter(story, licence_institution=far.name))
    assert wrong(response) == {
        "licence_institution": [
            f"La licence relève de la région académique {far.academy.region.name} : transmettez-lui la demande. "
            "(CRPA, art. L. 114-2)"
        ]
    }
    assert (Referral.objects.count(), User.objects.filter(email="zoe@exemple.fr").count()) == (0, 0)


def test_a_live_referral_of_the_same_address_is_linked_to(desk, story):
    referral = story.filed().referral
    response = desk.post(ADDRESS, letter(story, email=story.student.email.upper(), first_names="Ada", ine=""))
    assert wrong(response) == {"email": [f"Cet étudiant a déjà une saisine dans cette campagne : {referral.number}."]}
    assert f'href="{file_of(referral)}"' in response.content.decode()
    assert Referral.objects.count() == 1


def test_who_seems_to_have_one_already_is_entered_only_if_she_is_somebody_else(desk, story):
    desk.post(ADDRESS, letter(story))
    first = the_one()
    for changes in ({"ine": ""}, {"first_names": "Ada"}):  # the same name and birth date; the same INE
        typed = letter(story, email="", no_address="on", **changes)
        response = desk.post(ADDRESS, typed)
        assert response.context["found"] == [first]
        assert "Cette personne a-t-elle déjà une saisine ?" in text_of(response)
        assert Referral.objects.count() == 1
    desk.post(ADDRESS, again(typed) | {"somebody_else": "on"})
    assert Referral.objects.count() == 2


def test_an_agents_address_is_not_a_students(desk, story):
    response = desk.post(ADDRESS, letter(story, email=story.signer.email))
    assert wrong(response) == {"email": ["Cette adresse est celle d’un agent, pas d’un étudiant."]}


def test_an_account_that_has_the_address_is_hers(desk, story):
    desk.post(ADDRESS, letter(story, email=story.student.email))
    assert the_one().student == story.student


def test_before_any_campaign_nothing_can_be_entered(desk, story):
    type(story.campaign).objects.update(opens_on=date(2026, 9, 1))
    page = desk.get(ADDRESS)
    assert "Aucune campagne n’est ouverte : une demande ne peut pas encore être saisie." in text_of(page)
    assert desk.post(ADDRESS, letter(story)).status_code == 200
    assert Referral.objects.count() == 0


def test_she_takes_the_file_over_with_a_password_of_her_own(desk, story):
    desk.post(ADDRESS, letter(story))
    mail = Message.objects.get(template="filed")
    assert "Votre demande, arrivée par courrier, est enregistrée\N{NO-BREAK SPACE}: le rectorat l’a saisie pour vous." in mail.text
    assert reverse("account_reset_password") in mail.text
    assert the_one().student.has_usable_password() is False


def test_the_page_costs_the_same_however_many_rows(desk, story):
    def queries(rows: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            typed = letter(story, more="1", transcript=None) | {"candidatures-TOTAL_FORMS": str(rows)}
            assert desk.post(ADDRESS, typed).status_code == 200
        return len(captured)

    factories.MasterMentionFactory(name="Archives")
    factories.LicenceMentionFactory(name="Histoire")
    queries(5)
    assert queries(5) == queries(25)
