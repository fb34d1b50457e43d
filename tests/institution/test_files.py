"""A file handed in by the page: refused with a sentence, or shown, applied, let go, undone; never half, never another's."""

from datetime import date

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from referrals.institution import differences
from referrals.models import Role
from tests import factories
from tests.factories import instant
from tests.institution.conftest import TODAY, entering, lines, outcomes, standing, worked
from tests.story import Story
from tests.student.reading import errors_of, said, text_of
from tests.vacancies.spreadsheets import archive, ods_of, ods_row, xlsx
from vacancies import mergers, seats
from vacancies.imports import acts
from vacancies.imports.workbooks import MOST_UNPACKED
from vacancies.models import Import, ImportKind, ImportState, Vacancy

pytestmark = pytest.mark.django_db

FILES = "/etablissement/fichier/"


def table(*rows: str, labels: str = "Référence;Places déclarées;Contact") -> ContentFile:
    return ContentFile("\n".join([labels, *rows]).encode(), name="places.csv")


def page_of(of: Import) -> str:
    return f"{FILES}{of.key}/"


def press(client: Client, of: Import, act: str):
    of.refresh_from_db()
    return client.post(page_of(of), {"act": act, "plan": of.plan})


def groups(response) -> dict[str, list[str]]:
    """What the page shows, group by group, as a reader sees it."""
    shown: dict[str, list[str]] = {}
    for found in response.context["groups"]:
        shown[found["title"]] = [
            "; ".join(f"{said.label} {said.before}>{said.after}" for said in changes)
            or " ".join([f"{one.line} {one.column} {one.reason}", *(offer.referral.number for offer in offers)])
            for one, changes, offers in found["rows"]
        ]
    return shown


@pytest.fixture
def others(university) -> list[Vacancy]:
    """Three more declarations of the university: one seat each."""
    return [
        factories.VacancyFactory(programme__institution=university, programme__mention__name=name)
        for name in ("Archives", "Droit de l’enfant", "Musicologie")
    ]


# From the file to the ledger


def test_a_file_is_shown_applied_and_undone(her, hand_in, vacancy, others, university):
    new = factories.ProgrammeFactory(institution=university, mention__name="Zoologie", capacity=4)
    archives, law, _ = others
    of = hand_in(
        table(
            f"{vacancy.programme.reference};5;Sacha D’Exemple",
            f"{archives.programme.reference};1;",
            f"{new.reference};6;",
            f"{law.programme.reference};peu;",
            "S0;2;",
        ),
    )
    page = her.get(page_of(of))
    assert groups(page) == {
        "Lignes refusées": [
            "5 Places déclarées nombre illisible : « peu »",
            "6 Référence référence inconnue de cet établissement : « S0 »",
        ],
        "À vérifier": ["4 Places déclarées 6 places déclarées pour une capacité de 4 : le nombre est repris tel quel"],
        "Premières déclarations": ["places déclarées >6; valable jusqu’au >19/08/2026"],
        "Déclarations qui changent": ["places déclarées 2>5; valable jusqu’au 15/07/2026>19/08/2026; contact vide>Sacha D’Exemple"],
        "Nombres confirmés": ["valable jusqu’au 15/07/2026>19/08/2026"],
    }
    assert "Voici ce que ce fichier changerait. Rien n’est encore appliqué." in text_of(page)
    assert (standing(vacancy)[0], lines(vacancy)) == (2, [])
    assert press(her, of, "confirm").url == page_of(of)
    of = worked(of)
    assert (of.state, of.decided_by, standing(vacancy)) == ("applied", "Alix Exemple", (5, TODAY.date(), date(2026, 8, 19)))
    assert lines(vacancy) == [("Alix Exemple", 3, "fichier « places.csv »")]
    page = her.get(page_of(of))
    assert list(groups(page)) == [
        "Lignes refusées", "À vérifier", "Premières déclarations", "Déclarations changées", "Nombres confirmés",
    ]  # fmt: skip
    assert "Ces différences sont appliquées, sauf 2 lignes refusées : elles restent listées ici" in text_of(page)
    press(her, of, "reverse")
    of = worked(of)
    assert (of.state, standing(vacancy)[0], Vacancy.objects.get(programme=new).declared) == ("reversed", 2, 0)
    assert "l’import est annulé, les nombres d’avant sont rétablis" in text_of(her.get(page_of(of)))


