"""An institution's list: its own programmes, what is asked of it, a number changed in place, and never somebody else's undone."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from referrals.models import Role
from tests import factories
from tests.factories import instant
from tests.institution.conftest import TODAY, entering, lines, row, standing
from tests.story import Story
from tests.student.reading import plain, said, text_of
from vacancies import mergers, seats
from vacancies.models import Modality, Vacancy

pytestmark = pytest.mark.django_db

LIST = "/etablissement/"
UNTIL = date(2026, 8, 19)


def titles(response) -> list[str]:
    return [entry.programme.title for entry in response.context["entries"]]


def marks(response) -> list[tuple[str, str | None]]:
    return [(row.modality.label, row.mark and row.mark[0]) for entry in response.context["entries"] for row in entry.rows]


def errors(response) -> list[str]:
    return response.context["typed"].errors


# Who


def test_strangers_sign_in_and_others_find_nothing(campaign, university):
    assert Client().get(LIST).url == "/compte/login/?next=/etablissement/"
    adviser = factories.post(Role.ADVISER, institution=university)
    caseworker = factories.post(Role.CASEWORKER, region=factories.academy().region)
    for user in (factories.UserFactory(), adviser, caseworker):
        assert [entering(user).get(LIST).status_code, entering(user).post(LIST).status_code] == [404, 404]


def test_she_is_led_to_her_list_after_signing_in(her):
    assert her.get("/entree/").url == LIST


def test_a_post_that_has_ended_opens_nothing(clerk):
    clerk.posts.update(until=date(2026, 7, 19))
    assert entering(clerk).get(LIST).status_code == 404


def test_whoever_advises_too_finds_the_way_there(clerk, university, campaign):
    assert "/suivi/" not in entering(clerk).get(LIST).content.decode()
    clerk.posts.create(role=Role.ADVISER, institution=university, since="2018-01-01")
    assert "/suivi/" in entering(type(clerk).objects.get(pk=clerk.pk)).get(LIST).content.decode()


def test_she_sees_her_own_institutions_programmes(her, vacancy):
    other = factories.VacancyFactory()
    response = her.get(LIST)
    assert titles(response) == ["Histoire de l'art, parcours L’œuvre & l'archive"]
    assert her.post(LIST, row(other, 5, seen=1)).status_code == 404
    assert standing(other)[0] == 1


def test_after_a_merger_the_successors_clerk_sees_both(her, vacancy, university):
    successor = factories.InstitutionFactory(name="Université du Successeur")
    own = factories.VacancyFactory(programme__institution=successor, programme__mention__name="Archives")
    clerk = factories.post(Role.INSTITUTION, institution=successor)
    mergers.merge(
        former=university.pk, successor=successor.pk, effective_on=date(2026, 7, 1), ground="décret", by="ministère", at=TODAY
    )
    for client in (entering(clerk), her):
        assert titles(client.get(LIST)) == ["Archives", "Histoire de l'art, parcours L’œuvre & l'archive"]
        assert client.get(LIST).context["institutions"] == [successor]
    assert entering(clerk).post(LIST, row(vacancy, 4, seen=2)).status_code == 302
    assert her.post(LIST, row(own, 3, seen=1)).status_code == 302
    assert [standing(vacancy)[0], standing(own)[0]] == [4, 3]


# What is shown


def test_the_page_says_what_is_declared_and_what_is_asked(her, vacancy, university):
    factories.ProgrammeFactory(institution=university, mention__name="Archives")
    fresh = factories.VacancyFactory(programme__institution=university, programme__mention__name="Droit", seats_declared=3)
    seats.declare(vacancy_id=fresh.pk, seats=3, by="exemple", at=TODAY)
    full = factories.VacancyFactory(programme__institution=university, programme__mention__name="Musicologie", seats_declared=0)
    seats.declare(vacancy_id=full.pk, seats=0, by="exemple", at=TODAY)
    response = her.get(LIST)
    assert marks(response) == [
        ("formation initiale", "jamais déclarée"),
        ("formation initiale", None),
        ("formation initiale", "à confirmer"),
        ("formation initiale", "complet"),
    ]
    page = text_of(response)
    for sentence in (
        "parcours déclarés 3 sur 4",
        "Une déclaration est à confirmer",
        "Campagne 2026, ouverte le lundi 15 juin 2026. Le rectorat propose ces places, avec l’accord de votre établissement, "
        "jusqu’au samedi 31 octobre 2026",
        "Déclarée ou confirmée le 20/07/2026, valable jusqu’au 19/08/2026",
        "Déclarée ou confirmée le 15/06/2026, valable jusqu’au 15/07/2026",
    ):
        assert page.count(sentence) >= 1, sentence
    assert response.context["totals"] == {"programmes": 4, "declared": 3, "free": 5, "held": 0, "taken": 0, "stale": 1}


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({"q": "OEUVRE archive"}, ["Histoire de l'art, parcours L’œuvre & l'archive"]),
        ({"q": "l'art"}, ["Histoire de l'art, parcours L’œuvre & l'archive"]),
        ({"q": "chimie"}, []),
        ({"show": "never"}, ["Archives"]),
        ({"show": "to_confirm"}, ["Histoire de l'art, parcours L’œuvre & l'archive"]),
        ({"show": "free"}, ["Histoire de l'art, parcours L’œuvre & l'archive"]),
        ({"show": "committed"}, []),
        ({"show": "?"}, ["Archives", "Histoire de l'art, parcours L’œuvre & l'archive"]),
    ],
)
def test_she_narrows_it(her, vacancy, university, narrowed, found):
    factories.ProgrammeFactory(institution=university, mention__name="Archives")
    assert titles(her.get(LIST, narrowed)) == found


def test_what_the_catalogue_no_longer_has_is_listed_where_it_has_seats(her, vacancy, university):
    factories.ProgrammeFactory(institution=university, withdrawn=True)
    vacancy.programme.withdrawn = True
    vacancy.programme.save()
    response = her.get(LIST)
    assert titles(response) == [vacancy.programme.title]
    assert "retiré du catalogue" in text_of(response)


def test_another_campaign_is_chosen(her, vacancy):
    later = factories.CampaignFactory(
        code="2027", name="Campagne 2027", opens_on=date(2027, 6, 15), search_until=date(2027, 10, 31)
    )
    assert her.get(LIST).context["campaign"] == vacancy.campaign
    response = her.get(LIST, {"campaign": later.pk})
    assert (response.context["campaign"], marks(response)) == (later, [("formation initiale", "jamais déclarée")])
    her.post(f"{LIST}?campaign=2027", row(vacancy, 8, seen=""))
    assert Vacancy.objects.get(campaign=later).declared == 8
    assert "Sélectionnez un choix valide" in text_of(her.get(LIST, {"campaign": "1917"}))


def test_without_a_campaign_or_a_programme_it_says_so(db):
    client = entering(factories.post(Role.INSTITUTION, institution=factories.InstitutionFactory()))
    assert "Aucune campagne n’est encore ouverte." in text_of(client.get(LIST))
    assert client.post(LIST, {"seats": 1}).status_code == 404
    factories.CampaignFactory()
    assert "Le catalogue n’a pas encore de parcours" in text_of(client.get(LIST))
    assert "Aucun de vos parcours ne répond à ces critères." in text_of(client.get(LIST, {"q": "chimie"}))


def test_one_or_thirty_programmes_cost_the_same_queries(her, vacancy, university, monkeypatch):
    monkeypatch.setattr("referrals.institution.views.PAGE_SIZE", 30)
    counts = []
    for more in (29, 0):
        with CaptureQueriesContext(connection) as captured:
            response = her.get(LIST)
        counts.append((len(response.context["entries"]), len(captured)))
        factories.VacancyFactory.create_batch(more, programme__institution=university)
    assert counts == [(1, counts[0][1]), (30, counts[0][1])]
    monkeypatch.setattr("referrals.institution.views.PAGE_SIZE", 20)
    pages = [her.get(LIST, {"page": page}) for page in (1, 2, "x")]
    assert [len(titles(page)) for page in pages] == [20, 10, 20]
    assert "30 parcours, page 2 sur 2" in text_of(pages[1])


# A number in its row


def test_a_number_changes_in_place(her, vacancy):
    response = her.post(f"{LIST}?q=art", row(vacancy, 5, seen=2))
    assert response.url == f"/etablissement/?q=art#p{vacancy.programme_id}-initiale"
    assert said(response) == ["Histoire de l'art, parcours L’œuvre & l'archive : 5 places déclarées, jusqu’au 19/08/2026."]
    assert standing(vacancy) == (5, TODAY.date(), UNTIL)
    assert lines(vacancy) == [("Alix Exemple", 3, "")]


def test_the_same_number_confirms_and_a_double_click_does_nothing_twice(her, vacancy):
    for _ in range(2):
        assert her.post(LIST, row(vacancy, 2, seen=2)).status_code == 302
    assert (standing(vacancy), lines(vacancy)) == ((2, TODAY.date(), UNTIL), [("Alix Exemple", 0, "")])
    for _ in range(2):
        assert her.post(LIST, row(vacancy, 3, seen=2)).status_code == 302
    assert (standing(vacancy)[0], lines(vacancy)) == (3, [("Alix Exemple", 0, ""), ("Alix Exemple", 1, "")])


def test_a_first_declaration_opens_the_vacancy_once(her, programme):
    for _ in range(2):
        assert her.post(LIST, row(programme, 0, seen="")).status_code == 302
    vacancy = Vacancy.objects.get()
    assert (standing(vacancy), vacancy.modality) == ((0, TODAY.date(), UNTIL), Modality.INITIAL)


def test_a_later_date_that_was_chosen_stays(her, vacancy):
    seats.declare(vacancy_id=vacancy.pk, seats=2, by="x", at=TODAY, valid_until=date(2026, 10, 1))
    her.post(LIST, row(vacancy, 3, seen=2))
    assert standing(vacancy)[2] == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Indiquez un nombre de places, 0 s’il n’y en a plus."),
        ("deux", "Écrivez un nombre entier, par exemple 3."),
        ("2,5", "Écrivez un nombre entier, par exemple 3."),
        ("-1", "Un nombre de places n’est pas négatif."),
        ("1001", "Au plus 1000 places : vérifiez ce nombre."),
    ],
)
def test_what_is_no_number_of_seats_stays_beside_its_error(her, vacancy, typed, sentence):
    response = her.post(LIST, row(vacancy, typed, seen=2))
    (shown,) = response.context["entries"][0].rows
    assert (response.status_code, shown.errors, shown.typed, shown.sent_back) == (200, [sentence], typed, "2")
    html = response.content.decode()
    assert "<title> Erreur : Vos places vacantes" in " ".join(html.split())
    assert text_of(response).count(sentence) == 2  # above the list, and in the row
    assert standing(vacancy)[0] == 2


def test_a_stale_page_does_not_undo_somebody_elses_declaration(her, vacancy):
    seats.declare(vacancy_id=vacancy.pk, seats=7, by="Camille Collègue", at=instant("2026-07-20 09:00"))
    response = her.post(LIST, row(vacancy, 2, seen=2))
    assert errors(response) == [
        "Entre-temps, Camille Collègue a déclaré 7 places ; votre page en montrait 2. Rien n’a été changé : vérifiez votre nombre, "
        "puis enregistrez de nouveau."
    ]
    (shown,) = response.context["entries"][0].rows
    assert (standing(vacancy)[0], shown.typed, shown.sent_back) == (7, "2", "7")
    her.post(LIST, row(vacancy, 2, seen=shown.sent_back))
    assert standing(vacancy)[0] == 2


def test_a_page_that_showed_nothing_does_not_undo_a_first_declaration(her, vacancy):
    response = her.post(LIST, row(vacancy, 9, seen=""))
    assert errors(response)[0].startswith("Entre-temps, exemple a déclaré 2 places ; votre page n’en montrait pas encore.")


def test_fewer_than_are_held_names_the_offers(her, university):
    story = Story()
    story.institution = university
    story.admissible()
    vacancy = story.vacancy(seats=2)
    story.consulting(vacancy=vacancy)
    response = her.post(LIST, row(vacancy, 0, seen=2))
    assert errors(response) == [
        "1 place est déjà réservée ou prise : on ne peut pas en déclarer 0. "
        f"Propositions concernées : {story.referral.number} (établissement consulté)."
    ]
    assert standing(vacancy)[0] == 2


def test_an_error_is_told_even_where_the_page_has_its_row_no_more(her, vacancy):
    response = her.post(f"{LIST}?show=never", row(vacancy, "x", seen=2))
    assert (titles(response), response.context["typed"].programme) == ([], vacancy.programme)
    assert "Écrivez un nombre entier, par exemple 3." in text_of(response)


def test_what_makes_no_sense_is_not_found(her, vacancy):
    for wrong in ({"programme": "x"}, {"modality": "nocturne"}, {"programme": ""}):
        assert her.post(LIST, row(vacancy, 3, seen=2) | wrong).status_code == 404
    assert her.post(LIST, row(vacancy, 3, seen=2) | {"programme": 0}).status_code == 404
    assert standing(vacancy)[0] == 2


def test_another_sites_form_is_refused(clerk, vacancy):
    client = Client(enforce_csrf_checks=True)
    client.force_login(clerk)
    assert client.post(LIST, row(vacancy, 9, seen=2)).status_code == 403
    assert standing(vacancy)[0] == 2


def test_a_number_typed_after_the_session_had_ended_waits(clerk, vacancy):
    client = Client()
    assert client.post(LIST, row(vacancy, 6, seen=2)).url.startswith("/compte/login/")
    client.post("/compte/login/", {"login": clerk.email, "password": factories.PASSWORD})
    response = client.get(LIST)
    (shown,) = response.context["entries"][0].rows
    assert (shown.typed, shown.sent_back, standing(vacancy)[0]) == ("6", "2", 2)
    assert "Pas encore enregistré" in text_of(response)
    assert client.get(LIST).context["typed"] is None


# The end of the campaign


def test_after_the_end_everything_is_read_only_and_says_so(clerk, vacancy, the_day):
    the_day.move_to(instant("2026-11-01 00:00"))
    her = entering(clerk)
    response = her.get(LIST)
    closed = (
        "La recherche de places de « Campagne 2026 » est close depuis le 31/10/2026 : "
        "vos déclarations se lisent, elles ne se changent plus."
    )
    assert closed in text_of(response)
    assert 'name="seats"' not in response.content.decode()
    before = standing(vacancy)
    for address, typed in (
        (LIST, row(vacancy, 9, seen=2)),
        ("/etablissement/2026/confirmer/", {"seen": "x"}),
        (f"/etablissement/2026/parcours/{vacancy.programme_id}/initiale/", {"seats": 9, "seen": 2}),
    ):
        response = her.post(address, typed)
        assert (response.status_code, said(response)[-1]) == (302, closed)
    assert standing(vacancy) == before
    for address in ("/etablissement/2026/confirmer/", f"/etablissement/2026/parcours/{vacancy.programme_id}/initiale/"):
        page = her.get(address)
        assert (closed in text_of(page), "<form method" in plain(page.content.decode())) == (True, False)
    assert "Aucune campagne n’est en cours" in text_of(her.get("/etablissement/fichier/"))


def test_the_last_day_still_counts(clerk, vacancy, the_day):
    the_day.move_to(instant("2026-10-31 23:59"))
    her = entering(clerk)
    assert her.post(LIST, row(vacancy, 1, seen=2)).status_code == 302
    assert standing(vacancy) == (1, date(2026, 10, 31), date(2026, 10, 31))


# All at once


def test_everything_is_confirmed_in_one_act(her, vacancy, university):
    chosen = factories.VacancyFactory(programme__institution=university, seats_declared=4)
    seats.declare(vacancy_id=chosen.pk, seats=4, by="x", at=TODAY, valid_until=date(2026, 10, 1))
    factories.ProgrammeFactory(institution=university)
    elsewhere = factories.VacancyFactory()
    page = her.get("/etablissement/2026/confirmer/")
    assert "Ces 2 nombres sont ceux que votre établissement a déclarés pour « Campagne 2026 » : 6 places libres" in text_of(page)
    for _ in range(2):
        response = her.post("/etablissement/2026/confirmer/", {"seen": page.context["seen"]})
        assert response.url == "/etablissement/?campaign=2026"
    assert said(response) == ["C’est confirmé : 2 déclarations."] * 2
    assert [standing(vacancy), standing(chosen)] == [(2, TODAY.date(), UNTIL), (4, TODAY.date(), date(2026, 10, 1))]
    assert standing(elsewhere)[1] == date(2026, 6, 15)
    assert [lines(vacancy), Vacancy.objects.count()] == [[("Alix Exemple", 0, "")], 3]


def test_what_has_changed_meanwhile_is_shown_before_it_is_confirmed(her, vacancy):
    page = her.get("/etablissement/2026/confirmer/")
    seats.declare(vacancy_id=vacancy.pk, seats=1, by="x", at=instant("2026-06-16 08:00"))
    before = standing(vacancy)
    response = her.post("/etablissement/2026/confirmer/", {"seen": page.context["seen"]})
    assert (response.url, standing(vacancy)) == ("/etablissement/2026/confirmer/", before)
    assert said(response) == ["Des nombres ont changé depuis que cette page est affichée : rien n’a été confirmé. Les voici."]


def test_nothing_declared_is_nothing_to_confirm(her, programme):
    response = her.get("/etablissement/2026/confirmer/")
    assert (response.url, said(response)) == (
        "/etablissement/?campaign=2026",
        ["Rien n’est encore déclaré dans cette campagne : il n’y a rien à confirmer."],
    )
    assert her.get("/etablissement/1917/confirmer/").status_code == 404


@pytest.mark.parametrize("changed", [{"programme": "abc"}, {"modality": "nuit"}, {"programme": ""}])
def test_what_was_posted_before_signing_in_and_names_no_row_is_let_go(clerk, vacancy, changed):
    client = Client()
    assert client.post(LIST, row(vacancy, 7, seen=2) | changed).status_code == 302
    client.force_login(clerk)
    response = client.get(LIST)
    assert (response.status_code, response.context["typed"]) == (200, None)
