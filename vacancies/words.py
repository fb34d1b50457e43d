"""Which programmes somebody means by some words: those that have every one of them; failing that, those that resemble them.

A programme has a word where its own track, site or town, its mention, or a present or former name of its institution has it
(names of what became one with it included). Blind to accents, plurals and French endings; stop words count for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from .full_text import Fold, French, Joined, french_query
from .mergers import stands, successors
from .models import InstitutionName, MasterMention, Programme
from .names import normalise
from .search import says

MOST_WORDS = 10
"""Whoever types more is read so far."""
RESEMBLANCE = 0.5
"""Word similarity of PostgreSQL's trigrams, from 0 to 1: one letter wrong in a word of five passes."""
STOPS_WITHOUT_ACCENT = {"a"}
"""Of PostgreSQL's stop words, what is none once its accent is gone (à), and too short to look for."""


@dataclass(frozen=True, kw_only=True)
class Meant:
    """programmes: a condition on rows that have a ``programme``; mentions: keys of the mentions that have every word themselves."""

    programmes: Q
    mentions: frozenset[int]


class Condition(NamedTuple):
    """How a word is looked for: in a name of a mention or an institution, and in a programme's own words."""

    named: Q
    own: Q


class Places(NamedTuple):
    """Where a word was found."""

    mentions: frozenset[int]
    institutions: frozenset[str]
    own: QuerySet[Programme]

    def programmes(self) -> QuerySet[Programme]:
        """Return the programmes' keys. As a union: each part has its index, which an OR over three tables would leave aside."""
        programmes = Programme.objects.order_by().values("pk")
        return programmes.filter(mention__in=self.mentions).union(
            programmes.filter(institution__in=self.institutions), self.own.values("pk")
        )


def significant(text: str) -> list[str]:
    """Return the words of ``text`` that are looked for, each once, in order, `MOST_WORDS` at most."""
    words = [word for word in dict.fromkeys(normalise(text).split()) if word not in STOPS_WITHOUT_ACCENT]
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM unnest(%s::text[]) WITH ORDINALITY AS typed(word, place)"
            " WHERE cardinality(ts_lexize('pg_catalog.french_stem', word)) > 0 ORDER BY place LIMIT %s",
            [words, MOST_WORDS],
        )
        return [word for (word,) in cursor]


def having(words: Sequence[str]) -> Meant:
    """Return what has every one of ``words``, of which there is one at least."""
    return _all_of(_found([_exactly(word) for word in words]))


def resembling(words: Sequence[str]) -> Meant | None:
    """Return what has every one of ``words`` or, for one that is nowhere, one that resembles it. None where each is somewhere."""
    found = dict(zip(words, _found([_exactly(word) for word in words]), strict=True))
    unknown = [word for word, places in found.items() if not places.programmes().exists()]
    if not unknown:
        return None
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(RESEMBLANCE)])
        for word, places in zip(unknown, _found([_closely(word) for word in unknown]), strict=True):
            # The index heeds the threshold of this transaction alone: the keys are read here.
            keys = list(places.own.values_list("pk", flat=True))
            found[word] = places._replace(own=Programme.objects.order_by().filter(pk__in=keys))
    return _all_of(list(found.values()))


def _exactly(word: str) -> Condition:
    return Condition(named=Q(words=french_query(word)), own=Q(words=french_query(word)))


def _closely(word: str) -> Condition:
    return Condition(named=Q(normalised__trigram_word_similar=word), own=Q(folded__trigram_word_similar=word))


def _found(conditions: Sequence[Condition]) -> list[Places]:
    named = [condition.named for condition in conditions]
    mentions = _keys(MasterMention.objects.alias(words=French("name")), "pk", named)
    institutions = _keys(InstitutionName.objects.alias(words=French("name")), "institution", named)
    after = successors()
    texts = ("track", "site", "town")
    programmes = Programme.objects.order_by().alias(words=French(*texts), folded=Fold(Joined(*texts)))
    return [
        Places(frozenset(of_mentions), _family(of_institutions, after), programmes.filter(condition.own))
        for of_mentions, of_institutions, condition in zip(mentions, institutions, conditions, strict=True)
    ]


def _keys(rows: QuerySet, key: str, conditions: Sequence[Q]) -> list[set]:
    """Return, for each condition, the keys of the rows that fulfil it: one query for all."""
    flags = {f"fulfils_{place}": says(condition) for place, condition in enumerate(conditions)}
    found = list(rows.filter(reduce(or_, conditions)).order_by().values_list(F(key), *flags.values()))
    return [{row[0] for row in found if row[1 + place]} for place in range(len(conditions))]


def _family(institutions: set[str], after: dict[str, str]) -> frozenset[str]:
    """As `mergers.family`, for many words at the price of one query."""
    today = {stands(uai, after) for uai in institutions}
    return frozenset(today | {uai for uai in after if stands(uai, after) in today})


def _all_of(found: Sequence[Places]) -> Meant:
    condition = reduce(and_, (Q(programme__in=places.programmes()) for places in found))
    return Meant(programmes=condition, mentions=frozenset.intersection(*(places.mentions for places in found)))
