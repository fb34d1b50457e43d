"""Draw the transitions tables as Mermaid diagrams; the README holds what this prints, and a test compares them."""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from django.core.management.base import BaseCommand

from referrals.rules.states import MOVES, OFFER_BEGINS, OFFER_MOVES, RELEASES, REVIVES, Action, Move, State


class Command(BaseCommand):
    help = "Affiche les diagrammes d’états du README, tirés des tables."

    def handle(self, *args, **options) -> None:
        self.stdout.write(diagrams())


def diagrams() -> str:
    """Return both diagrams, as they stand in the README."""
    referral = _diagram([State.DRAFT], MOVES.items())
    return f"{referral}\n\n{_diagram(OFFER_BEGINS, [*OFFER_MOVES.items(), *RELEASES.items(), *REVIVES.items()])}"


def _diagram(begins: Iterable[StrEnum], moves: Iterable[tuple[Action, Move]]) -> str:
    """One arrow for each pair of states, labelled with the actions that lead there; staying is not drawn."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for action, move in moves:
        for source, targets in move.leads.items():
            for target in targets - {source}:
                arrows[source, target].append(action)
    lines = [f"    {source} --> {target}: {', '.join(sorted(actions))}" for (source, target), actions in sorted(arrows.items())]
    starts = [f"    [*] --> {state}" for state in begins]
    return "\n".join(["```mermaid", "stateDiagram-v2", *starts, *lines, "```"])
