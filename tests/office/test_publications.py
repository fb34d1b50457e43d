"""The national administrator reads what would be published, publishes it, and has signed it; nobody else does."""

import pytest
from django.contrib.admin.models import LogEntry

from referrals.models import Publication
from referrals.rules.states import State
from tests import factories
from tests.factories import instant
from tests.office.pages import said, text_of
from tests.statistics.campaigns import many

pytestmark = pytest.mark.django_db

OVER = instant("2026-11-02 09:00")
ADD = "/bureau/referrals/publication/add/"


@pytest.fixture
def campaign():
    return factories.CampaignFactory()


def test_the_administrator_reads_it_first_then_publishes_and_signs(enter, administrator, campaign, time_machine):
    many(State.FILED, 7)
    time_machine.move_to(OVER, tick=False)
    hers = enter(administrator)
    page = hers.get(ADD)
    assert "7 saisines déposées" in text_of(page).replace("\xa0", " ")
    assert Publication.objects.count() == 0
    done = hers.post(ADD, {"campagne": campaign.pk, "seen": page.context["seen"]})
    publication = Publication.objects.get()
    assert done["Location"] == f"/bureau/referrals/publication/{publication.pk}/change/"
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (
        administrator,
        str(publication.pk),
        "Chiffres de la campagne « Campagne 2026 » publiés.",
    )
    assert publication.at == OVER == entry.action_time
    assert "Publiée le 02/11/2026 à 09:00" in text_of(hers.get(done["Location"]))
    assert "déjà publiée" in text_of(hers.get(ADD))
    again = hers.post(ADD, {"campagne": campaign.pk, "seen": page.context["seen"]})
    assert (again.status_code, Publication.objects.count()) == (200, 1)
    assert said(again)[0].startswith("Cette campagne est déjà publiée")


def test_before_the_end_she_may_look_and_not_publish(enter, administrator, campaign, time_machine):
    many(State.FILED, 7)
    time_machine.move_to(instant("2026-10-31 12:00"), tick=False)
    page = enter(administrator).get(ADD)
    assert "elle se publie une fois, quand elle est finie" in text_of(page)
    assert 'value="Publier"' not in page.content.decode()


def test_nobody_else_publishes(enter, head, story):
    for user in (head, story.caseworker):
        assert [enter(user).get(ADD).status_code, enter(user).post(ADD).status_code] == [403, 403]


def test_without_a_campaign_or_with_too_few_files_the_page_says_so(enter, administrator):
    client = enter(administrator)
    assert "campagne" in client.get(ADD).context["form"].errors
    many(State.FILED, 4)
    assert "Moins de 5 saisines dans cette campagne" in text_of(client.get(ADD))
