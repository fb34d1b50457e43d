"""A pasted list: read as well as it can be, corrected by her, saved in one go."""

from datetime import date

import pytest
from django.db import IntegrityError

from referrals import procedure
from referrals.models import Application
from referrals.procedure import Refused
from referrals.student.pasting import MOST, read_lines
from tests import factories
from tests.story import Story
from tests.student.reading import errors_of, said, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(db):
    lyon = factories.academy("Lyon")
    factories.InstitutionFactory(name="Université Lumière – Lyon 2", academy=lyon)
    factories.InstitutionFactory(name="Université Bourgogne Europe", names=["Université de Dijon"], academy=lyon)
    for name in ("Archives", "Droit privé", "Santé publique"):
        factories.MasterMentionFactory(name=name)


LUMIERE, BOURGOGNE = "Université Lumière – Lyon 2", "Université Bourgogne Europe"
JUNE_10 = date(2026, 6, 10)


@pytest.mark.parametrize(
    ("pasted", "institution", "mention", "answer", "day"),
    [
        ("Université Lumière – Lyon 2\tArchives\tRefusé\t10/06/2026", LUMIERE, "Archives", "express", JUNE_10),
        ("Archives ; Université Lumière – Lyon 2 ; refus le 10 juin 2026", LUMIERE, "Archives", "express", JUNE_10),
        ("Université Lumière – Lyon 2 – Archives – non retenue (2026-06-10)", LUMIERE, "Archives", "express", JUNE_10),
        ("- MASTER Mention Archives - UNIVERSITE DE DIJON - refusée le 10.06.26", BOURGOGNE, "Archives", "express", JUNE_10),
        ("1. Université de Dijon | Master Droit privé | Sans réponse | 10/06/2026", BOURGOGNE, "Droit privé", "implied", JUNE_10),
        ("Université de Dijon ; Santé publique ; sur liste d’attente", BOURGOGNE, "Santé publique", "waiting", None),
        ("Université de Dijon ; Santé publique ; admise sous réserve d’un contrat", BOURGOGNE, "Santé publique", "contract", None),
        (
            "Université de Dijon, Santé publique, non admise le 1er juin 2026",
            BOURGOGNE,
            "Santé publique",
            "express",
            date(2026, 6, 1),
        ),
        ("Université de Dijon ; Santé publique ; Admise ; 10/06/2026", BOURGOGNE, "Santé publique", "admitted", JUNE_10),
    ],
)
def test_a_line_is_understood_however_it_was_copied(catalogue, pasted, institution, mention, answer, day):
    [line] = read_lines(pasted)
    read = line.values
    assert (str(read["institution"]), str(read["mention"]), read["answer"]) == (institution, mention, answer)
    assert read.get("applied_on" if answer == "implied" else "on") == day
    assert line.doubts == []


def test_what_is_guessed_is_to_be_checked(catalogue):
    [line] = read_lines("Universite Lumière Lyon II ; Droit prive ; parcours Notariat")
    assert (str(line.values["institution"]), str(line.values["mention"])) == (LUMIERE, "Droit privé")
    assert line.values["track"] == "Notariat"
    assert line.doubts == ["answer", "institution"]


def test_what_nobody_knows_is_kept_as_it_was_written(catalogue):
    [line] = read_lines("Université d’Ailleurs ; Master d’ethnomusicologie ; Terrain ; refusé le 31/02/2026")
    read = line.values
    assert (read["institution"], read["title"], read["track"], read["answer"]) == (
        "Université d’Ailleurs", "d’ethnomusicologie", "Terrain", "express",
    )  # fmt: skip
    assert "on" not in read


def test_empty_lines_are_none_and_thirty_are_enough():
    assert read_lines(" \n;;\t\n — \n") == []
    assert len(read_lines("Archives\n" * (MOST + 5))) == MOST


LIST = """Université Lumière – Lyon 2 ; Archives ; refusée le 10/06/2026
Université de Dijon ; Droit privé ; sans réponse ; 10/02/2026
Université de Dijon ; Santé publique ; refusée"""


def rows_of(response) -> dict[str, str]:
    """What the page of the check would post, untouched."""
    rows = response.context["rows"]
    data = {f"lignes-{name}": str(value) for name, value in rows.management_form.initial.items()}
    for row in rows:
        for field in row:
            value = field.field.widget.format_value(field.value())
            value = value[0] if isinstance(value, list) else value
            if field.name == "left_out":
                value = "on" if field.value() else None
            if value is not None:
                data[field.html_name] = value
    return data


def test_the_list_is_checked_corrected_and_saved_at_once(blank, catalogue):
    read = blank.post("paste", {"pasted": LIST})
    assert "3 lignes lues. Rien n’est encore enregistré." in text_of(read)
    assert [row.is_open for row in read.context["rows"]] == [False, False, True]
    assert blank.referral.applications.count() == 0
    rows = rows_of(read)
    wrong = blank.post("paste", rows)
    assert "Ligne 3, Date de la réponse reçue : Indiquez la date du refus." in text_of(wrong)
    assert blank.referral.applications.count() == 0
    done = blank.post("paste", rows | {"lignes-2-on": "11/06/2026", "lignes-2-track": "Épidémiologie"})
    assert done.url == blank.address("applications")
    assert said(done) == ["3 candidatures ajoutées. Brouillon : votre saisine n’est pas encore déposée."]
    assert [(str(one.institution), one.name, one.track, one.answer, one.on) for one in blank.referral.applications.all()] == [
        (BOURGOGNE, "Droit privé", "", "implied", date(2026, 4, 10)),
        (LUMIERE, "Archives", "", "express", JUNE_10),
        (BOURGOGNE, "Santé publique", "Épidémiologie", "express", date(2026, 6, 11)),
    ]


def test_a_line_may_be_left_out_whatever_is_wrong_with_it(blank, catalogue):
    rows = rows_of(blank.post("paste", {"pasted": LIST}))
    blank.post("paste", rows | {"lignes-2-left_out": "on", "lignes-2-institution": "Nulle part"})
    assert blank.referral.applications.count() == 2


def test_what_is_there_already_is_not_added_twice(blank, catalogue):
    blank.post("paste", rows_of(blank.post("paste", {"pasted": LIST})) | {"lignes-2-on": "11/06/2026"})
    again = blank.post("paste", {"pasted": LIST})
    assert "Cette candidature est déjà dans votre brouillon : elle ne sera pas ajoutée." in text_of(again)
    done = blank.post("paste", rows_of(again))
    assert said(done)[-1] == "Aucune ligne à ajouter : rien n’a changé."
    assert blank.referral.applications.count() == 3


def test_nothing_that_says_something_is_refused_with_words(blank):
    assert errors_of(blank.post("paste", {"pasted": ""})) == {"pasted": ["Collez au moins une ligne."]}
    assert errors_of(blank.post("paste", {"pasted": " ; ; \n—"})) == {"pasted": ["Aucune ligne n’a pu être lue."]}


def test_all_of_them_or_none(story):
    story.draft()
    fine = {"institution": story.institution, "title": "Master d’ailleurs", "answer": "waiting"}
    with pytest.raises(IntegrityError):
        procedure.save_applications(story.id, many=[fine, fine | {"title": ""}], by=story.her, at=story.at)
    assert Application.objects.filter(referral=story.id).count() == 1


def test_once_filed_no_list_is_added():
    story = Story().filed()
    with pytest.raises(Refused):
        procedure.save_applications(story.id, many=[], by=story.her, at=story.at)
