"""Other people's data in texts that leave the office: found by what the project knows of them, and covered.

It finds what can be looked for: the names of all other students who ever began a referral, their INE, the numbers of their
referrals, addresses, and the people of the case whose names it is given. What else somebody may have written of somebody it does
not understand: whoever hands an edition over reads it first, and the edition says so.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from django.db.models import Q

from vacancies.models import Campaign

from ..models import Referral, User

Redaction = Callable[[str], str]
Words = tuple[str, ...]
"""Of a name or a text: folded, in order."""

MARK = "[donnée d’une autre personne]"
CIVILITIES = ("m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle")
NAMES = ("first_names", "birth_name", "usage_name", "diploma_name")

LATIN = map(chr, range(0x41, 0x250))
FOLDED = {ord(c): base for c in LATIN if "a" <= (base := unicodedata.normalize("NFD", c)[0].lower()) <= "z"} | {
    ord(c): base for c, base in zip("ŒÆØøŁłĐđ", "œæoolldd", strict=True)
}
"""Each Latin letter in lower case without its accents: one character for one, so that places in a text stay the same."""
LETTER = "[a-z0-9œæß]"
WORD = re.compile(f"{LETTER}+")
ADDRESS = r"(?P<address>[a-z0-9._%+'-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)"
INE = "[0-9]{10}[a-z]|[0-9]{9}[a-z]{2}"


def redaction(
    referral: Referral,
    texts: Iterable[str],
    *,
    people: Iterable[str],
    signatories: Iterable[str],
    hers: Iterable[str],
    every_address: bool,
) -> Redaction:
    """Return what covers, in any of ``texts``, the data of people other than the referral's student.

    people: who else had a hand in the case, by name. signatories: those who signed a decision, and stay named. hers: the
    student's own addresses. every_address: cover all others but their domain; if not, only those of accounts.
    """
    said = fold(composed("\n".join(texts)))
    own = list(Referral.objects.filter(Q(student=referral.student) | Q(merged_into=referral) | Q(absorbed=referral)).distinct())
    addresses = {match["address"] for match in re.finditer(ADDRESS, said)} - set(map(fold, hers))
    if not every_address:
        addresses = set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
    kept_codes = {fold(code) for one in own for code in (one.number, one.ine) if code}
    kept_names = {words(name) for name in signatories} | {name for one in own for name in in_full(*names_of(one))}
    names = {words(name) for name in people} | set(other_students(said, but=own))
    campaigns = "|".join(re.escape(fold(code)) for code in Campaign.objects.values_list("code", flat=True))
    codes = f"(?P<code>(?:{campaigns})-[0-9]{{6,}}-[a-z]|{INE})"  # the number of a referral, or an INE
    spelt_out = map(spelt, sorted(names - kept_names - {()}, key=len, reverse=True))
    pattern = re.compile(f"(?<!{LETTER})(?:{'|'.join([ADDRESS, codes, *spelt_out])})(?!{LETTER})")
    return partial(_cover, pattern=pattern, addresses=addresses, kept_codes=kept_codes)


def _cover(text: str, *, pattern: re.Pattern[str], addresses: set[str], kept_codes: set[str]) -> str:
    plain, covered, done = composed(text), [], 0
    for match in pattern.finditer(fold(plain)):
        address, code = match["address"], match["code"]
        if (address and address not in addresses) or (code and code in kept_codes):
            continue
        domain = f" @{address.partition('@')[2]}" if address else ""
        covered += [plain[done : match.start()], MARK, domain]
        done = match.end()
    return "".join([*covered, plain[done:]]) if done else text


def composed(text: str) -> str:
    """Return the text with each accented letter as one character."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    return text.translate(FOLDED)


def words(name: str) -> Words:
    return tuple(WORD.findall(fold(composed(name)).replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")))


def spelt(name: Words) -> str:
    """Return the pattern of a name in a folded text, however its words are parted and its ligatures written."""
    return "[^a-z0-9œæß@]{1,3}".join(
        word.replace("oe", "(?:oe|œ)").replace("ae", "(?:ae|æ)").replace("ss", "(?:ss|ß)") for word in name
    )


def names_of(referral: Referral) -> list[str]:
    return [getattr(referral, column) for column in NAMES]


def in_full(first_names: str, *last_names: str) -> Iterator[Words]:
    """Yield the ways to name somebody in full: all of her first names or the first, before or after a last name."""
    firsts = {words(first_names), words(first_names.partition(" ")[0])} - {()}
    for last in {words(name) for name in last_names} - {()}:
        for first in firsts:
            yield (*first, *last)
            yield (*last, *first)


def other_students(said: str, *, but: list[Referral]) -> Iterator[Words]:
    """Yield the names by which a text speaks of another student: in full, or a last name after a civility."""
    every_word = words(said)
    present, running = set(every_word), f" {' '.join(every_word)} "
    hers = {words(name) for one in but for name in names_of(one)[1:]}
    others = Referral.objects.exclude(pk__in=[one.pk for one in but]).values_list(*NAMES)
    for first_names, *last_names in others.iterator():
        for last in {words(name) for name in last_names if name} - {()}:
            if present.issuperset(last):
                named = [*in_full(first_names, " ".join(last)), *((civility, *last) for civility in CIVILITIES if last not in hers)]
                yield from (name for name in named if f" {' '.join(name)} " in running)
