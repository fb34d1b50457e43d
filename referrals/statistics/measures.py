"""What is counted: each figure with its definition and its denominator, as the pages and the exports say them."""

from typing import NamedTuple


class Measure(NamedTuple):
    """A count. of: the key of the measure that it is a share of; none where a share would mean nothing. drawn: in the chart."""

    key: str
    label: str
    definition: str
    of: str = ""
    drawn: bool = False


class Delay(NamedTuple):
    """Days between two instants, 24 hours each: their median and 90th percentile, over ``of``, the key of a measure."""

    key: str
    label: str
    definition: str
    of: str


class Section(NamedTuple):
    """Figures of one chart and table. of_offers: they count offers, so an offer's own dimensions have them too."""

    key: str
    title: str
    figures: tuple[Measure | Delay, ...]
    of_offers: bool = False


FILES = Section(
    "saisines",
    "Saisines",
    (
        Measure("filed", "Déposées", "Saisines déposées dans la campagne, sans celles réunies à une autre.", drawn=True),
        Measure("admissible", "Recevables", "Saisines déclarées recevables, quoi qu’il en soit advenu ensuite.", "filed", True),
        Measure("inadmissible", "Irrecevables", "Saisines déclarées irrecevables, décision non retirée.", "filed"),
        Measure(
            "offered", "Avec une proposition",
            "Saisines dont une proposition au moins a été envoyée et non retirée.", "admissible", True,
        ),
        Measure(
            "complete", "Avec toutes les propositions dues",
            "Saisines qui ont reçu autant de propositions que leurs règles en exigent (trois, le plus souvent).", "admissible",
        ),
    ),
)  # fmt: skip
DELAYS = Section(
    "delais",
    "Jours depuis le dépôt",
    (
        Delay("to_admissible", "Recevabilité", "Du dépôt à la déclaration de recevabilité.", "admissible"),
        Delay("to_offer", "Première proposition", "Du dépôt à l’envoi de la première proposition.", "offered"),
        Delay("to_complete", "Dernière proposition due", "Du dépôt à l’envoi de la dernière proposition due.", "complete"),
        Delay("to_accepted", "Acceptation", "Du dépôt à l’acceptation d’une proposition.", "chose"),
        Delay("to_enrolled", "Inscription", "Du jour du dépôt à celui où l’établissement a constaté l’inscription.", "came"),
    ),
)
OFFERS = Section(
    "propositions",
    "Propositions",
    (
        Measure("sent", "Envoyées", "Propositions envoyées à un étudiant, sans celles que le rectorat a retirées."),
        Measure("accepted", "Acceptées", "Propositions acceptées, que l’inscription ait suivi ou non.", "sent", True),
        Measure("declined", "Refusées", "Propositions refusées par l’étudiant.", "sent", True),
        Measure("lapsed", "Échues", "Propositions restées sans réponse à la fin du délai.", "sent", True),
        Measure(
            "moot", "Sans objet",
            "Propositions libérées : une autre a été acceptée, la saisine a été retirée, close ou rouverte.", "sent",
        ),
        Measure("open", "En attente", "Propositions envoyées qui attendent la réponse de l’étudiant.", "sent"),
        Measure("enrolled", "Inscrits", "Propositions acceptées dont l’établissement a confirmé l’inscription.", "accepted"),
    ),
    of_offers=True,
)  # fmt: skip
ANSWERS = Section(
    "etablissements",
    "Réponses des établissements",
    (
        Measure("asked", "Demandes", "Places demandées à un établissement ; celles d’un accord permanent ne se demandent pas."),
        Measure("answered", "Réponses", "Accords, refus et réponses sous condition, même tardifs.", "settled", True),
        Measure("unanswered", "Sans réponse", "Demandes restées sans réponse à leur échéance.", "settled", True),
        Measure("pending", "En cours", "Demandes dont l’échéance n’est pas passée.", drawn=True),
        Measure("void", "Annulées", "Demandes retirées ou devenues inutiles avant toute réponse."),
    ),
    of_offers=True,
)
WAITS = Section(
    "attente",
    "Jours de réponse des établissements",
    (Delay("to_answer", "Réponse", "De la demande à la première réponse enregistrée, accords permanents exclus.", "answered"),),
    of_offers=True,
)
SECTIONS = (FILES, DELAYS, OFFERS, ANSWERS, WAITS)
DENOMINATORS = {
    "settled": "les demandes qui ont une réponse ou dont l’échéance est passée",
    "chose": "les saisines dont une proposition est acceptée",
    "came": "les saisines dont l’inscription est confirmée",
} | {figure.key: f"« {figure.label} »" for section in SECTIONS for figure in section.figures if isinstance(figure, Measure)}
"""Key → what the page calls it where it is what others are a share of. The first three are columns of no table."""
