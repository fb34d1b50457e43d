"""May she refer? Every reason against it at once, never a bare yes or no. Pure.

The student is warned and decides; the caseworker decides with reasons. A reason rests on the values of the campaign's rules and
carries their source; where the texts disagree or are silent it says so, and the value that it rests on already favours the student.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from .deadlines import implied_refusal_on
from .rule_sets import LAW, Compatibility, Silence, Stated, WaitingList


def _(words: str) -> str:
    """Mark ``words`` for the catalogues of other languages; here they stay as they are."""
    return words


Value = str | int | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the rules look at.

    at, today: the instant, and its day in the académie of the licence. diploma: a code of `DIPLOMAS`, or « national ».
    licence_on: day the licence was obtained; None while it is still expected.
    applications: all of them, whatever became of them. refusals: those refused in so many words. under_contract: those accepted on
    condition of an apprenticeship contract. silent_since: of those nobody answered, the day each was made. incompatible: those to
    masters none of whose tracks is known to take the licence. admitted, waiting: whether one was accepted, or is on a waiting list.
    academic_year_starts_on: first day of the academic year for which a master is sought.
    filing_ends_at: first instant that is too late to file, if one can be computed.
    another_live: whether she has another referral in the campaign. competent: whether the licence was obtained in its region.
    """

    at: datetime
    today: date
    diploma: str
    licence_on: date | None
    licence_expected_on: date | None
    single_university: bool = False
    applications: int = 0
    refusals: int = 0
    under_contract: int = 0
    silent_since: tuple[date, ...] = ()
    waiting: bool = False
    admitted: bool = False
    mentions: int = 0
    institutions: int = 0
    incompatible: int = 0
    academic_year_starts_on: date
    opens_on: date
    filing_ends_at: datetime | None = None
    another_live: bool = False
    competent: bool = True


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason against the referral: a code, the sentence for the student, the legal sources, and what would cure it.

    words, values: the sentence, and what is put into it; of several days, all of them. settled: whether the texts settle the point.
    """

    code: str
    words: str
    values: Mapping[str, Value]
    sources: tuple[str, ...]
    cure: str
    settled: bool

    @property
    def sentence(self) -> str:
        return self.said_by(_)

    @property
    def source(self) -> str:
        return " ; ".join(self.sources)

    def said_by(self, translate: Callable[[str], str]) -> str:
        """Return the sentence, its words put into another language by ``translate``."""
        filled = {name: translate(AND).join(value) if isinstance(value, tuple) else value for name, value in self.values.items()}
        sentence = translate(self.words) % filled
        return sentence if self.settled else f"{sentence} {translate(UNSETTLED_SAYS)}"


StatedValues = Callable[[str], Stated]
"""Name of a value of the rules → the value, with its source."""
Criterion = Callable[[Facts, StatedValues], Reason | None]

UNSETTLED_SAYS = _("Les textes ne tranchent pas ce point : il peut se lire en votre faveur.")
AND = _(" et le ")
"""Between two days."""
ALWAYS = Stated(None, LAW)
"""What no rule set varies."""
ACADEMIC_YEAR_STARTS = (9, 1)
"""Month and day. No text of the procedure says when an academic year begins; on 1 September the ministry's own calendar does, and
a licence obtained at a resit in early September then belongs to the later year, in the student's favour."""


def reasons(facts: Facts, stated: StatedValues) -> tuple[Reason, ...]:
    """Return every reason for which the referral might be inadmissible; none means nothing speaks against it.

    ``stated`` gives the values of the campaign's rules: `CampaignRules.stated`, or `rule_sets.stated` with a rule set.
    """
    return tuple(reason for criterion in CRITERIA if (reason := criterion(facts, stated)))


def academic_year_start(year: int) -> date:
    """Return the first day of the academic year that begins in ``year``."""
    return date(year, *ACADEMIC_YEAR_STARTS)


def last_implied_refusal(silent_since: tuple[date, ...], stated: StatedValues, *, today: date) -> date | None:
    """Return the latest day, up to ``today``, on which silence refused one of the applications; None where it refused none."""
    if stated("silence").value != Silence.REFUSED:
        return None
    return max((day for day in _silences_end(silent_since, stated) if day <= today), default=None)


