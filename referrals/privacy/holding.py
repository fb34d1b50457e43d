"""What is due for erasure today, what a legal hold keeps, and the nightly run that carries it out. Safe to stop and to run twice.

What is about to go is listed first, by opaque keys, beside the documents and out of the database: where a backup is restored, the
next run destroys anew what the list names.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Count, DateTimeField, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.timezone import localdate
from django.utils.translation import gettext

from vacancies.models import Campaign

from ..documents import storing
from ..models import Document, DocumentKind, Erasure, ErasureRun, Event, HealthRequest, LegalHold, Referral, Strand, User
from ..models.retention import held
from ..rules.retention import OF_A_REFERRAL, PERIODS, SETTLED, Category
from ..rules.states import FOLLOWED, State
from .erasing import NOBODY, erase, erase_account, key_of_account, mails_of_none, note_erasure

log = logging.getLogger(__name__)
Item = TypeVar("Item")

BATCH = 200
OF_NO_CAMPAIGN = "-"
"""Under what is counted what belongs to no campaign."""
Counts = dict[str, dict[str, int]]
"""Category → campaign → how many."""


def due(category: Category, *, at: datetime) -> QuerySet[Referral]:
    """Return the referrals of which ``category`` is past its time at ``at``, held or not."""
    last = PERIODS[category].latest_event(localdate(at))
    files = Referral.objects.filter(OF_CATEGORY[category], campaign__search_until__lte=last, erased_at__isnull=True)
    return files.order_by("pk")


def _confidential() -> Q:
    health = Event.objects.filter(referral=OuterRef("pk"), strand=Strand.HEALTH).exclude(note="", by_name="")
    asked = HealthRequest.objects.filter(referral=OuterRef("pk"))
    given = Document.objects.filter(referral=OuterRef("pk"), kind=DocumentKind.HEALTH)
    return Q(Exists(asked)) | Q(Exists(given)) | Q(Exists(health)) | ~Q(needs="")


OF_CATEGORY: dict[Category, Q] = {
    Category.DRAFT: Q(state=State.DRAFT),
    Category.HEALTH: Q(state__in=SETTLED) & _confidential(),
    Category.DOCUMENTS: Q(state__in=SETTLED, documents_erased_at__isnull=True),
    Category.CASE: Q(state__in=SETTLED),
}
"""Of which referrals there is something of a category to destroy."""


def unheld(files: QuerySet[Referral], *, at: datetime) -> QuerySet[Referral]:
    return files.filter(~Q(held(on=localdate(at))))


def accounts_due(*, at: datetime) -> QuerySet[User]:
    """Return the students' accounts that nobody has used for their time, and that no referral needs."""
    last = PERIODS[Category.ACCOUNT].latest_event(localdate(at))
    return unneeded_accounts().filter(used_at__date__lte=last).order_by("pk")


def unneeded_accounts() -> QuerySet[User]:
    """Return the accounts without a referral and without a post, past or present."""
    used_at = Coalesce("last_login", "date_joined", output_field=DateTimeField())
    return User.objects.filter(referrals__isnull=True, posts__isnull=True).exclude(email=NOBODY).annotate(used_at=used_at)


def mails_due(*, at: datetime) -> QuerySet[Any]:
    """Return the mails of no referral that are past their time; while a hold is in force, none since its campaign opened: they may
    tell of what it keeps.
    """
    last = PERIODS[Category.MAILS].latest_event(localdate(at))
    holds = LegalHold.objects.in_force(on=localdate(at))
    kept_since = holds.aggregate(since=Min(Coalesce("campaign__opens_on", "referral__campaign__opens_on")))["since"]
    mails = mails_of_none().filter(created_at__date__lte=last)
    return mails.filter(created_at__date__lt=kept_since) if kept_since else mails


def outlook(*, at: datetime) -> dict[str, Counts]:
    """Return what a run would destroy now, what a hold keeps from it, and what the office has not settled: in numbers alone."""
    going: Counts = {category.value: _by_campaign(unheld(due(category, at=at), at=at)) for category in OF_A_REFERRAL}
    going[Category.MAILS.value] = _in_all(mails_due(at=at))
    going[Category.ACCOUNT.value] = _in_all(accounts_due(at=at))
    kept = {c.value: _by_campaign(due(c, at=at).filter(held(on=localdate(at)))) for c in OF_A_REFERRAL}
    last = PERIODS[Category.CASE].latest_event(localdate(at))
    unsettled = Referral.objects.filter(state__in=FOLLOWED, campaign__search_until__lte=last)
    return {"going": going, "held": kept, "unsettled": {Category.CASE.value: _by_campaign(unsettled)}}


def _by_campaign(files: QuerySet[Referral]) -> dict[str, int]:
    return dict(files.order_by("campaign").values_list("campaign").annotate(number=Count("pk", distinct=True)))


def _in_all(rows: QuerySet[Any]) -> dict[str, int]:
    number = rows.count()
    return {OF_NO_CAMPAIGN: number} if number else {}


def run(*, at: datetime, at_most: int | None = None) -> ErasureRun | None:
    """Destroy what is due, and what is listed and was restored. Return the record of it; None where there was nothing.

    at_most: of each category, so that a task ends in time; the next run takes up the rest.
    """
    record = ErasureRun.objects.create(began_at=at)
    counts: dict[str, Counter[str]] = {}
    for category, campaign in _destroyed(at=at, at_most=at_most):
        counts.setdefault(category.value, Counter())[campaign] += 1
        record.counts = counts
        record.save(update_fields=["counts"])
    if not counts:
        record.delete()
        return None
    record.ended_at = at
    record.save(update_fields=["ended_at"])
    log.info("erased: %s", record.counts)
    return record


