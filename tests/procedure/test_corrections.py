"""Facts corrected, a file at the wrong office, two referrals of one person: put right, and never to the student's loss."""

from datetime import date

import pytest

from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Answer, DocumentKind, LimitKind, LimitStatus, OtherLicence
from referrals.procedure import Refused
from referrals.rules.states import Action, State
from tests import factories
from tests.factories import instant
from tests.story import Story

pytestmark = pytest.mark.django_db


def refused(verb, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        verb(*args, **kwargs)
    return caught.value.code


def correct(story: Story, **facts) -> None:
    procedure.correct_facts(story.id, facts=facts, ground="Relevé relu.", by=story.office, at=story.at)


def filing_limit(story: Story):
    return story.referral.limits.filter(kind=LimitKind.FILING).latest("pk")


def test_a_later_licence_makes_a_late_referral_timely():
    """Licence on 1 June, opening on 15 June: until 30 June. Filed on 3 July, late. The licence was of 22 June: until 7 July."""
    story = Story(at=instant("2026-07-03 10:00")).filed(licence_on=date(2026, 6, 1))
    late = filing_limit(story)
    assert (late.status, late.last_day) == (LimitStatus.OVER, date(2026, 6, 30))
    correct(story, licence_on=date(2026, 6, 22))
    now = filing_limit(story)
    assert (now.status, now.start, now.last_day, now.supersedes) == (LimitStatus.MET, date(2026, 6, 22), date(2026, 7, 7), late)
    assert story.referral.events.of_case().get(kind=Action.CORRECT_FACTS).payload["moved"] == [[late.pk, now.pk]]


def test_an_earlier_licence_takes_nothing_from_her():
    story = Story(at=instant("2026-07-06 10:00")).filed(licence_on=date(2026, 6, 22))
    before = filing_limit(story)
    correct(story, licence_on=date(2026, 6, 1))
    assert (filing_limit(story), before.status) == (before, LimitStatus.MET)
    assert "moved" not in story.referral.events.of_case().get(kind=Action.CORRECT_FACTS).payload


def test_another_academy_moves_open_limits_to_its_own_midnight_where_that_is_later():
    story = Story(at=instant("2026-07-06 10:00"))
    story.offered()
    former = story.told().limit()
    correct(story, licence_academy=factories.academy("Martinique"))
    limit = story.limit()
    assert (limit.zone, limit.ends_at, limit.told_at) == ("America/Martinique", instant("2026-07-22 06:00"), former.told_at)
    correct(story, licence_academy=factories.academy("La Réunion"))
    assert story.limit() == limit  # midnight comes sooner there: the later end stays hers
    assert breaches(at=story.at) == []


def test_a_correction_notes_what_was():
    story = Story().filed()
    correct(story, birth_name="D’Exemple-Autre", ine="0123456789A")
    note = story.referral.events.of_case().get(kind=Action.CORRECT_FACTS).note
    assert note.splitlines() == [
        "Relevé relu.",
        "nom de naissance : « D’Exemple » devient « D’Exemple-Autre »",
        "INE : «  » devient « 0123456789A »",
    ]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"birth_name": "D’Exemple"}, "no_change"),
        ({"licence_on": None}, "licence_moves"),
        ({"licence_on": date(2026, 6, 21)}, "licence_in_future"),
    ],
)
def test_what_is_no_correction(facts, code):
    assert refused(correct, Story().filed(), **facts) == code


def test_a_corrected_refusal_moves_the_filing_limit():
    story = Story(at=instant("2026-07-08 10:00")).filed()
    assert filing_limit(story).last_day == date(2026, 6, 30)
    application = story.referral.applications.get()
    procedure.correct_application(
        story.id, application_id=application.pk, facts={"on": date(2026, 6, 25)}, ground="Daté du 25.", by=story.office, at=story.at
    )
    assert (filing_limit(story).last_day, filing_limit(story).status) == (date(2026, 7, 10), LimitStatus.MET)


def test_a_forgotten_application_is_added_and_a_waiting_list_starts_nothing():
    story = Story(at=instant("2026-06-20 10:00")).filed()
    before = filing_limit(story)
    facts = {"institution": story.institution, "mention": factories.MasterMentionFactory(), "answer": Answer.WAITING}
    procedure.correct_application(story.id, application_id=None, facts=facts, ground="Oubli.", by=story.office, at=story.at)
    assert (story.referral.applications.count(), filing_limit(story)) == (2, before)


