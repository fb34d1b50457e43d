"""The steps of a draft, in order, the short pages each is made of, and what it still lacks."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from ..models import Referral
from ..procedure.facts import missing_facts


class Page(NamedTuple):
    """name: of its address."""

    name: str
    title: str | Promise


class Step(NamedTuple):
    """pages: one idea on each. needs: the columns without which she cannot file. advised: what else it still asks for."""

    title: str | Promise
    pages: tuple[Page, ...]
    needs: tuple[str, ...]
    advised: Callable[[Referral], list[str]]

    @property
    def name(self) -> str:
        """Of its first page's address."""
        return self.pages[0].name


def _licence(referral: Referral) -> list[str]:
    diploma = [] if referral.diploma else [gettext("la nature de votre diplôme")]
    return [*diploma, gettext("la fin d’une autre licence commencée")] if referral.begun_licence else diploma


def _applications(referral: Referral) -> list[str]:
    if begun := referral.begun_applications.count():
        return [
            ngettext("la fin d’une candidature commencée", "la fin de %(number)s candidatures commencées", begun)
            % {"number": begun}
        ]
    return [] if referral.applications.exists() else [gettext("vos candidatures en master et leurs réponses")]


def _project(referral: Referral) -> list[str]:
    return [] if referral.project or referral.wishes.exists() else [gettext("votre projet"), gettext("vos vœux")]


def _nothing_else(referral: Referral) -> list[str]:
    return []


def _alone(name: str, title: str | Promise, needs: tuple[str, ...], advised: Callable[[Referral], list[str]]) -> Step:
    """A step that is one page."""
    return Step(title, (Page(name, title),), needs, advised)


STEPS = (
    _alone("identity", gettext_lazy("Votre identité"), ("first_names", "birth_name", "birth_date"), _nothing_else),
    Step(
        gettext_lazy("Votre licence"),
        (
            Page("licence", gettext_lazy("Votre diplôme")),
            Page("licence_place", gettext_lazy("Où vous avez préparé votre licence")),
            Page("licence_day", gettext_lazy("La date de votre licence")),
            Page("licences", gettext_lazy("Vos autres licences")),
        ),
        ("licence_name", "licence_institution", "licence_academy", "licence_on"),
        _licence,
    ),
    _alone("applications", gettext_lazy("Vos candidatures et leurs réponses"), (), _applications),
    Step(
        gettext_lazy("Votre projet et vos vœux"),
        (
            Page("project", gettext_lazy("Votre projet professionnel")),
            Page("wishes", gettext_lazy("Vos vœux de master")),
            Page("mobility", gettext_lazy("Où et comment étudier")),
        ),
        (),
        _project,
    ),
    _alone("documents", gettext_lazy("Vos documents"), ("transcript",), _nothing_else),
    _alone("check", gettext_lazy("Vérifier et déposer"), (), _nothing_else),
)
PAGES = [(page, step) for step in STEPS for page in step.pages]
NAMES = [page.name for page, _ in PAGES]


def position(name: str) -> dict[str, object]:
    """Return where a page stands, for the stepper: the rank of its step, how many there are, what it, its step and the next are
    called; page and pages: its rank in its step, and how many there are.
    """
    index = NAMES.index(name)
    page, step = PAGES[index]
    following = PAGES[index + 1] if index + 1 < len(PAGES) else None
    return {
        "rank": STEPS.index(step) + 1,
        "count": len(STEPS),
        "title": page.title,
        "step": step.title,
        "page": step.pages.index(page) + 1,
        "pages": len(step.pages),
        "next": "" if following is None else following[0].title if following[1] is step else following[1].title,
    }


def after(name: str) -> str:
    """Return the name of the page that follows."""
    return NAMES[NAMES.index(name) + 1]


def progress(referral: Referral) -> list[dict[str, object]]:
    """Return each step with what the task list says of it: done, still needed, or left to her; and all that it lacks."""
    needed = missing_facts(referral)
    listed = []
    for step in STEPS[:-1]:
        missing = [needed[column] for column in step.needs if column in needed] + step.advised(referral)
        if not missing:
            state, badge = gettext("complet"), "success"
        elif step.needs or (step.name == "applications" and referral.begun_applications.exists()):
            state, badge = gettext("à compléter"), "warning"
        else:
            state, badge = gettext("facultatif, conseillé"), "info"
        listed.append({"name": step.name, "title": step.title, "state": state, "badge": badge, "missing": missing})
    return listed
