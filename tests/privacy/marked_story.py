"""A whole story in which everything that anybody wrote bears one mark, so that it can be looked for everywhere afterwards."""

import gzip
import zlib
from datetime import date
from pathlib import Path

import pikepdf
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection

from referrals import procedure
from referrals.models import Channel, DocumentKind, Referral, Role, SavedFilter, User
from referrals.procedure import By
from referrals.readings import record_readings
from tests import factories
from tests.documents.case_story import CaseStory
from tests.story import Story


class MarkedStory(CaseStory):
    """From the draft to an enrolment, in Lyon. mark: in every name, text, file and address of it."""

    def __init__(self, mark: str) -> None:
        Story.__init__(self)
        self.mark = mark
        self.student.email = f"{mark}@exemple.fr"
        self.student.name, self.student.phone = f"Nom {mark}", f"tel {mark}"
        self.student.save()
        EmailAddress.objects.create(user=self.student, email=self.student.email, primary=True)

    def file(self, name: str):
        """A file with the mark in its name and in its bytes."""
        pdf = pikepdf.new()
        pdf.add_blank_page()
        with pdf.open_metadata() as about:
            about["dc:title"] = self.mark
        written = ContentFile(b"", name=f"{name} {self.mark}.pdf")
        pdf.save(written)
        return factories.upload(f"{name} {self.mark}.pdf", written.file.getvalue())

    def told(self) -> "MarkedStory":  # type: ignore[override]
        mark = self.mark
        self.draft(
            first_names=f"Zoé {mark}", birth_name=f"D’{mark}", usage_name=f"U {mark}", diploma_name=f"V {mark}", ine=mark[:10],
            licence_site=f"Ville {mark}", project=f"Devenir archiviste, {mark}.", late_reason=f"Retard {mark}.", mobility_km=37,
        )  # fmt: skip
        procedure.request_health(self.id, words=f"Suivie à l’hôpital {mark}.", by=self.her, at=self.at)
        procedure.add_health_document(self.id, upload=self.file("certificat"), by=self.her, at=self.at)
        procedure.add_document(self.id, kind=DocumentKind.CV, upload=self.file("cv"), by=self.her, at=self.at)
        procedure.file(self.id, by=self.her, at=self.at)
        procedure.set_adviser_consent(self.id, consent=True, documents=True, offers=True, by=self.her, at=self.at)
        procedure.give_mandate(self.id, name=f"Mère {mark}", by=self.her, at=self.at)
        procedure.write_to_office(self.id, text=f"Question {mark} ?", uploads=[self.file("joint")], by=self.her, at=self.at)
        self.later(hours=2).mails_leave()
        procedure.write_to_student(self.id, text=f"Réponse {mark}.", by=self.office, at=self.at)
        procedure.write_note(self.id, text=f"Note {mark}.", by=self.office, at=self.at)
        procedure.record_contact(self.id, channel=Channel.MAIL, note=f"Appel {mark}.", by=self.office, at=self.at)
        procedure.send_letter(self.id, subject=f"Objet {mark}", text=f"Courrier {mark}.", by=self.office, at=self.at)
        procedure.request_documents(self.id, wanted=f"Relevé {mark}.", days=10, by=self.office, at=self.at)
        self.later(hours=1).mails_leave()
        extended = {"ground": f"Hospitalisation {mark}.", "source": "Article d’exemple"}
        procedure.extend(self.id, days=5, **extended, by=self.office, at=self.at)
        procedure.add_document(self.id, kind=DocumentKind.OTHER, upload=self.file("autre"), by=self.her, at=self.at)
        procedure.supply_documents(self.id, by=self.her, at=self.at)
        procedure.declare_admissible(self.id, note=f"Recevable {mark}.", by=self.office, at=self.at)
        self.health_opinion()
        self.later(days=1)
        refused = self.consulting()
        procedure.record_condition(self.id, offer_id=refused.pk, condition=f"Entretien {mark}.", by=self.office, at=self.at)
        procedure.record_refusal(self.id, offer_id=refused.pk, reason=f"Complet {mark}.", by=self.office, at=self.at)
        offers = []
        for _ in range(3):
            offer = self.agree(self.consulting())
            procedure.send_offer(self.id, offer_id=offer.pk, message=f"Mot {mark}.", by=self.office, at=self.at)
            offers.append(offer)
        self.later(hours=1).mails_leave()
        procedure.decline(self.id, offer_id=offers[0].pk, reason=f"Trop loin {mark}.", by=self.her, at=self.at)
        procedure.accept(self.id, offer_id=offers[1].pk, by=self.her, at=self.at)
        procedure.record_enrolment(self.id, offer_id=offers[1].pk, on=self.at.date(), by=self.office, at=self.at)
        self.later(hours=1).mails_leave()
        self.read()
        self.elsewhere()
        return self

    def health_opinion(self) -> None:
        medical = By.medical(factories.post(Role.MEDICAL, region=self.academy.region, name="Maxime Médecin"))
        document = self.referral.documents.get(kind=DocumentKind.HEALTH)
        procedure.record_health_reading(self.id, document_id=document.pk, by=medical, at=self.at)
        procedure.give_opinion(self.id, favourable=True, needs=f"À moins de 30 km, {self.mark}.", by=medical, at=self.at)

    def read(self) -> None:
        record_readings(list(self.referral.documents.with_the_file()), user=self.caseworker, at=self.at)

    def elsewhere(self) -> None:
        """What names her out of her file: the log of acts, and a search that somebody keeps."""
        LogEntry.objects.create(
            user=self.caseworker, content_type=ContentType.objects.get_for_model(Referral), object_id=str(self.id),
            object_repr=f"{self.mark}", action_flag=CHANGE, change_message=f"Vu {self.mark}",
        )  # fmt: skip
        LogEntry.objects.create(
            user=self.caseworker, content_type=ContentType.objects.get_for_model(User), object_id=str(self.student.pk),
            object_repr=self.student.email, action_flag=CHANGE, change_message=f"Gelé {self.mark}",
        )  # fmt: skip
        SavedFilter.objects.create(user=self.caseworker, name="À revoir", query=f"q=D’{self.mark}")


def found(mark: str) -> list[str]:
    """Return where ``mark`` stands: every column of every row of every table, and every byte and name of what is stored."""
    return sorted(_in_tables(mark)) + sorted(_in_files(mark))


def _in_tables(mark: str):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS rows WHERE rows::text ILIKE %s', [f"%{mark}%"])
            if cursor.fetchone()[0]:
                yield table


def _in_files(mark: str):
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file() and (mark in path.name or _holds(path.read_bytes(), mark.encode())):
            yield f"file {path.parent.name}"


def _holds(content: bytes, mark: bytes) -> bool:
    """As it is, packed, or within the streams of a PDF."""
    if mark in content:
        return True
    if content.startswith(b"\x1f\x8b"):
        return mark in gzip.decompress(content)
    for piece in content.split(b"stream\n")[1:]:
        try:
            if mark in zlib.decompressobj().decompress(piece):
                return True
        except zlib.error:
            continue
    return False


LONG_AFTER = factories.instant("2028-11-02 01:30")
"""Every period of the campaign of 2026 is over."""
ENDED_ON = date(2026, 10, 31)
