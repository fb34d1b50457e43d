"""What readers find by words, by place and by licence; what is said of what cannot be used; the totals and their picture."""

from datetime import date
from re import findall

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    LicenceMentionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    VacancyFactory,
    academy,
    instant,
)
from vacancies import mergers, totals
from vacancies.imports.reference import load_reference
from vacancies.models import Academy, Attendance, Compatibility, Language, Modality, Vacancy
from vacancies.public_search import VacancyFilter
from vacancies.words import MOST_WORDS, significant

pytestmark = pytest.mark.django_db

LYON, GRENOBLE, REUNION, STRASBOURG = (45.76, 4.84), (45.19, 5.73), (-20.9, 55.5), (48.58, 7.75)


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel("2026-07-01T10:00:00+02:00", tick=False):
        yield


def university(name: str, *, where: str = "Lyon", names=(), **fields):
    return InstitutionFactory(name=name, academy=academy(where), names=names, **fields)


def seat(track: str = "", *, mention="Droit public", at=None, where="Lyon", point=(None, None), seats=2, vacancy=None, **fields):
    """A vacancy that the tests call by its track."""
    institution = at or InstitutionFactory(academy=academy(where), name=f"Établissement {where}")
    programme = ProgrammeFactory(
        institution=institution,
        mention=MasterMentionFactory(name=mention),
        track=track,
        academy=academy(where),
        latitude=point[0],
        longitude=point[1],
        **{"town": "", **fields},
    )
    return VacancyFactory(programme=programme, seats_declared=seats, **vacancy or {})


def asked(**criteria: str) -> VacancyFilter:
    form = VacancyFilter(QueryDict("&".join(f"{name}={value}" for name, value in criteria.items())))
    form.full_clean()
    return form


def answers(**criteria: str) -> list[Vacancy]:
    form = asked(**criteria)
    return form.read(list(form.answers().keys), on=date(2026, 7, 1))


def found(**criteria: str) -> list[str]:
    return [vacancy.programme.track for vacancy in answers(**criteria)]


def page(client, **criteria: str):
    response = client.get(reverse("vacancies:list"), criteria)
    assert response.status_code == 200
    return response


@pytest.mark.parametrize(
    "text",
    [
        "economie",
        "ÉCONOMIES",
        "l’économie de l'entreprise",
        "entreprises économie",
        "économie à la Sorbonne",
        "lumière entreprise",
        "Villeneuve d'Ascq",
        "villeneuve-d-ascq économie",
        "université paris 8",
        "chimie",
        "physique/chimie",
    ],
)
def test_words_are_found_in_the_mention_the_track_the_site_the_town_and_every_name(text):
    at = university("Université Lumière", names=["Université Paris-8", "La Sorbonne"])
    seat("Physique/Chimie", mention="Économie de l’entreprise", at=at, town="Villeneuve-d’Ascq", site="Campus")
    seat("Autre", mention="Histoire", where="Strasbourg")
    assert found(q=text) == ["Physique/Chimie"]


def test_every_word_counts():
    seat("Banque", mention="Économie")
    assert found(q="économie banque") == ["Banque"]
    assert found(q="économie assurance") == []


@pytest.mark.parametrize("text", ["", "  ", "de la", "à l’", "…", "%27%3B--"])
def test_what_holds_no_word_hides_nothing(text):
    seat("Banque")
    assert found(q=text) == ["Banque"]


def test_which_words_count():
    assert significant("Le droit, le Droit et l’Économie à Lyon") == ["droit", "economie", "lyon"]
    assert len(significant(" ".join(f"mot{n}" for n in range(50)))) == MOST_WORDS


def test_mentions_with_all_words_come_first_then_by_mention_institution_and_track_blind_to_accents():
    first, second = university("Ecole A"), university("École B")
    seat("Droit des affaires", mention="Agronomie", at=first)
    seat("Zoé", mention="Droit", at=first)
    seat("Élan", mention="Droit", at=first)
    seat("Été", mention="Droit", at=second)
    assert found(q="droits") == ["Élan", "Zoé", "Été", "Droit des affaires"]


