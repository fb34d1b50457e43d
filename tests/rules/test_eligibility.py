"""Doubts about a referral, at both edges of each rule."""

from dataclasses import replace
from datetime import date

import pytest

from referrals.rules.eligibility import Facts, doubts
from tests.factories import instant

FINE = Facts(
    licence_on=date(2026, 6, 12),
    licence_expected_on=None,
    refusals=5,
    filing_ends_at=instant("2026-07-01 00:00"),
    at=instant("2026-06-20 10:00"),
    academic_year_starts_on=date(2026, 9, 1),
)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (FINE, []),
        (replace(FINE, refusals=1), []),
        (replace(FINE, refusals=0), ["no_refusal"]),
        (replace(FINE, licence_on=None, licence_expected_on=date(2026, 7, 10), filing_ends_at=None), []),
        (replace(FINE, licence_on=None), ["no_licence"]),
        (replace(FINE, licence_on=date(2023, 9, 1)), []),
        (replace(FINE, licence_on=date(2023, 8, 31)), ["licence_too_old"]),
        (replace(FINE, at=instant("2026-06-30 23:59")), []),
        (replace(FINE, at=instant("2026-07-01 00:00")), ["late"]),
        (replace(FINE, refusals=0, at=instant("2026-07-02 00:00")), ["no_refusal", "late"]),
    ],
)
def test_doubts(facts, codes):
    assert [reason.code for reason in doubts(facts)] == codes


def test_every_doubt_names_its_source_and_its_cure():
    found = doubts(replace(FINE, refusals=0, licence_on=None, at=instant("2026-07-02 00:00")))
    assert all(reason.sentence and reason.source and reason.cure for reason in found)
    assert len(found) == 3
