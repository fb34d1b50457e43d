"""Accounts, posts and rules: the administrator's; a head reads her region's posts; nothing is deleted."""

from datetime import date

import pytest

from referrals.models import CampaignRules, Post, Role, User
from tests import factories
from tests.office.pages import text_of
from tests.story import State, in_state

ADMIN = "/bureau/referrals"


@pytest.fixture
def lyon(db):
    return factories.academy("Lyon").region


def test_a_new_account_has_no_password_and_a_mail_to_choose_one(enter, administrator, mailoutbox):
    response = enter(administrator).post(
        f"{ADMIN}/user/add/", {"email": "Camille@Exemple.fr", "name": "Camille", "phone": ""}, follow=True
    )
    user = User.objects.get(email="camille@exemple.fr")
    assert not user.has_usable_password()
    assert "Une invitation part à camille@exemple.fr." in text_of(response)


def test_one_account_for_an_address(enter, administrator):
    response = enter(administrator).post(f"{ADMIN}/user/add/", {"email": administrator.email.upper(), "name": "", "phone": ""})
    assert response.context["adminform"].form.errors["email"] == ["Un compte existe déjà avec cette adresse."]


def test_an_account_is_closed_but_its_address_is_its_holders(enter, administrator):
    user = factories.UserFactory(email="ancienne@exemple.fr")
    enter(administrator).post(f"{ADMIN}/user/{user.pk}/change/", {"email": "autre@exemple.fr", "name": "Ancienne", "phone": ""})
    user.refresh_from_db()
    assert (user.email, user.name, user.is_active) == ("ancienne@exemple.fr", "Ancienne", False)


def given(user, **changes) -> dict:
    return {
        "user": user.email,
        "role": Role.CASEWORKER,
        "regions": ["R84"],
        "since": "2026-09-01",
        "until": "",
        "institution": "",
        "capacity": "",
        "delegation": "",
    } | changes


def test_a_post_is_given_from_a_day_on(enter, administrator, lyon):
    user = factories.UserFactory()
    enter(administrator).post(f"{ADMIN}/post/add/", given(user))
    post = Post.objects.get(user=user)
    assert (post.role, list(post.regions.all()), post.since, post.until) == (Role.CASEWORKER, [lyon], date(2026, 9, 1), None)


BAD_POSTS = [
    ({"until": "2026-08-31"}, "La fonction ne peut pas finir avant de commencer."),
    ({"regions": []}, "Une fonction de rectorat s’exerce dans une région académique au moins."),
    (
        {"role": Role.ADVISER, "regions": []},
        "Un établissement se donne à une fonction SCUIO-BAIP ou d’établissement, à elles seules.",
    ),
    ({"role": Role.ADMINISTRATOR}, "Une région ne se donne qu’à une fonction de rectorat."),
    ({"role": Role.MEDICAL, "regions": []}, "Une fonction de rectorat s’exerce dans une région académique au moins."),
    ({"delegation": "Arrêté du 1er septembre"}, "Qui signe le fait en une qualité : indiquez-la."),
    (
        {"role": Role.MEDICAL, "capacity": "médecin", "delegation": "Arrêté du 1er septembre"},
        "Seuls un gestionnaire et un chef de service signent les décisions du rectorat.",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), BAD_POSTS)
def test_a_post_that_makes_no_sense_is_refused_with_the_reason(enter, administrator, lyon, changes, sentence):
    response = enter(administrator).post(f"{ADMIN}/post/add/", given(factories.UserFactory(), **changes))
    errors = response.context["adminform"].form.errors
    assert [str(error) for field in errors.values() for error in field] == [sentence]


def test_a_post_ends_and_is_not_otherwise_rewritten(enter, administrator, lyon):
    caseworker = factories.post(Role.CASEWORKER, region=lyon)
    post = caseworker.posts.get()
    changes = given(administrator, role=Role.HEAD, until="2026-12-31")
    enter(administrator).post(f"{ADMIN}/post/{post.pk}/change/", changes)
    post.refresh_from_db()
    assert (post.user, post.role, post.since, post.until) == (caseworker, Role.CASEWORKER, date(2018, 1, 1), date(2026, 12, 31))


