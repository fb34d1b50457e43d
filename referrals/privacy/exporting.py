"""Everything that is held of one person, for her to take away: one ZIP of JSON, of her case files as they stand, and of every file.

What is in it and what is not is one table, over every model from which a path leads to her; a test walks them all.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import chain
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.apps import apps
from django.db import models
from django.template.loader import render_to_string
from django.utils.text import capfirst, get_valid_filename

from ..documents import storing
from ..documents.case_archive import write_zip
from ..documents.case_file import case_file
from ..documents.editions import EDITIONS
from ..language import in_french
from ..models import Document, DocumentReading, Referral, User
from ..models.document import LETTERS
from ..readings import service_told

OFFICE = frozenset({"assigned_to", "escalated_to", "entered_by", "prepared_by", "opinion_by", "ordered_by"})
"""Columns that name people of the office: of them she learns the capacity, from the history."""
SECRETS = frozenset({"password", "digest", "data", "key", "session_key", "calendar_key", "token", "token_secret", "extra_data"})
"""Columns that would open something, or whose content means nothing to anybody."""
WORK = frozenset(
    {"prepared_action", "prepared_law", "prepared_facts", "holder", "next_at", "next_due", "due_on", "queue_columns", "looked_at"}
)
"""Columns of what the office has only begun, or of its queue."""
LEFT_OUT = OFFICE | SECRETS | WORK | {"id", "referral", "user", "file", "content", "html", "parts", "salt", "previous", "hash"}


class Held(NamedTuple):
    """Rows that are held of a person. path: from the model to her; only: which of them. less: columns left out besides LEFT_OUT."""

    path: str
    only: dict[str, Any] = {}
    less: frozenset[str] = frozenset()


OF_A_CONSULTATION = frozenset(
    {"hold", "suits", "agreed_by", "agreed_as", "refusal_reason", "condition", "delegated_to", "consulted_because", "standing"}
)
"""Of an offer, what passed between the rectorate and the institution."""
HELD: dict[str, Held] = {
    "referrals.User": Held("pk"),
    "account.EmailAddress": Held("user"),
    "mfa.Authenticator": Held("user"),
    "socialaccount.SocialAccount": Held("user"),
    "usersessions.UserSession": Held("user"),
    "referrals.KnownPlace": Held("user"),
    "referrals.Referral": Held("student"),
    "referrals.OtherLicence": Held("referral__student"),
    "referrals.Application": Held("referral__student"),
    "referrals.BegunApplication": Held("referral__student"),
    "referrals.Wish": Held("referral__student"),
    "referrals.Document": Held("referral__student"),
    "referrals.DocumentReading": Held("document__referral__student", less=frozenset({"user_id_then"})),
    "referrals.PartialUpload": Held("referral__student"),
    "referrals.HealthRequest": Held("referral__student"),
    "referrals.Offer": Held("referral__student", {"sent_at__isnull": False}, OF_A_CONSULTATION),
    "referrals.Limit": Held("referral__student"),
    "referrals.Extension": Held("referral__student"),
    "referrals.LegalHold": Held("referral__student", less=frozenset({"ground", "by_name", "lifted_by", "lifted_because"})),
    "referrals.Event": Held(
        "referral__student", {"referral__number__isnull": True}, frozenset({"by_name", "payload", "user_id_then", "note"})
    ),
    "notifications.Message": Held(
        "referral__student", {"audience": "student"}, frozenset({"event", "limit", "claimed_until", "next_attempt_at", "attempts"})
    ),
}
"""What is held → which rows of it are hers. The events of a filed case are in its own folder, with all that proves them."""
NOT_HELD: dict[str, str] = {
    "referrals.Draft": "une place qu’un calcul a trouvée et que personne n’a encore proposée",
    "referrals.MatchingRun": "un calcul du rectorat, sur des nombres",
    "referrals.CommissionCase": "le procès-verbal d’une séance parle aussi d’autres personnes ; ce qui est décidé lui est écrit",
    "referrals.SealedHead": "les scellés sont dans le dossier de chaque saisine",
    "referrals.Referral_wished_academies": "ce sont les académies souhaitées, dites avec la saisine",
    "referrals.SavedFilter": "une recherche qu’un agent garde",
    "referrals.Post": "une fonction dans un rectorat ou un établissement",
    "referrals.Post_regions": "une fonction dans un rectorat ou un établissement",
    "referrals.Absence": "une absence d’un agent",
    "referrals.AssignmentRule": "une règle de partage entre agents",
    "referrals.Invitation": "l’invitation d’un agent",
    "admin.LogEntry": "le journal des actes des agents",
    "account.EmailConfirmation": "un secret qui confirme une adresse",
    "socialaccount.SocialToken": "un secret d’un fournisseur d’identité",
}
"""What leads to her and is not in the export → why."""


def write_export(user: User, to: IO[bytes], *, at: datetime) -> None:
    """Write everything that is held of ``user`` into ``to``, as a ZIP. In French, as it was written."""
    with in_french(), ZipFile(to, "w", ZIP_DEFLATED) as archive:
        held = rows_of(user)
        archive.writestr("donnees.json", json.dumps(held, ensure_ascii=False, indent=2) + "\n")
        files = list(chain(_case_files(user, archive, at=at), _other_files(user, archive)))
        sections = [(capfirst(str(apps.get_model(label)._meta.verbose_name_plural)), len(rows)) for label, rows in held.items()]
        about = {"user": user, "at": at, "sections": sections, "files": files, "lacks": NOT_HELD.values()}
        archive.writestr("LISEZ-MOI.html", render_to_string("letters/export/index.html", about))


def rows_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """Return the rows that are held of ``user``, model by model, each column under its name and in plain words."""
    return {label: [_plain(row, held) for row in _rows(label, held, user)] for label, held in HELD.items() if apps.is_installed(
        apps.get_model(label)._meta.app_config.name
    )}  # fmt: skip


def _rows(label: str, held: Held, user: User) -> Iterable[models.Model]:
    return apps.get_model(label)._default_manager.filter(**{held.path: user.pk}, **held.only).order_by("pk").iterator()


def _plain(row: models.Model, held: Held) -> dict[str, Any]:
    columns = [field for field in row._meta.concrete_fields if field.name not in LEFT_OUT | held.less]
    said = {field.name: _value(row, field) for field in columns}
    if isinstance(row, Referral):
        said |= {"number": row.number, "wished_academies": [str(academy) for academy in row.wished_academies.all()]}
    if isinstance(row, DocumentReading):
        said |= {"service": service_told(row)}
    return said


def _value(row: models.Model, field: models.Field) -> Any:
    value = getattr(row, field.name)
    match value:
        case None | bool() | int() | float() | list() | dict():
            return value
        case datetime() | date():
            return value.isoformat()
        case UUID() | models.Model():
            return str(value)
    return str(getattr(row, f"get_{field.name}_display")()) if field.choices else str(value)


def _case_files(user: User, archive: ZipFile, *, at: datetime) -> Iterator[str]:
    """Each filed case as she may take it from its own page, in a folder of its own."""
    for referral in Referral.objects.of_student(user).filter(number__isnull=False).order_by("pk"):
        with TemporaryFile() as packed:
            write_zip(case_file(referral.pk, edition=EDITIONS["student"], at=at), packed)
            packed.seek(0)
            with ZipFile(packed) as case:
                for name in case.namelist():
                    with case.open(name) as source, archive.open(f"saisine-{referral.number}/{name}", "w") as copy:
                        copyfileobj(source, copy)
                    yield f"saisine-{referral.number}/{name}"


def _other_files(user: User, archive: ZipFile) -> Iterator[str]:
    """What she put into drafts. What is missing, or withheld by the virus scanner, is in the JSON alone."""
    documents = Document.objects.filter(referral__student=user, referral__number__isnull=True).exclude(kind__in=LETTERS)
    for document in documents.order_by("pk"):
        path = get_valid_filename(f"{document.pk}-{document.name}")
        try:
            with storing.served(document) as source, archive.open(f"brouillon/{path}", "w") as copy:
                copyfileobj(source, copy)
        except (storing.Withheld, FileNotFoundError, ValueError):
            continue
        yield f"brouillon/{path}"
