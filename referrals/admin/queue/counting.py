"""Many lists counted at once, none further than anybody would turn its pages."""

from collections.abc import Hashable, Mapping
from typing import NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, Value

Key = TypeVar("Key", bound=Hashable)

AT_MOST = 300
"""Beyond so many rows, how many there are no longer matters, and counting them would read them all."""


class Counted(NamedTuple):
    """How many rows a list has, `AT_MOST` at most; and whether it has more."""

    files: int
    is_more: bool


def counted(lists: Mapping[Key, QuerySet]) -> dict[Key, Counted]:
    """Return how long each of ``lists`` is, asking the database once."""
    found: dict[Key, int] = dict.fromkeys(lists, 0)
    asked, questions, given = [], [], []
    for key, rows in lists.items():
        try:
            sql, values = rows.order_by().values(one=Value(1))[: AT_MOST + 1].query.sql_with_params()
        except EmptyResultSet:  # Django itself knows that nothing can be in it
            continue
        asked.append(key)
        questions.append(f"(SELECT count(*) FROM ({sql}) AS found)")  # noqa: S608 -- Django wrote it, the values are apart
        given += values
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(questions)}", given)
            found |= dict(zip(asked, cursor.fetchone(), strict=True))
    return {key: Counted(min(files, AT_MOST), files > AT_MOST) for key, files in found.items()}
