"""The steps of a draft, in order, and what each still lacks."""

from collections.abc import Callable
from typing import NamedTuple

from ..models import Referral
from ..procedure.founding import is_whole


class Step(NamedTuple):
    """name: of its address. done: whether nothing of it is left to say."""

    name: str
    title: str
    needed: bool
    done: Callable[[Referral], bool]


def _identity(referral: Referral) -> bool:
    return bool(referral.first_names and referral.birth_name and referral.birth_date)


def _licence(referral: Referral) -> bool:
    return bool(referral.diploma) and is_whole(referral)


STEPS = (
    Step("identity", "Votre identité", True, _identity),
    Step("licence", "Votre licence", True, _licence),
    Step("applications", "Vos candidatures et leurs réponses", False, lambda referral: referral.applications.exists()),
    Step("project", "Votre projet et vos vœux", False, lambda referral: bool(referral.project or referral.wishes.exists())),
    Step("documents", "Vos documents", True, lambda referral: referral.transcript_id is not None),
    Step("check", "Vérifier et déposer", True, lambda referral: not referral.is_draft),
)
NAMES = [step.name for step in STEPS]


def position(name: str) -> dict[str, object]:
    """Return where a step stands, for the stepper: its rank, how many there are, its title, the next one's."""
    rank = NAMES.index(name)
    following = STEPS[rank + 1] if rank + 1 < len(STEPS) else None
    return {"rank": rank + 1, "count": len(STEPS), "title": STEPS[rank].title, "next": following.title if following else ""}


def after(name: str) -> str:
    """Return the name of the step that follows."""
    return NAMES[NAMES.index(name) + 1]


def progress(referral: Referral) -> list[dict[str, object]]:
    """Return each step with what the task list says of it: done, still needed, or left to her."""
    return [
        {
            "name": step.name,
            "title": step.title,
            "state": "complet" if step.done(referral) else "à compléter" if step.needed else "facultatif, conseillé",
            "badge": "success" if step.done(referral) else "warning" if step.needed else "info",
        }
        for step in STEPS[:-1]
    ]
