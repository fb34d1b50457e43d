"""What a merger changes for those who look through an institution's eyes, and for what was already on its way."""

from datetime import date

import pytest

from notifications.models import Audience, Message
from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Answer, Referral, Role, User
from referrals.procedure.suiting import assessed
from referrals.rules.states import OfferState
from referrals.rules.suitability import Obstacle
from tests import factories
from tests.story import FILED_AT, Story
from vacancies import mergers
from vacancies.models import Institution, Merger, Vacancy

pytestmark = pytest.mark.django_db


def merge(former: Institution, successor: Institution) -> Merger:
    return mergers.merge(
        former=former.pk, successor=successor.pk, effective_on=date(2026, 6, 1), ground="Décret", by="Nadia", at=FILED_AT
    )


def undo(merger: Merger) -> None:
    mergers.undo(merger.pk, by="Nadia", at=FILED_AT)


def student_of(institution: Institution) -> int:
    """The referral of a student who agreed to be followed."""
    story = Story()
    story.institution = institution
    return story.filed(adviser_consent=True).id


@pytest.mark.parametrize("role", [Role.ADVISER, Role.INSTITUTION])
def test_whoever_looks_through_an_institution_s_eyes_sees_the_whole_family(role):
    a, b, c, other = (factories.InstitutionFactory() for _ in range(4))
    users = [factories.post(role, institution=institution) for institution in (a, b, c, other)]

    def seen() -> list[frozenset[str]]:
        return [User.objects.get(pk=user.pk).scope_as(frozenset({role})).institutions for user in users]

    apart = [frozenset({institution.pk}) for institution in (a, b, c, other)]
    assert seen() == apart
    first, second = merge(a, b), merge(b, c)
    assert seen() == [frozenset({a.pk, b.pk, c.pk})] * 3 + apart[3:]
    undo(second)
    assert seen() == [frozenset({a.pk, b.pk})] * 2 + apart[2:]
    undo(first)
    assert seen() == apart


def test_advisers_of_both_follow_the_students_of_both_and_their_own_again_when_it_is_undone():
    a, b = factories.InstitutionFactory(), factories.InstitutionFactory()
    of_a, of_b = student_of(a), student_of(b)
    advisers = [factories.post(Role.ADVISER, institution=institution) for institution in (a, b)]

    def followed() -> list[list[int]]:
        return [sorted(Referral.objects.of_adviser(User.objects.get(pk=user.pk)).values_list("pk", flat=True)) for user in advisers]

    assert followed() == [[of_a], [of_b]]
    merger = merge(a, b)
    assert followed() == [[of_a, of_b], [of_a, of_b]]
    undo(merger)
    assert followed() == [[of_a], [of_b]]


def test_the_file_keeps_the_institution_that_gave_the_licence():
    story = Story().filed()
    merge(story.institution, factories.InstitutionFactory())
    assert story.referral.licence_institution == story.institution


def seat(institution: Institution, mention: str = "Droit") -> Vacancy:
    programme = factories.ProgrammeFactory(institution=institution, mention=factories.MasterMentionFactory(name=mention))
    return factories.VacancyFactory(programme=programme)


def refused_her(story: Story, vacancies: list[Vacancy]) -> list[bool]:
    ground, _, assessment = assessed(story.referral, Vacancy.objects.all())
    return [bool(assessment.obstacles[Obstacle.REFUSED][ground.rows[vacancy.pk]]) for vacancy in vacancies]


def test_a_refusal_by_one_is_a_refusal_by_the_family():
    """She was refused in Droit by B. A, B and C become one, in a chain; D stays apart."""
    story = Story().admissible()
    a, b, c, d = (factories.InstitutionFactory(academy=story.academy) for _ in range(4))
    story.referral.applications.create(
        institution=b, mention=factories.MasterMentionFactory(name="Droit"), answer=Answer.EXPRESS, on=date(2026, 6, 10)
    )
    vacancies = [seat(institution) for institution in (a, c, d)]
    twin = seat(b)

    def refused() -> list[bool]:
        return refused_her(story, [*vacancies, twin])

    assert refused() == [False, False, False, True]
    first, second = merge(a, b), merge(b, c)
    assert refused() == [True, True, False, True]
    undo(second)
    assert refused() == [True, False, False, True]
    undo(first)
    assert refused() == [False, False, False, True]


def test_another_mention_of_the_family_has_not_refused_her():
    story = Story().admissible()  # refused in Archives there
    successor = factories.InstitutionFactory(academy=story.academy)
    merge(story.institution, successor)
    wanted = [seat(successor, mention) for mention in ("Archives", "Droit")]
    assert refused_her(story, wanted) == [True, False]


def told_institutions() -> list[tuple[str, str]]:
    mails = Message.objects.filter(audience=Audience.INSTITUTION).order_by("pk")
    return list(mails.values_list("template", "to"))


def test_an_offer_of_a_programme_that_moves_goes_on_and_its_mails_go_out():
    """Consulted before the merger, agreed and accepted after it; the first offer is released by the acceptance."""
    story = Story().admissible()
    former, successor = story.institution, factories.InstitutionFactory(academy=story.academy, name="Université Nouvelle")
    released, wanted = story.sent(), story.consulting()
    merger = merge(former, successor)
    assert sorted(merger.programmes) == sorted([released.vacancy.programme_id, wanted.vacancy.programme_id])
    story.agree(wanted)
    procedure.send_offer(story.id, offer_id=wanted.pk, message="", by=story.office, at=story.at)
    mail = Message.objects.filter(template="offer_waiting").latest("pk")
    assert f"– {wanted.vacancy.programme.title}, Université Nouvelle (Lyon)" in mail.text
    procedure.accept(story.id, offer_id=wanted.pk, by=story.her, at=story.at)
    contact = "masters@universite.exemple"
    assert told_institutions() == [
        ("institution_seat_taken", contact),
        ("institution_seat_freed", contact),
    ]
    texts = Message.objects.filter(template__in=["institution_seat_taken", "institution_seat_freed"])
    assert ["Université Nouvelle" in text for text in texts.values_list("text", flat=True)] == [True, True]
    assert sorted(story.referral.offers.values_list("state", flat=True)) == [OfferState.ACCEPTED, OfferState.RELEASED]
    assert breaches(at=story.at) == []


@pytest.mark.parametrize("holder", ["former", "successor"])
def test_without_a_contact_the_accounts_of_either_are_written_to(holder):
    story = Story().admissible()
    successor = factories.InstitutionFactory(academy=story.academy)
    answering = {"former": story.institution, "successor": successor}[holder]
    factories.post(Role.INSTITUTION, institution=answering, email="scolarite@universite.exemple")
    offer = story.consulting()
    Vacancy.objects.update(contact_email="")
    merge(story.institution, successor)
    procedure.retract_offer(story.id, offer_id=offer.pk, ground="Erreur.", by=story.office, at=story.at)
    assert told_institutions() == [
        ("institution_seat_freed", "scolarite@universite.exemple"),
    ]


def test_the_ledger_of_a_programme_that_moves_is_untouched():
    story = Story().admissible()
    offer = story.consulting(vacancy=story.vacancy(seats=2))
    before = list(offer.vacancy.lines.values())
    undo(merge(story.institution, factories.InstitutionFactory(academy=story.academy)))
    offer.vacancy.refresh_from_db()
    counters = (offer.vacancy.declared, offer.vacancy.held, offer.vacancy.taken, list(offer.vacancy.lines.values()))
    assert counters == (2, 1, 0, before)
