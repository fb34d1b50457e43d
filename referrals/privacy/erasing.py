"""Destroying what is no longer needed: one referral or account at a time, each whole or not at all, for good.

What stays of a referral says nothing of its person: its number, states, dates, places and codes, from which the figures are
counted, and the chain of its events without a name, a text or a salt. It still proves itself.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Case, Q, QuerySet, Value, When

from ..documents import storing
from ..models import Document, DocumentKind, DocumentReading, Erasure, LimitStatus, Referral, SavedFilter, Strand, User
from ..models.document import LETTERS
from ..models.people import NOWHERE
from ..rules.retention import PERIODS, Category

GONE = "effacé"
"""Stands where a constraint or a figure asks that something was written."""
NOBODY = f"personne-effacee@{NOWHERE}"
"""The account to which what is left of erased referrals belongs. Nobody can sign in to it."""

EMPTIED: dict[str, Any] = {
    **dict.fromkeys(("first_names", "birth_name", "usage_name", "diploma_name", "ine", "licence_title", "licence_site"), ""),
    **dict.fromkeys(("project", "late_reason", "needs", "mandated", "prepared_law", "prepared_facts", "prepared_action"), ""),
    **dict.fromkeys(("birth_date", "licence_on", "licence_expected_on", "licence_failed_at", "mobility_km", "prepared_by"), None),
    **dict.fromkeys(("has_contract", "adviser_consent", "shares_documents", "shares_offers", "shares_draft"), False),
    "begun_licence": {},
    "transcript": None,
    "assigned_to": None,
    "escalated_to": None,
    "entered_by": None,
    "arrived_through": "",
}
"""What becomes of the columns of a referral. The others are its key and number, states, dates, places, and what next is due."""
LEFT = {
    "offers": {
        **dict.fromkeys(("refusal_reason", "message", "decline_reason", "consulted_because", "decline_cause", "delegated_to"), ""),
        **dict.fromkeys(("agreed_by", "agreed_as", "condition"), GONE),
        "suits": {},
    },
    "drafts": {"suits": {}, "reason": GONE, "decided_by": None},
    "commission_cases": {"minutes": GONE, "decided_by": ""},
    "extensions": {"ground": GONE},
    "events": {"note": "", "salt": "", "by_name": ""},
}
"""What becomes of rows that stay: relation → columns. What was empty stays empty."""
GO = ("messages", "applications", "begun_applications", "other_licences", "wishes", "partial_uploads")
"""The rows of a referral that go, after its readings and before its documents."""
STAY = {
    "limits": "dates, and the rule they follow",
    "legal_holds": "why it was kept so long, and who decided that",
    "absorbed": "the number of another referral, which has its own time",
}
"""What stays as it is → what it holds. A test says that every relation of a referral is in one of these tables, or has a step. What
has no name there are the seals of its chain, which are hashes.
"""


def erase(referral_id: int, category: Category, *, at: datetime, due: Callable[[], QuerySet[Referral]]) -> bool:
    """Destroy ``category`` of one referral, if it still is among ``due`` once it is locked; else, or while somebody else holds it,
    do nothing. Return whether it was destroyed. Files go after the commit; a crash before leaves orphans, which are swept.
    """
    with transaction.atomic():
        locked = Referral.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk=referral_id).first()
        if locked is None or not due().filter(pk=referral_id).exists():
            return False
        files = STEPS[category](locked, at=at)
        note_erasure(str(locked.key), category, at=at)
        transaction.on_commit(lambda: storing.forget(files))
    return True


def note_erasure(key: str, category: Category, *, at: datetime) -> None:
    """Write down that something was destroyed; of what was restored and is destroyed anew the first entry stays."""
    Erasure.objects.get_or_create(key=key, category=category.value, defaults={"at": at, "rule": str(PERIODS[category])})


def _health(referral: Referral, *, at: datetime) -> list[str]:
    """What was told to the medical adviser alone, and the needs that came of it."""
    _messages(referral).filter(event__strand=Strand.HEALTH).delete()
    files = _forget_documents(referral, Q(kind=DocumentKind.HEALTH))
    _of(referral, "events").filter(strand=Strand.HEALTH).update(**LEFT["events"])
    if hasattr(referral, "health"):
        referral.health.delete()
    Referral.objects.filter(pk=referral.pk).update(needs="")
    return files


def _documents(referral: Referral, *, at: datetime) -> list[str]:
    """What the student gave to the case, and who looked at it."""
    Referral.objects.filter(pk=referral.pk).update(documents_erased_at=at, transcript=None)
    parts = [part for partial in referral.partial_uploads.all() for part in partial.parts]
    referral.partial_uploads.all().delete()
    return _forget_documents(referral, ~Q(kind__in=(*LETTERS, DocumentKind.HEALTH))) + parts


def _case(referral: Referral, *, at: datetime) -> list[str]:
    """Everything that tells of the person."""
    _forget_what_the_office_wrote_elsewhere(referral)
    Referral.objects.filter(pk=referral.pk).update(
        **EMPTIED, student=_nobody(), erased_at=at, documents_erased_at=referral.documents_erased_at or at
    )
    referral.wished_academies.clear()
    referral.limits.live().update(status=LimitStatus.CANCELLED)  # of a draft that is given up before its time
    parts = [part for partial in referral.partial_uploads.all() for part in partial.parts]
    files = _health(referral, at=at)
    for relation in GO:
        _of(referral, relation).delete()
    files += _forget_documents(referral, Q())
    for relation, columns in LEFT.items():
        rows = _of(referral, relation)
        rows.update(**{name: _unless_empty(name, value, rows.model) for name, value in columns.items()})
    return files + parts


STEPS: dict[Category, Callable[..., list[str]]] = {
    Category.DRAFT: _case,
    Category.HEALTH: _health,
    Category.DOCUMENTS: _documents,
    Category.CASE: _case,
}
"""What destroys each category of a locked referral; each returns the names of the files to forget."""


def _of(referral: Referral, relation: str) -> QuerySet[Any]:
    return getattr(referral, relation).order_by()


def _messages(referral: Referral) -> QuerySet[Any]:
    return _of(referral, "messages")  # their model lives a floor above


def _unless_empty(name: str, value: Any, model: type[models.Model]) -> Any:
    """Return what the column becomes: a mark only stands where something stood."""
    if value != GONE:
        return value
    return Case(When(~Q(**{name: ""}), then=Value(GONE)), default=Value(""), output_field=model._meta.get_field(name))


def _forget_documents(referral: Referral, which: Q) -> list[str]:
    documents = Document.objects.filter(which, referral=referral)
    names = [name for name in documents.values_list("file", flat=True) if name]
    DocumentReading.objects.filter(document__in=documents).order_by().delete()
    _messages(referral).filter(attachment__in=documents).update(attachment=None)
    _forget_log(Document, documents.values_list("pk", flat=True))
    documents.order_by().delete()
    return names


def _forget_what_the_office_wrote_elsewhere(referral: Referral) -> None:
    """The log of acts on the file, and the searches somebody kept that name it or its student."""
    _forget_log(Referral, [referral.pk])
    named = [name for name in (referral.number, referral.ine, referral.birth_name, referral.usage_name) if name]
    for name in named:
        SavedFilter.objects.filter(query__icontains=name).delete()


def _forget_log(model: type[models.Model], ids: Iterable[int]) -> None:
    entries = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id__in=[str(pk) for pk in ids])
    entries.update(object_repr=GONE, change_message="")


def _nobody() -> User:
    made = {"name": "personne effacée", "is_active": False, "password": "!"}
    return User.objects.get_or_create(email=NOBODY, defaults=made)[0]


def key_of_account(user: User) -> str:
    """Return an account's opaque key: numbers are given again after a restoration, and this one names nobody else then."""
    return hashlib.sha256(f"{user.pk} {user.date_joined.isoformat()}".encode()).hexdigest()[:40]


def erase_account(user_id: int, *, at: datetime, due: Callable[[], QuerySet[User]]) -> bool:
    """Delete an account with all that hangs on it, if it still is among ``due`` once it is locked. Return whether it was."""
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=user_id).first()
        if locked is None or not due().filter(pk=user_id).exists():
            return False
        note_erasure(key_of_account(locked), Category.ACCOUNT, at=at)
        mails_of_none().filter(to__iexact=locked.email).delete()
        _forget_log(User, [locked.pk])
        locked.delete()
    return True


def mails_of_none() -> QuerySet[Any]:
    """Return the mails of no referral: of accounts, and those that tell institutions, advisers and heads of several at once."""
    model: Any = Referral._meta.get_field("messages").related_model  # it lives a floor above
    return model.objects.filter(referral__isnull=True).order_by()
