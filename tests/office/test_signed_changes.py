"""What the national administrator edits without a developer. The admin's log has each change: who, when, what, what it was."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.urls import reverse

from referrals.models import Post, Role, StandardText, TextKind, User
from tests import factories
from tests.factories import instant
from tests.office.pages import text_of

pytestmark = pytest.mark.django_db

NOW = instant("2026-07-03 09:00")


class Edit(NamedTuple):
    """made: what is changed. by: the fields typed. said: what the log says."""

    made: Callable[[], Model]
    by: dict[str, Any]
    said: str


def post() -> Post:
    return factories.post(Role.CASEWORKER, region=factories.academy().region).posts.get()


def text() -> StandardText:
    return StandardText.objects.create(kind=TextKind.MESSAGE, title="Relance", text="Bonjour.")


EDITS = {
    "campaign": Edit(
        factories.CampaignFactory, {"search_until": "2026-11-15"}, "Dernier jour pour proposer : 31/10/2026 → 15/11/2026"
    ),
    "post": Edit(post, {"until": "2026-08-31"}, "Au : vide → 31/08/2026"),
    "user": Edit(lambda: factories.UserFactory(name="Avant"), {"name": "Après"}, "Nom affiché : « Avant » → « Après »"),
    "text": Edit(text, {"text": "Bonsoir.", "is_used": False}, "Texte : « Bonjour. » → « Bonsoir. » ; Proposé : oui → non"),
    "region": Edit(
        lambda: factories.academy().region,
        {"court": "tribunal administratif de Lyon", "address": "94 rue Hénon"},
        "Tribunal administratif compétent : vide → « tribunal administratif de Lyon » ; "
        "Adresse du rectorat, pour un recours : vide → « 94 rue Hénon »",
    ),
    "academy": Edit(
        lambda: (factories.academy("La Réunion"), factories.academy())[1],
        {"name": "Lyon-Ouest", "zone": "Indian/Reunion", "region": "R04"},
        "Nom : « Lyon » → « Lyon-Ouest » ; Région académique : « Auvergne-Rhône-Alpes » → « La Réunion » ; "
        "Fuseau horaire : « Europe/Paris » → « Indian/Reunion »",
    ),
    "institution": Edit(
        lambda: factories.InstitutionFactory(name="Université d’avant"),
        {"town": "Bron", "names-0-name": "Université de jadis"},
        "Commune : vide → « Bron » ; Nom d’établissement : Nom : « Université d’avant » → « Université de jadis »",
    ),
    "licence": Edit(
        factories.LicenceMentionFactory, {"name": "Histoire et géographie"}, "Intitulé : « Histoire » → « Histoire et géographie »"
    ),
    "master": Edit(
        lambda: factories.MasterMentionFactory(name="Archives"), {"name": "Archivistique"},
        "Intitulé : « Archives » → « Archivistique »",
    ),
    "programme": Edit(
        lambda: (factories.LicenceMentionFactory(), factories.ProgrammeFactory(site="Berges"))[1],
        {"site": "Manufacture", "capacity": "30", "any_licence": True, "recommended": [1]},
        "Site : « Berges » → « Manufacture » ; Capacité d’accueil : vide → « 30 » ; Licences conseillées : vide → « Histoire » ; "
        "Toutes licences : non → oui",
    ),
}  # fmt: skip
"""What the administrator changes, one of each kind."""


def address(row: Model, page: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def typed(page) -> dict[str, Any]:
    """Return what the browser would send if nothing were touched."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            if isinstance(value, list | tuple):
                data[field.html_name] = [getattr(one, "pk", one) for one in value]
            elif value not in (None, False):
                data[field.html_name] = "on" if value is True else value
    return data


def posted(page, by: dict[str, Any]) -> dict[str, Any]:
    data = typed(page) | by
    return {name: "on" if value is True else value for name, value in data.items() if value is not False}


