"""Drafts: what a student writes before she files. Nothing here is filed, and every page says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from vacancies.models import Campaign

from ..models import (
    Application,
    BegunApplication,
    CampaignRules,
    Document,
    DocumentKind,
    EventKind,
    OtherLicence,
    Referral,
    User,
    Wish,
)
from ..models.document import TRANSCRIPTS
from ..rules.states import LIVE, Actor
from .facts import with_the_silence_dated
from .founding import is_whole, swap_licence
from .limits import refresh_filing_limit
from .moving import By, Refused, locked, record, transacting

DRAFT_FACTS = frozenset(
    {
        "first_names",
        "birth_name",
        "usage_name",
        "diploma_name",
        "birth_date",
        "ine",
        "diploma",
        "licence_mention",
        "licence_title",
        "licence_institution",
        "licence_site",
        "licence_academy",
        "licence_on",
        "licence_expected_on",
        "begun_licence",
        "project",
        "mobility_km",
        "has_contract",
        "late_reason",
        "adviser_consent",
        "shares_draft",
    }
)
"""The columns a student writes herself."""
HERS_ALONE = frozenset({"adviser_consent", "shares_draft", "late_reason"})
"""What she decides or explains by herself, whoever helps her with the rest."""


def start_draft(*, student: User, campaign: Campaign, at: datetime) -> Referral:
    """Return the student's live referral in the campaign, begun now if there was none.

    Raises Refused where the campaign has no rules yet.
    """
    rules = CampaignRules.objects.filter(campaign=campaign).order_by("-version").first()
    if rules is None:
        raise Refused("no_rules", _("Cette campagne n’est pas encore ouverte."))
    try:
        with transacting():
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
    """Lock the draft; on leaving, save it and bring its filing limit in line. It is its student's, and for as long as she shares
    it her adviser's to complete, which stays on record.

    Raises Refused once it is filed, and where an adviser would name a university that is not hers: she would lose the draft.
    """
    with transacting():
        referral = locked(referral_id)
        if by.actor not in (Actor.STUDENT, Actor.ADVISER) or not by.may_touch(referral):
            raise Refused("not_yours", _("Cette action ne vous revient pas."))
        if not referral.is_draft:
            raise Refused("wrong_state", _("Cette saisine est déjà déposée : ses réponses ne se modifient plus ici."))
        yield referral
        if not by.may_touch(referral):
            raise Refused(
                "not_her_university", "L’établissement de la licence n’est plus le vôtre : seul l’étudiant peut l’indiquer."
            )
        referral.save()
        refresh_filing_limit(referral, at=at)
        if by.actor == Actor.ADVISER:
            record(referral, kind=EventKind.HELP_DRAFT, by=by, at=at)


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

    Raises Refused once the referral is filed, and where an adviser would decide what is `HERS_ALONE`.
    """
    if strangers := facts.keys() - DRAFT_FACTS:
        raise ValueError(f"not a student's to write: {sorted(strangers)}")
    if by.actor != Actor.STUDENT and facts.keys() & HERS_ALONE:
        raise Refused("hers_alone", "Ce choix revient à l’étudiant seul.")
    with _drafting(referral_id, by=by, at=at) as referral:
        for name, value in facts.items():
            setattr(referral, name, value)
        if wishes is not None:
            referral.wishes.all().delete()
            Wish.objects.bulk_create(Wish(referral=referral, rank=rank, mention=mention) for rank, mention in enumerate(wishes, 1))
        if wished_academies is not None:
            referral.wished_academies.set(wished_academies)


def begin_application(
    referral_id: int, *, answers: dict[str, str], by: By, at: datetime, begun: UUID | None = None
) -> BegunApplication:
    """Keep what she typed of an application that is not whole yet, as a new one or as that of the key ``begun``.

    Raises Refused once the referral is filed; BegunApplication.DoesNotExist where it is not one of this draft.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        if begun is None:
            return BegunApplication.objects.create(referral=referral, answers=answers, begun_at=at)
        kept = referral.begun_applications.get(key=begun)
        kept.answers = answers
        kept.save(update_fields=["answers"])
    return kept


def forget_begun_application(referral_id: int, *, begun: UUID, by: By, at: datetime) -> None:
    """Take an application that was only begun out of the draft."""
    with _drafting(referral_id, by=by, at=at) as referral:
        if begun is not None:
            referral.begun_applications.filter(key=begun).delete()


def save_application(
    referral_id: int,
    *,
    facts: dict[str, Any],
    by: By,
    at: datetime,
    application_id: int | None = None,
    begun: UUID | None = None,
) -> Application:
    """Add an application and what became of it, in the place of the one ``begun`` where it says so, or change the one that
    ``application_id`` names.

    Where nobody answered, the day on which that counts is computed: ``facts`` gives the day of the application alone.
    Raises Refused once the referral is filed; Application.DoesNotExist where it is not one of this draft.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        application = Application(referral=referral) if application_id is None else referral.applications.get(pk=application_id)
        for name, value in with_the_silence_dated(facts, of=application, rules=referral.rules).items():
            setattr(application, name, value)
        application.save()
        if begun is not None:
            referral.begun_applications.filter(key=begun).delete()
    return application