def test_a_merged_institution_is_found_by_the_names_of_all_it_was():
    one, two, three = university("Université Ancienne"), university("Université Moyenne"), university("Université Nouvelle")
    campaign = CampaignFactory()
    seat("déplacé", at=one, vacancy={"campaign": campaign})
    seat("de toujours", at=three, vacancy={"campaign": campaign})
    for former, successor in ((one, two), (two, three)):
        mergers.merge(
            former=former.pk,
            successor=successor.pk,
            effective_on=date(2026, 1, 1),
            ground="Décret",
            by="exemple",
            at=instant("2026-06-01 08:00"),
        )
    assert found(q="ancienne") == found(q="moyenne") == found(q="nouvelle") == ["de toujours", "déplacé"]


@pytest.mark.parametrize("text", ["psychlogie", "Psycologie", "strasboug psychologie", "cliniqe", "pyschologie clinique"])
def test_a_typo_finds_what_resembles_it_and_the_page_says_so(client, text):
    at = university("Université de Strasbourg", where="Strasbourg")
    seat("Clinique", mention="Psychologie", at=at, where="Strasbourg")
    seat("Banque", mention="Économie")
    assert found(q=text) == ["Clinique"]
    html = page(client, q=text).content.decode()
    assert "Aucun résultat exact\N{NO-BREAK SPACE}; voici ce qui s’en approche" in html
    assert "1 formation a des places vacantes" in html


def test_what_resembles_most_comes_first_and_is_no_open_data(client):
    for mention in ("Acoustique et musicologie", "Musicologie", "Psychologie"):
        seat(mention, mention=mention)
    assert found(q="psycologie")[0] == "Psychologie"
    pages = [page(client, q=text).content.decode() for text in ("psycologie", "psychologie")]
    assert [html.count("Les places de cette recherche") for html in pages] == [0, 2]


def test_what_is_found_exactly_is_not_said_to_resemble(client):
    seat("Clinique", mention="Psychologie")
    for text in ("psychologies", "zzzzzz", "psychologie zzzzzz"):
        assert "Aucun résultat exact" not in page(client, q=text).content.decode()
    assert found(q="psychologie zzzzzz") == []


def test_by_academy_or_by_a_whole_region():
    for where in ("Lyon", "Grenoble", "Strasbourg"):
        seat(where, where=where)
    assert found(academy="A10") == ["Lyon"]
    assert found(academy="R84") == ["Grenoble", "Lyon"]
    assert found(academy="A15") == ["Strasbourg"]


def test_by_mention_modality_attendance_and_language():
    seat("usuelle", mention="Droit")
    seat("autre", mention="Économie", vacancy={"modality": Modality.APPRENTICESHIP})
    seat("loin", mention="Histoire", vacancy={"attendance": Attendance.REMOTE, "language": Language.ENGLISH})
    assert found(mention="economie") == found(mention="Économie") == found(modality="apprenticeship") == ["autre"]
    assert found(attendance="remote") == found(language="en") == ["loin"]
    assert found(modality="initial", language="fr") == ["usuelle"]


def test_by_distance_the_closest_first_and_the_town_by_its_name():
    seat("Grenoble", point=GRENOBLE, town="Grenoble")
    seat("Villeurbanne", point=(45.77, 4.88), town="Villeurbanne")
    seat("Lyon", point=LYON, town="Lyon")
    seat("Lyon 7e", point=(45.76, 4.84), town="Lyon 7e")
    seat("sans point", town="LYON CEDEX 09")
    seat("Strasbourg", point=STRASBOURG, town="Strasbourg")
    assert sorted(found(town="lyon")) == ["Lyon", "Lyon 7e", "sans point"]
    assert found(town="Lyon", radius="10") == ["Lyon", "Lyon 7e", "Villeurbanne", "sans point"]
    assert found(town="Lyon", radius="100")[3:] == ["Grenoble", "sans point"]
    distances = {vacancy.programme.track: vacancy.distance_km for vacancy in answers(town="Lyon", radius="100")}
    assert round(distances["Grenoble"]) == 94
    assert distances["sans point"] is None
    assert [vacancy.distance_km for vacancy in answers(town="strasbourg")] == [None]


def test_a_wrong_point_does_not_move_the_town():
    for n in range(3):
        seat(f"Lyon {n}", point=LYON, town="Lyon")
    seat("faux", point=(48.8, 2.3), town="Lyon")
    assert asked(town="Lyon", radius="10").near.points == (LYON,)


