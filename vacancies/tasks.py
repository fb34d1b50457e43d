"""What workers do with files that were handed in. Thin: the row is the truth, and each act claims it."""

from celery import shared_task
from django.utils import timezone

from .imports import acts


@shared_task(name="vacancies.run_import")
def run_import(import_id: int) -> None:
    """Read, apply or undo one import, if it waits for that and nobody else does it."""
    acts.run(import_id, at=timezone.now())


@shared_task(name="vacancies.run_imports")
def run_imports() -> None:
    """Find the imports whose prompt was lost, or whose worker died."""
    for import_id in acts.waiting(at=timezone.now()):
        acts.run(import_id, at=timezone.now())
