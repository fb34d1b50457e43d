"""Draw the table of rights for the README, which holds what this prints; a test compares them."""

from django.apps import apps
from django.core.management.base import BaseCommand

from referrals.models import Role
from referrals.rights import ADD, ANYBODY, CHANGE, DELETE, RIGHTS, VIEW, Right

COLUMNS = {
    ANYBODY: "any account",
    Role.ADVISER: "adviser",
    Role.INSTITUTION: "institution",
    Role.CASEWORKER: "caseworker",
    Role.HEAD: "head",
    Role.MEDICAL: "medical",
    Role.ADMINISTRATOR: "administrator",
}
VERBS = (VIEW, ADD, CHANGE, DELETE)


class Command(BaseCommand):
    help = "Affiche la table des droits du README."

    def handle(self, *args, **options) -> None:
        self.stdout.write(drawn())


def drawn() -> str:
    """Return the table: a row for each thing, a column for each role; a head's column only says what is not a caseworker's."""
    models = dict.fromkeys(model for role in COLUMNS for model in RIGHTS[role])
    lines = [["", *COLUMNS.values()], ["---"] * (len(COLUMNS) + 1)]
    lines += [[f"`{apps.get_model(model).__name__}`", *(_cell(role, model) for role in COLUMNS)] for model in sorted(models)]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |") for cells in lines)


def _cell(role: str, model: str) -> str:
    rights = RIGHTS[role].get(model, ())
    if role == Role.HEAD and rights and rights == RIGHTS[Role.CASEWORKER].get(model):
        return "same"
    return "; ".join(map(_said, rights))


def _said(right: Right) -> str:
    verbs = ", ".join(verb for verb in VERBS if verb in right.verbs)
    return f"{verbs}: {right.reach}{f' ({right.only.words})' if right.only else ''}"