@pytest.mark.parametrize("what", EDITS)
def test_the_administrator_edits_and_the_log_says_who_when_and_what(enter, administrator, what, time_machine):
    time_machine.move_to(NOW, tick=False)
    edit = EDITS[what]
    row = edit.made()
    by = edit.by | ({"recommended": [factories.LicenceMentionFactory().pk]} if "recommended" in edit.by else {})
    client = enter(administrator)
    page = client.get(address(row))
    saved = client.post(address(row), posted(page, by))
    assert saved.status_code == 302, saved.context["adminform"].form.errors
    entry = LogEntry.objects.get()
    assert (entry.user, entry.action_time, entry.get_edited_object()) == (administrator, NOW, row)
    assert entry.change_message == edit.said
    assert edit.said.split(" ; ")[0] in text_of(client.get(address(row, "history")))


@pytest.mark.parametrize("what", EDITS)
@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HEAD])
def test_nobody_of_a_region_edits_what_is_the_nations(enter, what, role):
    edit = EDITS[what]
    row = edit.made()
    user = factories.post(role, region=factories.academy().region)
    before = type(row).objects.filter(pk=row.pk).values().get()
    response = enter(user).post(address(row), edit.by)
    assert response.status_code in (302, 403, 404)  # 302: not in her list
    assert type(row).objects.filter(pk=row.pk).values().get() == before
    assert not LogEntry.objects.exists()


def test_saved_untouched_nothing_has_changed(enter, administrator):
    campaign = factories.CampaignFactory()
    client = enter(administrator)
    client.post(address(campaign), posted(client.get(address(campaign)), {}))
    assert LogEntry.objects.get().change_message == "Rien n’a changé."


def test_what_is_added_is_signed_too(enter, administrator):
    data = {"code": "2027", "name": "Campagne 2027", "opens_on": "2027-06-15", "search_until": "2027-10-31"}
    assert enter(administrator).post("/bureau/vacancies/campaign/add/", data).status_code == 302
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.get_change_message()) == (administrator, "2027", "Ajout.")


def test_a_zone_that_the_rules_do_not_know_is_refused(enter, administrator):
    academy = factories.academy()
    client = enter(administrator)
    page = client.post(address(academy), posted(client.get(address(academy)), {"zone": "Lune/Mer"}))
    assert list(page.context["adminform"].form.errors) == ["zone"]


def test_a_version_of_the_rules_is_signed_with_what_it_changes(enter, administrator, time_machine):
    time_machine.move_to(NOW, tick=False)
    first = factories.CampaignRulesFactory()
    client = enter(administrator)
    add = "/bureau/referrals/campaignrules/add/"
    form = client.get(add).context["form"]
    data = {field.html_name: field.value() or "" for field in form}
    data |= {"value_answer_days": "21", "ground_answer_days": "Jours de pont.", "establish": "1"}
    saved = client.post(add, data)
    assert saved.status_code == 302, saved.context["form"].errors
    entry = LogEntry.objects.get()
    newest = first.campaign.rules.order_by("version").last()
    assert (entry.user, entry.action_time, entry.get_edited_object()) == (administrator, NOW, newest)
    assert entry.change_message.startswith("Version 2 établie. ")
    assert "21 jours" in entry.change_message


def test_an_account_that_is_made_is_signed(enter, administrator):
    client = enter(administrator)
    client.post("/bureau/referrals/user/add/", {"email": "nouvelle@exemple.fr", "name": "Nouvelle", "phone": ""})
    account = User.objects.get(email="nouvelle@exemple.fr")
    assert LogEntry.objects.get().get_edited_object() == account
    given = {"user": account.email, "role": Role.CASEWORKER, "regions": [factories.academy().region_id], "since": date(2026, 1, 1)}
    client.post("/bureau/referrals/post/add/", given)
    assert [entry.user for entry in LogEntry.objects.all()] == [administrator] * 2