def test_a_transfer_keeps_history_number_and_clock():
    story = Story().filed()
    number, filed_at, limit, events = (
        story.referral.number,
        story.referral.filed_at,
        filing_limit(story),
        story.referral.events.count(),
    )
    region = factories.academy("La Réunion").region
    procedure.transfer(story.id, region=region, ground="Licence obtenue à La Réunion.", by=story.office, at=story.at)
    referral = story.referral
    assert (referral.region, referral.assigned_to, referral.number, referral.filed_at) == (region, None, number, filed_at)
    assert (filing_limit(story), referral.events.of_case().exclude(kind__startswith="mail").count()) == (limit, events + 1)
    assert refused(procedure.declare_admissible, story.id, note="", by=story.office, at=story.at) == "not_yours"


def test_another_licence_founds_the_referral_and_the_former_stays_on_record():
    story = Story(at=instant("2026-07-06 10:00")).filed(licence_on=date(2026, 6, 1))
    other = OtherLicence.objects.create(
        referral=story.referral,
        title="Licence de lettres",
        institution=story.institution,
        academy=story.academy,
        on=date(2026, 6, 29),
    )
    former = story.referral.licence_name
    procedure.choose_licence(story.id, other_licence_id=other.pk, ground="Plus récente.", by=story.office, at=story.at)
    referral = story.referral
    assert (referral.licence_name, referral.licence_on) == ("Licence de lettres", date(2026, 6, 29))
    assert [(str(one.mention), one.on) for one in referral.other_licences.all()] == [(former, date(2026, 6, 1))]
    assert (filing_limit(story).last_day, filing_limit(story).status) == (date(2026, 7, 15), LimitStatus.MET)


def two_of_one_person(**facts) -> tuple[Story, Story]:
    """Two accounts, two referrals, one person: the second filed three days later."""
    first = Story(at=instant("2026-06-20 10:00")).filed(**facts)
    second = Story(at=instant("2026-06-23 10:00")).filed(**facts)
    return first, second


def test_merging_keeps_the_earlier_filing_and_what_both_hold():
    first, second = two_of_one_person()
    procedure.add_document(
        first.id, kind=DocumentKind.CV, upload=factories.upload("cv.pdf", factories.pdf(2)), by=first.her, at=first.at
    )
    procedure.merge(second.id, other_id=first.id, ground="Deux comptes.", by=second.office, at=second.at)
    kept, ended = second.referral, first.referral
    assert (kept.state, kept.filed_at, ended.state, ended.merged_into) == (State.FILED, first.at, State.MERGED, kept)
    assert sorted(kept.documents.given().values_list("kind", flat=True)) == ["cv", "transcript"]
    assert ended.documents.given().count() == 2
    assert breaches(at=second.at) == []


def test_a_merged_referral_can_be_taken_up_again():
    first, second = two_of_one_person()
    procedure.merge(second.id, other_id=first.id, ground="Deux comptes.", by=second.office, at=second.at)
    procedure.reopen(first.id, ground="Deux personnes, après tout.", due_on=second.due_on, by=second.office, at=second.at)
    assert (first.referral.state, first.referral.merged_into) == (State.FILED, None)


def test_two_persons_are_not_merged():
    first = Story().filed()
    second = Story().filed(birth_name="Autre")
    assert (
        refused(procedure.merge, second.id, other_id=first.id, ground="", by=second.office, at=second.at) == "not_the_same_person"
    )
    assert refused(procedure.merge, second.id, other_id=second.id, ground="", by=second.office, at=second.at) == "other_campaign"


def test_the_same_ine_is_the_same_person_after_a_marriage():
    first = Story().filed(ine="0123456789A")
    second = Story().filed(ine="0123456789A", birth_name="Autre-Nom")
    procedure.merge(second.id, other_id=first.id, ground="INE.", by=second.office, at=second.at)
    assert first.referral.state == State.MERGED


def test_a_referral_with_open_offers_does_not_vanish_into_another():
    first = Story()
    first.offered(1)
    second = Story().filed()
    assert refused(procedure.merge, second.id, other_id=first.id, ground="", by=second.office, at=second.at) == "offers_open"


def test_another_offices_referral_is_not_merged_into_mine():
    first = Story(academy="La Réunion").filed()
    second = Story().filed()
    assert refused(procedure.merge, second.id, other_id=first.id, ground="", by=second.office, at=second.at) == "not_yours"


def test_a_corrected_silence_is_dated_by_the_campaigns_rules():
    """Under rules by which two months of silence count: nobody types that day."""
    story = Story(silence_months=2).filed()
    application = story.referral.applications.get()
    facts = {"answer": Answer.IMPLIED, "applied_on": date(2026, 4, 15)}
    procedure.correct_application(
        story.id, application_id=application.pk, facts=facts, ground="Jamais répondu.", by=story.office, at=story.at
    )
    application.refresh_from_db()
    assert (application.answer, application.on) == (Answer.IMPLIED, date(2026, 6, 15))
