"""A file's way: handed in, read, shown, confirmed, applied all or nothing, undone; and what stops it, in words."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db.models import F

from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    QuestionFactory,
    VacancyFactory,
    instant,
)
from vacancies import seats
from vacancies.imports import acts
from vacancies.imports.compatibility import recommended_in_the_catalogue
from vacancies.imports.kinds import READERS
from vacancies.imports.reference import CATALOGUE
from vacancies.imports.report import FileRefused
from vacancies.models import (
    Campaign,
    Compatibility,
    Import,
    ImportKind,
    ImportState,
    Institution,
    LicenceMention,
    Line,
    Outcome,
    Programme,
    Question,
    QuestionKind,
    Vacancy,
)

pytestmark = pytest.mark.django_db

AT = instant("2026-07-01 10:00")
CLERK, OTHER = "Claude Modèle", "Maxime Modèle"


@pytest.fixture
def university() -> Institution:
    university = InstitutionFactory(name="Université d’Ici", uai="0000001A")
    for mention in ("Histoire", "Droit public"):
        ProgrammeFactory(institution=university, mention=MasterMentionFactory(name=mention))
    return university


def handed_in(kind: ImportKind, content: str | bytes, *, name: str = "places.csv", at=AT, **of) -> Import:
    """Hand a file in, and let a worker read it."""
    content = content.encode() if isinstance(content, str) else content
    submitted = acts.submit(kind=kind, file=ContentFile(content, name), by=CLERK, at=at, **of)
    return worked(submitted, at=at)


def declaration(university: Institution, *lines: str, **of) -> Import:
    content = "\n".join(["Mention;Places déclarées", *lines])
    return handed_in(ImportKind.DECLARATION, content, campaign=CampaignFactory(), institution=university, **of)


def worked(of: Import, *, at=AT) -> Import:
    acts.run(of.pk, at=at)
    of.refresh_from_db()
    return of


def confirmed(of: Import, *, at=AT) -> Import:
    acts.confirm(of.key, plan=of.plan, by=OTHER, at=at)
    return worked(of, at=at)


def reversed_(of: Import, *, at=AT) -> Import:
    acts.reverse(of.key, by=OTHER, at=at)
    return worked(of, at=at)


def read_again(of: Import) -> Import:
    acts.look_again(of.key, by=OTHER, at=AT)
    return worked(of)


def declared() -> dict[str, int]:
    return dict(Vacancy.objects.values_list("programme__mention__name", "declared"))


def test_every_kind_has_its_reader():
    assert READERS.keys() == set(ImportKind)


def test_reading_shows_and_changes_nothing(university):
    of = declaration(university, "Histoire;3", "Alchimie;2", "Droit public;1000000")
    assert (of.state, of.added, of.refused, of.changes_something, of.sentence) == (ImportState.READY, 1, 2, True, "")
    assert [(row.outcome, row.line, row.label, row.column) for row in of.differences.all()] == [
        (Outcome.ADDED, 2, "Histoire (Lyon)", ""),
        (Outcome.REFUSED, 3, "", "Mention"),
        (Outcome.REFUSED, 4, "", "Places déclarées"),
    ]
    assert (declared(), Line.objects.count()) == ({}, 0)


def test_applying_writes_what_was_shown_and_keeps_the_report(university):
    of = confirmed(declaration(university, "Histoire;3", "Alchimie;2"))
    assert (of.state, of.decided_by, of.decided_at, of.added, of.refused) == (ImportState.APPLIED, OTHER, AT, 1, 1)
    assert (declared(), Line.objects.get().by) == ({"Histoire": 3}, OTHER)
    assert of.differences.count() == 2


def test_the_same_file_again_changes_nothing(university):
    confirmed(declaration(university, "Histoire;3"))
    again = declaration(university, "Histoire;3")
    assert (again.state, again.changes_something, again.unchanged) == (ImportState.NOTHING, False, 1)


def test_a_double_click_is_one_import_one_application_and_one_reversal(university):
    of = declaration(university, "Histoire;3")
    assert declaration(university, "Histoire;3") == of
    for _ in range(2):
        acts.confirm(of.key, plan=of.plan, by=OTHER, at=AT)
    confirmed(of)
    confirmed(of)
    assert (Line.objects.count(), Import.objects.count()) == (1, 1)
    reversed_(of)
    assert reversed_(of).state == ImportState.REVERSED
    assert list(Line.objects.order_by("pk").values_list("declared", flat=True)) == [3, -3]


def test_what_changed_since_it_was_shown_is_shown_again_and_nothing_applied(university):
    of = declaration(university, "Histoire;3", "Droit public;2")
    VacancyFactory(programme=Programme.objects.get(mention__name="Histoire"), seats_declared=5)
    confirmed(of)
    assert (of.state, of.sentence, of.added, of.changed) == (ImportState.READY, acts.SINCE, 1, 1)
    assert declared() == {"Histoire": 5}
    assert confirmed(of).state == ImportState.APPLIED
    assert declared() == {"Histoire": 3, "Droit public": 2}


def test_a_seat_held_since_it_was_shown_stops_the_lowering(university):
    vacancy = VacancyFactory(programme=Programme.objects.get(mention__name="Histoire"), seats_declared=5)
    of = declaration(university, "Histoire;0", "Droit public;2")
    seats.hold(vacancy_id=vacancy.pk, holder=uuid4(), by="bureau", at=AT)
    confirmed(of)
    assert (of.state, of.sentence, of.refused) == (ImportState.READY, acts.SINCE, 1)
    assert of.differences.get(outcome=Outcome.REFUSED).reason == (
        "1 place est déjà réservée ou prise : on ne peut pas en déclarer 0"
    )
    assert declared() == {"Histoire": 5}


def test_undoing_brings_back_what_stood(university):
    confirmed(declaration(university, "Histoire;3"))
    of = confirmed(declaration(university, "Histoire;7", "Droit public;2"))
    reversed_(of)
    assert (of.state, of.reversed_by, declared()) == (ImportState.REVERSED, OTHER, {"Histoire": 3, "Droit public": 0})


def test_undoing_is_refused_where_a_seat_is_held(university):
    of = confirmed(declaration(university, "Histoire;3", "Droit public;2"))
    seats.hold(vacancy_id=Vacancy.objects.get(programme__mention__name="Histoire").pk, holder=uuid4(), by="bureau", at=AT)
    reversed_(of)
    assert (of.state, of.sentence, declared()) == (
        ImportState.APPLIED,
        "Histoire (Lyon) : 1 place est déjà réservée ou prise : on ne peut pas en déclarer 0.",
        {"Histoire": 3, "Droit public": 2},
    )


def test_undoing_is_refused_where_something_has_changed_since(university):
    of = confirmed(declaration(university, "Histoire;3"))
    seats.declare(vacancy_id=Vacancy.objects.get().pk, seats=4, by="autre", at=AT)
    reversed_(of)
    assert (of.state, of.sentence, declared()) == (
        ImportState.APPLIED,
        "« Histoire (Lyon) » a changé depuis cet import : il ne peut plus être annulé en bloc.",
        {"Histoire": 4},
    )


def test_undoing_a_catalogue_and_its_refusal(reference):
    before = Programme.objects.count()
    line = "Session;Identifiant de l'établissement;Libellé de l'établissement;Identifiant de la formation;Intitulé de la mention;"
    line += (
        "Intitulé du parcours;Alternance;Modalités d'enseignement;Lieu(x) de formation;Capacité offerte limitée par la formation\n"
    )
    line += "2025;0691774D;Lyon 1;0900820SVFY8;ALCHIMIE;;0;INITIALE;Campus - LYON (69);30"
    of = confirmed(handed_in(ImportKind.MON_MASTER, line, name="mon-master.csv"))
    vacancy = VacancyFactory(programme=Programme.objects.get(ifc="0900820SVFY8"))
    reversed_(of)
    assert (of.state, of.sentence) == (
        ImportState.APPLIED,
        f"Un objet (parcours de M1) sert déjà et ne peut pas être retiré : {vacancy}.",
    )
    of = confirmed(handed_in(ImportKind.MON_MASTER, line.replace("SVFY8", "SAAAA"), name="mon-master.csv"))
    assert (reversed_(of).state, Programme.objects.count()) == (ImportState.REVERSED, before + 1)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Autre;Chose\n1;2\n", "Colonne absente : « Places déclarées »."),
        ("%PDF-1.7", "C’est un PDF : envoyez le tableau en CSV, XLSX ou ODS."),
    ],
)
def test_another_file_is_refused_whole(university, content, sentence):
    of = handed_in(ImportKind.DECLARATION, content, campaign=CampaignFactory(), institution=university)
    assert (of.state, of.sentence, of.differences.count()) == (ImportState.REFUSED, sentence, 0)
    with pytest.raises(acts.NotPossible) as refusal:
        acts.confirm(of.key, plan=of.plan, by=OTHER, at=AT)
    assert str(refusal.value) == "Ce n’est plus possible : l’import est « fichier refusé »."


class Heavy(ContentFile):
    """A file that says how large it is and is never read."""

    def chunks(self, chunk_size=None):
        raise AssertionError("a file that is too large was read")


@pytest.mark.parametrize(
    ("kind", "size", "sentence"),
    [
        (ImportKind.REGISTER, 200_000_000, "le fichier pèse 200 Mo, au plus 60 Mo"),
        (ImportKind.DECLARATION, 6_000_000, "le fichier pèse 6 Mo, au plus 5 Mo"),
        (ImportKind.REGISTER, 0, "le fichier est vide"),
    ],
)
def test_a_file_too_large_is_refused_before_it_is_read(university, kind, size, sentence):
    file = Heavy(b"", "gros.csv")
    file.size = size
    with pytest.raises(FileRefused) as refusal:
        acts.submit(kind=kind, file=file, by=CLERK, at=AT)
    assert (str(refusal.value), Import.objects.count()) == (sentence, 0)


def test_after_the_search_a_declaration_is_refused(university):
    of = declaration(university, "Histoire;3", at=instant("2026-12-01 10:00"))
    assert (of.state, of.sentence) == (
        ImportState.REFUSED,
        "La recherche de places est close depuis le 31/10/2026 (Campagne 2026).",
    )


def test_a_page_older_than_the_differences_applies_nothing(university):
    """Somebody else has declared since, and the file was read again: the first page's button is not that of the new differences."""
    of = declaration(university, "Histoire;3")
    shown = of.plan
    VacancyFactory(programme=Programme.objects.get(mention__name="Histoire"), seats_declared=9)
    read_again(of)
    with pytest.raises(acts.NotPossible) as refusal:
        acts.confirm(of.key, plan=shown, by=OTHER, at=AT)
    assert str(refusal.value) == "Les différences ont changé depuis que vous les avez lues : relisez-les avant d’appliquer."
    assert declared() == {"Histoire": 9}


