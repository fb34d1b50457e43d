"""The whole procedure as its people meet it: real web, real worker, real mails, real browser."""

import re
from datetime import date, timedelta

from django.utils import timezone

from referrals.invariants import breaches
from referrals.models import Referral, Role
from referrals.rules.states import State
from tests import factories
from tests.processes import wait_until

PASSWORD = "une phrase de passe bien longue"
STUDENT = "zoe.exemple@exemple.fr"


def open_campaign():
    """A campaign that opened two weeks ago in the académie of Lyon, with its office, an adviser and four vacancies."""
    today = timezone.localdate()
    academy = factories.academy("Lyon")
    campaign = factories.CampaignFactory(opens_on=today - timedelta(days=14), search_until=today + timedelta(days=90))
    factories.CampaignRulesFactory(campaign=campaign)
    university = factories.InstitutionFactory(
        name="Université Lumière - Lyon 2", academy=academy, town="Lyon", names=["Université Lyon-II"]
    )
    factories.LicenceMentionFactory(name="Histoire")
    for name in ("Archives", "Histoire", "Patrimoine et musées", "Archéologie"):
        programme = factories.ProgrammeFactory(institution=university, mention__name=name)
        programme.recommended.add(factories.LicenceMentionFactory(name="Histoire"))
        factories.VacancyFactory(programme=programme, campaign=campaign)
    caseworker = factories.post(
        Role.CASEWORKER, region=academy.region, name="Camille Exemple", email="gestionnaire@rectorat.exemple"
    )
    adviser = factories.post(Role.ADVISER, institution=university, name="Claude Exemple", email="scuio@universite.exemple")
    return caseworker, adviser


