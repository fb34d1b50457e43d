"""Where somebody signs in from, for as long as it takes to tell a new place from a usual one. Nothing here says where she was."""

import hmac
import ipaddress
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from ..models import KnownPlace, User

KEPT = timedelta(days=180)
"""How long a place is remembered after the last sign-in from it."""
PREFIXES = {4: 24, 6: 48}
"""How much of an address is kept, in bits: a household or a campus, no machine."""

BROWSERS = (
    ("Edg/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip
"""What a browser says of itself → its plain name; the first that is found."""


def browser_of(agent: str) -> str:
    """Return the plain name of a browser and its system; empty where it names neither."""
    names = [next((name for mark, name in table if mark in agent), "") for table in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names))


def network_of(address: str) -> str:
    """Return the network an address belongs to, as its first address. Raises ValueError for what is none."""
    version = ipaddress.ip_address(address).version
    return str(ipaddress.ip_network(f"{address}/{PREFIXES[version]}", strict=False).network_address)


def _digest(user: User, place: str) -> str:
    key = f"referrals.accounts.places:{user.pk}:{settings.SECRET_KEY}".encode()
    return hmac.new(key, place.encode(), "sha256").hexdigest()


def note_sign_in(request: HttpRequest, user: User, **_: object) -> None:
    """Remember the place; tell her by mail where it is new. The first one after she has opened her account is no news."""
    at = timezone.now()
    network, browser = network_of(get_adapter(request).get_client_ip(request)), browser_of(request.headers.get("User-Agent", ""))
    KnownPlace.objects.filter(user=user, seen_at__lt=at - KEPT).delete()
    is_first = not KnownPlace.objects.filter(user=user).exists()
    place, is_new = KnownPlace.objects.get_or_create(
        user=user, digest=_digest(user, f"{network} {browser}"), defaults={"seen_at": at}
    )
    if not is_new:
        KnownPlace.objects.filter(pk=place.pk).update(seen_at=at)
    elif not is_first:
        get_adapter(request).send_notification_mail("account/email/new_place", user)


def forget(*, at: datetime) -> int:
    """Forget the places nobody has signed in from for `KEPT`, and return how many they were."""
    return KnownPlace.objects.filter(seen_at__lt=at - KEPT).delete()[0]


def say_less(instance: object, **_: object) -> None:
    """Of a session that is listed for its holder, keep the network and the browser's plain name. Before it is saved."""
    instance.ip = network_of(instance.ip)  # type: ignore[attr-defined]
    product, is_raw, _rest = instance.user_agent.partition("/")  # type: ignore[attr-defined]
    if is_raw:
        instance.user_agent = browser_of(instance.user_agent) or product[:30]  # type: ignore[attr-defined]
