"""Names to recognise: who answers, what is shown to choose from, and what an answer changes."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals.models import Role
from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    LicenceMentionFactory,
    MasterMentionFactory,
    academy,
    instant,
    post,
    signed_in,
)
from tests.office.pages import said, text_of
from vacancies.imports import acts, questions
from vacancies.imports.report import Asked
from vacancies.models import Import, ImportState, Question, QuestionKind
from vacancies.search import institutions_resembling

pytestmark = pytest.mark.django_db

AT = instant("2026-07-01 09:00")
LATER = instant("2026-07-02 09:00")


def address(page: str, *args) -> str:
    return reverse(f"admin:vacancies_question_{page}", args=args)


def question(text: str = "Universié d’Exemple", kind: str = "institution") -> Question:
    (asked,) = acts.ask([Asked(QuestionKind(kind), text)], at=AT).values()
    return Question.objects.get(pk=asked)


def answer(client: Client, asked: Question, **typed):
    return client.post(address("answer", asked.pk), typed)


def test_the_candidates_are_the_institutions_of_a_like_name_present_or_former(nation):
    neuve = InstitutionFactory(name="Université Neuve", names=["Université Paris-Sud"])
    InstitutionFactory(name="École du Fleuve")
    page = nation.get(address("change", question("Universite de Paris Sud").pk))
    assert [(found.value, found.name) for found in page.context["candidates"]] == [(neuve.pk, "Université Neuve")]
    (found,) = page.context["candidates"]
    assert found.more == f"{neuve.pk}, Lyon"
    assert found.resemblance == round(institutions_resembling("Universite de Paris Sud")[0][1] * 100)
    assert 60 < found.resemblance < 100


def test_the_same_name_resembles_itself_wholly():
    institution = InstitutionFactory(name="Université Neuve")
    assert institutions_resembling("UNIVERSITE NEUVE") == [(institution, 1.0)]


def test_the_candidates_of_a_mention_are_mentions(nation):
    MasterMentionFactory(name="Ethnologie")
    MasterMentionFactory(name="Droit")
    page = nation.get(address("change", question("Éthologie", "master").pk))
    assert [(found.name, found.resemblance) for found in page.context["candidates"]] == [("Ethnologie", 95)]


def test_one_click_answers_and_the_same_click_again_changes_nothing(nation):
    asked, institution = question(), InstitutionFactory(name="Université d’Exemple")
    answer(nation, asked, institution=institution.pk)
    assert said(answer(nation, asked, institution=institution.pk)) == ["Réponse retenue : Université d’Exemple."] * 2
    asked.refresh_from_db()
    assert (asked.answer, asked.unrelated, asked.answered_by) == (institution, False, "Nadia Nationale")
    page = text_of(nation.get(address("change", asked.pk)))
    assert "Université d’Exemple , selon Nadia Nationale" in page
    assert "Corriger la réponse" in page


def test_a_later_answer_corrects_the_first(nation):
    asked, wrong, right = question(), InstitutionFactory(name="Une"), InstitutionFactory(name="Autre")
    answer(nation, asked, institution=wrong.pk)
    corrected = answer(nation, asked, institution=right.pk)
    assert said(corrected)[-1:] == ["Réponse retenue : Autre (au lieu de : Une)."]
    answer(nation, asked, unrelated="on")
    asked.refresh_from_db()
    assert (asked.answer, asked.unrelated) == (None, True)


@pytest.mark.parametrize(("kind", "words"), [("institution", "aucun établissement connu"), ("licence", "une nouvelle mention")])
def test_none_of_those(nation, kind, words):
    asked = question("Tout autre chose", kind)
    assert said(answer(nation, asked, unrelated="on")) == [f"Réponse retenue : {words}."]
    asked.refresh_from_db()
    assert (asked.unrelated, asked.answer) == (True, None)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Donnez une réponse, et une seule."),
        ({"institution": "0000000X"}, "Cette réponse n’existe pas, ou n’existe plus."),
        ({"institution": "9999999Z", "unrelated": "on"}, "Donnez une réponse, et une seule."),
        ({"master": "1"}, "Donnez une réponse, et une seule."),
    ],
)
def test_what_is_no_answer_is_said_and_nothing_is_kept(nation, typed, sentence):
    InstitutionFactory(uai="9999999Z")
    asked = question()
    assert said(answer(nation, asked, **typed)) == [sentence]
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_an_answer_is_of_the_questions_kind():
    asked = question("Éthologie", "master")
    with pytest.raises(questions.AnswerRefused) as refusal:
        questions.answer(asked.pk, licence=LicenceMentionFactory(), by="x", at=AT)
    assert str(refusal.value) == "La réponse attendue est de cette nature : mention de master."


def test_the_same_answer_stays_whose_it_was():
    asked, master = question("Éthologie", "master"), MasterMentionFactory()
    questions.answer(asked.pk, master=master, by="première", at=AT)
    again = questions.answer(asked.pk, master=master, by="seconde", at=LATER)
    assert (again.answered_by, again.answered_at) == ("première", AT)
    other = questions.answer(asked.pk, unrelated=True, by="seconde", at=LATER)
    assert (other.answered_by, other.answered_at, other.answer) == ("seconde", LATER, None)


def test_an_office_reads_and_does_not_answer(head):
    asked, institution = question(), InstitutionFactory(name="Université d’Exemple")
    page = head.get(address("change", asked.pk))
    assert page.status_code == 200
    assert "Choisir" not in text_of(page)
    assert answer(head, asked, institution=institution.pk).status_code == 403
    asked.refresh_from_db()
    assert asked.answered_at is None


def test_the_stock_form_writes_nothing(nation):
    asked = question()
    assert nation.get(address("add")).status_code == 403
    assert nation.post(address("change", asked.pk), {"text": "autre"}).status_code == 405
    assert nation.get(address("answer", asked.pk)).status_code == 405
    assert nation.post(address("delete", asked.pk), {"post": "yes"}).status_code == 403
    assert nation.get(address("history", asked.pk))["Location"] == address("change", asked.pk)


def test_who_has_no_office_finds_nothing():
    asked = question()
    doctor = signed_in(post(Role.MEDICAL, region=academy("Lyon").region))
    assert doctor.get(address("change", asked.pk)).status_code == 404
    assert doctor.post(address("answer", asked.pk), {"unrelated": "on"}).status_code == 404


def test_the_open_ones_come_first(nation):
    first, second = question("Aaa"), question("Bbb")
    answer(nation, first, unrelated="on")
    listed = nation.get(address("changelist")).context["cl"].result_list
    assert [asked.text for asked in listed] == ["Bbb", "Aaa"]
    for state, expected in (("attendue", [second]), ("donnee", [first])):
        assert list(nation.get(address("changelist"), {"reponse": state}).context["cl"].result_list) == expected


def read(client: Client) -> Import:
    """A table whose second line is in doubt."""
    LicenceMentionFactory(name="Histoire")
    MasterMentionFactory(name="Ethnologie")
    text = "Mention de licence;Mention de master\nHistoire;Éthologie\n"
    campaign = CampaignFactory()
    file = SimpleUploadedFile("table.csv", text.encode())
    typed = {"kind": "compatibility", "campaign": campaign.pk, "file": file}
    client.post(reverse("admin:vacancies_import_add"), typed)
    of = Import.objects.latest("pk")
    acts.run(of.pk, at=AT)
    of.refresh_from_db()
    return of


def test_once_answered_the_import_that_had_it_is_offered_to_be_read_again(nation, head):
    of = read(nation)
    asked = Question.objects.get()
    page = nation.get(address("change", asked.pk))
    assert page.context["again"] == []
    assert "table.csv , ligne 2, colonne « Mention de master »" in text_of(page)
    answer(nation, asked, master=MasterMentionFactory(name="Ethnologie").pk)
    ((offered, there),) = nation.get(address("change", asked.pk)).context["again"]
    assert (offered, there) == (of, reverse("admin:vacancies_import_look-again", args=[of.pk]))
    assert head.get(address("change", asked.pk)).context["again"] == []
    nation.post(there)
    acts.run(of.pk, at=LATER)
    of.refresh_from_db()
    assert (of.state, of.added, of.refused) == (ImportState.READY, 1, 0)
    assert nation.get(address("change", asked.pk)).context["again"] == []


def test_as_many_queries_for_many_as_for_one(nation):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            nation.get(address("changelist"))
        return len(captured)

    answer(nation, question("Un"), institution=InstitutionFactory().pk)
    queries()
    one = queries()
    answer(nation, question("Deux"), institution=InstitutionFactory().pk)
    answer(nation, question("Trois", "master"), master=MasterMentionFactory().pk)
    assert queries() == one


def test_as_many_queries_for_many_lines_and_candidates_as_for_few(nation):
    def queries(asked: Question) -> int:
        with CaptureQueriesContext(connection) as captured:
            nation.get(address("change", asked.pk))
        return len(captured)

    asked = question("Université d’exemple")
    InstitutionFactory()
    queries(asked)  # caches of the first request
    few = queries(asked)
    for _ in range(4):
        InstitutionFactory(academy=academy("Strasbourg"))
    assert queries(asked) == few
