"""Filing, and the documents before and after it."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from ..documents.letters import write_letter
from ..documents.uploads import Upload, claim
from ..language import listed, worded
from ..models import Document, DocumentKind, Doubt, Limit, LimitKind, LimitStatus, Referral
from ..rules.deadlines import months_later
from ..rules.numbers import referral_number
from ..rules.states import Action, State
from .drafts import attach, put_in_place_of
from .facts import missing_to_file
from .health import announce
from .limits import filing_limit, live_limit, local_date, settle, start_limit
from .moving import By, Refused, Step, moving

MISSING = gettext_noop("Il manque : %(what)s.")
NOT_OPEN = gettext_noop("La plateforme ouvre le %(day)s.")
IN_DOUBT: dict[str, str] = {
    Doubt.LOCKED: "Ce fichier est reçu ; il ne s’ouvre pas : il est protégé par un mot de passe.",
    Doubt.DAMAGED: "Ce fichier est reçu ; il ne s’ouvre pas : il est abîmé.",
    Doubt.HEAVY: "Ce fichier est reçu ; il ne s’ouvre pas : il est trop lourd.",
    Doubt.SMALL: "Ce fichier est reçu ; l’image est trop petite pour être lue.",
    Doubt.BLANK: "Ce fichier est reçu ; on n’y voit rien.",
    Doubt.INFECTED: "Ce fichier est reçu ; il n’est pas ouvert : l’antivirus l’a bloqué.",
}
"""What the receipt says of a file that nobody may be able to read. It is French, as the letter is, and it stands."""
SILENCE_MONTHS = 2
"""The silence kept for two months by the administration rejects a request (CRPA, art. L. 231-4 and L. 231-6)."""


def file(referral_id: int, *, by: By, at: datetime) -> None:
    """The student files: number, competent region, receipt. From now on the referral stands, whatever its mail becomes.

    A late one is filed all the same: the caseworker decides (her limit shows as over). The rules are those under which it was
    begun, and of which every page of the draft spoke.
    Raises Refused: something is missing, the platform is not open yet.
    """
    with moving(Action.FILE, referral_id=referral_id, by=by, at=at) as step:
        if not step.repeated:
            filed(step, filed_at=at)


def filed(step: Step, *, filed_at: datetime) -> None:
    """File the step's referral as of ``filed_at``, when it reached the rectorate; its receipt is of now.

    Raises Refused: something is missing, the platform was not open yet.
    """
    referral, at = step.referral, step.at
    if missing := missing_to_file(referral):
        raise Refused("missing", worded(MISSING, {"what": listed(missing)}))
    if local_date(referral, filed_at) < referral.campaign.opens_on:
        raise Refused("not_open", worded(NOT_OPEN, {"day": f"{referral.campaign.opens_on:%d/%m/%Y}"}))
    assert referral.licence_academy is not None
    referral.region = referral.licence_academy.region
    referral.number = referral_number(campaign=referral.campaign.code, rank=_next_rank())
    referral.filed_at = filed_at
    limit = filing_limit(referral)
    late = limit is not None and filed_at >= limit.ends_at
    if limit:
        settle(limit, LimitStatus.OVER if late else LimitStatus.MET)
    step.to = State.FILED if referral.licence_on else State.AWAITING_LICENCE
    documents = [_received(document) for document in referral.documents.given()]
    receipt = write_letter(
        referral,
        kind=DocumentKind.RECEIPT,
        at=at,
        documents=documents,
        doubtful=any(document["doubt"] for document in documents),
        filed_at=filed_at.astimezone(referral.licence_academy.tz).isoformat(),
        arrived_through=referral.get_arrived_through_display(),
        awaiting_licence=step.to == State.AWAITING_LICENCE,
        silence_until=months_later(local_date(referral, filed_at), SILENCE_MONTHS).isoformat(),
        late=late,
        late_reason_given=bool(referral.late_reason.strip()),
    )
    referral.begun_applications.all().delete()  # never whole: she was told so before she filed
    referral.begun_licence = {}  # likewise
    announce(referral, by=step.by, at=at)
    step.payload |= {"document": receipt.pk, "late": late}


def _received(document: Document) -> dict[str, Any]:
    """Return what the receipt says of a file. doubt: the sentence about one that may not be read, else empty."""
    return {
        "kind": document.get_kind_display(),
        "name": document.name,
        "size": document.size,
        "sha256": document.sha256,
        "doubt": IN_DOUBT[document.doubt] if document.doubt else "",
    }


def _next_rank() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('referrals_referral_number')")
        return cursor.fetchone()[0]


def add_document(referral_id: int, *, kind: DocumentKind, upload: Upload, by: By, at: datetime) -> Document:
    """Add a file, in a draft or later. A transcript becomes the referral's, unless a final one stands."""
    with moving(Action.ADD_DOCUMENT, referral_id=referral_id, by=by, at=at) as step:
        document = keep(step.referral, kind=kind, upload=upload, at=at)
        step.payload |= {"document": document.pk, "kind": kind, "sha256": upload.sha256}
    return document


