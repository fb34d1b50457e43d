"""What a person answers when a name is in doubt: said once, remembered, and corrected by a later answer."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ..models import Import, ImportState, Institution, LicenceMention, MasterMention, Question


class AnswerRefused(Exception):
    """That is no answer to the question. The message is a French sentence."""


@transaction.atomic
def answer(
    question_id: int,
    *,
    institution: Institution | None = None,
    licence: LicenceMention | None = None,
    master: MasterMention | None = None,
    unrelated: bool = False,
    by: str,
    at: datetime,
) -> Question:
    """Remember what the name means: one institution or mention, as it asks, or ``unrelated``: none that we know.

    A later answer replaces the earlier; the same one twice stays whose it was. Raises AnswerRefused.
    """
    given: dict[str, Any] = {"institution": institution, "licence": licence, "master": master, "unrelated": unrelated}
    question = Question.objects.select_for_update(of=("self",), no_key=True).get(pk=question_id)
    said = [name for name, value in given.items() if value]
    if len(said) != 1:
        raise AnswerRefused("Donnez une réponse, et une seule.")
    if said[0] not in (question.kind, "unrelated"):
        raise AnswerRefused(f"La réponse attendue est de cette nature : {question.get_kind_display()}.")
    if question.answered_at and all(getattr(question, name) == value for name, value in given.items()):
        return question
    for name, value in given.items():
        setattr(question, name, value)
    question.answered_by, question.answered_at = by, at
    question.save()
    return question


def left_open_in(question: Question) -> QuerySet[Import]:
    """Return the imports still to be confirmed of which a line asks it: they may be read again."""
    return Import.objects.filter(pk__in=question.lines.values("of"), state__in=[ImportState.READY, ImportState.NOTHING])
