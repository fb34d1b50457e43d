"""The office's view of the catalogue and the seats: how far each sees, how seats are declared, what nobody may do."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals.models import Role
from referrals.rules.states import State
from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    LicenceMentionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    VacancyFactory,
    academy,
    instant,
    post,
    signed_in,
)
from tests.story import Story, in_state
from vacancies import mergers, seats
from vacancies.models import Institution, LicenceMention, Line, Programme, Vacancy

pytestmark = pytest.mark.django_db

MODELS = (
    "academicregion", "academy", "institution", "licencemention", "mastermention", "programme", "campaign", "vacancy", "line",
)  # fmt: skip
TOO_LATE = instant("2026-07-02 10:00")
FIELDS = [
    "language", "attendance", "seats_declared", "until", "reason", "contact_name", "contact_email", "contact_phone",
]  # fmt: skip
PLAIN = {"language": "fr", "attendance": "on_site", "contact_name": "", "contact_phone": ""}
"""What a browser posts where nothing was typed."""


SUMMER = date(2026, 7, 1)


@pytest.fixture
def summer():
    """It is the first of July, in the middle of the campaign."""
    with time_machine.travel(instant("2026-07-01 09:00"), tick=False):
        yield


def vacancy_in(where: str, **fields) -> Vacancy:
    programme = ProgrammeFactory(institution=InstitutionFactory(academy=academy(where)), track=f"Parcours de {where}")
    return VacancyFactory(programme=programme, **fields)


def page(client: Client, model: str, row) -> str:
    return client.get(address(model, "change", row.pk)).content.decode()


def address(model: str, page: str, *args) -> str:
    return reverse(f"admin:vacancies_{model}_{page}", args=args)


def listed(client: Client, model: str, **query) -> list[str]:
    response = client.get(address(model, "changelist"), query)
    assert response.status_code == 200
    return [str(row) for row in response.context["cl"].result_list]


def typed_fields(response) -> list[str]:
    """The fields of the form that one can type in."""
    return [name for name in FIELDS if f'name="{name}"' in response.content.decode()]


def errors(response) -> dict[str, list[str]]:
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


@pytest.mark.parametrize("model", MODELS)
def test_each_list_opens_for_the_nation_and_nothing_can_be_deleted(nation, model):
    VacancyFactory()
    LicenceMentionFactory()
    response = nation.get(address(model, "changelist"), {"q": "e"})
    assert response.status_code == 200
    assert response.context["cl"].model_admin.has_delete_permission(response.wsgi_request) is False
    row = response.context["cl"].model.objects.first()
    assert nation.get(address(model, "change", row.pk)).status_code == 200
    assert nation.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_an_office_reads_the_whole_nation_and_declares_in_its_region_alone(office):
    ours, theirs = vacancy_in("Lyon"), vacancy_in("Strasbourg")
    both = {str(vacancy) for vacancy in (ours, theirs)}
    assert set(listed(office, "vacancy")) == both
    assert set(listed(office, "programme")) == {str(vacancy.programme) for vacancy in (ours, theirs)}
    assert set(listed(office, "institution")) == {str(vacancy.programme.institution) for vacancy in (ours, theirs)}
    for model, row in (("vacancy", theirs), ("programme", theirs.programme), ("institution", theirs.programme.institution)):
        assert office.get(address(model, "change", row.pk)).status_code == 200
    assert typed_fields(office.get(address("vacancy", "change", theirs.pk))) == []
    assert typed_fields(office.get(address("vacancy", "change", ours.pk))) == FIELDS
    assert change(office, theirs, seats_declared=9).status_code == 403
    theirs.refresh_from_db()
    assert theirs.declared == 1


def test_the_ledger_stays_with_the_region(office):
    ours, theirs = vacancy_in("Lyon"), vacancy_in("Strasbourg")
    assert listed(office, "line") == [str(ours.lines.get())]
    assert office.get(address("line", "change", theirs.lines.get().pk)).status_code == 404


def test_a_caseworker_who_finds_a_seat_elsewhere_still_sees_no_student_of_that_region(office):
    story = in_state(State.FILED, academy="Strasbourg")
    vacancy = vacancy_in("Strasbourg")
    assert listed(office, "vacancy", q=vacancy.programme.institution.name) == [str(vacancy)]
    assert office.get(reverse("admin:referrals_referral_change", args=[story.id])).status_code == 404


@pytest.mark.parametrize("model", ["academicregion", "academy", "licencemention", "mastermention", "campaign"])
def test_an_office_has_no_business_with_the_nation_s_tables(office, model):
    assert office.get(address(model, "changelist")).status_code == 403


def test_an_office_reads_the_catalogue_and_changes_nothing_of_it(office):
    programme = vacancy_in("Lyon").programme
    for model, pk in (("programme", programme.pk), ("institution", programme.institution_id)):
        assert office.get(address(model, "change", pk)).status_code == 200
        assert office.post(address(model, "change", pk), {}).status_code == 403
        assert office.get(address(model, "add")).status_code == 403


def test_a_post_that_has_no_office_is_not_let_in():
    vacancy = VacancyFactory()
    adviser = signed_in(post(Role.ADVISER, institution=vacancy.programme.institution))
    assert adviser.get(address("vacancy", "changelist")).status_code != 200


def test_declaring_seats_on_adding(office, summer):
    programme, campaign = ProgrammeFactory(), CampaignFactory()
    typed = {
        "programme": programme.pk,
        "campaign": campaign.pk,
        "seats_declared": 4,
        "reason": "appel de l’UFR",
        "contact_email": "",
        "modality": "apprenticeship",
        "until": "",
    } | PLAIN
    assert office.post(address("vacancy", "add"), typed).status_code == 302
    vacancy = Vacancy.objects.get()
    assert (vacancy.declared, vacancy.held, vacancy.taken, vacancy.free) == (4, 0, 0, 4)
    assert (vacancy.modality, vacancy.declared_on, vacancy.valid_until) == ("apprenticeship", SUMMER, date(2026, 7, 31))
    line = Line.objects.get()
    assert (line.movement, line.declared, line.by, line.reason) == ("declare", 4, "Camille Exemple", "appel de l’UFR")
    again = office.post(address("vacancy", "add"), typed)
    assert list(errors(again)) == ["__all__"]
    assert Vacancy.objects.count() == 1


def test_a_foreign_programme_cannot_be_chosen(office):
    foreign = ProgrammeFactory(institution=InstitutionFactory(academy=academy("Strasbourg")))
    typed = PLAIN | {"programme": foreign.pk, "campaign": CampaignFactory().pk, "seats_declared": 4, "modality": "initial"}
    assert list(errors(office.post(address("vacancy", "add"), typed))) == ["programme"]
    assert Vacancy.objects.count() == 0


def change(client: Client, vacancy: Vacancy, *, seen: int | None = None, **typed):
    """Post the page as a browser does: what was typed, and the number that the page had shown."""
    until = vacancy.valid_until.isoformat() if vacancy.valid_until else ""
    form = (
        PLAIN | {"seats_declared": vacancy.declared, "until": until, "reason": "", "contact_email": vacancy.contact_email} | typed
    )
    form |= {"initial-seats_declared": vacancy.declared if seen is None else seen, "initial-until": until}
    return client.post(address("vacancy", "change", vacancy.pk), form)


def test_declaring_more_or_fewer(office):
    vacancy = vacancy_in("Lyon", seats_declared=3)
    assert change(office, vacancy, seats_declared=5).status_code == 302
    assert change(office, vacancy, seats_declared=2, reason="désistement annulé").status_code == 302
    vacancy.refresh_from_db()
    assert vacancy.declared == 2
    assert list(vacancy.lines.order_by("pk").values_list("declared", "reason")) == [(3, ""), (2, ""), (-3, "désistement annulé")]


def test_fewer_than_committed_is_refused_and_what_was_typed_stays(office):
    vacancy = vacancy_in("Lyon", seats_declared=3)
    for n in (1, 2):
        seats.hold(vacancy_id=vacancy.pk, holder=f"00000000-0000-4000-8000-00000000000{n}", by="x", at=TOO_LATE)
    response = change(office, vacancy, seats_declared=1, reason="salle fermée", contact_email="neuf@universite.exemple")
    assert errors(response) == {"seats_declared": ["2 places sont déjà réservées ou prises : on ne peut pas en déclarer 1."]}
    html = response.content.decode()
    assert 'value="1"' in html
    assert "salle fermée" in html
    assert "neuf@universite.exemple" in html
    vacancy.refresh_from_db()
    assert (vacancy.declared, vacancy.held, vacancy.contact_email) == (3, 2, "masters@universite.exemple")


def test_one_committed_seat_is_said_in_the_singular(office):
    vacancy = vacancy_in("Lyon", seats_declared=1)
    seats.hold(vacancy_id=vacancy.pk, holder="00000000-0000-4000-8000-000000000001", by="x", at=TOO_LATE)
    assert errors(change(office, vacancy, seats_declared=0)) == {
        "seats_declared": ["1 place est déjà réservée ou prise : on ne peut pas en déclarer 0."]
    }


def test_the_offers_that_have_the_seats_are_named(office):
    story = Story().admissible()
    offers = [story.consulting(vacancy=vacancy) for vacancy in [story.vacancy(seats=2)]]
    response = change(office, offers[0].vacancy, seats_declared=0)
    number = story.referral.number
    assert errors(response) == {
        "seats_declared": [
            f"1 place est déjà réservée ou prise : on ne peut pas en déclarer 0. "
            f"Propositions concernées : {number} ({offers[0].get_state_display()})."
        ]
    }


def test_the_page_names_who_has_the_seats_and_leads_to_what_she_may_read(office, nation):
    story = Story().admissible()
    offer = story.consulting(vacancy=story.vacancy(seats=2))
    vacancy = offer.vacancy
    elsewhere = signed_in(post(Role.CASEWORKER, region=academy("Strasbourg").region))
    named = f"{story.referral.number}</a>\N{NO-BREAK SPACE}: {offer.get_state_display()}"
    lines = f"{address('line', 'changelist')}?vacancy__id__exact={vacancy.pk}"
    shown = [page(client, "vacancy", vacancy) for client in (office, elsewhere)]
    file = reverse("admin:referrals_referral_change", args=[story.id])
    assert [(html.count(named), html.count(file), html.count(f'href="{lines}"')) for html in shown] == [(1, 1, 1), (0, 0, 0)]
    assert shown[1].count(f"{story.referral.number}\N{NO-BREAK SPACE}: {offer.get_state_display()}") == 1
    assert shown[1].count("aucun dans votre périmètre") == 1
    assert office.get(lines).context["cl"].result_count == 2
    assert "personne" in page(office, "vacancy", vacancy_in("Lyon"))


def test_free_seats_come_first_then_mention_institution_and_track(office):
    at = InstitutionFactory()
    for mention, track, declared in (("Droit", "b", 1), ("Archives", "plein", 0), ("Droit", "A", 2), ("Économie", "c", 1)):
        mine = ProgrammeFactory(institution=at, mention=MasterMentionFactory(name=mention), track=track)
        VacancyFactory(programme=mine, seats_declared=declared)
    response = office.get(address("vacancy", "changelist"))
    assert [one.programme.track for one in response.context["cl"].result_list] == ["A", "b", "c", "plein"]


def test_an_absurd_number_is_refused(office):
    vacancy = vacancy_in("Lyon")
    assert errors(change(office, vacancy, seats_declared=seats.MOST_SEATS + 1)) == {
        "seats_declared": [f"Assurez-vous que cette valeur est inférieure ou égale à {seats.MOST_SEATS}."]
    }


def test_a_new_date_confirms_the_number_and_leaves_its_line(office, summer):
    vacancy = vacancy_in("Lyon", seats_declared=3)
    assert change(office, vacancy, until="2026-09-30").status_code == 302
    vacancy.refresh_from_db()
    assert (vacancy.declared, vacancy.declared_on, vacancy.valid_until) == (3, SUMMER, date(2026, 9, 30))
    assert list(vacancy.lines.order_by("pk").values_list("declared", "valid_until"))[1:] == [(0, date(2026, 9, 30))]
    assert change(office, vacancy, seats_declared=4).status_code == 302
    vacancy.refresh_from_db()
    assert (vacancy.declared, vacancy.valid_until) == (4, date(2026, 9, 30))  # still to come: it stays
    assert change(office, vacancy, until="").status_code == 302
    vacancy.refresh_from_db()
    assert vacancy.valid_until == date(2026, 7, 31)


@pytest.mark.parametrize("until", ["2026-06-30", "2026-11-01"])
def test_a_date_out_of_the_campaign_is_refused(office, summer, until):
    vacancy = vacancy_in("Lyon")
    assert errors(change(office, vacancy, until=until)) == {
        "until": ["Choisissez un jour entre aujourd’hui et la fin de la campagne, le 31/10/2026."]
    }


def test_what_is_stale_is_marked_and_found(office):
    """The declaration of the factory, of 15 June, was valid for thirty days."""
    stale = vacancy_in("Lyon")
    fresh = vacancy_in("Lyon")
    with time_machine.travel(instant("2026-07-16 08:00"), tick=False):
        seats.declare(vacancy_id=fresh.pk, seats=2, by="exemple", at=instant("2026-07-16 07:00"))
        assert listed(office, "vacancy", declaration="perimee") == [str(stale)]
        assert listed(office, "vacancy", declaration="valable") == [str(fresh)]
        marked = '15\N{NO-BREAK SPACE}juillet 2026<br><span class="badge badge-warning">à confirmer</span>'
        assert marked in page(office, "vacancy", stale)
        assert "à confirmer</span>" not in page(office, "vacancy", fresh)


def test_filters_of_the_vacancies(office):
    here, there = vacancy_in("Lyon"), vacancy_in("Strasbourg", modality="continuing")
    none = vacancy_in("Grenoble", seats_declared=0)
    assert listed(office, "vacancy", modality__exact="continuing") == [str(there)]
    assert set(listed(office, "vacancy", libres="oui")) == {str(here), str(there)}
    assert listed(office, "vacancy", libres="non") == [str(none)]
    region = {"programme__academy__region__code__exact": "R84"}
    assert set(listed(office, "vacancy", **region)) == {str(here), str(none)}
    assert listed(office, "vacancy", programme__academy__code__exact="A08") == [str(none)]
    assert listed(office, "vacancy", etablissement=there.programme.institution_id) == [str(there)]
    assert set(listed(office, "vacancy", campaign__code__exact="2026")) == {str(here), str(there), str(none)}


def test_counters_cannot_be_typed(office):
    vacancy = vacancy_in("Lyon", seats_declared=3)
    assert change(office, vacancy, declared=9, held=2, taken=1, contact_email="neuf@universite.exemple").status_code == 302
    vacancy.refresh_from_db()
    assert (vacancy.declared, vacancy.held, vacancy.taken, vacancy.contact_email) == (3, 0, 0, "neuf@universite.exemple")
    assert vacancy.lines.count() == 1


def test_a_number_left_alone_undoes_no_later_declaration(office):
    """The page showed 3; meanwhile the institution declared 8; only the address is changed."""
    vacancy = vacancy_in("Lyon", seats_declared=3)
    seats.declare(vacancy_id=vacancy.pk, seats=8, by="établissement", at=TOO_LATE)
    assert change(office, vacancy, seen=3, seats_declared=3, contact_email="neuf@universite.exemple").status_code == 302
    vacancy.refresh_from_db()
    assert (vacancy.declared, vacancy.contact_email) == (8, "neuf@universite.exemple")


def test_the_ledger_is_read_only(nation):
    line = VacancyFactory().lines.get()
    assert nation.get(address("line", "add")).status_code == 403
    assert nation.post(address("line", "change", line.pk), {"held": 1}).status_code == 403


def test_the_successor_is_not_typed_but_recorded_by_a_merger(nation):
    institution, other = InstitutionFactory(), InstitutionFactory()
    assert (
        nation.post(address("institution", "change", institution.pk), names_form(institution, successor=other.pk)).status_code
        == 302
    )
    institution.refresh_from_db()
    assert institution.successor is None


@pytest.mark.parametrize("model", ["vacancy", "programme", "institution", "line", "import", "question", "merger", "compatibility"])
def test_a_list_opens_for_the_office_and_not_for_the_doctor(office, model):
    assert office.get(address(model, "changelist")).status_code == 200
    doctor = signed_in(post(Role.MEDICAL, region=academy("Lyon").region))
    assert doctor.get(address(model, "changelist")).status_code == 403


@pytest.mark.parametrize("model", ["vacancy", "programme", "institution", "line"])
def test_as_many_queries_for_three_rows_as_for_one(office, model):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            listed(office, model)
        return len(captured)

    vacancy_in("Lyon")
    queries()  # caches of the first request
    one = queries()
    vacancy_in("Grenoble")
    vacancy_in("Lyon")
    assert queries() == one


def test_searching_blind_to_accents(office):
    institution = InstitutionFactory(academy=academy("Lyon"), name="Université de l’Évidence", names=["Ancienne École"])
    programme = ProgrammeFactory(institution=institution, mention=MasterMentionFactory(name="Économie"), track="Marché")
    vacancy = VacancyFactory(programme=programme)
    VacancyFactory()
    assert listed(office, "vacancy", q="economie marche evidence") == [str(vacancy)]
    assert listed(office, "vacancy", q="ancienne ecole") == [str(vacancy)]
    assert listed(office, "programme", q="ECONOMIE") == [str(programme)]
    assert listed(office, "institution", q="ancienne ecole") == [str(institution)]
    assert listed(office, "institution", q=institution.uai) == [str(institution)]


def test_a_name_of_yesterday_finds_the_programmes_of_its_successor(office):
    former = InstitutionFactory(name="Ancienne université", names=["École disparue"])
    heir = InstitutionFactory(name="Université Neuve")
    programme = ProgrammeFactory(institution=former)
    mergers.merge(former=former.pk, successor=heir.pk, effective_on=date(2026, 1, 1), ground="décret", by="x", at=TOO_LATE)
    programme.refresh_from_db()
    assert programme.institution == heir
    assert listed(office, "programme", q="ecole disparue") == [str(programme)]
    assert set(listed(office, "institution", q="ecole disparue")) == {"Ancienne université", "Université Neuve"}


def test_programmes_are_completed_within_the_scope(office):
    ours = ProgrammeFactory(mention=MasterMentionFactory(name="Droit"))
    ProgrammeFactory(mention=MasterMentionFactory(name="Droit"), institution=InstitutionFactory(academy=academy("Strasbourg")))
    query = {"app_label": "vacancies", "model_name": "vacancy", "field_name": "programme", "term": "droit"}
    found = office.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [result["id"] for result in found] == [str(ours.pk)]


def names_form(institution: Institution, *new: str, **typed) -> dict[str, str]:
    known = list(institution.names.order_by("pk"))
    form = {
        "name": institution.name,
        "academy": institution.academy_id,
        "town": "",
        "latitude": "",
        "longitude": "",
        "former_uais": "",
        "successor": "",
        "names-TOTAL_FORMS": len(known) + len(new),
        "names-INITIAL_FORMS": len(known),
    }
    for n, name in enumerate(known):
        form |= {f"names-{n}-id": name.pk, f"names-{n}-institution": institution.pk, f"names-{n}-name": name.name}
    for n, name in enumerate(new, len(known)):
        form |= {f"names-{n}-id": "", f"names-{n}-institution": institution.pk, f"names-{n}-name": name}
    return form | typed


def test_names_of_an_institution(nation):
    institution = InstitutionFactory(name="Université Neuve")
    page = address("institution", "change", institution.pk)
    assert nation.post(page, names_form(institution, "Ancienne université", name="Université plus neuve")).status_code == 302
    assert set(institution.names.values_list("name", flat=True)) == {
        "Université Neuve", "Ancienne université", "Université plus neuve",
    }  # fmt: skip
    institution.refresh_from_db()
    twice = nation.post(page, names_form(institution, "UNIVERSITE NEUVE"))
    assert twice.status_code == 200
    assert "Ce nom figure deux fois" in twice.content.decode()
    assert "Ce nom ne contient ni lettre" in nation.post(page, names_form(institution, "!?")).content.decode()


def test_a_mention_exists_once_blind_to_case_and_accents(nation):
    LicenceMentionFactory(name="Économie")
    page = address("licencemention", "add")
    assert errors(nation.post(page, {"name": "ECONOMIE"})) == {"name": ["Cet intitulé existe déjà : « Économie »."]}
    assert errors(nation.post(page, {"name": "…"})) == {"name": ["Ce nom ne contient ni lettre ni chiffre."]}
    assert nation.post(page, {"name": "Économie et gestion"}).status_code == 302
    assert set(LicenceMention.objects.values_list("normalised", flat=True)) == {"economie", "economie et gestion"}


def test_a_programme_without_a_national_key_is_saved_without_one(nation):
    programme = ProgrammeFactory()
    form = {
        "ifc": "", "institution": programme.institution_id, "mention": programme.mention_id, "track": "Neuf", "site": "",
        "town": "Lyon", "academy": programme.academy_id, "latitude": "", "longitude": "", "modalities": "", "capacity": "",
        "url": "",
    }  # fmt: skip
    assert nation.post(address("programme", "change", programme.pk), form).status_code == 302
    assert list(Programme.objects.values_list("ifc", "track")) == [(None, "Neuf")]