def save_applications(referral_id: int, *, many: list[dict[str, Any]], by: By, at: datetime) -> list[Application]:
    """Add applications (column → value) and what became of each, as `save_application` does: all of them or none.

    Raises Refused once the referral is filed.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        return [
            Application.objects.create(referral=referral, **with_the_silence_dated(facts, of=Application(), rules=referral.rules))
            for facts in many
        ]


def match_proofs(referral_id: int, *, proofs: dict[int, int | None], by: By, at: datetime) -> None:
    """Make each document the proof of one application, or of none: ``proofs`` is document → application.

    Raises Refused once the referral is filed; Application.DoesNotExist or Document.DoesNotExist where one is not of this draft.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        for document_id, application_id in proofs.items():
            document = referral.documents.given().get(pk=document_id)
            referral.applications.filter(proof=document).update(proof=None)
            if application_id is not None:
                application = referral.applications.get(pk=application_id)
                application.proof = document
                application.save(update_fields=["proof"])


def remove_application(referral_id: int, *, application_id: int, by: By, at: datetime) -> None:
    """Take an application out of the draft."""
    with _drafting(referral_id, by=by, at=at) as referral:
        referral.applications.filter(pk=application_id).delete()


def add_licence(referral_id: int, *, facts: dict[str, Any], by: By, at: datetime) -> OtherLicence:
    """Add a licence on which the referral is not founded (column → value), in the place of the one begun.

    Raises Refused once the referral is filed.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        referral.begun_licence = {}
        return OtherLicence.objects.create(referral=referral, **facts)


def remove_licence(referral_id: int, *, other_licence_id: int, by: By, at: datetime) -> None:
    """Take a licence on which the referral is not founded out of the draft."""
    with _drafting(referral_id, by=by, at=at) as referral:
        referral.other_licences.filter(pk=other_licence_id).delete()


def found_on(referral_id: int, *, other_licence_id: int, by: By, at: datetime) -> None:
    """Found the draft on another of her licences; the one it was founded on takes its place, and the filing limit follows.

    Raises Refused once the referral is filed, and where what is written of the founding licence would be lost;
    OtherLicence.DoesNotExist where it is not one of this draft.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        other = referral.other_licences.get(pk=other_licence_id)
        begun = referral.licence_name or referral.licence_institution_id or referral.licence_on or referral.licence_expected_on
        if begun and not is_whole(referral):
            raise Refused(
                "founding_incomplete",
                _("Complétez d’abord la licence sur laquelle votre saisine est fondée aujourd’hui : elle serait perdue."),
            )
        swap_licence(referral, other)


def remove_document(referral_id: int, *, document_id: int, by: By, at: datetime) -> Document | None:
    """Take a document out of the draft; the file stays until the draft itself goes.

    What it had replaced takes its place again, and is returned: a wrong file chosen in a hurry is taken back.
    """
    with _drafting(referral_id, by=by, at=at) as referral:
        document = referral.documents.given().filter(pk=document_id).first()
        if document is None:
            return None
        kinds = TRANSCRIPTS if document.kind in TRANSCRIPTS else (document.kind,)
        earlier = referral.documents.filter(kind__in=kinds, pk__lt=document.pk)
        former = earlier.filter(replaced_at=document.created_at).order_by("-pk").first()
        put_in_place_of(referral, document, former, at=at)
        return former


def put_in_place_of(referral: Referral, document: Document, other: Document | None, *, at: datetime) -> None:
    """Let ``other``, or nothing, take the place of a document of the draft, as its transcript and as an application's proof."""
    referral.documents.filter(pk=document.pk).update(replaced_at=at)
    referral.applications.filter(proof=document).update(proof=other)
    if referral.transcript_id == document.pk:
        referral.transcript = other
    if other:
        referral.documents.filter(pk=other.pk).update(replaced_at=None)


def attach(referral: Referral, document: Document, *, at: datetime) -> None:
    """Make ``document`` the referral's transcript when it is one; a draft keeps one transcript at a time."""
    if document.kind not in TRANSCRIPTS:
        return
    if referral.is_draft:
        referral.documents.given().filter(kind__in=TRANSCRIPTS).exclude(pk=document.pk).update(replaced_at=at)
    has_final = referral.transcript is not None and referral.transcript.kind == DocumentKind.TRANSCRIPT
    if referral.is_draft or document.kind == DocumentKind.TRANSCRIPT or not has_final:
        referral.transcript = document
