"""Everything a court could ask of one case, read at one moment and shaped into one of the `editions`."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.utils.text import capfirst, get_valid_filename

from ..chains import first_flaw
from ..language import in_french
from ..models import (
    Application,
    Document,
    DocumentKind,
    Event,
    HealthRequest,
    Limit,
    Offer,
    OtherLicence,
    Referral,
    SealedHead,
    Strand,
    User,
)
from ..models.document import LETTERS
from ..rules.states import DECIDED_BY_LETTER, Action, Actor, State
from ..templatetags.instants import day, end, in_zone, rolled_over, zone_of
from ..timeline import FOR_THE_STUDENT, was_seen
from ..wording import STATES
from ..wording_rules import in_sections
from .editions import CaseFile, Check, Edition, Entry, EventShown, FileShown, MailShown, NoteIs, Part, Row, Seal
from .letters import rendered
from .redaction import MARK, Redaction, redaction
from .storing import stored

TO_HER = "student"
"""The audience of a mail to the student (`notifications` is a floor above)."""
LAST_SEALS = 5


def case_file(referral_id: int, *, edition: Edition, at: datetime) -> CaseFile:
    """Return the case of a filed referral as it stands at ``at``, in French. Letters nobody has rendered yet are rendered now."""
    for pk in Document.objects.letters().filter(referral=referral_id, file="").values_list("pk", flat=True):
        rendered(pk)
    with in_french():
        return _Shaping(_read(referral_id), edition).case_file(at=at)


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Everything of one referral, as it was at one moment."""

    referral: Referral
    others: list[OtherLicence]
    wishes: list[str]
    academies: list[str]
    applications: list[Application]
    limits: list[Limit]
    offers: list[Offer]
    events: list[Event]
    documents: list[Document]
    mails: list[Any]
    health: HealthRequest | None
    people: list[User]
    seals: list[SealedHead]


def _read(referral_id: int) -> _Rows:
    """Read the rows under the referral's lock: each verb takes it, so they belong together."""
    with transaction.atomic():
        referral = (
            Referral.objects.select_for_update(of=("self",), no_key=True)
            .select_related("student", "campaign", "rules", "region", "licence_academy", "licence_institution", "licence_mention")
            .get(pk=referral_id)
        )
        events = list(referral.events.order_by("strand", "seq"))
        limits = referral.limits.select_related("extension__ordered_by", "extension__academy", "extension__region")
        offers = referral.offers.select_related("vacancy__programme__mention", "vacancy__programme__institution")
        return _Rows(
            referral=referral,
            others=list(referral.other_licences.select_related("mention", "institution", "academy")),
            wishes=[str(wish) for wish in referral.wishes.select_related("mention")],
            academies=[str(academy) for academy in referral.wished_academies.all()],
            applications=list(referral.applications.select_related("institution", "mention", "proof")),
            limits=list(limits),
            offers=list(offers),
            events=events,
            documents=list(referral.documents.all()),
            mails=list(referral.messages.select_related("attachment", "event").order_by("created_at", "pk")),  # type: ignore[attr-defined]
            health=HealthRequest.objects.filter(referral=referral).first(),
            people=list(User.objects.filter(pk__in={event.user_id_then for event in events}).exclude(pk=referral.student_id)),
            seals=list(SealedHead.objects.filter(referral=referral).select_related("anchor").order_by("-pk")),
        )


