"""What every answer says to a browser: walked over every address of the site, as several people, as in production."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from config.headers import OWN_POWERS, POWERS
from referrals.models import Document

from .walk import Address, addresses, candidates
from .world import WITHOUT_AN_ACCOUNT, World

pytestmark = pytest.mark.usefixtures("production")

POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
    "upgrade-insecure-requests": [],
    "require-trusted-types-for": ["'script'"],
    "trusted-types": ["'none'"],
}
OF_THE_OFFICE = {name: said for name, said in POLICY.items() if not name.endswith(("trusted-types", "trusted-types-for"))}
"""jQuery and Select2, which the stock admin brings, write HTML into pages: trusted types would stop them."""
OF_A_FILE = {"default-src": ["'none'"], "sandbox": []}

SAID_EVERYWHERE = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
EVERYBODYS = {
    "vacancies:list",
    "vacancies:csv",
    "vacancies:json",
    "statistics",
    "statistics_csv",
    "statistics_json",
    "student:suggest",
}
"""Answers that hold nobody's words, and may be kept for minutes."""
COOKIES = {"__Host-session", "__Host-csrf", "__Host-language"}


def policy_of(response) -> dict[str, list[str]]:
    said = response.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in map(str.split, said) if words}


def complaints(address: Address, response, *, signed_in: bool) -> list[str]:
    """Return what is wrong with the headers of an answer."""
    wrong = [
        f"{name}: {response.headers.get(name)}" for name, said in SAID_EVERYWHERE.items() if response.headers.get(name) != said
    ]
    if (policy := policy_of(response)) not in (POLICY, OF_THE_OFFICE, OF_A_FILE):
        wrong.append(f"policy {policy}")
    if policy == OF_THE_OFFICE and not address.route.startswith("bureau/"):
        wrong.append("trusted types are off")
    if "unsafe" in response.headers["Content-Security-Policy"]:
        wrong.append("unsafe")
    if not re.fullmatch(r"[0-9a-f]{12}", response.headers.get("X-Request-ID", "")):
        wrong.append("no reference")
    wrong += [f"cookie {name}" for name, cookie in response.cookies.items() if name not in COOKIES or not _is_bound(cookie)]
    kept = response.headers.get("Cache-Control", "")
    if signed_in and address.name not in EVERYBODYS and not {"no-store", "private"} <= set(re.split(r",\s*", kept)):
        wrong.append(f"Cache-Control: {kept}")
    if "Server" in response.headers or "X-Powered-By" in response.headers:
        wrong.append("names its software")
    return wrong


def _is_bound(cookie) -> bool:
    return bool(
        cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]
    )


@pytest.mark.parametrize("who", [WITHOUT_AN_ACCOUNT, "student, draft", "institution", "adviser", "head", "administrator"])
def test_every_address_answers_with_every_header(world: World, who, capsys):
    client, wrong, statuses = world.client(who), {}, {}
    for address in addresses():
        if address.name == "account_logout":
            continue
        ways = [candidates(world, address, *gap) for gap in address.gaps]
        path = address.filled([way[-1] for way in ways])
        for method in ("get", "post"):
            response = getattr(client, method)(path, secure=True)
            response.getvalue()
            statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
            if found := complaints(address, response, signed_in=who != WITHOUT_AN_ACCOUNT):
                wrong[method, path, response.status_code] = found
            if not world.is_in(client, who):  # a page signed her out
                client = world.client(who)
    assert wrong == {}
    with capsys.disabled():
        print(f"\n{who}: {statuses}")


def test_a_document_leaves_in_a_sandbox(world: World):
    story = world.stories["draft"]
    document = Document.objects.filter(referral=story.id)[0]
    response = world.client("student, draft").get(f"/documents/{document.key}/", secure=True)
    response.getvalue()
    assert policy_of(response) == OF_A_FILE
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/?q=%00", 400),
        ("/nulle-part/", 404),
        ("/static/scripts/theme.js", 200),
        ("/.well-known/security.txt", 404),
        ("/langue/", 405),
    ],
)
@pytest.mark.django_db
def test_errors_and_static_files_say_as_much(path, status):
    response = Client().get(path, secure=True)
    response.getvalue()
    assert response.status_code == status
    assert complaints(Address(path[1:], path, exempt=False), response, signed_in=False) == []


@pytest.mark.django_db
def test_so_does_an_error_of_ours_and_it_tells_its_reference_and_no_more(monkeypatch):
    monkeypatch.setattr("referrals.public.views.connection", None)
    response = Client(raise_request_exception=False).get("/sante/", secure=True)
    assert response.status_code == 500
    assert complaints(Address("sante/", "health", exempt=False), response, signed_in=False) == []
    page = response.content.decode()
    assert re.search(rf"Référence de l’incident\W+<strong>{response.headers['X-Request-ID']}</strong>", page)
    assert [word for word in ("Traceback", "NoneType", "views.py", "AttributeError") if word in page] == []


@pytest.mark.django_db
def test_plain_http_is_led_to_https():
    response = Client().get("/regles/")
    assert (response.status_code, response.headers["Location"]) == (301, "https://testserver/regles/")


def test_signing_out_empties_the_browser(world: World):
    response = world.client("student, draft").post("/compte/logout/", secure=True)
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in world.client("student, draft").get("/ma-saisine/", secure=True).headers


@pytest.mark.django_db
def test_a_page_may_use_no_power_of_the_browser_but_passkeys():
    said = Client().get("/", secure=True).headers["Permissions-Policy"].split(", ")
    assert set(said) == {f"{power}=()" for power in POWERS} | {f"{power}=(self)" for power in OWN_POWERS}
    assert {"camera=()", "microphone=()", "geolocation=()", "payment=()"} < set(said)


def test_the_pictures_in_a_style_sheet_are_why_data_is_allowed():
    sheet = finders.find("dsfr/dist/dsfr.main.min.css")
    assert "url(data:image" in Path(sheet).read_text().replace('"', "").replace("'", "")
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] == ["'self'", "data:"]
