"""Which institution, or which mention, is meant by a name? A wrong link is worse than an open one.

What a person has answered once is remembered, and comes first. Then three ways, the surest first; each must lead to exactly one,
and what is ambiguous on one way is not tried on the next:

1. the name as `names.normalise` sees it;
2. its words, in whatever order: without articles, ``XII`` as ``12``, ``univ.`` as ``université``, its own acronym in
   brackets left out; in a mention, ``sc.`` as ``sciences``;
3. for an institution, its words again, one long word of them misspelt by one letter.

What no algorithm can know ("Université Paris-VII" is Université Paris Cité) is data: `data/former-names.csv`. What stays open
becomes a `Question` to a person, with the best candidates and how close each is.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache

from ..mergers import present
from ..models import Institution, InstitutionName, LicenceMention, MasterMention, Question, QuestionKind
from ..names import normalise
from ..search import institution_candidates
from .report import Asked, LineRefused
from .values import longest

ARTICLES = frozenset(["de", "du", "des", "d", "la", "le", "les", "l", "et", "en", "a", "au", "aux"])
ABBREVIATIONS = {"univ": "universite", "st": "saint", "ste": "sainte"}
ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
NUMERALS = {roman: str(number) for number, roman in enumerate(ROMAN, 1)}
COMMUNITY = re.compile(r"communautés? d['’]universités et (d['’])?établissements", re.IGNORECASE)
SHORTENED = re.compile(r"\b\w{2,}(?=\.)")
ENDS_IN_BRACKETS = re.compile(r"^(?P<name>.+?)\s*\((?P<brackets>[^()]+)\)\s*$")

KINDS = frozenset(["centre", "ecole", "faculte", "institut", "universite"])
"""What an institution is: in the plural, a group of them."""
LONGEST_ASKED = 250
MOST_UNKNOWN = 300
"""Names of a file that nobody knows, beyond which no candidates are looked for: it is another file."""
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
    name = COMMUNITY.sub("COMUE", name)
    return frozenset(NUMERALS.get(word, ABBREVIATIONS.get(word, word)) for word in normalise(name).split() if word not in ARTICLES)


class How(StrEnum):
    """By which way a name led to what it means, in falling order of certainty."""

    ANSWER = "answer"
    NAME = "name"
    WORDS = "words"
    MISSPELT = "misspelt"


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """The institution that a name means; after a merger, the one that stands today.

    confidence: the share of the letters of the name that agree, 1 unless it is misspelt.
    """

    institution: Institution
    how: How
    confidence: float = 1.0

    def remarks(self, name: str, *, column: str) -> list[LineRefused]:
        """Return what a person should look at: a link that rests on a letter that differs."""
        if self.how != How.MISSPELT:
            return []
        sure = f"confiance {round(100 * self.confidence)} %"
        return [LineRefused(f"« {name} » lu comme « {self.institution} » ({sure})", column=column)]


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Why a name leads to no institution, or to more than one, and those that a person might mean."""

    reason: str
    candidates: list[Institution]


class Resolver:
    """Resolves names against the institutions that are in the database when it is made."""

    def __init__(self) -> None:
        institutions = list(Institution.objects.select_related("successor", "academy"))
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
        self._answers = answers(QuestionKind.INSTITUTION)
        self._unknown = 0
        self._sought = cache(self._seek)
        """A file repeats the same names."""

    def resolve(self, name: str, *, column: str) -> Resolution:
        """Return the one institution that ``name`` means. Raises LineRefused with the best candidates, and the question."""
        found = self._sought(name)
        if isinstance(found, Resolution):
            return found
        asked = Asked(QuestionKind.INSTITUTION, name) if asked_of(name) not in self._answers else None
        raise LineRefused(found.reason, column=column, candidates=_as_candidates(found.candidates), asked=asked)

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
        if answered := self._answers.get(asked_of(name)):
            if answered.institution_id is None:
                return Doubt(reason=f"établissement écarté par {answered.answered_by} : « {name} »", candidates=[])
            return Resolution(institution=self._by_uai[answered.institution_id], how=How.ANSWER)
        for how, found in self._ways(name):
            if len(found) == 1:
                confidence = 1 - 1 / len(normalise(name)) if how == How.MISSPELT else 1.0
                return Resolution(institution=next(iter(found)), how=how, confidence=confidence)
            if found:
                return Doubt(reason=f"nom partagé par plusieurs établissements : « {name} »", candidates=sorted(found, key=str))
        self._unknown += 1
        candidates = institution_candidates(name, limit=3) if self._unknown <= MOST_UNKNOWN else []
        return Doubt(reason=f"établissement introuvable : « {name} »", candidates=candidates)

    def _ways(self, name: str) -> Iterator[tuple[How, set[Institution]]]:
        yield How.NAME, self._by_name.get(normalise(name), set())
        yield How.WORDS, self._by_words.get(words(name), set())
        yield How.WORDS, self._by_words.get(words(without_acronym(name)), set())
        yield How.WORDS, self._twice_named(name)
        yield How.MISSPELT, {found for known in misspelt(words(name), self._by_words) for found in self._by_words[known]}

    def _twice_named(self, name: str) -> set[Institution]:
        """Return who is meant where the brackets at the end of ``name`` are another name of the one that the rest means."""
        match = ENDS_IN_BRACKETS.match(name)
        found = self._by_words.get(words(match["name"]), set()) if match else set()
        if match is None or len(found) != 1:
            return set()
        letters = normalise(match["brackets"]).replace(" ", "")
        known = {known.replace(" ", "") for known, institutions in self._by_name.items() if found & institutions}
        return found if letters in known else set()


