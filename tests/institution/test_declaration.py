"""One declaration as a whole: its fields, a second modality, who has its seats, and its history."""

from datetime import date

import pytest

from referrals import procedure
from referrals.models import Role
from referrals.rules.states import OfferState
from tests import factories
from tests.factories import instant
from tests.institution.conftest import TODAY, entering, lines, standing
from tests.story import Story, offer_in
from tests.student.reading import errors_of, said, text_of, typed
from vacancies import seats
from vacancies.models import Attendance, Language, Modality, Vacancy

pytestmark = pytest.mark.django_db


def page_of(vacancy: Vacancy, modality: str = "initiale") -> str:
    return f"/etablissement/2026/parcours/{vacancy.programme_id}/{modality}/"


def filled(response, **changed: object) -> dict[str, object]:
    """What the form of the page would send back, hidden fields included, but for what she ``changed``."""
    form = response.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent["valid_until"] = form["valid_until"].value() and f"{form['valid_until'].value():%d/%m/%Y}"
    hidden = {f"initial-{name}": form[name].initial for name in form.fields if form.fields[name].show_hidden_initial}
    return {name: "" if value is None else value for name, value in (sent | hidden | changed).items()}


def test_the_whole_declaration_is_written(her, vacancy):
    page = her.get(page_of(vacancy))
    assert typed(page, "seats", "seen", "valid_until") == ["2", "2", date(2026, 8, 19)]
    told = {
        "seats": 4,
        "valid_until": "30/09/2026",
        "reason": "désistements",
        "contact_name": "Sacha D’Exemple",
        "contact_email": "sacha@universite.exemple",
        "contact_phone": "+33 1 99 00 00 00",
        "language": "en",
        "attendance": "hybrid",
    }
    response = her.post(page_of(vacancy), filled(page, **told))
    assert (response.url, said(response)) == (
        page_of(vacancy),
        ["Histoire de l'art, parcours L’œuvre & l'archive : 4 places déclarées, jusqu’au 30/09/2026."],
    )
    assert standing(vacancy) == (4, TODAY.date(), date(2026, 9, 30))
    assert lines(vacancy) == [("Alix Exemple", 2, "désistements")]
    assert [getattr(vacancy, name) for name in ("contact_name", "contact_email", "contact_phone", "language", "attendance")] == [
        "Sacha D’Exemple",
        "sacha@universite.exemple",
        "+33 1 99 00 00 00",
        Language.ENGLISH,
        Attendance.HYBRID,
    ]


def test_what_she_left_alone_undoes_nobodys_change(her, vacancy):
    page = her.get(page_of(vacancy))
    Vacancy.objects.filter(pk=vacancy.pk).update(contact_email="nouvelle@universite.exemple", language="en")
    her.post(page_of(vacancy), filled(page, contact_name="Sacha"))
    standing(vacancy)
    assert (vacancy.contact_name, vacancy.contact_email, vacancy.language) == ("Sacha", "nouvelle@universite.exemple", "en")


def test_a_number_declared_meanwhile_is_told_and_nothing_is_written(her, vacancy):
    page = her.get(page_of(vacancy))
    seats.declare(vacancy_id=vacancy.pk, seats=6, by="Camille Collègue", at=TODAY)
    response = her.post(page_of(vacancy), filled(page, contact_name="Sacha"))
    assert errors_of(response) == {
        "seats": [
            "Entre-temps, Camille Collègue a déclaré 6 places ; votre page en montrait 2. Rien n’a été changé : vérifiez votre "
            "nombre, puis enregistrez de nouveau."
        ]
    }
    assert typed(response, "seats", "seen", "contact_name") == ["2", "6", "Sacha"]
    assert (standing(vacancy)[0], vacancy.contact_name) == (6, "")


def test_a_double_click_does_nothing_twice(her, vacancy):
    sent = filled(her.get(page_of(vacancy)), seats=5, reason="un lot")
    assert [her.post(page_of(vacancy), sent).status_code for _ in range(2)] == [302, 302]
    assert (standing(vacancy)[0], lines(vacancy)) == (5, [("Alix Exemple", 3, "un lot")])


