"""Words of this site are no password: at every door where one is chosen."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from notifications.models import Message
from referrals.accounts import passwords
from referrals.accounts.invitations import invite
from referrals.models import User
from tests import factories
from tests.accounts.conftest import password_typed
from tests.student.reading import errors_of

pytestmark = pytest.mark.django_db

GUESSED = "Saisine-Recteur-2026!"
SENTENCE = "Ce mot de passe se devine : il n’a guère que des mots de ce site, comme « saisine ». Ajoutez-y les vôtres."


@pytest.mark.parametrize(
    ("password", "word"),
    [
        (GUESSED, "saisine"),
        ("monmaster20262027", "monmaster"),
        ("RECTORAT-DE-L-ACADÉMIE", "rectorat"),
        ("s a i s i n e 123456", "saisine"),
        ("Zoé-licence-2026", "licence"),
        ("mot de passe 2026!!", "motdepasse"),
    ],
)
def test_little_more_than_words_of_this_site_is_refused(password, word):
    with pytest.raises(ValidationError) as refusal:
        validate_password(password)
    assert [(error.code, error.params["word"]) for error in refusal.value.error_list] == [("words_of_this_site", word)]


@pytest.mark.parametrize(
    "password",
    [factories.PASSWORD, "la saisine du grand chat violet", "cheval-agrafe-pile", "كلمة سر طويلة جدا", "8301-4471-0962-5583"],
)
def test_what_has_words_of_ones_own_is_taken(password):
    validate_password(password)


def test_the_words_are_written_as_they_are_compared():
    assert [word for word in passwords.WORDS if passwords.letters_of(word) != word] == []


def signing_up(user: User) -> tuple[Client, str, dict[str, str]]:
    return Client(), reverse("account_signup"), {"email": "neuve@exemple.fr", "phone": ""}


def changing(user: User) -> tuple[Client, str, dict[str, str]]:
    return password_typed(user), reverse("account_change_password"), {"oldpassword": factories.PASSWORD}


def setting(user: User) -> tuple[Client, str, dict[str, str]]:
    """Whoever came by an identity provider has none yet."""
    user.set_unusable_password()
    user.save()
    return factories.signed_in(user), reverse("account_set_password"), {}


def resetting(user: User) -> tuple[Client, str, dict[str, str]]:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    link = re.search(r"/compte/password/reset/key/\S+", Message.objects.get(to=user.email).text)
    return client, client.get(link[0]).url, {}


def invited(user: User) -> tuple[Client, str, dict[str, str]]:
    link = invite(user, by=None, at=timezone.now())
    return Client(), link[link.index("/compte/") :], {}


@pytest.mark.parametrize(
    ("door", "fields"),
    [
        (signing_up, ("password1", "password2")),
        (changing, ("password1", "password2")),
        (setting, ("password1", "password2")),
        (resetting, ("password1", "password2")),
        (invited, ("new_password1", "new_password2")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_at_every_door(student, door: Callable, fields):
    client, address, typed = door(student)
    answer = client.post(address, typed | dict.fromkeys(fields, GUESSED))
    assert answer.status_code == 200
    assert SENTENCE in [said for sentences in errors_of(answer).values() for said in sentences]
    assert not any(check_password(GUESSED, kept) for kept in User.objects.values_list("password", flat=True))
    assert client.post(address, typed | dict.fromkeys(fields, "cheval-agrafe-pile")).status_code == 302
