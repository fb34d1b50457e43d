"""Who looked at her documents: kept wherever somebody else reads one, told by service and role, and nobody is ever named."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from referrals import procedure
from referrals.models import Document, DocumentKind, DocumentReading, Post, Role, User
from referrals.privacy.exporting import rows_of
from referrals.readings import READERS, SOMEWHERE, readings_of, record_readings
from referrals.student.readings import ROLES
from tests import factories
from tests.procedure.test_health import ask, doctor_of, give
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import text_of

pytestmark = pytest.mark.django_db


def opens(user: User, address: str) -> int:
    response = factories.signed_in(user).get(address)
    b"".join(response)
    return response.status_code


def page_of(document: Document, number: int = 1) -> str:
    return reverse("admin:referrals_referral_page", args=[document.referral_id, document.key, number])


def kept() -> list[tuple]:
    readings = DocumentReading.objects.order_by("pk")
    return [(one.document.kind, one.on, one.role, one.service) for one in readings]


def told(story: Story) -> str:
    return text_of(Browser(story.student, story.referral).get("readings"))


def test_her_own_readings_are_nobodys_business(story):
    document = story.filed().referral.transcript
    assert opens(story.student, document_address(document)) == 200
    assert kept() == []
    assert "Personne n’a encore ouvert vos documents." in told(story)


def document_address(document: Document) -> str:
    return reverse("document", args=[document.key])


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.HEAD, Role.ADMINISTRATOR])
@pytest.mark.parametrize("address", [document_address, page_of])
def test_the_office_is_told_by_its_region_and_the_readers_role(story, role, address):
    document = story.filed().referral.transcript
    assert opens(factories.post(role, region=story.academy.region), address(document)) == 200
    service = f"Rectorat de la région académique {story.academy.region}"
    assert kept() == [("transcript", date(2026, 6, 20), role, service)]
    assert f"samedi 20 juin 2026 : {service} ({ROLES[role]})" in told(story)


def test_an_institution_that_is_asked_is_told_by_its_name_and_one_that_is_not_reads_nothing(story):
    story.admissible()
    story.consulting()
    clerk = factories.post(Role.INSTITUTION, institution=story.institution)
    elsewhere = factories.post(Role.INSTITUTION, institution=factories.InstitutionFactory(academy=story.academy))
    document = story.referral.transcript
    assert [opens(reader, document_address(document)) for reader in (clerk, elsewhere)] == [200, 404]
    assert kept() == [("transcript", date(2026, 6, 20), Role.INSTITUTION, str(story.institution))]


def test_she_is_not_told_which_institution_is_asked_before_an_offer_of_it_is_sent(story):
    """Nor is she in what she takes away of all that is held of her."""
    story.admissible()
    offer = story.consulting()
    opens(factories.post(Role.INSTITUTION, institution=story.institution), document_address(story.referral.transcript))
    name = str(story.institution)
    said = f"samedi 20 juin 2026 : {SOMEWHERE} ({ROLES[Role.INSTITUTION]})"
    assert (said in told(story), [one.service for one in readings_of(story.referral)]) == (True, [SOMEWHERE])
    assert [row["service"] for row in rows_of(story.student)["referrals.DocumentReading"]] == [SOMEWHERE]
    story.agree(offer)
    assert [one.service for one in readings_of(story.referral)] == [SOMEWHERE]
    procedure.send_offer(story.id, offer_id=offer.pk, message="", by=story.office, at=story.at)
    assert [one.service for one in readings_of(story.referral)] == [name]
    assert f"samedi 20 juin 2026 : {name}" in told(story)
    assert [row["service"] for row in rows_of(story.student)["referrals.DocumentReading"]] == [name]


def test_her_adviser_is_told_once_she_shows_her_documents(story):
    story.filed()
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    document = story.referral.transcript
    assert opens(adviser, document_address(document)) == 404
    procedure.set_adviser_consent(story.id, consent=True, documents=True, by=story.her, at=story.at)
    assert opens(adviser, document_address(document)) == 200
    assert kept() == [("transcript", date(2026, 6, 20), Role.ADVISER, f"SCUIO-BAIP, {story.institution}")]


def test_somebody_with_two_posts_is_told_by_the_one_that_opens_the_document(story):
    story.filed()
    procedure.set_adviser_consent(story.id, consent=True, documents=True, by=story.her, at=story.at)
    both = factories.post(Role.ADVISER, institution=story.institution)
    elsewhere = Post.objects.create(user=both, role=Role.CASEWORKER, since=date(2018, 1, 1))
    elsewhere.regions.add(factories.academy("La Réunion").region)
    assert opens(both, document_address(story.referral.transcript)) == 200
    assert [role for _, _, role, _ in kept()] == [Role.ADVISER]


def test_once_a_day_is_once_and_two_colleagues_are_told_as_one(story, the_day):
    document = story.filed().referral.transcript
    for _ in range(3):
        opens(story.caseworker, page_of(document))
    colleague = factories.post(Role.CASEWORKER, region=story.academy.region)
    opens(colleague, document_address(document))
    assert DocumentReading.objects.count() == 2
    assert told(story).count("samedi 20 juin 2026 :") == 1
    the_day.shift(24 * 3600)
    opens(story.caseworker, page_of(document))
    page = told(story)
    assert page.index("dimanche 21 juin 2026 :") < page.index("samedi 20 juin 2026 :")


def test_the_day_is_that_of_the_academie_of_her_licence(the_day):
    story = Story(academy="La Réunion").filed()
    the_day.move_to(factories.instant("2026-06-20 23:30 Europe/Paris"))
    opens(story.caseworker, document_address(story.referral.transcript))
    assert [on for _, on, *_ in kept()] == [date(2026, 6, 21)]


def test_a_page_that_is_looked_at_again_another_day_is_another_reading(story, the_day):
    document = story.filed().referral.transcript
    assert opens(story.caseworker, page_of(document)) == 200
    the_day.shift(24 * 3600)
    assert opens(story.caseworker, page_of(document)) == 200
    assert [on for _, on, *_ in kept()] == [date(2026, 6, 20), date(2026, 6, 21)]


@pytest.mark.parametrize(("form", "read"), [("zip", ["transcript"]), ("pdf", [])])
def test_who_takes_the_documents_out_with_the_whole_file_has_read_them(story, form, read):
    story.filed()
    address = reverse("admin:referrals_referral_export_file", args=[story.id, "internal", form])
    assert opens(story.caseworker, address) == 200
    assert [kind for kind, *_ in kept()] == read


def test_what_the_office_wrote_itself_is_not_told(story):
    receipt = story.filed().referral.documents.get(kind=DocumentKind.RECEIPT)
    assert opens(story.caseworker, document_address(receipt)) == 200
    assert kept() == []


def test_what_is_confidential_stays_on_its_own_strand(story):
    story.draft()
    doctor = doctor_of(story)
    ask(story)
    give(story)
    procedure.file(story.id, by=story.her, at=story.at)
    document = story.referral.documents.confidential().get()
    assert opens(doctor, document_address(document)) == 200
    assert kept() == []
    assert story.referral.events.of_health().filter(kind="health_reading").count() == 1
    assert document.name not in told(story)


def test_a_reading_names_nobody(story):
    document = story.filed().referral.transcript
    opens(story.caseworker, document_address(document))
    page = Browser(story.student, story.referral).get("readings").content.decode()
    assert [words for words in (story.caseworker.name, story.caseworker.email) if words in page] == []
    assert {field.name for field in DocumentReading._meta.fields} == {"id", "document", "on", "role", "service", "user_id_then"}


def test_the_page_is_hers_alone(story, other):
    story.filed()
    assert Browser(other, story.referral).get("readings").status_code == 404
    assert Browser(story.caseworker, story.referral).get("readings").status_code == 404


def test_every_reader_of_the_table_has_words_and_a_way_in(story):
    assert {role for reader in READERS for role in reader.roles} == set(ROLES)
    assert {reader.way for reader in READERS} | {Role.MEDICAL} == set(Document.objects.ways_in(story.caseworker))


@pytest.mark.parametrize("statement", ["UPDATE referrals_documentreading SET role = ''", "DELETE FROM referrals_documentreading"])
def test_readings_are_append_only(story, statement):
    opens(story.caseworker, document_address(story.filed().referral.transcript))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_reading_waits_for_nobody_who_works_on_the_referral():
    """Somebody holds the referral's row, as every verb does; the reading is kept meanwhile."""
    story = Story().filed()
    document = Document.objects.select_related("referral__region", "referral__licence_academy").get(pk=story.referral.transcript_id)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM referrals_referral WHERE id = %s FOR NO KEY UPDATE", [story.id])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        record_readings([document], user=story.caseworker, at=story.at)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    finally:
        other.rollback()
        other.close()
    assert DocumentReading.objects.count() == 1
