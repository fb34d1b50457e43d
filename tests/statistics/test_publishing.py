"""What is published of a campaign: counted from the files, hidden where it is small, once, and then frozen."""

import json
from datetime import timedelta
from functools import partial
from random import Random
from threading import Barrier

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from referrals.models import Publication, Referral
from referrals.procedure import Refused
from referrals.rules.states import State
from referrals.rules.suppression import LEAST, TOTAL, Table
from referrals.statistics import publishing
from referrals.statistics.publishing import OUTCOMES, TABLES, digest, prepared, publish, published
from tests import factories
from tests.concurrency.at_once import PATIENCE, at_once
from tests.factories import instant
from tests.rules.suppression_attack import ranges
from tests.statistics.campaigns import many
from tests.story import in_state

pytestmark = pytest.mark.django_db

OVER = instant("2026-11-02 09:00")
STATES = {State.FILED: 0, State.ADMISSIBLE: 1, State.OFFERED: 2, State.ACCEPTED: 3, State.ENROLLED: 4}
"""A state in which a file counts in each category."""


@pytest.fixture
def campaign():
    return factories.CampaignFactory()


def test_every_file_counts_once_under_how_far_it_has_come(campaign):
    for state, count in {State.FILED: 9, State.ADMISSIBLE: 8, State.OFFERED: 7, State.ACCEPTED: 6, State.ENROLLED: 5}.items():
        many(state, count)
    in_state(State.MERGED)  # with it comes the file that was kept
    in_state(State.DRAFT)
    found = prepared(campaign)
    assert found["categories"] == list(OUTCOMES)
    assert found["ensemble"] == {"deposees": 36, "issues": [10, 8, 7, 6, 5]}
    assert [table["nom"] for table in found["tableaux"]] == list(TABLES)
    academies = found["tableaux"][0]
    line = {"deposees": 36, "issues": [10, 8, 7, 6, 5]}
    assert academies["lignes"] == [
        {"code": "R84", "nom": "Auvergne-Rhône-Alpes", "dans": "", **line},
        {"code": "A10", "nom": "Lyon", "dans": "Auvergne-Rhône-Alpes", **line},
    ]


def test_delays_of_the_nation_rest_on_twenty_files_at_least(campaign):
    many(State.ADMISSIBLE, 19)
    assert prepared(campaign)["delais"] == []
    many(State.ADMISSIBLE, 1, admissible_at=instant("2026-06-30 10:00"))
    assert prepared(campaign)["delais"] == [{"etape": "Recevabilité", "mediane": 0, "neuf_sur_dix": 0}]


def test_fewer_files_than_are_ever_published(campaign):
    many(State.FILED, LEAST - 1)
    with pytest.raises(Refused, match="rien ne peut en être publié"):
        prepared(campaign)


def spread(*, seed: int) -> None:
    """Some three hundred files of six académies, a dozen mentions, eight weeks and every category; the counts are Zipf's."""
    random = Random(seed)
    academies = [factories.academy(name) for name in factories.ACADEMIES]
    mentions = [factories.LicenceMentionFactory(name=f"Mention {rank:02d}") for rank in range(12)]
    for rank, (state, count) in enumerate(zip(STATES, (120, 80, 50, 30, 20), strict=True)):
        for file in many(state, count):
            file.licence_academy = academies[min(int(random.paretovariate(0.8)) - 1, 5)]
            file.region = file.licence_academy.region
            file.licence_mention = mentions[min(int(random.paretovariate(0.6)) - 1, 11)]
            file.filed_at = instant("2026-06-16 10:00") + timedelta(weeks=min(int(random.paretovariate(0.7)) + rank, 8))
            file.save()


def counted(by: str) -> dict[str, list[int]]:
    """Count the files again, in Python: row → number in each category."""
    rows: dict[str, list[int]] = {}
    for file in Referral.objects.select_related("licence_academy"):
        local = file.filed_at.astimezone(file.licence_academy.tz).date()
        row = {
            "academies": file.licence_academy_id,
            "mentions": str(file.licence_mention_id),
            "semaines": str(local - timedelta(days=local.weekday())),
        }[by]
        rows.setdefault(row, [0] * len(OUTCOMES))[STATES[State(file.state)]] += 1
    return rows


