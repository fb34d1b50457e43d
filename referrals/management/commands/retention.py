"""`manage.py retention`: what is due for erasure, by category and campaign; with `--erase`, destroy it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from referrals.privacy import holding
from referrals.rules.retention import PERIODS, Category


class Command(BaseCommand):
    help = "Say what was kept for its time, in numbers; --erase destroys it, as the task of every night does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--erase", action="store_true", help="destroy it, for good")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["erase"]:
            record = holding.run(at=at)
            self._print("Effacé", record.counts if record else {})
            return
        outlook = holding.outlook(at=at)
        self._print("À effacer", outlook["going"])
        self._print("Suspendu", outlook["held"])
        self._print("Encore suivi : à régler par le bureau", outlook["unsettled"])

    def _print(self, title: str, counts: holding.Counts) -> None:
        lines = [
            f"  {Category(category).label} ({PERIODS[Category(category)]}), {campaign} : {number}"
            for category, by_campaign in counts.items()
            for campaign, number in sorted(by_campaign.items())
        ]
        self.stdout.write("\n".join([title, *(lines or ["  rien"])]))
