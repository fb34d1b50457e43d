"""What each rule of a campaign is called, and how its value is said: for the public, the student and the office alike.

What the law says of it is in `referrals.rules.rule_sets`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from .rules.rule_sets import AnswerClock, Compatibility, Silence, Stated, WaitingList, stated


class RuleWording(NamedTuple):
    """A rule in the reader's words. say: turns its value into words that can follow the label and a colon."""

    label: str
    say: Callable[[Any], str]


def _days(number: int) -> str:
    return ngettext("%(number)s jour", "%(number)s jours", number) % {"number": number}


def _working_days(number: int) -> str:
    return ngettext("%(number)s jour ouvré", "%(number)s jours ouvrés", number) % {"number": number}


def _months(number: int) -> str:
    return ngettext("%(number)s mois", "%(number)s mois", number) % {"number": number}


def _at_least(least: int, none: str) -> Callable[[int], str]:
    """Say a minimum; below ``least`` it asks nothing that an applicant would notice, and ``none`` says so."""
    return lambda number: str(none) if number < least else gettext("%(number)s au moins") % {"number": number}


def _at_most(number: int) -> str:
    return gettext("%(number)s au plus") % {"number": number}


def _named(names: dict) -> Callable[[str], str]:
    return lambda value: str(names[value])


def _yes_or_no(value: bool) -> str:
    return gettext("oui") if value else gettext("non")


def _years(value: int | None) -> str:
    if value is None:
        return gettext("aucune condition")
    many = ngettext("%(number)s année universitaire au plus", "%(number)s années universitaires au plus", value)
    return many % {"number": value}


def _franc(value: bool) -> str:
    if value:
        return gettext("oui : ni le jour de départ ni le dernier ne comptent")
    return gettext("non : seul le jour de départ ne compte pas")


ANSWER_CLOCKS = {
    AnswerClock.LAST_DUE: _("la dernière des propositions dues, pour toutes"),
    AnswerClock.EACH_OFFER: _("chaque proposition, pour elle seule"),
}
COMPATIBILITIES = {Compatibility.CONDITION: _("une condition"), Compatibility.INDICATION: _("une simple indication")}
SILENCES = {Silence.ACCEPTED: _("acceptation"), Silence.REFUSED: _("refus")}
WAITING_LISTS = {WaitingList.COUNTS: _("compte comme une candidature"), WaitingList.BLOCKS: _("empêche la saisine")}

SECTIONS: dict[str, dict[str, RuleWording]] = {
    gettext_noop("Qui peut saisir le recteur"): {
        "licence_years": RuleWording(_("âge de la licence"), _years),
        "min_applications": RuleWording(_("candidatures en première année de master"), _at_least(1, _("aucun nombre exigé"))),
        "min_applications_single": RuleWording(
            _("candidatures, dans une région à une seule université"), _at_least(1, _("aucun nombre exigé"))
        ),
        "min_refusals": RuleWording(_("refus reçus"), _at_least(1, _("aucun nombre exigé, si aucune réponse n’est positive"))),
        "min_mentions": RuleWording(_("mentions de master différentes"), _at_least(2, _("aucune condition"))),
        "min_institutions": RuleWording(_("établissements différents"), _at_least(2, _("aucune condition"))),
        "compatibility": RuleWording(_("compatibilité entre la licence et les masters demandés"), _named(COMPATIBILITIES)),
        "waiting_list": RuleWording(_("une place sur liste d’attente"), _named(WAITING_LISTS)),
        "silence": RuleWording(_("le silence d’une université vaut"), _named(SILENCES)),
        "silence_months": RuleWording(_("le silence d’une université compte au bout de"), _months),
    },
    gettext_noop("Les délais"): {
        "filing_days": RuleWording(_("délai pour déposer la saisine"), _days),
        "answer_days": RuleWording(_("délai pour répondre aux propositions"), _days),
        "answer_clock": RuleWording(_("point de départ du délai de réponse"), _named(ANSWER_CLOCKS)),
        "franc": RuleWording(_("délais francs"), _franc),
        "health_days": RuleWording(_("délai pour répondre, pour raison de santé ou de handicap"), _days),
    },
    gettext_noop("Les propositions"): {
        "offers_required": RuleWording(_("propositions dues"), _at_least(1, _("aucune"))),
        "max_per_institution": RuleWording(
            _("propositions d’un même établissement, sauf dans une région à une seule université"), _at_most
        ),
        "score_floor": RuleWording(_("convenance minimale d’une formation pour être proposée d’office, sur 100"), str),
        "refused_again": RuleWording(_("une formation qui a déjà refusé peut être proposée d’office"), _yes_or_no),
        "nationwide": RuleWording(_("places cherchées dans tout le pays"), _yes_or_no),
        "commission": RuleWording(_("commission régionale en septembre"), _yes_or_no),
    },
    gettext_noop("L’organisation"): {
        "consultation_working_days": RuleWording(
            _("réservation d’une place pendant la consultation de l’établissement"), _working_days
        ),
        "enrolment_days": RuleWording(_("délai de l’établissement pour confirmer l’inscription"), _days),
        "examination_days": RuleWording(_("le rectorat se donne, pour examiner un dossier"), _days),
        "search_days": RuleWording(_("le rectorat se donne, pour chercher des places"), _days),
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
    return Line(name, str(wording.label), wording.say(here.value), gettext(here.source), here.settled, usual)


def in_sections(rules: StatedRules) -> list[tuple[str, list[Line]]]:
    """Return every rule under ``rules``, by section."""
    return [(gettext(title), [line_of(rules, name) for name in section]) for title, section in SECTIONS.items()]
