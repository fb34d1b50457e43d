"""What an import did, in words: how many rows were added, changed, left alone, and why each other line was refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field


class FileRefused(Exception):
    """The file is not what it should be; nothing of it was read. The message is a French sentence for whoever sent it."""


class LineRefused(Exception):
    """One line cannot be placed.

    column: the label of the column at fault, empty where the whole line is.
    reason: a French sentence without its full stop.
    candidates: the best guesses, for a person to choose from.
    """

    def __init__(self, reason: str, *, column: str = "", candidates: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column
        self.candidates = candidates


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is to be said about one line: why it was refused, or which of its values was set aside."""

    line: int
    column: str
    reason: str
    candidates: tuple[str, ...] = ()

    def __str__(self) -> str:
        place = f"ligne {self.line}" + (f", colonne « {self.column} »" if self.column else "")
        guesses = f" Candidats : {' ; '.join(self.candidates)}." if self.candidates else ""
        return f"{place} : {self.reason}.{guesses}"


@dataclass(kw_only=True)
class Report:
    """The outcome of one file.

    refused: lines that were not imported.
    set_aside: lines that were imported without one of their values.
    """

    file: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Finding] = field(default_factory=list)
    set_aside: list[Finding] = field(default_factory=list)

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
        for title, findings in (("Lignes refusées", self.refused), ("Valeurs écartées, lignes importées", self.set_aside)):
            if findings:
                yield f"{title} – {self.file}"
                yield from (f"  {finding}" for finding in findings)
