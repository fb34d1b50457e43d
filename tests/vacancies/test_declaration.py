"""An institution's declaration: what each line means, what is refused and why, and what it leaves in the ledger."""

from datetime import date
from io import BytesIO
from uuid import uuid4

import pytest

from tests.factories import CampaignFactory, InstitutionFactory, MasterMentionFactory, ProgrammeFactory, VacancyFactory, instant
from vacancies import seats
from vacancies.imports.declaration import Declaration
from vacancies.imports.pipeline import compare, write
from vacancies.imports.report import FileRefused, Report
from vacancies.models import Institution, Line, Programme, Vacancy

pytestmark = pytest.mark.django_db

AT = instant("2026-07-01 10:00")
BY = "Claude Modèle"


@pytest.fixture
def university() -> Institution:
    university = InstitutionFactory(name="Université d’Ici", uai="0000001A")
    for mention, track, town, capacity in (
        ("Histoire", "Monde médiéval", "Lyon", 20),
        ("Histoire", "Monde moderne", "Lyon", 20),
        ("Droit public", "", "Bron", None),
        ("L’Europe", "", "Lyon", 30),
    ):
        ProgrammeFactory(
            institution=university, mention=MasterMentionFactory(name=mention), track=track, town=town, capacity=capacity
        )
    return university


def reader(university: Institution, *, at=AT) -> Declaration:
    return Declaration(institution=university, campaign=CampaignFactory(), file="places.csv", by=BY, at=at)


def declared(
    university: Institution, *lines: str, labels: str = "Référence;Mention;Parcours;Places déclarées", at=AT, **how
) -> Report:
    """Read the lines and write what they change."""
    made = reader(university, at=at)
    report = compare(made, BytesIO("\n".join([labels, *lines]).encode()), name="places.csv", **how)
    write(made, report.changes)
    return report


def standing() -> list[tuple]:
    vacancies = Vacancy.objects.order_by("programme__mention__name", "programme__track", "modality")
    return [
        (v.programme.mention.name, v.programme.track, v.modality, v.declared)
        for v in vacancies.select_related("programme__mention")
    ]


def refusals(report: Report) -> list[tuple[int, str, str]]:
    return [(finding.line, finding.column, finding.reason) for finding in report.refused]


def test_by_reference_by_name_and_a_line_that_says_nothing(university):
    history = Programme.objects.get(track="Monde médiéval")
    report = declared(university, f"{history.reference};;;3", ";DROIT PUBLIC;;2", ";histoire;monde moderne;", ";L'Europe;;0")
    assert (refusals(report), report.set_aside) == ([], [])
    assert standing() == [
        ("Droit public", "", "initial", 2),
        ("Histoire", "Monde médiéval", "initial", 3),
        ("L’Europe", "", "initial", 0),
    ]
    assert list(Line.objects.order_by("declared").values_list("declared", "by", "at", "reason")) == [
        (0, BY, AT, "fichier « places.csv »"),
        (2, BY, AT, "fichier « places.csv »"),
        (3, BY, AT, "fichier « places.csv »"),
    ]


def test_the_national_key_is_a_reference_too(university):
    Programme.objects.filter(track="Monde moderne").update(ifc="0900820SVFY8")
    declared(university, "0900820svfy8;;;4")
    assert standing() == [("Histoire", "Monde moderne", "initial", 4)]


def test_the_whole_line(university):
    labels = "Campagne;Mention;Modalité;Places déclarées;Valable jusqu’au;Contact;Courriel;Téléphone;Langue;Présence;Autre chose"
    declared(
        university,
        "2026;L’Europe;Alternance;5;31/07/2026;Scolarité;m1@univ.exemple;01 99 00 00 00;Anglais;à distance;x",
        labels=labels,
    )
    vacancy = Vacancy.objects.get()
    assert (vacancy.modality, vacancy.declared, vacancy.declared_on, vacancy.valid_until) == (
        "apprenticeship", 5, date(2026, 7, 1), date(2026, 7, 31),
    )  # fmt: skip
    assert (vacancy.contact_name, vacancy.contact_email, vacancy.contact_phone, vacancy.language, vacancy.attendance) == (
        "Scolarité", "m1@univ.exemple", "01 99 00 00 00", "en", "remote",
    )  # fmt: skip


