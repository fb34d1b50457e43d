"""Sealing: what must not be read in a dump of the database or on the disk is encrypted, with keys of its own for each purpose.

AES-256-GCM. The first key of a purpose seals, all of them open: a new key goes in front, and `manage.py reseal` takes over to it
what former ones sealed. A seal is whole or it does not open; what one purpose sealed opens for no other.
"""

import base64
import binascii
import hashlib
import secrets
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

MARK = b"scelle1:"
"""What sealed bytes begin with: what they are, and in which format. After it the key's name, the nonce, and the rest."""
KEY, NAME, NONCE = 32, 8, 12
"""Bytes of a key, of its name, of a nonce."""
DRAW = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"


class Purpose(StrEnum):
    """What is sealed apart, and the setting that has its keys."""

    HEALTH = "HEALTH_KEYS"
    FACTORS = "SEALING_KEYS"


class Unopened(Exception):
    """No key of this purpose opens it: the key is missing, or the bytes were changed. They are left as they are."""


def keys_of(purpose: Purpose) -> list[bytes]:
    """Return the keys of a purpose, the one that seals first. Raises ImproperlyConfigured for none, and for what is no key."""
    keys = [_decoded(text, purpose) for text in getattr(settings, purpose.value)]
    if not keys:
        raise ImproperlyConfigured(f"{purpose.value} holds no key. Draw one: {DRAW}")
    return keys


def _decoded(text: str, purpose: Purpose) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY:
        raise ImproperlyConfigured(f"{purpose.value} holds something that is no key of {KEY} bytes. Draw one: {DRAW}")
    return key


def name_of(key: bytes) -> bytes:
    """Return what sealed bytes call their key: it tells keys apart, and nothing of them."""
    return hashlib.sha256(MARK + key).digest()[:NAME]


def seal(data: bytes, *, purpose: Purpose) -> bytes:
    """Return ``data`` sealed by the first key of ``purpose``. Raises ImproperlyConfigured."""
    key = keys_of(purpose)[0]
    head, nonce = MARK + name_of(key), secrets.token_bytes(NONCE)
    return head + nonce + AESGCM(key).encrypt(nonce, data, head + purpose.encode())


def unseal(sealed: bytes, *, purpose: Purpose) -> bytes:
    """Return what was sealed. Raises Unopened, ImproperlyConfigured."""
    head, nonce, rest = _parts(sealed)
    key = {name_of(key): key for key in keys_of(purpose)}.get(head[len(MARK) :])
    if key is None:
        raise Unopened(f"sealed by a key that {purpose.value} does not hold: put it back, behind the one in use")
    try:
        return AESGCM(key).decrypt(nonce, rest, head + purpose.encode())
    except InvalidTag:
        raise Unopened("these bytes are not what was sealed") from None


def is_current(sealed: bytes, *, purpose: Purpose) -> bool:
    """Whether the key that seals today sealed these bytes."""
    return _parts(sealed)[0] == MARK + name_of(keys_of(purpose)[0])


def _parts(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    if not sealed.startswith(MARK):
        raise Unopened("these bytes were not sealed")
    head, end = len(MARK) + NAME, len(MARK) + NAME + NONCE
    return sealed[:head], sealed[head:end], sealed[end:]


def seal_text(text: str, *, purpose: Purpose) -> str:
    """Return ``text`` sealed, as text; nothing stays nothing."""
    return text and MARK.decode() + base64.b64encode(seal(text.encode(), purpose=purpose)[len(MARK) :]).decode()


def unseal_text(text: str, *, purpose: Purpose) -> str:
    """Return a text that `seal_text` sealed; one that never was sealed, as it is. Raises Unopened, ImproperlyConfigured."""
    return unseal(sealed_bytes(text), purpose=purpose).decode() if is_sealed_text(text) else text


def is_sealed_text(text: str) -> bool:
    return text.startswith(MARK.decode())


def sealed_bytes(text: str) -> bytes:
    """Return the bytes of a sealed text. Raises Unopened."""
    try:
        return MARK + base64.b64decode(text.removeprefix(MARK.decode()), validate=True)
    except binascii.Error:
        raise Unopened("this text is not what was sealed") from None


class SealedText(models.TextField):
    """A text that the database holds sealed for ``HEALTH``; only emptiness can be asked of it there."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None else seal_text(value, purpose=Purpose.HEALTH)

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return value if value is None else unseal_text(value, purpose=Purpose.HEALTH)
