"""Her limits as calendars: read back by the letter of RFC 5545, they move with the limit, end with it, and name nobody."""

import re
from datetime import UTC, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from referrals import procedure
from referrals.models import Limit, LimitKind, User
from referrals.rules.states import State
from referrals.student.calendar_file import SUMMARIES, calendar
from referrals.wording_limits import LIMITS
from tests.factories import instant
from tests.story import Story, in_state
from tests.student.conftest import Browser
from tests.student.reading import said, text_of

pytestmark = pytest.mark.django_db

CONTENT_LINE = re.compile(r"([A-Z0-9-]+)((?:;[A-Z-]+=[^:;,\"]+)*):(.*)", re.DOTALL)
ONCE = {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "URL", "CLASS", "TRANSP"}


def read(content: bytes) -> list[dict]:
    """Read a calendar as strictly as RFC 5545 is written, and return its events, each with the triggers of its alarms."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    physical = content.split(b"\r\n")[:-1]
    assert all(0 < len(line) <= 75 for line in physical)
    [line.decode() for line in physical]  # no character is cut in two
    open_, events, event = [], [], {}
    assert content.count(b"\r\nBEGIN:") > 0  # a calendar holds something
    for line in content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]:
        name, _, value = CONTENT_LINE.fullmatch(line).groups()
        if name == "BEGIN":
            open_.append(value)
            if value == "VEVENT":
                event = {"alarms": []}
        elif name == "END":
            assert open_.pop() == value
            if value == "VEVENT":
                assert set(event) == ONCE | {"alarms"}
                events.append(event)
        elif open_ == ["VCALENDAR", "VEVENT"]:
            assert name not in event
            event[name] = unescaped(value) if name in ("SUMMARY", "DESCRIPTION") else value
        elif open_ == ["VCALENDAR", "VEVENT", "VALARM"] and name == "TRIGGER":
            event["alarms"].append(value)
    assert open_ == []
    return events


def unescaped(text: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]|(?<!\\)(?:\\\\)*\\[^\\;,nN]", text)
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def her_of(story: Story) -> Browser:
    return Browser(story.student, story.referral)


def her_feed(user: User):
    user.refresh_from_db()
    return Client().get(reverse("calendar_feed", args=[user.calendar_key]))


def stamp(at) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def extend(story: Story, *, days: int = 10) -> Limit:
    procedure.extend(story.id, days=days, ground="Grève.", source="Arrêté fictif", by=story.signing, at=story.at)
    return story.limit()


def test_a_limit_is_the_last_hour_of_its_last_day_with_two_alarms():
    story = Story(academy="La Réunion")
    story.offered()
    limit = story.limit()
    [event] = read(her_of(story).get("limits_file").content)
    end = instant("2026-07-06 20:00 UTC")  # 24:00 in La Réunion, on the Monday after the fifteenth day
    assert limit.ends_at == end
    assert event == {
        "UID": event["UID"],
        "SEQUENCE": "0",
        "DTSTAMP": stamp(limit.created_at),
        "DTSTART": "20260706T190000Z",
        "DTEND": "20260706T200000Z",
        "SUMMARY": "Saisine : dernier jour pour répondre",
        "DESCRIPTION": f"Connectez-vous pour lire ce délai : {settings.SITE_URL}/ma-saisine/",
        "URL": f"{settings.SITE_URL}/ma-saisine/",
        "CLASS": "PRIVATE",
        "TRANSP": "TRANSPARENT",
        "alarms": ["-P2D", "-PT3H"],
    }


def test_an_extended_limit_moves_the_event_and_a_calendar_knows_which_is_the_newer():
    story = Story()
    story.offered()
    her = her_of(story)
    [before] = read(her.get("limits_file").content)
    later = extend(story.told())
    [moved] = read(her.get("limits_file").content)
    assert moved == before | {
        "SEQUENCE": "1",
        "DTSTAMP": stamp(later.created_at),
        "DTSTART": stamp(later.ends_at - timedelta(hours=1)),
        "DTEND": stamp(later.ends_at),
    }
    assert moved["DTEND"] > before["DTEND"]


def test_a_limit_that_has_ended_leaves_the_calendar(the_day):
    story = in_state(State.INCOMPLETE)
    her = her_of(story)
    limit = story.limit(LimitKind.SUPPLY)
    [event] = read(her.get("limits_file").content)
    assert event["SUMMARY"] == "Saisine : dernier jour pour envoyer les documents"
    the_day.move_to(limit.ends_at - timedelta(seconds=1))
    her.client.force_login(story.student)
    assert len(read(her.get("limits_file").content)) == 1
    the_day.move_to(limit.ends_at)
    assert read(her.get("limits_file").content) == []
    assert her.get("limit_file", limit=limit.pk).status_code == 404


def test_each_limit_has_its_own_event_and_each_its_own_file():
    story = Story(rule_set="2023", answer_clock="each_offer", answer_days=8)
    story.offered(2)
    her = her_of(story)
    limits = list(story.referral.limits.live().order_by("pk"))
    assert len(limits) == 2
    both = read(her.get("limits_file").content)
    assert len({event["UID"] for event in both}) == 2
    alone = [read(her.get("limit_file", limit=limit.pk).content) for limit in limits]
    assert alone == [[both[0]], [both[1]]]


def test_a_draft_has_its_own_kind_of_last_day_and_her_page_a_button_for_it(her):
    limit = her.referral.limits.live().get()
    [event] = read(her.get("limits_file").content)
    assert event["SUMMARY"] == "Saisine : dernier jour pour déposer"
    page = her.get("referral").content.decode()
    assert f'href="{her.address("limit_file", limit=limit.pk)}"' in page


def test_the_file_is_hers_alone(her, other):
    limit = her.referral.limits.live().get()
    for page, more in (("limits_file", {}), ("limit_file", {"limit": limit.pk})):
        assert Browser(other, her.referral).get(page, **more).status_code == 404
        assert Browser(None, her.referral).get(page, **more).status_code == 302
    stranger = Story().draft().referral.limits.live().get()
    assert her.get("limit_file", limit=stranger.pk).status_code == 404


def test_every_kind_of_limit_has_its_words():
    assert set(SUMMARIES) == set(LimitKind) == set(LIMITS)


def test_lines_are_folded_by_octets_and_signs_that_mean_something_are_escaped(monkeypatch):
    story = Story()
    story.offered()
    said_ = "é" * 70 + " a\\b; c, d\n" + "œ€" * 40
    monkeypatch.setitem(SUMMARIES, LimitKind.ANSWER, said_)
    limits = story.referral.limits.select_related("referral", "offer")
    [event] = read(calendar(limits, at=story.at))
    assert event["SUMMARY"] == said_


# The address that her telephone reads


def test_no_address_exists_until_she_asks_and_a_new_one_ends_the_old(story):
    story.offered()
    her = her_of(story)
    assert "Donner une adresse à mon calendrier" in text_of(her.client.get("/ma-saisine/calendrier/"))
    assert User.objects.exclude(calendar_key="").count() == 0
    assert Client().get("/calendrier/.ics").status_code == 404
    response = her.client.post("/ma-saisine/calendrier/", {"do": "change"})
    assert said(response) == ["Votre calendrier a une nouvelle adresse ; aucune autre ne mène à lui."]
    first = her_feed(story.student)
    assert (first.status_code, first["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert read(first.content) == read(her.get("limits_file").content) != []
    former = story.student.calendar_key
    assert f"{settings.SITE_URL}/calendrier/{former}.ics" in text_of(her.client.get("/ma-saisine/calendrier/"))
    her.client.post("/ma-saisine/calendrier/", {"do": "change"})
    assert her_feed(story.student).status_code == 200
    assert Client().get(reverse("calendar_feed", args=[former])).status_code == 404
    latter = story.student.calendar_key
    response = her.client.post("/ma-saisine/calendrier/", {"do": "stop"})
    assert said(response)[-1] == "Votre calendrier n’a plus d’adresse : plus aucun appareil ne le lit."
    assert Client().get(reverse("calendar_feed", args=[latter])).status_code == 404


def test_the_calendar_names_nobody_and_no_server_keeps_it(story):
    story.offered()
    story.told()
    her_of(story).client.post("/ma-saisine/calendrier/", {"do": "change"})
    response = her_feed(story.student)
    content = response.content.decode().replace("\r\n ", "")
    referral = story.referral
    telling = [referral.number, str(referral.key), "Zoé", "D’Exemple", "Exemple", story.student.email, "Lyon", "Archives"]
    telling += [str(story.institution), story.student.calendar_key, str(referral.region)]
    assert [words for words in telling if words in content] == []
    assert "Saisine : dernier jour pour répondre" in content
    assert response["Cache-Control"] == "private, max-age=3600"
    assert response.cookies == {}


@pytest.mark.parametrize("ends", ["frozen", "address changed"])
def test_the_address_ends_with_the_account_that_somebody_else_may_hold(story, ends):
    story.filed()
    her_of(story).client.post("/ma-saisine/calendrier/", {"do": "change"})
    story.student.refresh_from_db()
    address = reverse("calendar_feed", args=[story.student.calendar_key])
    assert Client().get(address).status_code == 200
    if ends == "frozen":
        procedure.freeze_account(story.id, ground="Compte disputé.", by=story.office, at=story.at)
    else:
        procedure.change_address(story.id, address="zoe@example.org", checked="Pièce vue.", by=story.office, at=story.at)
    assert Client().get(address).status_code == 404