SIGNS = {"capacity": "secrétaire générale", "delegation": "Arrêté du 1er septembre 2026, publié le 3"}


def test_a_delegation_is_given_with_the_post_and_stays_on_record(enter, administrator, lyon):
    user = factories.UserFactory()
    client = enter(administrator)
    client.post(f"{ADMIN}/post/add/", given(user, role=Role.HEAD, **SIGNS))
    post = Post.objects.get(user=user)
    assert {name: getattr(post, name) for name in SIGNS} == SIGNS
    client.post(f"{ADMIN}/post/{post.pk}/change/", given(user, capacity="autre", delegation="", until="2026-12-31"))
    post.refresh_from_db()
    assert {name: getattr(post, name) for name in SIGNS} == SIGNS
    assert post.until == date(2026, 12, 31)


def test_a_head_reads_who_may_sign_in_her_region(enter, head, lyon):
    factories.post(Role.HEAD, region=lyon, **SIGNS)
    factories.post(Role.MEDICAL, region=lyon)
    client = enter(head)
    listed = client.get(f"{ADMIN}/post/")
    assert "secrétaire générale" in text_of(listed)
    rows = {post.get_role_display(): listed.context["cl"].model_admin.signs(post) for post in listed.context["cl"].result_list}
    assert rows == {"chef de service": SIGNS["delegation"], "médecin conseiller": ""}
    assert "prépare, ne signe pas" in text_of(listed)
    post = Post.objects.get(delegation=SIGNS["delegation"])
    assert SIGNS["delegation"] in text_of(client.get(f"{ADMIN}/post/{post.pk}/change/"))


def test_a_post_is_given_by_the_address_of_the_account_from_its_own_page(enter, administrator, lyon):
    user = factories.UserFactory(email="camille@exemple.fr")
    client = enter(administrator)
    address = f"{ADMIN}/post/add/?user=camille%40exemple.fr"
    assert f'href="{address}"' in client.get(f"{ADMIN}/user/{user.pk}/change/").content.decode()
    assert client.get(address).context["adminform"].form["user"].value() == "camille@exemple.fr"
    client.post(address, given(user) | {"user": " Camille@Exemple.fr "})
    assert user.posts.count() == 1
    for wrong in ({"user": "personne"}, {"user": "personne@exemple.fr", "until": "2026-08-31"}):
        assert client.post(address, given(user) | wrong).status_code == 200
        assert not User.objects.filter(email="personne@exemple.fr").exists()


def test_a_head_reads_the_posts_of_her_region_and_changes_none(enter, head, stranger, lyon):
    colleague = factories.post(Role.CASEWORKER, region=lyon)
    client = enter(head)
    listed = client.get(f"{ADMIN}/post/").context["cl"].result_list
    assert {post.user for post in listed} == {head, colleague}
    post = colleague.posts.get()
    assert client.get(f"{ADMIN}/post/{post.pk}/change/").status_code == 200
    assert client.post(f"{ADMIN}/post/{post.pk}/change/", given(colleague)).status_code == 403
    assert client.get(f"{ADMIN}/post/add/").status_code == 403
    foreign = client.get(f"{ADMIN}/post/{stranger.posts.get().pk}/change/", follow=True)
    assert foreign.status_code == 404


@pytest.mark.parametrize("model", ["user", "post", "campaignrules"])
def test_a_caseworker_has_none_of_these_lists(enter, model):
    story = in_state(State.FILED)
    assert enter(story.caseworker).get(f"{ADMIN}/{model}/").status_code == 403


@pytest.mark.parametrize("model", ["user", "post", "campaignrules"])
def test_nothing_is_deleted_or_done_in_bulk(enter, administrator, model):
    in_state(State.FILED)
    rows = {"user": User, "post": Post, "campaignrules": CampaignRules}[model].objects
    client, before = enter(administrator), rows.count()
    assert client.post(f"{ADMIN}/{model}/{rows.first().pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{ADMIN}/{model}/").context["action_form"] is None
    assert rows.count() == before
