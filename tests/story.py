"""Stories: a referral led to any state through the procedure's own verbs, at stated instants."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cached_property

from referrals import procedure
from referrals.models import Answer, Channel, DocumentKind, Enrolment, Limit, LimitKind, Offer, Referral, Role, User
from referrals.procedure import CLOCK, By
from referrals.rules.states import OfferState, State

from . import factories
from .factories import instant

FILED_AT = instant("2026-06-20 10:00")


class Story:
    """One student, one office, and the seats of one region. Each call is a verb; ``at`` moves on as told."""

    def __init__(self, *, academy: str = "Lyon", at: datetime = FILED_AT, franc: bool = False, required: int = 3, **rules) -> None:
        self.academy = factories.academy(academy)
        self.campaign = factories.CampaignFactory()
        self.rules = factories.CampaignRulesFactory(
            campaign=self.campaign, franc=franc, offers_required=required, commission=True, **rules
        )
        self.institution = factories.InstitutionFactory(academy=self.academy)
        self.at = at
        self._referral_id: int | None = None

    @cached_property
    def student(self) -> User:
        return factories.UserFactory()

    @cached_property
    def caseworker(self) -> User:
        return factories.post(Role.CASEWORKER, region=self.academy.region, name="Camille Exemple")

    @cached_property
    def signer(self) -> User:
        """The head of the region's office, who may sign."""
        return factories.post(
            Role.HEAD,
            region=self.academy.region,
            name="Dominique Exemple",
            capacity="secrétaire générale de région académique",
            delegation="arrêté du 1er septembre 2025, publié le 3",
        )

    @property
    def signing(self) -> By:
        return By.office(self.signer)

    @property
    def due_on(self) -> date:
        """A day to come that the office may set itself."""
        return self.at.astimezone(self.academy.tz).date() + timedelta(days=15)

    @property
    def referral(self) -> Referral:
        return Referral.objects.get(pk=self._referral_id)

    @property
    def id(self) -> int:
        assert self._referral_id is not None
        return self._referral_id

    @property
    def her(self) -> By:
        return By.student(self.student)

    @property
    def office(self) -> By:
        return By.office(self.caseworker)

    def later(self, **gap: float) -> "Story":
        self.at += timedelta(**gap)
        return self

    def draft(self, *, expected: bool = False, **facts) -> "Story":
        """Everything is written, nothing filed."""
        self._referral_id = procedure.start_draft(student=self.student, campaign=self.campaign, at=self.at).pk
        licence = {"licence_expected_on": date(2026, 7, 10)} if expected else {"licence_on": date(2026, 6, 12)}
        written = {
            "first_names": "Zoé",
            "birth_name": "D’Exemple",
            "birth_date": date(2004, 2, 29),
            "diploma": "national",
            "licence_mention": factories.LicenceMentionFactory(),
            "licence_institution": self.institution,
            "licence_academy": self.academy,
            "project": "Devenir archiviste.",
        }
        procedure.save_draft(self.id, facts=written | licence | facts, by=self.her, at=self.at)
        application = {
            "institution": self.institution,
            "mention": factories.MasterMentionFactory(name="Archives"),
            "answer": Answer.EXPRESS,
            "on": date(2026, 6, 10),
        }
        procedure.save_application(self.id, facts=application, by=self.her, at=self.at)
        kind = DocumentKind.PROVISIONAL_TRANSCRIPT if expected else DocumentKind.TRANSCRIPT
        procedure.add_document(self.id, kind=kind, upload=factories.upload(), by=self.her, at=self.at)
        return self

    def filed(self, **options) -> "Story":
        self.draft(**options)
        procedure.file(self.id, by=self.her, at=self.at)
        return self

    def admissible(self) -> "Story":
        self.filed()
        procedure.declare_admissible(self.id, note="", by=self.office, at=self.at)
        return self

    def followed(self) -> "Story":
        """The file has its caseworker."""
        procedure.assign(self.id, to=self.caseworker, by=self.office, at=self.at)
        return self

    def vacancy(self, *, seats: int = 1):
        programme = factories.ProgrammeFactory(institution=self.institution)
        return factories.VacancyFactory(programme=programme, campaign=self.campaign, seats_declared=seats)

    def consulting(self, *, vacancy=None, reason: str = "") -> Offer:
        return procedure.consult(self.id, vacancy_id=(vacancy or self.vacancy()).pk, reason=reason, by=self.office, at=self.at)

    def agree(self, offer: Offer) -> Offer:
        procedure.record_agreement(
            self.id,
            offer_id=offer.pk,
            agreed_by="La présidente de l’exemple",
            agreed_as="présidente",
            agreed_on=self.at.astimezone(self.academy.tz).date(),
            through=Channel.MAIL,
            by=self.office,
            at=self.at,
        )
        offer.refresh_from_db()
        return offer

    def sent(self, *, vacancy=None, reason: str = "") -> Offer:
        offer = self.agree(self.consulting(vacancy=vacancy, reason=reason))
        procedure.send_offer(self.id, offer_id=offer.pk, message="", by=self.office, at=self.at)
        offer.refresh_from_db()
        return offer

    def lose(self, offer: Offer, *, outcome: Enrolment = Enrolment.NOT_COME) -> None:
        """The accepted seat does not become an enrolment."""
        procedure.record_no_enrolment(
            self.id, offer_id=offer.pk, outcome=outcome, on=self.at.date(), note="", by=self.office, at=self.at
        )

    def offered(self, count: int = 3) -> list[Offer]:
        """Admissible, and ``count`` offers sent."""
        self.admissible()
        return [self.sent() for _ in range(count)]

    def told(self) -> "Story":
        """The mails that announce the live limits left at once."""
        for limit in Limit.objects.live().filter(referral=self.id, told_at__isnull=True):
            procedure.record_mail(
                self.id,
                message_id=f"mail-{limit.pk}",
                subject="Une proposition",
                to_student=True,
                left=True,
                at=self.at,
                limit_id=limit.pk,
            )
        return self

    def limit(self, kind: LimitKind = LimitKind.ANSWER, offer: Offer | None = None) -> Limit | None:
        return Limit.objects.live().filter(referral=self.id, kind=kind, offer=offer).first()