def test_undoing_a_first_declaration_leaves_one_that_nobody_has_made(university):
    reversed_(confirmed(declaration(university, "Histoire;3")))
    vacancy = Vacancy.objects.get()
    assert (vacancy.declared, vacancy.declared_on, vacancy.valid_until) == (0, None, None)


def test_undoing_leaves_an_old_declaration_as_old_as_it_was(university):
    vacancy = VacancyFactory(programme=Programme.objects.get(mention__name="Histoire"), seats_declared=4)
    stood = (vacancy.declared, vacancy.declared_on, vacancy.valid_until)
    later = instant("2026-08-20 10:00")
    of = declaration(university, "Histoire;6", at=later)
    reversed_(confirmed(of, at=later), at=later)
    vacancy.refresh_from_db()
    assert (vacancy.declared, vacancy.declared_on, vacancy.valid_until) == stood


def test_a_complete_file_that_withdraws_an_old_declaration_can_be_undone(university):
    VacancyFactory(programme=Programme.objects.get(mention__name="Histoire"), seats_declared=4)
    later = instant("2026-08-20 10:00")
    of = confirmed(declaration(university, "Droit public;2", complete=True, at=later), at=later)
    assert declared() == {"Histoire": 0, "Droit public": 2}
    assert reversed_(of, at=later).state == ImportState.REVERSED
    assert declared() == {"Histoire": 4, "Droit public": 0}