def test_a_second_modality_is_another_declaration(her, vacancy):
    page = her.get(page_of(vacancy, "apprentissage"))
    assert typed(page, "seats", "seen", "contact_name", "language") == ["", "", "", "fr"]
    assert "Rien n’a encore été déclaré dans cette modalité." in text_of(page)
    response = her.post(page_of(vacancy, "apprentissage"), filled(page, seats=3, contact_email="cfa@universite.exemple"))
    assert said(response)[0].endswith("archive, apprentissage : 3 places déclarées, jusqu’au 19/08/2026.")
    added = Vacancy.objects.exclude(pk=vacancy.pk).get()
    assert (added.modality, added.declared, added.contact_email) == (Modality.APPRENTICESHIP, 3, "cfa@universite.exemple")
    assert standing(vacancy)[0] == 2
    listed = her.get("/etablissement/").context["entries"][0].rows
    assert [(row.modality, row.vacancy.declared) for row in listed] == [(Modality.INITIAL, 2), (Modality.APPRENTICESHIP, 3)]


@pytest.mark.parametrize(
    ("typed_in", "wrong"),
    [
        ({"seats": ""}, {"seats": ["Indiquez un nombre de places, 0 s’il n’y en a plus."]}),
        ({"seats": "-3"}, {"seats": ["Un nombre de places n’est pas négatif."]}),
        ({"seats": "5000"}, {"seats": ["Au plus 1000 places : vérifiez ce nombre."]}),
        ({"valid_until": "19/07/2026"}, {"valid_until": ["Cette date doit être comprise entre aujourd’hui et le 31/10/2026."]}),
        ({"valid_until": "01/11/2026"}, {"valid_until": ["Cette date doit être comprise entre aujourd’hui et le 31/10/2026."]}),
        ({"valid_until": "demain"}, {"valid_until": ["Écrivez une date qui existe, sous la forme jour/mois/année."]}),
        ({"contact_email": "sacha"}, {"contact_email": ["Saisissez une adresse de courriel valide."]}),
    ],
)
def test_each_error_is_told_and_what_was_typed_stays(her, vacancy, typed_in, wrong):
    response = her.post(page_of(vacancy), filled(her.get(page_of(vacancy)), **typed_in))
    (name,) = typed_in
    assert (errors_of(response), typed(response, name)) == (wrong, [typed_in[name]])
    assert standing(vacancy)[0] == 2


@pytest.mark.parametrize("until", ["20/07/2026", "31/10/2026"])
def test_today_and_the_last_day_are_dates_like_others(her, vacancy, until):
    her.post(page_of(vacancy), filled(her.get(page_of(vacancy)), valid_until=until))
    assert f"{standing(vacancy)[2]:%d/%m/%Y}" == until


def test_without_a_date_it_is_valid_as_usual(her, vacancy):
    seats.declare(vacancy_id=vacancy.pk, seats=2, by="x", at=TODAY, valid_until=date(2026, 10, 1))
    page = her.get(page_of(vacancy))
    assert typed(page, "valid_until") == [date(2026, 10, 1)]
    her.post(page_of(vacancy), filled(page, valid_until=""))
    assert standing(vacancy)[2] == date(2026, 8, 19)


def test_what_is_not_hers_is_not_found(her, vacancy):
    other = factories.VacancyFactory()
    for address in (
        page_of(other),
        page_of(vacancy, "nocturne"),
        page_of(vacancy).replace("2026", "1917"),
        page_of(vacancy).replace(str(vacancy.programme_id), "0"),
    ):
        assert [her.get(address).status_code, her.post(address, {"seats": 1}).status_code] == [404, 404]
    assert Vacancy.objects.count() == 2


