"""An institution reads what it is asked, corrects itself, answers, agrees beforehand; the office reads how it answers."""

from datetime import timedelta

from django.utils import timezone

from referrals.models import Offer, Role, StandingAgreement
from referrals.rules.states import OfferState
from tests import factories
from tests.processes import wait_until
from tests.story import Story


def asked_twice() -> tuple[Story, list[Offer]]:
    """A university is asked today for two seats of a campaign under way."""
    story = Story()
    story.admissible()
    story.campaign.search_until = timezone.localdate() + timedelta(days=90)
    story.campaign.save()
    story.at = timezone.now()
    return story, [story.consulting() for _ in range(2)]


def state_of(offer: Offer) -> str:
    return Offer.objects.get(pk=offer.pk).state


def test_a_clerk_answers_and_the_office_reads_how(somebody):
    clerk, head = somebody(), somebody()
    story, (refused, agreed) = asked_twice()
    account = factories.post(Role.INSTITUTION, institution=story.institution, name="Alix Exemple", capacity="présidente")
    clerk.signs_in(account.email, factories.PASSWORD)
    clerk.goes_to("/etablissement/")
    clerk.reads("2 attendent votre réponse")
    clerk.clicks("Demandes d’accord du rectorat", role="link")
    clerk.goes_to(f"/etablissement/demandes/{refused.key}/")
    clerk.reads("Zoé D’Exemple")
    clerk.photographs("14-demande")
    clerk.page.locator("summary", has_text="Non").click()
    clerk.clicks("Refuser")
    clerk.reads("Une réponse est à corriger")
    clerk.page.get_by_label("Motif du refus").fill("Complet.")
    clerk.clicks("Refuser")
    wait_until(lambda: state_of(refused) == OfferState.REFUSED, what="the refusal")
    clerk.goes_to(f"/etablissement/demandes/{agreed.key}/")
    clerk.clicks("Donner l’accord")
    wait_until(lambda: state_of(agreed) == OfferState.AGREED, what="the agreement")
    clerk.goes_to(f"/etablissement/demandes/{refused.key}/")

    clerk.goes_to("/etablissement/accords/nouveau/")
    clerk.page.locator("[name=vacancy]").select_option(str(agreed.vacancy_id))
    clerk.fills(seats="1")
    clerk.page.get_by_label("Histoire", exact=True).check(force=True)
    clerk.clicks("Donner l’accord")
    clerk.reads("0 sur 1")
    assert StandingAgreement.objects.get().vacancy_id == agreed.vacancy_id

    account = factories.post(Role.HEAD, region=story.academy.region, name="Hélène Cheffe")
    head.signs_in(account.email, factories.PASSWORD)
    head.goes_to("/bureau/referrals/standingagreement/reponses/")
    head.reads("2 sur 2 (100 %)")
    head.goes_to("/bureau/referrals/standingagreement/")
    head.reads("Alix Exemple, présidente")