def test_pressing_twice_does_nothing_twice(her, hand_in, vacancy):
    file = f"{vacancy.programme.reference};5;"
    of, again = hand_in(table(file)), hand_in(table(file))
    assert (of, Import.objects.count()) == (again, 1)
    for _ in range(2):
        press(her, of, "confirm")
    worked(of)
    press(her, of, "confirm")
    worked(of)
    assert lines(vacancy) == [("Alix Exemple", 3, "fichier « places.csv »")]


def test_a_file_is_let_go(her, hand_in, vacancy):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    response = press(her, of, "abandon")
    assert (response.url, said(response)) == (FILES, ["Le fichier « places.csv » est abandonné : rien n’a été appliqué."])
    assert standing(vacancy)[0] == 2
    assert "Ce fichier a été abandonné : rien n’a été appliqué." in text_of(her.get(page_of(of)))
    response = press(her, of, "confirm")
    assert said(response)[-1] == "Ce n’est plus possible : l’import est « abandonné »."


def test_a_complete_file_sets_what_it_lacks_to_zero(her, hand_in, vacancy, others):
    of = hand_in(table(f"{vacancy.programme.reference};2;"), complete="on")
    shown = groups(her.get(page_of(of)))
    assert shown == {
        "Absents du fichier : passent à zéro place": ["places déclarées 1>0; valable jusqu’au 15/07/2026>19/08/2026"] * 3,
        "Nombres confirmés": ["valable jusqu’au 15/07/2026>19/08/2026"],
    }
    press(her, of, "confirm")
    worked(of)
    assert [standing(one)[0] for one in (vacancy, *others)] == [2, 0, 0, 0]


def test_in_a_complete_file_a_refused_line_is_not_absent(her, hand_in, vacancy, others):
    of = hand_in(table(f"{vacancy.programme.reference};beaucoup;"), complete="on")
    press(her, of, "confirm")
    worked(of)
    assert [standing(one)[0] for one in (vacancy, *others)] == [2, 0, 0, 0]


def test_a_complete_file_with_a_line_that_says_not_of_what_withdraws_nothing(her, hand_in, vacancy, others):
    of = hand_in(table("S0;2;", f"{vacancy.programme.reference};5;"), complete="on")
    assert acts.WITHHELD in text_of(her.get(page_of(of)))
    press(her, of, "confirm")
    worked(of)
    assert [standing(one)[0] for one in (vacancy, *others)] == [5, 1, 1, 1]


def test_what_has_changed_since_is_shown_anew_and_nothing_applied(her, hand_in, vacancy):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    seats.declare(vacancy_id=vacancy.pk, seats=4, by="Camille Collègue", at=TODAY)
    press(her, of, "confirm")
    of = worked(of)
    page = her.get(page_of(of))
    assert acts.SINCE in text_of(page)
    assert (groups(page), standing(vacancy)[0]) == ({"Déclarations qui changent": ["places déclarées 4>5"]}, 4)


def test_undoing_what_has_changed_since_is_refused_with_a_sentence(her, hand_in, vacancy):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    press(her, of, "confirm")
    worked(of)
    seats.declare(vacancy_id=vacancy.pk, seats=7, by="x", at=TODAY)
    press(her, of, "reverse")
    of = worked(of)
    page = text_of(her.get(page_of(of)))
    assert "L’annulation n’a pas eu lieu" in page
    assert "a changé depuis cet import : il ne peut plus être annulé en bloc." in page
    assert (of.state, standing(vacancy)[0]) == (ImportState.APPLIED, 7)


def test_a_number_that_cannot_be_read_names_no_offer(her, hand_in, university):
    story = Story()
    story.institution = university
    story.admissible()
    vacancy = story.vacancy(seats=2)
    story.consulting(vacancy=vacancy)
    of = hand_in(table(f"{vacancy.programme.reference};dix;"))
    page = text_of(her.get(page_of(of)))
    assert (page.count("ombre illisible"), page.count("Propositions concernées")) == (1, 0)


