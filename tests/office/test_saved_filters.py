"""The searches one keeps under a name: one's own, opened by a click, deleted by another."""

import pytest

from referrals.models import Role, SavedFilter
from referrals.rules.states import State
from tests import factories
from tests.office.pages import said
from tests.story import Story, in_state

QUEUE = "/bureau/referrals/referral/"
SAVE = f"{QUEUE}filters/save/"


def kept(user) -> list[tuple[str, str]]:
    return list(SavedFilter.objects.filter(user=user).values_list("name", "query"))


def test_a_search_is_saved_without_its_page_or_its_blanks_and_opened_again(enter, story: Story):
    story.filed()
    in_state(State.CLOSED)
    client = enter(story.caseworker)
    saved = client.post(SAVE, {"name": "À examiner", "query": "etat=filed&q=&p=2&suivi=personne&ailleurs=1&q=zo%C3%A9"})
    assert (saved.status_code, saved["Location"]) == (302, f"{QUEUE}?q=zo%C3%A9&suivi=personne&etat=filed")
    assert kept(story.caseworker) == [("À examiner", "q=zo%C3%A9&suivi=personne&etat=filed")]
    page = client.get(saved["Location"])
    assert [file.number for file in page.context["cl"].result_list] == [story.referral.number]
    assert [(one.name, one.query == page.context["query"]) for one in page.context["saved_filters"]] == [("À examiner", True)]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Donnez à ce filtre un nom de 60 caractères au plus : il n’a pas été enregistré."),
        ("a" * 61, "Donnez à ce filtre un nom de 60 caractères au plus : il n’a pas été enregistré."),
        ("Les miens", "Vous avez déjà un filtre de ce nom."),
    ],
    ids=["no name", "too long", "taken"],
)
def test_a_name_that_will_not_do_saves_nothing(enter, story: Story, name, says):
    SavedFilter.objects.create(user=story.caseworker, name="Les miens", query="suivi=moi")
    response = enter(story.caseworker).post(SAVE, {"name": name, "query": "etat=filed"})
    assert said(response) == [says]
    assert kept(story.caseworker) == [("Les miens", "suivi=moi")]


def test_a_search_too_long_to_keep_is_refused(enter, story: Story):
    enter(story.caseworker).post(SAVE, {"name": "Long", "query": f"q={'é' * 400}"})
    assert kept(story.caseworker) == []


def test_two_people_may_use_one_name(enter, story: Story, head):
    for user in (story.caseworker, head):
        enter(user).post(SAVE, {"name": "Les miens", "query": "suivi=moi"})
    assert kept(story.caseworker) == kept(head) == [("Les miens", "suivi=moi")]


def test_only_ones_own_is_seen_and_deleted(enter, story: Story, head):
    saved = SavedFilter.objects.create(user=head, name="À la cheffe", query="suivi=moi")
    other = enter(story.caseworker)
    assert "À la cheffe" not in other.get(QUEUE).content.decode()
    assert other.post(f"{QUEUE}filters/{saved.pk}/delete/").status_code == 404
    assert kept(head) == [("À la cheffe", "suivi=moi")]
    response = enter(head).post(f"{QUEUE}filters/{saved.pk}/delete/", {"query": "etat=filed"})
    assert (response["Location"], said(response)) == (f"{QUEUE}?etat=filed", ["Filtre « À la cheffe » supprimé."])
    assert kept(head) == []


@pytest.mark.parametrize("address", ["columns/", "filters/save/", "filters/1/delete/"])
def test_nothing_is_changed_by_looking(enter, story: Story, address):
    assert enter(story.caseworker).get(f"{QUEUE}{address}").status_code == 405


@pytest.mark.parametrize("address", ["columns/", "filters/save/", "filters/1/delete/"])
def test_the_medical_adviser_has_no_queue_to_search(enter, story: Story, address):
    adviser = factories.post(Role.MEDICAL, region=story.academy.region)
    assert enter(adviser).post(f"{QUEUE}{address}", {"name": "x"}).status_code == 404
