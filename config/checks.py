"""What must be so before the house opens to the public. `check --deploy` says it; web and workers refuse to start without."""

import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from referrals.sealing import DRAW, Purpose, keys_of

WELL_KNOWN = (
    "development-only",
    "django-insecure-",
    "changeme",
    "change-me",
    "not-a-secret",
    "build",
    "secret",
    "example",
    "saisine",
)
"""What a key of a sample, a tutorial or our own development begins with."""
KEY_LENGTH, KEY_VARIETY = 50, 12
TAG = "start"


@register(Tags.security, TAG, deploy=True)
def ready_for_the_public(app_configs: Any = None, **_: object) -> list[CheckMessage]:
    """Return what is unsafe in the environment, each with what to do."""
    return [Error(said, hint=do, id=f"config.{code}") for code, said, do in _unsafe()]


def _unsafe() -> Iterator[tuple[str, str, str]]:
    draw = "Draw one: python -c 'import secrets; print(secrets.token_urlsafe(60))'. It is a secret of this installation alone."
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if key.lower().startswith(WELL_KNOWN):
            yield "E001", "SECRET_KEY is one that others know.", draw
        elif len(key) < KEY_LENGTH or len(set(key)) < KEY_VARIETY:
            yield "E002", f"SECRET_KEY is shorter than {KEY_LENGTH} characters, or repeats itself.", draw
    for purpose in Purpose:
        try:
            keys = keys_of(purpose)
        except ImproperlyConfigured as error:
            said, _, do = str(error).partition(". ")
            yield "E011", f"{said}.", do
            continue
        if any(key.startswith(b"development-only") for key in keys):
            yield "E012", f"{purpose.value} holds a key that others know.", f"Draw one: {DRAW}"
    if settings.DEBUG:
        yield "E003", "DEBUG is on: errors would show the code and its variables.", "Use config.settings.base as it is."
    if not settings.ALLOWED_HOSTS:
        yield "E004", "ALLOWED_HOSTS is empty: no request would be answered.", "Name the site: ALLOWED_HOSTS=saisine.example.fr"
    if any(host.lstrip(".") in ("", "*") for host in settings.ALLOWED_HOSTS):
        yield "E005", "ALLOWED_HOSTS lets anybody choose the site's name.", "Name the site: ALLOWED_HOSTS=saisine.example.fr"
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or not site.hostname or site.path or site.query:
        yield (
            "E006",
            "SITE_URL is no plain https address.",
            "Write it as SITE_URL=https://saisine.example.fr, without a slash at the end.",
        )
    elif settings.ALLOWED_HOSTS and not validate_host(site.hostname, settings.ALLOWED_HOSTS):
        yield "E007", "SITE_URL leads to a name that is not among ALLOWED_HOSTS.", "Let both name the same site."
    if any(not origin.startswith("https://") for origin in settings.CSRF_TRUSTED_ORIGINS):
        yield "E008", "CSRF_TRUSTED_ORIGINS holds an address that is not https.", "Keep https addresses of the site alone, or none."
    if not settings.SECURITY_CONTACT.startswith(("mailto:", "https://")):
        who = "Name one: SECURITY_CONTACT=mailto:securite@saisine.example.fr, or an https address."
        yield "E009", "SECURITY_CONTACT names nobody to whom a weakness can be reported.", who
    if not settings.EMAIL_HOST:
        yield (
            "E010",
            "EMAIL_URL names no server: no receipt would leave.",
            "For example: EMAIL_URL=smtp+tls://user:password@host:587",
        )


def refuse_unsafe_start() -> None:
    """Stop a process of production that must not serve anybody, and say why on the standard error. Raises ImproperlyConfigured."""
    if not settings.REFUSES_UNSAFE_START:
        return
    found = run_checks(tags=[TAG], include_deployment_checks=True)
    if found:
        sentences = "\n".join(f"  {message.id}  {message.msg}\n         {message.hint}" for message in found)
        refusal = f"Saisine does not start with these settings:\n{sentences}"
        print(refusal, file=sys.stderr, flush=True)
        raise ImproperlyConfigured(refusal)
