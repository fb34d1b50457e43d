"""The health or disability branch: its own consent and its own chain of events (code de l’éducation, art. D. 612-36-3-1).

Every event here is of the health strand, and nothing of the case tells of it: the office learns the needs alone. What the branch
changes in the case is asked where it bites (`limits.health_stands`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from ..documents.uploads import Upload, claim
from ..models import Document, DocumentKind, EventKind, HealthRequest, Referral, Strand
from ..models.health import HEARD
from ..rules.states import OPEN, Actor, State
from .moving import By, Refused, locked, record, transacting

ASKING = OPEN | {State.DRAFT}
"""Where a student may make the request, or add to it. She may take it back at any time: it stands on her consent."""


@contextmanager
def _locked_for(actor: Actor, *, referral_id: int, by: By) -> Iterator[Referral]:
    """Lock the referral for ``by``, who must act as ``actor`` and within her reach.

    Raises Refused.
    """
    with transacting():
        referral = locked(referral_id)
        if by.actor != actor or not by.may_touch(referral):
            raise Refused("not_yours", _("Cette action ne vous revient pas."))
        yield referral


@contextmanager
def _asking(referral_id: int, *, by: By) -> Iterator[tuple[Referral, HealthRequest | None]]:
    """Lock the student's own referral, and give it with the request that stands.

    Raises Refused: somebody else's, or an ended referral.
    """
    with _locked_for(Actor.STUDENT, referral_id=referral_id, by=by) as referral:
        if referral.state not in ASKING:
            raise Refused("wrong_state", _("Cette action n’est plus possible dans l’état actuel du dossier."))
        yield referral, _standing(referral)


def _standing(referral: Referral) -> HealthRequest | None:
    """Return the request that the student has made and not taken back."""
    return HealthRequest.objects.filter(referral=referral, ended_at__isnull=True).first()


def request_health(referral_id: int, *, words: str, by: By, at: datetime) -> HealthRequest:
    """Ask the rector's medical adviser for an opinion; calling it is the student's consent. Asked again, it is written anew.

    The request of a draft is made when the draft is filed (`announce`). Raises Refused.
    """
    with _asking(referral_id, by=by) as (referral, request):
        if request is not None and request.words == words:
            return request
        if request is None:
            begun = {"consented_at": at, "favourable": None, "needs": "", "opinion_at": None, "opinion_by": None, "ended_at": None}
            request, _is_new = HealthRequest.objects.update_or_create(
                referral=referral, defaults=begun | {"words": words, "said_at": at}
            )
        else:
            request.words, request.said_at = words, at
            request.save()
        if not referral.is_draft:
            announce(referral, by=by, at=at)
    return request


def announce(referral: Referral, *, by: By, at: datetime) -> None:
    """Bring the request that stands before the medical advisers of the region; without one, nothing. The row must be locked."""
    if request := _standing(referral):
        payload = {"consented_at": request.consented_at.astimezone(UTC).isoformat()}
        record(referral, kind=EventKind.HEALTH_REQUEST, by=by, at=at, payload=payload, strand=Strand.HEALTH)


def add_health_document(referral_id: int, *, upload: Upload, by: By, at: datetime) -> Document:
    """Give the medical adviser a document that nobody else will see.

    Raises Refused, also before the request is made.
    """
    with _asking(referral_id, by=by) as (referral, request):
        if request is None:
            raise Refused("no_request", _("Faites d’abord votre demande : elle dit que vous acceptez que ce document soit lu."))
        document = claim(referral, upload, kind=DocumentKind.HEALTH, at=at)
        request.said_at = at
        request.save(update_fields=["said_at"])
        payload = {"document": document.pk, "sha256": upload.sha256, "after_opinion": request.opinion_at is not None}
        record(referral, kind=EventKind.HEALTH_DOCUMENT, by=by, at=at, payload=payload, strand=Strand.HEALTH)
    return document


def end_health(referral_id: int, *, by: By, at: datetime) -> None:
    """The student takes her request back: opinion and needs stop applying, and nobody but she sees her documents any more.

    Raises Refused where it is not hers.
    """
    with _locked_for(Actor.STUDENT, referral_id=referral_id, by=by) as referral:
        request = _standing(referral)
        if request is None:
            return
        request.ended_at = at
        request.save(update_fields=["ended_at"])
        referral.documents.confidential().update(replaced_at=at)
        _let_the_office_know(referral, needs="")
        record(referral, kind=EventKind.HEALTH_END, by=by, at=at, strand=Strand.HEALTH)


def give_opinion(referral_id: int, *, favourable: bool, needs: str, by: By, at: datetime) -> None:
    """The medical adviser's opinion, in needs and never in a diagnosis. The needs of a favourable one are the office's to read.

    A later opinion replaces it. Raises Refused: another region's, a request taken back, a favourable opinion without needs.
    """
    with _locked_for(Actor.MEDICAL, referral_id=referral_id, by=by) as referral:
        request = _standing(referral)
        if request is None or referral.state not in HEARD:
            raise Refused("no_request", _("Cette demande n’attend plus d’avis."))
        if favourable and not needs.strip():
            raise Refused("no_needs", "Dites les besoins à respecter : c’est tout ce que le rectorat lira.")
        answered = request.opinion_at is not None and request.said_at <= request.opinion_at
        if answered and (request.favourable, request.needs) == (favourable, needs):
            return
        request.favourable, request.needs, request.opinion_at, request.opinion_by_id = favourable, needs, at, by.user_id
        request.save()
        _let_the_office_know(referral, needs=needs if favourable else "")
        payload = {"favourable": favourable}
        record(referral, kind=EventKind.HEALTH_OPINION, by=by, at=at, payload=payload, note=needs, strand=Strand.HEALTH)


def _let_the_office_know(referral: Referral, *, needs: str) -> None:
    referral.needs = needs
    referral.save(update_fields=["needs"])


def record_health_reading(referral_id: int, *, document_id: int, by: By, at: datetime) -> None:
    """Note that the medical adviser opened a document: who read it and when is the student's to know.

    Raises Refused outside her region.
    """
    with _locked_for(Actor.MEDICAL, referral_id=referral_id, by=by) as referral:
        payload = {"document": document_id}
        record(referral, kind=EventKind.HEALTH_READING, by=by, at=at, payload=payload, strand=Strand.HEALTH)