@pytest.mark.parametrize(
    ("refused", "said_of_them"),
    [
        (0, "Ces différences sont appliquées."),
        (1, "Ces différences sont appliquées, sauf une ligne refusée : elle reste listée ici"),
        (2, "Ces différences sont appliquées, sauf 2 lignes refusées : elles restent listées ici"),
    ],
)
def test_once_applied_the_page_says_what_was_not(her, hand_in, vacancy, refused, said_of_them):
    of = hand_in(table(f"{vacancy.programme.reference};5;", *(f"S0{n};2;" for n in range(refused))))
    press(her, of, "confirm")
    worked(of)
    assert text_of(her.get(page_of(of))).count(said_of_them) == 1


def test_fewer_than_are_held_is_refused_and_the_offers_are_named(her, hand_in, university):
    story = Story()
    story.institution = university
    story.admissible()
    vacancy = story.vacancy(seats=2)
    story.consulting(vacancy=vacancy)
    of = hand_in(table(f"{vacancy.programme.reference};0;"))
    page = her.get(page_of(of))
    why = "1 place est déjà réservée ou prise : on ne peut pas en déclarer 0"
    assert groups(page) == {"Lignes refusées": [f"2 Places déclarées {why} {story.referral.number}"]}
    offer = story.referral.offers.get()
    assert f"Propositions concernées : {story.referral.number} ({offer.get_state_display()})." in text_of(page)
    assert "Ce fichier ne change rien : aucune de ses lignes ne peut être appliquée." in text_of(page)
    listed = her.get("/etablissement/", {"campaign": "2026", "show": "committed"})
    assert [entry.programme for entry in listed.context["entries"]] == [vacancy.programme]


# While the worker is at it


def test_the_page_waits_with_a_bar_and_comes_anew(her, university, campaign, vacancy):
    response = her.post(FILES, {"file": table("S0;1;"), "institution": university.pk, "campaign": campaign.pk})
    page = her.get(response.url)
    assert (page["Refresh"], "<progress" in page.content.decode()) == ("2", True)
    assert "Lecture en cours – En attente" in text_of(page)
    of = Import.objects.get()
    Import.objects.update(phase="lecture", done=1500, total=0)
    assert "Lecture en cours – Lecture du fichier : 1500 lignes" in text_of(her.get(response.url))
    Import.objects.update(phase="comparaison", done=3, total=12)
    page = her.get(response.url)
    assert "Comparaison : 3 sur 12 lignes" in text_of(page)
    assert 'value="3" max="12"' in " ".join(page.content.decode().split())
    assert said(press(her, of, "confirm")) == ["Ce n’est plus possible : l’import est « lecture en cours »."]
    worked(of)
    assert "Refresh" not in her.get(response.url)


# What is refused


OLD_EXCEL = (
    "C’est un ancien classeur Excel (.xls), ou un classeur protégé par un mot de passe : enregistrez-le en .xlsx, "
    "sans mot de passe."
)


def bomb() -> bytes:
    return archive({"xl/workbook.xml": b"0" * (MOST_UNPACKED + 1)})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a;b\n1;2\n", "Colonne absente : « Places déclarées »."),
        (b"%PDF-1.7", "C’est un PDF : envoyez le tableau en CSV, XLSX ou ODS."),
        (b"\xd0\xcf\x11\xe0", OLD_EXCEL),
        (b"PK\x03\x04abime", "Le classeur est abîmé : ouvrez-le et enregistrez-le de nouveau."),
        (b"<html></html>", "C’est une page web ou un document XML : enregistrez le tableau en CSV, XLSX ou ODS."),
        (bomb, "Ce classeur se déplierait en un fichier démesuré : il n’est pas ouvert."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_declaration_is_refused_with_a_sentence(her, hand_in, content, sentence):
    of = hand_in(ContentFile(content() if callable(content) else content, name="f"))
    page = text_of(her.get(page_of(of)))
    assert (of.state, of.sentence) == (ImportState.REFUSED, sentence)
    assert f"Ce fichier ne peut pas être lu {sentence} Rien n’a été appliqué." in page


def computed(shape: str, first: str, second: str) -> bytes:
    """A workbook of two programmes; the seats of the second are a formula."""
    if shape == "xlsx":
        return xlsx([["Référence", "Places déclarées"], [first, 4], [second, "=1+1"]])
    formula = (
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell>'
    )
    name = f'<table:table-cell office:value-type="string"><text:p>{second}</text:p></table:table-cell>'
    return ods_of(
        f"{ods_row('Référence', 'Places déclarées')}{ods_row(first, '4')}<table:table-row>{name}{formula}</table:table-row>"
    )


@pytest.mark.parametrize("shape", ["xlsx", "ods"])
def test_a_formula_is_refused_on_its_line(her, hand_in, vacancy, others, shape):
    file = computed(shape, vacancy.programme.reference, others[0].programme.reference)
    of = hand_in(ContentFile(file, name="places"))
    assert groups(her.get(page_of(of))) == {
        "Lignes refusées": ["3 Places déclarées une formule au lieu d’une valeur : recopiez la valeur"],
        "Déclarations qui changent": ["places déclarées 2>4; valable jusqu’au 15/07/2026>19/08/2026"],
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{};-2;", "Places déclarées nombre négatif : « -2 »"),
        ("{};1001;", "Places déclarées 1001 places : au plus 1000"),
        ("{0};3;\n{0};4;", " déjà lu à la ligne 2"),
        ("Campagne 1917;{};3", "Campagne campagne « Campagne 1917 », alors que ce fichier est déposé pour « Campagne 2026 »"),
    ],
)
def test_a_line_that_makes_no_sense_says_why(her, hand_in, vacancy, line, reason):
    labels = "Campagne;Référence;Places déclarées" if line.startswith("Campagne") else "Référence;Places déclarées;Contact"
    of = hand_in(table(line.format(vacancy.programme.reference), labels=labels))
    (refused,) = groups(her.get(page_of(of)))["Lignes refusées"]
    assert refused.split(" ", 1)[1] == reason


