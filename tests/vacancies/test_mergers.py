"""Mergers: who answers today for an institution of yesterday, under every name and code it had, and the way back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from tests import factories
from tests.concurrency.at_once import at_once
from tests.factories import instant
from tests.processes import wait_until
from vacancies.imports.resolution import Resolver
from vacancies.mergers import MergerRefused, family, merge, present, stands, successors, twins, undo
from vacancies.models import Institution, Merger, Programme
from vacancies.search import find_institution, institution_candidates

AT = instant("2026-07-01 10:00")

pytestmark = pytest.mark.django_db


def university(name: str, academy: str = "Lyon", **fields) -> Institution:
    return factories.InstitutionFactory(name=f"Université {name}", academy=factories.academy(academy), **fields)


def merged(former: Institution, successor: Institution, **changed) -> Merger:
    facts = {"effective_on": date(2026, 7, 1), "ground": "Décret du 1er juin 2026", "by": "Nadia Nationale", "at": AT}
    return merge(former=former.pk, successor=successor.pk, **facts | changed)


def undone(merger: Merger) -> Merger:
    return undo(merger.pk, by="Nadia Nationale", at=AT)


def fresh(*institutions: Institution) -> list[Institution]:
    return [Institution.objects.get(pk=institution.pk) for institution in institutions]


def at_home(*programmes: Programme) -> list[str]:
    """The names of the institutions where the programmes are now."""
    return [Programme.objects.get(pk=programme.pk).institution.name for programme in programmes]


@pytest.fixture
def three() -> tuple[Institution, Institution, Institution]:
    return university("A"), university("B"), university("C")


def test_programmes_move_and_who_said_so_is_kept(three):
    a, b, c = three
    programmes = [factories.ProgrammeFactory(institution=institution) for institution in (a, a, b, c)]
    merger = merged(a, b)
    assert at_home(*programmes) == ["Université B", "Université B", "Université B", "Université C"]
    kept = Merger.objects.get()
    assert (kept, kept.former, kept.successor, kept.programmes) == (merger, a, b, sorted(p.pk for p in programmes[:2]))
    assert (kept.ground, kept.effective_on, kept.by, kept.at) == (
        "Décret du 1er juin 2026",
        date(2026, 7, 1),
        "Nadia Nationale",
        AT,
    )
    assert (str(kept), kept.undone_at) == ("Université A → Université B", None)


def test_undoing_moves_back_what_was_moved_and_no_other(three):
    a, b, _ = three
    moved, own = factories.ProgrammeFactory(institution=a), factories.ProgrammeFactory(institution=b)
    merger = merged(a, b)
    later = factories.ProgrammeFactory(institution=b)
    undone(merger)
    assert at_home(moved, own, later) == ["Université A", "Université B", "Université B"]
    (a,) = fresh(a)
    assert (a.successor, present(a)) == (None, a)
    merger.refresh_from_db()
    assert (merger.undone_by, merger.undone_at) == ("Nadia Nationale", AT)


def test_what_was_handed_on_meanwhile_is_not_taken_back(three):
    """A programme that has left the successor since then is not the merger's any more."""
    a, b, c = three
    programme = factories.ProgrammeFactory(institution=a)
    merger = merged(a, b)
    Programme.objects.filter(pk=programme.pk).update(institution=c)
    undone(merger)
    assert at_home(programme) == ["Université C"]


def test_an_undone_merger_may_be_made_anew(three):
    a, b, c = three
    undone(merged(a, b))
    merged(a, c)
    assert [present(institution).name for institution in fresh(a, b, c)] == ["Université C", "Université B", "Université C"]
    assert Merger.objects.filter(former=a).count() == 2


