"""A draft that a student shares to prepare it with her adviser: filled in together, filed by the student alone."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.adviser import drafts
from referrals.models import DocumentKind, EventKind, Referral, Role
from referrals.procedure import By, Refused
from referrals.rules.states import State
from tests import factories
from tests.adviser.conftest import another
from tests.adviser.test_following import copies
from tests.factories import signed_in
from tests.story import Story
from tests.student.reading import errors_of, said, text_of

pytestmark = pytest.mark.django_db
PAGES = ("", "identite/", "licence/", "candidatures/", "candidatures/ajouter/", "projet/", "entretien.pdf")


@pytest.fixture
def shared(story) -> Story:
    """Everything is written, nothing filed, and her adviser may help."""
    return story.draft(shares_draft=True)


def address(story: Story, more: str = "") -> str:
    return f"/suivi/{story.referral.key}/{more}"


def helped(story: Story) -> list[str]:
    return list(story.referral.events.filter(kind=EventKind.HELP_DRAFT).values_list("by_name", flat=True))


def stops(story: Story) -> None:
    procedure.save_draft(story.id, facts={"shares_draft": False}, by=story.her, at=story.at)


# What she sees


def test_it_stands_in_a_section_of_its_own_with_its_limit(shared, adviser):
    another(shared).draft()  # not shared
    response = signed_in(adviser).get("/suivi/")
    assert [draft.pk for draft in response.context["drafts"]] == [shared.id]
    assert (
        "Zoé D’Exemple , brouillon partagé Campagne 2026 Histoire non déposé À faire : compléter, puis déposer "
        "Jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)" in text_of(response)
    )


def test_what_must_be_filed_soonest_comes_first_and_beyond_five_there_is_a_page(shared, adviser):
    for name, licence_on in (("Aude", date(2026, 6, 18)), ("Béa", None), ("Chloé", date(2026, 6, 16))):
        facts = {"licence_on": licence_on, "first_names": name, "birth_name": ""}
        another(shared).draft(shares_draft=True, **facts, expected=licence_on is None)
    client = signed_in(adviser)
    in_order = ["Zoé D’Exemple", "Chloé", "Aude", "Béa"]
    assert [draft.full_name for draft in client.get("/suivi/").context["drafts"]] == in_order
    copies(shared.id, 2)
    response = client.get("/suivi/")
    assert (len(response.context["drafts"]), "Voir tous les brouillons partagés" in text_of(response)) == (5, True)
    everything = client.get("/suivi/brouillons/")
    assert len(everything.context["drafts"]) == 6
    assert "6 brouillons partagés" in text_of(everything)


def test_one_three_and_a_hundred_drafts_cost_the_same_queries(shared, adviser):
    client = signed_in(adviser)
    counts = []
    for more in (0, 2, 97):
        copies(shared.id, more)
        with CaptureQueriesContext(connection) as captured:
            response = client.get("/suivi/brouillons/")
        counts.append((sum(query["sql"].startswith("SELECT") for query in captured), response.context["page"].paginator.count))
    assert counts == [(6, 1), (6, 3), (6, 100)]


def test_its_page_says_what_it_lacks_and_that_it_is_not_filed(adviser, story):
    referral = procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at)
    facts = {"licence_institution": story.institution, "shares_draft": True}
    procedure.save_draft(referral.pk, facts=facts, by=story.her, at=story.at)
    response = signed_in(adviser).get(f"/suivi/{referral.key}/")
    page = text_of(response)
    assert "Brouillon sans nom : brouillon partagé" in page
    assert "Non déposée ; seule l’étudiante ou l’étudiant peut déposer." in page
    assert "Identité à compléter" in page
    assert "Documents (par l’étudiant seul) à compléter" in page
    assert "Il manque, pour déposer" in page
    assert "Aucun délai ne court" in page
    html = response.content.decode()
    assert (story.student.email in html, "Déposer ma saisine" in html) == (False, False)
    own = html[html.index("<main") : html.index("</main>")]  # around it stands what every page has
    assert [word for word in ("/verifier/", "/ma-saisine/") if word in own] == []


def test_once_complete_it_says_that_the_student_can_file(shared, adviser):
    page = text_of(signed_in(adviser).get(address(shared)))
    assert "Rien ne manque : l’étudiant peut déposer." in page
    assert "Dépôt de la saisine : jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)" in page


# What she fills in


def test_each_step_is_saved_as_help_and_leads_to_the_next(shared, adviser):
    client = signed_in(adviser)
    mention = factories.MasterMentionFactory(name="Droit public")
    identity = {"first_names": "Zoé Anne", "birth_name": "D’Exemple", "birth_date": "29/02/2004", "ine": ""}
    licence = {
        "diploma": "national",
        "licence_mention": "Histoire",
        "licence_institution": shared.institution.name,
        "licence_academy": shared.academy.pk,
        "status": "obtained",
        "licence_day": "13/06/2026",
    }
    project = {"project": "Juriste.", "wish_1": mention.name, "mobility_km": "100"}
    assert client.post(address(shared, "identite/"), identity).url == address(shared, "licence/")
    assert client.post(address(shared, "licence/"), licence).url == address(shared, "candidatures/")
    assert client.post(address(shared, "projet/"), project).url == address(shared)
    assert client.post(address(shared, "identite/"), identity | {"back": "1"}).url == address(shared)
    referral = shared.referral
    assert (referral.first_names, referral.licence_on, referral.project) == ("Zoé Anne", date(2026, 6, 13), "Juriste.")
    assert [wish.mention for wish in referral.wishes.all()] == [mention]
    assert helped(shared) == ["Claude Exemple"] * 4
    assert (referral.state, referral.shares_draft, referral.adviser_consent) == (State.DRAFT, True, False)


def test_applications_are_added_changed_and_removed_and_their_proofs_left_alone(shared, adviser):
    client = signed_in(adviser)
    given = shared.referral.applications.get()
    proof = procedure.add_document(
        shared.id, kind=DocumentKind.REFUSAL_PROOF, upload=factories.upload("refus.pdf"), by=shared.her, at=shared.at
    )
    procedure.save_application(shared.id, facts={"proof": proof}, application_id=given.pk, by=shared.her, at=shared.at)
    form = {"institution": shared.institution.name, "title": "Master de droit", "answer": "express", "on": "11/06/2026"}
    added = client.post(address(shared, "candidatures/ajouter/"), form)
    changed = client.post(address(shared, f"candidatures/{given.pk}/"), form | {"title": "Master d’histoire"})
    assert (added.url, changed.url) == (address(shared, "candidatures/"),) * 2
    response = client.get(address(shared, "candidatures/"))
    assert [one.name for one in shared.referral.applications.order_by("pk")] == ["Master d’histoire", "Master de droit"]
    assert "Master de droit" in text_of(response)
    assert "refus.pdf" not in response.content.decode()
    given.refresh_from_db()
    assert given.proof == proof
    assert client.post(address(shared, f"candidatures/{given.pk}/retirer/")).url == address(shared, "candidatures/")
    assert [one.name for one in shared.referral.applications.all()] == ["Master de droit"]
    assert helped(shared) == ["Claude Exemple"] * 3


def test_what_cannot_be_understood_is_said_beside_its_field_and_kept(shared, adviser):
    response = signed_in(adviser).post(address(shared, "identite/"), {"first_names": "Zoé", "birth_date": "hier"})
    assert list(errors_of(response)) == ["birth_date"]
    assert response.context["form"]["first_names"].value() == "Zoé"
    assert helped(shared) == []


def test_what_the_student_wrote_meanwhile_is_not_overwritten_unread(shared, adviser):
    client = signed_in(adviser)
    where = address(shared, "projet/")
    seen = client.get(where).context["seen"]
    procedure.save_draft(shared.id, facts={"project": "Devenir juriste."}, by=shared.her, at=shared.at)
    response = client.post(where, {"project": "Tenir des archives.", "seen": seen})
    assert errors_of(response) == {"__all__": [drafts.CHANGED_SINCE]}
    assert (shared.referral.project, helped(shared)) == ("Devenir juriste.", [])
    assert response.context["form"]["project"].value() == "Tenir des archives."
    again = client.post(where, {"project": "Tenir des archives.", "seen": response.context["seen"]})
    assert (again.url, shared.referral.project) == (address(shared), "Tenir des archives.")


def test_she_cannot_lead_it_to_another_university(shared, adviser):
    elsewhere = factories.InstitutionFactory(academy=shared.academy)
    licence = {"licence_institution": elsewhere.name, "licence_academy": shared.academy.pk}
    response = signed_in(adviser).post(address(shared, "licence/"), licence)
    assert errors_of(response) == {
        "__all__": ["L’établissement de la licence n’est plus le vôtre : seul l’étudiant peut l’indiquer."]
    }
    assert (shared.referral.licence_institution, helped(shared)) == (shared.institution, [])


@pytest.mark.parametrize("choice", ["adviser_consent", "shares_draft", "late_reason"])
def test_what_she_alone_decides_is_refused_to_her_adviser(shared, adviser, choice):
    with pytest.raises(Refused) as refused:
        procedure.save_draft(shared.id, facts={choice: ""}, by=By.adviser(adviser), at=shared.at)
    assert refused.value.code == "hers_alone"


def test_only_the_student_files_and_adds_documents(shared, adviser):
    """No page has the button, and the verbs refuse whoever would do without."""
    client = signed_in(adviser)
    assert client.post(f"/ma-saisine/{shared.referral.key}/verifier/").status_code == 404
    assert [client.post(address(shared, more)).status_code for more in ("verifier/", "documents/")] == [404, 404]
    by = By.adviser(adviser)
    for act in (
        lambda: procedure.file(shared.id, by=by, at=shared.at),
        lambda: procedure.add_document(shared.id, kind=DocumentKind.CV, upload=factories.upload("cv.pdf"), by=by, at=shared.at),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "not_yours"
    assert shared.referral.is_draft


def test_the_student_reads_that_she_was_helped(shared, adviser):
    signed_in(adviser).post(address(shared, "projet/"), {"project": "Juriste."})
    procedure.file(shared.id, by=shared.her, at=shared.at)
    page = text_of(signed_in(shared.student).get(f"/ma-saisine/{shared.referral.key}/"))
    assert "Brouillon complété par le SCUIO-BAIP (SCUIO-BAIP)" in page


# When it ends


def test_when_she_stops_sharing_nothing_is_found_any_more(shared, adviser):
    client = signed_in(adviser)
    assert [client.get(address(shared, more)).status_code for more in PAGES] == [200] * len(PAGES)
    stops(shared)
    assert [client.get(address(shared, more)).status_code for more in PAGES] == [404] * len(PAGES)
    assert client.post(address(shared, "projet/"), {"project": "Trop tard."}).status_code == 404
    assert client.get("/suivi/").context["drafts"] == []
    assert shared.referral.project == "Devenir archiviste."


def test_filed_meanwhile_it_says_so_and_saves_nothing(shared, adviser):
    client = signed_in(adviser)
    procedure.save_draft(shared.id, facts={"adviser_consent": True}, by=shared.her, at=shared.at)
    procedure.file(shared.id, by=shared.her, at=shared.at)
    sent = client.post(address(shared, "projet/"), {"project": "Trop tard."})
    assert sent.url == address(shared)
    assert said(sent) == ["Cette saisine a été déposée entre-temps : ce que vous venez d’écrire n’est pas enregistré."]
    opened = client.get(address(shared, "identite/"))
    assert opened.url == address(shared)
    page = text_of(client.get(opened.url))
    assert "Cette saisine est déposée : ses réponses ne se modifient plus." in page
    assert f"{shared.referral.number}, déposée le" in page
    assert (shared.referral.project, helped(shared)) == ("Devenir archiviste.", [])


def test_filed_without_her_consent_to_be_followed_it_is_not_found(shared, adviser):
    """She wanted help with the draft, and nothing after."""
    procedure.file(shared.id, by=shared.her, at=shared.at)
    client = signed_in(adviser)
    assert [client.get(address(shared, more)).status_code for more in PAGES] == [404] * len(PAGES)


def test_another_university_finds_no_draft(shared):
    client = signed_in(factories.post(Role.ADVISER, institution=factories.InstitutionFactory()))
    assert [client.get(address(shared, more)).status_code for more in PAGES] == [404] * len(PAGES)
    assert client.post(address(shared, "projet/"), {"project": "Autre."}).status_code == 404
    assert Referral.objects.get(pk=shared.id).project == "Devenir archiviste."