def asked_of(name: str) -> str:
    """Return what a question keeps of a name, however long it is."""
    return normalise(name)[:LONGEST_ASKED]


def answers(kind: QuestionKind) -> dict[str, Question]:
    """Return what people have answered, by the normalised name they were asked about."""
    answered = Question.objects.filter(kind=kind, answered_at__isnull=False).select_related("institution", "licence", "master")
    return {question.normalised: question for question in answered}


def misspelt(wanted: Words, known: Iterable[Words]) -> list[Words]:
    """Return those of ``known`` that are ``wanted`` but for one letter of one long word."""
    return [
        words
        for words in known
        if len(words) == len(wanted) and len(words - wanted) == 1 and one_letter_apart(*(words - wanted), *(wanted - words))
    ]


class Mentions:
    """Resolves titles against the mentions of one sort that are in the database when it is made, and those it has met since.

    Plurals, hyphens, the order of the words and an acronym in brackets make no other mention. A title that is a letter away from
    one is a person's to settle: the letter may be a slip, or make *éthologie* of *ethnologie*. Any other is a new one: the
    ministry's files are where mentions come from.
    """

    def __init__(self, model: type[LicenceMention] | type[MasterMention]) -> None:
        self._kind = QuestionKind.LICENCE if model is LicenceMention else QuestionKind.MASTER
        self._longest = longest(model, "name")
        self._names: dict[str, str] = {}
        self._by_words: dict[Words, set[str]] = defaultdict(set)
        self._by_letters: dict[str, set[str]] = defaultdict(set)
        for name in model.objects.values_list("name", flat=True):
            self._know(name)
        self._stored = frozenset(self._names)
        self._answers = answers(self._kind)
        self._sought = cache(self._seek)

    def resolve(self, title: str, *, column: str, new: bool = True) -> str:
        """Return the mention's name as we write it. ``new``: whether a title may be one that we do not know yet.

        Raises LineRefused.
        """
        if len(title) > self._longest or len(normalise(title)) > self._longest:
            raise LineRefused(f"{len(title)} caractères, au plus {self._longest}", column=column)
        answered = self._answers.get(asked_of(title))
        if answered and answered.unrelated and not new:
            raise LineRefused(f"mention écartée par {answered.answered_by} : « {title} »", column=column)
        found = self._sought(title)
        if found is None:
            if new and not self._a_letter_away(title):
                self._know(title)
                self._sought.cache_clear()
                return title
            nearest = [name for name, _ in closest(title, [self._names[key] for key in self._stored], limit=3)]
            asked = Asked(self._kind, title)
            raise LineRefused(f"mention inconnue : « {title} »", column=column, candidates=tuple(nearest), asked=asked)
        return found

    def _know(self, name: str) -> None:
        known = self._names.setdefault(normalise(name), name)
        self._by_words[singular(words(without_acronym(name)))].add(known)
        self._by_letters[normalise(name).replace(" ", "")].add(known)

    def _seek(self, title: str) -> str | None:
        if answered := self._answers.get(asked_of(title)):
            return str(answered.answer or title)
        if name := self._names.get(normalise(title)):
            return name
        for found in (
            self._by_letters.get(normalise(title).replace(" ", ""), set()),
            self._by_words.get(singular(words(without_acronym(title))), set()),
            {name for known in shortened(title, self._by_words) for name in self._by_words[known]},
        ):
            if found:
                return next(iter(found)) if len(found) == 1 else None
        return None

    def _a_letter_away(self, title: str) -> bool:
        """Whether ``title`` may be a slip for a stored mention."""
        wanted = singular(words(without_acronym(title)))
        near = misspelt(wanted, self._by_words)
        return any(normalise(name) in self._stored for known in near for name in self._by_words[known])


def singular(words: Words) -> Words:
    """Return the words without their plural.

    >>> singular(words("Sciences économiques")) == singular(words("science economique"))
    True
    """
    return frozenset(word.rstrip("sx") if len(word) > 3 else word for word in words)


def closest(title: str, names: Iterable[str], *, limit: int) -> list[tuple[str, float]]:
    """Return the names that resemble ``title`` most, each with how much, from 0 to 1."""
    wanted = SequenceMatcher(autojunk=False)
    wanted.set_seq2(normalise(title))
    found = []
    for name in names:
        wanted.set_seq1(normalise(name))
        if wanted.real_quick_ratio() > 0.5 and wanted.quick_ratio() > 0.5:
            found.append((name, wanted.ratio()))
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]


def shortened(title: str, known: Iterable[Words]) -> list[Words]:
    """Return those of ``known`` that ``title`` means when each of its words with a point (``sc.``) is the start of one."""
    starts = {normalise(word) for word in SHORTENED.findall(title)} - {""}
    if not starts:
        return []
    whole = singular(words(title) - starts)
    return [
        candidate
        for candidate in known
        if whole <= candidate
        and len(candidate) == len(whole) + len(starts)
        and all(sum(word.startswith(start) for word in candidate - whole) == 1 for start in starts)
    ]


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

    The first letter never changes, nothing with a digit is ever misspelt, and several universities are not one.
    """
    if min(one, other, key=len) in KINDS and max(one, other, key=len) == min(one, other, key=len) + "s":
        return False
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