def test_an_unknown_programme_comes_with_candidates(her, hand_in, vacancy):
    of = hand_in(table("Histoire de l'art;Parcours inventé;3", labels="Mention;Parcours;Places déclarées"))
    page = text_of(her.get(page_of(of)))
    assert f"Vouliez-vous dire : {vacancy.programme.title} ({vacancy.programme.reference})" in page


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (None, "Choisissez un fichier."),
        (ContentFile(b"", name="vide.csv"), "Le fichier est vide."),
        (ContentFile(b"0" * (acts.LARGEST_DECLARATION + 1), name="lourd.csv"), "Le fichier pèse 5 Mo, au plus 5 Mo."),
        (ContentFile(b"0" * 12_000_000, name="lourd.csv"), "Le fichier pèse 12 Mo, au plus 5 Mo."),
    ],
)
def test_what_is_no_file_or_too_large_is_refused_before_anything(her, university, campaign, file, sentence):
    sent = {"institution": university.pk, "campaign": campaign.pk} | ({"file": file} if file else {})
    response = her.post(FILES, sent)
    assert (errors_of(response), Import.objects.count()) == ({"file": [sentence]}, 0)
    assert sentence in text_of(response)


# Whose


def test_only_her_own_institutions_files(her, hand_in, vacancy, campaign, university):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    elsewhere = factories.InstitutionFactory()
    stranger = entering(factories.post(Role.INSTITUTION, institution=elsewhere))
    assert [stranger.get(page_of(of)).status_code, press(stranger, of, "confirm").status_code] == [404, 404]
    assert list(stranger.get(FILES).context["page"]) == []
    assert list(her.get(FILES).context["page"]) == [of]
    response = stranger.post(FILES, {"file": table("S0;1;"), "institution": university.pk, "campaign": campaign.pk})
    assert list(errors_of(response)) == ["institution"]
    of_office = Import.objects.create(kind=ImportKind.MON_MASTER, name="x", digest="x", by="x", at=TODAY)
    assert her.get(page_of(of_office)).status_code == 404
    assert Import.objects.get(pk=of.pk).state == ImportState.READY


def test_after_a_merger_the_successors_clerk_finds_the_formers_files(hand_in, vacancy, university):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    successor = factories.InstitutionFactory()
    mergers.merge(
        former=university.pk, successor=successor.pk, effective_on=date(2026, 7, 1), ground="décret", by="ministère", at=TODAY
    )
    clerk = entering(factories.post(Role.INSTITUTION, institution=successor))
    assert list(clerk.get(FILES).context["page"]) == [of]
    press(clerk, of, "confirm")
    assert (worked(of).state, standing(vacancy)[0]) == (ImportState.APPLIED, 5)


