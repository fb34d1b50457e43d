"""Which offers stand in the way of an institution that declares fewer seats."""

import pytest

from referrals import procedure
from referrals.committed import in_the_way, offers_of
from tests import factories
from tests.story import Story
from vacancies import seats
from vacancies.models import Vacancy

pytestmark = pytest.mark.django_db


def refused(vacancy: Vacancy, wanted: int) -> seats.BelowCommitted:
    with pytest.raises(seats.BelowCommitted) as refusal:
        seats.declare(vacancy_id=vacancy.pk, seats=wanted, by="Scolarité", at=Story().at)
    return refusal.value


def test_each_is_named_by_its_referral_and_state_and_nobody_by_her_name():
    vacancy = factories.VacancyFactory(seats_declared=4)
    asked, sent, taken, gone = (Story().admissible() for _ in range(4))
    accepted = taken.sent(vacancy=vacancy)
    procedure.accept(taken.id, offer_id=accepted.pk, by=taken.her, at=taken.at)
    offered = sent.later(hours=1).sent(vacancy=vacancy)
    consulted = asked.later(hours=2).consulting(vacancy=vacancy)
    dropped = gone.later(hours=3).consulting(vacancy=vacancy)
    procedure.record_refusal(gone.id, offer_id=dropped.pk, reason="Non.", by=gone.office, at=gone.at)
    refusal = refused(vacancy, 1)
    assert list(offers_of(refusal.holders)) == [accepted, offered, consulted]
    states = [offer.get_state_display() for offer in offers_of(refusal.holders)]
    assert in_the_way(refusal, wanted=1) == (
        "3 places sont déjà réservées ou prises : on ne peut pas en déclarer 1. Propositions concernées : "
        f"{taken.referral.number} ({states[0]}), {sent.referral.number} ({states[1]}), {asked.referral.number} ({states[2]})."
    )
    assert len(set(states)) == 3
    assert taken.referral.birth_name not in in_the_way(refusal, wanted=1)


def test_one_alone_is_singular():
    vacancy = factories.VacancyFactory(seats_declared=1)
    story = Story().admissible()
    story.consulting(vacancy=vacancy)
    assert in_the_way(refused(vacancy, 0), wanted=0) == (
        "1 place est déjà réservée ou prise : on ne peut pas en déclarer 0. Propositions concernées : "
        f"{story.referral.number} ({story.referral.offers.get().get_state_display()})."
    )


def test_naming_them_costs_one_query_however_many(django_assert_num_queries):
    vacancy = factories.VacancyFactory(seats_declared=3)
    for _ in range(3):
        Story().admissible().consulting(vacancy=vacancy)
    refusal = refused(vacancy, 0)
    with django_assert_num_queries(1):
        assert in_the_way(refusal, wanted=0).count("2026-") == 3
