"""Whoever is to hold a post comes in by invitation: once, in time, by her own address; never by public sign-up."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Message
from referrals.accounts.invitations import LASTS, digest_of, invite
from referrals.models import Invitation, Post, Role, User
from tests import factories
from tests.accounts.conftest import code_of, mails_to, password_typed
from tests.student.reading import errors_of, text_of

pytestmark = pytest.mark.django_db

CHOSEN = {"new_password1": factories.PASSWORD, "new_password2": factories.PASSWORD}


def path_of(link: str) -> str:
    return "/" + link.partition("//")[2].partition("/")[2]


@pytest.fixture
def invited(administrator) -> User:
    user = User.objects.create_user("ines@exemple.fr", name="Inès Invitée")
    Post.objects.create(user=user, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture
def link(invited, administrator) -> str:
    return path_of(invite(invited, by=administrator, at=timezone.now()))


def test_accepting_sets_the_password_and_leads_straight_to_a_second_factor(client, invited, link):
    assert "ines@exemple.fr" in text_of(client.get(link))
    response = client.post(link, CHOSEN)
    assert response.url == reverse("mfa_index")
    assert client.session["_auth_user_id"] == str(invited.pk)
    assert client.get("/bureau/").url == reverse("mfa_index")
    invited.refresh_from_db()
    assert invited.check_password(factories.PASSWORD)
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("ines@exemple.fr", True, True)]


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_in(client, invited, link):
    client.post(link, CHOSEN)
    page = client.get("/compte/second-facteur/totp/activate/")
    client.post("/compte/second-facteur/totp/activate/", {"code": code_of(page.context["form"].secret)})
    assert client.get("/bureau/").status_code == 200


def test_it_serves_once(client, invited, link):
    Client().post(link, CHOSEN)
    again = {"new_password1": "un tout autre mot de passe", "new_password2": "un tout autre mot de passe"}
    response = client.post(link, again)
    assert response.status_code == 404
    assert "Cette invitation n’est plus valable" in text_of(response)
    invited.refresh_from_db()
    assert invited.check_password(factories.PASSWORD)


def test_it_expires_after_seven_days(client, link):
    now = timezone.now()
    with time_machine.travel(now + LASTS - timedelta(minutes=1), tick=False):
        assert client.get(link).status_code == 200
    with time_machine.travel(now + LASTS, tick=False):
        assert client.get(link).status_code == 404
        assert client.post(link, CHOSEN).status_code == 404


def test_a_new_one_voids_the_last(client, invited, administrator, link):
    another = path_of(invite(invited, by=administrator, at=timezone.now()))
    assert client.get(link).status_code == 404
    assert client.get(another).status_code == 200


def test_a_closed_account_is_not_opened_by_it(client, invited, link):
    User.objects.filter(pk=invited.pk).update(is_active=False)
    assert client.post(link, CHOSEN).status_code == 404


def test_a_weak_password_is_refused_and_the_link_stays_good(client, link):
    response = client.post(link, {"new_password1": "court", "new_password2": "court"})
    assert list(errors_of(response)) == ["new_password2"]
    assert client.get(link).status_code == 200


def test_of_its_secret_only_a_digest_is_kept(invited, administrator, link):
    secret = link.rstrip("/").rpartition("/")[2]
    invitation = Invitation.objects.get()
    assert invitation.digest == digest_of(secret)
    assert (invitation.sent_by, invitation.used_at) == (administrator, None)
    assert len(secret) == 43


@pytest.mark.parametrize(
    ("page", "words"),
    [("/compte/password/reset/", {"email": "ines@exemple.fr"}), ("/compte/login/code/", {"email": "ines@exemple.fr"})],
)
def test_no_other_road_leads_to_the_first_password(client, link, page, words):
    client.post(page, words)
    assert mails_to("ines@exemple.fr")[-1] == "Votre invitation vous attend"
    last = Message.objects.order_by("pk").last()
    assert re.findall(r"https?://\S+|\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", last.text) == []


def given(email: str) -> dict:
    return {
        "user": email, "role": Role.CASEWORKER, "regions": ["R84"], "since": "2026-09-01", "until": "", "institution": "",
        "capacity": "", "delegation": "",
    }  # fmt: skip


@pytest.fixture
def office(signed_in, administrator):
    factories.academy("Lyon")
    return signed_in(administrator)


def test_giving_a_post_to_an_address_without_account_invites_it(office):
    page = office.post("/bureau/referrals/post/add/", given("Nouvelle@Exemple.fr"), follow=True)
    assert "Une invitation part à nouvelle@exemple.fr" in text_of(page)
    user = User.objects.get(email="nouvelle@exemple.fr")
    assert user.posts.get().role == Role.CASEWORKER
    assert not user.has_usable_password()
    assert mails_to("nouvelle@exemple.fr") == ["Une fonction vous attend sur la saisine du recteur"]


def test_an_account_opened_by_a_stranger_is_taken_out_of_his_hands(office, client):
    """He signs up with her address and waits for the post to come: his password is void, and only her mailbox opens the account."""
    words = {"email": "ines@exemple.fr", "phone": "", "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post("/compte/signup/", words)
    his = password_typed(User.objects.get(email="ines@exemple.fr"))
    assert his.get("/ma-saisine/").status_code == 200
    office.post("/bureau/referrals/post/add/", given("ines@exemple.fr"))
    assert his.get("/ma-saisine/").status_code == 302
    assert "_auth_user_id" not in password_typed(User.objects.get(email="ines@exemple.fr")).session
    assert mails_to("ines@exemple.fr")[-1] == "Une fonction vous attend sur la saisine du recteur"


def test_an_account_that_is_known_to_be_hers_needs_no_invitation(office, student):
    EmailAddress.objects.create(user=student, email=student.email, verified=True, primary=True)
    office.post("/bureau/referrals/post/add/", given(student.email))
    assert student.posts.count() == 1
    assert not Invitation.objects.exists()


def test_a_lost_invitation_is_sent_again(office, invited, link):
    page = office.post(f"/bureau/referrals/user/{invited.pk}/inviter/", follow=True)
    assert "Une invitation part à ines@exemple.fr" in text_of(page)
    assert mails_to("ines@exemple.fr") == ["Une fonction vous attend sur la saisine du recteur"] * 2
    assert office.get(link).status_code == 404


def test_nobody_is_invited_whose_account_is_open(office, caseworker):
    EmailAddress.objects.create(user=caseworker, email=caseworker.email, verified=True, primary=True)
    assert office.post(f"/bureau/referrals/user/{caseworker.pk}/inviter/").status_code == 404
    caseworker.refresh_from_db()
    assert caseworker.has_usable_password()


def test_the_first_administrator_is_invited_from_the_server(capsys, client):
    call_command("create_administrator", "premiere@exemple.fr")
    (link,) = re.findall(r"http\S+", capsys.readouterr().out)
    assert client.get(path_of(link)).status_code == 200
    assert mails_to("premiere@exemple.fr") == ["Une fonction vous attend sur la saisine du recteur"]
