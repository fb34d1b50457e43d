"""The code by which anybody verifies a letter: drawn by chance, printed in groups and as a QR code, read with tolerance."""

import secrets

import segno

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty-two signs (Crockford's): of those that look alike, one each; no I, L, O or U."""
MEANT = str.maketrans("ILOU", "110V")
"""What is meant by a letter that no code has."""
LENGTH = 16
"""Five bits a sign: 80 bits that nobody guesses."""
GROUP = 4


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """Return the code as it is printed: « 7K3M-0QZX-B4TD-96HE »."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def signs(typed: str) -> str:
    """Return the signs that somebody typed, without blanks and hyphens, in capitals, each look-alike as the one that is meant."""
    return "".join(sign for sign in typed.upper() if sign.isalnum()).translate(MEANT)


def is_code(text: str) -> bool:
    """Whether a letter could bear it."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)


def picture_of(address: str) -> str:
    """Return the QR code of ``address`` as the address of a picture that holds itself; its quiet zone is the page's affair."""
    return segno.make(address, error="m", micro=False).svg_data_uri(border=0, scale=4, dark="#000", encode_minimal=False)
