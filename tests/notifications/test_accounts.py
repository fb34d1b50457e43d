"""Account mails take the road of all others."""

import re

import pytest
from django.urls import reverse

from notifications import outbox
from notifications.models import Audience, Message
from notifications.writing import plain
from tests import factories
from tests.notifications.conftest import UNDEFINED

pytestmark = pytest.mark.django_db


def sign_up(client, email: str = "zoe.d'exemple@exemple.fr"):
    words = {"email": email, "phone": "", "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    return client.post(reverse("account_signup"), words)


def ask_for_a_new_password(client, email: str):
    return client.post(reverse("account_reset_password"), {"email": email})


def the_mail() -> Message:
    message = Message.objects.get()
    assert message.audience == Audience.ACCOUNT
    assert message.referral is None
    assert UNDEFINED not in message.text + message.html
    return message


def test_signing_up_asks_to_confirm_the_address(client, server, mailoutbox):
    assert sign_up(client).status_code == 302
    message = the_mail()
    assert message.subject == "Confirmez votre adresse électronique"
    assert message.to == "zoe.d'exemple@exemple.fr"
    assert "zoe.d'exemple@exemple.fr" in message.text
    (link,) = re.findall(r"^http\S+$", message.text, re.MULTILINE)
    assert f'<a href="{link}">Confirmer mon adresse</a>' in message.html
    assert client.get(link).status_code == 200
    assert mailoutbox == []  # nothing takes a road of its own


def test_an_account_mail_leaves_by_the_same_road_and_keeps_no_secret(client, server):
    sign_up(client)
    message = the_mail()
    outbox.deliver(message.pk, at=message.next_attempt_at)
    (mail,) = server.mails
    assert mail["To"] == message.to
    assert "Confirmer mon adresse" in mail.get_body(("plain",)).get_content()
    message.refresh_from_db()
    assert (message.text, message.html) == ("", "")
    assert message.recorded_at is not None


def test_a_forgotten_password(client):
    user = factories.UserFactory()
    ask_for_a_new_password(client, user.email)
    message = the_mail()
    assert (message.to, message.subject) == (user.email, "Choisissez un nouveau mot de passe")
    (link,) = re.findall(r"^http\S+$", message.text, re.MULTILINE)
    assert client.get(link).status_code in (200, 302)


def test_a_forgotten_password_of_nobody(client):
    ask_for_a_new_password(client, "personne@exemple.fr")
    assert the_mail().subject == "Aucun compte à cette adresse"


@pytest.mark.parametrize("name", ["email_confirmation", "email_confirmation_signup", "password_reset_key", "unknown_account"])
def test_each_of_them_speaks_french(name):
    link = "https://exemple.fr/?a=1&b=2"
    known = {"email": "o'neil@exemple.fr", "activate_url": link, "password_reset_url": link, "signup_url": link}
    text = plain(f"account/email/{name}_message.txt", known)
    assert text.strip().startswith("Bonjour,")
    assert "o'neil@exemple.fr" in text
    assert f" :\n{link}\n" in text