def test_what_was_shown_at_night_is_applied_in_the_morning(university):
    of = declaration(university, "Histoire;3", at=instant("2026-07-01 23:55"))
    confirmed(of, at=instant("2026-07-02 08:00"))
    assert (of.state, str(Vacancy.objects.get().declared_on)) == (ImportState.APPLIED, "2026-07-01")


def test_an_empty_number_in_a_complete_file_says_nothing(university):
    VacancyFactory(programme=Programme.objects.get(mention__name="Histoire"), seats_declared=4)
    confirmed(declaration(university, "Histoire;", "Droit public;2", complete=True))
    assert declared() == {"Histoire": 4, "Droit public": 2}


def test_a_file_of_which_workers_die_is_let_go_in_the_end(university):
    of = declaration(university, "Histoire;3")
    acts.look_again(of.key, by=CLERK, at=AT)
    at = AT
    for _ in range(acts.MOST_ATTEMPTS):
        Import.objects.filter(pk=of.pk).update(claimed_until=at + acts.LEASE, attempts=F("attempts") + 1)  # and it dies
        at += acts.LEASE + timedelta(seconds=1)
    worked(of, at=at)
    assert (of.state, of.sentence, acts.waiting(at=at)) == (ImportState.REFUSED, acts.DIED, [])