FACTS: dict[str, tuple[str, ...]] = {
    "Saisine": (
        "number",
        "state",
        "campaign",
        "region",
        "assigned_to",
        "created_at",
        "filed_at",
        "admissible_at",
        "search_ended_at",
        "merged_into",
        "late_reason",
        "adviser_consent",
    ),
    "Identité": ("first_names", "birth_name", "usage_name", "diploma_name", "birth_date", "ine", "student"),
    "Licence": (
        "diploma",
        "licence_mention",
        "licence_title",
        "licence_institution",
        "licence_site",
        "licence_academy",
        "licence_on",
        "licence_expected_on",
        "licence_failed_at",
    ),
    "Projet": ("project", "mobility_km", "has_contract"),
}
OF_ANOTHER_LICENCE = ("mention", "title", "institution", "site", "academy", "on")
OF_AN_APPLICATION = ("institution", "mention", "title", "track", "answer", "applied_on", "on", "proof")
TOLD_OF_AN_OFFER = (
    "sent_at",
    "message",
    "first_read_at",
    "answered_at",
    "decline_cause",
    "decline_reason",
    "enrolment",
    "enrolment_on",
)
OF_AN_OFFER = (
    "consulted_at",
    "held_until",
    "agreed_by",
    "agreed_as",
    "agreed_on",
    "agreed_through",
    "delegated_to",
    "condition",
    "refusal_reason",
    *TOLD_OF_AN_OFFER,
)
OF_A_HEALTH_REQUEST = ("consented_at", "words", "said_at", "opinion_at", "favourable", "needs", "ended_at")
LABELS = {"student": "Compte", "agreed_through": "Accord reçu par", "merged_into": "Réunie à la saisine"}
"""Where the name of a column says too little on its own."""
HER_WORDS = frozenset({"project", "late_reason", "decline_reason", "words"})
OFFICE_WORDS = frozenset({"message", "refusal_reason", "agreed_as"})
PEOPLE = frozenset({"agreed_by", "assigned_to"})
NEUTRAL_STATES = {state: wording.label for state, wording in STATES.items()} | {State.OFFERED: "réponse aux propositions attendue"}
"""A state in words that address nobody."""


def _as_it_is(text: str) -> str:
    return text


