"""Nobody but an adviser of her own university opens a student's pages; to anybody else they do not exist."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from referrals import procedure
from referrals.adviser import urls
from referrals.models import Role
from tests import factories
from tests.adviser.conftest import another
from tests.factories import signed_in
from tests.story import Story

pytestmark = pytest.mark.django_db


def names(patterns) -> list[tuple[str, dict[str, int]]]:
    """Each address of the advisers by its name, with what it needs beside a referral's key."""
    found: list[tuple[str, dict[str, int]]] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found += names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            found.append((pattern.name, {"pk": 1} if "<int:pk>" in str(pattern.pattern) else {}))
    return found


OF_ALL = ("list", "drafts")
OF_A_REFERRAL = [(name, more) for name, more in names(urls.urlpatterns) if name not in OF_ALL]


def addresses(story: Story) -> list[str]:
    own = [reverse(f"adviser:{name}", kwargs={"key": story.referral.key, **more}) for name, more in OF_A_REFERRAL]
    return [*own, *(reverse(f"adviser:{name}") for name in OF_ALL)]


@pytest.fixture
def everything_shared(story) -> list[Story]:
    """One case and one draft, each with all that a student may show."""
    draft = another(story).draft(shares_draft=True)
    procedure.set_adviser_consent(story.filed().id, consent=True, documents=True, offers=True, by=story.her, at=story.at)
    return [story, draft]


def test_the_walk_meets_every_address():
    assert len(OF_A_REFERRAL) == 11


def test_strangers_are_asked_to_sign_in(everything_shared):
    for story in everything_shared:
        for address in addresses(story):
            assert Client().get(address).url == f"/compte/login/?next={address}"
            assert Client().post(address).status_code in (302, 405)


def test_who_is_no_adviser_finds_nothing(everything_shared):
    for story in everything_shared:
        people = (
            story.student,
            story.caseworker,
            factories.UserFactory(),
            factories.post(Role.ADMINISTRATOR),
            factories.post(Role.MEDICAL, region=story.academy.region),
            factories.post(Role.INSTITUTION, institution=story.institution),
        )
        for user in people:
            client = signed_in(user)
            assert {client.get(address).status_code for address in addresses(story)} == {404}
            assert {client.post(address).status_code for address in addresses(story)} <= {404, 405}


def test_another_universitys_adviser_finds_no_student(everything_shared):
    elsewhere = signed_in(factories.post(Role.ADVISER, institution=factories.InstitutionFactory()))
    for story in everything_shared:
        own = addresses(story)[: -len(OF_ALL)]
        assert {elsewhere.get(address).status_code for address in own} == {404}
        assert {elsewhere.post(address).status_code for address in own} == {404}
    assert [elsewhere.get(f"/suivi/{more}").context["page"].paginator.count for more in ("", "brouillons/")] == [0, 0]
    assert "Histoire" not in elsewhere.get("/suivi/").content.decode()  # not even as a choice of the filter


def test_whose_post_has_ended_finds_nothing(everything_shared):
    story, _ = everything_shared
    former = factories.post(Role.ADVISER, institution=story.institution)
    former.posts.update(until=former.posts.get().since)
    assert {signed_in(former).get(address).status_code for address in addresses(story)} == {404}


def test_after_a_merger_the_whole_family_opens_them(everything_shared):
    successor = factories.InstitutionFactory()
    story, draft = everything_shared
    story.institution.successor = successor
    story.institution.save()
    client = signed_in(factories.post(Role.ADVISER, institution=successor))
    assert [client.get(f"/suivi/{one.referral.key}/").status_code for one in (story, draft)] == [200, 200]
    client.post(f"/suivi/{draft.referral.key}/projet/", {"project": "Juriste."})
    client.post(f"/suivi/{story.referral.key}/avis/", {"text": "Sérieux."})
    assert draft.referral.project == "Juriste."
    assert story.referral.events.filter(kind="advise_office").count() == 1
