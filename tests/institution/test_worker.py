"""The whole way of a file, through the broker and a real worker."""

from datetime import UTC, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile

from referrals.models import Role
from tests import factories
from tests.institution.conftest import entering
from tests.processes import environment, wait_until, worker
from vacancies.models import Import, Vacancy


@pytest.mark.django_db(transaction=True)
def test_a_file_is_read_and_applied_by_the_worker(tmp_path, the_day):
    now = time_machine.escape_hatch.datetime.datetime.now(tz=UTC)  # the worker's own day
    the_day.move_to(now)
    campaign = factories.CampaignFactory(opens_on=now.date() - timedelta(days=10), search_until=now.date() + timedelta(days=60))
    vacancy = factories.VacancyFactory(campaign=campaign)
    institution = vacancy.programme.institution
    her = entering(factories.post(Role.INSTITUTION, institution=institution, name="Alix Exemple"))
    file = ContentFile(f"Référence;Places déclarées\n{vacancy.programme.reference};4\n".encode(), name="places.csv")

    def stands_at(state: str) -> bool:
        return Import.objects.values_list("state", flat=True).get() == state

    with worker(env=environment(mail_port=9), log=tmp_path / "worker.log"):
        page = her.post("/etablissement/fichier/", {"file": file, "institution": institution.pk, "campaign": campaign.pk}).url
        wait_until(lambda: stands_at("ready"), what="the preview")
        her.post(page, {"act": "confirm", "plan": Import.objects.get().plan})
        wait_until(lambda: stands_at("applied"), what="the seats")
    assert Vacancy.objects.values_list("declared", flat=True).get() == 4
    assert vacancy.lines.last().by == "Alix Exemple"
