"""What each reason says, whole: the sentence, where it stands, what would cure it, and whether the texts settle it."""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import NamedTuple

import pytest

from referrals.rules import rule_sets
from referrals.rules.eligibility import reasons
from tests.factories import instant
from tests.rules.test_eligibility import PLAIN


class Said(NamedTuple):
    """A reason as its reader has it."""

    code: str
    sentence: str
    source: str
    cure: str
    settled: bool


WHOLE = [
    (
        "2023",
        {"diploma": "professional"},
        Said(
            code="diploma",
            sentence="Une licence professionnelle n’ouvre pas la saisine : il faut une licence.",
            source="Code de l’éducation, art. L. 612-6 et R. 612-36-3 ; foire aux questions du ministère, 2023",
            cure="Si vous avez aussi une licence, diplôme national, fondez votre saisine sur elle.",
            settled=True,
        ),
    ),
    (
        "2023",
        {"diploma": ""},
        Said(
            code="diploma",
            sentence="Vous n’avez pas dit de quel diplôme il s’agit.",
            source="Code de l’éducation, art. L. 612-6 et R. 612-36-3",
            cure="Dites si c’est une licence, diplôme national.",
            settled=True,
        ),
    ),
    (
        "2023",
        {"licence_on": None},
        Said(
            code="no_licence",
            sentence="Vous n’avez indiqué ni date d’obtention de la licence, ni date à laquelle vous l’attendez.",
            source="Code de l’éducation, art. L. 612-6 et R. 612-36-3",
            cure="Indiquez la date figurant sur votre relevé de notes, ou celle du prochain jury.",
            settled=True,
        ),
    ),
    (
        "2023",
        {"licence_on": date(2021, 8, 31)},
        Said(
            code="licence_too_old",
            sentence="Votre licence a été obtenue avant le 01/09/2021, il y a plus de 3 années universitaires.",
            source="Page officielle de la procédure, depuis 2021",
            cure=(
                "Si vous en avez une plus récente, fondez votre saisine sur elle. Sinon, expliquez votre situation dans "
                "votre projet."
            ),
            settled=True,
        ),
    ),
    (
        "2023",
        {"admitted": True},
        Said(
            code="admitted",
            sentence="Vous avez reçu une réponse positive : la saisine est faite pour qui n’en a reçu aucune.",
            source="Code de l’éducation, art. L. 612-6 et R. 612-36-3",
            cure="Si cette admission n’est plus possible, expliquez pourquoi dans votre projet.",
            settled=True,
        ),
    ),
    (
        "2018",
        {"silent_since": (date(2024, 2, 1),)},
        Said(
            code="silence_accepts",
            sentence=(
                "Restée sans réponse 2 mois, votre candidature est acceptée depuis le 01/04/2024 : ce silence est une "
                "réponse positive."
            ),
            source="CRPA, art. L. 231-1",
            cure=(
                "Demandez à l’université une attestation de cette acceptation (CRPA, art. L. 232-3), puis votre "
                "inscription. Si elle vous est refusée, indiquez ce refus."
            ),
            settled=True,
        ),
    ),
    (
        "2023",
        {"silent_since": (date(2024, 4, 20),)},
        Said(
            code="not_yet_refused",
            sentence="Sans réponse, votre candidature ne comptera comme refusée que le 20/08/2024.",
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : à la fin de la phase "
                "d’admission ; Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : hors de la "
                "plateforme nationale"
            ),
            cure="Attendez cette date, ou indiquez le refus s’il arrive plus tôt.",
            settled=True,
        ),
    ),
    (
        "2023",
        {
            "silent_since": (
                date(2024, 4, 20),
                date(2024, 3, 1),
            )
        },
        Said(
            code="not_yet_refused",
            sentence="Sans réponse, vos candidatures ne compteront comme refusées que le 01/07/2024 et le 20/08/2024.",
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : à la fin de la phase "
                "d’admission ; Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : hors de la "
                "plateforme nationale"
            ),
            cure="Attendez cette date, ou indiquez le refus s’il arrive plus tôt.",
            settled=True,
        ),
    ),
    (
        "2023",
        {"waiting": True},
        Said(
            code="waiting_list",
            sentence="Vous êtes sur une liste d’attente : la saisine n’est ouverte qu’à qui n’y est plus.",
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) ; la recherche d’un contrat "
                "d’apprentissage ne l’empêche pas"
            ),
            cure=(
                "Attendez la réponse, ou renoncez à cette liste si vous préférez la saisine. Chercher un contrat "
                "d’apprentissage, en revanche, n’empêche rien."
            ),
            settled=True,
        ),
    ),
    (
        "2023",
        {"applications": 4},
        Said(
            code="too_few_applications",
            sentence="Vous avez indiqué 4 candidatures ; il en faut au moins 5.",
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : cinq refus, donc cinq candidatures"
            ),
            cure="Indiquez toutes vos candidatures, même restées sans réponse.",
            settled=True,
        ),
    ),
    (
        "2018",
        {"applications": 0},
        Said(
            code="too_few_applications",
            sentence=(
                "Vous n’avez indiqué aucune candidature ; il en faut au moins 1. Les textes ne tranchent pas ce point : il"
                " peut se lire en votre faveur."
            ),
            source="« ses demandes d’admission », sans nombre dans les textes ; l’usage publié depuis 2019 en demande deux",
            cure="Indiquez toutes vos candidatures, même restées sans réponse.",
            settled=False,
        ),
    ),
    (
        "2023",
        {"refusals": 1},
        Said(
            code="too_few_refusals",
            sentence=(
                "Vous avez indiqué un refus ; il en faut au moins 5. Les textes ne tranchent pas ce point : il peut se "
                "lire en votre faveur."
            ),
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : cinq refus ; la foire aux "
                "questions officielle compte encore les candidatures"
            ),
            cure="Indiquez chaque refus reçu et chaque candidature restée sans réponse : aucun justificatif n’est exigé.",
            settled=False,
        ),
    ),
    (
        "2023",
        {"refusals": 0},
        Said(
            code="too_few_refusals",
            sentence=(
                "Vous n’avez indiqué aucun refus ; il en faut au moins 5. Les textes ne tranchent pas ce point : il peut "
                "se lire en votre faveur."
            ),
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023) : cinq refus ; la foire aux "
                "questions officielle compte encore les candidatures"
            ),
            cure="Indiquez chaque refus reçu et chaque candidature restée sans réponse : aucun justificatif n’est exigé.",
            settled=False,
        ),
    ),
    (
        "2023",
        {"mentions": 1},
        Said(
            code="too_few_mentions",
            sentence="Vous avez indiqué une seule mention ; il en faut au moins 2.",
            source="Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023)",
            cure="Indiquez vos candidatures dans une autre mention, s’il y en a.",
            settled=True,
        ),
    ),
    (
        "2023",
        {"institutions": 1},
        Said(
            code="too_few_institutions",
            sentence="Vous avez indiqué un seul établissement ; il en faut au moins 2.",
            source="Code de l’éducation, art. R. 612-36-3 (décret n° 2023-179 du 15 mars 2023)",
            cure="Indiquez vos candidatures dans un autre établissement, s’il y en a.",
            settled=True,
        ),
    ),
    (
        "2021",
        {"incompatible": 1},
        Said(
            code="too_few_compatible",
            sentence=(
                "Pour une candidature, votre licence n’est pas de celles que le master conseille : il faut au moins 5 "
                "candidatures compatibles avec votre licence. Les textes ne tranchent pas ce point : il peut se lire en "
                "votre faveur."
            ),
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2021-629 du 19 mai 2021) : exigée de toutes les "
                "candidatures ; la page officielle ne l’exige que de cinq"
            ),
            cure="Expliquez dans votre projet en quoi votre parcours y prépare.",
            settled=False,
        ),
    ),
    (
        "2021",
        {"incompatible": 3},
        Said(
            code="too_few_compatible",
            sentence=(
                "Pour 3 candidatures, votre licence n’est pas de celles que le master conseille : il faut au moins 5 "
                "candidatures compatibles avec votre licence. Les textes ne tranchent pas ce point : il peut se lire en "
                "votre faveur."
            ),
            source=(
                "Code de l’éducation, art. R. 612-36-3 (décret n° 2021-629 du 19 mai 2021) : exigée de toutes les "
                "candidatures ; la page officielle ne l’exige que de cinq"
            ),
            cure="Expliquez dans votre projet en quoi votre parcours y prépare.",
            settled=False,
        ),
    ),
    (
        "2023",
        {"today": date(2024, 6, 14)},
        Said(
            code="not_open",
            sentence="La plateforme n’ouvre que le 15/06/2024.",
            source="Code de l’éducation, art. L. 612-6 et R. 612-36-3",
            cure="Préparez votre brouillon dès maintenant, et déposez à partir de ce jour.",
            settled=True,
        ),
    ),
    (
        "2018",
        {"at": instant("2024-07-02 00:00")},
        Said(
            code="late",
            sentence="Le délai pour déposer la saisine est passé.",
            source="Note de l’Onisep du 27 juin 2018",
            cure="Vous pouvez encore déposer : dites pourquoi vous n’avez pas pu le faire plus tôt, le rectorat décide.",
            settled=True,
        ),
    ),
    (
        "2023",
        {"another_live": True},
        Said(
            code="another_live",
            sentence="Vous avez une autre saisine dans cette campagne : une seule est possible.",
            source="Code de l’éducation, art. L. 612-6 et R. 612-36-3",
            cure="Poursuivez celle qui est ouverte.",
            settled=True,
        ),
    ),
    (
        "2023",
        {"competent": False},
        Said(
            code="not_competent",
            sentence="La licence n’a pas été obtenue dans la région académique à laquelle la saisine est adressée.",
            source="Code de l’éducation, art. L. 612-6 et R. 612-36-3 ; CRPA, art. L. 114-2",
            cure="Il n’y a rien à refaire : le rectorat saisi transmet la saisine à celui qui est compétent.",
            settled=True,
        ),
    ),
]


@pytest.mark.parametrize(("rule_set", "changes", "reason"), WHOLE)
def test_each_reason_in_full(rule_set, changes, reason):
    found = reasons(replace(PLAIN, **changes), partial(rule_sets.stated, rule_set))
    assert [Said(one.code, one.sentence, one.source, one.cure, one.settled) for one in found] == [reason]
