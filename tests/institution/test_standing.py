"""Standing agreements as an institution gives and ends them, and what follows for the requests."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.models import Role, StandingAgreement
from referrals.rules.states import OfferState
from tests import factories
from tests.institution.conftest import TODAY, entering
from tests.story import Story
from tests.student.reading import errors_of, said, text_of
from vacancies import seats

pytestmark = pytest.mark.django_db

LIST = "/etablissement/accords/"
NEW = "/etablissement/accords/nouveau/"


@pytest.fixture
def clerk(university):
    return factories.post(Role.INSTITUTION, institution=university, name="Alix Exemple", capacity="directrice de la formation")


def given(vacancy, **changes) -> dict[str, object]:
    return {
        "vacancy": vacancy.pk,
        "seats": 2,
        "until": "30/09/2026",
        "agreed_by": "Alix Exemple",
        "agreed_as": "directrice de la formation",
    } | changes


def agreements() -> list[tuple]:
    columns = ("vacancy", "seats", "agreed_by", "agreed_as", "agreed_on", "until", "by_name", "created_at", "ended_at")
    return list(StandingAgreement.objects.order_by("pk").values_list(*columns))


def end_of(agreement: StandingAgreement) -> str:
    return f"{LIST}{agreement.pk}/retirer/"


def admissible_of(university) -> Story:
    story = Story()
    story.admissible()
    story.at, story.institution = TODAY, university
    return story


def test_strangers_sign_in_and_others_find_nothing(her, vacancy, university):
    her.post(NEW, given(vacancy))
    agreement = StandingAgreement.objects.get()
    for address in (LIST, NEW, end_of(agreement)):
        assert Client().get(address).url == f"/compte/login/?next={address}"
        for user in (factories.UserFactory(), factories.post(Role.ADVISER, institution=university)):
            assert [entering(user).get(address).status_code, entering(user).post(address).status_code] == [404, 404]
    elsewhere = entering(factories.post(Role.INSTITUTION, institution=factories.InstitutionFactory()))
    assert [elsewhere.get(end_of(agreement)).status_code, elsewhere.post(end_of(agreement)).status_code] == [404, 404]
    assert "Aucun accord permanent n’est en vigueur." in text_of(elsewhere.get(LIST))
    assert StandingAgreement.objects.get().ended_at is None


def test_she_agrees_beforehand_once(her, vacancy):
    law = factories.LicenceMentionFactory(name="Droit")
    page = her.get(NEW)
    assert [page.context["form"][name].value() for name in ("until", "agreed_by", "agreed_as")] == [
        date(2026, 10, 31),
        "Alix Exemple",
        "directrice de la formation",
    ]
    responses = [her.post(NEW, given(vacancy, licences=[law.pk])) for _ in range(2)]
    assert [response.url for response in responses] == [LIST, LIST]
    columns = (vacancy.pk, 2, "Alix Exemple", "directrice de la formation", TODAY.date(), date(2026, 9, 30), "Alix Exemple", TODAY)
    assert agreements() == [(*columns, None)]
    text = text_of(her.get(LIST))
    for words in ("Droit", "0 sur 2", "du 20/07/2026 au 30/09/2026", "Alix Exemple, directrice de la formation"):
        assert words in text, words


def test_whoever_it_covers_is_not_asked_for(her, vacancy, university):
    her.post(NEW, given(vacancy, seats=1))
    covered = admissible_of(university).consulting(vacancy=vacancy)
    beyond = admissible_of(university).consulting(vacancy=vacancy)
    assert [covered.state, beyond.state] == [OfferState.AGREED, OfferState.CONSULTING]
    assert "1 sur 1" in text_of(her.get(LIST))
    queue = her.get("/etablissement/demandes/")
    assert [(one.offer, one.label) for one in queue.context["requests"]] == [
        (beyond, "réponse attendue"),
        (covered, "accord donné"),
    ]
    assert "par accord permanent" in text_of(queue)
    assert "Accord permanent donné par Alix Exemple" in text_of(her.get(f"/etablissement/demandes/{covered.key}/"))
    seat = text_of(her.get(f"/etablissement/2026/parcours/{vacancy.programme_id}/initiale/"))
    assert "Accord permanent jusqu’au 30/09/2026 : 1 place au plus" in seat


def test_another_licence_is_asked_for(her, vacancy, university):
    her.post(NEW, given(vacancy, licences=[factories.LicenceMentionFactory(name="Droit").pk]))
    assert admissible_of(university).consulting(vacancy=vacancy).state == OfferState.CONSULTING


def test_once_ended_each_student_is_asked_for(her, vacancy, university):
    her.post(NEW, given(vacancy))
    agreement = StandingAgreement.objects.get()
    before = admissible_of(university).consulting(vacancy=vacancy)
    assert her.get(end_of(agreement)).url == LIST
    responses = [her.post(end_of(agreement)) for _ in range(2)]
    assert [response.url for response in responses] == [LIST, LIST]
    assert said(responses[1])[1:] == ["L’accord permanent est retiré. Les places déjà accordées le restent."] * 2
    before.refresh_from_db()
    assert [before.state, admissible_of(university).consulting(vacancy=vacancy).state] == [
        OfferState.AGREED,
        OfferState.CONSULTING,
    ]
    text = text_of(her.get(LIST))
    assert "Aucun accord permanent n’est en vigueur." in text
    assert "retiré le 20/07/2026 par Alix Exemple" in text


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"seats": 3}, {"seats": ["Ce parcours n’a que 2 places déclarées."]}),
        ({"seats": 0}, {"seats": ["Assurez-vous que cette valeur est supérieure ou égale à 1."]}),
        ({"until": "19/07/2026"}, {"until": ["L’accord doit valoir jusqu’à un jour compris entre aujourd’hui et le 31/10/2026."]}),
        ({"until": "01/11/2026"}, {"until": ["L’accord doit valoir jusqu’à un jour compris entre aujourd’hui et le 31/10/2026."]}),
        ({"agreed_as": ""}, {"agreed_as": ["Ce champ est obligatoire."]}),
    ],
)
def test_what_cannot_be_stays_beside_its_error(her, vacancy, changes, errors):
    response = her.post(NEW, given(vacancy, **changes))
    assert (response.status_code, errors_of(response), agreements()) == (200, errors, [])
    assert response.context["form"]["until"].value() == changes.get("until", "30/09/2026")


def test_only_her_own_seats_of_a_campaign_under_way(her, vacancy, programme):
    none = factories.VacancyFactory(programme__institution=programme.institution, seats_declared=0)
    over = factories.CampaignFactory(code="2025", opens_on=date(2025, 6, 15), search_until=date(2025, 10, 31))
    past = factories.VacancyFactory(programme=programme, campaign=over)
    page = her.get(NEW)
    assert list(page.context["form"].fields["vacancy"].queryset) == [vacancy]
    for other in (none, past, factories.VacancyFactory()):
        assert her.post(NEW, given(other)).status_code == 200
    assert agreements() == []


def test_without_seats_there_is_nothing_to_agree_to(her, programme):
    assert "vous n’en avez pas" in text_of(her.get(NEW))


def test_what_was_typed_when_the_session_ended_waits(clerk, vacancy):
    client = Client()
    assert client.post(NEW, given(vacancy, agreed_by="Sacha Exemple")).status_code == 302
    client.force_login(clerk)
    response = client.get(NEW)
    assert (response.context["form"]["agreed_by"].value(), response.context["restored"]) == ("Sacha Exemple", True)
    assert agreements() == []


def test_the_list_costs_the_same_whatever_its_length(her, vacancy, university):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert her.get(LIST).status_code == 200
        return len(asked)

    her.post(NEW, given(vacancy))
    her.get(LIST)
    one = queries()
    for _ in range(2):
        other = factories.VacancyFactory(programme__institution=university, seats_declared=2)
        her.post(NEW, given(other, licences=[factories.LicenceMentionFactory().pk]))
    assert (queries(), len(her.get(LIST).context["in_force"])) == (one, 3)


def test_the_ledger_has_the_last_word_over_an_agreement(her, vacancy, university):
    her.post(NEW, given(vacancy))
    story = admissible_of(university)
    seats.declare(vacancy_id=vacancy.pk, seats=0, by="x", at=TODAY)
    with pytest.raises(procedure.Refused) as refusal:
        story.consulting(vacancy=vacancy)
    assert refusal.value.code == "no_seat"
