"""The steps of a draft, in order, and what each still lacks."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from ..models import Referral
from ..procedure.facts import missing_facts


class Step(NamedTuple):
    """name: of its address. needs: the columns without which she cannot file. advised: what else it still asks for."""

    name: str
    title: str | Promise
    needs: tuple[str, ...]
    advised: Callable[[Referral], list[str]]


def _diploma(referral: Referral) -> list[str]:
    return [] if referral.diploma else [gettext("la nature de votre diplôme")]


def _applications(referral: Referral) -> list[str]:
    return [] if referral.applications.exists() else [gettext("vos candidatures en master et leurs réponses")]


def _project(referral: Referral) -> list[str]:
    return [] if referral.project or referral.wishes.exists() else [gettext("votre projet"), gettext("vos vœux")]


def _nothing_else(referral: Referral) -> list[str]:
    return []


STEPS = (
    Step("identity", gettext_lazy("Votre identité"), ("first_names", "birth_name", "birth_date"), _nothing_else),
    Step(
        "licence",
        gettext_lazy("Votre licence"),
        ("licence_name", "licence_institution", "licence_academy", "licence_on"),
        _diploma,
    ),
    Step("applications", gettext_lazy("Vos candidatures et leurs réponses"), (), _applications),
    Step("project", gettext_lazy("Votre projet et vos vœux"), (), _project),
    Step("documents", gettext_lazy("Vos documents"), ("transcript",), _nothing_else),
    Step("check", gettext_lazy("Vérifier et déposer"), (), _nothing_else),
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
    """Return each step with what the task list says of it: done, still needed, or left to her; and all that it lacks."""
    needed = missing_facts(referral)
    listed = []
    for step in STEPS[:-1]:
        missing = [needed[column] for column in step.needs if column in needed] + step.advised(referral)
        if not missing:
            state, badge = gettext("complet"), "success"
        elif step.needs:
            state, badge = gettext("à compléter"), "warning"
        else:
            state, badge = gettext("facultatif, conseillé"), "info"
        listed.append({"name": step.name, "title": step.title, "state": state, "badge": badge, "missing": missing})
    return listed