def test_two_towns_of_one_name_both_count():
    seat("métropole", town="Saint-Denis", point=LYON)
    seat("océan", town="St Denis", where="La Réunion", point=REUNION)
    seat("voisin", town="Le Port", where="La Réunion", point=(-20.94, 55.29))
    assert sorted(found(town="SAINT DENIS", radius="50")) == ["métropole", "océan", "voisin"]
    assert sorted(found(town="Saint-Denis", radius="50", academy="A28")) == ["océan", "voisin"]


def test_the_register_knows_towns_too():
    InstitutionFactory(town="Écully", latitude=45.78, longitude=4.77)
    seat("Lyon", point=LYON, town="Lyon")
    assert found(town="ecully", radius="10") == ["Lyon"]


def test_a_town_nobody_knows_is_said_and_finds_nothing(client):
    seat("Lyon", town="Grenoble")
    form = asked(town="Grenobel", radius="20")
    assert form.errors == {
        "town": ["Aucune formation ni aucun établissement connu dans une ville de ce nom. Vouliez-vous dire « Grenoble » ?"]
    }
    assert found(town="Grenobel", radius="20") == []
    assert form.query() == ""


def test_a_town_without_a_letter_is_no_town():
    seat("Lyon", town="Lyon")
    assert asked(town="-").errors == {"town": ["Aucune formation ni aucun établissement connu dans une ville de ce nom."]}
    assert found(town="-") == []


def test_a_town_whose_place_is_unknown_counts_by_its_name():
    seat("ici", town="Villeneuve-d’Ascq")
    form = asked(town="villeneuve", radius="20")
    assert form.errors == {"radius": ["On ne sait pas où se trouve cette ville : seul son nom compte."]}
    assert found(town="villeneuve", radius="20") == found(town="Villeneuve d'Ascq", radius="20") == ["ici"]


@pytest.mark.parametrize(
    ("criteria", "wrong"),
    [
        ({"radius": "20"}, "radius"),
        ({"town": "Lyon", "radius": "7"}, "radius"),
        ({"suitable_only": "on"}, "suitable_only"),
        ({"licence": "Alchimie"}, "licence"),
        ({"mention": "Alchimie"}, "mention"),
        ({"academy": "A99"}, "academy"),
        ({"modality": "nuit"}, "modality"),
        ({"attendance": "rêve"}, "attendance"),
        ({"language": "la"}, "language"),
        ({"campaign": "1900"}, "campaign"),
        ({"q": "x" * 251}, "q"),
    ],
)
def test_each_value_that_cannot_be_used_is_said_and_the_others_count(client, criteria, wrong):
    seat("Lyon", town="Lyon", mention="Droit", point=LYON)
    seat("ailleurs", mention="Histoire")
    response = page(client, **criteria, **({"mention": "droit"} if wrong != "mention" else {"town": "Lyon"}))
    assert set(response.context["form"].errors) == {wrong}
    assert [vacancy.programme.track for vacancy in response.context["page"]] == ["Lyon"]


@pytest.fixture
def licence():
    campaign, licence = CampaignFactory(), LicenceMentionFactory(name="Droit")
    seat("étrangère", mention="Chimie")
    seat("conseillée", mention="Histoire").programme.recommended.add(licence)
    seat("toutes", mention="Lettres", any_licence=True)
    seat("table", mention="Science politique")
    return {"campaign": campaign, "licence": licence, "master": MasterMentionFactory(name="Science politique")}


def test_a_licence_ranks_and_hides_nothing_unless_asked(client, licence):
    Compatibility.objects.create(**licence)
    assert found(licence="droit") == ["conseillée", "toutes", "table", "étrangère"]
    assert found(licence="droit", suitable_only="on") == ["conseillée", "toutes", "table"]
    html = page(client, licence="droit").content.decode()
    assert html.count("Compatible avec votre licence") == 3
    assert html.count("Hors de la table de compatibilité, à apprécier") == 1


