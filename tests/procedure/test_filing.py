"""Filing: what it needs, what it gives, and that nothing the administration does later touches its date."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from referrals import procedure
from referrals.models import Document, DocumentKind, Limit, LimitKind, LimitStatus, Referral
from referrals.procedure import By, Refused
from referrals.procedure.limits import close_filing_limits
from referrals.rules.eligibility import reasons
from referrals.rules.states import State
from tests import factories
from tests.factories import instant
from tests.story import FILED_AT, Story, in_state

pytestmark = pytest.mark.django_db


def test_filing_gives_number_region_receipt_and_meets_its_limit():
    story = Story(academy="La Réunion").filed()
    referral = story.referral
    assert referral.number.startswith("2026-")
    assert (referral.state, referral.region.name, referral.filed_at) == (State.FILED, "La Réunion", FILED_AT)
    receipt = referral.documents.get(kind=DocumentKind.RECEIPT)
    assert (receipt.name, receipt.content["number"], receipt.content["at"]) == (
        f"accuse-de-reception-{referral.number}.pdf",
        referral.number,
        "2026-06-20T12:00:00+04:00",
    )
    assert [document["name"] for document in receipt.content["documents"]] == ["releve.pdf"]
    assert receipt.content["silence_until"] == "2026-08-20"
    assert Limit.objects.get(referral=referral).status == LimitStatus.MET


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("first_names", "vos prénoms"),
        ("birth_name", "votre nom de naissance"),
        ("birth_date", "votre date de naissance"),
        ("licence_mention", "la mention de votre licence"),
        ("licence_institution", "l’établissement de votre licence"),
        ("licence_academy", "l’académie où vous avez préparé votre licence"),
        ("licence_on", "la date d’obtention de votre licence, ou celle à laquelle vous l’attendez"),
    ],
)
def test_filing_names_what_is_missing(column, words):
    story = Story().draft(**{column: "" if column.endswith(("name", "names")) else None})
    with pytest.raises(Refused) as refused:
        procedure.file(story.id, by=story.her, at=story.at)
    assert (refused.value.code, refused.value.sentence) == ("missing", f"Il manque : {words}.")


def test_filing_without_a_transcript_is_refused_by_the_verb():
    story = Story().draft()
    procedure.remove_document(story.id, document_id=story.referral.transcript_id, by=story.her, at=story.at)
    with pytest.raises(Refused) as refused:
        procedure.file(story.id, by=story.her, at=story.at)
    assert refused.value.sentence == "Il manque : votre relevé de notes de licence."


def test_filing_without_a_transcript_is_refused_by_the_database():
    story = Story().filed()
    with pytest.raises(IntegrityError, match="referral_filed_with_transcript"), transaction.atomic():
        Referral.objects.filter(pk=story.id).update(transcript=None)


def test_a_provisional_transcript_serves_while_the_licence_is_expected():
    story = Story().filed(expected=True)
    assert (story.referral.state, story.referral.filed_at) == (State.AWAITING_LICENCE, FILED_AT)
    proved_at = instant("2026-07-20 10:00")
    procedure.prove_licence(
        story.id, licence_on=date(2026, 7, 10), upload=factories.upload("definitif.pdf"), by=story.her, at=proved_at
    )
    referral = story.referral
    assert (referral.state, referral.filed_at, referral.transcript.kind) == (State.FILED, FILED_AT, DocumentKind.TRANSCRIPT)


def test_a_licence_in_the_future_proves_nothing():
    story = Story().filed(expected=True)
    with pytest.raises(Refused) as refused:
        procedure.prove_licence(story.id, licence_on=date(2026, 7, 10), upload=factories.upload(), by=story.her, at=FILED_AT)
    assert refused.value.code == "licence_in_future"
    assert story.referral.documents.given().count() == 1


def test_nothing_can_be_filed_before_the_platform_opens():
    story = Story(at=instant("2026-06-14 23:59")).draft()
    with pytest.raises(Refused) as refused:
        procedure.file(story.id, by=story.her, at=story.at)
    assert refused.value.sentence == "La plateforme ouvre le 15/06/2026."
    procedure.file(story.id, by=story.her, at=instant("2026-06-15 00:00"))
    assert story.referral.state == State.FILED


def test_the_filing_limit_follows_the_facts_of_the_draft():
    story = Story(silence="refused", silence_months=4).draft()  # licence on 12 June, refusal on 10 June, opening on 15 June
    assert (story.limit(LimitKind.FILING).start, story.limit(LimitKind.FILING).last_day) == (date(2026, 6, 15), date(2026, 6, 30))
    facts = {
        "institution": story.institution,
        "mention": factories.MasterMentionFactory(),
        "answer": "implied",
        "applied_on": date(2026, 3, 1),
    }
    application = procedure.save_application(story.id, facts=facts, by=story.her, at=story.at)
    assert story.limit(LimitKind.FILING).start == date(2026, 6, 15)  # the silence refuses on 1 July, and today is 20 June
    close_filing_limits(at=instant("2026-06-30 23:59"))
    assert story.limit(LimitKind.FILING).start == date(2026, 6, 15)
    close_filing_limits(at=instant("2026-07-01 00:01"))
    assert (story.limit(LimitKind.FILING).start, story.limit(LimitKind.FILING).last_day) == (date(2026, 7, 1), date(2026, 7, 16))
    procedure.remove_application(story.id, application_id=application.pk, by=story.her, at=story.at)
    assert story.limit(LimitKind.FILING).start == date(2026, 6, 15)
    procedure.save_draft(story.id, facts={"licence_on": None, "licence_expected_on": date(2026, 7, 10)}, by=story.her, at=story.at)
    assert story.limit(LimitKind.FILING) is None


def test_a_silence_that_becomes_a_refusal_after_the_limit_starts_it_anew():
    story = Story(silence="refused", silence_months=4).draft()
    close_filing_limits(at=instant("2026-07-01 00:00"))
    facts = {"institution": story.institution, "mention": factories.MasterMentionFactory(), "answer": "implied"}
    procedure.save_application(story.id, facts=facts | {"applied_on": date(2026, 3, 20)}, by=story.her, at=story.at)
    assert story.limit(LimitKind.FILING) is None  # it is over
    close_filing_limits(at=instant("2026-07-20 00:00"))
    assert (story.limit(LimitKind.FILING).start, story.limit(LimitKind.FILING).last_day) == (date(2026, 7, 20), date(2026, 8, 4))


@pytest.mark.parametrize(("silence", "start"), [("accepted", date(2026, 6, 15)), ("refused", date(2026, 6, 18))])
def test_a_silence_starts_the_filing_limit_only_where_it_refuses(silence, start):
    story = Story(silence=silence, silence_months=4).draft()
    facts = {"institution": story.institution, "mention": factories.MasterMentionFactory(), "answer": "implied"}
    procedure.save_application(story.id, facts=facts | {"applied_on": date(2026, 2, 18)}, by=story.her, at=story.at)
    assert story.limit(LimitKind.FILING).start == start


@pytest.mark.parametrize("answer", ["waiting", "contract", "admitted"])
def test_what_is_no_refusal_starts_no_limit(answer):
    story = Story().draft()
    facts = {"institution": story.institution, "mention": factories.MasterMentionFactory(), "answer": answer}
    procedure.save_application(story.id, facts=facts | {"on": date(2026, 6, 18)}, by=story.her, at=story.at)
    assert story.limit(LimitKind.FILING).start == date(2026, 6, 15)


def test_a_late_filing_is_accepted_and_marked():
    story = Story().draft()
    end = story.limit(LimitKind.FILING).ends_at
    procedure.file(story.id, by=story.her, at=end)
    referral = story.referral
    assert (referral.state, Limit.objects.get(referral=referral).status) == (State.FILED, LimitStatus.OVER)
    assert [reason.code for reason in reasons(procedure.facts_of(referral, at=end), referral.rules.stated)] == ["late"]


def test_filing_in_the_last_second_is_in_time():
    story = Story().draft()
    procedure.file(story.id, by=story.her, at=instant("2026-06-30 23:59"))
    assert reasons(procedure.facts_of(story.referral, at=story.at), story.referral.rules.stated) == ()


def test_a_second_click_files_once():
    story = Story().filed()
    procedure.file(story.id, by=story.her, at=story.at)
    assert story.referral.documents.filter(kind=DocumentKind.RECEIPT).count() == 1
    assert story.referral.events.filter(kind="file").count() == 1


def test_nobody_files_for_somebody_else():
    story = Story().draft()
    with pytest.raises(Refused) as refused:
        procedure.file(story.id, by=By.student(factories.UserFactory()), at=story.at)
    assert (refused.value.code, story.referral.state) == ("not_yours", State.DRAFT)


def test_a_filed_referral_is_no_draft_any_more():
    story = Story().filed()
    with pytest.raises(Refused) as refused:
        procedure.save_draft(story.id, facts={"birth_name": "Autre"}, by=story.her, at=story.at)
    assert refused.value.code == "wrong_state"


def test_one_live_referral_for_a_student_and_campaign():
    story = Story().draft()
    assert procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at).pk == story.id
    procedure.file(story.id, by=story.her, at=story.at)
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)
    assert procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at).pk != story.id


def test_a_new_transcript_replaces_the_one_of_the_draft():
    story = Story().draft()
    former = story.referral.transcript
    newer = procedure.add_document(
        story.id, kind=DocumentKind.TRANSCRIPT, upload=factories.upload("complet.pdf"), by=story.her, at=story.at
    )
    former.refresh_from_db()
    assert (story.referral.transcript, former.replaced_at) == (newer, story.at)


def test_requested_documents_are_asked_with_a_date_and_supplied():
    story = in_state(State.INCOMPLETE)
    limit = story.limit(LimitKind.SUPPLY)
    assert (limit.start, limit.last_day) == (date(2026, 6, 20), date(2026, 6, 30))
    with pytest.raises(Refused) as refused:
        procedure.supply_documents(story.id, by=story.her, at=story.later(hours=1).at)
    assert refused.value.code == "nothing_added"
    procedure.add_document(story.id, kind=DocumentKind.OTHER, upload=factories.upload(), by=story.her, at=story.at)
    procedure.supply_documents(story.id, by=story.her, at=story.at)
    limit.refresh_from_db()
    assert (story.referral.state, limit.status, story.referral.filed_at) == (State.FILED, LimitStatus.MET, FILED_AT)


def test_withdrawing_frees_seats_and_cancels_limits():
    story = Story()
    story.offered()
    procedure.withdraw(story.id, reason="J’ai trouvé une place.", by=story.her, at=story.at)
    assert story.referral.state == State.WITHDRAWN
    assert [offer.vacancy.free for offer in story.referral.offers.select_related("vacancy")] == [1, 1, 1]
    assert not story.referral.limits.live().exists()


def test_a_file_is_written_under_a_random_name_with_its_hash(settings):
    story = Story().draft()
    document = Document.objects.get()
    assert document.file.name.startswith("recus/")
    assert document.name not in document.file.name
    assert (settings.MEDIA_ROOT / document.file.name).stat().st_size == document.size
    assert len(document.sha256) == 64
    assert story.referral.transcript == document
