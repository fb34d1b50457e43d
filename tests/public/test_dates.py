"""The dates of the campaign in every académie, on its own clock."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
import time_machine

from referrals.public.dates import dates_of
from tests import factories
from tests.factories import ACADEMIES, instant, signed_in
from tests.story import Story
from tests.student.reading import text_of
from vacancies.imports.reference import load_reference
from vacancies.models import Academy

pytestmark = pytest.mark.django_db

IN_JUNE = instant("2026-06-20 09:00")


def everywhere() -> None:
    for name in ACADEMIES:
        factories.academy(name)


def test_without_a_campaign_the_page_says_so(client):
    assert "Aucune campagne n’est encore annoncée." in text_of(client.get("/calendrier/"))


def test_each_academy_on_its_own_clock_and_on_that_of_paris(client):
    everywhere()
    factories.CampaignRulesFactory()
    page = text_of(client.get("/calendrier/?academie=A31"))
    assert "Ouverture du dépôt lundi 15 juin 2026 à 0 h 00 (heure de la Martinique, UTC−4)" in page
    assert "Soit lundi 15 juin 2026 à 6 h 00 (heure de Paris, UTC+2)." in page
    assert "Fin du dépôt, au plus tôt mardi 30 juin 2026 à 24 h 00 (heure de la Martinique, UTC−4)" in page
    assert "Soit mercredi 1er juillet 2026 à 6 h 00 (heure de Paris, UTC+2)." in page
    assert "15 jours après l’ouverture, si vous aviez déjà la licence et tous vos refus." in page
    assert "samedi 31 octobre 2026 à 24 h 00 (heure de la Martinique, UTC−4)" in page
    assert "Strasbourg (" not in page


def test_paris_time_is_said_once_where_it_is_the_academys_own(client):
    everywhere()
    factories.CampaignRulesFactory()
    page = text_of(client.get("/calendrier/?academie=A10"))
    assert "lundi 15 juin 2026 à 0 h 00 (heure de Paris, UTC+2)" in page
    assert "Soit " not in page


def test_days_that_push_a_limit_are_those_of_the_territory(client):
    everywhere()
    factories.CampaignRulesFactory(campaign=factories.CampaignFactory(opens_on=date(2026, 5, 18)))
    rules = factories.CampaignRulesFactory._meta.model.objects.get()
    closed = {
        academy.name: [name for day, name in dates.closed if day.month in (5, 9)]
        for dates in dates_of(rules, Academy.objects.order_by("name"))
        for academy in dates.academies
    }
    assert closed == {
        "Grenoble": ["lundi de Pentecôte"],
        "Lyon": ["lundi de Pentecôte"],
        "Strasbourg": ["lundi de Pentecôte"],
        "La Réunion": ["lundi de Pentecôte"],
        "Martinique": ["abolition de l’esclavage", "lundi de Pentecôte"],
        "Nouvelle-Calédonie": ["lundi de Pentecôte", "fête de la citoyenneté"],
    }
    # The last answer limit starts with an offer of 31 October: 11 November may push it, Christmas cannot.
    assert {dates.closed[-1] for dates in dates_of(rules, Academy.objects.all())} == {(date(2026, 11, 11), "armistice de 1918")}


def test_a_limit_that_would_end_on_a_legal_day_says_why_it_ends_later(client):
    factories.academy("Strasbourg")
    factories.CampaignRulesFactory(campaign=factories.CampaignFactory(opens_on=date(2026, 6, 28)), franc=True)
    page = text_of(client.get("/calendrier/"))
    assert "mercredi 15 juillet 2026 à 24 h 00" in page
    assert "Reporté au premier jour ouvert, car fermé : mardi 14 juillet 2026 (fête nationale)." in page
    assert "Jours fériés qui repoussent un délai mardi 14 juillet 2026 (fête nationale)" in page


def test_academies_for_which_the_same_holds_share_their_dates_and_none_is_left_out():
    load_reference()
    every = Academy.objects.order_by("name")
    rules = factories.CampaignRulesFactory()
    # From June to November the law of Alsace-Moselle closes no other day: its two académies are among the rest.
    assert [len(one.academies) for one in dates_of(rules, every)] == [25, 1, 1, 1, 1, 1, 1, 1]
    rules.campaign.opens_on = date(2026, 4, 1)
    dates = dates_of(rules, every)
    assert [len(one.academies) for one in dates] == [23, 2, 1, 1, 1, 1, 1, 1, 1]
    assert [academy.name for academy in dates[1].academies] == ["Nancy-Metz", "Strasbourg"]
    assert sorted(academy.pk for one in dates for academy in one.academies) == sorted(academy.pk for academy in every)
    for one in dates:
        assert {academy.zone for academy in one.academies} == {one.zone}
        assert one.opens_at.astimezone(ZoneInfo(one.zone)).hour == 0


def test_the_legal_days_of_everywhere_are_said_once(client):
    everywhere()
    factories.CampaignRulesFactory(campaign=factories.CampaignFactory(opens_on=date(2026, 5, 18)))
    page = text_of(client.get("/calendrier/"))
    assert "Jours fériés qui repoussent un délai, partout : lundi 25 mai 2026 (lundi de Pentecôte)" in page
    assert page.count("(lundi de Pentecôte)") == 1
    assert "Jours fériés de plus vendredi 22 mai 2026 (abolition de l’esclavage)" in page


def test_the_next_campaign_follows_the_current_one(client):
    factories.academy()
    for year in (2025, 2026, 2027, 2028):
        campaign = factories.CampaignFactory(
            code=str(year), name=f"Campagne {year}", opens_on=date(year, 6, 15), search_until=date(year, 10, 31)
        )
        factories.CampaignRulesFactory(campaign=campaign)
    with time_machine.travel(IN_JUNE, tick=False):
        shown = client.get("/calendrier/").context["campaigns"]
    assert [one["rules"].campaign.pk for one in shown] == ["2026", "2027"]
    with time_machine.travel(instant("2024-01-01 09:00"), tick=False):
        shown = client.get("/calendrier/").context["campaigns"]
    assert [one["rules"].campaign.pk for one in shown] == ["2025", "2026"]


def test_a_student_sees_her_own_academy_and_may_ask_for_all(client):
    story = Story(academy="La Réunion").draft()
    everywhere()
    hers = signed_in(story.student)
    assert hers.get("/calendrier/").context["chosen"].name == "La Réunion"
    assert hers.get("/calendrier/?academie=").context["chosen"] is None
    assert client.get("/calendrier/").context["chosen"] is None


def test_an_academy_that_does_not_exist_shows_them_all(client):
    everywhere()
    factories.CampaignRulesFactory()
    page = text_of(client.get("/calendrier/?academie=A99"))
    assert "Martinique" in page
    assert "Nouvelle-Calédonie" in page
