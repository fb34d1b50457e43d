"""Two regions, alike in everything, each with its people and what they have written: who lives in one is nobody to the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from types import TracebackType
from typing import Any, NamedTuple
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import ADDITION, LogEntry
from django.core.files.base import ContentFile
from django.db import connection, models, transaction

from notifications.models import Message
from referrals import answer_links, procedure
from referrals.accounts.invitations import digest_of
from referrals.models import (
    Absence,
    AssignmentRule,
    CommissionCase,
    CommissionSession,
    Document,
    DocumentReading,
    Draft,
    Extension,
    HealthRequest,
    Invitation,
    LegalHold,
    MatchingRun,
    Offer,
    Post,
    Publication,
    Referral,
    Role,
    SavedFilter,
    StandardText,
    StandingAgreement,
    TextKind,
    User,
)
from referrals.readings import record_readings
from tests import factories
from tests.factories import instant
from tests.story import Story
from vacancies.imports import acts
from vacancies.models import Campaign, Compatibility, Import, ImportKind, Institution, Line, Merger, Programme, Vacancy

NOW = instant("2026-06-24 10:00")
NAMES = {"Lyon": "Zwingelstein", "Strasbourg": "Quattrocchi"}
"""Of the students whose cases are told: words that stand nowhere else."""
NO_FIGURES = {"seuil": 10, "categories": [], "ensemble": {"deposees": 0, "issues": []}, "delais": [], "tableaux": []}


class Side:
    """One region: a student with a long case, one with a draft, one who opens hers to nobody; its university, its office."""

    def __init__(self, academy: str) -> None:
        self.story = story = Story(academy=academy)
        self.seats = [story.vacancy() for _ in range(5)]
        self.drafting, self.silent = self._another(), self._another()
        self.name = NAMES[academy]
        self.ine, self.phone = f"98765432{len(academy)}Z", f"06 98 76 54 {len(academy):02}"
        self.secret, self.calendar_key = f"secret-{academy}", f"cle-{academy}"
        self._file()
        self._beside()
        self.rows: dict[type, Any] = self._rows()

    def _another(self) -> Story:
        other = Story(academy=self.story.academy.name)
        other.institution = self.story.institution
        return other

    def _file(self) -> None:
        """Her case, as far as one can look for seats: asked, agreed, sent; with a request to the medical adviser."""
        story = self.story
        student = story.student
        student.phone, student.calendar_key = self.phone, self.calendar_key
        student.save()
        story.draft(birth_name=self.name, first_names="Quitterie", ine=self.ine)
        procedure.request_health(story.id, words="Confidentiel.", by=story.her, at=story.at)
        self.confidential = procedure.add_health_document(story.id, upload=factories.upload(), by=story.her, at=story.at)
        procedure.file(story.id, by=story.her, at=story.at)
        procedure.set_adviser_consent(story.id, consent=True, documents=True, by=story.her, at=story.at)
        story.followed()
        procedure.write_to_office(story.id, text="Bonjour.", uploads=(), by=story.her, at=story.at)
        procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
        here = {"campaign": story.campaign, "region": story.academy.region}
        self.run = procedure.order_run(**here, by=story.office, at=story.at)
        procedure.execute_run(self.run.pk, at=story.at)
        self.sent = story.sent(vacancy=self.seats[0], reason="Des places s’y sont libérées.")
        self.agreed = story.agree(story.consulting(vacancy=self.seats[1]))
        self.asked = story.consulting(vacancy=self.seats[2])

    def _beside(self) -> None:
        """A draft that its student opens to her university, and a case that she opens to nobody."""
        draft = self.drafting
        draft.draft(birth_name=f"{self.name}-Brouillon", shares_draft=True)
        licence = {"institution": draft.institution, "academy": draft.academy, "title": "Autre licence", "on": date(2025, 6, 1)}
        self.other_licence = draft.referral.other_licences.create(**licence)
        self.silent.filed(birth_name=f"{self.name}-Silence")
        self.invited = self._invited()

    def _invited(self) -> User:
        """Somebody of the office who has not answered her invitation, and has a second factor that may be reset."""
        region, until = self.story.academy.region, self.story.at + timedelta(days=7)
        invited = factories.post(Role.CASEWORKER, region=region, name="Inès Invitée")
        invited.set_unusable_password()
        invited.save()
        Invitation.objects.create(user=invited, digest=digest_of(self.secret), sent_at=self.story.at, expires_at=until)
        Authenticator.objects.create(user=invited, type=Authenticator.Type.TOTP, data={"secret": "secret"})
        return invited

    def _rows(self) -> dict[type, Any]:
        story, region = self.story, self.story.academy.region
        here = {"campaign": story.campaign, "region": region}
        document = story.referral.transcript
        record_readings([document], user=story.caseworker, at=story.at)
        session = CommissionSession.objects.create(
            **here, held_at=story.at, place="Rectorat", members="Nom", by_name="Nom", created_at=story.at
        )
        self.case = CommissionCase.objects.create(session=session, referral=story.referral, rank=1)
        return {
            Referral: story.referral,
            Document: document,
            DocumentReading: DocumentReading.objects.get(document=document),
            Offer: self.asked,
            HealthRequest: HealthRequest.objects.get(referral=story.id),
            User: story.student,
            Post: story.caseworker.posts.get(),
            Message: Message.objects.of_case().filter(referral=story.id)[0],
            Extension: self._extension(),
            CommissionSession: session,
            MatchingRun: self.run,
            Draft: self.run.drafts.all()[0],
            StandingAgreement: self._agreement(),
            Absence: Absence.objects.create(user=story.caseworker, since=date(2026, 6, 26), until=date(2026, 6, 30)),
            AssignmentRule: AssignmentRule.objects.create(region=region, caseworker=story.caseworker),
            StandardText: StandardText.objects.create(region=region, kind=TextKind.MESSAGE, title="Texte", text="Texte."),
            LegalHold: LegalHold.objects.create(
                referral=story.referral, ground="Recours.", until=date(2027, 6, 30), by_name="Nom", set_at=story.at
            ),
            SavedFilter: SavedFilter.objects.create(user=story.caseworker, name="Les miens", query="suivi=moi"),
            Import: self._import(),
            Institution: story.institution,
            Programme: self.seats[0].programme,
            Vacancy: self.seats[0],
            Line: Line.objects.filter(vacancy=self.seats[0])[0],
        }

    def _extension(self) -> Extension:
        story = self.story
        words = {"kind": "", "days": 3, "expired_since": None, "ground": "Grève.", "source": "Arrêté."}
        return procedure.order_extension(campaign=story.campaign, referral=story.referral, **words, by=story.signing, at=story.at)

    def _agreement(self) -> StandingAgreement:
        signed = {"agreed_by": "Nom", "agreed_as": "présidence", "agreed_on": date(2026, 6, 20), "by_name": "Nom"}
        return StandingAgreement.objects.create(
            vacancy=self.seats[3], seats=1, until=date(2026, 10, 1), created_at=self.story.at, **signed
        )

    def _import(self) -> Import:
        file = ContentFile(f"ifc;places\n{self.name};3\n".encode(), name="places.csv")
        about = {"campaign": self.story.campaign, "institution": self.story.institution}
        return acts.submit(kind=ImportKind.DECLARATION, file=file, by="Nom", at=self.story.at, **about)

    @property
    def standing(self) -> StandingAgreement:
        found: StandingAgreement = self.rows[StandingAgreement]
        return found

    @property
    def import_key(self) -> UUID:
        return self.rows[Import].key

    @property
    def code(self) -> str:
        """By which anybody verifies her receipt."""
        found: str = Document.objects.letters().filter(referral=self.story.id).values_list("code", flat=True)[0]
        return found

    @property
    def link(self) -> str:
        """The token that answers for the institution that is asked."""
        address = answer_links.sign(answer_links.bare(self.asked), to="masters@universite.exemple")
        return address.rstrip("/").rsplit("/", 1)[1]

    def people(self) -> dict[str, User]:
        """Everybody who has something to do with what is here."""
        story, region, university = self.story, self.story.academy.region, self.story.institution
        return {
            "student": story.student,
            "drafter": self.drafting.student,
            "silent": self.silent.student,
            "adviser": factories.post(Role.ADVISER, institution=university, name="Adèle Conseil"),
            "institution": factories.post(Role.INSTITUTION, institution=university, name="Alix Université"),
            "caseworker": story.caseworker,
            "head": story.signer,
            "medical": factories.post(Role.MEDICAL, region=region, name="Mona Médecin"),
        }


def everybody(here: Side, elsewhere: Side) -> dict[str, User | None]:
    """Return who knocks at every door, by what each is to ``here``."""
    region = here.story.academy.region
    nadia = factories.post(Role.ADMINISTRATOR, name="Nadia Nationale")
    _of_the_nation(here.story.campaign, by=nadia)
    former = factories.post(Role.HEAD, region=region, name="Fanny Ancienne")
    former.posts.update(until=date(2026, 6, 23))
    barred = factories.post(Role.HEAD, region=region, name="Bruno Barré")
    of_elsewhere = {f"{name} elsewhere": user for name, user in elsewhere.people().items() if name not in ("drafter", "silent")}
    return {
        "stranger": None,
        **here.people(),
        **of_elsewhere,
        "administrator": nadia,
        "former": former,
        "deactivated": barred,
    }


def _of_the_nation(campaign: Campaign, by: User) -> None:
    """What belongs to no region and to no story: one of each, so that its pages are there to be asked for."""
    factories.QuestionFactory(answered_at=None, answered_by="")
    master = factories.MasterMentionFactory()
    Compatibility.objects.create(campaign=campaign, licence=factories.LicenceMentionFactory(), master=master)
    former, successor = factories.InstitutionFactory(), factories.InstitutionFactory()
    Merger.objects.create(former=former, successor=successor, effective_on=date(2026, 1, 1), ground="Décret.", by="Nom", at=NOW)
    Publication.objects.create(campaign=campaign, at=NOW, figures=NO_FIGURES)
    LogEntry.objects.log_actions(by.pk, [former], ADDITION, "Ajout.", single_object=True)


class Told(NamedTuple):
    """people: by what each is to ``here``."""

    here: Side
    elsewhere: Side
    people: dict[str, User | None]


class OneWorld:
    """The database of a whole module: nothing of it is kept. The procedure's verbs, which open a transaction, may be called."""

    def __enter__(self) -> "OneWorld":
        self._atomic = transaction.atomic()
        self._atomic._from_testcase = True  # type: ignore[attr-defined]  # as Django's own: a durable block may begin in it
        self._atomic.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        transaction.set_rollback(True)
        self._atomic.__exit__(kind, error, trace)


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back. The savepoint is released too: left open, each makes those that follow slower."""
    before = connection.savepoint()
    try:
        yield
    finally:
        connection.savepoint_rollback(before)
        connection.savepoint_commit(before)


def is_there(row: models.Model, rows: models.QuerySet) -> bool:
    return rows.filter(pk=row.pk).exists()