def test_a_chain_leads_to_the_one_that_stands(three):
    a, b, c = three
    other = university("D")
    programme = factories.ProgrammeFactory(institution=a)
    merged(a, b)
    merged(b, c)
    assert at_home(programme) == ["Université C"]
    assert [present(institution).name for institution in fresh(a, b, c, other)] == [
        "Université C",
        "Université C",
        "Université C",
        "Université D",
    ]
    everybody = frozenset({a.pk, b.pk, c.pk})
    assert [family([institution.pk]) for institution in (a, b, c, other)] == [everybody] * 3 + [frozenset({other.pk})]
    assert family([a.pk, other.pk]) == everybody | {other.pk}
    after = successors()
    assert (after, stands(a.pk, after), stands(other.pk, after)) == ({a.pk: b.pk, b.pk: c.pk}, c.pk, other.pk)


def test_nobody_has_no_family(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert family([]) == frozenset()


def test_one_question_finds_a_family_of_any_size(three, django_assert_num_queries):
    a, b, c = three
    merged(a, b), merged(b, c)
    with django_assert_num_queries(1):
        assert family([a.pk]) == {a.pk, b.pk, c.pk}


def test_a_chain_is_undone_from_its_end(three):
    a, b, c = three
    programme, own = factories.ProgrammeFactory(institution=a), factories.ProgrammeFactory(institution=b)
    first, second = merged(a, b), merged(b, c)
    with pytest.raises(MergerRefused) as refusal:
        undone(first)
    assert str(refusal.value) == "« Université B » a depuis un successeur : « Université C ». Annulez d’abord cette fusion-là."
    assert at_home(programme, own) == ["Université C", "Université C"]
    undone(second)
    assert at_home(programme, own) == ["Université B", "Université B"]
    undone(first)
    assert at_home(programme, own) == ["Université A", "Université B"]
    assert successors() == {}


def test_two_lines_that_meet(three):
    """A and B both become C."""
    a, b, c = three
    first, second = (factories.ProgrammeFactory(institution=institution) for institution in (a, b))
    merger, _ = merged(a, c), merged(b, c)
    assert family([b.pk]) == {a.pk, b.pk, c.pk}
    undone(merger)
    assert (family([b.pk]), at_home(first, second)) == ({b.pk, c.pk}, ["Université A", "Université C"])


def test_a_ring_that_data_may_hold_does_not_hang(three):
    """No act makes one; a register may."""
    a, b, _ = three
    Institution.objects.filter(pk=a.pk).update(successor=b)
    Institution.objects.filter(pk=b.pk).update(successor=a)
    assert {present(institution).pk for institution in fresh(a, b)} <= {a.pk, b.pk}
    assert family([a.pk]) == {a.pk, b.pk}


def same(institution: Institution, **changed) -> Programme:
    key = {"mention": factories.MasterMentionFactory(name="Droit"), "track": "Libertés", "site": "Quai", "town": "Lyon"}
    return factories.ProgrammeFactory(institution=institution, **key | changed)


def test_twins_stay_where_they_are(three):
    a, b, _ = three
    there, twin = same(b), same(a)
    near = [same(a, **{field: "autre"}) for field in ("track", "site", "town")]
    national = same(a, ifc="1234567")  # its own key, whatever its name
    assert list(twins(a, b)) == [twin]
    merger = merged(a, b)
    assert at_home(there, twin, *near, national) == ["Université B", "Université A", *["Université B"] * 4]
    assert twin.pk not in merger.programmes
    undone(merger)
    assert at_home(there, twin, *near, national) == ["Université B", *["Université A"] * 5]


def test_twins_are_told_as_the_catalogue_tells_them(three):
    """Case, accents, « St » and a district part nothing: two such rows would be one to the reader of the catalogue."""
    a, b, _ = three
    there = same(b, track="Génétique", site="Campus Nord", town="Saint-Étienne")
    twin = same(a, track="GENETIQUE", site="campus nord", town="ST ETIENNE CEDEX 2")
    other = same(a, track="Génétique humaine", site="Campus Nord", town="Saint-Étienne")
    assert list(twins(a, b)) == [twin]
    merged(a, b)
    assert at_home(there, twin, other) == ["Université B", "Université A", "Université B"]


def test_a_programme_with_a_national_key_there_makes_no_twin(three):
    a, b, _ = three
    same(b, ifc="1234567")
    alone = same(a)
    assert list(twins(a, b)) == []
    merged(a, b)
    assert at_home(alone) == ["Université B"]


def test_the_successor_teaches_in_every_academie_of_both():
    a, b = university("A", "Strasbourg"), university("B", "Lyon")
    a.other_academies.add(factories.academy("Grenoble"), factories.academy("Lyon"))
    b.other_academies.add(factories.academy("La Réunion"))
    merged(a, b)
    assert sorted(b.other_academies.values_list("name", flat=True)) == ["Grenoble", "La Réunion", "Strasbourg"]


REFUSALS = {
    "itself": (lambda a, b, c: merged(a, a), "Un établissement ne peut pas succéder à lui-même."),
    "twice": (lambda a, b, c: (merged(a, b), merged(a, c)), "« Université A » a déjà un successeur : « Université B »."),
    "into one that has gone": (
        lambda a, b, c: (merged(b, c), merged(a, b)),
        "« Université B » a lui-même un successeur : « Université C ». Choisissez celui-ci.",
    ),
    "in a ring": (
        lambda a, b, c: (merged(a, b), merged(b, a)),
        "« Université A » a lui-même un successeur : « Université B ». Choisissez celui-ci.",
    ),
    "before its day": (
        lambda a, b, c: merged(a, b, effective_on=date(2026, 7, 2)),
        "La fusion s’enregistre à partir de sa date d’effet.",
    ),
    "undone twice": (lambda a, b, c: [undone(merger) for merger in [merged(a, b)] * 2], "Cette fusion est déjà annulée."),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_each_with_its_sentence(three, case):
    act, sentence = REFUSALS[case]
    with pytest.raises(MergerRefused) as refusal:
        act(*three)
    assert str(refusal.value) == sentence


def test_a_refusal_leaves_nothing(three):
    a, b, _ = three
    programme = factories.ProgrammeFactory(institution=a)
    with pytest.raises(MergerRefused):
        merged(a, b, effective_on=date(2026, 7, 2))
    assert (Merger.objects.count(), at_home(programme), successors()) == (0, ["Université A"], {})


def test_the_day_is_the_successor_s_own():
    """On 30 June at 23:00 in Paris it is already 1 July in La Réunion."""
    a, there, here = university("A"), university("B", "La Réunion"), university("C")
    at = instant("2026-06-30 23:00")
    with pytest.raises(MergerRefused):
        merged(a, here, at=at)
    merged(a, there, at=at)
    assert successors() == {a.pk: there.pk}


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [({}, "merger_once_for_an_institution"), ({"itself": True}, "merger_of_two")],
)
def test_the_database_says_so_too(three, facts, constraint):
    a, b, c = three
    merged(a, b)
    former, successor = (c, c) if facts else (a, c)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Merger.objects.create(former=former, successor=successor, effective_on=date(2026, 7, 1), ground="x", by="x", at=AT)


def test_every_name_and_code_of_the_former_leads_to_who_stands():
    a = university("Ancienne", names=["U. Vieille"], former_uais=["0000001A"])
    b, c = university("Moyenne"), university("Nouvelle")
    first, second = merged(a, b), merged(b, c)

    def led_to() -> list[str]:
        resolver = Resolver()
        return [
            find_institution("université ancienne").name,
            find_institution("U VIEILLE").name,
            find_institution("Université Moyenne").name,
            resolver.resolve("UNIVERSITE ANCIENNE", column="x").institution.name,
            resolver.resolve("Université Moyene", column="x").institution.name,
            resolver.by_uai(a.pk, column="x").name,
            resolver.by_uai("0000001A", column="x").name,
            resolver.by_uai(b.pk, column="x").name,
            institution_candidates("universite ancienn", limit=1)[0].name,
        ]

    assert led_to() == ["Université Nouvelle"] * 9
    undone(second)
    assert led_to() == ["Université Moyenne"] * 9
    undone(first)
    assert led_to() == [
        "Université Ancienne",
        "Université Ancienne",
        "Université Moyenne",
        "Université Ancienne",
        "Université Moyenne",
        "Université Ancienne",
        "Université Ancienne",
        "Université Moyenne",
        "Université Ancienne",
    ]


def test_a_name_of_two_that_became_one_is_ambiguous_no_more():
    a, b = university("A", names=["École du Fleuve"]), university("B", names=["École du Fleuve"])
    assert find_institution("École du Fleuve") is None
    merged(a, b)
    assert (find_institution("École du Fleuve"), institution_candidates("École du Fleuve")) == (b, [b])
    assert Resolver().resolve("École du Fleuve", column="x").institution == b


@pytest.mark.django_db(transaction=True)
def test_two_people_merge_the_same_institution_at_once():
    a, b, c = university("A"), university("B"), university("C")
    programme = factories.ProgrammeFactory(institution=a)
    outcomes = at_once(partial(merged, a, b), partial(merged, a, c))
    (merger,) = [outcome for outcome in outcomes if isinstance(outcome, Merger)]
    assert [str(outcome) for outcome in outcomes if outcome is not merger] == [
        f"« Université A » a déjà un successeur : « {merger.successor} »."
    ]
    assert (list(Merger.objects.all()), at_home(programme), successors()) == (
        [merger],
        [merger.successor.name],
        {a.pk: merger.successor_id},
    )


@pytest.mark.django_db(transaction=True)
def test_two_that_merge_into_each_other_at_once():
    a, b = university("A"), university("B")
    outcomes = at_once(partial(merged, a, b), partial(merged, b, a))
    (merger,) = [outcome for outcome in outcomes if isinstance(outcome, Merger)]
    former, successor = merger.former, merger.successor
    assert [str(outcome) for outcome in outcomes if outcome is not merger] == [
        f"« {former} » a lui-même un successeur : « {successor} ». Choisissez celui-ci."
    ]
    assert successors() == {former.pk: successor.pk}


@pytest.mark.django_db(transaction=True)
def test_one_is_undone_twice_at_once():
    a, b = university("A"), university("B")
    merger = merged(a, b)
    outcomes = at_once(partial(undone, merger), partial(undone, merger))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Merger", "MergerRefused"]
    assert successors() == {}


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() != (0,)


def after_waiting_for(first, second):
    """Return what ``second`` came to, which began while the transaction of ``first`` was open, and waited for its end."""

    def run() -> object:
        try:
            return second()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            waiting = pool.submit(run)
            wait_until(somebody_waits_for_us, what="a second act that waits for the first")
        return waiting.result()


@pytest.mark.django_db(transaction=True)
def test_who_waited_reads_what_the_other_has_done():
    """What the second had read before it waited is not what it judges by."""
    a, b, c = university("A"), university("B"), university("C")
    outcome = after_waiting_for(partial(merged, a, b), partial(merged, a, c))
    assert (type(outcome), str(outcome)) == (MergerRefused, "« Université A » a déjà un successeur : « Université B ».")


@pytest.mark.django_db(transaction=True)
def test_undoing_waits_for_the_merger_that_goes_on_from_there():
    a, b, c = university("A"), university("B"), university("C")
    programme = factories.ProgrammeFactory(institution=a)
    first = merged(a, b)
    outcome = after_waiting_for(partial(merged, b, c), partial(undone, first))
    assert (type(outcome), str(outcome)) == (
        MergerRefused,
        "« Université B » a depuis un successeur : « Université C ». Annulez d’abord cette fusion-là.",
    )
    assert at_home(programme) == ["Université C"]