def _incomplete(story: Story) -> None:
    story.filed()
    procedure.request_documents(story.id, wanted="Le relevé complet.", days=10, by=story.office, at=story.at)


def _accepted(story: Story) -> None:
    offer = story.offered()[0]
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)


def _inadmissible(story: Story) -> None:
    story.filed()
    procedure.declare_inadmissible(
        story.id, law="Une licence nationale.", facts="Licence professionnelle.", late=False, by=story.signing, at=story.at
    )


def _exhausted(story: Story) -> None:
    for offer in story.offered():
        procedure.decline(story.id, offer_id=offer.pk, reason="", by=story.her, at=story.at)


def _withdrawn(story: Story) -> None:
    story.filed()
    procedure.withdraw(story.id, reason="", by=story.her, at=story.at)


def _closed(story: Story) -> None:
    story.admissible()
    procedure.close(story.id, law="Places vacantes.", facts="Aucune place.", by=story.signing, at=story.at)


def _enrolled(story: Story) -> None:
    _accepted(story)
    offer = story.referral.offers.get(state=OfferState.ACCEPTED)
    procedure.record_enrolment(story.id, offer_id=offer.pk, on=story.at.date(), by=story.office, at=story.at)


def _not_enrolled(story: Story) -> None:
    _accepted(story)
    offer = story.referral.offers.get(state=OfferState.ACCEPTED)
    story.lose(offer)


def _commission(story: Story) -> None:
    story.admissible()
    procedure.refer_to_commission(story.id, note="", by=story.office, at=story.at)


