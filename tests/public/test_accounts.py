"""Opening an account and finding it again, in French and without telling who has one."""

import pytest
from django.test import Client

from referrals.models import User
from tests import factories
from tests.student.reading import errors_of, text_of

pytestmark = pytest.mark.django_db

ANSWERS = {"email": "Zoe@Exemple.fr", "phone": "01 99 00 12 34", "password1": factories.PASSWORD, "password2": factories.PASSWORD}


def test_signing_up_asks_for_a_lasting_address_and_a_telephone(client):
    page = text_of(client.get("/compte/signup/"))
    assert "Une adresse que vous garderez après vos études" in page
    assert "Téléphone" in page


def test_a_new_account_works_at_once(client):
    response = client.post("/compte/signup/", ANSWERS, follow=True)
    assert response.redirect_chain == [("/compte/login/", 302)]
    assert response.context["form"]["login"].value() == "zoe@exemple.fr"
    user = User.objects.get()
    assert (user.email, user.phone) == ("zoe@exemple.fr", "01 99 00 12 34")
    assert client.post("/compte/login/", {"login": user.email, "password": factories.PASSWORD}).url == "/entree/"
    assert client.get("/entree/").url == "/ma-saisine/"


def test_what_is_wrong_is_said_beside_its_field(client):
    response = client.post("/compte/signup/", ANSWERS | {"email": "zoe", "password1": "court", "password2": "court"})
    assert sorted(errors_of(response)) == ["email", "password1"]
    page = response.content.decode()
    assert '<a href="#id_email">' in page
    assert 'id="id_password1_error"' in page


def test_a_forgotten_password_tells_nobody_who_has_an_account(client):
    factories.UserFactory(email="connue@exemple.fr")
    answers = [
        client.post("/compte/password/reset/", {"email": email}).url for email in ("connue@exemple.fr", "inconnue@exemple.fr")
    ]
    assert answers == ["/compte/password/reset/done/"] * 2


def test_a_wrong_password_and_a_wrong_address_sound_the_same(client):
    factories.UserFactory(email="connue@exemple.fr")
    attempts = [
        client.post("/compte/login/", {"login": email, "password": "faux mot"}) for email in ("connue@exemple.fr", "x@exemple.fr")
    ]
    assert errors_of(attempts[0]) == errors_of(attempts[1])


def test_leaving_is_asked_for_then_done():
    client = Client()
    client.force_login(factories.UserFactory())
    assert "Se déconnecter" in text_of(client.get("/compte/logout/"))
    client.post("/compte/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("page", ["email", "password/change"])
def test_account_pages_open_in_our_own_look(page):
    client = Client()
    client.force_login(factories.UserFactory())
    response = client.get(f"/compte/{page}/")
    assert response.status_code == 200
    assert 'class="fr-header site-header"' in response.content.decode()