def _silences_end(silent_since: tuple[date, ...], stated: StatedValues) -> list[date]:
    months = stated("silence_months").value
    return sorted(implied_refusal_on(applied_on=day, months=months) for day in silent_since)


def _reason(code: str, words: str, cure: str, *rests_on: Stated, **values: Value) -> Reason:
    return Reason(
        code=code,
        words=words,
        values=values,
        sources=tuple(dict.fromkeys(value.source for value in rests_on)),
        cure=cure,
        settled=all(value.settled for value in rests_on),
    )


FAQ_2023 = f"{LAW} ; foire aux questions du ministère, 2023"
ANOTHER_LICENCE = _("Si vous avez aussi une licence, diplôme national, fondez votre saisine sur elle.")
DIPLOMAS: Mapping[str, tuple[str, str, str]] = {
    "professional": (_("Une licence professionnelle n’ouvre pas la saisine : il faut une licence."), FAQ_2023, ANOTHER_LICENCE),
    "foreign": (_("Un diplôme étranger n’ouvre pas la saisine : il faut une licence française."), FAQ_2023, ANOTHER_LICENCE),
    "other": (_("Ce diplôme n’ouvre pas la saisine : il faut une licence, diplôme national."), LAW, ANOTHER_LICENCE),
    "": (_("Vous n’avez pas dit de quel diplôme il s’agit."), LAW, _("Dites si c’est une licence, diplôme national.")),
}
"""Diplomas that do not found a referral, and none named: sentence, source, cure."""


def _diploma(facts: Facts, stated: StatedValues) -> Reason | None:
    if facts.diploma not in DIPLOMAS:
        return None
    sentence, source, cure = DIPLOMAS[facts.diploma]
    return _reason("diploma", sentence, cure, Stated(None, source))


def _licence_date(facts: Facts, stated: StatedValues) -> Reason | None:
    """A licence still awaited is no reason; one of which nothing is said is."""
    if facts.licence_on or facts.licence_expected_on:
        return None
    return _reason(
        "no_licence",
        _("Vous n’avez indiqué ni date d’obtention de la licence, ni date à laquelle vous l’attendez."),
        _("Indiquez la date figurant sur votre relevé de notes, ou celle du prochain jury."),
        ALWAYS,
    )


def _licence_age(facts: Facts, stated: StatedValues) -> Reason | None:
    years = stated("licence_years")
    if years.value is None or facts.licence_on is None:
        return None
    start = facts.academic_year_starts_on
    oldest = start.replace(year=start.year - years.value)
    if facts.licence_on >= oldest:
        return None
    return _reason(
        "licence_too_old",
        _("Votre licence a été obtenue avant le %(day)s, il y a plus de %(years)s années universitaires."),
        _("Si vous en avez une plus récente, fondez votre saisine sur elle. Sinon, expliquez votre situation dans votre projet."),
        years,
        day=_day(oldest),
        years=years.value,
    )


def _admitted(facts: Facts, stated: StatedValues) -> Reason | None:
    """An admission on condition of an apprenticeship contract is none: it is not counted here."""
    if not facts.admitted:
        return None
    return _reason(
        "admitted",
        _("Vous avez reçu une réponse positive : la saisine est faite pour qui n’en a reçu aucune."),
        _("Si cette admission n’est plus possible, expliquez pourquoi dans votre projet."),
        ALWAYS,
    )


def _silence_accepts(facts: Facts, stated: StatedValues) -> Reason | None:
    silence, months = stated("silence"), stated("silence_months")
    past = [day for day in _silences_end(facts.silent_since, stated) if day <= facts.today]
    if silence.value != Silence.ACCEPTED or not past:
        return None
    return _reason(
        "silence_accepts",
        _(
            "Restée sans réponse %(months)s mois, votre candidature est acceptée depuis le %(day)s : "
            "ce silence est une réponse positive."
        ),
        _(
            "Demandez à l’université une attestation de cette acceptation (CRPA, art. L. 232-3), puis votre inscription. "
            "Si elle vous est refusée, indiquez ce refus."
        ),
        silence,
        months,
        months=months.value,
        day=_day(past[0]),
    )