class _Shaping:
    """Makes the edition of one case out of its rows."""

    def __init__(self, rows: _Rows, edition: Edition) -> None:
        self.rows = rows
        self.edition = edition
        self.zone = zone_of(rows.referral)
        self.shown_offers = {offer.pk: offer for offer in rows.offers if offer.sent_at or not edition.only_hers}
        self.hide: Redaction = self._redaction() if edition.covered else _as_it_is
        self.hide_hers = _as_it_is if edition.only_hers else self.hide

    def case_file(self, *, at: datetime) -> CaseFile:
        referral, rules = self.rows.referral, self.rows.referral.rules
        return CaseFile(
            edition=self.edition,
            number=str(referral.number),
            student=referral.full_name,
            region=str(referral.region),
            campaign=str(referral.campaign),
            at=at,
            zone=self.zone,
            facts=tuple(self._facts()),
            applications=tuple(Entry(title=one.name, rows=self._said(one, OF_AN_APPLICATION)) for one in self.rows.applications),
            rules=Entry(title=str(rules), rows=self._said(rules, ("rule_set", "version", "created_at", "source"))),
            rule_lines=tuple((title, tuple(lines)) for title, lines in in_sections(rules)),
            limits=tuple(self._limits()),
            offers=tuple(self._offers()),
            case=self._part(Strand.CASE),
            health=self._part(Strand.HEALTH) if self.edition.health and self._has_health else None,
        )

    @property
    def _has_health(self) -> bool:
        return self.rows.health is not None or any(event.strand == Strand.HEALTH for event in self.rows.events)

    def _redaction(self) -> Redaction:
        """Return what covers other people's data in the texts of this case."""
        rows, referral = self.rows, self.rows.referral
        extensions = [limit.extension for limit in rows.limits if limit.extension]
        office = [event for event in rows.events if event.actor not in (Actor.STUDENT, Actor.CLOCK)]
        texts = [
            referral.project,
            referral.late_reason,
            *(event.words for event in rows.events),
            *(text for mail in rows.mails for text in (mail.subject, mail.text, mail.to, mail.reason)),
            *(text for one in rows.offers for text in (one.message, one.refusal_reason, one.decline_reason, one.agreed_as)),
            *(extension.ground for extension in extensions),
            *(document.name for document in rows.documents),
        ]
        people = [*rows.people, *(one.ordered_by for one in extensions), *filter(None, [referral.assigned_to])]
        return redaction(
            referral,
            texts,
            people=[*map(str, people), *(event.by_name for event in office), *(offer.agreed_by for offer in rows.offers)],
            signatories=[_signatory(document).get("name", "") for document in rows.documents],
            hers=[referral.student.email, *(mail.to for mail in rows.mails if mail.audience == TO_HER)],
            every_address=not self.edition.only_hers,
        )

    def _said(self, row: models.Model, columns: Iterable[str]) -> tuple[Row, ...]:
        """Return the columns that hold something, each under its name."""
        said = ((column, self._value(row, column)) for column in columns)
        return tuple((_label(row, column), value) for column, value in said if value)

    def _value(self, row: Any, column: str) -> str:
        value = getattr(row, column)
        if value is None or value == "":
            return ""
        if column in PEOPLE and self.edition.covered:
            return MARK if column == "agreed_by" else ""
        if column == "state":
            return NEUTRAL_STATES[State(value)]
        match value:
            case bool():
                return "oui" if value else "non"
            case datetime():
                return in_zone(value, self.zone)
            case date():
                return day(value)
            case User():
                return str(value) if column in PEOPLE else value.email
            case Document():
                return self.hide(value.name)
        if row._meta.get_field(column).choices:
            return getattr(row, f"get_{column}_display")()
        return (self.hide_hers if column in HER_WORDS else self.hide if column in OFFICE_WORDS else _as_it_is)(str(value))

    def _facts(self) -> Iterator[Entry]:
        rows = self.rows
        wished = {"Mentions souhaitées": " ; ".join(rows.wishes), "Académies souhaitées": ", ".join(rows.academies)}
        for title, columns in FACTS.items():
            said = self._said(rows.referral, columns)
            if title == "Projet":
                said += tuple(row for row in wished.items() if row[1])
            yield Entry(title=title, rows=said)
        for other in rows.others:
            yield Entry(title="Autre licence", rows=self._said(other, OF_ANOTHER_LICENCE))

    def _limits(self) -> Iterator[Entry]:
        rank = {limit.pk: rank for rank, limit in enumerate(self.rows.limits, 1)}
        after = {limit.supersedes_id: limit.pk for limit in self.rows.limits if limit.supersedes_id}
        for limit in self.rows.limits:
            rows = {
                "Proposition": str(self.shown_offers[limit.offer_id]) if limit.offer_id in self.shown_offers else "",
                "Règle": limit.rule,
                "Point de départ": f"{day(limit.start)} ; ce jour ne compte pas",
                "Durée": f"{limit.days} jour{'s' if limit.days > 1 else ''}"
                + (", délai franc : le dernier jour ne compte pas non plus" if limit.franc else ", délai non franc"),
                "Calendrier": f"jours fériés du calendrier « {limit.calendar} » ; fuseau horaire {limit.zone}",
                "Jours sautés": rolled_over(limit) or "aucun",
                "Fin": end(limit),
                "Calculé": in_zone(limit.created_at, self.zone),
                "Annoncé": in_zone(limit.told_at, self.zone) if limit.told_at else "",
                "Remplace": f"le délai n° {rank[limit.supersedes_id]}" if limit.supersedes_id in rank else "",
                "Remplacé par": f"le délai n° {rank[after[limit.pk]]}" if limit.pk in after else "",
                "Prolongation": self._extension(limit),
            }
            title = f"Délai n° {rank[limit.pk]} : {limit.get_kind_display()} – {limit.get_status_display()}"
            yield Entry(title=title, rows=tuple(row for row in rows.items() if row[1]))

    def _extension(self, limit: Limit) -> str:
        extension = limit.extension
        if extension is None:
            return ""
        academy, region = extension.academy, extension.region
        reach = f"académie : {academy}" if academy else f"région académique : {region}" if region else "cette saisine"
        author = "le rectorat" if self.edition.covered else str(extension.ordered_by)
        return (
            f"{extension.days} jour{'s' if extension.days > 1 else ''} de plus ({reach}), par {author}, le "
            f"{in_zone(extension.ordered_at, self.zone)}. Motif : {self.hide(extension.ground)} Fondement : {extension.source}."
        )

    def _offers(self) -> Iterator[Entry]:
        columns = TOLD_OF_AN_OFFER if self.edition.only_hers else OF_AN_OFFER
        for offer in self.shown_offers.values():
            rows = (("Ville", offer.vacancy.programme.town), ("État", offer.get_state_display()))
            yield Entry(title=str(offer), rows=tuple(row for row in rows if row[1]) + self._said(offer, columns))

    def _part(self, strand: Strand) -> Part:
        of_health, referral = strand == Strand.HEALTH, self.rows.referral
        chain = [event for event in self.rows.events if event.strand == strand]
        hashes = {event.seq: event.hash for event in chain}
        breach = first_flaw(chain, stands_in=None if of_health else referral.state)
        seals = [head for head in self.rows.seals if head.strand == strand][:LAST_SEALS]
        about = self._said(self.rows.health, OF_A_HEALTH_REQUEST) if of_health and self.rows.health else ()
        return Part(
            strand=strand,
            about=(Entry(title="Demande", rows=about),) if about else (),
            events=tuple(self._event(event) for event in chain),
            flaw=f"événement {breach.seq} : {breach.flaw.label}" if breach else "",
            seals=tuple(
                Seal(
                    at=in_zone(head.anchor.at, self.zone),
                    seq=head.seq,
                    hash=head.hash,
                    digest=head.anchor.digest,
                    holds=hashes.get(head.seq) == head.hash,
                )
                for head in seals
            ),
            files=tuple(self._files(strand)),
            mails=tuple(self._mails(strand)),
        )

    def _event(self, event: Event) -> EventShown:
        """Return the event as this edition shows it; one the student never heard of keeps its place and its hash, no more."""
        if self.edition.only_hers and not was_seen(event):
            return EventShown(
                seq=event.seq,
                at="",
                what="Étape interne au rectorat",
                who="",
                about=(),
                note="",
                note_is=NoteIs.NONE,
                salt="",
                hashed=None,
                previous=event.previous,
                hash=event.hash,
            )
        note, note_is = self._note(event)
        untold = "offer" in event.payload and event.payload["offer"] not in self.shown_offers
        untold |= self.edition.only_hers and event.kind == Action.PREPARE_DECISION  # what is prepared is not decided
        return EventShown(
            seq=event.seq,
            at=in_zone(event.at, self.zone),
            what=event.get_kind_display(),
            who=self._who(event),
            about=tuple(self._about(event)),
            note=note,
            note_is=note_is,
            salt=event.salt if note_is == NoteIs.WHOLE else "",
            hashed=None if untold else event.chained(),
            previous=event.previous,
            hash=event.hash,
        )

    def _note(self, event: Event) -> tuple[str, NoteIs]:
        if not event.note:
            return "", NoteIs.DESTROYED if "note" in event.payload else NoteIs.NONE
        hers = event.actor == Actor.STUDENT
        if self.edition.only_hers and not (hers or event.kind in FOR_THE_STUDENT or event.strand == Strand.HEALTH):
            return "", NoteIs.WITHHELD
        note = (self.hide_hers if hers else self.hide)(event.words)
        return note, NoteIs.WHOLE if note == event.words else NoteIs.COVERED

    def _who(self, event: Event) -> str:
        """Return who acted: by capacity, with the name in the internal edition and of who signed a decision."""
        if self.edition.only_hers and event.actor == Actor.STUDENT:
            return "vous"
        capacity = event.get_actor_display()
        signed = event.kind in DECIDED_BY_LETTER
        named = event.by_name and event.actor != Actor.CLOCK and (signed or not self.edition.covered)
        return f"{capacity}, {event.by_name}" if named else capacity

    def _about(self, event: Event) -> Iterator[str]:
        if "to" in event.payload:
            before, after = (NEUTRAL_STATES[State(event.payload[end])] for end in ("from", "to"))
            yield f"de « {before} » à « {after} »"
        if event.payload.get("offer") in self.shown_offers:
            yield str(self.shown_offers[event.payload["offer"]])

    def _files(self, strand: Strand) -> Iterator[FileShown]:
        """Letters, then documents, each in the order of their dates. What she had taken back before filing is hers alone."""
        filed_at = self.rows.referral.filed_at
        for folder, kinds in FOLDERS[strand].items():
            rank = 0
            for document in self.rows.documents:
                taken_back = document.replaced_at and filed_at and document.replaced_at <= filed_at
                if document.kind in kinds and not (taken_back and not self.edition.only_hers):
                    rank += 1
                    yield self._file(document, folder=folder, rank=rank)

    def _file(self, document: Document, *, folder: str, rank: int) -> FileShown:
        name, found, signed = self.hide(document.name), _hash_today(document), _signatory(document).values()
        about = [f"signée par {', '.join(filter(None, signed))}"] if signed else []
        if document.replaced_at:
            about.append(f"remplacé : {in_zone(document.replaced_at, self.zone)}")
        return FileShown(
            path=f"{folder}/{get_valid_filename(f'{rank:02d}-{name}')}",
            stored=document.file.name,
            kind=document.get_kind_display(),
            name=name,
            at=in_zone(document.created_at, self.zone),
            about=tuple(about),
            size=document.size,
            sha256=document.sha256,
            found=found,
            check=_check(document, found),
        )

    def _mails(self, strand: Strand) -> Iterator[MailShown]:
        rank = 0
        for mail in self.rows.mails:
            of_strand = mail.event.strand if mail.event else Strand.CASE
            if of_strand == strand and (mail.audience == TO_HER or not self.edition.only_hers):
                rank += 1
                yield self._mail(mail, rank=rank, folder=MAILS_OF[strand])

    def _mail(self, mail: Any, *, rank: int, folder: str) -> MailShown:
        rows = {
            "Destinataire": f"{self.hide(mail.to)} ({mail.get_audience_display()})",
            "Écrit": in_zone(mail.created_at, self.zone),
            "Parti": in_zone(mail.sent_at, self.zone) if mail.sent_at else "",
            "Non parti": f"abandonné le {in_zone(mail.failed_at, self.zone)}" if mail.failed_at else "",
            "Raison": self.hide(mail.reason),
            "Sort": "" if mail.sent_at or mail.failed_at else mail.get_fate_display(),
            "Pièce jointe": self.hide(mail.attachment.name) if mail.attachment else "",
            "Référence": str(mail.message_id),
        }
        return MailShown(
            path=f"{folder}/{rank:03d}.txt",
            subject=self.hide(mail.subject),
            rows=tuple(row for row in rows.items() if row[1]),
            text=self.hide(mail.text),
        )