def test_the_catalogue_after_the_other_one_adds_nothing(reference):
    """A programme that has received its ifc is still the catalogue's: no second one beside it."""
    known = Programme.objects.filter(recommended__isnull=False).order_by("pk").first()
    record = f"2025;{known.institution_id};x;0900820SVFY8;{known.mention.name};{known.track};0;INITIALE;Ailleurs - LYON (69);30"
    labels = "session;eta_uai;eta_nom;ifc;mention;parcours;alternance;modalite_enseignement;lieux;col"
    of = confirmed(handed_in(ImportKind.MON_MASTER, f"{labels}\n{record}", name="mon-master.csv"))
    assert (of.state, of.changed) == (ImportState.APPLIED, 1)
    before = Programme.objects.count()
    again = handed_in(ImportKind.CATALOGUE, CATALOGUE.read_bytes(), name="catalogue.csv")
    assert (again.state, again.added, Programme.objects.count()) == (ImportState.NOTHING, 0, before)
    assert reversed_(of).state == ImportState.REVERSED


def test_an_abandoned_file_is_never_applied(university):
    of = declaration(university, "Histoire;3")
    acts.abandon(of.key, by=OTHER, at=AT)
    with pytest.raises(acts.NotPossible):
        acts.confirm(of.key, plan=of.plan, by=OTHER, at=AT)
    assert declared() == {}


def test_a_question_is_asked_once_and_its_answer_read_at_the_next_look(reference):
    campaign = CampaignFactory()
    content = "Mention de licence;Mention de master\nHistoire;Alchimie\nHISTOIRE;alchimie\n"
    of = handed_in(ImportKind.COMPATIBILITY, content, campaign=campaign, name="table.csv")
    read_again(of)
    assert (of.refused, list(Question.objects.values_list("kind", "text"))) == (2, [(QuestionKind.MASTER, "Alchimie")])
    history = LicenceMention.objects.get(name="Histoire")
    master = Programme.objects.first().mention
    Question.objects.all().delete()
    QuestionFactory(kind=QuestionKind.MASTER, text="Alchimie", master=master)
    read_again(of)
    assert (of.refused, of.added) == (0, 1)
    confirmed(of)
    assert list(Compatibility.objects.values_list("campaign", "licence", "master")) == [(campaign.pk, history.pk, master.pk)]


def test_compatibilities_of_one_campaign_are_not_those_of_another(reference):
    one = CampaignFactory()
    other = Campaign.objects.create(code="2027", name="2027", opens_on=one.opens_on, search_until=one.search_until)
    content = recommended_in_the_catalogue()
    confirmed(handed_in(ImportKind.COMPATIBILITY, content, campaign=one, name="conseillees.csv"))
    standing = Compatibility.objects.filter(campaign=one)
    pairs = set(Programme.objects.filter(recommended__isnull=False).values_list("recommended", "mention").distinct())
    assert set(standing.values_list("licence", "master")) == pairs
    confirmed(handed_in(ImportKind.COMPATIBILITY, content, campaign=other, name="conseillees.csv"))
    smaller = "Mention de licence;Mention de master;Remarque\n" + "{};{};arrêté".format(
        *standing.values_list("licence__name", "master__name").first()
    )
    of = confirmed(handed_in(ImportKind.COMPATIBILITY, smaller, campaign=one, name="petite.csv", complete=True))
    assert (of.changed, of.withdrawn, standing.count()) == (1, len(pairs) - 1, 1)
    assert Compatibility.objects.filter(campaign=other).count() == len(pairs)
    reversed_(of)
    assert set(standing.values_list("licence", "master", "note")) == {(*pair, "") for pair in pairs}


def test_an_unexpected_error_applies_nothing_and_is_raised(university, monkeypatch):
    of = declaration(university, "Histoire;3", "Droit public;2")
    acts.confirm(of.key, plan=of.plan, by=OTHER, at=AT)
    written = seats.redeclare

    def breaks_at_the_second(**given):
        if Line.objects.exists():
            raise RuntimeError("the disk is full")
        return written(**given)

    monkeypatch.setattr(seats, "redeclare", breaks_at_the_second)
    with pytest.raises(RuntimeError):
        acts.run(of.pk, at=AT)
    of.refresh_from_db()
    assert (of.state, of.sentence, declared(), Line.objects.count()) == (ImportState.READY, acts.BROKEN, {}, 0)


def test_a_worker_that_died_is_followed_by_another(university):
    of = declaration(university, "Histoire;3")
    acts.confirm(of.key, plan=of.plan, by=OTHER, at=AT)
    Import.objects.filter(pk=of.pk).update(claimed_until=AT + acts.LEASE)
    assert (acts.waiting(at=AT), worked(of).state) == ([], ImportState.APPLYING)
    later = AT + acts.LEASE + timedelta(seconds=1)
    assert acts.waiting(at=later) == [of.pk]
    assert worked(of, at=later).state == ImportState.APPLIED
