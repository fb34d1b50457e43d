"""What a request may claim: its host, where it comes from, its method, and that it is ours."""

import pytest
from allauth.account.adapter import get_adapter
from django.apps import apps
from django.test import Client, RequestFactory
from django.urls import reverse

from .walk import addresses, candidates
from .world import World

WITHOUT_A_TOKEN = {
    "language": "no page that anybody may read needs a cookie; a stranger's form could change no more than a language",
    "verify_letter": "it changes nothing, and to check a token would read a file of any size first",
}
"""Addresses that take a form from anywhere, and why."""


@pytest.mark.parametrize(
    "host", ["ailleurs.exemple", "testserver.ailleurs.exemple", "testserver@ailleurs.exemple", "a b", "testserver:x", ""]
)
@pytest.mark.django_db
def test_a_forged_host_is_refused(host):
    response = Client(headers={"Host": host}).get("/")
    assert response.status_code == 400
    assert "ailleurs" not in response.content.decode()


@pytest.mark.django_db
def test_a_forged_forwarded_host_changes_nothing():
    headers = {
        "X-Forwarded-Host": "ailleurs.exemple",
        "X-Forwarded-Port": "1",
        "Forwarded": "host=ailleurs.exemple",
        "X-Original-URL": "/bureau/",
    }
    response = Client(headers=headers).post("/langue/", {"language": "en", "page": "//ailleurs.exemple/"})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert "ailleurs" not in Client(headers=headers).get("/").content.decode()


@pytest.mark.parametrize(
    ("proxies", "said", "believed"),
    [
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        (2, "203.0.113.9, 192.0.2.1, 198.51.100.7", "192.0.2.1"),
        (0, "203.0.113.9", "127.0.0.1"),
    ],
)
def test_only_our_proxies_say_where_a_request_comes_from(settings, proxies, said, believed):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": said})
    assert get_adapter().get_client_ip(request) == believed


def test_a_form_without_our_token_is_refused_everywhere(world: World):
    """Every address, before anybody asks who may enter."""
    client, taken = world.client("head"), set()
    client.handler.enforce_csrf_checks = True
    for address in addresses():
        path = address.filled([candidates(world, address, *gap)[0] for gap in address.gaps])
        response = client.post(path, headers={"Origin": "https://ailleurs.exemple"})
        if response.status_code != 403:
            taken.add(address.name)
    assert taken == set(WITHOUT_A_TOKEN)
    assert {address.name for address in addresses() if address.exempt} == set(WITHOUT_A_TOKEN)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_so_is_every_other_unsafe_method(world: World, method):
    client = world.client("head")
    client.handler.enforce_csrf_checks = True
    for name in ("admin:index", "student:home", "account_email", "home"):
        assert getattr(client, method)(reverse(name)).status_code == 403


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "PROPFIND"])
@pytest.mark.django_db
def test_a_method_nobody_knows_gets_no_page(method):
    response = Client(raise_request_exception=False).generic(method, "/")
    assert response.status_code == 405


@pytest.mark.django_db
def test_only_reading_is_allowed_where_there_is_nothing_to_change():
    client = Client()
    for name in ("home", "rules", "legal", "accessibility", "vacancies:list", "statistics_json", "security_txt", "robots_txt"):
        assert client.post(reverse(name)).status_code == 405, name


@pytest.mark.django_db
def test_who_finds_a_weakness_reads_whom_to_tell(settings, the_day):
    settings.SECURITY_CONTACT, settings.SITE_URL = "mailto:securite@saisine.example", "https://saisine.example"
    response = Client().get("/.well-known/security.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode() == (
        "Contact: mailto:securite@saisine.example\n"
        "Expires: 2026-12-19T00:00:00Z\n"
        "Preferred-Languages: fr, en\n"
        "Canonical: https://saisine.example/.well-known/security.txt\n"
    )


@pytest.mark.django_db
def test_search_engines_are_kept_out_of_the_rooms():
    said = Client().get("/robots.txt").content.decode().splitlines()
    assert said[0] == "User-agent: *"
    assert {"Disallow: /ma-saisine/", "Disallow: /bureau/", "Disallow: /documents/"} < set(said)


# What the tries of `test_fuzz_addresses` and `test_fuzz_forms` have found, kept as cases


@pytest.mark.parametrize("page", ["2026-02-30", "home", "", "//ailleurs.exemple/", "javascript:alert(1)"])
@pytest.mark.django_db
def test_whoever_chooses_a_language_is_led_to_a_page(page):
    response = Client().post("/langue/", {"language": "en", "page": page})
    assert (response.status_code, response.headers["Location"]) == (302, "/")


def test_a_word_in_the_place_of_a_choice_is_refused_with_a_sentence(world: World):
    sendings = {"vacancy": {"programme": "0948-01-28"}, "programme": {"institution": "\0", "recommended": ["x", "1"]}}
    for page, sent in sendings.items():
        response = world.client("administrator").post(f"/bureau/vacancies/{page}/add/", sent)
        assert response.status_code == 200
        assert "errornote" in response.content.decode()


def test_only_what_a_form_completes_is_completed(world: World):
    """And no other relation of the database, which the stock page would look through, or break on."""
    client, completed = world.client("administrator"), set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            about = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            response = client.get(reverse("admin:autocomplete"), about | {"term": "a"})
            if response.status_code != 403:
                completed.add((response.status_code, model._meta.model_name, field.name))
    forms = {
        "vacancy": ["programme"],
        "institution": ["academy"],
        "programme": ["institution", "mention", "academy", "recommended"],
        "import": ["institution"],
        "merger": ["successor"],
        "question": ["institution", "licence", "master"],
    }
    assert completed == {(200, model, field) for model, fields in forms.items() for field in fields}
