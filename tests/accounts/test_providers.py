"""Signing in by an identity provider, against one that really is: `oidc-provider`, certified, started here as a process.

The browser is Django's test client on our side and an HTTP session on the provider's; tokens, keys and user information are fetched
over HTTP, as in production.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import environ
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from referrals.accounts.invitations import invite
from referrals.accounts.offered import PROVIDERS, identity_providers, origins
from referrals.models import Invitation, Post, Role, User
from tests import factories
from tests.accounts.conftest import code_of, with_factor
from tests.processes import free_port, wait_until
from tests.student.reading import text_of

FOLDER = Path(__file__).parents[1] / "providers"
SIGNED_BY = {"franceconnect": "ES256", "proconnect": "RS256", "federation": "PS256", "shares-a-secret": "HS256"}
"""Client → the algorithm it has asked the provider to sign by; the last is one that we do not take."""
TWO = PROVIDERS["proconnect"].two_factors[0]
PEOPLE = {
    "zoe": {"email": "zoe@exemple.fr", "given_name": "Zoé", "family_name": "Exemple", "acr": "eidas1"},
    "zoe-moved": {"email": "nouvelle@exemple.fr", "given_name": "Zoé", "acr": "eidas1"},
    "mute": {"acr": "eidas1"},
    "ines": {"email": "Ines@Exemple.fr", "given_name": "Inès", "acr": TWO},
    "ines-one-factor": {"email": "ines@exemple.fr", "given_name": "Inès", "acr": "eidas1"},
    "stranger": {"email": "personne@exemple.fr", "acr": TWO},
}


def why_not() -> str:
    """Return what is missing to start the provider; empty where nothing is."""
    if not shutil.which("node"):
        return "Node is not installed (Debian: apt-get install nodejs npm)"
    if not (FOLDER / "node_modules" / "oidc-provider").exists():
        return f"oidc-provider is not installed: npm ci --prefix {FOLDER.relative_to(Path.cwd())}"
    return ""


def secret_of(client: str) -> str:
    return f"the secret that the provider has drawn for {client}"


@pytest.fixture(scope="module")
def provider(tmp_path_factory) -> Iterator[str]:
    """The provider's address."""
    if missing := why_not():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    port = free_port()
    clients = [
        {
            "client_id": key,
            "client_secret": secret_of(key),
            "redirect_uris": [f"http://testserver{reverse('openid_connect_callback', args=[one])}" for one in PROVIDERS],
            "post_logout_redirect_uris": ["http://testserver/"],
            "token_endpoint_auth_method": "client_secret_post",
            "id_token_signed_response_alg": algorithm,
        }
        | ({"userinfo_signed_response_alg": algorithm} if key != "federation" else {})
        for key, algorithm in SIGNED_BY.items()
    ]
    log = tmp_path_factory.mktemp("provider") / "log"
    env = os.environ | {"PEOPLE": json.dumps(PEOPLE), "CLIENTS": json.dumps(clients)}
    with log.open("wb") as output:
        running = subprocess.Popen(["node", FOLDER / "provider.mjs", str(port)], env=env, stdout=output, stderr=output)
    try:
        wait_until(lambda: "ready at" in log.read_text(), what=f"the provider; see {log}")
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def configured(provider, settings, monkeypatch) -> list[dict]:
    """All three, from the environment alone."""
    for key in PROVIDERS:
        monkeypatch.setenv(f"{key.upper()}_CLIENT_ID", key)
        monkeypatch.setenv(f"{key.upper()}_CLIENT_SECRET", secret_of(key))
        monkeypatch.setenv(f"{key.upper()}_DISCOVERY_URL", f"{provider}/.well-known/openid-configuration")
    apps = identity_providers(environ.Env())
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": apps}}
    return apps


@pytest.fixture
def identify(configured, db) -> Callable[..., SimpleNamespace]:
    """Return a way to go to a provider as one of PEOPLE and back: ``asked``, what we asked; ``response``, the page in the end."""

    def go(key: str, person: str, *, client: Client | None = None, process: str = "login", tamper: Callable = lambda url: url):
        client = client or Client()
        asked = client.post(f"{reverse('openid_connect_login', args=[key])}?process={process}").url
        elsewhere = requests.Session()
        elsewhere.cookies.set("person", person)
        address = asked
        while not address.startswith("http://testserver/"):
            answer = elsewhere.get(address, allow_redirects=False)
            assert answer.is_redirect, answer.text
            address = requests.compat.urljoin(address, answer.headers["Location"])
        back = tamper(address).removeprefix("http://testserver")
        asked_for = {name: value for name, (value,) in parse_qs(urlsplit(asked).query).items()}
        return SimpleNamespace(client=client, asked=asked_for, back=back, response=client.get(back, follow=True))

    return go


