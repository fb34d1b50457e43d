"""What a case file holds, frozen, and for whom: the three editions are one table, and every reader of a case file reads this."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_noop

from ..models import Strand
from ..wording_rules import Line

Row = tuple[str, str]
"""A label and what stands under it."""


@dataclass(frozen=True, kw_only=True)
class Edition:
    """For whom a case file is made.

    covered: other people's data are covered in every text, and whoever is not the student stands by her capacity alone, but who
    signed a decision. only_hers: what the student may see on her own pages, and nothing else. health: with the confidential
    branch, in a part apart. holds, lacks: what its reader is told of that.
    """

    code: str
    slug: str
    title: str
    covered: bool
    only_hers: bool
    health: bool
    holds: str
    lacks: str


EDITIONS = {
    edition.code: edition
    for edition in (
        Edition(
            code="court",
            slug="tribunal",
            title="Édition pour le tribunal",
            covered=True,
            only_hers=False,
            health=False,
            holds="Tout le dossier : les faits, les règles, les délais, les propositions et les consultations, chaque événement "
            "avec sa note, les lettres, les documents et les courriels.",
            lacks="Les autres personnes y figurent par leur qualité ; seuls les signataires des décisions y sont nommés. Rien n’y "
            "relève d’une demande pour raison de santé ou de handicap, qu’il en existe une ou non.",
        ),
        Edition(
            code="student",
            slug="etudiant",
            title="Édition pour l’étudiant",
            covered=True,
            only_hers=True,
            health=True,
            holds=gettext_noop(
                "Ce que vous avez dit, envoyé et reçu : vos réponses, vos documents, les propositions qui vous ont été faites, "
                "vos délais, les lettres et les courriels qui vous ont été adressés, et les étapes de votre dossier."
            ),
            lacks=gettext_noop(
                "Les notes internes du rectorat, ses courriels à d’autres et le détail des consultations qui n’ont pas abouti à "
                "une proposition n’y figurent pas ; leur place dans l’historique est marquée. Les agents y figurent par leur "
                "qualité."
            ),
        ),
        Edition(
            code="internal",
            slug="interne",
            title="Édition interne",
            covered=False,
            only_hers=False,
            health=False,
            holds="Tout le dossier, avec les noms des personnes.",
            lacks="À ne pas communiquer hors du rectorat. Rien n’y relève d’une demande pour raison de santé ou de handicap, qu’il "
            "en existe une ou non.",
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing and what is known of it."""

    title: str
    rows: tuple[Row, ...]


class NoteIs(models.TextChoices):
    """What became of an event's note in an edition."""

    NONE = "none", ""
    WHOLE = "whole", "telle qu’elle a été écrite"
    COVERED = "covered", "des données d’autres personnes sont masquées ; l’empreinte est celle de la note entière"
    WITHHELD = "withheld", "note interne au rectorat, non communiquée ; son empreinte reste dans la chaîne"
    DESTROYED = "destroyed", "note détruite depuis ; son empreinte reste dans la chaîne"


@dataclass(frozen=True, kw_only=True)
class EventShown:
    """One event. at: empty where the event itself is withheld. hashed: what its hash is made of; None where withheld.

    salt: of a whole note, so that its digest can be made again; a covered or withheld note keeps its own, or it could be guessed.
    """

    seq: int
    at: str
    what: str
    who: str
    about: tuple[str, ...]
    note: str
    note_is: NoteIs
    salt: str
    hashed: list[Any] | None
    previous: str
    hash: str

    @property
    def hashed_text(self) -> str:
        """Return the text of which the hash is the SHA-256, in UTF-8."""
        return json.dumps(self.hashed, sort_keys=True, ensure_ascii=False)


class Check(models.TextChoices):
    """Whether a stored file still is the one that was received or sent."""

    INTACT = "intact", "conforme à son empreinte"
    ALTERED = "altered", "NE CORRESPOND PLUS à l’empreinte enregistrée"
    MISSING = "missing", "FICHIER ABSENT du stockage"
    WITHHELD = "withheld", "FICHIER RETENU : l’antivirus ne l’a pas encore contrôlé, ou l’a bloqué"


@dataclass(frozen=True, kw_only=True)
class FileShown:
    """A letter or a document. path: in the ZIP. sha256: as recorded; found: as the file is today, empty where it is missing."""

    path: str
    stored: str
    kind: str
    name: str
    at: str
    about: tuple[str, ...]
    size: int
    sha256: str
    found: str
    check: Check


@dataclass(frozen=True, kw_only=True)
class MailShown:
    """A mail, from its cause to its fate."""

    path: str
    subject: str
    rows: tuple[Row, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class Seal:
    """An anchor that seals the chain up to ``seq``. holds: the event sealed then is still the same."""

    at: str
    seq: int
    hash: str
    digest: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """One strand: its events and what proves them, its letters and documents, its mails. flaw: empty where the chain holds."""

    strand: Strand
    about: tuple[Entry, ...]
    events: tuple[EventShown, ...]
    flaw: str
    seals: tuple[Seal, ...]
    files: tuple[FileShown, ...]
    mails: tuple[MailShown, ...]

    @property
    def alerts(self) -> list[str]:
        """Return what does not hold, in words; empty where everything does."""
        return [
            *([f"La chaîne de l’historique ne tient pas : {self.flaw}."] if self.flaw else []),
            *(f"L’événement {seal.seq}, scellé {seal.at}, n’est plus le même." for seal in self.seals if not seal.holds),
            *(f"« {file.name} » : {file.check.label}." for file in self.files if file.check != Check.INTACT),
        ]

    @property
    def sealed_until(self) -> int:
        """Return the rank of the last event that an anchor seals; 0 while there is none."""
        return max((seal.seq for seal in self.seals), default=0)

    @property
    def sample(self) -> EventShown | None:
        """Return the first event that is shown whole: verifying it shows how to verify all."""
        return next((event for event in self.events if event.hashed is not None), None)


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """One edition of one case, frozen at ``at``. zone: the académie's. health: apart, in the student's own edition alone."""

    edition: Edition
    number: str
    student: str
    region: str
    campaign: str
    at: datetime
    zone: str
    facts: tuple[Entry, ...]
    applications: tuple[Entry, ...]
    rules: Entry
    rule_lines: tuple[tuple[str, tuple[Line, ...]], ...]
    limits: tuple[Entry, ...]
    offers: tuple[Entry, ...]
    case: Part
    health: Part | None

    @property
    def stem(self) -> str:
        """The name of its files, without the end that says their format."""
        return f"saisine-{self.number}-{self.edition.slug}"
