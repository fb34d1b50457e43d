"""`manage.py reseal`: seal with today's key what a former one sealed, and what was stored before there were keys."""

from typing import Any

from django.core.management.base import BaseCommand

from referrals.privacy.resealing import reseal


class Command(BaseCommand):
    help = (
        "Seal with the first of HEALTH_KEYS what was told to the medical adviser alone, where it still is in the clear or sealed "
        "by a former key. It can be stopped and run again; when it counts nothing any more, the former key may go."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for what, number in reseal().items():
            self.stdout.write(f"{what}: {number}")
