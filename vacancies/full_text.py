"""French full text in PostgreSQL, blind to accents: the expressions that its indexes and its queries must share.

``unaccent`` is only STABLE, so that no index may use it; ``public.vacancies_fold`` (migration 0006) is the IMMUTABLE wrapper, with
every name in it qualified, so that a dump restores it.
"""

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import F, Func, TextField, Value

CONFIG = "pg_catalog.french"


class Fold(Func):
    """Text in lower case without accents, its words parted by single spaces, as `names.normalise` says it.

    Plurals and stop words are `French`'s. Punctuation goes: to PostgreSQL's parser « Chimie/Physique » is a file and « Paris-8 »
    ends in a negative number.
    """

    function = "public.vacancies_fold"
    output_field = TextField()


class Joined(Func):
    """Columns that are never NULL, parted by spaces."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()

    def __init__(self, *columns: str | F) -> None:
        super().__init__(*columns)


class French(Func):
    """The lexemes of a text, for an index or to be searched by `french_query`."""

    function = "to_tsvector"
    template = f"%(function)s('{CONFIG}'::regconfig, %(expressions)s)"
    output_field = SearchVectorField()

    def __init__(self, *columns: str) -> None:
        super().__init__(*columns)
        self.set_source_expressions([Fold(Joined(*columns) if len(columns) > 1 else F(columns[0]))])


def french_query(text: str) -> SearchQuery:
    """Return the query for rows that have every word of ``text``."""
    return SearchQuery(Fold(Value(text)), config=CONFIG, search_type="plain")
