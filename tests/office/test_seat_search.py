"""The seats that suit one student, and the consultation that starts from their list."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.models import Answer, Role
from referrals.procedure.offers import has_refused
from referrals.rules.states import Action, OfferState, State
from tests import factories
from tests.factories import instant
from tests.office.pages import file_of, page_of, said, text_of
from tests.story import Story, in_state
from vacancies import mergers
from vacancies.models import Compatibility


def seats(response) -> list[str]:
    return [seat.programme.title for seat in response.context["page"]]


def wishing() -> Story:
    """A student whose referral is admissible and who wishes for one mention."""
    story = Story()
    story.draft()
    wish = factories.MasterMentionFactory(name="Archives")
    procedure.save_draft(
        story.id, facts={"mobility_km": 100}, wishes=[wish], wished_academies=[story.academy], by=story.her, at=story.at
    )
    procedure.file(story.id, by=story.her, at=story.at)
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    return story


def seat(
    story: Story,
    mention: str,
    *,
    town: str = "Lyon",
    academy: str | None = None,
    seats: int = 1,
    vacancy: dict[str, str] | None = None,
    **programme,
):
    place = {"academy": factories.academy(academy)} if academy else {}
    programme = factories.ProgrammeFactory(
        institution=story.institution, mention=factories.MasterMentionFactory(name=mention), town=town, **place, **programme
    )
    return factories.VacancyFactory(programme=programme, campaign=story.campaign, seats_declared=seats, **(vacancy or {}))


@pytest.fixture
def searched(db) -> Story:
    return wishing()


def test_the_most_suitable_first_each_with_its_reasons(enter, searched):
    seat(searched, "Chimie", academy="Grenoble")
    seat(searched, "Archives")
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    assert seats(response) == ["Archives", "Chimie"]
    text = text_of(response)
    assert "mention souhaitée académie souhaitée" in text
    assert "rien de particulier : à motiver" in text
    assert "réserve la place pendant 7 jours" in text


def test_only_free_seats_of_the_region_and_campaign(enter, searched):
    seat(searched, "Archives", academy="Strasbourg")
    full = seat(searched, "Histoire", seats=1)
    other = wishing()
    other.consulting(vacancy=full)
    seat(searched, "Chimie")
    assert seats(enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))) == ["Chimie"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=chimie", ["Chimie"]),
        ("town=saint-etienne", ["Chimie"]),
        ("academy=A08", ["Droit"]),
        ("text=chimie&town=lyon", []),
        ("academy=A15", ["Archives", "Droit", "Chimie"]),
    ],
    ids=["words", "town, without accents", "academy", "both", "an academy of another region narrows nothing"],
)
def test_the_list_is_narrowed(enter, searched, query, found):
    factories.academy("Strasbourg")
    seat(searched, "Archives")
    seat(searched, "Chimie", town="Saint-Étienne")
    seat(searched, "Droit", academy="Grenoble")
    response = enter(searched.caseworker).get(f"{page_of(Action.CONSULT, searched.referral)}?{query}")
    assert sorted(seats(response)) == sorted(found)


def test_distances_are_measured_from_the_institution_of_the_licence(enter, searched):
    searched.institution.latitude, searched.institution.longitude = 45.75, 4.85
    searched.institution.save()
    seat(searched, "Archives", latitude=45.19, longitude=5.72)
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    assert "92 km" in text_of(client.get(address))
    assert (seats(client.get(f"{address}?max_km=100")), seats(client.get(f"{address}?max_km=50"))) == (["Archives"], [])


def test_a_distance_nobody_knows_is_said_unknown(enter, searched):
    searched.institution.latitude, searched.institution.longitude = 45.75, 4.85
    searched.institution.save()
    seat(searched, "Chimie")
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    assert [found.distance_km for found in response.context["page"]] == [None]
    assert "inconnue" in text_of(response)


def test_consulting_holds_a_seat_and_comes_back_to_the_same_list(enter, searched):
    wanted = seat(searched, "Chimie", seats=2)
    client, address = enter(searched.caseworker), f"{page_of(Action.CONSULT, searched.referral)}?town=lyon"
    response = client.post(address, {"vacancy": wanted.pk})
    assert (response.headers["Location"], said(response)) == (
        address,
        [f"Établissement consulté, place réservée : Chimie – {searched.institution}."],
    )
    offer = searched.referral.offers.get()
    assert (offer.vacancy, offer.state) == (wanted, OfferState.CONSULTING)
    assert "établissement consulté" in text_of(client.get(address))


def test_a_refusal_is_said(enter, searched):
    wanted = seat(searched, "Chimie", seats=1)
    wishing().consulting(vacancy=wanted)
    response = enter(searched.caseworker).post(page_of(Action.CONSULT, searched.referral), {"vacancy": wanted.pk})
    assert said(response) == ["Il ne reste plus de place dans cette formation."]


def rows(response) -> dict[str, tuple[bool, str]]:
    """Of each seat: has it refused her, and the reason that was typed."""
    return {str(seat.programme): (seat.refused_her, seat.reason) for seat in response.context["page"]}


def test_a_programme_that_refused_her_says_so_as_the_procedure_would(enter, searched):
    """Its mention at its institution, or at one it has taken over; not the same mention elsewhere, nor on a mere waiting list."""
    former = factories.InstitutionFactory(academy=searched.academy, successor=searched.institution)
    elsewhere = factories.InstitutionFactory(academy=searched.academy)
    for institution, mention, answer in (
        (former, "Droit", Answer.IMPLIED),
        (elsewhere, "Droit", Answer.EXPRESS),
        (searched.institution, "Chimie", Answer.WAITING),
    ):
        facts = {"institution": institution, "mention": factories.MasterMentionFactory(name=mention), "answer": answer}
        days = {"on": date(2026, 6, 10), "applied_on": date(2026, 2, 10)}
        searched.referral.applications.create(**facts, **days)
    vacancies = [seat(searched, mention) for mention in ("Archives", "Droit", "Chimie", "Histoire")]
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    assert rows(response) == {str(vacancy.programme): (has_refused(searched.referral, vacancy), "") for vacancy in vacancies}
    refused = [vacancy.programme.mention.name for vacancy in vacancies if has_refused(searched.referral, vacancy)]
    assert refused == ["Archives", "Droit"]
    assert text_of(response).count("a déjà refusé cet étudiant") == 2


def test_it_is_asked_again_with_a_reason_and_not_without(enter, searched):
    wanted = seat(searched, "Archives")
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    response = client.post(address, {"vacancy": wanted.pk, "reason": "  "})
    assert (response.status_code, said(response)) == (
        200,
        ["Cette formation a déjà refusé cet étudiant : dites pourquoi la solliciter de nouveau."],
    )
    client.post(address, {"vacancy": wanted.pk, "reason": "Des places se sont libérées."})
    assert searched.referral.offers.get().consulted_because == "Des places se sont libérées."


def test_the_reason_typed_is_not_lost_to_a_refusal(enter, searched):
    """The seats of one vacancy are two; one is hers already."""
    wanted = seat(searched, "Archives", seats=2)
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    chemistry = seat(searched, "Chimie")
    words = {"vacancy": wanted.pk, "reason": "Des places se sont libérées."}
    client.post(address, words)
    client.get(address)  # the first message is read
    response = client.post(address, words)
    assert said(response) == ["Cette place est déjà en cours de proposition à cet étudiant."]
    assert rows(response) == {
        str(wanted.programme): (True, "Des places se sont libérées."),
        str(chemistry.programme): (False, ""),
    }


@pytest.mark.parametrize("vacancy", ["", "abc", "999999", "9" * 40])
def test_a_seat_that_does_not_exist(enter, searched, vacancy):
    response = enter(searched.caseworker).post(page_of(Action.CONSULT, searched.referral), {"vacancy": vacancy})
    assert said(response) == ["Cette place n’existe plus."]


def test_another_region_has_no_such_search(enter, stranger, searched):
    client, address = enter(stranger), page_of(Action.CONSULT, searched.referral)
    wanted = seat(searched, "Archives")
    assert (client.get(address).status_code, client.post(address, {"vacancy": wanted.pk}).status_code) == (404, 404)


def test_the_national_administrator_consults_nobody(enter, administrator, searched):
    wanted = seat(searched, "Archives")
    client, address = enter(administrator), page_of(Action.CONSULT, searched.referral)
    assert client.get(address).headers["Location"] == file_of(searched.referral)
    client.post(address, {"vacancy": wanted.pk})
    assert searched.referral.offers.count() == 0


@pytest.mark.parametrize("state", [State.FILED, State.ACCEPTED, State.CLOSED])
def test_no_search_where_the_tables_allow_none(enter, state):
    story = in_state(state)
    response = enter(story.caseworker).get(page_of(Action.CONSULT, story.referral))
    assert response.headers["Location"] == file_of(story.referral)


def test_three_seats_cost_no_more_queries_than_one_and_pages_hold_twenty(enter, searched):
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    seat(searched, "Archives")
    one = queries()
    for number in range(21):
        seat(searched, f"Mention {number:02d}")
    assert queries() == one
    assert [len(seats(client.get(f"{address}?page={page}"))) for page in (1, 2)] == [20, 2]


def table(story: Story, *masters: str, licence: str = "Histoire") -> None:
    """The campaign holds the licence compatible with these masters, and with no other."""
    for master in masters:
        Compatibility.objects.create(
            campaign=story.campaign,
            licence=factories.LicenceMentionFactory(name=licence),
            master=factories.MasterMentionFactory(name=master),
        )


OUTSIDE = "Hors de la table de compatibilité : elle n’a pas « Chimie » pour la licence « Histoire »."


def test_what_the_table_does_not_have_is_flagged_and_asks_why(enter, searched):
    table(searched, "Archives", "Droit")
    refused, recommended = seat(searched, "Archives"), seat(searched, "Physique")
    recommended.programme.recommended.add(factories.LicenceMentionFactory(name="Histoire"))
    outside, open_to_all = seat(searched, "Chimie"), seat(searched, "Gestion", any_licence=True)
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    flags = {seat.programme.title: seat.outside_table for seat in response.context["page"]}
    assert flags == {"Archives": False, "Physique": False, "Gestion": False, "Chimie": True}
    text, html = text_of(response), response.content.decode()
    assert (text.count("Hors de la table"), text.count(OUTSIDE)) == (1, 1)
    assert text.count("convient à sa licence") == 3
    asked = [vacancy.pk for vacancy in (refused, recommended, outside, open_to_all) if f'id="reason-{vacancy.pk}"' in html]
    assert asked == [refused.pk, outside.pk]
    assert text.count("Pourquoi la solliciter de nouveau") == text.count("Pourquoi proposer cette formation") == 1


def test_without_a_table_nothing_is_flagged(enter, searched):
    seat(searched, "Chimie")
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    assert "Hors de la table" not in text_of(response)


def test_outside_the_table_it_is_consulted_with_a_reason_and_not_without(enter, searched):
    table(searched, "Archives")
    wanted = seat(searched, "Chimie")
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    assert said(client.post(address, {"vacancy": wanted.pk})) == [
        "La table de compatibilité de la campagne n’a pas « Chimie » pour la licence « Histoire » : dites pourquoi proposer cette "
        "formation."
    ]
    assert searched.referral.offers.count() == 0
    client.post(address, {"vacancy": wanted.pk, "reason": "Une année de chimie déjà validée.\nAccord de la responsable."})
    offer = searched.referral.offers.get()
    assert (offer.outside_table, offer.consulted_because) == (
        True,
        "Une année de chimie déjà validée.\nAccord de la responsable.",
    )
    shown = text_of(client.get(file_of(searched.referral)))
    assert "établissement consulté hors de la table de compatibilité" in shown
    assert "Pourquoi cette formation Une année de chimie déjà validée. Accord de la responsable." in shown


def test_one_reason_serves_a_refusal_and_the_table(enter, searched):
    """She was refused in Archives there, and the table does not have it either."""
    table(searched, "Droit")
    wanted = seat(searched, "Archives")
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    response = client.get(address)
    assert response.content.decode().count(f'id="reason-{wanted.pk}"') == 1
    assert "Pourquoi la solliciter de nouveau, et hors de la table" in text_of(response)
    client.post(address, {"vacancy": wanted.pk, "reason": "Son projet."})
    offer = searched.referral.offers.get()
    assert (offer.outside_table, offer.consulted_because) == (True, "Son projet.")


def test_an_offer_within_the_table_shows_neither_flag_nor_reason(enter, searched):
    table(searched, "Chimie")
    searched.consulting(vacancy=seat(searched, "Chimie"))
    shown = text_of(enter(searched.caseworker).get(file_of(searched.referral)))
    assert ("hors de la table" in shown, "Pourquoi cette formation" in shown) == (False, False)


@pytest.mark.parametrize(("at", "marked"), [("2026-07-15 23:59", False), ("2026-07-16 00:00", True)])
def test_a_declaration_out_of_date_is_marked_from_the_next_day_on_in_its_academie(enter, searched, at, marked):
    seat(searched, "Chimie")  # declared on 15 June, valid until 15 July
    client = enter(searched.caseworker)
    with time_machine.travel(instant(at), tick=False):
        client.force_login(searched.caseworker)
        text = text_of(client.get(page_of(Action.CONSULT, searched.referral)))
    assert ("à confirmer valable jusqu’au 15/07/2026" in text) == marked


def test_what_is_unusual_about_a_seat_is_said(enter, searched):
    seat(searched, "Chimie", vacancy={"modality": "apprenticeship", "attendance": "hybrid", "language": "en"})
    seat(searched, "Droit")
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    assert {seat.programme.title: seat.particulars for seat in response.context["page"]} == {
        "Chimie": ["apprentissage", "en partie à distance", "langue : anglais"],
        "Droit": [],
    }
    assert "apprentissage en partie à distance langue : anglais" in text_of(response)


def test_another_modality_of_what_is_proposed_to_her_is_not_proposed_again(enter, searched):
    wanted = seat(searched, "Chimie")
    other = factories.VacancyFactory(programme=wanted.programme, campaign=searched.campaign, modality="apprenticeship")
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    searched.consulting(vacancy=wanted)
    response = client.get(address)
    assert [(seat.pk, seat.asked_for[0]) for seat in response.context["page"]] == [(other.pk, "établissement consulté")]
    assert said(client.post(address, {"vacancy": other.pk})) == ["Cette place est déjà en cours de proposition à cet étudiant."]


def test_who_cannot_be_written_to_is_said(enter, searched):
    """Neither a contact with the seat, nor an account of its institution or of one merged with it, that day."""
    nobody = {"contact_email": ""}
    seat(searched, "Chimie", vacancy=nobody)
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    alone = "Ni contact ni compte : joignez l’établissement vous-même."
    assert alone in text_of(client.get(address))
    ended = factories.post(Role.INSTITUTION, institution=searched.institution)
    ended.posts.update(until=date(2026, 1, 1))
    factories.post(Role.INSTITUTION, institution=searched.institution, is_active=False)
    assert alone in text_of(client.get(address))
    former = factories.InstitutionFactory(successor=searched.institution)
    factories.post(Role.INSTITUTION, institution=former)
    assert alone not in text_of(client.get(address))


def test_after_a_merger_a_refusal_by_either_counts_and_no_longer_when_it_is_undone(enter, searched):
    """She was refused in Archives by her own university; the seat is one of the university that takes hers over."""
    successor = factories.InstitutionFactory(academy=searched.academy)
    programme = factories.ProgrammeFactory(institution=successor, mention=factories.MasterMentionFactory(name="Archives"))
    wanted = factories.VacancyFactory(programme=programme, campaign=searched.campaign)
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    before = rows(client.get(address))
    merger = mergers.merge(
        former=searched.institution.pk,
        successor=successor.pk,
        effective_on=date(2026, 6, 1),
        ground="Décret",
        by="Nadia",
        at=searched.at,
    )
    during = rows(client.get(address)), has_refused(searched.referral, wanted)
    mergers.undo(merger.pk, by="Nadia", at=searched.at)
    after = rows(client.get(address)), has_refused(searched.referral, wanted)
    name = str(wanted.programme)
    assert (before, during, after) == (
        {name: (False, "")},
        ({name: (True, "")}, True),
        ({name: (False, "")}, False),
    )


def test_a_table_a_merger_and_accounts_cost_no_query_for_each_seat(enter, searched):
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    table(searched, "Archives")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    def one_more(number: int) -> None:
        former = factories.InstitutionFactory(academy=searched.academy, successor=searched.institution)
        factories.post(Role.INSTITUTION, institution=former)
        programme = factories.ProgrammeFactory(institution=former, mention=factories.MasterMentionFactory(name=f"M{number}"))
        factories.VacancyFactory(programme=programme, campaign=searched.campaign, contact_email="")

    one_more(0)
    one = queries()
    one_more(1), one_more(2)
    assert queries() == one


@pytest.mark.parametrize("nationwide", [False, True])
def test_the_whole_nation_is_searched_where_the_rules_say_so(enter, nationwide):
    story = Story(nationwide=nationwide)
    story.admissible()
    seat(story, "Chimie", academy="Strasbourg")
    response = enter(story.caseworker).get(page_of(Action.CONSULT, story.referral))
    assert seats(response) == (["Chimie"] if nationwide else [])
    assert ("toute la France" in text_of(response)) == nationwide