def test_who_has_the_seats_is_told_by_number_and_never_by_name(university, clerk, the_day):
    story = Story()
    story.institution = university
    story.admissible()
    vacancy = story.vacancy(seats=3)
    offer = story.consulting(vacancy=vacancy)
    the_day.move_to(story.at)
    her = entering(clerk)
    page = her.get(page_of(vacancy))
    assert [(hold.number, hold.state, hold.until) for hold in page.context["holds"]] == [
        (
            story.referral.number,
            "établissement consulté",
            "Libérée après le vendredi 26 juin 2026 à 24 h 00 (heure de Paris, UTC+2) si votre établissement n’a pas donné son "
            "accord",
        )
    ]
    story.agree(offer)
    assert [hold.until for hold in her.get(page_of(vacancy)).context["holds"]] == [
        "Votre établissement a donné son accord ; le rectorat va envoyer la proposition"
    ]
    procedure.send_offer(story.id, offer_id=offer.pk, message="", by=story.office, at=story.at)
    assert [hold.until for hold in her.get(page_of(vacancy)).context["holds"]] == ["La proposition attend une réponse"]
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    page = her.get(page_of(vacancy))
    assert [(hold.state, hold.until) for hold in page.context["holds"]] == [("acceptée", "Elle est prise")]
    assert [(line.movement, line.effect, line.by, line.number) for line in page.context["lines"]] == [
        ("prise", "réservées −1, prises +1", "étudiant", story.referral.number),
        ("réservation", "réservées +1", "Camille Exemple", story.referral.number),
        ("déclaration", "déclarées +3, valable jusqu’au 15/07/2026", "exemple", ""),
    ]
    html = page.content.decode()
    referral = story.referral
    secrets = (referral.first_names, referral.birth_name, story.student.email, referral.project, "Histoire")
    assert [word for word in secrets if word in html] == []


def test_a_running_answer_limit_is_told(clerk, the_day):
    story, offer = offer_in(OfferState.SENT)
    [story.sent() for _ in range(2)]
    her = entering(factories.post(Role.INSTITUTION, institution=story.institution))
    the_day.move_to(story.at)
    her = entering(factories.post(Role.INSTITUTION, institution=story.institution))
    page = her.get(page_of(offer.vacancy))
    assert [hold.until for hold in page.context["holds"]] == [
        "Réponse attendue au plus tard le lundi 6 juillet 2026 à 24 h 00 (heure de Paris, UTC+2)"
    ]


def test_fewer_than_are_held_names_the_offers(her, university):
    story = Story()
    story.institution = university
    story.admissible()
    vacancy = story.vacancy(seats=2)
    story.consulting(vacancy=vacancy)
    response = her.post(page_of(vacancy), filled(her.get(page_of(vacancy)), seats=0, contact_name="Sacha"))
    assert errors_of(response)["seats"] == [
        "1 place est déjà réservée ou prise : on ne peut pas en déclarer 0. "
        f"Propositions concernées : {story.referral.number} (établissement consulté)."
    ]
    assert (standing(vacancy)[0], vacancy.contact_name) == (2, "")


def test_what_was_typed_after_the_session_had_ended_waits(clerk, her, vacancy, client):
    sent = filled(her.get(page_of(vacancy)), seats=8, contact_name="Sacha")
    assert client.post(page_of(vacancy), sent).url.startswith("/compte/login/")
    client.post("/compte/login/", {"login": clerk.email, "password": factories.PASSWORD})
    page = client.get(page_of(vacancy))
    assert (typed(page, "seats", "contact_name"), standing(vacancy)[0]) == (["8", "Sacha"], 2)
    client.post(page_of(vacancy), sent)
    assert (standing(vacancy)[0], typed(client.get(page_of(vacancy)), "seats", "contact_name")) == (8, ["8", "Sacha"])


def test_a_day_is_the_clerks_own(campaign, the_day):
    """In La Réunion the last day ends while it still lasts in Paris."""
    institution = factories.InstitutionFactory(academy=factories.academy("La Réunion"))
    vacancy = factories.VacancyFactory(programme__institution=institution)
    clerk = factories.post(Role.INSTITUTION, institution=institution)
    for moment, over in (("2026-10-31 23:59 Indian/Reunion", False), ("2026-11-01 00:00 Indian/Reunion", True)):
        the_day.move_to(instant(moment))
        assert bool(entering(clerk).get(page_of(vacancy)).context["over"]) == over