def test_what_is_published_is_true_and_what_is_hidden_cannot_be_found(campaign):
    """Every table, as a reader gets it, attacked with the nation's totals and the knowledge of which rows exist."""
    spread(seed=1)
    figures = json.loads(json.dumps(prepared(campaign)))
    assert len(figures["categories"]) == len(OUTCOMES)
    hidden_somewhere = 0
    for published_table in figures["tableaux"]:
        truth = counted(published_table["nom"])
        groups = {}
        if published_table["nom"] == "academies":
            groups = {code: factories.Academy.objects.get(pk=code).region_id for code in truth}
        table = Table(leaves={row: tuple(counts) for row, counts in truth.items()}, groups=groups)
        numbers, known = table.cells(), {}
        for line in published_table["lignes"]:
            row = {TOTAL: line["deposees"], **dict(enumerate(line["issues"]))}
            known |= {(line["code"], column): number for column, number in row.items() if number is not None}
        assert known == {cell: numbers[cell] for cell in known}
        assert min(known.values(), default=LEAST) >= LEAST
        concealed = sorted(numbers.keys() - known.keys())
        hidden_somewhere += len(concealed)
        for cell, (least, most) in ranges(table, known, figures["ensemble"]["issues"], concealed).items():
            assert most - least >= LEAST, (published_table["nom"], cell, numbers[cell], least, most)
    assert hidden_somewhere > 30
    assert {table["nom"] for table in figures["tableaux"] if table["publie"]} >= {"mentions", "semaines"}


def test_a_campaign_is_published_once_when_it_is_over(campaign):
    """Figures of two days could be subtracted from each other: there are never two."""
    many(State.FILED, 6)
    seen = digest(prepared(campaign))
    with pytest.raises(Refused, match="jusqu’au 31/10/2026"):
        publish(campaign, seen=seen, at=instant("2026-10-31 23:59"))
    with pytest.raises(Refused, match="ont changé"):
        publish(campaign, seen="", at=OVER)
    first = publish(campaign, seen=seen, at=OVER)
    many(State.FILED, 1)
    with pytest.raises(Refused, match="déjà publiée"):
        publish(campaign, seen=digest(prepared(campaign)), at=OVER + timedelta(days=30))
    assert published() == [first]
    first.refresh_from_db()
    assert first.figures["ensemble"]["deposees"] == 6  # frozen


@pytest.mark.django_db(transaction=True)
def test_published_four_times_at_once_it_is_published_once(campaign):
    many(State.FILED, 6)
    publishing_it = partial(publish, campaign, seen=digest(prepared(campaign)), at=OVER)
    outcomes = at_once(*[publishing_it] * 4)
    (first,) = [outcome for outcome in outcomes if isinstance(outcome, Publication)]
    assert [outcome.code for outcome in outcomes if isinstance(outcome, Refused)] == ["not_now"] * 3
    assert published() == [first]


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_it_is_published_twice(campaign, monkeypatch):
    """Each has asked whether it may before either has published."""
    many(State.FILED, 6)
    seen = digest(prepared(campaign))
    why_not, everybody_has_asked = publishing.why_not, Barrier(2, timeout=PATIENCE)

    def ask_together(campaign, *, at):
        reason = why_not(campaign, at=at)
        everybody_has_asked.wait()
        return reason

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    monkeypatch.setattr(publishing, "why_not", ask_together)
    outcomes = at_once(*[partial(publish, campaign, seen=seen, at=OVER)] * 2)
    assert [type(outcome) for outcome in outcomes] == [Publication, Publication]
    assert Publication.objects.filter(campaign=campaign).count() == 2


def test_counting_a_campaign_costs_the_same_for_one_file_three_and_a_hundred(campaign):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            prepared(campaign)
        return len(captured)

    many(State.ADMISSIBLE, 6)
    one = asked()
    many(State.ADMISSIBLE, 2)
    three = asked()
    many(State.ADMISSIBLE, 97)
    assert (three, asked()) == (one, one)