def _merged(story: Story) -> None:
    story.filed()
    kept = Story()
    kept.filed()
    procedure.merge(kept.id, other_id=story.id, ground="Deux comptes.", by=story.office, at=story.at)


LEAD_TO: dict[State, Callable[[Story], object]] = {
    State.DRAFT: Story.draft,
    State.AWAITING_LICENCE: lambda story: story.filed(expected=True),
    State.FILED: Story.filed,
    State.INCOMPLETE: _incomplete,
    State.ADMISSIBLE: Story.admissible,
    State.OFFERED: Story.offered,
    State.ACCEPTED: _accepted,
    State.ENROLLED: _enrolled,
    State.NOT_ENROLLED: _not_enrolled,
    State.INADMISSIBLE: _inadmissible,
    State.EXHAUSTED: _exhausted,
    State.COMMISSION: _commission,
    State.WITHDRAWN: _withdrawn,
    State.CLOSED: _closed,
    State.MERGED: _merged,
}
"""How a referral comes to each state, through the verbs."""


def in_state(state: State, **options) -> Story:
    """Return a story whose referral stands in ``state``."""
    story = Story(**options)
    LEAD_TO[state](story)
    assert story.referral.state == state
    return story


def offer_in(state: OfferState) -> tuple[Story, Offer]:
    """Return a story whose referral stands where an offer of that state can be, and the offer."""
    story = Story()
    story.admissible()
    offer = LEAD_OFFER_TO[state](story)
    offer.refresh_from_db()
    assert offer.state == state
    return story, offer


def _refused_by_institution(story: Story) -> Offer:
    offer = story.consulting()
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=story.office, at=story.at)
    return offer


def _unanswered(story: Story) -> Offer:
    offer = story.consulting()
    procedure.lapse_consultation(story.id, offer_id=offer.pk, by=CLOCK, at=offer.held_until)
    return offer


def _answered(verb: Callable[..., None], **words) -> Callable[[Story], Offer]:
    def answer(story: Story) -> Offer:
        offer = story.sent()
        verb(story.id, offer_id=offer.pk, by=story.her, at=story.at, **words)
        return offer

    return answer


def _expired(story: Story) -> Offer:
    offer, *_ = [story.sent() for _ in range(3)]
    limit = story.told().limit()
    assert limit is not None
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    return offer


def _released(story: Story) -> Offer:
    offer, other = story.sent(), story.sent()
    procedure.accept(story.id, offer_id=other.pk, by=story.her, at=story.at)
    return offer


def _retracted(story: Story) -> Offer:
    offer = story.sent()
    procedure.retract_offer(story.id, offer_id=offer.pk, ground="Erreur.", by=story.office, at=story.at)
    return offer


def _enrolled_seat(story: Story) -> Offer:
    offer = _answered(procedure.accept)(story)
    procedure.record_enrolment(story.id, offer_id=offer.pk, on=story.at.date(), by=story.office, at=story.at)
    return offer


def _lost(story: Story) -> Offer:
    offer = _answered(procedure.accept)(story)
    story.lose(offer)
    return offer


LEAD_OFFER_TO: dict[OfferState, Callable[[Story], Offer]] = {
    OfferState.CONSULTING: Story.consulting,
    OfferState.AGREED: lambda story: story.agree(story.consulting()),
    OfferState.REFUSED: _refused_by_institution,
    OfferState.UNANSWERED: _unanswered,
    OfferState.SENT: Story.sent,
    OfferState.ACCEPTED: _answered(procedure.accept),
    OfferState.ENROLLED: _enrolled_seat,
    OfferState.LOST: _lost,
    OfferState.DECLINED: _answered(procedure.decline, reason=""),
    OfferState.EXPIRED: _expired,
    OfferState.RELEASED: _released,
    OfferState.RETRACTED: _retracted,
}
"""How an offer comes to each state, through the verbs."""
