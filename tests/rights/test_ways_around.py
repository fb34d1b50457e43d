"""Ways around a right that is not held: what was opened and is closed again, addresses to be led to, fields nobody was shown."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from referrals import procedure
from referrals.models import Post, Role, User
from tests import factories

from .world import undone

pytestmark = pytest.mark.django_db
ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "https:evil.example")


def opens(user: User, address: str) -> int:
    response = factories.signed_in(user).get(address)
    response.getvalue()
    return response.status_code


def documents_of(world) -> list[str]:
    key = world.here.story.referral.transcript.key
    return [reverse(name, args=[key]) for name in ("document", "original")]


def test_a_document_closes_with_the_consent_that_opened_it(world):
    story, adviser = world.here.story, world.people["adviser"]
    copy, original = documents_of(world)
    assert [opens(adviser, copy), opens(adviser, original)] == [200, 404]  # never as it came
    procedure.set_adviser_consent(story.id, consent=True, documents=False, by=story.her, at=story.at)
    assert [opens(adviser, address) for address in (copy, original)] == [404, 404]
    assert opens(adviser, reverse("adviser:referral", args=[story.referral.key])) == 200
    procedure.set_adviser_consent(story.id, consent=False, by=story.her, at=story.at)
    assert opens(adviser, reverse("adviser:referral", args=[story.referral.key])) == 404


def test_a_document_closes_to_an_institution_once_no_offer_of_its_is_open(world):
    story, clerk = world.here.story, world.people["institution"]
    copy, original = documents_of(world)
    assert [opens(clerk, copy), opens(clerk, original)] == [200, 404]
    procedure.record_refusal(story.id, offer_id=world.here.asked.pk, reason="Complet.", by=story.office, at=story.at)
    assert opens(clerk, copy) == 200  # two others stand
    for offer in (world.here.sent, world.here.agreed):
        procedure.retract_offer(story.id, offer_id=offer.pk, ground="Erreur.", by=story.office, at=story.at)
    assert [opens(clerk, copy), opens(clerk, original)] == [404, 404]


@pytest.mark.parametrize("who", ["caseworker", "head", "administrator"])
def test_a_post_that_ends_closes_everything_in_the_same_session(world, who):
    user = world.people[who]
    client = factories.signed_in(user)
    address = reverse("admin:referrals_referral_change", args=[world.here.story.id])
    assert client.get(address).status_code == 200
    Post.objects.filter(user=user).update(until="2026-06-23")
    assert client.get(address).status_code == 302
    assert client.get(documents_of(world)[0]).status_code == 404


def test_a_closed_account_is_signed_out_at_once(world):
    client = factories.signed_in(world.people["caseworker"])
    User.objects.filter(pk=world.people["caseworker"].pk).update(is_active=False)
    for address in (reverse("admin:index"), documents_of(world)[0]):
        assert client.get(address)["Location"].startswith(("/bureau/login/?", "/compte/login/?"))


@pytest.mark.parametrize("page", ELSEWHERE)
def test_nobody_is_led_to_another_site(world, page):
    """By the sign-in, the office's door, the choice of a language or the end of a session."""
    student = factories.UserFactory()
    door = Client().get("/bureau/login/", {"next": page})
    assert door["Location"].startswith("/compte/login/?")
    asks = [
        (Client(), "/compte/login/", {"login": student.email, "password": factories.PASSWORD, "next": page}),
        (Client(), "/langue/", {"language": "en", "page": page}),
        (factories.signed_in(student), "/compte/logout/", {"next": page}),
    ]
    for client, address, data in asks:
        with undone():
            response = client.post(address, data)
            assert (address, response.status_code) == (address, 302)
            assert re.match(r"/[^/\\]|/$", response["Location"])


def test_a_host_that_is_not_ours_is_refused():
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400


MORE = {
    "is_active": "",
    "role": "administrator",
    "student": "1",
    "state": "accepted",
    "region": "R44",
    "posts": "1",
    "is_staff": "on",
}
"""Fields that the model has and the form does not show."""


def test_what_no_form_shows_no_form_takes(world):
    drafting = world.here.drafting
    before = drafting.referral
    factories.signed_in(drafting.student).post(
        reverse("student:project", args=[before.key]), {"project": "Autre.", "student": world.people["student"].pk} | MORE
    )
    after = drafting.referral
    assert (after.student_id, after.state, after.region_id) == (before.student_id, before.state, before.region_id)
    factories.signed_in(drafting.student).post("/ma-saisine/calendrier/", MORE)
    assert User.objects.get(pk=drafting.student.pk).is_active
    assert not Post.objects.filter(user=drafting.student).exists()


def test_a_head_gives_no_post_and_lengthens_none(world):
    head, own = world.people["head"], Post.objects.get(user=world.people["head"])
    client = factories.signed_in(head)
    given = {"user": head.email, "role": Role.ADMINISTRATOR, "since": "2026-06-01"}
    assert client.post(reverse("admin:referrals_post_add"), given).status_code == 403
    assert client.post(reverse("admin:referrals_post_change", args=[own.pk]), {"until": "2030-01-01"}).status_code == 403
    assert Post.objects.get(pk=own.pk).until == own.until
    assert Post.objects.filter(user=head).count() == 1


LOOK_UPS = (
    "user__password__startswith",
    "student__password__startswith",
    "by__password__startswith",
    "referral__student__password__contains",
)


@pytest.mark.parametrize("look_up", LOOK_UPS)
def test_no_list_is_narrowed_by_what_it_does_not_show(world, look_up):
    client = factories.signed_in(world.people["administrator"])
    for page in (
        "referrals_referral",
        "referrals_user",
        "referrals_post",
        "notifications_message",
        "admin_logentry",
        "referrals_absence",
    ):
        response = client.get(reverse(f"admin:{page}_changelist"), {look_up: "a"})
        assert (page, response.status_code) in {(page, 302), (page, 400)}
