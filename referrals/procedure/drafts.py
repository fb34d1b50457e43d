"""Drafts: what a student writes before she files. Nothing here is filed, and every page says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from vacancies.models import Campaign

from ..models import CampaignRules, Document, DocumentKind, EventKind, Referral, Refusal, User, Wish
from ..models.document import TRANSCRIPTS
from ..rules.states import LIVE
from .limits import refresh_filing_limit
from .moving import By, Refused, locked, record

DRAFT_FACTS = frozenset(
    {
        "first_names",
        "birth_name",
        "usage_name",
        "diploma_name",
        "birth_date",
        "ine",
        "licence_mention",
        "licence_title",
        "licence_institution",
        "licence_site",
        "licence_academy",
        "licence_on",
        "licence_expected_on",
        "project",
        "mobility_km",
        "late_reason",
        "adviser_consent",
    }
)
"""The columns a student writes herself."""


def start_draft(*, student: User, campaign: Campaign, at: datetime) -> Referral:
    """Return the student's live referral in the campaign, begun now if there was none.

    Raises Refused where the campaign has no rules yet.
    """
    rules = CampaignRules.objects.filter(campaign=campaign).order_by("-version").first()
    if rules is None:
        raise Refused("no_rules", "Cette campagne n’est pas encore ouverte.")
    try:
        with transaction.atomic(durable=True):
            referral = Referral.objects.create(student=student, campaign=campaign, rules=rules, created_at=at)
            record(referral, kind=EventKind.START, by=By.student(student), at=at)
            return referral
    except IntegrityError:  # a second click, or another device: the one she has is the one she gets
        return live_referral(student=student, campaign=campaign)


def live_referral(*, student: User, campaign: Campaign) -> Referral:
    """Return the student's one live referral in the campaign."""
    return Referral.objects.of_student(student).filter(campaign=campaign).get(state__in=LIVE)


@contextmanager
def _drafting(referral_id: int, *, by: By, at: datetime) -> Iterator[Referral]:
    """Lock the draft; on leaving, save it and bring its filing limit in line.

    Raises Refused once it is filed.
    """
    with transaction.atomic(durable=True):
        referral = locked(referral_id)
        if referral.student_id != by.user_id:
            raise Refused("not_yours", "Cette action ne vous revient pas.")
        if not referral.is_draft:
            raise Refused("wrong_state", "Cette saisine est déjà déposée : ses réponses ne se modifient plus ici.")
        yield referral
        referral.save()
        refresh_filing_limit(referral, at=at)


def save_draft(
    referral_id: int,
    *,
    facts: dict[str, Any],
    by: By,
    at: datetime,
    wishes: list[Any] | None = None,
    wished_academies: list[Any] | None = None,
) -> None:
    """Save ``facts`` (column → value); ``wishes``, master mentions in her order, and ``wished_academies`` where given.

    Raises Refused once the referral is filed.
    """
    if strangers := facts.keys() - DRAFT_FACTS:
        raise ValueError(f"not a student's to write: {sorted(strangers)}")
    with _drafting(referral_id, by=by, at=at) as referral:
        for name, value in facts.items():
            setattr(referral, name, value)
        if wishes is not None:
            referral.wishes.all().delete()
            Wish.objects.bulk_create(Wish(referral=referral, rank=rank, mention=mention) for rank, mention in enumerate(wishes, 1))
        if wished_academies is not None:
            referral.wished_academies.set(wished_academies)


def save_refusal(referral_id: int, *, facts: dict[str, Any], by: By, at: datetime, refusal_id: int | None = None) -> Refusal:
    """Add a refusal of admission, or change the one that ``refusal_id`` names.

    Raises Refused once the referral is filed; Refusal.DoesNotExist where it is not one of this draft.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        refusal = Refusal(referral=referral) if refusal_id is None else referral.refusals.get(pk=refusal_id)
        for name, value in facts.items():
            setattr(refusal, name, value)
        refusal.save()
    return refusal


def remove_refusal(referral_id: int, *, refusal_id: int, by: By, at: datetime) -> None:
    """Take a refusal of admission out of the draft."""
    with _drafting(referral_id, by=by, at=at) as referral:
        referral.refusals.filter(pk=refusal_id).delete()


def remove_document(referral_id: int, *, document_id: int, by: By, at: datetime) -> None:
    """Take a document out of the draft; the file stays until the draft itself goes."""
    with _drafting(referral_id, by=by, at=at) as referral:
        referral.documents.given().filter(pk=document_id).update(replaced_at=at)
        referral.refusals.filter(proof_id=document_id).update(proof=None)
        if referral.transcript_id == document_id:
            referral.transcript = None


def attach(referral: Referral, document: Document, *, at: datetime) -> None:
    """Make ``document`` the referral's transcript when it is one; a draft keeps one transcript at a time."""
    if document.kind not in TRANSCRIPTS:
        return
    if referral.is_draft:
        referral.documents.given().filter(kind__in=TRANSCRIPTS).exclude(pk=document.pk).update(replaced_at=at)
    has_final = referral.transcript is not None and referral.transcript.kind == DocumentKind.TRANSCRIPT
    if referral.is_draft or document.kind == DocumentKind.TRANSCRIPT or not has_final:
        referral.transcript = document
