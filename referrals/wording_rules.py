"""What each rule of a campaign is called, and how its value is said: for the public, the student and the office alike.

What the law says of it is in `referrals.rules.rule_sets`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from .rules.rule_sets import AnswerClock, Compatibility, Silence, Stated, WaitingList, stated


class RuleWording(NamedTuple):
    """A rule in the reader's words. say: turns its value into words that can follow the label and a colon."""

    label: str
    say: Callable[[Any], str]


def _counted(one: str, many: str) -> Callable[[int], str]:
    return lambda number: f"{number} {one if number < 2 else many}"


def _at_least(least: int, none: str) -> Callable[[int], str]:
    """Say a minimum; below ``least`` it asks nothing that an applicant would notice, and ``none`` says so."""
    return lambda number: none if number < least else f"{number} au moins"


def _at_most(number: int) -> str:
    return f"{number} au plus"


def _named(names: dict) -> Callable[[str], str]:
    return lambda value: names[value]


def _yes_or_no(value: bool) -> str:
    return "oui" if value else "non"


def _years(value: int | None) -> str:
    return "aucune condition" if value is None else f"{_counted('année universitaire', 'années universitaires')(value)} au plus"


def _franc(value: bool) -> str:
    uncounted = "ni le jour de départ ni le dernier ne comptent" if value else "seul le jour de départ ne compte pas"
    return f"{_yes_or_no(value)} : {uncounted}"


ANSWER_CLOCKS = {
    AnswerClock.LAST_DUE: "la dernière des propositions dues, pour toutes",
    AnswerClock.EACH_OFFER: "chaque proposition, pour elle seule",
}
COMPATIBILITIES = {Compatibility.CONDITION: "une condition", Compatibility.INDICATION: "une simple indication"}
SILENCES = {Silence.ACCEPTED: "acceptation", Silence.REFUSED: "refus"}
WAITING_LISTS = {WaitingList.COUNTS: "compte comme une candidature", WaitingList.BLOCKS: "empêche la saisine"}

_days = _counted("jour", "jours")

SECTIONS: dict[str, dict[str, RuleWording]] = {
    "Qui peut saisir le recteur": {
        "licence_years": RuleWording("âge de la licence", _years),
        "min_applications": RuleWording("candidatures en première année de master", _at_least(1, "aucun nombre exigé")),
        "min_applications_single": RuleWording(
            "candidatures, dans une région à une seule université", _at_least(1, "aucun nombre exigé")
        ),
        "min_refusals": RuleWording("refus reçus", _at_least(1, "aucun nombre exigé, si aucune réponse n’est positive")),
        "min_mentions": RuleWording("mentions de master différentes", _at_least(2, "aucune condition")),
        "min_institutions": RuleWording("établissements différents", _at_least(2, "aucune condition")),
        "compatibility": RuleWording("compatibilité entre la licence et les masters demandés", _named(COMPATIBILITIES)),
        "waiting_list": RuleWording("une place sur liste d’attente", _named(WAITING_LISTS)),
        "silence": RuleWording("le silence d’une université vaut", _named(SILENCES)),
        "silence_months": RuleWording("le silence d’une université compte au bout de", lambda number: f"{number} mois"),
    },
    "Les délais": {
        "filing_days": RuleWording("délai pour déposer la saisine", _days),
        "answer_days": RuleWording("délai pour répondre aux propositions", _days),
        "answer_clock": RuleWording("point de départ du délai de réponse", _named(ANSWER_CLOCKS)),
        "franc": RuleWording("délais francs", _franc),
        "health_days": RuleWording("délai pour répondre, pour raison de santé ou de handicap", _days),
    },
    "Les propositions": {
        "offers_required": RuleWording("propositions dues", _at_least(1, "aucune")),
        "max_per_institution": RuleWording(
            "propositions d’un même établissement, sauf dans une région à une seule université", _at_most
        ),
        "score_floor": RuleWording(
            "convenance minimale d’une formation pour être proposée d’office, sur 100", lambda number: str(number)
        ),
        "refused_again": RuleWording("une formation qui a déjà refusé peut être proposée d’office", _yes_or_no),
        "nationwide": RuleWording("places cherchées dans tout le pays", _yes_or_no),
        "commission": RuleWording("commission régionale en septembre", _yes_or_no),
    },
    "L’organisation": {
        "consultation_working_days": RuleWording(
            "réservation d’une place pendant la consultation de l’établissement", _counted("jour ouvré", "jours ouvrés")
        ),
        "enrolment_days": RuleWording("délai de l’établissement pour confirmer l’inscription", _days),
        "examination_days": RuleWording("le rectorat se donne, pour examiner un dossier", _days),
        "search_days": RuleWording("le rectorat se donne, pour chercher des places", _days),
    },
}
RULES: dict[str, RuleWording] = {name: wording for section in SECTIONS.values() for name, wording in section.items()}


class StatedRules(Protocol):
    """Rules of a campaign that know where each of their values stands."""

    rule_set: str

    def stated(self, name: str) -> Stated: ...


class Line(NamedTuple):
    """One rule as a screen shows it. usual: what the rule set says, where the campaign departs from it; else empty."""

    name: str
    label: str
    value: str
    source: str
    settled: bool
    usual: str


def line_of(rules: StatedRules, name: str) -> Line:
    """Return the rule ``name`` as it stands under ``rules``."""
    wording, here, by_the_set = RULES[name], rules.stated(name), stated(rules.rule_set, name)
    usual = "" if here.value == by_the_set.value else wording.say(by_the_set.value)
    return Line(name, wording.label, wording.say(here.value), here.source, here.settled, usual)


def in_sections(rules: StatedRules) -> list[tuple[str, list[Line]]]:
    """Return every rule under ``rules``, by section."""
    return [(title, [line_of(rules, name) for name in section]) for title, section in SECTIONS.items()]