def replace_document(referral_id: int, *, document_id: int, upload: Upload, by: By, at: datetime) -> Document:
    """Put a file in the place of a document of the draft, as the same kind of document.

    Raises Refused once the referral is filed; Document.DoesNotExist where it is not one of this draft.
    """
    with moving(Action.ADD_DOCUMENT, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        if not referral.is_draft:
            raise Refused("wrong_state", _("Cette saisine est déposée : ajoutez le bon document, l’autre reste au dossier."))
        former = referral.documents.given().get(pk=document_id)
        document = claim(referral, upload, kind=DocumentKind(former.kind), at=at)
        put_in_place_of(referral, former, document, at=at)
        step.payload |= {"document": document.pk, "kind": document.kind, "sha256": upload.sha256}
    return document


def keep(referral: Referral, *, kind: DocumentKind, upload: Upload, at: datetime) -> Document:
    """Claim an upload as a document of the referral, its transcript where it is one, within the caller's move."""
    document = claim(referral, upload, kind=kind, at=at)
    attach(referral, document, at=at)
    return document


def request_documents(referral_id: int, *, wanted: str, days: int, by: By, at: datetime) -> Limit:
    """Ask the student for what is missing, to be supplied within ``days`` days (CRPA, art. L. 114-5). The filing date stands."""
    with moving(Action.REQUEST_DOCUMENTS, referral_id=referral_id, by=by, at=at) as step:
        limit = start_limit(
            step.referral,
            kind=LimitKind.SUPPLY,
            start=local_date(step.referral, at),
            days=days,
            rule=gettext_noop("Documents demandés : délai fixé par le rectorat (CRPA, art. L. 114-5)"),
            at=at,
        )
        step.payload |= {"limit": limit.pk}
        step.note = wanted
    return limit


def supply_documents(referral_id: int, *, by: By, at: datetime) -> None:
    """The student says that everything asked for is there: the file goes back to the office."""
    with moving(Action.SUPPLY_DOCUMENTS, referral_id=referral_id, by=by, at=at) as step:
        if step.repeated:
            return
        asked = step.referral.events.filter(kind=Action.REQUEST_DOCUMENTS).latest("seq")
        if not step.referral.documents.given().filter(created_at__gt=asked.at).exists():
            raise Refused("nothing_added", _("Ajoutez d’abord au moins un document."))
        _end_request(step.referral, LimitStatus.MET)


def resume(referral_id: int, *, note: str, by: By, at: datetime) -> None:
    """The office goes on without waiting for the documents."""
    with moving(Action.RESUME, referral_id=referral_id, by=by, at=at) as step:
        _end_request(step.referral, LimitStatus.CANCELLED)
        step.note = note


def lapse_request(limit_id: int, *, by: By, at: datetime) -> None:
    """The documents did not come in time: the file returns to the office. Nothing is decided against the student.

    Raises Refused while the limit runs, or while the student was never told of it.
    """
    limit = Limit.objects.get(pk=limit_id)
    with moving(Action.LAPSE_REQUEST, referral_id=limit.referral_id, by=by, at=at) as step:
        if step.repeated:
            return
        limit.refresh_from_db()
        if limit.status != LimitStatus.LIVE or at < limit.ends_at:
            raise Refused("not_over", "Ce délai n’est pas dépassé.")
        if limit.told_at is None:
            raise Refused("untold", "L’étudiant n’a pas été prévenu de ce délai.")
        _end_request(step.referral, LimitStatus.OVER)


def _end_request(referral: Referral, status: LimitStatus) -> None:
    if limit := live_limit(referral, LimitKind.SUPPLY):
        settle(limit, status)


def set_adviser_consent(
    referral_id: int, *, consent: bool, by: By, at: datetime, documents: bool = False, offers: bool = False
) -> None:
    """The student lets the guidance service of her university follow her case, or no longer; and whether it sees what she gave, and
    her offers.
    """
    with moving(Action.SET_ADVISER_CONSENT, referral_id=referral_id, by=by, at=at) as step:
        referral = step.referral
        referral.adviser_consent = consent
        referral.shares_documents = consent and documents
        referral.shares_offers = consent and offers
        step.payload |= {
            "consent": consent,
            "shares_documents": referral.shares_documents,
            "shares_offers": referral.shares_offers,
        }
