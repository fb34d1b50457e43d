"""Who may see what as a case moves on; how far each role reaches at all is held against the table in `tests.rights`."""

import pytest
from django.contrib.auth.models import AnonymousUser

from referrals import procedure
from referrals.models import Document, DocumentKind, Referral, Role
from referrals.models.referral import FILED
from referrals.rules.states import FILED_ONCE, State
from tests import factories
from tests.story import Story, in_state

pytestmark = pytest.mark.django_db


def sees(user) -> bool:
    return Referral.objects.visible_to(user).exists()


def test_a_stranger_sees_nothing():
    in_state(State.FILED)
    assert not sees(AnonymousUser())


def test_a_student_sees_her_own_and_her_documents():
    story = in_state(State.FILED)
    assert sees(story.student)
    assert Document.objects.visible_to(story.student).count() == 2


def test_what_she_took_back_before_filing_is_nobodys_to_read():
    story = Story().draft()
    mistake = procedure.add_document(
        story.id, kind=DocumentKind.OTHER, upload=factories.upload("medical.pdf"), by=story.her, at=story.at
    )
    procedure.remove_document(story.id, document_id=mistake.pk, by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.later(minutes=1).at)
    assert mistake not in Document.objects.visible_to(story.caseworker)
    assert mistake not in story.referral.documents.with_the_file()


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HEAD])
def test_an_office_sees_its_region_once_filed(role):
    story = Story().draft()
    here = factories.post(role, region=story.academy.region)
    there = factories.post(role, region=factories.academy("La Réunion").region)
    assert [sees(here), sees(there)] == [False, False]
    procedure.file(story.id, by=story.her, at=story.at)
    assert [sees(here), sees(there)] == [True, False]
    assert [Document.objects.visible_to(user).count() for user in (here, there)] == [2, 0]


def test_an_adviser_sees_filed_referrals_of_her_institution_with_consent_and_no_document():
    story = in_state(State.FILED)
    hers = factories.post(Role.ADVISER, institution=story.institution)
    other = factories.post(Role.ADVISER, institution=factories.InstitutionFactory())
    assert [sees(hers), sees(other)] == [False, False]
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    assert [sees(hers), sees(other)] == [True, False]
    assert not Document.objects.visible_to(hers).exists()
    procedure.set_adviser_consent(story.id, consent=False, by=story.her, at=story.at)
    assert not sees(hers)


def test_an_adviser_of_the_successor_sees_the_students_of_the_merged_institution():
    story = in_state(State.FILED)
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    successor = factories.InstitutionFactory()
    adviser = factories.post(Role.ADVISER, institution=successor)
    assert not sees(adviser)
    story.institution.successor = successor
    story.institution.save()
    assert sees(adviser)


def test_an_institution_sees_no_referral_and_the_marks_of_who_it_is_asked_about():
    story = in_state(State.ADMISSIBLE)
    hers = factories.post(Role.INSTITUTION, institution=story.institution)
    other = factories.post(Role.INSTITUTION, institution=factories.InstitutionFactory())
    assert not Document.objects.visible_to(hers).exists()
    offer = story.consulting()
    kinds = [list(Document.objects.visible_to(user).values_list("kind", flat=True)) for user in (hers, other)]
    assert kinds == [[DocumentKind.TRANSCRIPT], []]
    assert [sees(hers), sees(other)] == [False, False]
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)
    assert not Document.objects.visible_to(hers).exists()


def test_a_post_of_one_kind_does_not_open_another():
    """A caseworker of one region who advises elsewhere sees no document there."""
    story = in_state(State.FILED)
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    both = factories.post(Role.CASEWORKER, region=factories.academy("La Réunion").region)
    both.posts.create(role=Role.ADVISER, institution=story.institution, since="2018-01-01")
    assert sees(both)
    assert not Document.objects.visible_to(both).exists()
    assert both.scope.institutions == frozenset()  # nor may she touch its vacancies in the office


def test_what_was_filed_is_all_but_drafts():
    for state in State:
        in_state(state)
    assert set(Referral.objects.filter(FILED).values_list("state", flat=True)) == FILED_ONCE
