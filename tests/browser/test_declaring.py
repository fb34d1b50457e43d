"""An institution declares its seats, in place and by file; a real worker reads the file, and anybody finds the seats."""

from datetime import timedelta

from django.utils import timezone

from referrals.models import Role
from tests import factories
from tests.processes import wait_until
from vacancies.imports.pipeline import load
from vacancies.imports.places import DATA
from vacancies.imports.territory import Academies, Regions
from vacancies.models import Import, ImportState, Programme, Vacancy


def open_campaign():
    """A university with four programmes, of which one was declared too long ago to be relied on."""
    for reader, name in ((Regions, "regions.csv"), (Academies, "academies.csv")):
        load(reader(), DATA / name, name=name)
    today = timezone.localdate()
    campaign = factories.CampaignFactory(opens_on=today - timedelta(days=60), search_until=today + timedelta(days=90))
    factories.CampaignRulesFactory(campaign=campaign)
    university = factories.InstitutionFactory(name="Université de l’Exemple", academy=factories.academy("Lyon"), town="Lyon")
    for mention in ("Archives", "Histoire", "L’Europe", "Patrimoine et musées"):
        factories.ProgrammeFactory(institution=university, mention=factories.MasterMentionFactory(name=mention))
    archives = factories.VacancyFactory(programme=Programme.objects.get(mention__name="Archives"), campaign=campaign)
    Vacancy.objects.filter(pk=archives.pk).update(declared_on=today - timedelta(days=40), valid_until=today - timedelta(days=10))
    return factories.post(Role.INSTITUTION, institution=university, name="Alix Exemple", email="masters@universite.exemple")


def free() -> dict[str, int]:
    return dict(Vacancy.objects.values_list("programme__mention__name", "free"))


def test_a_clerk_declares_and_anybody_finds(somebody, tmp_path):
    clerk, stranger = somebody(), somebody()
    account = open_campaign()
    clerk.signs_in(account.email, factories.PASSWORD)
    clerk.goes_to("/etablissement/")
    clerk.reads("Une déclaration est à confirmer")
    history = clerk.page.locator("form", has=clerk.page.locator("[name=seats]")).nth(1)
    history.locator("[name=seats]").fill("3")
    history.get_by_role("button").click()
    clerk.looks()
    wait_until(lambda: free().get("Histoire") == 3, what="the declaration in place")
    clerk.goes_to("/etablissement/")
    clerk.photographs("10-etablissement")

    file = tmp_path / "places.csv"
    file.write_text("Mention;Places vacantes\nL'Europe;2\nArchives;4\nAlchimie;1\n", encoding="cp1252")
    clerk.goes_to("/etablissement/fichier/")
    clerk.page.locator("[name=file]").set_input_files(file)
    clerk.clicks("Voir les différences")
    wait_until(lambda: Import.objects.get().state == ImportState.READY, what="the reading of the file")
    clerk.page.reload()
    clerk.looks()
    clerk.reads("Rien n’est encore appliqué")
    clerk.reads("Parcours introuvable dans votre catalogue")
    clerk.photographs("11-fichier")
    clerk.clicks("Appliquer")
    wait_until(lambda: Import.objects.get().state == ImportState.APPLIED, what="the application of the file")
    assert free() == {"Archives": 4, "Histoire": 3, "L’Europe": 2}

    stranger.goes_to("/places-vacantes/?q=archive")
    stranger.reads("1 formation a des places vacantes")
    stranger.goes_to("/places-vacantes/?q=europpe")
    stranger.reads("Aucun résultat exact")
    stranger.reads("L’Europe")
    stranger.goes_to("/places-vacantes/")
    stranger.photographs("places-vacantes")