def who(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_without_configuration_there_is_no_button_and_no_door(client, db):
    assert identity_providers(environ.Env()) == []
    assert "FranceConnect" not in client.get("/compte/login/").content.decode()
    assert client.post(reverse("openid_connect_login", args=["franceconnect"])).status_code == 404


def test_configured_each_has_its_button_and_the_policy_lets_it_lead_there(client, db, configured, provider):
    page = text_of(client.get("/compte/login/"))
    assert [f"S’identifier avec {one.name}" in page for one in PROVIDERS.values()] == [True] * 3
    assert origins(configured) == [provider]
    assert [app["settings"]["issuer"] for app in configured] == [provider] * 3


@pytest.mark.parametrize("key", PROVIDERS)
def test_what_is_asked(identify, key):
    asked = identify(key, "zoe").asked
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked["state"]), len(asked["nonce"])) >= 16
    assert set(asked["scope"].split()) == set(PROVIDERS[key].scope)
    assert asked["acr_values"] == PROVIDERS[key].acr_values


def test_franceconnect_opens_a_students_account_and_finds_it_again_by_its_sub_alone(identify):
    user = who(identify("franceconnect", "zoe").client)
    assert (user.email, user.is_student, user.has_usable_password()) == ("zoe@exemple.fr", True, False)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("zoe@exemple.fr", False)]
    User.objects.filter(pk=user.pk).update(email="autre@exemple.fr")
    assert who(identify("franceconnect", "zoe").client).pk == user.pk
    assert User.objects.count() == 1


def test_an_address_that_has_an_account_asks_to_sign_in_there_first_and_link(identify, student):
    come = identify("franceconnect", "zoe")
    assert who(come.client) is None
    assert "Un compte existe déjà avec l’adresse que donne FranceConnect" in text_of(come.response)
    client = factories.signed_in(student)
    identify("franceconnect", "zoe", client=client, process="connect")
    assert SocialAccount.objects.get().user == student
    assert who(identify("franceconnect", "zoe").client) == student


def test_another_sub_with_her_address_is_not_she(identify):
    """Whoever claims her address at the provider, unverified, is led to her account's own door."""
    first = who(identify("franceconnect", "zoe").client)
    User.objects.filter(pk=first.pk).update(email="nouvelle@exemple.fr")
    come = identify("franceconnect", "zoe-moved")
    assert who(come.client) is None


def test_without_an_address_one_is_asked_for(identify):
    come = identify("franceconnect", "mute")
    assert come.response.redirect_chain[-1][0] == reverse("socialaccount_signup")
    come.client.post(reverse("socialaccount_signup"), {"email": "muette@exemple.fr", "phone": ""})
    assert who(come.client).email == "muette@exemple.fr"


def test_a_franceconnect_sign_in_gives_no_post_and_opens_none_without_a_second_factor(identify):
    user = who(identify("franceconnect", "zoe").client)
    assert user.posts.count() == 0
    Post.objects.create(user=user, role=Role.ADMINISTRATOR)
    come = identify("franceconnect", "zoe")
    assert come.client.get("/bureau/").url == reverse("mfa_index")


@pytest.fixture
def invited(administrator) -> User:
    user = User.objects.create_user("ines@exemple.fr")
    Post.objects.create(user=user, role=Role.ADMINISTRATOR)
    invite(user, by=administrator, at=timezone.now())
    return user


def test_proconnect_signs_in_whom_somebody_has_invited(identify, invited):
    """Two factors seen there are enough; the invitation has served."""
    come = identify("proconnect", "ines")
    assert who(come.client) == invited
    assert come.client.get("/bureau/").status_code == 200
    assert Invitation.objects.get().used_at is not None
    assert who(identify("proconnect", "ines").client) == invited


def test_the_log_says_who_vouched_for_her(identify, invited, caplog):
    caplog.set_level("INFO", logger="config.security")
    identify("proconnect", "ines")
    identify("proconnect", "ines-one-factor")
    factors = [record.factors for record in caplog.records if getattr(record, "event", "") == "signed_in"]
    assert factors == [["provider_factor", "proconnect"], ["proconnect"]]


def test_with_one_factor_seen_there_ours_is_asked(identify, invited):
    come = identify("proconnect", "ines-one-factor")
    assert come.client.get("/bureau/").url == reverse("mfa_index")
    secret = with_factor(invited)
    come = identify("proconnect", "ines-one-factor")
    assert who(come.client) is None
    come.client.post("/compte/second-facteur/authenticate/", {"code": code_of(secret)})
    assert come.client.get("/bureau/").status_code == 200


@pytest.mark.parametrize("key", ["proconnect", "federation"])
def test_whom_nobody_invited_stays_outside(identify, key, student):
    come = identify(key, "stranger")
    assert come.response.status_code == 403
    assert "Personne ne vous a encore invité" in text_of(come.response)
    assert who(come.client) is None
    assert User.objects.count() == 1


def test_a_students_account_is_not_opened_by_the_providers_of_staff(identify, student):
    come = identify("proconnect", "zoe")
    assert (who(come.client), SocialAccount.objects.count()) == (None, 0)


