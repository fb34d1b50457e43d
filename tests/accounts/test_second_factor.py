"""A second factor, for whoever holds a post, at each sign-in; nothing but its set-up before."""

from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from referrals.accounts.second_factor import SETTING_UP, SHOWING, WAY_OUT
from referrals.models import Post, Role
from referrals.sealing import MARK
from tests import factories
from tests.accounts.conftest import code_of, mails_to, password_typed, recovery_codes_of, with_factor
from tests.student.reading import errors_of, text_of
from tests.test_conventions import every_route, sample

pytestmark = pytest.mark.django_db

ADDRESSES = sorted(
    {address for route in every_route() if "?P" not in (address := sample(route))}
    | {"/compte/confirm-email/x/", "/compte/password/reset/key/a-b/"}
)
"""One of each route; the two whose patterns are too rich for a sample are written out."""
SET_UP = reverse("mfa_index")
SHOW = reverse("mfa_reauthenticate")


def named(names: frozenset[str]) -> set[str]:
    samples = {"account_confirm_email": ["x"]}
    return {reverse(name, args=samples.get(name)) for name in names}


def test_without_one_a_post_opens_nothing_but_its_set_up_help_and_the_way_out(caseworker):
    client = password_typed(caseworker)
    assert client.session["_auth_user_id"] == str(caseworker.pk)
    open_ones = {address for address in ADDRESSES if client.get(address).headers.get("Location") != SET_UP}
    assert open_ones - named(SETTING_UP | WAY_OUT) == set()


def test_a_session_that_has_not_shown_the_factor_reaches_only_its_question(caseworker):
    """Somebody signed in, and set one up in another browser meanwhile: neither codes nor pages open here before it is shown."""
    client = password_typed(caseworker)
    with_factor(caseworker)
    closed = {address for address in ADDRESSES if client.get(address).headers.get("Location", "").startswith(f"{SHOW}?")}
    assert closed >= {
        SET_UP,
        reverse("mfa_view_recovery_codes"),
        reverse("mfa_activate_totp"),
        reverse("account_reauthenticate"),
        "/bureau/",
    }
    assert set(ADDRESSES) - closed == named(WAY_OUT | SHOWING)


def test_it_is_asked_for_at_each_sign_in(caseworker):
    secret = with_factor(caseworker)
    client = Client()
    response = client.post("/compte/login/", {"login": caseworker.email, "password": factories.PASSWORD})
    assert response.url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get("/bureau/").status_code == 302
    assert errors_of(client.post(response.url, {"code": "000000"})) == {"code": ["Code incorrect."]}
    assert client.post(response.url, {"code": code_of(secret)}).url == "/entree/"
    assert client.get("/bureau/").status_code == 200


def test_a_code_serves_once(caseworker):
    secret = with_factor(caseworker)
    code = code_of(secret)
    for expected in (True, False):
        client = password_typed(caseworker)
        client.post("/compte/second-facteur/authenticate/", {"code": code})
        assert ("_auth_user_id" in client.session) == expected


def test_a_recovery_code_stands_in_once(caseworker):
    with_factor(caseworker)
    code = recovery_codes_of(caseworker)[0]
    for expected in (True, False):
        client = password_typed(caseworker)
        client.post("/compte/second-facteur/authenticate/", {"code": code})
        assert ("_auth_user_id" in client.session) == expected
    assert len(recovery_codes_of(caseworker)) == 9


@pytest.mark.django_db(transaction=True)
def test_setting_one_up_opens_the_office_and_gives_recovery_codes(caseworker):
    client = password_typed(caseworker)
    page = client.get("/compte/second-facteur/totp/activate/")
    response = client.post("/compte/second-facteur/totp/activate/", {"code": code_of(page.context["form"].secret)})
    assert response.url == reverse("mfa_view_recovery_codes")
    assert recovery_codes_of(caseworker)[0] in text_of(client.get(response.url))
    assert client.get("/bureau/").status_code == 200
    assert mails_to(caseworker.email)[-1] == "Second facteur mis en place"


def test_taking_the_last_one_away_leads_back_to_the_set_up(signed_in, caseworker):
    client = signed_in(caseworker)
    client.post("/compte/second-facteur/totp/deactivate/", {})
    assert not Authenticator.objects.filter(user=caseworker).exists()
    assert client.get("/bureau/").url == SET_UP


def test_an_account_of_public_sign_up_that_is_given_a_post_is_asked_as_well(student):
    client = password_typed(student)
    assert client.get("/ma-saisine/").status_code == 200
    Post.objects.create(user=student, role=Role.ADMINISTRATOR, since=date(2018, 1, 1))
    assert client.get("/bureau/").url == SET_UP
    assert client.get("/ma-saisine/").url == SET_UP


def test_a_post_that_has_ended_opens_nothing_from_the_next_request_on(signed_in, caseworker):
    client = signed_in(caseworker)
    assert client.get("/bureau/").status_code == 200
    caseworker.posts.update(until=localdate() - timedelta(days=1))
    assert client.get("/bureau/").status_code == 302
    assert client.get("/bureau/", follow=True).status_code == 403


def test_a_student_needs_none_and_may_have_one(student):
    assert password_typed(student).get("/ma-saisine/").status_code == 200
    secret = with_factor(student)
    client = password_typed(student)
    assert "_auth_user_id" not in client.session
    assert client.post("/compte/second-facteur/authenticate/", {"code": code_of(secret)}).url == "/entree/"


def test_no_factor_for_an_address_that_may_be_somebody_elses(client):
    words = {"email": "zoe@exemple.fr", "phone": "", "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post("/compte/signup/", words)
    client.post("/compte/login/", {"login": "zoe@exemple.fr", "password": factories.PASSWORD})
    page = client.get("/compte/second-facteur/totp/activate/", follow=True)
    assert page.redirect_chain == [(SET_UP, 302)]
    assert "Confirmez d’abord votre adresse électronique" in text_of(page)


def test_its_secrets_are_sealed_in_the_database(caseworker):
    secret = with_factor(caseworker)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator ORDER BY id")
        rows = [row for (row,) in cursor.fetchall()]
    assert [MARK.decode() in row for row in rows] == [True, True]
    assert secret not in "".join(rows)


def test_a_stranger_who_knows_the_password_cannot_shut_her_out_of_the_form(settings, caseworker):
    """Tries are counted, for the account; who has no password never comes so far."""
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}
    with_factor(caseworker)
    client = password_typed(caseworker)
    answers = [client.post("/compte/second-facteur/authenticate/", {"code": "000000"}) for _ in range(6)]
    assert [errors_of(answer)["code"] for answer in answers[:5]] == [["Code incorrect."]] * 5
    assert errors_of(answers[5])["code"] != ["Code incorrect."]
