"""The code that a student reads to the office on the telephone, so that it knows who calls. It changes each day."""

import hmac
from datetime import date

from django.utils.crypto import salted_hmac

from .models import Referral

DIGITS = 6


def code_of(referral: Referral, *, on: date) -> str:
    """Return the code that the student's own page shows on the day ``on``. Nobody else's page does."""
    digest = salted_hmac("saisine.caller", f"{referral.key}:{on.isoformat()}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"


def is_hers(code: str, referral: Referral, *, on: date) -> bool:
    """Return whether ``code`` is the one of the day, however its digits are grouped."""
    return hmac.compare_digest("".join(filter(str.isdigit, code)), code_of(referral, on=on))
