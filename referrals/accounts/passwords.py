"""Words that whoever guesses passwords here tries first: those of this site. A password needs something of its own besides."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WORDS = (
    # the procedure
    "saisine", "saisir", "dossier", "candidature", "inscription", "admission", "proposition", "refus", "campagne",
    # studies
    "licence", "bachelor", "master", "monmaster", "trouvermonmaster", "parcoursup", "mention", "diplome", "etudes",
    # people and houses
    "recteur", "rectrice", "rectorat", "academie", "academique", "region", "universite", "etablissement", "faculte", "scuio",
    "ministere", "enseignement", "superieur", "education", "nationale", "france", "etudiant", "etudiante", "gestionnaire",
    "conseiller", "conseillere", "administrateur", "administratrice", "bureau",
    # the form itself
    "motdepasse", "password", "identifiant", "connexion", "compte", "azerty",
)  # fmt: skip
"""In lower case, without accents or spaces."""
OF_ONES_OWN = 6
"""How many letters must be left when these words, digits and signs are taken away. Where none of the words is, nothing is asked."""


def letters_of(password: str) -> str:
    """Return the letters of ``password`` alone, in lower case and without accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", password.casefold()) if letter.isalpha())


class WordsOfThisSite:
    """Refuses a password that is little more than words of this site and digits."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError, which names one of the words."""
        left = letters_of(password)
        found = [word for word in sorted(WORDS, key=len, reverse=True) if word in left]
        for word in found:
            left = left.replace(word, " ")
        if found and len(left.replace(" ", "")) < OF_ONES_OWN:
            sentence = _(
                "Ce mot de passe se devine : il n’a guère que des mots de ce site, comme « %(word)s ». Ajoutez-y les vôtres."
            )
            raise ValidationError(sentence, code="words_of_this_site", params={"word": found[0]})

    def get_help_text(self) -> str:
        return _("Votre mot de passe ne peut pas se limiter à des mots de ce site, comme « saisine » ou « master ».")
