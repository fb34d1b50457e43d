"""Legal holds in the office: who sets and lifts them, on what; and the page that says what the erasure will destroy."""

import pytest
from django.urls import reverse
from django.utils import timezone

from referrals.models import LegalHold, Role
from tests import factories
from tests.office.pages import file_of
from tests.story import Story

pytestmark = pytest.mark.django_db

ADD = reverse("admin:referrals_legalhold_add")
RETENTION = reverse("admin:referrals_legalhold_retention")
ONE_OF_TWO = "Indiquez le numéro d’une saisine, ou choisissez une campagne : l’un des deux."
GROUND = "Recours n° 2600001 devant le tribunal administratif de Lyon."


@pytest.fixture
def story() -> Story:
    return Story().filed()


@pytest.fixture
def administrator():
    return factories.post(Role.ADMINISTRATOR, name="Nadia Nationale")


def asked(**more) -> dict[str, str]:
    return {"number": "", "campaign": "", "region": "", "ground": GROUND, "until": "2099-12-31"} | more


def errors_of(answer) -> list[str]:
    return [error for errors in answer.context["adminform"].form.errors.values() for error in errors]


def test_a_head_holds_a_file_of_hers_signed_and_dated_and_its_page_says_so(story):
    client = factories.signed_in(story.signer)
    page = client.get(file_of(story.referral)).content.decode()
    assert f"{ADD}?number={story.referral.number}" in page
    assert f'value="{story.referral.number}"' in client.get(f"{ADD}?number={story.referral.number}").content.decode()
    assert client.post(ADD, asked(number=story.referral.number)).status_code == 302
    hold = LegalHold.objects.get()
    assert (hold.referral, hold.campaign, hold.ground, str(hold.until), hold.by_name) == (
        story.referral, None, GROUND, "2099-12-31", "Dominique Exemple",
    )  # fmt: skip
    assert hold.set_at <= timezone.now()
    page = client.get(file_of(story.referral)).content.decode()
    assert "Effacement suspendu jusqu’au 31/12/2099 par Dominique Exemple" in page
    assert "devant le tribunal administratif de Lyon." in page


def test_she_lifts_it_with_a_ground_and_changes_nothing_else(story):
    client = factories.signed_in(story.signer)
    client.post(ADD, asked(number=story.referral.number))
    address = reverse("admin:referrals_legalhold_change", args=[LegalHold.objects.get().pk])
    assert client.post(address, {"lifted_because": "", "until": "2030-01-01"}).status_code == 200
    assert LegalHold.objects.get().lifted_at is None
    client.post(address, {"lifted_because": "Désistement.", "until": "2030-01-01", "ground": "Autre"})
    hold = LegalHold.objects.get()
    assert (hold.lifted_by, hold.lifted_because, hold.ground, str(hold.until)) == (
        "Dominique Exemple", "Désistement.", GROUND, "2099-12-31",
    )  # fmt: skip
    assert client.post(address, {"lifted_because": "Encore."}).status_code == 403
    assert "Effacement suspendu" not in client.get(file_of(story.referral)).content.decode()


def test_a_head_holds_her_region_and_the_administrator_everywhere(story, administrator):
    head = factories.signed_in(story.signer)
    answer = head.post(ADD, asked(campaign="2026"))
    assert errors_of(answer) == ["Choisissez votre région académique."]
    assert head.post(ADD, asked(campaign="2026", region=story.academy.region.pk)).status_code == 302
    elsewhere = factories.academy("Strasbourg").region.pk
    assert head.post(ADD, asked(campaign="2026", region=elsewhere)).status_code == 200
    assert factories.signed_in(administrator).post(ADD, asked(campaign="2026")).status_code == 302
    assert LegalHold.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({}, ONE_OF_TWO),
        ({"number": "INCONNU"}, "Aucune saisine de votre ressort ne porte ce numéro."),
        (
            {"campaign": "2026", "number": "INCONNU"},
            "Indiquez le numéro d’une saisine, ou choisissez une campagne : l’un des deux.",
        ),
    ],
)
def test_what_is_held_is_said_once_and_exists(story, administrator, said, error):
    assert errors_of(factories.signed_in(administrator).post(ADD, asked(**said))) == [error]


def test_a_file_of_another_region_has_no_number_here(story):
    there = Story(academy="Strasbourg").filed()
    answer = factories.signed_in(story.signer).post(ADD, asked(number=there.referral.number))
    assert errors_of(answer) == ["Aucune saisine de votre ressort ne porte ce numéro."]


def test_who_may_do_what(story, administrator):
    hold = LegalHold.objects.create(
        referral=story.referral, ground=GROUND, until="2099-12-31", by_name="Nom", set_at=timezone.now()
    )
    change = reverse("admin:referrals_legalhold_change", args=[hold.pk])
    stranger = factories.post(Role.HEAD, region=factories.academy("Strasbourg").region)
    people = {"caseworker": story.caseworker, "head": story.signer, "administrator": administrator, "stranger": stranger}
    answers = {
        name: [factories.signed_in(user).get(address).status_code for address in (change, ADD, RETENTION)]
        for name, user in people.items()
    }
    assert answers == {
        "caseworker": [200, 403, 404],
        "head": [200, 200, 404],
        "administrator": [200, 200, 200],
        "stranger": [404, 200, 404],
    }


def test_the_page_of_the_erasure_says_in_numbers_what_will_go(administrator):
    client = factories.signed_in(administrator)
    assert RETENTION in client.get(reverse("admin:referrals_legalhold_changelist")).content.decode()
    page = client.get(RETENTION).content.decode()
    assert "Rien n’est à effacer." in page
    assert "Rien n’a encore été effacé." in page
    assert "24 mois après la fin de la campagne" in page
