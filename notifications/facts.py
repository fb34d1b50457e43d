"""What a mail may speak of: the referral, what an event did to it, the offers a limit governs. Texts pick what they need."""

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import localdate

from referrals.answering import answering_for
from referrals.models import Event, Limit, LimitKind, Offer, Referral, User
from referrals.models.offer import OfferQuerySet
from referrals.presence import in_charge
from referrals.rules.rule_sets import AnswerClock
from referrals.rules.states import OFFICE, Action
from referrals.templatetags.instants import zone_of
from referrals.wording import ACTIONS, STATES
from vacancies.models import AcademicRegion

CORRECTED = "» devient «"
"""What a line of a correction's note holds where it says which value took the place of which; the others say why."""


def about(referral: Referral) -> dict[str, Any]:
    """Return what every mail about a referral may speak of."""
    academy = referral.licence_academy
    return {
        "referral": referral,
        "zone": zone_of(referral),
        "region": referral.region or (academy.region if academy else None),
        "required": referral.rules.offers_required,
        "each_offer": referral.rules.answer_clock == AnswerClock.EACH_OFFER,
        "campaign": referral.campaign,
        "standing": STATES[referral.state].next,
        "password_url": address("account_reset_password"),
        "case_url": address("student:referral", referral.key),
        "offers_url": address("student:offers", referral.key),
        "office_url": address("admin:referrals_referral_change", referral.pk),
        "seats_url": address(f"admin:referrals_referral_{Action.CONSULT}", referral.pk),
        "desk_url": address("admin:index"),
        "message_url": address("student:health", referral.key),
        "messages_url": address("student:messages", referral.key),
        "mandate_url": address("student:mandate", referral.key),
    }


class LimitsOf:
    """The limits that ``events`` name, and the offers each governs: asked of the database once for all, and only if a text asks."""

    def __init__(self, events: list[Event]) -> None:
        self.ids = {event.payload["limit"] for event in events if "limit" in event.payload}

    @cached_property
    def by_id(self) -> dict[int, Limit]:
        return Limit.objects.select_related("extension").in_bulk(self.ids)

    @cached_property
    def offers(self) -> dict[int, list[Offer]]:
        return offers_under(self.by_id.values())


def of_event(event: Event, limits: LimitsOf) -> dict[str, Any]:
    """Return what the mails caused by ``event`` may say besides. What a text does not name is never asked of the database."""
    ids, referral = event.payload, event.referral
    limit = limits.by_id[ids["limit"]] if "limit" in ids else None
    return {
        "event": event,
        "led_to": ids.get("to"),
        "released": bool(ids.get("released")),
        "revived": bool(ids.get("revived")),
        "was_accepted": ids.get("was_accepted", False),
        "contacts": SimpleLazyObject(lambda: contacts(event)),
        "limit": limit,
        "document": referral.documents.get(pk=ids["document"]) if "document" in ids else None,
        "offers": SimpleLazyObject(lambda: limits.offers[limit.pk] if limit else []),
        "clock_runs": SimpleLazyObject(lambda: referral.limits.live().filter(kind=LimitKind.ANSWER).exists()),
        "moved": SimpleLazyObject(lambda: moved(ids.get("moved", []))),
        "corrected": [line.replace("«  »", "rien") for line in event.note.splitlines() if CORRECTED in line],
        "ground": "\n".join(line for line in event.note.splitlines() if CORRECTED not in line),
        "former_limit": SimpleLazyObject(lambda: Limit.objects.get(pk=ids["supersedes"])),
        "other": Referral.objects.get(pk=other) if (other := ids.get("absorbed", ids.get("merged_into"))) else None,
        "prepared": ACTIONS[Action(ids["action"])][0] if "action" in ids else "",
        "counted": lambda: referral.offers.counted().count(),
        "still_due": lambda: max(referral.rules.offers_required - referral.offers.counted().count(), 0),
        "others": SimpleLazyObject(lambda: with_programme(referral.offers.on_the_table())),
        "ended": SimpleLazyObject(lambda: with_programme(referral.offers.filter(pk__in=ids.get("offers", [])))),
        "former_region": AcademicRegion.objects.get(pk=ids["from_region"]) if "from_region" in ids else None,
        "caseworker": SimpleLazyObject(lambda: caseworker(event)),
        "attached": len(ids.get("attached", ())),
        "acting": SimpleLazyObject(lambda: in_charge(referral, on=localdate(event.at))),
    }


def moved(pairs: list[list[int]]) -> list[tuple[Limit, Limit]]:
    """Return the limits a correction moved, each as it was and as it is."""
    limits = Limit.objects.in_bulk([pk for pair in pairs for pk in pair])
    return [(limits[former], limits[later]) for former, later in pairs]


def offers_under(limits: Collection[Limit]) -> dict[int, list[Offer]]:
    """Return, by limit, the offers that wait for an answer until it: its own one, or else those without a limit of their own."""
    referrals = {limit.referral_id for limit in limits}
    live = Limit.objects.live().filter(referral__in=referrals, kind=LimitKind.ANSWER, offer__isnull=False)
    own = dict(live.values_list("offer", "pk"))
    common = {limit.referral_id: limit.pk for limit in limits if limit.kind == LimitKind.ANSWER and limit.offer_id is None}
    under: dict[int, list[Offer]] = {limit.pk: [] for limit in limits}
    for offer in with_programme(Offer.objects.on_the_table().filter(referral__in=referrals)):
        governing = own.get(offer.pk, common.get(offer.referral_id))
        if governing in under:
            under[governing].append(offer)
    return under


def with_programme(offers: OfferQuerySet) -> list[Offer]:
    return list(offers.select_related("vacancy__programme__institution", "vacancy__programme__mention").order_by("sent_at", "pk"))


def contacts(event: Event) -> list[str]:
    """Return where the institution of the event's own offer was asked; none where nobody is known to answer for it."""
    offer = Offer.objects.select_related("vacancy__programme").get(pk=event.payload["offer"])
    return answering_for(offer, on=localdate(event.at))


def caseworker(event: Event) -> User | None:
    """Return whom an institution answers: the one who acted for the office, else the one who follows the file."""
    if event.user_id_then and event.actor in OFFICE:
        return User.objects.filter(pk=event.user_id_then).first()
    return event.referral.assigned_to


def address(name: str, *args: Any) -> str:
    """Return the whole address of a page: a worker has no request to ask."""
    return settings.SITE_URL + reverse(name, args=args)
