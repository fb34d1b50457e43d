"""What matters is confirmed, told and ended: confirmations, notices by mail, places, sessions, lost factors, passwords at rest."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import get_hasher, make_password
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from config.settings import base
from notifications.models import Message
from referrals.accounts import places
from referrals.accounts.confirming import confirmed
from referrals.accounts.sessions import LONGEST
from referrals.models import KnownPlace, Post, Role, User
from referrals.tasks import clear_sessions
from tests import factories
from tests.accounts.conftest import code_of, mails_to, password_typed, with_factor
from tests.office.pages import text_of

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1"
AT_HOME = {"REMOTE_ADDR": "192.0.2.7", "HTTP_USER_AGENT": FIREFOX}


# Passwords at rest


def test_passwords_are_kept_by_argon2_as_owasp_asks(settings):
    """OWASP, Password Storage Cheat Sheet: Argon2id, at least 19 MiB with two passes and one lane."""
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    kept = make_password("un mot de passe assez long")
    variety, _version, costs = kept.removeprefix("argon2$").split("$")[:3]
    memory, passes, lanes = (int(cost.partition("=")[2]) for cost in costs.split(","))
    assert (get_hasher().algorithm, variety) == ("argon2", "argon2id")
    assert (memory >= 19 * 1024, passes >= 2, lanes >= 1) == (True, True, True)


# Confirming that it is she


@pytest.fixture
def later() -> Callable[[int], time_machine.travel]:
    return lambda minutes: time_machine.travel(timezone.now() + timedelta(minutes=minutes))


ACTS = {
    "post": lambda user: (
        reverse("admin:referrals_post_add"),
        {"user": "x@exemple.fr", "role": Role.ADMINISTRATOR, "since": "2026-01-01"},
    ),
    "account": lambda user: (reverse("admin:referrals_user_add"), {"email": "y@exemple.fr", "name": "", "phone": ""}),
    "publication": lambda user: (reverse("admin:referrals_publication_add"), {"campagne": "x"}),
    "factor": lambda user: (reverse("admin:referrals_post_reset_factor", args=[user.pk]), {"reason": "Téléphone volé"}),
    "address": lambda user: (reverse("account_email"), {"action_add": "1", "email": "z@exemple.fr"}),
    "application": lambda user: (reverse("mfa_deactivate_totp"), {}),
    "sessions": lambda user: (reverse("usersessions_list"), {}),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_matters_is_confirmed_a_quarter_of_an_hour_after_the_sign_in(signed_in, administrator, caseworker, later, act):
    with_factor(caseworker)
    client = signed_in(administrator)
    address, data = ACTS[act](caseworker)
    with later(16):
        response = client.post(address, data)
        assert response.url == f"/compte/reauthenticate/?next={address.replace('/', '%2F')}"
    assert User.objects.filter(email__in=["x@exemple.fr", "y@exemple.fr"]).count() == 0
    assert Authenticator.objects.filter(user=caseworker).count() == 2


def test_confirmed_she_does_what_she_was_about_to_do(signed_in, administrator, later):
    client = signed_in(administrator)
    address, data = ACTS["account"](administrator)
    with later(16):
        question = client.post(address, data).url
        client.post(question, {"password": factories.PASSWORD})
    assert User.objects.filter(email="y@exemple.fr").exists()


def test_a_wrong_password_confirms_nothing(signed_in, administrator, later):
    client = signed_in(administrator)
    address, data = ACTS["account"](administrator)
    with later(16):
        client.post(client.post(address, data).url, {"password": "un mot de passe faux"})
    assert not User.objects.filter(email="y@exemple.fr").exists()


def test_a_view_may_ask_before_it_shows_anything(student, rf: RequestFactory):
    request = rf.get("/")
    request.user, request.session = student, {}
    shown = confirmed(lambda request: "shown")
    assert shown(request) == "shown"
    with pytest.raises(ReauthenticationRequired), request_context(request):
        confirmed(reading=True)(lambda request: "shown")(request)
    request.session = {
        "account_authentication_methods": [{"method": "password", "at": time.time()}],
        "account_authentication_methods_user": str(student.pk),
    }
    with request_context(request):
        assert confirmed(reading=True)(lambda request: "shown")(request) == "shown"


# Told by mail


def test_a_changed_password_is_told_and_ends_every_other_session(student):
    EmailAddress.objects.create(user=student, email=student.email, verified=True, primary=True)
    here, elsewhere = password_typed(student), password_typed(student)
    words = {
        "oldpassword": factories.PASSWORD,
        "password1": "un tout autre mot de passe",
        "password2": "un tout autre mot de passe",
    }
    here.post("/compte/password/change/", words)
    assert mails_to(student.email) == ["Votre mot de passe a changé"]
    assert here.get("/ma-saisine/").status_code == 200
    assert elsewhere.get("/ma-saisine/").status_code == 302


def test_a_changed_address_is_told_to_both(student):
    EmailAddress.objects.create(user=student, email=student.email, verified=True, primary=True)
    EmailAddress.objects.create(user=student, email="nouvelle@exemple.fr", verified=True)
    password_typed(student).post("/compte/email/", {"action_primary": "1", "email": "nouvelle@exemple.fr"})
    told = Message.objects.values_list("to", "subject")
    assert sorted(told) == [
        (address, "L’adresse de votre compte a changé") for address in ("nouvelle@exemple.fr", "zoe@exemple.fr")
    ]


def test_a_mail_names_the_browser_and_not_where_she_was(signed_in, caseworker):
    client = signed_in(caseworker)
    client.post("/compte/second-facteur/totp/deactivate/", {}, **AT_HOME)
    text = Message.objects.get(to=caseworker.email).text
    assert "depuis ce navigateur : Firefox, Linux." in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "192.0.2" not in text


def test_the_first_sign_in_is_no_news_and_a_new_place_is(student):
    password_typed(student, **AT_HOME)
    password_typed(student, **(AT_HOME | {"REMOTE_ADDR": "192.0.2.99"}))  # the same network
    assert mails_to(student.email) == []
    password_typed(student, **(AT_HOME | {"REMOTE_ADDR": "198.51.100.7"}))
    password_typed(student, **(AT_HOME | {"HTTP_USER_AGENT": SAFARI}))
    assert mails_to(student.email) == ["Connexion depuis un nouvel endroit"] * 2
    password_typed(student, **(AT_HOME | {"HTTP_USER_AGENT": SAFARI}))
    assert len(mails_to(student.email)) == 2


def test_a_place_is_kept_as_a_digest_of_ones_own_and_forgotten(student, caseworker):
    for user in (student, caseworker):
        password_typed(user, **AT_HOME)
    kept = list(KnownPlace.objects.values_list("digest", flat=True))
    assert [bool(re.fullmatch(r"[0-9a-f]{64}", digest)) for digest in kept] == [True, True]
    assert len(set(kept)) == 2
    assert places.forget(at=timezone.now() + places.KEPT - timedelta(minutes=1)) == 0
    assert places.forget(at=timezone.now() + places.KEPT + timedelta(minutes=1)) == 2


def test_what_has_ended_is_forgotten_every_hour(student, caseworker):
    password_typed(student, **AT_HOME)
    password_typed(caseworker, **AT_HOME)
    with time_machine.travel(timezone.now() + timedelta(hours=5)):
        clear_sessions()
    assert (UserSession.objects.count(), KnownPlace.objects.count()) == (0, 2)
    with time_machine.travel(timezone.now() + timedelta(days=181)):
        clear_sessions()
    assert KnownPlace.objects.count() == 0


@pytest.mark.parametrize(("agent", "name"), [(FIREFOX, "Firefox, Linux"), (SAFARI, "Safari, iPhone"), ("curl/8.1", ""), ("", "")])
def test_a_browser_has_a_plain_name(agent, name):
    assert places.browser_of(agent) == name


@pytest.mark.parametrize(
    ("address", "network"), [("192.0.2.7", "192.0.2.0"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"), ("2001:db8:1::", "2001:db8:1::")]
)
def test_a_network_is_no_machine(address, network):
    assert places.network_of(address) == network


# Sessions


def test_sessions_are_listed_without_tracking_and_the_others_ended(student):
    here, elsewhere = password_typed(student, **AT_HOME), password_typed(student, **(AT_HOME | {"HTTP_USER_AGENT": SAFARI}))
    page = text_of(here.get("/compte/sessions/"))
    assert ("Firefox, Linux (celle-ci)" in page, "Safari, iPhone" in page, "192.0.2.0" in page, "192.0.2.7" in page) == (
        True,
        True,
        True,
        False,
    )
    assert set(UserSession.objects.values_list("ip", "user_agent")) == {
        ("192.0.2.0", "Firefox, Linux"),
        ("192.0.2.0", "Safari, iPhone"),
    }
    here.post("/compte/sessions/", {})
    assert here.get("/ma-saisine/").status_code == 200
    assert elsewhere.get("/ma-saisine/").status_code == 302


def session_of(client: Client) -> UserSession:
    return UserSession.objects.get(session_key=client.session.session_key)


def test_sessions_are_ended_one_by_one(student):
    here, lost, kept = (password_typed(student) for _ in range(3))
    page = here.get("/compte/sessions/").content.decode()
    named = [one.pk for one in map(session_of, (here, lost, kept)) if f'name="session" value="{one.pk}"' in " ".join(page.split())]
    assert named == [session_of(lost).pk, session_of(kept).pk]
    response = here.post("/compte/sessions/", {"session": session_of(lost).pk}, follow=True)
    assert "La session est terminée." in text_of(response)
    assert [client.get("/ma-saisine/").status_code for client in (here, lost, kept)] == [200, 302, 200]


def test_confirmed_she_ends_the_session_she_was_about_to_end(student, later):
    here, lost, kept = (password_typed(student) for _ in range(3))
    with later(16):
        question = here.post("/compte/sessions/", {"session": session_of(lost).pk}).url
        assert lost.get("/ma-saisine/").status_code == 200
        here.post(question, {"password": factories.PASSWORD})
        assert [client.get("/ma-saisine/").status_code for client in (here, lost, kept)] == [200, 302, 200]


def test_nobody_elses_session_is_ended_nor_told_from_one_that_is_over(student, caseworker):
    here, over, foreign = password_typed(student), password_typed(student), password_typed(caseworker)
    gone = session_of(over).pk
    here.post("/compte/sessions/", {"session": gone})
    answers = [here.post("/compte/sessions/", {"session": named}) for named in (gone, session_of(foreign).pk, 10**30, "x")]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert ["Cette session n’est plus ouverte." in text_of(answer) for answer in answers] == [True] * 4
    assert foreign.session["_auth_user_id"] == str(caseworker.pk)


def test_the_present_session_is_left_by_signing_out(student):
    here = password_typed(student)
    assert here.post("/compte/sessions/", {"session": session_of(here).pk}).status_code == 404
    assert here.get("/ma-saisine/").status_code == 200


def test_a_sign_in_changes_the_sessions_key(student):
    client = Client()
    client.get("/compte/login/")
    session = client.session
    session["kept"] = "yes"
    session.save()
    client.cookies["session"] = session.session_key
    password_typed(student, client)
    assert client.session.session_key != session.session_key
    assert client.session["kept"] == "yes"


def test_a_session_of_somebody_with_a_post_lasts_twelve_hours_at_most(signed_in, caseworker, student):
    began = timezone.now()
    hers, students = signed_in(caseworker), password_typed(student)
    for hours in (3, 6, 9, 11.9):
        with time_machine.travel(began + timedelta(hours=hours)):
            assert [client.get(page).status_code for client, page in ((hers, "/bureau/"), (students, "/ma-saisine/"))] == [200, 200]
    with time_machine.travel(began + LONGEST + timedelta(minutes=1)):
        assert hers.get("/bureau/").url == "/compte/login/?next=/bureau/"
        assert students.get("/ma-saisine/").status_code == 200


def test_four_idle_hours_end_any(student):
    client = password_typed(student)
    with time_machine.travel(timezone.now() + timedelta(hours=4, minutes=1)):
        assert client.get("/ma-saisine/").status_code == 302


# A lost factor


@pytest.fixture
def head(db) -> User:
    return factories.post(Role.HEAD, region=factories.academy("Lyon").region, name="Hélène Cheffe")


REASON = {"reason": "Téléphone volé ; reconnue de vive voix."}


def reset(user: User) -> str:
    return reverse("admin:referrals_post_reset_factor", args=[user.pk])


@pytest.mark.parametrize("who", ["head", "administrator"])
def test_a_lost_factor_is_reset_traced_and_told(signed_in, caseworker, who, request):
    by = request.getfixturevalue(who)
    hers, office = signed_in(caseworker), signed_in(by)
    assert office.post(reset(caseworker), {"reason": ""}).status_code == 200  # a reason is asked
    assert Authenticator.objects.filter(user=caseworker).count() == 2
    office.post(reset(caseworker), REASON)
    assert not Authenticator.objects.filter(user=caseworker).exists()
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, REASON["reason"] in entry.change_message) == (by, str(caseworker.pk), True)
    assert mails_to(caseworker.email) == ["Votre second facteur a été réinitialisé"]
    assert str(by) in Message.objects.get(to=caseworker.email).text
    assert hers.get("/bureau/").status_code == 302
    assert password_typed(caseworker).get("/bureau/").url == reverse("mfa_index")


def test_nobody_resets_her_own(signed_in, administrator):
    assert signed_in(administrator).post(reset(administrator), REASON).status_code == 404
    assert Authenticator.objects.filter(user=administrator).count() == 2


@pytest.mark.parametrize("more", ["abroad", "nation", "institution", "student"])
def test_a_head_resets_only_those_whose_posts_are_all_in_her_regions(signed_in, head, student, more):
    lyon, strasbourg = factories.academy("Lyon").region, factories.academy("Strasbourg").region
    user = student if more == "student" else factories.post(Role.CASEWORKER, region=lyon)
    match more:
        case "abroad":
            Post.objects.create(user=user, role=Role.CASEWORKER).regions.add(strasbourg)
        case "nation":
            Post.objects.create(user=user, role=Role.ADMINISTRATOR)
        case "institution":
            Post.objects.create(user=user, role=Role.INSTITUTION, institution=factories.InstitutionFactory())
    with_factor(user)
    assert signed_in(head).post(reset(user), REASON).status_code == 404
    assert Authenticator.objects.filter(user=user).count() == 2


def test_a_caseworker_resets_nobodys(signed_in, caseworker):
    colleague = factories.post(Role.CASEWORKER, region=factories.academy("Lyon").region)
    with_factor(colleague)
    assert signed_in(caseworker).post(reset(colleague), REASON).status_code == 404


def test_the_pages_of_the_office_lead_there(signed_in, head, administrator, caseworker):
    with_factor(caseworker)
    hers = reverse("admin:referrals_post_change", args=[caseworker.posts.get().pk])
    account = reverse("admin:referrals_user_change", args=[caseworker.pk])
    for by, page in ((head, hers), (administrator, account)):
        client = signed_in(by)
        assert f'href="{reset(caseworker)}"' in client.get(page).content.decode()
        assert caseworker.email in text_of(client.get(reset(caseworker)))


def test_a_code_after_the_reset_opens_nothing(signed_in, administrator, caseworker):
    secret = with_factor(caseworker)
    signed_in(administrator).post(reset(caseworker), REASON)
    client = password_typed(caseworker)
    assert client.post("/compte/second-facteur/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/bureau/").url == reverse("mfa_index")
