"""Which institution is meant by a name? A wrong link is worse than an open one.

Three ways, the surest first; each must lead to exactly one institution, and what is ambiguous on one way is not tried on
the next:

1. the name as `names.normalise` sees it;
2. its words, in whatever order: without articles, ``XII`` as ``12``, ``univ.`` as ``université``, its own acronym in
   brackets left out;
3. its words again, one long word of them misspelt by one letter.

What no algorithm can know ("Université Paris-VII" is Université Paris Cité) is data: `data/former-names.csv`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from ..models import Institution, InstitutionName
from ..names import normalise
from ..search import institution_candidates, present
from .report import LineRefused

ARTICLES = frozenset(["de", "du", "des", "d", "la", "le", "les", "l", "et", "en", "a", "au", "aux"])
ABBREVIATIONS = {"univ": "universite", "st": "saint", "ste": "sainte"}
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
NUMERALS = {roman: str(number) for number, roman in enumerate(ROMAN, 1)}
ENDS_IN_BRACKETS = re.compile(r"^(?P<name>.+?)\s*\((?P<brackets>[^()]+)\)\s*$")

SHORTEST_ACRONYM = 4
"""Shorter ones (UCA, INP, UR) are shared too easily to mean one institution."""
SHORTEST_MISSPELT = 6
"""Shorter words differ by one letter too easily (Lens, Sens), and the long ones that do are the same word."""

Words = frozenset[str]


def words(name: str) -> Words:
    """Return the words by which ``name`` is known, in no order.

    >>> sorted(words("Université de Paris-XII")) == sorted(words("UNIV. PARIS 12"))
    True
    """
    return frozenset(NUMERALS.get(word, ABBREVIATIONS.get(word, word)) for word in normalise(name).split() if word not in ARTICLES)


class How(StrEnum):
    """By which way a name led to its institution, in falling order of certainty."""

    NAME = "name"
    WORDS = "words"
    MISSPELT = "misspelt"


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """The institution that a name means; after a merger, the one that stands today."""

    institution: Institution
    how: How


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Why a name leads to no institution, or to more than one, and those that a person might mean."""

    reason: str
    candidates: list[Institution]


class Resolver:
    """Resolves names against the institutions that are in the database when it is made."""

    def __init__(self) -> None:
        institutions = list(Institution.objects.select_related("successor"))
        self._by_uai = {institution.uai: present(institution) for institution in institutions}
        self._by_former_uai: dict[str, set[Institution]] = defaultdict(set)
        self._by_name: dict[str, set[Institution]] = defaultdict(set)
        self._by_words: dict[Words, set[Institution]] = defaultdict(set)
        for uai, name, normalised in InstitutionName.objects.values_list("institution_id", "name", "normalised"):
            institution = self._by_uai[uai]
            by_words = words(name)
            if len(by_words) > 1 or len(normalised) >= SHORTEST_ACRONYM or normalised == normalise(institution.name):
                self._by_name[normalised].add(institution)
            if len(by_words) > 1:
                self._by_words[by_words].add(institution)
        for institution in institutions:
            for uai in institution.former_uais:
                self._by_former_uai[uai].add(self._by_uai[institution.uai])
        self._sought = cache(self._seek)
        """A file repeats the same names."""

    def resolve(self, name: str, *, column: str) -> Resolution:
        """Return the one institution that ``name`` means. Raises LineRefused with the best candidates."""
        found = self._sought(name)
        if isinstance(found, Resolution):
            return found
        raise LineRefused(found.reason, column=column, candidates=_as_candidates(found.candidates))

    def by_uai(self, uai: str, *, column: str) -> Institution:
        """Return the institution whose code is, or was, ``uai``. Raises LineRefused; a former code may have been shared."""
        if institution := self._by_uai.get(uai):
            return institution
        former = self._by_former_uai.get(uai, set())
        if len(former) == 1:
            return next(iter(former))
        reason = "ancien code UAI de plusieurs établissements" if former else "code UAI inconnu"
        raise LineRefused(f"{reason} : « {uai} »", column=column, candidates=_as_candidates(sorted(former, key=str)))

    def _seek(self, name: str) -> Resolution | Doubt:
        for how, found in self._ways(name):
            if len(found) == 1:
                return Resolution(institution=next(iter(found)), how=how)
            if found:
                return Doubt(reason=f"nom partagé par plusieurs établissements : « {name} »", candidates=sorted(found, key=str))
        return Doubt(reason=f"établissement introuvable : « {name} »", candidates=institution_candidates(name, limit=3))

    def _ways(self, name: str) -> Iterator[tuple[How, set[Institution]]]:
        yield How.NAME, self._by_name.get(normalise(name), set())
        yield How.WORDS, self._by_words.get(words(name), set())
        yield How.WORDS, self._by_words.get(words(without_acronym(name)), set())
        yield How.MISSPELT, self._misspelt(words(name))

    def _misspelt(self, wanted: Words) -> set[Institution]:
        return {
            institution
            for known, institutions in self._by_words.items()
            if len(known) == len(wanted) and len(known - wanted) == 1 and one_letter_apart(*(known - wanted), *(wanted - known))
            for institution in institutions
        }


def _as_candidates(institutions: Iterable[Institution]) -> tuple[str, ...]:
    return tuple(f"{institution.name} ({institution.uai})" for institution in institutions)


def without_acronym(name: str) -> str:
    """Leave out what ``name`` has in brackets at its end, where those are initials of its words; a place would say more.

    >>> without_acronym("Institut supérieur de l'aéronautique et de l'espace (ISAE)")
    "Institut supérieur de l'aéronautique et de l'espace"
    >>> without_acronym("École supérieure d'agriculture (Toulouse)")
    "École supérieure d'agriculture (Toulouse)"
    """
    match = ENDS_IN_BRACKETS.match(name)
    if not match:
        return name
    initials = iter([word[0] for word in normalise(match["name"]).split()])
    return match["name"] if all(letter in initials for letter in normalise(match["brackets"])) else name


def one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter added, left out, replaced or swapped with its neighbour turns one long word into the other.

    The first letter never changes, and nothing with a digit is ever misspelt.
    """
    if min(len(one), len(other)) < SHORTEST_MISSPELT or one[0] != other[0] or not (one + other).isalpha():
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[start:], other[start:]
    return (
        rest[1:] == other_rest
        or rest == other_rest[1:]
        or rest[1:] == other_rest[1:]
        or (rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:])
    )