def _not_yet_refused(facts: Facts, stated: StatedValues) -> Reason | None:
    silence, months = stated("silence"), stated("silence_months")
    to_come = [day for day in _silences_end(facts.silent_since, stated) if day > facts.today]
    if silence.value != Silence.REFUSED or not to_come:
        return None
    one = _("Sans réponse, votre candidature ne comptera comme refusée que le %(days)s.")
    several = _("Sans réponse, vos candidatures ne compteront comme refusées que le %(days)s.")
    return _reason(
        "not_yet_refused",
        one if len(to_come) == 1 else several,
        _("Attendez cette date, ou indiquez le refus s’il arrive plus tôt."),
        silence,
        months,
        days=tuple(dict.fromkeys(_day(day) for day in to_come)),
    )


def _waiting_list(facts: Facts, stated: StatedValues) -> Reason | None:
    waiting = stated("waiting_list")
    if waiting.value != WaitingList.BLOCKS or not facts.waiting:
        return None
    return _reason(
        "waiting_list",
        _("Vous êtes sur une liste d’attente : la saisine n’est ouverte qu’à qui n’y est plus."),
        _(
            "Attendez la réponse, ou renoncez à cette liste si vous préférez la saisine. "
            "Chercher un contrat d’apprentissage, en revanche, n’empêche rien."
        ),
        waiting,
    )


def _counted_refusals(facts: Facts, stated: StatedValues) -> int:
    """Return how many applications count as refused: in so many words, by a silence that refuses, for want of a contract."""
    past = [day for day in _silences_end(facts.silent_since, stated) if day <= facts.today]
    implied = len(past) if stated("silence").value == Silence.REFUSED else 0
    return facts.refusals + facts.under_contract + implied


Words = tuple[str, str, str]
"""The sentence for none, for one and for several of a thing."""

APPLICATIONS = (
    _("Vous n’avez indiqué aucune candidature ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué une candidature ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué %(found)s candidatures ; il en faut au moins %(asked)s."),
)
REFUSALS = (
    _("Vous n’avez indiqué aucun refus ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué un refus ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué %(found)s refus ; il en faut au moins %(asked)s."),
)
MENTIONS = (
    _("Vous n’avez indiqué aucune mention ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué une seule mention ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué %(found)s mentions différentes ; il en faut au moins %(asked)s."),
)
INSTITUTIONS = (
    _("Vous n’avez indiqué aucun établissement ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué un seul établissement ; il en faut au moins %(asked)s."),
    _("Vous avez indiqué %(found)s établissements différents ; il en faut au moins %(asked)s."),
)
INCOMPATIBLE = (
    _(
        "Pour une candidature, votre licence n’est pas de celles que le master conseille : "
        "il faut au moins %(asked)s candidatures compatibles avec votre licence."
    ),
    _(
        "Pour %(found)s candidatures, votre licence n’est pas de celles que le master conseille : "
        "il faut au moins %(asked)s candidatures compatibles avec votre licence."
    ),
)
"""For one and for several: none is no reason."""


class Minimum(NamedTuple):
    """A number that the rules ask for.

    least: below it the rule asks nothing. alone: whether it is asked for where one university serves the whole region.
    """

    code: str
    rule: str
    least: int
    alone: bool
    counted: Callable[[Facts, StatedValues], int]
    words: Words
    cure: str


MINIMA = (
    Minimum(
        "too_few_applications",
        "min_applications",
        1,
        True,
        lambda facts, stated: facts.applications,
        APPLICATIONS,
        _("Indiquez toutes vos candidatures, même restées sans réponse."),
    ),
    Minimum(
        "too_few_refusals",
        "min_refusals",
        1,
        False,
        _counted_refusals,
        REFUSALS,
        _("Indiquez chaque refus reçu et chaque candidature restée sans réponse : aucun justificatif n’est exigé."),
    ),
    Minimum(
        "too_few_mentions",
        "min_mentions",
        2,
        False,
        lambda facts, stated: facts.mentions,
        MENTIONS,
        _("Indiquez vos candidatures dans une autre mention, s’il y en a."),
    ),
    Minimum(
        "too_few_institutions",
        "min_institutions",
        2,
        False,
        lambda facts, stated: facts.institutions,
        INSTITUTIONS,
        _("Indiquez vos candidatures dans un autre établissement, s’il y en a."),
    ),
)


