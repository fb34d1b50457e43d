"""The seats that suit one student, and the consultation that starts from their list."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.models import Answer, Role
from referrals.procedure.suiting import assessed
from referrals.rules.states import Action, OfferState, State
from referrals.rules.suitability import Obstacle
from referrals.wording_matching import OBSTACLES
from tests import factories
from tests.factories import instant
from tests.office.pages import file_of, page_of, said, text_of
from tests.story import Story, in_state
from vacancies import mergers
from vacancies.models import Compatibility, Vacancy


def seats(response) -> list[str]:
    return [one.seat.programme.title for one in response.context["page"]]


def everything(story: Story, query: str = "") -> str:
    """The address of the list with the impossible seats."""
    return f"{page_of(Action.CONSULT, story.referral)}?impossible=on{query}"


def wishing() -> Story:
    """A student whose referral is admissible and who wishes for one mention."""
    story = Story()
    story.draft()
    wish = factories.MasterMentionFactory(name="Chimie")
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
    """Of a hundred: 40 for a wish, 12.5 for a licence of which nothing is said, 10 for the académie, 5 for a distance nobody knows,
    5 for the modality.
    """
    seat(searched, "Droit")
    seat(searched, "Chimie")
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    assert [(one.seat.programme.title, one.score) for one in response.context["page"]] == [("Chimie", 72.5), ("Droit", 32.5)]
    chemistry, law = ([(part.says, part.points) for part in one.parts] for one in response.context["page"])
    assert chemistry == [
        ("vœu n° 1", 40),
        ("rien n’en est dit", 12.5),
        ("souhaitée", 10),
        ("inconnue", 5),
        ("formation initiale", 5),
        ("aucun dans l’intitulé", 0),
    ]
    assert law == [("hors de ses vœux", 0), *chemistry[1:]]
    text = text_of(response)
    assert "2 places possibles, de la plus à la moins convenable" in text
    assert "réserve la place pendant 5 jours ouvrés" in text


def test_what_no_machine_would_propose_is_counted_and_shown_with_its_reasons_when_asked_for(enter, searched):
    """In Grenoble nothing speaks for it but what is unknown: 22.5, and 25 is the least."""
    seat(searched, "Chimie")
    seat(searched, "Droit", academy="Grenoble")
    client = enter(searched.caseworker)
    response = client.get(page_of(Action.CONSULT, searched.referral))
    assert (seats(response), "1 autre place libre écartée du classement" in text_of(response)) == (["Chimie"], True)
    response = client.get(everything(searched))
    assert [(one.seat.programme.title, one.obstacles, one.barred) for one in response.context["page"]] == [
        ("Chimie", [], False),
        ("Droit", [OBSTACLES[Obstacle.BELOW_FLOOR]], False),
    ]


def test_no_more_may_be_asked_for_than_is_due(enter, searched):
    """Three are due: with three requests under way no seat has a button, and a forged one is refused."""
    for mention in ("Droit", "Chimie", "Histoire"):
        searched.consulting(vacancy=seat(searched, mention))
    last = seat(searched, "Géologie")
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    response = client.get(address)
    assert (seats(response), 'name="vacancy"' in response.content.decode()) == (["Géologie"], False)
    assert "Aucune autre place ne peut être demandée maintenant" in text_of(response)
    assert said(client.post(address, {"vacancy": last.pk})) == [
        "Autant de places sont déjà demandées qu’il reste de propositions à faire : attendez les réponses, ou retirez une demande."
    ]


def test_after_a_silence_the_next_is_proposed(enter, searched):
    offer = searched.consulting(vacancy=seat(searched, "Chimie"))
    seat(searched, "Droit")
    procedure.lapse_consultation(searched.id, offer_id=offer.pk, by=procedure.CLOCK, at=offer.held_until)
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    response = client.get(address)
    assert seats(response) == ["Droit"]
    assert "cette demande n’a pas donné de place. Essayez la suivante" in text_of(response)
    (silent,) = [one for one in client.get(everything(searched)).context["page"] if one.seat == offer.vacancy]
    assert silent.obstacles == [OBSTACLES[Obstacle.SILENT]]


def test_under_a_standing_agreement_one_click_is_an_agreement(enter, searched):
    wanted = seat(searched, "Chimie")
    day = searched.at.date()
    procedure.agree_beforehand(
        vacancy_id=wanted.pk,
        licences=[],
        seats=1,
        agreed_by="Nom",
        agreed_as="doyenne",
        agreed_on=day,
        until=searched.campaign.search_until,
        by=searched.office,
        at=searched.at,
    )
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    with time_machine.travel(searched.at, tick=False):
        client.force_login(searched.caseworker)
        assert "accord permanent : sans demande" in text_of(client.get(address))
        response = client.post(address, {"vacancy": wanted.pk})
    assert said(response) == [f"Accord permanent : place réservée, la proposition peut être envoyée : {wanted}."]
    assert searched.referral.offers.get().state == OfferState.AGREED


def test_only_free_seats_of_the_region_and_campaign(enter, searched):
    seat(searched, "Droit", academy="Strasbourg")
    full = seat(searched, "Histoire", seats=1)
    other = wishing()
    other.consulting(vacancy=full)
    seat(searched, "Chimie")
    assert seats(enter(searched.caseworker).get(everything(searched))) == ["Chimie"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=chimie", ["Chimie"]),
        ("town=saint-etienne", ["Chimie"]),
        ("academy=A08", ["Droit"]),
        ("text=chimie&town=lyon", []),
        ("text=chimei", ["Chimie"]),
        ("modality=continuing", []),
        ("wished=on", ["Chimie"]),
        ("academy=A15", ["Archives", "Droit", "Chimie"]),
    ],
    ids=[
        "words",
        "town, without accents",
        "academy",
        "both",
        "a slip",
        "modality",
        "wishes",
        "an academy of another region narrows nothing",
    ],
)
def test_the_list_is_narrowed(enter, searched, query, found):
    factories.academy("Strasbourg")
    seat(searched, "Archives")
    seat(searched, "Chimie", town="Saint-Étienne")
    seat(searched, "Droit", academy="Grenoble")
    response = enter(searched.caseworker).get(everything(searched, f"&{query}"))
    assert sorted(seats(response)) == sorted(found)


def test_distances_are_measured_from_the_institution_of_the_licence(enter, searched):
    searched.institution.latitude, searched.institution.longitude = 45.75, 4.85
    searched.institution.save()
    seat(searched, "Chimie", latitude=45.19, longitude=5.72)
    client, address = enter(searched.caseworker), page_of(Action.CONSULT, searched.referral)
    assert "92 km" in text_of(client.get(address))
    assert (seats(client.get(f"{address}?max_km=100")), seats(client.get(f"{address}?max_km=50"))) == (["Chimie"], [])


def test_a_distance_nobody_knows_is_said_unknown(enter, searched):
    searched.institution.latitude, searched.institution.longitude = 45.75, 4.85
    searched.institution.save()
    seat(searched, "Chimie")
    response = enter(searched.caseworker).get(page_of(Action.CONSULT, searched.referral))
    assert [one.km for one in response.context["page"]] == [None]
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


def refused(response) -> list[str]:
    """The mentions of the seats that say she was refused there."""
    return [one.seat.programme.mention.name for one in response.context["page"] if OBSTACLES[Obstacle.REFUSED] in one.obstacles]


def test_a_programme_that_refused_her_says_so(enter, searched):
    """Its mention at its institution, or at one it has taken over; not the same mention elsewhere, nor on a mere waiting list."""
    former = factories.InstitutionFactory(academy=searched.academy, successor=searched.institution)
    elsewhere = factories.InstitutionFactory(academy=searched.academy)
    for institution, mention, answer in (
        (former, "Droit", Answer.IMPLIED),
        (elsewhere, "Histoire", Answer.EXPRESS),
        (searched.institution, "Chimie", Answer.WAITING),
    ):
        facts = {"institution": institution, "mention": factories.MasterMentionFactory(name=mention), "answer": answer}
        days = {"on": date(2026, 6, 10), "applied_on": date(2026, 2, 10)}
        searched.referral.applications.create(**facts, **days)
    for mention in ("Archives", "Droit", "Chimie", "Histoire"):
        seat(searched, mention)
    response = enter(searched.caseworker).get(everything(searched))
    assert sorted(refused(response)) == ["Archives", "Droit"]


def test_it_is_asked_again_with_a_reason_and_not_without(enter, searched):
    wanted = seat(searched, "Archives")
    client, address = enter(searched.caseworker), everything(searched)
    response = client.post(address, {"vacancy": wanted.pk, "reason": "  "})
    assert (response.status_code, said(response)) == (
        200,
        ["Cette formation a déjà refusé cet étudiant. Dites pourquoi la proposer quand même."],
    )
    client.post(address, {"vacancy": wanted.pk, "reason": "Des places se sont libérées."})
    assert searched.referral.offers.get().consulted_because == "Des places se sont libérées."


def test_the_reason_typed_is_not_lost_to_a_refusal(enter, searched):
    """Somebody else takes the last seat while she writes why."""
    wanted, other = seat(searched, "Archives"), seat(searched, "Chimie")
    client, address = enter(searched.caseworker), everything(searched)
    response = client.post(address, {"vacancy": wanted.pk, "reason": " "})
    assert {one.seat.pk: one.reason for one in response.context["page"]} == {wanted.pk: " ", other.pk: ""}
    response = client.post(address, {"vacancy": wanted.pk, "reason": "Des places se sont libérées."})
    client.get(address)  # the first message is read
    response = client.post(address, {"vacancy": wanted.pk, "reason": "Encore une."})
    assert said(response) == [OBSTACLES[Obstacle.ON_ITS_WAY]]


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

    seat(searched, "Chimie")
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


def test_what_the_table_does_not_have_is_said_and_asks_why(enter, searched):
    table(searched, "Archives", "Droit")
    refused, recommended = seat(searched, "Archives"), seat(searched, "Physique")
    recommended.programme.recommended.add(factories.LicenceMentionFactory(name="Histoire"))
    outside, open_to_all = seat(searched, "Chimie"), seat(searched, "Gestion", any_licence=True)
    response = enter(searched.caseworker).get(everything(searched))
    outside_table = [one.seat.pk for one in response.context["page"] if OBSTACLES[Obstacle.OUTSIDE_TABLE] in one.obstacles]
    assert outside_table == [outside.pk]
    html = response.content.decode()
    asked = [vacancy.pk for vacancy in (refused, recommended, outside, open_to_all) if f'id="reason-{vacancy.pk}"' in html]
    assert asked == [refused.pk, outside.pk]


def test_outside_the_table_it_is_consulted_with_a_reason_and_not_without(enter, searched):
    table(searched, "Archives")
    wanted = seat(searched, "Chimie")
    client, address = enter(searched.caseworker), everything(searched)
    assert said(client.post(address, {"vacancy": wanted.pk})) == [
        f"{OBSTACLES[Obstacle.OUTSIDE_TABLE]} Dites pourquoi la proposer quand même."
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
    response = enter(searched.caseworker).get(everything(searched))
    assert {one.seat.programme.title: one.particulars for one in response.context["page"]} == {
        "Chimie": ["apprentissage", "en partie à distance", "langue : anglais"],
        "Droit": [],
    }
    assert "apprentissage en partie à distance langue : anglais" in text_of(response)


def test_another_modality_of_what_is_proposed_to_her_is_not_proposed_again(enter, searched):
    wanted = seat(searched, "Chimie")
    other = factories.VacancyFactory(programme=wanted.programme, campaign=searched.campaign, modality="continuing")
    client, address = enter(searched.caseworker), everything(searched)
    searched.consulting(vacancy=wanted)
    response = client.get(address)
    (one,) = response.context["page"]
    assert (one.seat.pk, one.asked_for[0], one.barred) == (other.pk, "établissement consulté", True)
    assert f'value="{other.pk}"' not in response.content.decode()
    assert said(client.post(address, {"vacancy": other.pk})) == [OBSTACLES[Obstacle.ON_ITS_WAY]]


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
    client, address = enter(searched.caseworker), everything(searched)

    def as_the_procedure() -> bool:
        ground, _, assessment = assessed(searched.referral, Vacancy.objects.all())
        return bool(assessment.obstacles[Obstacle.REFUSED][ground.rows[wanted.pk]])

    seen = [(refused(client.get(address)), as_the_procedure())]
    merger = mergers.merge(
        former=searched.institution.pk,
        successor=successor.pk,
        effective_on=date(2026, 6, 1),
        ground="Décret",
        by="Nadia",
        at=searched.at,
    )
    seen.append((refused(client.get(address)), as_the_procedure()))
    mergers.undo(merger.pk, by="Nadia", at=searched.at)
    seen.append((refused(client.get(address)), as_the_procedure()))
    assert seen == [([], False), (["Archives"], True), ([], False)]


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
