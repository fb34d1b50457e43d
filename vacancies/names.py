"""How names of institutions, mentions and towns compare: as a reader would, blind to case, accents and punctuation."""

import re
import unicodedata

NOT_A_WORD = re.compile(r"[^0-9a-z]+")
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def normalise(name: str) -> str:
    """Return ``name`` in lower case, without accents, its words parted by single spaces.

    >>> normalise("Universit\u00e9 de  La R\u00e9union – Saint-Denis")
    'universite de la reunion saint denis'
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(LIGATURES))
    return NOT_A_WORD.sub(" ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()
