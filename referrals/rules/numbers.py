"""The number of a referral: readable over the telephone, and a slip of one character shows. Pure."""

CHECK_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXY"
"""Twenty-three, a prime: a changed digit or two digits changed about are always seen. No I, O or Z."""


def referral_number(*, campaign: str, rank: int) -> str:
    """Return the number of the ``rank``-th referral filed, such as ``2026-000123-K``."""
    digits = "".join(c for c in campaign if c.isdigit()) + f"{rank:06d}"
    return f"{campaign}-{rank:06d}-{CHECK_LETTERS[int(digits) % 23]}"
