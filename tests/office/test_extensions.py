"""Extensions in the office: ordered, previewed with what is lost first, confirmed, reported; by whom the rights say."""

import json
from datetime import date, timedelta

import pytest
from celery import current_app

from referrals import procedure
from referrals.admin import extensions
from referrals.models import Extension, Role
from referrals.procedure import CLOCK
from referrals.rules.states import State
from tests import factories
from tests.office.pages import said, text_of
from tests.story import Story, in_state

LIST = "/bureau/referrals/extension/"
ADD = f"{LIST}add/"
WORDS = {"days": 10, "ground": "Cyclone du 15 juillet.", "source": "Arrêté du 16 juillet 2026", "kind": "", "expired_since": ""}


def page_of(extension: Extension) -> str:
    return f"{LIST}{extension.pk}/change/"


def typed(story: Story, **changes) -> dict:
    return WORDS | {"reach": f"academy:{story.academy.pk}", "campaign": story.campaign.pk, "number": ""} | changes


@pytest.fixture
def offered(db, time_machine) -> Story:
    story = in_state(State.OFFERED)
    story.told()
    time_machine.move_to(story.at, tick=False)
    return story


@pytest.fixture
def ordered(offered) -> Extension:
    return procedure.order_extension(
        campaign=offered.campaign,
        academy=offered.academy,
        days=10,
        by=offered.signing,
        at=offered.at,
        ground="Cyclone.",
        source="Arrêté.",
    )


def test_a_head_orders_sees_what_it_would_do_and_confirms(enter, offered):
    client = enter(offered.signer)
    response = client.post(ADD, typed(offered))
    extension = Extension.objects.get()
    assert response.headers["Location"] == page_of(extension)
    preview = text_of(client.get(page_of(extension)))
    assert "Aperçu : rien n’est encore écrit, et personne n’est prévenu." in preview
    assert "1 délai en cours prolongé (réponse aux propositions)" in preview
    assert offered.limit().days == 15
    response = client.post(page_of(extension))
    assert (said(response), response.headers["Location"]) == (["Prolongation appliquée."], page_of(extension))
    assert (offered.limit().days, offered.limit().last_day) == (25, date(2026, 7, 15))
    report = text_of(client.get(page_of(extension)))
    assert "Appliquée le samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2), d’un seul coup." in report
    assert "1 délai en cours prolongé (réponse aux propositions)" in report
    assert "Confirmer" not in report


def test_confirmed_twice_it_is_one(enter, offered, ordered):
    client = enter(offered.signer)
    client.post(page_of(ordered))
    client.post(page_of(ordered))
    assert offered.limit().days == 25


def test_the_seats_that_are_gone_come_first(enter, time_machine):
    story, other = Story(), Story()
    offers = story.offered()
    limit = story.told().limit()
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    other.admissible()
    other.at = limit.ends_at
    other.sent(vacancy=offers[0].vacancy)
    time_machine.move_to(limit.ends_at, tick=False)
    client = enter(story.signer)
    client.post(ADD, typed(story, expired_since="2026-07-01"))
    extension = Extension.objects.get()
    for told in ("Ce qu’elle ferait", "Ce qu’elle a fait"):
        page = text_of(client.get(page_of(extension)))
        places = [
            page.index(words)
            for words in ("1 place n’est plus libre", story.referral.number, told, "1 délai de réponse échu repris")
        ]
        assert places == sorted(places)
        assert offers[0].vacancy.programme.title in page
        client.post(page_of(extension))


def test_a_big_one_is_left_to_the_workers(enter, offered, ordered, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(extensions, "AT_ONCE", 0)
    client = enter(offered.signer)
    with django_capture_on_commit_callbacks() as callbacks:
        response = client.post(page_of(ordered))
    assert said(response) == ["Prolongation confirmée. Elle s’applique d’un seul coup, dans les minutes qui viennent."]
    assert callbacks == [extensions.wake_the_sweep]
    ordered.refresh_from_db()
    assert (ordered.confirmed_at, ordered.applied_at, offered.limit().days) == (offered.at, None, 15)
    page = text_of(client.get(page_of(ordered)))
    assert "Confirmée le samedi 20 juin 2026 à 10 h 00" in page
    assert "Confirmer" not in page


def test_the_workers_are_told_through_the_broker():
    with current_app.connection_for_write() as connection:
        broker = connection.default_channel.client
        broker.flushdb()
        extensions.wake_the_sweep()
        told = json.loads(broker.lpop("celery"))
    assert told["headers"]["task"] == "referrals.apply_extensions"


def test_a_caseworker_orders_one_for_one_file(enter, offered):
    neighbour = in_state(State.OFFERED)
    client = enter(offered.caseworker)
    assert list(client.get(ADD).context["form"].fields) == ["number", "kind", "days", "expired_since", "ground", "source"]
    client.post(ADD, WORDS | {"number": f" {offered.referral.number} "})
    extension = Extension.objects.get()
    assert (extension.referral, extension.academy, extension.region) == (offered.referral, None, None)
    client.post(page_of(extension))
    assert (offered.limit().days, neighbour.limit().days) == (25, 15)


def test_a_caseworker_cannot_reach_a_territory_by_typing_it(enter, offered):
    response = enter(offered.caseworker).post(ADD, typed(offered))
    assert response.context["form"].errors["number"] == ["Ce champ est obligatoire."]
    assert Extension.objects.count() == 0


def test_a_head_chooses_among_her_own_territories(enter, offered):
    factories.academy("Grenoble"), factories.academy("La Réunion")
    form = enter(offered.signer).get(ADD).context["form"]
    assert form.fields["reach"].choices == [
        ("", "Choisir"),
        ("region:R84", "région académique Auvergne-Rhône-Alpes"),
        ("academy:A08", "académie : Grenoble"),
        ("academy:A10", "académie : Lyon"),
        ("referral", "une seule saisine"),
    ]
    assert form.fields["campaign"].initial == offered.campaign


REFUSALS = [
    ({"reach": "academy:A28"}, "reach", "Sélectionnez un choix valide. academy:A28 n’en fait pas partie."),
    ({"reach": ""}, "reach", "Ce champ est obligatoire."),
    ({"reach": "referral", "number": "2026-999999"}, "number", "Aucune saisine de votre région académique n’a ce numéro."),
    ({"reach": "referral", "number": ""}, "number", "Aucune saisine de votre région académique n’a ce numéro."),
    ({"days": 0}, "days", "Assurez-vous que cette valeur est supérieure ou égale à 1."),
    ({"ground": " "}, "ground", "Ce champ est obligatoire."),
    ({"source": ""}, "source", "Ce champ est obligatoire."),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), REFUSALS)
