"""Names are proposed as one types, former ones too; without the script the nearest ones are there to be ticked."""

import pytest
from django.test import Client

from tests import factories
from tests.student.reading import errors_of, text_of
from tests.student.test_draft import application, licence, saved

pytestmark = pytest.mark.django_db


def proposed(browser, kind: str, text: str, **beside) -> list[tuple[str, str]]:
    response = browser.client.get(f"/ma-saisine/noms/{kind}/", {"q": text} | beside)
    return [(one["name"], one["note"]) for one in response.json()["names"]]


@pytest.fixture
def named(story):
    lyon = factories.academy("Lyon")
    factories.InstitutionFactory(name="Université Lumière – Lyon 2", academy=lyon)
    factories.InstitutionFactory(
        name="Université Bourgogne Europe", names=["Université de Dijon"], academy=factories.academy("Strasbourg")
    )
    factories.InstitutionFactory(name="École normale supérieure de Lyon", academy=lyon)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("lumie", [("Université Lumière – Lyon 2", "académie : Lyon")]),
        ("LYON 2", [("Université Lumière – Lyon 2", "académie : Lyon")]),
        ("dij", [("Université Bourgogne Europe", "autre nom : Université de Dijon")]),
        ("ecole norm", [("École normale supérieure de Lyon", "académie : Lyon")]),
        ("Universté Lumièer", [("Université Lumière – Lyon 2", "académie : Lyon")]),
        ("umiere lyo", [("Université Lumière – Lyon 2", "académie : Lyon")]),
        ("zzzz", []),
        ("l", []),
        ("", []),
        ("%_", []),
    ],
)
def test_an_institution_is_proposed_by_the_beginning_of_any_of_its_names(blank, named, typed, names):
    assert proposed(blank, "etablissements", typed)[:1] == names


def test_what_begins_with_the_text_comes_first_and_ten_are_enough(blank):
    for number in range(12):
        factories.MasterMentionFactory(name=f"Études d’histoire {number:02}")
    factories.MasterMentionFactory(name="Histoire")
    names = [name for name, _note in proposed(blank, "masters", "histo")]
    assert (names[0], len(names)) == ("Histoire", 10)


def test_licences_are_not_masters(blank):
    factories.LicenceMentionFactory(name="Sciences de la vie")
    factories.MasterMentionFactory(name="Sciences du vivant")
    assert proposed(blank, "licences", "vie sci") == [("Sciences de la vie", "")]
    assert proposed(blank, "masters", "vivant") == [("Sciences du vivant", "")]


def test_tracks_are_those_of_the_institution_and_the_mention_beside(blank, story):
    archives, droit = (factories.MasterMentionFactory(name=name) for name in ("Archives", "Droit"))
    for mention, track in ((archives, "Métiers du numérique"), (droit, "Droit du numérique"), (archives, "")):
        factories.ProgrammeFactory(institution=story.institution, mention=mention, track=track)
    factories.ProgrammeFactory(mention=archives, track="Numérique d’ailleurs")
    beside = {"institution": story.institution.name}
    assert proposed(blank, "parcours", "numeri", **beside) == [("Droit du numérique", ""), ("Métiers du numérique", "")]
    assert proposed(blank, "parcours", "numeri", **beside, mention="archives") == [("Métiers du numérique", "")]
    assert proposed(blank, "parcours", "numeri", institution="Nulle part") == []


def test_only_who_is_signed_in_is_told(blank):
    assert Client().get("/ma-saisine/noms/masters/?q=histo").status_code == 302
    assert blank.client.get("/ma-saisine/noms/autres/?q=histo").status_code == 404
    assert blank.client.post("/ma-saisine/noms/masters/").status_code == 405


@pytest.mark.parametrize("page", ["licence", "licence_place", "add_licence", "add_application", "wishes"])
def test_no_page_carries_every_name(blank, named, page):
    html = blank.get(page).content.decode()
    assert "<datalist" not in html
    assert 'data-suggest="/ma-saisine/noms/' in html
    assert 'id="names-said"' in html


def test_the_nearest_names_are_there_to_be_ticked(blank, story, named):
    answers = licence(story, licence_institution="Université Lumière Lyon II")
    refused = blank.post("licence_place", answers)
    assert "« Université Lumière Lyon II » : est-ce l’un de ceux-ci ?" in text_of(refused)
    near = refused.context["form"].fields["licence_institution"].near
    lumiere = near[0]
    assert lumiere.name == "Université Lumière – Lyon 2"
    ticked = answers | {"licence_institution-near": lumiere.pk, "licence_institution-typed": "Université Lumière Lyon II"}
    blank.post("licence_place", ticked)
    assert saved(blank.referral, "licence_institution") == [lumiere]


@pytest.mark.parametrize("key", ["", "0999999Z", "x" * 500])
def test_what_was_not_proposed_is_not_taken(blank, story, named, key):
    text = "Université Lumière Lyon II"
    ticked = licence(story, licence_institution=text) | {"licence_institution-near": key, "licence_institution-typed": text}
    assert list(errors_of(blank.post("licence_place", ticked))) == ["licence_institution"]


def test_a_name_corrected_since_counts_for_itself(blank, story, named):
    ticked = {"institution-near": "0999999Z", "institution-typed": "Université Lumière Lyon II"}
    blank.post("add_application", application(story) | ticked)
    assert blank.referral.applications.get().institution == story.institution


def test_of_two_that_bear_the_same_name_one_is_ticked(blank, story):
    places = [factories.academy(name) for name in ("Lyon", "Strasbourg")]
    twins = [factories.InstitutionFactory(name="Institut d’études", academy=place) for place in places]
    asked = blank.post("add_application", application(story, institution="Institut d’études"))
    assert set(asked.context["form"].fields["institution"].near) >= set(twins)
    assert "académie : Strasbourg" in text_of(asked)
    ticked = {"institution-near": twins[1].pk, "institution-typed": "Institut d’études"}
    blank.post("add_application", application(story, institution="Institut d’études") | ticked)
    assert blank.referral.applications.get().institution == twins[1]
