"""What a mail may speak of: the referral, what an event did to it, the offers a limit governs. Texts pick what they need."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from referrals.models import Event, Limit, LimitKind, Offer, Referral, User
from referrals.models.offer import OfferQuerySet
from referrals.templatetags.instants import zone_of
from referrals.wording import STATES
from vacancies.models import AcademicRegion


def about(referral: Referral) -> dict[str, Any]:
    """Return what every mail about a referral may speak of."""
    academy = referral.licence_academy
    return {
        "referral": referral,
        "zone": zone_of(referral),
        "region": referral.region or (academy.region if academy else None),
        "required": referral.rules.offers_required,
        "campaign": referral.campaign,
        "standing": STATES[referral.state].next,
        "case_url": address("student:referral", referral.key),
        "offers_url": address("student:offers", referral.key),
        "office_url": address("admin:referrals_referral_change", referral.pk),
    }


def of_event(event: Event) -> dict[str, Any]:
    """Return what the mails caused by ``event`` may say besides. What a text does not name is never asked of the database."""
    ids, referral = event.payload, event.referral
    limit = Limit.objects.get(pk=ids["limit"]) if "limit" in ids else None
    return {
        "event": event,
        "led_to": ids.get("to"),
        "released": bool(ids.get("released")),
        "limit": limit,
        "document": referral.documents.get(pk=ids["document"]) if "document" in ids else None,
        "offers": SimpleLazyObject(lambda: offers_under(limit) if limit else []),
        "others": SimpleLazyObject(lambda: with_programme(referral.offers.on_the_table())),
        "ended": SimpleLazyObject(lambda: with_programme(referral.offers.filter(pk__in=ids.get("offers", [])))),
        "former_region": AcademicRegion.objects.get(pk=ids["from_region"]) if "from_region" in ids else None,
        "caseworker": SimpleLazyObject(lambda: caseworker(event)),
    }


def offers_under(limit: Limit) -> list[Offer]:
    """Return the offers that wait for an answer until ``limit``."""
    on_the_table = limit.referral.offers.on_the_table()
    if limit.offer_id:
        return with_programme(on_the_table.filter(pk=limit.offer_id))
    own = limit.referral.limits.live().filter(kind=LimitKind.ANSWER, offer__isnull=False)
    return with_programme(on_the_table.exclude(pk__in=own.values("offer")))


def with_programme(offers: OfferQuerySet) -> list[Offer]:
    return list(offers.select_related("vacancy__programme__institution", "vacancy__programme__mention").order_by("sent_at", "pk"))


def caseworker(event: Event) -> User | None:
    """Return whom an institution answers: the one who acted for the office, else the one who follows the file."""
    if event.user_id_then and event.user_id_then != event.referral.student_id:
        return User.objects.filter(pk=event.user_id_then).first()
    return event.referral.assigned_to


def address(name: str, *args: Any) -> str:
    """Return the whole address of a page: a worker has no request to ask."""
    return settings.SITE_URL + reverse(name, args=args)
