"""The medical adviser's own queue and page behind the office's door, and the walls between her and the office."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from referrals import procedure
from referrals.models import HealthRequest, Post, Role, User
from tests import factories
from tests.factories import PASSWORD
from tests.office.pages import file_of, said, text_of
from tests.procedure.test_health import NEEDS, WORDS, ask, conclude, doctor_of, end, give
from tests.story import Story

pytestmark = pytest.mark.django_db

QUEUE = "/bureau/referrals/healthrequest/"


@pytest.fixture
def asked(story) -> Story:
    """A filed referral with a request and a confidential document."""
    story.filed(usage_name="Du Modèle")
    ask(story)
    give(story)
    return story


@pytest.fixture
def doctor(asked) -> User:
    return doctor_of(asked)


def page_of(story: Story) -> str:
    return reverse("admin:referrals_healthrequest_change", args=[HealthRequest.objects.get(referral=story.id).pk])


def confidential(story: Story) -> str:
    return reverse("document", args=[story.referral.documents.confidential().get().key])


def rows(response) -> list[str]:
    return [request.referral.birth_name for request in response.context["cl"].result_list]


def another(name: str, **options) -> Story:
    story = Story(**options).filed(birth_name=name)
    ask(story)
    return story


# Her side


def test_behind_the_door_she_finds_her_queue_and_none_of_the_offices_piles(enter, doctor):
    page = enter(doctor).get("/bureau/")
    assert page.context["piles"] is None
    models = [model["object_name"] for app in page.context["app_list"] for model in app["models"]]
    assert models == ["HealthRequest"]


def test_her_queue_names_the_student_and_nothing_of_the_file(enter, asked, doctor):
    text = text_of(enter(doctor).get(QUEUE))
    assert f"Du Modèle Zoé naissance : D’Exemple à rendre 29/02/2004 {asked.institution} 20/06/2026" in text
    assert asked.referral.number not in text


def test_what_waits_comes_first_the_oldest_on_top(enter, asked, doctor):
    conclude(asked.later(days=1), doctor)
    another("Second", at=factories.instant("2026-06-22 10:00"))
    another("Premier", at=factories.instant("2026-06-21 10:00"))
    client = enter(doctor)
    assert rows(client.get(QUEUE)) == ["Premier", "Second", "D’Exemple"]
    assert rows(client.get(QUEUE, {"avis": "a-rendre"})) == ["Premier", "Second"]
    assert rows(client.get(QUEUE, {"avis": "rendus"})) == ["D’Exemple"]
    give(asked.later(days=2))  # news after the opinion: it waits again
    assert rows(client.get(QUEUE, {"avis": "a-rendre"})) == ["Premier", "Second", "D’Exemple"]


def test_a_name_is_found_blind_to_case_and_accents(enter, asked, doctor):
    another("Étranger")
    assert rows(enter(doctor).get(QUEUE, {"q": "etranger"})) == ["Étranger"]


def test_drafts_other_regions_and_what_was_taken_back_are_not_hers(enter, asked, doctor):
    draft = Story().draft(birth_name="Brouillon")
    ask(draft)
    another("Ailleurs", academy="Strasbourg")
    end(another("Retirée"))
    closed = another("Close")
    procedure.withdraw(closed.id, reason="", by=closed.her, at=closed.at)
    assert rows(enter(doctor).get(QUEUE)) == ["D’Exemple"]


def test_the_list_costs_the_same_queries_with_one_row_and_with_three(enter, asked, doctor, django_assert_max_num_queries):
    client = enter(doctor)
    client.get(QUEUE)
    with django_assert_max_num_queries(12):
        client.get(QUEUE)
    another("Deux")
    another("Trois")
    with django_assert_max_num_queries(12):
        assert len(rows(client.get(QUEUE))) == 3


def test_her_page_shows_what_the_student_gave_her_and_nothing_of_the_offices_file(enter, asked, doctor):
    response = enter(doctor).get(page_of(asked))
    text = text_of(response)
    for shown in ("Zoé", "D’Exemple", "Du Modèle", "29 février 2004", str(asked.institution), WORDS, "certificat.pdf"):
        assert shown in text
    html = response.content.decode()
    of_the_file = [
        asked.referral.number,
        asked.student.email,
        "releve.pdf",
        "Devenir archiviste.",
        "Histoire",
        "Archives",
        "déposée",
    ]
    assert [word for word in of_the_file if word in html] == []


def test_she_gives_an_opinion_in_needs(enter, asked, doctor):
    response = enter(doctor).post(page_of(asked), {"favourable": "favorable", "needs": NEEDS})
    assert response.url == QUEUE
    assert said(response) == ["Avis rendu. L’étudiant est prévenu qu’un message l’attend, et rien de plus."]
    request = HealthRequest.objects.get()
    assert (request.favourable, request.needs, request.opinion_by, asked.referral.needs) == (True, NEEDS, doctor, NEEDS)


def test_a_refusal_keeps_what_she_typed(enter, asked, doctor):
    client = enter(doctor)
    response = client.post(page_of(asked), {"favourable": "favorable", "needs": ""})
    assert "Dites les besoins à respecter : c’est tout ce que le rectorat lira." in text_of(response)
    assert response.context["form"]["favourable"].value() == "favorable"
    response = client.post(page_of(asked), {"needs": NEEDS})
    assert response.context["form"].errors == {"favourable": ["Ce champ est obligatoire."]}
    assert response.context["form"]["needs"].value() == NEEDS
    assert asked.referral.needs == ""


def test_what_she_typed_survives_a_lost_session(asked, doctor):
    client, address = Client(), page_of(asked)
    client.post(address, {"favourable": "defavorable", "needs": "Il manque un certificat."})
    client.post("/compte/login/", {"login": doctor.email, "password": PASSWORD, "next": address})
    page = client.get(address)
    assert "Votre session avait pris fin : voici ce que vous aviez saisi. Rien n’avait encore été fait." in text_of(page)
    form = page.context["form"]
    assert [form[name].value() for name in ("favourable", "needs")] == ["defavorable", "Il manque un certificat."]


def test_former_opinions_stay_on_the_page_and_the_next_one_replaces_them(enter, asked, doctor):
    client = enter(doctor)
    client.post(page_of(asked), {"favourable": "favorable", "needs": NEEDS})
    client.post(page_of(asked), {"favourable": "defavorable", "needs": "Le certificat a expiré."})
    text = text_of(client.get(page_of(asked)))
    assert "Rendre un nouvel avis" in text
    assert text.index("Le certificat a expiré.") < text.index(NEEDS)
    assert asked.referral.needs == ""


def test_what_came_before_a_consent_taken_back_is_not_shown_under_the_new_one(enter, asked, doctor):
    conclude(asked, doctor)
    end(asked.later(days=1))
    ask(asked.later(days=1), "De nouveau.")
    text = text_of(enter(doctor).get(page_of(asked)))
    assert "De nouveau." in text
    assert [word for word in (NEEDS, WORDS, "certificat.pdf") if word in text] == []


def test_opening_a_document_is_written_down(enter, asked, doctor):
    response = enter(doctor).get(confidential(asked))
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    reading = asked.referral.events.of_health().last()
    assert (reading.kind, reading.actor, reading.user_id_then) == ("health_reading", "medical", doctor.pk)
    assert reading.payload == {"document": asked.referral.documents.confidential().get().pk}


def test_a_post_of_medical_adviser_is_given_for_regions(enter, administrator):
    user, lyon = factories.UserFactory(), factories.academy("Lyon").region
    given = {"user": user.email, "role": Role.MEDICAL, "since": "2026-09-01", "until": "", "institution": ""}
    given |= {"capacity": "", "delegation": ""}
    client = enter(administrator)
    client.post("/bureau/referrals/post/add/", given)
    assert not Post.objects.filter(user=user).exists()
    client.post("/bureau/referrals/post/add/", given | {"regions": [lyon.pk]})
    post = Post.objects.get(user=user)
    assert (post.role, list(post.regions.all()), post.since) == (Role.MEDICAL, [lyon], date(2026, 9, 1))


# The walls


def test_the_offices_file_its_documents_and_its_queue_are_not_found_by_her(enter, asked, doctor):
    client = enter(doctor)
    assert client.get("/bureau/referrals/referral/").status_code == 404
    assert client.get(file_of(asked.referral)).status_code == 404
    for document in asked.referral.documents.exclude(kind="health"):
        assert client.get(reverse("document", args=[document.key])).status_code == 404
    act = reverse("admin:referrals_referral_declare_admissible", args=[asked.id])
    assert [client.get(act).status_code, client.post(act, {"note": ""}).status_code] == [404, 404]
    assert client.get("/bureau/notifications/message/").status_code == 403


def who(role: str, story: Story) -> User:
    """Somebody with every right she could have here, and no business with this."""
    match role:
        case "student":
            return factories.UserFactory()
        case "adviser":
            return factories.post(Role.ADVISER, institution=story.institution)
        case "administrator":
            return factories.post(Role.ADMINISTRATOR)
        case "medical adviser of another region":
            return factories.post(Role.MEDICAL, region=factories.academy("Strasbourg").region)
        case "former medical adviser":
            former = doctor_of(story)
            former.posts.update(until=date(2026, 1, 1))
            return former
    return factories.post(Role(role), region=story.academy.region)


INSIDE = ["caseworker", "head", "administrator", "medical adviser of another region"]
OUTSIDE = ["student", "adviser", "former medical adviser"]


@pytest.mark.parametrize("role", INSIDE + OUTSIDE)
def test_a_confidential_document_is_found_by_nobody_else(enter, asked, role):
    assert enter(who(role, asked)).get(confidential(asked)).status_code == 404
    assert not asked.referral.events.filter(kind="health_reading").exists()


@pytest.mark.parametrize("role", INSIDE)
def test_who_works_in_an_office_finds_neither_the_page_nor_an_opinion_to_give(enter, asked, role):
    client = enter(who(role, asked))
    address = page_of(asked)
    opinion = {"favourable": "favorable", "needs": NEEDS}
    assert [client.get(address).status_code, client.post(address, opinion).status_code] == [404, 404]
    assert HealthRequest.objects.get().opinion_at is None


@pytest.mark.parametrize("role", ["caseworker", "head", "administrator"])
def test_nor_the_queue(enter, asked, role):
    assert enter(who(role, asked)).get(QUEUE).status_code == 404


def test_the_queue_of_another_region_is_empty(enter, asked):
    assert rows(enter(who("medical adviser of another region", asked)).get(QUEUE)) == []


@pytest.mark.parametrize("role", OUTSIDE)
def test_who_does_not_is_kept_at_the_door(enter, asked, role):
    client = enter(who(role, asked))
    for address in (QUEUE, page_of(asked)):
        assert client.get(address).url == f"/bureau/login/?next={address}"


def test_taken_back_page_and_document_are_gone_for_her_too(enter, asked, doctor):
    client, page, document = enter(doctor), page_of(asked), confidential(asked)
    end(asked)
    assert [client.get(page).status_code, client.get(document).status_code] == [404, 404]


def test_nothing_is_added_or_deleted_there(enter, asked, doctor):
    client, page = enter(doctor), page_of(asked)
    assert client.get(f"{QUEUE}add/").status_code == 403
    assert client.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert client.get(page.replace("change", "history")).url == page
    assert HealthRequest.objects.count() == 1
