"""A case file as one PDF, or as a ZIP that proves itself: what was hashed, every file with its hash, and how to verify both."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from io import BytesIO
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string

from . import storing
from .editions import CaseFile, Check, FileShown, MailShown, Part
from .letters import pdf_of

CHUNK = 64 * 1024


def write_pdf(case: CaseFile, to: IO[bytes]) -> None:
    """Write the whole case file as one PDF into ``to``; its confidential part, where the edition has one, comes last and apart."""
    to.write(_pdf("letters/case_file.html", case, health=case.health))


def _pdf(template: str, case: CaseFile, *, health: Part | None) -> bytes:
    return pdf_of(render_to_string(template, {"case": case, "health": health, "state_look": settings.STATE_LOOK}))


def write_zip(case: CaseFile, to: IO[bytes]) -> None:
    """Write the case file as a ZIP into ``to``. Its confidential part has a folder of its own, which can be taken out.

    The order is always the same. Files are copied piece by piece; the manifest, which comes last, says what each really holds.
    """
    with ZipFile(to, "w", ZIP_DEFLATED) as archive:
        packing = _Packing(case, archive)
        packing.text("README.txt", render_to_string("letters/case_file/readme.txt", {"case": case}))
        packing.file("dossier.pdf", BytesIO(_pdf("letters/case_file.html", case, health=None)))
        packing.part(case.case, folder="")
        if case.health:
            packing.file("health/dossier.pdf", BytesIO(_pdf("letters/case_file/health.html", case, health=case.health)))
            packing.part(case.health, folder="health/")
        packing.manifest()


WRITERS: dict[str, Callable[[CaseFile, IO[bytes]], None]] = {"pdf": write_pdf, "zip": write_zip}
"""What writes a case file, by the end of its name."""


class _Packing:
    """Adds files to an archive, and remembers what it added."""

    def __init__(self, case: CaseFile, archive: ZipFile) -> None:
        self.case = case
        self.archive = archive
        self.added: list[dict[str, Any]] = []

    def part(self, part: Part, *, folder: str) -> None:
        self.json(f"{folder}events.json", self._about() | events_of(part))
        for file in part.files:
            self.stored(file)
        for mail in part.mails:
            self.text(mail.path, text_of(mail))

    def stored(self, file: FileShown) -> None:
        """Copy a stored file, as it is. One that is missing, or that the virus scanner holds back, is in the manifest alone."""
        recorded = {"recorded_sha256": file.sha256, "check": str(file.check)}
        try:
            source = storing.stored("" if file.check == Check.WITHHELD else file.stored)
        except (FileNotFoundError, ValueError):
            self.added.append({"path": file.path, "size": 0, "sha256": None, **recorded})
            return
        with source:
            self.file(file.path, source, **recorded)

    def file(self, path: str, source: IO[bytes], **known: str) -> None:
        local = self.case.at.astimezone(ZoneInfo(self.case.zone))
        info = ZipInfo(path, date_time=local.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self.archive.open(info, "w") as copy:
            while piece := source.read(CHUNK):
                copy.write(piece)
                digest.update(piece)
                size += len(piece)
        self.added.append({"path": path, "size": size, "sha256": digest.hexdigest(), **known})

    def text(self, path: str, text: str) -> None:
        self.file(path, BytesIO(text.encode()))

    def json(self, path: str, content: dict[str, Any]) -> None:
        self.text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")

    def manifest(self) -> None:
        self.json("manifest.json", self._about() | {"files": self.added})

    def _about(self) -> dict[str, str]:
        case = self.case
        return {"number": case.number, "edition": case.edition.code, "made_at": case.at.astimezone(ZoneInfo(case.zone)).isoformat()}


def events_of(part: Part) -> dict[str, Any]:
    """Return the events of a part with all that is needed to make their hashes again, and the anchors that seal them."""
    return {
        "strand": str(part.strand),
        "flaw": part.flaw or None,
        "seals": [asdict(seal) for seal in part.seals],
        "events": [asdict(event) for event in part.events],
    }


def text_of(mail: MailShown) -> str:
    """Return a mail as a text: its heads, then what it said."""
    heads: Iterable[tuple[str, str]] = (("Objet", mail.subject), *mail.rows)
    return "".join(f"{label} : {value}\n" for label, value in heads) + f"\n{mail.text}"
