"""`make lighthouse`: five named pages in both looks, with the files of a production, held against Lighthouse as on a phone.

Fails where one of them gets less than `ENOUGH`, and says what it lost it for.
"""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"

import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import django

django.setup()  # the imports below need it, and it needs the setting above
# ruff: noqa: E402

from django.conf import settings
from django.core.management import call_command

from tests.benchmarks.weights import LOOKS, Named, named_pages, production, session_of

ENOUGH = 95
PAGES = ("home", "may I refer?", "draft, identity", "case", "offers")
"""Of the pages that are weighed."""
CATEGORIES = ("performance", "accessibility", "best-practices")


def main() -> int:
    logging.disable(logging.WARNING)
    short = []
    with tempfile.TemporaryDirectory() as folder:
        settings.MEDIA_ROOT = Path(folder) / "documents"
        call_command("migrate", verbosity=0)
        pages = [page for page in named_pages() if page.name in PAGES]
        assert len(pages) == len(PAGES)
        print(f"{'':28}" + "".join(f"{category:>16}" for category in CATEGORIES), flush=True)
        for look in LOOKS:
            with production(Path(folder), look=look) as address:
                for found in audited(address, pages):
                    name = f"{look}: {found['name']}"
                    print(f"{name:28}" + "".join(f"{found[category]:>16}" for category in CATEGORIES), flush=True)
                    if any(found[category] < ENOUGH for category in CATEGORIES):
                        short.append(f"{name}: {'; '.join(found['failed'])}")
    print(*short, sep="\n")
    return len(short)


def audited(address: str, pages: list[Named]) -> list[dict]:
    """Return what Lighthouse finds of each page, opened by its reader."""
    asked = [
        {
            "name": page.name,
            "url": f"{address}{page.path}",
            "cookie": f"{settings.SESSION_COOKIE_NAME}={session_of(page.user)}",
        }
        for page in pages
    ]
    audit = subprocess.run(
        ["node", "audit.mjs"], cwd=Path(__file__).parent, input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if audit.returncode:
        sys.exit(audit.stderr)
    return json.loads(audit.stdout)


if __name__ == "__main__":
    sys.exit(main())