def test_two_modalities_of_one_programme_are_two_vacancies(university):
    labels = "Mention;Modalité;Places déclarées"
    report = declared(university, "L’Europe;;3", "L’Europe;apprentissage;2", "L’Europe;formation initiale;4", labels=labels)
    assert refusals(report) == [(4, "", "déjà lu à la ligne 2")]
    assert standing() == [("L’Europe", "", "apprenticeship", 2), ("L’Europe", "", "initial", 3)]


def test_twice_changes_nothing_and_another_day_confirms(university):
    declared(university, ";L’Europe;;3")
    report = declared(university, ";L’Europe;;3")
    assert (report.added, report.changed, report.unchanged) == (0, 0, 1)
    later = declared(university, ";L’Europe;;3", at=instant("2026-07-20 10:00"))
    assert [change.fields for change in later.changes] == [["declared_on", "valid_until"]]
    assert list(Line.objects.order_by("pk").values_list("declared", "valid_until")) == [
        (3, date(2026, 7, 31)),
        (0, date(2026, 8, 19)),
    ]
    vacancy = Vacancy.objects.get()
    assert (vacancy.declared_on, vacancy.valid_until) == (date(2026, 7, 20), date(2026, 8, 19))


def test_an_empty_cell_leaves_what_stands(university):
    labels = "Mention;Places déclarées;Courriel;Langue"
    declared(university, "L’Europe;3;m1@univ.exemple;anglais", labels=labels)
    declared(university, "L’Europe;4;;", labels=labels)
    assert list(Vacancy.objects.values_list("declared", "contact_email", "language")) == [(4, "m1@univ.exemple", "en")]


def test_what_is_refused_and_why(university):
    foreign = ProgrammeFactory()
    labels = "Campagne;Référence;Mention;Parcours;Modalité;Places déclarées;Valable jusqu’au;Courriel;Langue"
    report = declared(
        university,
        "2025;;L’Europe;;;3;;;",
        f";{foreign.reference};;;;3;;;",
        ";;;;;3;;;",
        ";;Histoire;;;3;;;",
        ";;Histoire;Monde perdu;;3;;;",
        ";;Alchimie;;;3;;;",
        ";;L’Europe;;du soir;3;;;",
        ";;L’Europe;;;-3;;;",
        ";;L’Europe;;;beaucoup;;;",
        ";;L’Europe;;;2,5;;;",
        ";;L’Europe;;;1001;;;",
        ";;L’Europe;;;999999999;;;",
        ";;L’Europe;;;=3+2;;;",
        ";;L’Europe;;;3;demain;;",
        ";;L’Europe;;;3;30/06/2026;;",
        ";;L’Europe;;;3;01/11/2026;;",
        ";;L’Europe;;;3;;pas une adresse;",
        ";;L’Europe;;;3;;;klingon",
        labels=labels,
    )
    seats_label = "Places déclarées"
    missing = "parcours introuvable dans votre catalogue : partez du modèle, ou demandez son ajout au rectorat"
    date_out = "date hors de la campagne : entre aujourd’hui et le 31/10/2026"
    assert refusals(report) == [
        (2, "Campagne", "campagne « 2025 », alors que ce fichier est déposé pour « Campagne 2026 »"),
        (3, "Référence", f"référence inconnue de cet établissement : « {foreign.reference} »"),
        (4, "Référence", "ni référence ni mention"),
        (5, "Mention", "plusieurs parcours de ce nom : indiquez la référence"),
        (6, "Mention", missing),
        (7, "Mention", missing),
        (8, "Modalité", "valeur inconnue : « du soir » ; attendu : formation initiale, formation continue, apprentissage"),
        (9, seats_label, "nombre négatif : « -3 »"),
        (10, seats_label, "nombre illisible : « beaucoup »"),
        (11, seats_label, "nombre illisible : « 2,5 »"),
        (12, seats_label, "1001 places : au plus 1000"),
        (13, seats_label, "nombre illisible : « 999999999 »"),
        (14, seats_label, "une formule au lieu d’une valeur : recopiez la valeur"),
        (15, "Valable jusqu’au", "date illisible : « demain » ; écrivez 31/10/2026"),
        (16, "Valable jusqu’au", date_out),
        (17, "Valable jusqu’au", date_out),
        (18, "Adresse électronique", "adresse incorrecte : « pas une adresse »"),
        (19, "Langue", "valeur inconnue : « klingon » ; attendu : français, anglais, français et anglais, autre langue"),
    ]
    assert [len(finding.candidates) for finding in report.refused[3:6]] == [2, 2, 0]
    assert standing() == []


