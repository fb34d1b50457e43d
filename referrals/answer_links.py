"""The link that answers one request without an account: bare wherever it is kept, signed in nothing but the mail that leaves.

So nobody who reads a mail in the office, in an export or in the database can answer in the institution's stead.
"""

import re
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from .models import Offer

SALT = "referrals.answer_links"
LASTS = timedelta(days=60)
"""From when the mail left on."""
NAME = "answer_by_link"


def bare(offer: Offer) -> str:
    """Return the address that a mail about ``offer`` is kept with: it answers nothing."""
    return _address(str(offer.key))


def is_bare(address: str) -> bool:
    return bool(re.fullmatch(_bare(), address))


def sign(text: str, *, to: str) -> str:
    """Return ``text`` with every bare address made one that answers in the name of the address ``to``."""
    return re.sub(_bare(), lambda found: _address(signing.dumps([found[1], to], salt=SALT)), text)


def read(token: str) -> tuple[UUID, str]:
    """Return the key of the offer that ``token`` answers for, and to whom it was sent.

    Raises BadSignature for what was never signed here; SignatureExpired, one of them, for what was signed too long ago.
    """
    key, to = signing.loads(token, salt=SALT, max_age=LASTS)
    return UUID(key), to


def _address(token: str) -> str:
    return settings.SITE_URL + reverse(NAME, args=[token])


def _bare() -> str:
    before, after = (re.escape(part) for part in _address("*").split("*"))
    return f"{before}([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}){after}"