def _destroyed(*, at: datetime, at_most: int | None) -> Iterator[tuple[Category, str]]:
    """Destroy, one by one, and yield of which category and campaign each was."""
    for key, category, files in _restored(at=at):
        for pk, campaign in files.values_list("pk", "campaign"):
            if erase(pk, category, at=at, due=lambda files=files: unheld(files, at=at)):  # type: ignore[misc]
                log.info("erased anew: %s", key)
                yield category, campaign
    for category in OF_A_REFERRAL:
        files = unheld(due(category, at=at), at=at)
        for batch in _batches(files.values_list("pk", "key", "campaign")[:at_most]):
            write_list((str(key), category) for _, key, _ in batch)
            for pk, _, campaign in batch:
                if erase(pk, category, at=at, due=lambda category=category: unheld(due(category, at=at), at=at)):  # type: ignore[misc]
                    yield category, campaign
    for ids in _batches(mails_due(at=at).values_list("pk", flat=True)[:at_most]):
        for _ in range(mails_due(at=at).filter(pk__in=ids).delete()[0]):
            yield Category.MAILS, OF_NO_CAMPAIGN
    for accounts in _batches(accounts_due(at=at)[:at_most]):
        write_list((key_of_account(user), Category.ACCOUNT) for user in accounts)
        for user in accounts:
            if erase_account(user.pk, at=at, due=lambda: accounts_due(at=at)):
                yield Category.ACCOUNT, OF_NO_CAMPAIGN
    yield from _restored_accounts(at=at)


def _batches(rows: Iterable[Item]) -> Iterator[list[Item]]:
    whole = iter(list(rows))
    while batch := list(islice(whole, BATCH)):
        yield batch


def write_list(going: Iterable[tuple[str, Category]]) -> None:
    """List what is about to go, where no restoration of the database reaches."""
    text = json.dumps([[key, category.value] for key, category in going])
    storing.keep_list(text.encode())


def listed() -> set[tuple[str, Category]]:
    """Return everything that was ever listed, here or in the database."""
    found = {(key, Category(category)) for key, category in Erasure.objects.values_list("key", "category")}
    for name in storing.names_in(storing.LISTS):
        with storing.stored(name) as file:
            found |= {(key, Category(category)) for key, category in json.loads(file.read())}
    return found


WHOLE = (Category.DRAFT, Category.CASE)
"""After these nothing is left of a person; what else is listed falls due again by itself."""


def _restored(*, at: datetime) -> Iterator[tuple[str, Category, QuerySet[Referral]]]:
    """Yield the referrals that are listed and stand there again; one that somebody has to act on waits until it is settled."""
    for batch in _batches((key, category) for key, category in sorted(listed(), key=str) if category in WHOLE):
        category_of = dict(batch)
        there = Referral.objects.filter(key__in=category_of, erased_at__isnull=True, state__in=SETTLED | {State.DRAFT})
        for pk, key in unheld(there, at=at).values_list("pk", "key"):
            yield str(key), category_of[str(key)], there.filter(pk=pk)


def _restored_accounts(*, at: datetime) -> Iterator[tuple[Category, str]]:
    lost = {key for key, category in listed() if category == Category.ACCOUNT}
    lost -= set(Erasure.objects.filter(category=Category.ACCOUNT.value).values_list("key", flat=True))
    for user in unneeded_accounts() if lost else ():
        if key_of_account(user) in lost and erase_account(user.pk, at=at, due=unneeded_accounts):
            yield Category.ACCOUNT, OF_NO_CAMPAIGN
    for key in lost:  # whatever was deleted before it could be written down
        note_erasure(key, Category.ACCOUNT, at=at)


def why_kept(user: User, *, at: datetime) -> str:
    """Return, in her language, why her account cannot be erased at once; empty where it can."""
    if user.posts.exists():
        return gettext("Ce compte tient ou a tenu une fonction : l’administration du service s’en charge.")
    hers = Referral.objects.of_student(user)
    if hers.exclude(state=State.DRAFT).exists():
        return gettext("Vous avez déposé une saisine : elle est gardée jusqu’à la fin de sa durée, et votre compte avec elle.")
    if hers.filter(held(on=localdate(at))).exists():
        return gettext("Une procédure en cours demande que rien ne soit effacé pour le moment.")
    return ""


def erase_all_of(user: User, *, at: datetime) -> None:
    """At her own request, destroy a student's drafts and then her account, whatever their time. What `why_kept` keeps, stays."""
    drafts = Referral.objects.filter(student=user, state=State.DRAFT, erased_at__isnull=True)
    going = list(unheld(drafts, at=at).values_list("pk", "key"))
    write_list([*((str(key), Category.DRAFT) for _, key in going), (key_of_account(user), Category.ACCOUNT)])
    for pk, _ in going:
        erase(pk, Category.DRAFT, at=at, due=lambda: unheld(drafts, at=at))
    erase_account(user.pk, at=at, due=unneeded_accounts)


def rule_of(referral: Referral) -> str:
    """Return by which rule an erased referral was erased, in words."""
    whole = [category.value for category in WHOLE]
    entry = Erasure.objects.filter(key=str(referral.key), category__in=whole).order_by("at").first()
    return entry.rule if entry else ""


def campaigns() -> dict[str, str]:
    """Return what each campaign is called, for a report."""
    return dict(Campaign.objects.values_list("pk", "name")) | {OF_NO_CAMPAIGN: "hors campagne"}