def test_who_answers_for_two_institutions_chooses(clerk, vacancy, campaign, university):
    second = factories.InstitutionFactory(name="École de l’Exemple")
    there = factories.VacancyFactory(programme__institution=second)
    clerk.posts.create(role=Role.INSTITUTION, institution=second, since="2018-01-01")
    her = entering(type(clerk).objects.get(pk=clerk.pk))
    page = her.get(FILES)
    assert [str(one) for one in page.context["institutions"]] == ["École de l’Exemple", "Université de l’Exemple"]
    her.post(FILES, {"file": table(f"{there.programme.reference};3;"), "institution": second.pk, "campaign": campaign.pk})
    of = worked(Import.objects.get())
    assert (of.institution, outcomes(of)) == (second, {"changed": 1})
    assert "Université de l’Exemple – Lyon" in text_of(her.get("/etablissement/"))


def test_strangers_sign_in_and_others_find_nothing(hand_in, vacancy):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    for address in (FILES, page_of(of), f"{FILES}modele.csv"):
        assert Client().get(address).url == f"/compte/login/?next={address}"
        assert entering(factories.UserFactory()).get(address).status_code == 404


def test_a_button_that_does_not_exist_is_not_found(her, hand_in, vacancy):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    assert [press(her, of, "détruire").status_code, her.post(page_of(of)).status_code] == [404, 404]
    assert her.get(page_of(of), {"group": "x"}).status_code == 404


def test_another_sites_form_is_refused(clerk, university, campaign):
    client = Client(enforce_csrf_checks=True)
    client.force_login(clerk)
    sent = {"file": table("S0;1;"), "institution": university.pk, "campaign": campaign.pk}
    assert (client.post(FILES, sent).status_code, Import.objects.count()) == (403, 0)


# How much


def test_many_differences_come_in_pages_and_cost_the_same_queries(her, hand_in, university, monkeypatch):
    counts = []
    for many in (1, 29):
        factories.VacancyFactory.create_batch(many, programme__institution=university)
        rows = [f"{one.programme.reference};9;" for one in Vacancy.objects.select_related("programme")]
        of = hand_in(table(*rows))
        with CaptureQueriesContext(connection) as captured:
            page = her.get(page_of(of))
        counts.append(len(captured))
    assert counts[0] == counts[1]
    (shown,) = page.context["groups"]
    assert (len(shown["rows"]), "Voir les 30" in text_of(page)) == (differences.ON_FIRST_PAGE, True)
    monkeypatch.setattr(differences, "PAGE_SIZE", 20)
    pages = [her.get(page_of(of), {"group": "changed", "page": number}) for number in (1, 2)]
    assert [len(one.context["groups"][0]["rows"]) for one in pages] == [20, 10]
    assert "Page 2 sur 2" in text_of(pages[1])


def test_the_list_of_files_comes_in_pages(her, university, campaign, monkeypatch):
    monkeypatch.setattr("referrals.institution.files.PAGE_SIZE", 2)
    for number in range(3):
        Import.objects.create(
            kind=ImportKind.DECLARATION,
            institution=university,
            campaign=campaign,
            name=f"{number}.csv",
            digest="x",
            by="x",
            at=TODAY,
        )
    pages = [her.get(FILES, {"page": page}) for page in (1, 2)]
    assert [[one.name for one in page.context["page"]] for page in pages] == [["2.csv", "1.csv"], ["0.csv"]]


# After the end


def test_after_the_end_files_are_only_read(her, hand_in, clerk, vacancy, university, campaign, the_day):
    of = hand_in(table(f"{vacancy.programme.reference};5;"))
    the_day.move_to(instant("2026-11-01 00:00"))
    late = entering(clerk)
    page = late.get(page_of(of))
    assert ("est close depuis le 31/10/2026" in text_of(page), 'name="act"' in page.content.decode()) == (True, False)
    response = press(late, of, "confirm")
    assert "est close depuis le 31/10/2026" in said(response)[0]
    response = late.post(FILES, {"file": table("S0;1;"), "institution": university.pk, "campaign": campaign.pk})
    assert said(response)[-1] == "Aucune campagne n’est en cours : aucun fichier ne peut être déposé."
    assert late.get(f"{FILES}modele.csv").status_code == 404
    assert (Import.objects.get().state, standing(vacancy)[0]) == (ImportState.READY, 2)
