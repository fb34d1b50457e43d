"""What an import does, in words: what it adds, changes and withdraws, and why each other line is refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..models import Outcome, QuestionKind

Key = tuple[str, ...]
"""What makes two rows the same thing, now and at the next run."""
Values = dict[str, Any]
"""The fields of one thing as JSON can hold them, so that a difference may be stored, shown, and applied backwards."""


LONGEST_REASON = 400
"""Characters: a reason quotes what it refuses, and there may be a reason for each of two hundred thousand lines."""


class FileRefused(Exception):
    """The file is not what it should be; nothing of it was applied. The message is a French sentence without its full stop."""


class Asked(NamedTuple):
    """What a person is asked: who or what is called so?"""

    kind: QuestionKind
    text: str


class LineRefused(Exception):
    """One line cannot be placed.

    column: the label of the column at fault, empty where the whole line is.
    reason: a French sentence without its full stop.
    candidates: the best guesses, for a person to choose from; asked: the question that her answer settles for good.
    """

    def __init__(self, reason: str, *, column: str = "", candidates: tuple[str, ...] = (), asked: Asked | None = None) -> None:
        super().__init__(reason)
        self.reason = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]}…"
        self.column = column
        self.candidates = candidates
        self.asked = asked


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is to be said about one line: why it was refused, or which of its values was set aside, and what a person is asked.

    key: of the thing the line speaks of, where it can be told.
    """

    line: int
    column: str
    reason: str
    candidates: tuple[str, ...] = ()
    asked: Asked | None = None
    key: Key | None = None

    @classmethod
    def of(cls, line: int, refusal: LineRefused, *, key: Key | None) -> "Finding":
        return cls(
            line=line, column=refusal.column, reason=refusal.reason, candidates=refusal.candidates, asked=refusal.asked, key=key
        )

    def __str__(self) -> str:
        place = f"ligne {self.line}" + (f", colonne « {self.column} »" if self.column else "")
        guesses = f" Candidats : {' ; '.join(self.candidates)}." if self.candidates else ""
        return f"{place} : {self.reason}.{guesses}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing as it stands and as it shall stand; None where it does not exist. line: where the file says so, if it does."""

    key: Key
    label: str
    before: Values | None
    after: Values | None
    line: int | None = None

    @property
    def outcome(self) -> Outcome:
        if self.before is None:
            return Outcome.ADDED
        gone = self.after is None or (self.after.get("withdrawn") and not self.before.get("withdrawn"))
        return Outcome.WITHDRAWN if gone else Outcome.CHANGED

    @property
    def fields(self) -> list[str]:
        """The fields that differ."""
        before, after = self.before or {}, self.after or {}
        return [name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name)]

    def backwards(self) -> "Change":
        return Change(key=self.key, label=self.label, before=self.after, after=self.before)


@dataclass(kw_only=True)
class Report:
    """The differences between one file and what stands.

    refused: lines that are not imported. set_aside: lines that are, without one of their values. asked: what a person is asked.
    withholds: nothing is withdrawn for this time: some refused line does not say of what it speaks.
    """

    file: str
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Finding] = field(default_factory=list)
    set_aside: list[Finding] = field(default_factory=list)
    asked: set[Asked] = field(default_factory=set)
    withholds: bool = False

    def count(self, outcome: Outcome) -> int:
        return sum(change.outcome == outcome for change in self.changes)

    @property
    def added(self) -> int:
        return self.count(Outcome.ADDED)

    @property
    def changed(self) -> int:
        return self.count(Outcome.CHANGED)

    @property
    def withdrawn(self) -> int:
        return self.count(Outcome.WITHDRAWN)

    @property
    def summary(self) -> str:
        counts = (
            (self.added, "ajoutées"),
            (self.changed, "modifiées"),
            (self.unchanged, "inchangées"),
            (len(self.refused), "refusées"),
        )
        return f"{self.file}, lignes : " + ", ".join(f"{count} {what}" for count, what in counts)

    def details(self) -> Iterator[str]:
        """Yield one printable line for each finding, under a title for each sort."""
        for title, findings in (("Lignes refusées", self.refused), ("Lignes importées, à vérifier", self.set_aside)):
            if findings:
                yield f"{title} – {self.file}"
                yield from (f"  {finding}" for finding in findings)