def test_what_cannot_be_ordered_is_explained_and_nothing_typed_is_lost(enter, offered, changes, field, sentence):
    factories.academy("La Réunion")
    words = typed(offered, **changes)
    response = enter(offered.signer).post(ADD, words)
    form = response.context["form"]
    assert form.errors == {field: [sentence]}
    assert form["ground"].value() == words["ground"]
    assert Extension.objects.count() == 0


def test_a_file_of_another_region_has_no_number_here(enter, offered):
    elsewhere = in_state(State.OFFERED, academy="La Réunion")
    response = enter(offered.signer).post(ADD, typed(offered, reach="referral", number=elsewhere.referral.number))
    assert response.context["form"].errors["number"] == ["Aucune saisine de votre région académique n’a ce numéro."]


def test_who_did_not_order_it_reads_it_and_cannot_confirm(enter, offered, ordered, head):
    for reader in (head, offered.caseworker):
        client = enter(reader)
        page = text_of(client.get(page_of(ordered)))
        assert ("Seul son auteur peut la confirmer." in page, "Confirmer" in page) == (True, False)
        assert said(client.post(page_of(ordered))) == ["Seul l’auteur d’une prolongation la confirme."]
    assert offered.limit().days == 15


def test_another_region_sees_none_of_it(enter, ordered, stranger):
    client = enter(stranger)
    assert list(client.get(LIST).context["cl"].result_list) == []
    assert (client.get(page_of(ordered)).status_code, client.post(page_of(ordered)).status_code) == (404, 404)
    assert client.get(f"{LIST}x/change/").status_code == 404


def test_the_list_shows_those_of_ones_regions_and_where_they_stand(enter, offered, ordered):
    elsewhere = in_state(State.OFFERED, academy="La Réunion")
    words = {"days": 5, "by": elsewhere.signing, "at": elsewhere.at, "ground": "Cyclone.", "source": "Arrêté."}
    procedure.order_extension(campaign=elsewhere.campaign, region=elsewhere.academy.region, **words)
    procedure.extend(offered.id, days=5, by=offered.office, at=offered.at + timedelta(minutes=1), ground="Deuil.", source="Usage.")
    client = enter(offered.signer)
    page = text_of(client.get(LIST))
    rows = ["Prolongations", f"saisine {offered.referral.number}", "appliquée", "académie : Lyon", "à confirmer"]
    places = [page.index(words) for words in rows]
    assert places == sorted(places)
    assert client.get(LIST).context["cl"].result_count == 2


def test_who_has_no_business_with_extensions(enter, offered, ordered, administrator):
    medical = factories.post(Role.MEDICAL, region=offered.academy.region)
    for user in (administrator, medical):
        client = enter(user)
        assert [client.get(address).status_code for address in (LIST, ADD, page_of(ordered))] == [403, 403, 404]
    for user in (offered.student, factories.post(Role.ADVISER, institution=offered.institution)):
        assert enter(user).get(ADD, follow=True).status_code == 403


def test_nothing_is_deleted_and_the_admins_log_leads_to_the_page(enter, offered, ordered):
    client = enter(offered.signer)
    assert client.post(f"{LIST}{ordered.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}{ordered.pk}/history/").headers["Location"] == page_of(ordered)
    assert client.get(LIST).context["action_form"] is None


def test_what_was_typed_in_an_ended_session_comes_back_after_signing_in(client, offered):
    response = client.post(ADD, typed(offered))
    assert response.headers["Location"] == f"/bureau/login/?next={ADD}"
    client.force_login(offered.signer)
    assert client.get(ADD).context["form"]["ground"].value() == WORDS["ground"]
    client.post(ADD, typed(offered))
    assert Extension.objects.get().ground == WORDS["ground"]
    assert client.get(ADD).context["form"]["ground"].value() is None