def test_more_than_the_capacity_is_taken_and_to_be_checked(university):
    report = declared(university, ";L’Europe;;31")
    assert [(finding.column, finding.reason) for finding in report.set_aside] == [
        ("Places déclarées", "31 places déclarées pour une capacité de 30 : le nombre est repris tel quel")
    ]
    assert standing() == [("L’Europe", "", "initial", 31)]


def test_less_than_what_is_held_or_taken_is_refused_alone(university):
    europe = VacancyFactory(programme=Programme.objects.get(mention__name="L’Europe"), seats_declared=5)
    for _ in range(2):
        seats.hold(vacancy_id=europe.pk, holder=uuid4(), by="bureau", at=AT)
    report = declared(university, ";L’Europe;;1", ";Droit public;;4")
    assert refusals(report) == [(2, "Places déclarées", "2 places sont déjà réservées ou prises : on ne peut pas en déclarer 1")]
    assert standing() == [("Droit public", "", "initial", 4), ("L’Europe", "", "initial", 5)]


def test_a_complete_file_leaves_no_seat_elsewhere_but_for_those_held(university):
    declared(university, ";L’Europe;;5", ";Droit public;;4", ";Histoire;Monde moderne;3")
    europe = Vacancy.objects.get(programme__mention__name="L’Europe")
    seats.hold(vacancy_id=europe.pk, holder=uuid4(), by="bureau", at=AT)
    report = declared(university, ";Droit public;;4", complete=True)
    lowered = {change.label: (change.before["seats"], change.after["seats"]) for change in report.changes}
    assert lowered == {"L’Europe (Lyon)": (5, 1), "Histoire, parcours Monde moderne (Lyon)": (3, 0)}
    assert standing() == [
        ("Droit public", "", "initial", 4),
        ("Histoire", "Monde moderne", "initial", 0),
        ("L’Europe", "", "initial", 1),
    ]


def test_a_complete_file_withdraws_nothing_it_may_speak_of(university):
    declared(university, ";L’Europe;;5", ";Droit public;;4", ";Histoire;Monde moderne;3")
    report = declared(university, ";L’Europe;;beaucoup", ";Droit public;;4", complete=True)
    assert ({change.label for change in report.changes}, report.withholds) == ({"Histoire, parcours Monde moderne (Lyon)"}, False)
    report = declared(university, ";Alchimie;;1", ";Droit public;;4", complete=True)
    assert (report.changes, report.withholds) == ([], True)


def test_a_predecessors_programmes_are_the_successors_to_declare(university):
    former = InstitutionFactory(name="Institut d’hier", successor=university)
    taught = ProgrammeFactory(institution=former, mention=MasterMentionFactory(name="Alchimie"))
    declared(university, f"{taught.reference};;;2")
    assert standing() == [("Alchimie", "", "initial", 2)]


def test_after_the_search_nothing_can_be_declared(university):
    with pytest.raises(FileRefused) as refusal:
        reader(university, at=instant("2026-11-01 00:30"))
    assert str(refusal.value) == "la recherche de places est close depuis le 31/10/2026 (Campagne 2026)"
    assert reader(university, at=instant("2026-10-31 23:30")).labels["seats"] == "places déclarées"
