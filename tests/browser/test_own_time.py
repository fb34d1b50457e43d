"""A limit is shown in the time of its académie and, to a reader whose clock shows something else, in her own."""

import pytest

from tests.factories import PASSWORD, instant
from tests.story import Story

MIDNIGHT_IN_LYON = (
    "Réponse aux propositions : délai passé. Il courait jusqu’au mardi 21 juillet 2026 à 24 h 00 (heure de Paris, UTC+2)"
)


@pytest.mark.parametrize(
    ("zone", "her_own"),
    [("Europe/Paris", ""), ("America/Martinique", " (à votre heure : mardi 21 juillet 2026 à 18:00)")],
)
def test_a_reader_elsewhere_sees_both_clocks(somebody, zone, her_own):
    story = Story(at=instant("2026-07-06 10:00"))
    story.offered()
    story.told()
    student = somebody(zone=zone)
    student.signs_in(story.student.email, PASSWORD)
    student.goes_to(f"/ma-saisine/{story.referral.key}/")
    said = student.page.locator(".limit strong").first.inner_text()
    assert " ".join(said.split()) == MIDNIGHT_IN_LYON + her_own
