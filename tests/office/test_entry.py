"""Who enters the office, through which door, and what the first page counts."""

import pytest
from django.urls import reverse

from referrals import procedure
from referrals.models import Role
from referrals.rules.states import State
from tests import factories
from tests.office.pages import text_of
from tests.story import in_state

LOGIN = "/bureau/login/"


def test_a_stranger_is_sent_to_the_one_sign_in_and_back(client, db):
    response = client.get("/bureau/", follow=True)
    assert response.redirect_chain == [("/bureau/login/?next=/bureau/", 302), ("/compte/login/?next=/bureau/", 302)]


@pytest.mark.parametrize("who", ["student", "adviser", "former"])
def test_who_has_no_post_in_an_office_today_is_told_so_without_a_loop(enter, who):
    match who:
        case "student":
            user = factories.UserFactory()
        case "adviser":
            user = factories.post(Role.ADVISER, institution=factories.InstitutionFactory())
        case _:
            user = factories.post(Role.CASEWORKER, region=factories.academy().region)
            user.posts.update(until="2020-01-01")
    response = enter(user).get("/bureau/referrals/referral/", follow=True)
    assert response.redirect_chain == [("/bureau/login/?next=/bureau/referrals/referral/", 302)]
    assert response.status_code == 403
    assert "réservé aux services des rectorats" in text_of(response)


def test_who_is_inside_already_goes_to_the_first_page(enter, head):
    assert enter(head).get(LOGIN).headers["Location"] == "/bureau/"


def test_passwords_and_leaving_are_the_accounts_affair(enter, head):
    client = enter(head)
    assert client.get("/bureau/password_change/").headers["Location"] == reverse("account_change_password")
    assert client.post("/bureau/logout/").headers["Location"] == reverse("account_logout")


def test_the_first_page_counts_each_pile_of_ones_own_region(enter, head):
    for state in (
        State.FILED,
        State.FILED,
        State.INCOMPLETE,
        State.AWAITING_LICENCE,
        State.ADMISSIBLE,
        State.OFFERED,
        State.EXHAUSTED,
    ):
        in_state(state)
    asked = in_state(State.ADMISSIBLE)
    asked.agree(asked.consulting())
    asked.consulting()
    in_state(State.FILED, academy="Strasbourg")
    piles = enter(head).get("/bureau/").context["piles"]
    assert [(pile.label, pile.files) for pile in piles] == [
        ("Mes dossiers en cours", 0),
        ("À examiner", 2),
        ("Documents attendus", 2),
        ("Recherche de places en cours", 2),
        ("Établissements consultés, réponse attendue", 1),
        ("Accords à envoyer à l’étudiant", 1),
        ("Propositions en attente de réponse", 1),
        ("Délais que l’étudiant ignore : courriel non parti", 2),
        ("Propositions épuisées", 1),
    ]


def test_each_pile_leads_to_as_many_files_as_it_counts(enter, head):
    in_state(State.OFFERED)
    followed = in_state(State.FILED)
    procedure.assign(followed.id, to=head, by=followed.office, at=followed.at)
    client = enter(head)
    for pile in client.get("/bureau/").context["piles"]:
        listed = client.get(f"/bureau/referrals/referral/?{pile.query}").context["cl"]
        assert (pile.label, listed.result_count) == (pile.label, pile.files)