FOLDERS: dict[Strand, dict[str, frozenset[str]]] = {
    Strand.CASE: {
        "letters": frozenset(LETTERS),
        "documents": frozenset(DocumentKind) - frozenset(LETTERS) - {DocumentKind.HEALTH},
    },
    Strand.HEALTH: {"health/documents": frozenset({DocumentKind.HEALTH})},
}
"""Where the files of each strand go, by their kinds."""
MAILS_OF = {Strand.CASE: "mails", Strand.HEALTH: "health/mails"}


def _label(row: models.Model, column: str) -> str:
    return LABELS.get(column) or capfirst(str(row._meta.get_field(column).verbose_name))


def _signatory(document: Document) -> dict[str, str]:
    """Return the name, capacity and delegation of who signed a letter; of a letter of the first version, the name alone."""
    signatory = (document.content or {}).get("signatory") or {}
    return {"name": signatory} if isinstance(signatory, str) else signatory


def _check(document: Document, found: str) -> Check:
    if document.is_withheld:
        return Check.WITHHELD
    return Check.MISSING if not found else Check.INTACT if found == document.sha256 else Check.ALTERED


def _hash_today(document: Document) -> str:
    """Return the SHA-256 of the stored file as it is now; empty where there is none."""
    try:
        with stored(document.file.name) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, ValueError):
        return ""