def french(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def signs_up(student) -> None:
    student.goes_to("/")
    student.photographs("1-accueil")
    student.goes_to("/compte/signup/")
    student.fills(email=STUDENT, phone="01 99 00 00 00", password1=PASSWORD, password2=PASSWORD)
    student.clicks("Créer mon compte")
    student.fills(password=PASSWORD)
    student.clicks("Se connecter")


def writes_her_referral(student) -> None:
    today = timezone.localdate()
    student.goes_to("/ma-saisine/")
    student.clicks("Commencer ma saisine")
    student.reads("votre saisine n’est pas encore déposée")
    draft = student.page.url
    student.page.goto(f"{draft}identite/")
    student.looks()
    student.fills(first_names="Zoé", birth_name="D’Exemple", birth_date="29/02/2004", ine="123")
    student.clicks("Enregistrer et continuer")
    student.reads("Il est enregistré tel quel")  # the INE warns, and blocks nothing
    student.page.goto(f"{draft}licence/")
    student.fills(licence_mention="histoire")
    student.page.get_by_label("Licence (diplôme national)").check(force=True)
    student.clicks("Enregistrer et continuer")
    student.fills(licence_institution="Université Lyon-II")
    student.clicks("Enregistrer et continuer")
    student.fills(licence_day=french(today - timedelta(days=5)))
    student.page.get_by_label("Je l’ai obtenue").check(force=True)
    student.clicks("Enregistrer et continuer")
    student.page.goto(f"{draft}candidatures/ajouter/")
    student.looks()
    student.fills(institution="Université Lyon-II", mention="Archives", on=french(today - timedelta(days=10)))
    student.clicks("Enregistrer")
    student.page.goto(f"{draft}projet/")
    student.looks()
    student.fills(project="Devenir archiviste, près de Lyon.")
    student.clicks("Enregistrer et continuer")
    student.fills(wish_1="Archives", wish_2="patrimoine et musees")
    student.photographs("2-projet", width=360)
    student.clicks("Enregistrer et continuer")
    student.page.goto(f"{draft}verifier/")
    student.clicks("Déposer ma saisine")
    student.reads("votre relevé de notes de licence")  # nothing can be filed without it
    student.page.goto(f"{draft}documents/")
    student.looks()
    student.page.locator("#id_file").set_input_files(
        {"name": "faux.pdf", "mimeType": "application/pdf", "buffer": b"ceci n'est pas un PDF"}
    )
    student.clicks("Ajouter ce document")
    student.reads("Ce fichier n’est ni un PDF, ni une photo")
    student.page.locator("#id_file").set_input_files(
        {"name": "relevé.pdf", "mimeType": "application/pdf", "buffer": factories.pdf()}
    )
    student.clicks("Ajouter ce document")
    student.reads("relevé.pdf")
    student.page.goto(f"{draft}verifier/")
    student.looks()
    student.photographs("3-verifier")
    student.page.get_by_label("J’accepte que le service d’orientation").check(force=True)
    student.clicks("Déposer ma saisine")


def receives_her_receipt(student, site) -> str:
    referral = Referral.objects.get()
    student.reads(referral.number)
    wait_until(lambda: any("n°" in mail["Subject"] for mail in site.mails.to(STUDENT)), what="the receipt")
    with student.page.expect_download() as downloading:
        student.page.get_by_role("link", name=re.compile("Accusé de réception")).first.click()
    downloaded = downloading.value.path().read_bytes()
    mailed = [part.get_content() for mail in site.mails.to(STUDENT) for part in mail.iter_attachments()]
    assert mailed == [downloaded]  # one stored file serves both
    return referral.number


def sends_three_offers(office, number) -> None:
    referral = Referral.objects.get(number=number)
    file = f"/bureau/referrals/referral/{referral.pk}/change/"
    office.goes_to("/bureau/")
    office.photographs("15-accueil-du-bureau")
    office.goes_to("/bureau/referrals/referral/")
    office.reads(number)
    office.photographs("4-bureau")
    office.goes_to(file)
    office.clicks("Contrôler la recevabilité", role="link")
    office.photographs("16-controle")
    office.goes_to(file)
    office.clicks("Déclarer recevable", role="link")
    office.clicks("Déclarer recevable")
    office.reads("recevable, recherche en cours")
    for _ in range(3):
        office.goes_to(file)
        office.clicks("Chercher une place à consulter", role="link")
        office.photographs("5-places")
        if office.page.locator("[name=reason]").count():  # she was refused there in the spring
            office.fills(reason="Des places s’y sont libérées depuis.")
        office.clicks("Consulter")
        office.reads("Établissement consulté, place réservée")
    today = timezone.localdate().isoformat()
    for _ in range(3):
        office.goes_to(file)
        office.clicks("Enregistrer l’accord", role="link")
        office.fills(agreed_by="Sacha Exemple", agreed_as="vice-présidence formation", agreed_on=today)
        office.page.locator("[name=through]").select_option("mail")
        office.clicks("Enregistrer l’accord")
        office.reads("accord de l’établissement")
        office.clicks("Envoyer la proposition", role="link")
        office.clicks("Envoyer la proposition")
        office.reads("envoyée, en attente de réponse")
    office.goes_to(file)
    office.photographs("6-dossier")
    assert Referral.objects.get(number=number).state == State.OFFERED


def accepts_one(student, site) -> None:
    limit = Referral.objects.get().limits.live().get()
    wait_until(
        lambda: any("Trois propositions" in mail["Subject"] for mail in site.mails.to(STUDENT)), what="the third offer's mail"
    )
    student.goes_to("/ma-saisine/")
    student.page.locator("main h2 a").first.click()
    student.looks()
    student.page.goto(f"{student.page.url}propositions/")
    student.looks()
    student.reads(f"{limit.last_day.day} ")
    student.photographs("7-propositions")
    student.clicks("Accepter", role="link")
    student.clicks("Accepter cette proposition")
    student.reads("acceptée")
    student.photographs("8-acceptee", width=360)


def test_from_the_first_page_to_the_accepted_seat(site, somebody):
    caseworker, adviser = open_campaign()
    student, office, guidance, stranger = (somebody() for _ in range(4))

    signs_up(student)
    writes_her_referral(student)
    number = receives_her_receipt(student, site)

    office.signs_in(caseworker.email, factories.PASSWORD)
    sends_three_offers(office, number)
    accepts_one(student, site)

    guidance.signs_in(adviser.email, factories.PASSWORD)
    guidance.goes_to("/suivi/")
    guidance.reads(number)
    guidance.page.get_by_role("link", name=re.compile(number)).first.click()
    guidance.looks()
    guidance.reads("Proposition acceptée")
    assert guidance.page.get_by_text("relevé.pdf").count() == 0
    guidance.photographs("9-scuio")

    stranger.goes_to("/places-vacantes/")
    stranger.reads("On ne peut pas candidater ici")

    referral = Referral.objects.get()
    assert referral.state == State.ACCEPTED
    assert sorted(referral.offers.values_list("state", flat=True)) == ["accepted", "released", "released"]
    assert breaches(at=timezone.now()) == []