def test_an_invitation_that_is_over_opens_nothing(identify, invited):
    long_ago = timezone.now() - timedelta(days=30)
    Invitation.objects.update(sent_at=long_ago, expires_at=long_ago + timedelta(days=7))
    assert who(identify("proconnect", "ines").client) is None


def test_the_federation_answers_in_plain_json(identify, invited):
    assert who(identify("federation", "ines").client) == invited


def test_signing_out_signs_out_there_too(identify, provider):
    client = identify("franceconnect", "zoe").client
    response = client.post(reverse("student:leave"))
    assert response.url.startswith(f"{provider}/session/end?")
    asked = parse_qs(urlsplit(response.url).query)
    assert asked["post_logout_redirect_uri"] == ["http://testserver/"]
    assert requests.get(response.url).status_code == 200  # it takes our token for its own
    assert who(client) is None


def test_who_gives_up_there_is_told_that_nothing_has_changed(identify):
    come = identify("franceconnect", "nobody")
    assert "Identification abandonnée" in text_of(come.response)
    assert who(come.client) is None


def test_another_state_is_refused(identify):
    come = identify("franceconnect", "zoe", tamper=lambda url: url.replace("state=", "state=x"))
    assert "L’identification n’a pas abouti" in text_of(come.response)
    assert who(come.client) is None


def test_an_answer_meant_for_another_browser_is_refused(identify):
    """A stranger who sends her the address he came back with signs her in as nobody."""
    his = identify("franceconnect", "zoe", tamper=lambda url: "http://testserver/questions/?kept=" + url)
    back = his.back.partition("kept=")[2].removeprefix("http://testserver")
    her = Client()
    assert "L’identification n’a pas abouti" in text_of(her.get(back, follow=True))
    assert who(her) is None


def test_another_nonce_is_refused(identify, monkeypatch):
    monkeypatch.setattr("referrals.accounts.providers.OpenIDAdapter.get_access_token_data", _with_nonce("another"))
    come = identify("franceconnect", "zoe")
    assert "L’identification n’a pas abouti" in text_of(come.response)
    assert who(come.client) is None


def _with_nonce(nonce: str):
    from referrals.accounts.providers import OpenIDAdapter, OpenIDConnectOAuth2Adapter

    def fetched(self: OpenIDAdapter, *args, **kwargs):
        self.nonce = nonce
        return OpenIDConnectOAuth2Adapter.get_access_token_data(self, *args, **kwargs)

    return fetched


def refused(come: SimpleNamespace) -> bool:
    return "L’identification n’a pas abouti" in text_of(come.response) and who(come.client) is None


def test_a_token_signed_with_a_secret_that_both_know_is_refused(identify, configured):
    configured[0] |= {"client_id": "shares-a-secret", "secret": secret_of("shares-a-secret")}
    assert refused(identify("franceconnect", "zoe"))


@pytest.mark.parametrize(
    "token", ["", "x.y.z", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJSUzI1NiJ9.e30.eA"], ids=["", "x", "none", "no key"]
)
def test_what_is_no_token_is_refused_in_words(identify, monkeypatch, token):
    from referrals.accounts.providers import OpenIDAdapter

    monkeypatch.setattr(OpenIDAdapter, "parse_token", _with_token(token))
    assert refused(identify("franceconnect", "zoe"))


def _with_token(token: str):
    from referrals.accounts.providers import OpenIDConnectOAuth2Adapter

    def parsed(self, data: dict):
        data["id_token"] = token
        return OpenIDConnectOAuth2Adapter.parse_token(self, data)

    return parsed


@pytest.mark.parametrize("endpoint", ["token_endpoint", "userinfo_endpoint", "jwks_uri"])
def test_no_redirect_of_a_provider_is_followed(identify, configured, provider, endpoint):
    path = {"token_endpoint": "token", "userinfo_endpoint": "me", "jwks_uri": "jwks"}[endpoint]
    configured[0]["settings"]["openid_configuration_overrides"] = {endpoint: f"{provider}/moved/{path}"}
    led = requests.get(f"{provider}/moved/{path}", allow_redirects=False)
    assert (led.status_code, led.headers["Location"]) == (307, f"{provider}/{path}")  # whoever followed it would arrive
    assert refused(identify("franceconnect", "zoe"))


def test_a_document_that_is_elsewhere_or_speaks_for_another_opens_nothing(client, db, configured, provider):
    for address in (
        f"{provider}/moved/.well-known/openid-configuration",
        provider.replace("127.0.0.1", "localhost"),
        "http://127.0.0.1:1",
    ):
        configured[0]["settings"] |= {"server_url": address, "issuer": address}
        response = client.post(reverse("openid_connect_login", args=["franceconnect"]))
        assert "L’identification n’a pas abouti" in text_of(response)


def test_of_what_it_says_nothing_is_kept_but_what_finds_her_again(identify):
    identify("franceconnect", "zoe")
    kept = SocialAccount.objects.get().extra_data
    assert set(kept["userinfo"]) | set(kept["id_token"]) <= {"sub", "email", "acr", "amr"}
    assert not SocialToken.objects.exists()
