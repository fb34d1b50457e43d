"""Mergers in the head: recorded from the institution's page after a preview, listed, undone."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals.models import Role
from tests.factories import InstitutionFactory, MasterMentionFactory, ProgrammeFactory, academy, post, signed_in
from tests.office.pages import said, text_of
from vacancies.models import Institution, Merger, Programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def former() -> Institution:
    """An institution with two programmes, one of which its successor has too."""
    institution = InstitutionFactory(name="Ancienne université", names=["École disparue"], academy=academy("Strasbourg"))
    for name in ("Histoire", "Droit"):
        ProgrammeFactory(institution=institution, mention=MasterMentionFactory(name=name), site="Centre")
    return institution


@pytest.fixture
def heir() -> Institution:
    institution = InstitutionFactory(name="Université Neuve")
    ProgrammeFactory(institution=institution, mention=MasterMentionFactory(name="Droit"), site="Centre")
    return institution


def merge(client: Client, former: Institution, heir: Institution, **typed):
    form = {"successor": heir.pk, "effective_on": "2026-01-01", "ground": "décret du 1er décembre 2025"} | typed
    return client.post(reverse("admin:vacancies_institution_merge", args=[former.pk]), form)


def page_of(merger: Merger) -> str:
    return reverse("admin:vacancies_merger_change", args=[merger.pk])


def undo(client: Client, merger: Merger):
    return client.post(reverse("admin:vacancies_merger_undo", args=[merger.pk]))


def test_a_preview_says_what_will_change_and_writes_nothing(nation, former, heir):
    response = merge(nation, former, heir)
    preview = response.context["preview"]
    assert (preview.names, preview.moved, preview.more_twins) == (["Ancienne université", "École disparue"], 1, 0)
    assert [programme.title for programme in preview.twins] == ["Droit"]
    assert preview.academies == [academy("Strasbourg")]
    words = text_of(response)
    assert "1 parcours passe au successeur, avec ses places." in words
    assert "Académie où le successeur enseignera aussi : Strasbourg." in words
    former.refresh_from_db()
    assert (former.successor, Merger.objects.count(), former.programmes.count()) == (None, 0, 2)
    assert not heir.other_academies.exists()


def test_confirmed_it_is_recorded_and_a_second_click_records_nothing_more(nation, former, heir):
    response = merge(nation, former, heir, confirm="Enregistrer")
    merger = Merger.objects.get()
    assert response["Location"] == page_of(merger)
    assert (merger.former, merger.successor, merger.by) == (former, heir, "Nadia Nationale")
    again = merge(nation, former, heir, confirm="Enregistrer")
    assert again["Location"] == reverse("admin:vacancies_institution_change", args=[former.pk])
    assert said(again)[-1:] == ["« Ancienne université » a déjà un successeur : « Université Neuve »."]
    assert Merger.objects.count() == 1
    former.refresh_from_db()
    assert former.successor == heir
    assert set(heir.programmes.values_list("mention__name", flat=True)) == {"Droit", "Histoire"}


@pytest.mark.parametrize("button", ["preview", "confirm"])
def test_a_refusal_stands_beside_the_form_with_what_was_typed(nation, former, heir, button):
    response = merge(nation, former, former, **{button: "x"})
    form = response.context["form"]
    assert form.non_field_errors() == ["Un établissement ne peut pas succéder à lui-même."]
    assert 'value="décret du 1er décembre 2025"' in response.content.decode()
    assert 'value="2026-01-01"' in response.content.decode()
    assert f'<option value="{former.pk}" selected>' in response.content.decode()
    future = merge(nation, former, heir, effective_on="2999-01-01", **{button: "x"})
    assert future.context["form"].non_field_errors() == ["La fusion s’enregistre à partir de sa date d’effet."]
    assert Merger.objects.count() == 0


def test_what_was_typed_can_be_corrected_after_the_preview(nation, former, heir):
    response = merge(nation, former, heir, edit="Corriger")
    assert response.context["preview"] is None
    assert 'value="décret du 1er décembre 2025"' in response.content.decode()


def test_an_empty_form_says_what_lacks(nation, former):
    response = nation.post(reverse("admin:vacancies_institution_merge", args=[former.pk]), {})
    assert list(response.context["form"].errors) == ["successor", "effective_on", "ground"]


def test_the_button_is_for_who_may(nation, head, former, heir):
    page = reverse("admin:vacancies_institution_change", args=[former.pk])
    button = reverse("admin:vacancies_institution_merge", args=[former.pk])
    assert button in nation.get(page).content.decode()
    assert button not in head.get(page).content.decode()
    assert head.get(button).status_code == 403
    assert merge(head, former, heir, confirm="x").status_code == 403
    merge(nation, former, heir, confirm="x")
    assert button not in nation.get(page).content.decode()
    assert nation.get(reverse("admin:vacancies_institution_merge", args=["0000000X"])).status_code == 404


def test_undoing_gives_the_programmes_back_once(nation, former, heir):
    merge(nation, former, heir, confirm="x")
    merger = Merger.objects.get()
    assert "décret du 1er décembre 2025" in text_of(nation.get(page_of(merger)))
    undone = "Fusion annulée : « Ancienne université » est de nouveau un établissement à part entière."
    assert said(undo(nation, merger))[-1:] == [undone]
    assert said(undo(nation, merger))[-1:] == ["Cette fusion est déjà annulée."]
    former.refresh_from_db()
    assert (former.successor, former.programmes.count()) == (None, 2)
    page = nation.get(page_of(merger))
    assert page.context["may_undo"] is False
    assert "par Nadia Nationale : les deux établissements sont de nouveau distincts." in text_of(page)


def test_an_office_reads_mergers_and_undoes_none(nation, head, former, heir):
    merge(nation, former, heir, confirm="x")
    merger = Merger.objects.get()
    page = head.get(page_of(merger))
    assert (page.status_code, page.context["may_undo"]) == (200, False)
    assert undo(head, merger).status_code == 403
    doctor = signed_in(post(Role.MEDICAL, region=academy("Lyon").region))
    assert doctor.get(page_of(merger)).status_code == 404
    assert undo(doctor, merger).status_code == 404


def test_the_stock_form_writes_nothing(nation, former, heir):
    merge(nation, former, heir, confirm="x")
    merger = Merger.objects.get()
    assert nation.get(reverse("admin:vacancies_merger_add")).status_code == 403
    assert nation.post(page_of(merger), {"ground": "autre"}).status_code == 405
    assert nation.get(reverse("admin:vacancies_merger_undo", args=[merger.pk])).status_code == 405
    assert nation.get(reverse("admin:vacancies_merger_history", args=[merger.pk]))["Location"] == page_of(merger)


def test_a_successor_is_completed_by_any_of_its_names(nation, heir):
    heir.names.create(name="Ancien institut")
    query = {"app_label": "vacancies", "model_name": "merger", "field_name": "successor", "term": "ancien institut"}
    found = nation.get(reverse("admin:autocomplete"), query).json()["results"]
    assert found == [{"id": heir.pk, "text": "Université Neuve"}]


def test_as_many_queries_for_many_mergers_as_for_one(nation):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            nation.get(reverse("admin:vacancies_merger_changelist"))
        return len(captured)

    def one_more() -> None:
        Merger.objects.create(
            former=InstitutionFactory(), successor=InstitutionFactory(), effective_on=date(2026, 1, 1), ground="x", by="x",
            at="2026-01-01T00:00Z",
        )  # fmt: skip

    one_more()
    queries()
    one = queries()
    one_more()
    one_more()
    assert queries() == one
    assert Programme.objects.count() == 0