def rules_asked(stated: StatedValues, *, single_university: bool) -> list[str]:
    """Return the names of the minima that the rules ask for, each once."""
    names = (_rule_of(minimum, stated, single_university=single_university) for minimum in MINIMA)
    return list(dict.fromkeys(name for name in names if name))


def _rule_of(minimum: Minimum, stated: StatedValues, *, single_university: bool) -> str | None:
    """Return the name of the value that holds; None where nothing is asked.

    Where one university serves the whole region its own, lower number of applications holds, and nobody is asked for so many
    refusals, nor for a second mention or institution: no text does.
    """
    name = minimum.rule
    if single_university:
        if not minimum.alone:
            return None
        name = min(name, "min_applications_single", key=lambda one: stated(one).value)
    return name if stated(name).value >= minimum.least else None


def _at_least(minimum: Minimum) -> Criterion:
    def criterion(facts: Facts, stated: StatedValues) -> Reason | None:
        rule, found = _rule_of(minimum, stated, single_university=facts.single_university), minimum.counted(facts, stated)
        if rule is None or found >= stated(rule).value:
            return None
        return _reason(
            minimum.code,
            minimum.words[min(found, 2)],
            minimum.cure,
            stated(rule),
            found=found,
            asked=stated(rule).value,
        )

    return criterion


def _compatibility(facts: Facts, stated: StatedValues) -> Reason | None:
    """As many applications as are asked for must be compatible, not all of them: the texts differ, this favours the student."""
    compatibility, rule = stated("compatibility"), _rule_of(MINIMA[0], stated, single_university=facts.single_university)
    if compatibility.value != Compatibility.CONDITION or rule is None or not facts.incompatible:
        return None
    asked = stated(rule).value
    if facts.applications - facts.incompatible >= asked:
        return None
    return _reason(
        "too_few_compatible",
        INCOMPATIBLE[min(facts.incompatible, 2) - 1],
        _("Expliquez dans votre projet en quoi votre parcours y prépare."),
        compatibility,
        found=facts.incompatible,
        asked=asked,
    )


def _not_open(facts: Facts, stated: StatedValues) -> Reason | None:
    if facts.today >= facts.opens_on:
        return None
    return _reason(
        "not_open",
        _("La plateforme n’ouvre que le %(day)s."),
        _("Préparez votre brouillon dès maintenant, et déposez à partir de ce jour."),
        ALWAYS,
        day=_day(facts.opens_on),
    )


def _late(facts: Facts, stated: StatedValues) -> Reason | None:
    if facts.filing_ends_at is None or facts.at < facts.filing_ends_at:
        return None
    return _reason(
        "late",
        _("Le délai pour déposer la saisine est passé."),
        _("Vous pouvez encore déposer : dites pourquoi vous n’avez pas pu le faire plus tôt, le rectorat décide."),
        stated("filing_days"),
    )


def _another_live(facts: Facts, stated: StatedValues) -> Reason | None:
    if not facts.another_live:
        return None
    return _reason(
        "another_live",
        _("Vous avez une autre saisine dans cette campagne : une seule est possible."),
        _("Poursuivez celle qui est ouverte."),
        ALWAYS,
    )


def _competence(facts: Facts, stated: StatedValues) -> Reason | None:
    if facts.competent:
        return None
    return _reason(
        "not_competent",
        _("La licence n’a pas été obtenue dans la région académique à laquelle la saisine est adressée."),
        _("Il n’y a rien à refaire : le rectorat saisi transmet la saisine à celui qui est compétent."),
        Stated(None, f"{LAW} ; CRPA, art. L. 114-2"),
    )


CRITERIA: tuple[Criterion, ...] = (
    _diploma,
    _licence_date,
    _licence_age,
    _admitted,
    _silence_accepts,
    _not_yet_refused,
    _waiting_list,
    *(_at_least(minimum) for minimum in MINIMA),
    _compatibility,
    _not_open,
    _late,
    _another_live,
    _competence,
)
"""In the order in which a reader is told."""


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
