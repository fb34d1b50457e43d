"""Conventions of the house, as tests."""

import re
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.template import engines
from django.urls import URLPattern, URLResolver, get_resolver

from config.celery import app
from referrals import wording
from referrals.management.commands.rights_table import drawn
from referrals.management.commands.state_diagram import diagrams
from referrals.models import EventKind
from referrals.rules.states import MOVES, OFFER_MOVES, RELEASES, REVIVES, Action, Actor, OfferState, State

ROOT = Path(settings.BASE_DIR)
SOURCES = [path for room in ("config", "notifications", "referrals", "vacancies") for path in (ROOT / room).rglob("*.py")]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "services", "manager", "managers", "misc"}


def test_every_state_action_and_event_has_its_words():
    assert set(wording.STATES) == set(State)
    assert set(wording.OFFER_STATES) == set(wording.OUTCOMES) == set(OfferState)
    assert set(wording.ACTIONS) == set(Action)
    assert set(wording.ACTORS) == set(Actor)
    assert {code for code, _ in wording.EVENT_CHOICES} == set(EventKind.ALL)


def test_badges_are_those_of_the_design_system():
    badges = {words.badge for words in wording.STATES.values()} | {badge for _, badge in wording.OFFER_STATES.values()}
    assert badges <= {"success", "info", "warning", "error", "new"}


def test_every_state_can_be_reached_and_every_open_one_left():
    reached = {State.DRAFT} | {target for move in MOVES.values() for target in move.targets}
    assert reached == set(State)
    left = {source for move in MOVES.values() for source, targets in move.leads.items() if targets - {source}}
    assert left == set(State)  # an end has its way back


def test_an_offers_action_is_a_referrals_action_for_the_same_actors():
    for table in (OFFER_MOVES, RELEASES, REVIVES):
        assert [action for action, move in table.items() if move.actors != MOVES[action].actors] == []


def test_the_readme_shows_the_tables():
    readme = (ROOT / "README.md").read_text()
    assert diagrams() in readme
    assert drawn() in readme


PUBLISHED = {
    "notifications.send_message",
    "vacancies.run_import",
    "referrals.execute_run",
    "referrals.replay_run",
    "referrals.count_anew",
    "referrals.scan_document",
}
"""By their cause, and swept; but for a replay and a count, which change nothing: who lost one asks again."""


def test_the_timetable_names_tasks_that_exist():
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    ours = {name for name in app.tasks if name.split(".")[0] in ("referrals", "notifications", "vacancies")}
    assert scheduled <= ours
    assert ours - scheduled == PUBLISHED


def test_no_module_is_a_drawer():
    assert [path for path in SOURCES if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES] == []


def test_nothing_asks_the_clock_where_at_is_given():
    """Rules and procedure are told the instant; only tasks, the first middleware and defaults may look at the clock."""
    asks = re.compile(r"timezone\.now\(|datetime\.now\(|date\.today\(|localdate\(\)")
    pure = [path for path in SOURCES if "rules" in path.parts or "procedure" in path.parts]
    assert pure
    assert [path for path in pure if asks.search(path.read_text())] == []


def test_no_template_is_left_unused():
    named = "\n".join(path.read_text() for path in [*SOURCES, *(ROOT / "templates").rglob("*.*")])
    pages = ("404.html", "403.html", "429.html", "500.html", "400.html")
    overrides = ("account/", "mfa/", "socialaccount/", "usersessions/", "admin/", "dsfr/", "django/", *pages)
    ours = [str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("*.*")]
    stems = [name for name in ours if not name.startswith(overrides)]
    assert stems
    unused = [name for name in stems if name not in named and name.rsplit(".", 1)[0] not in named and Path(name).stem not in named]
    assert unused == []


def test_every_template_compiles():
    engine = engines["django"]
    for path in (ROOT / "templates").rglob("*.html"):
        engine.get_template(str(path.relative_to(ROOT / "templates")))


def test_nothing_inline_in_any_template():
    """The content security policy refuses inline script and style: a page that needs them would be broken."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    screens = [path for path in (ROOT / "templates").rglob("*.html") if not {"mails", "letters"} & set(path.parts)]
    assert [str(path.relative_to(ROOT)) for path in screens if inline.search(path.read_text())] == []


PUBLIC = {
    "/",
    "/sante/",
    "/.well-known/security.txt",
    "/robots.txt",
    "/regles/",
    "/calendrier/",
    "/contacts/",
    "/questions/",
    "/puis-je-saisir/",
    "/puis-je-saisir/reponse/",
    "/places-vacantes/",
    "/places-vacantes/donnees.csv",
    "/places-vacantes/donnees.json",
    "/statistiques/",
    "/statistiques/donnees.csv",
    "/statistiques/donnees.json",
    "/mentions-legales/",
    "/donnees-personnelles/",
    "/verifier/",
    "/accessibilite/",
    "/compte/login/",
    "/compte/signup/",
    "/compte/login/code/",
    "/compte/identites/renoncer/",
    "/compte/logout/",
    "/compte/inactive/",
    "/compte/confirm-email/",
    "/compte/password/reset/",
    "/compte/password/reset/done/",
    "/compte/password/reset/key/done/",
    "/bureau/login/",
    "/bureau/logout/",
}
"""What a stranger may open. Any other address refuses her, or asks her to sign in."""


def every_route(resolver=None, prefix=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_route(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


SAMPLES = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "slug": "x", "str": "x", "path": "x"}


def sample(route: str) -> str:
    """Return an address of the route."""
    address = re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found.group(1) or "str"], route)
    address = re.sub(r"\(\?P<\w+>[^)]*\)", "x", address)
    return "/" + re.sub(r"[\^$]|\\Z", "", address)


def test_the_public_list_names_only_addresses_that_exist():
    assert {sample(route) for route in every_route()} >= PUBLIC


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(set(every_route())))
def test_every_address_is_public_or_refuses_strangers(client, settings, route):
    settings.SECURITY_CONTACT = "mailto:securite@saisine.example"  # without one, nobody is announced
    address = sample(route)
    response = client.get(address)
    if address in PUBLIC:
        assert response.status_code in {200, 302}
    else:
        assert response.status_code in {302, 404, 405}
        if response.status_code == 302:
            assert response["Location"].startswith(("/compte/login/", "/bureau/login/"))