@pytest.mark.parametrize("silent", [False, True])
def test_without_a_table_or_one_that_is_silent_of_it_nothing_is_outside(client, licence, silent):
    if silent:
        Compatibility.objects.create(**licence | {"licence": LicenceMentionFactory(name="Chimie")})
    html = page(client, licence="droit").content.decode()
    assert html.count("Compatible avec votre licence") == 2
    assert "Hors de la table" not in html


def test_a_card_says_what_is_not_usual_and_how_old_the_word_is(client):
    seat("usuelle", mention="Droit", url="https://exemple.fr/droit?a=1&b=2")
    seat("autre", mention="Histoire", vacancy={"attendance": Attendance.HYBRID, "language": Language.ENGLISH})
    Vacancy.objects.filter(programme__track="usuelle").update(valid_until=date(2026, 6, 30))
    Vacancy.objects.filter(programme__track="autre").update(declared_on=date(2026, 6, 1))
    html = " ".join(page(client).content.decode().split())
    shown = (
        "Déclarée le 1er juin 2026",
        "Formation initiale </p>",
        "Formation initiale, en partie à distance, langue : anglais",
        "Déclarée le 15 juin 2026",
        'href="https://exemple.fr/droit?a=1&amp;b=2"',
    )
    assert [text for text in shown if text not in html] == []
    assert html.count("À confirmer par l’établissement") == 1


def test_a_page_names_no_contact(client):
    seat("une", vacancy={"contact_name": "Camille Exemple", "contact_phone": "01 02 03 04 05"})
    html = page(client).content.decode()
    assert [word for word in ("Camille", "01 02 03", "masters@universite") if word in html] == []


def test_totals_are_of_the_whole_campaign_whatever_is_asked(client):
    seat("une", seats=3)
    seat("deux", seats=40, mention="Histoire")
    seat("complète", seats=0, mention="Chimie")
    seat("ailleurs", where="Strasbourg", seats=60)
    old = CampaignFactory(code="2025", name="Campagne 2025", opens_on=date(2025, 6, 1), search_until=date(2025, 10, 31))
    seat("passée", seats=9, mention="Lettres", vacancy={"campaign": old})
    context = page(client, q="histoire").context
    assert [(total.academy.name, total.vacancies, total.seats, total.shade) for total in context["totals"]] == [
        ("Lyon", 2, 43, 1),
        ("Strasbourg", 1, 60, 2),
    ]
    assert (context["vacancies"], context["seats"]) == (3, 103)


def test_the_picture_is_for_eyes_for_ears_and_for_fingers(client):
    seat("une", seats=3)
    html = page(client, academy="A10").content.decode()
    tiles = findall(r'<a class="([^"]*)"\s+href="([^"]*)"\s+aria-label="([^"]*)"\s+(aria-current="true")?', html)
    assert tiles == [
        (
            "seats-map__tile seats-map__tile--1 seats-map__tile--chosen",
            "/places-vacantes/?academy=A10&amp;campaign=2026#resultats",
            "Lyon : 3 places libres",
            'aria-current="true"',
        )
    ]
    assert findall(r'aria-labelledby="([^"]*)"', html)[-1] == "seats-map-title seats-map-desc"


def test_every_academy_has_a_tile_of_its_own_that_its_name_fits():
    load_reference()
    assert set(Academy.objects.values_list("pk", flat=True)) == set(totals.tiles())
    places = [(tile.column, tile.row) for tile in totals.tiles().values()]
    assert len(set(places)) == len(places)
    assert max(len(tile.label) for tile in totals.tiles().values()) <= 10


def test_the_legend_tells_each_shade():
    assert totals.legend() == [(0, "aucune"), (1, "1 à 49"), (2, "50 à 199"), (3, "200 à 499"), (4, "500 et plus")]


def test_as_many_queries_for_three_as_for_one_whatever_is_asked(client):
    licence = LicenceMentionFactory(name="Droit")
    criteria = {"q": "banque droit", "town": "Lyon", "radius": "50", "licence": licence.normalised, "academy": "R84"}

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert page(client, **criteria).context["page"].paginator.count
        return len(captured)

    seat("Banque", town="Lyon", point=LYON)
    one = queries()
    seat("Banque d’affaires", town="Lyon", point=LYON)
    seat("Banque de détail", town="Lyon", point=LYON)
    assert queries() == one
