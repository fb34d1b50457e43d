"""Readings of a student's documents by anybody else: one table says who counts as a reader, and as which service she is told."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from .models import Document, DocumentKind, DocumentReading, Offer, Referral, Role, User
from .models.document import LETTERS

UNTOLD = frozenset({*LETTERS, DocumentKind.HEALTH})
"""What the office wrote itself; and what she gave the medical adviser, whose readings are of the confidential strand."""


class Reader(NamedTuple):
    """A kind of reader. way: of `DocumentQuerySet.ways_in`; roles: the posts that open it, the one that is told first."""

    way: Role
    roles: tuple[Role, ...]
    service: Callable[[User, Referral], str]


def _office(user: User, referral: Referral) -> str:
    return f"Rectorat de la région académique {referral.region}"


def _institution(user: User, referral: Referral) -> str:
    asked = Offer.objects.of_institution(user).read().filter(referral=referral).select_related("vacancy__programme__institution")
    return str(asked.latest("pk").vacancy.programme.institution)


def _guidance(user: User, referral: Referral) -> str:
    return f"SCUIO-BAIP, {referral.licence_institution}"


READERS = (
    Reader(Role.CASEWORKER, (Role.CASEWORKER, Role.HEAD, Role.ADMINISTRATOR), _office),
    Reader(Role.INSTITUTION, (Role.INSTITUTION,), _institution),
    Reader(Role.ADVISER, (Role.ADVISER,), _guidance),
)
"""Everybody who may read what she gave; who holds several posts is taken for the first of these by which she may."""


def record_readings(documents: Collection[Document], *, user: User, at: datetime) -> None:
    """Keep that ``user`` looks at ``documents``, all of one referral and all hers to see. The student's own looks are not kept.

    Safe beside everything: it waits for no referral's lock, and a second look on the same day adds nothing.
    """
    told = [document for document in documents if document.kind not in UNTOLD]
    if not told or told[0].referral.student_id == user.pk:
        return
    referral = told[0].referral
    reader = _reader(user, told[0])
    role, service = next(role for role in reader.roles if role in user.roles), reader.service(user, referral)
    on = at.astimezone(referral.licence_academy.tz).date()
    DocumentReading.objects.bulk_create(
        [DocumentReading(document=one, on=on, role=role, service=service, user_id_then=user.pk) for one in told],
        ignore_conflicts=True,
    )


def _reader(user: User, document: Document) -> Reader:
    ways = Document.objects.ways_in(user)
    mine = [reader for reader in READERS if user.roles.intersection(reader.roles)]
    return next(reader for reader in mine if Document.objects.filter(ways[reader.way], pk=document.pk).exists())


SOMEWHERE = _("un établissement consulté")
"""What she reads of an institution as long as it has offered her nothing: that it is asked is between it and the rectorate."""


class Told(NamedTuple):
    """A reading as its student is told it. service: `SOMEWHERE` where she is not to know which."""

    document: Document
    on: date
    role: Role
    service: str


def readings_of(referral: Referral) -> list[Told]:
    """Return who looked at the documents of ``referral``, the latest day first. Nobody's name is in it."""
    readings = DocumentReading.objects.filter(document__referral=referral).select_related("document")
    offered = _offered(referral)
    return [Told(one.document, one.on, Role(one.role), _service(one, offered)) for one in readings]


def service_told(reading: DocumentReading) -> str:
    """Return the service that looked, as the student may know it."""
    return _service(reading, _offered(reading.document.referral))


def _service(reading: DocumentReading, offered: frozenset[str]) -> str:
    return str(SOMEWHERE) if reading.role == Role.INSTITUTION and reading.service not in offered else reading.service


def _offered(referral: Referral) -> frozenset[str]:
    """The institutions, by name, of which an offer was sent to her."""
    sent = Offer.objects.shown_to_student().filter(referral=referral).select_related("vacancy__programme__institution")
    return frozenset(str(offer.vacancy.programme.institution) for offer in sent)
