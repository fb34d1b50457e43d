"""Identity providers: which there are, what is asked of them, and what the environment says of each; else none is there."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

import environ


class Provider(NamedTuple):
    """An OpenID Connect provider, and what it may do here.

    students: whether it opens accounts of students; else it only signs in whom somebody has invited.
    acr_values: the levels asked for. two_factors: those among its answers (acr or amr) that say it has seen two factors.
    """

    name: str
    students: bool
    scope: tuple[str, ...]
    acr_values: str
    two_factors: tuple[str, ...] = ()


PROVIDERS = {
    "franceconnect": Provider(
        name="FranceConnect", students=True, scope=("openid", "given_name", "family_name", "email"), acr_values="eidas1"
    ),
    "proconnect": Provider(
        name="ProConnect",
        students=False,
        scope=("openid", "given_name", "usual_name", "email"),
        acr_values="https://proconnect.gouv.fr/assurance/self-asserted-2fa https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
        two_factors=(
            "https://proconnect.gouv.fr/assurance/self-asserted-2fa",
            "https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
            "eidas2",
            "eidas3",
        ),
    ),
    "federation": Provider(
        name="Fédération Éducation-Recherche",
        students=False,
        scope=("openid", "profile", "email"),
        acr_values="https://refeds.org/profile/mfa",
        two_factors=("https://refeds.org/profile/mfa",),
    ),
}


WELL_KNOWN = "/.well-known/openid-configuration"
"""Where the document of a provider is, behind the name under which it signs (OpenID Connect Discovery, 4)."""


def identity_providers(env: environ.Env) -> list[dict[str, Any]]:
    """Return allauth's applications for the providers that ``env`` configures: CLIENT_ID, CLIENT_SECRET and DISCOVERY_URL of each.

    Raises ImproperlyConfigured where one is configured by halves.
    """
    apps = []
    for key, provider in PROVIDERS.items():
        client_id = env(f"{key.upper()}_CLIENT_ID", default="")
        if not client_id:
            continue
        address = env(f"{key.upper()}_DISCOVERY_URL")
        settings = {
            "server_url": address,
            "issuer": address.removesuffix(WELL_KNOWN),
            "scope": list(provider.scope),
            "auth_params": {"acr_values": provider.acr_values},
            "oauth_pkce_enabled": True,
        }
        secret = env(f"{key.upper()}_CLIENT_SECRET")
        apps.append({"provider_id": key, "name": provider.name, "client_id": client_id, "secret": secret, "settings": settings})
    return apps


def origins(apps: list[dict[str, Any]]) -> list[str]:
    """Return where the buttons of ``apps`` lead, as origins for the content security policy."""
    parts = [urlsplit(app["settings"]["server_url"]) for app in apps]
    return sorted({f"{part.scheme}://{part.netloc}" for part in parts})
