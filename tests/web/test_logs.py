"""The log of a whole journey: what happened is there, and nothing of whom it happened to."""

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from config.logs import Line
from referrals.models import User

from .world import CANARY, World

PLACE = "192.0.2.77"
WRONG = "mot-de-passe-inventé"


@pytest.fixture
def written(caplog) -> Iterator[StringIO]:
    """What production would have written meanwhile: its form of a line, and the levels of its settings."""
    for name, said in sys.modules["config.settings.base"].LOGGING["loggers"].items():
        if "level" in said:
            caplog.set_level(said["level"], logger=name)
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line())
    quiet = logging.getLogger("django.security.csrf")  # production sends it nowhere
    root, level = logging.getLogger(), logging.getLogger().level
    handler.addFilter(lambda record: record.name != quiet.name and record.levelno >= logging.INFO)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def journey(world: World) -> list[str]:
    """A day of hers and of her office; return the secrets that were in addresses and forms."""
    story = world.canary
    stranger, student, office = (Client(REMOTE_ADDR=PLACE, raise_request_exception=False) for _ in range(3))
    stranger.post(reverse("account_login"), {"login": CANARY["address"], "password": WRONG})
    stranger.post(reverse("account_reset_password"), {"email": CANARY["address"]})
    stranger.get(f"/documents/{story.referral.documents.first().key}/")
    stranger.get("/rien/", {"email": CANARY["address"]})
    student.force_login(story.student)
    document = story.referral.documents.get(name=CANARY["file name"])
    for path in (reverse("student:home"), f"/documents/{document.key}/", f"/documents/{document.key}/?nom={CANARY['name']}"):
        student.get(path).getvalue()  # a file is read to its end
    student.post(
        reverse("account_email"), {"action_add": "", "email": f"neuve-{CANARY['address']}"}, headers={"Accept-Language": "fr"}
    )
    office.force_login(story.caseworker)
    for query in (CANARY["name"], CANARY["INE"], CANARY["address"], story.referral.number):
        assert office.get("/bureau/referrals/referral/", {"q": query}).status_code == 200
    office.get(f"/bureau/referrals/referral/{story.id}/change/")
    office.post(f"/bureau/referrals/referral/{story.id}/write_to_student/", {"text": CANARY["message"]})
    keys = [str(document.key), str(story.referral.key), office.session.session_key, student.session.session_key]
    return [key for key in keys if key]


def test_a_whole_journey_leaves_nothing_personal_in_the_log(world, written):
    secrets = journey(world)
    logging.getLogger("somewhere.else").error("cannot mail %s", CANARY["address"])
    try:
        with transaction.atomic():
            User.objects.create_user(CANARY["address"])
    except IntegrityError:
        logging.getLogger("django.request").exception("Internal Server Error: /documents/%s/", secrets[0])
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    routes = {line.get("route") for line in lines}
    assert {"account_login", "document", "student:home", "admin:referrals_referral_changelist"} <= routes
    assert {line.get("event") for line in lines} >= {"sign_in_failed", "not_found_or_not_theirs"}
    assert [line["error"]["type"] for line in lines if "error" in line] == ["django.db.utils.IntegrityError"]
    found = [
        said for said in (*CANARY.values(), *secrets, WRONG, PLACE, world.canary.referral.number) if said in written.getvalue()
    ]
    assert found == []
