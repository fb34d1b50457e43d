"""A list of applications pasted as it was copied, one on each line: read as well as it can be, corrected by her, saved at once.

Between the parts of a line: a tab, a semicolon, a bar, or a dash between spaces; a name may hold such a dash itself. Days and
answers are known by their form, institutions and mentions by the reference data; what is left is the track.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from vacancies.models import Institution, MasterMention
from vacancies.names import normalise
from vacancies.search import find_institution, find_mention, institutions_resembling, mention_candidates

from .. import procedure
from ..models import Answer, Application
from ..procedure import Refused
from ..typed import forget_typed
from . import steps
from .draft import silence_under
from .forms import ApplicationForm
from .naming import suggestions
from .own import DraftOnly, OwnForm

MOST = 30
"""Lines read at once."""
LONGEST = 20_000
NEAR_ENOUGH = 0.6
"""How much a name resembles the one it is taken for, from 0 to 1; she is asked to check it."""

ALWAYS_PARTS = re.compile(r"[\t;|]+|\s{3,}")
MAYBE_PARTS = re.compile(r"(\s+[-–—]\s+|,\s+)")
MONTHS = ("janv", "fevr", "mars", "avr", "mai", "juin", "juil", "aout", "sept", "oct", "nov", "dec")
IN_FIGURES = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b")
ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
IN_LETTERS = re.compile(r"\b(\d{1,2})(?:er)?\s+([^\W\d_]{3,9})\.?\s+(\d{4})\b")
AROUND_A_DAY = re.compile(r"\b(du|le|en date du|depuis le)\s*$", re.IGNORECASE)
BEFORE_A_NAME = re.compile(r"^\s*(?:[-–—•*·]|\d{1,2}[.)])\s+")
MASTER = re.compile(r"^(?:master|m1|mention)\b[\s:]*(?:mention\b)?[\s:]*", re.IGNORECASE)
TRACK = re.compile(r"^parcours(?:-type)?\b[\s:]*", re.IGNORECASE)

ANSWERS: tuple[tuple[Answer, tuple[str, ...]], ...] = (
    (Answer.IMPLIED, ("sans reponse", "aucune reponse", "pas de reponse", "jamais repondu", "silence")),
    (Answer.EXPRESS, ("refus", "non retenu", "non admis", "rejet", "non classe", "defavorable")),
    (Answer.WAITING, ("liste d attente", "en attente")),
    (Answer.CONTRACT, ("sous reserve", "apprentissage")),
    (Answer.ADMITTED, ("admis", "accept", "proposition")),
)
"""Words that say what became of an application, as `names.normalise` sees them; the first that is met counts."""
AN_ANSWER = 6
"""Words at most of a part that only says the answer: « candidature refusée le »."""


@dataclass(kw_only=True)
class Line:
    """A line as it was understood. values: what its form begins with. doubts: the fields to be checked, for they were guessed."""

    pasted: str
    values: dict[str, Any] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def read_lines(text: str) -> list[Line]:
    """Return the lines that say something, `MOST` at most."""
    written = (line.strip() for line in text[:LONGEST].splitlines())
    return [_read(line) for line in written if normalise(line)][:MOST]


def _read(pasted: str) -> Line:
    line = Line(pasted=pasted)
    rest, days = _without_days(BEFORE_A_NAME.sub("", pasted))
    parts = [part for part in (part.strip(" ,:-–—") for part in ALWAYS_PARTS.split(rest)) if part]
    answer, parts = _answer(parts)
    line.values["answer"] = answer or Answer.EXPRESS
    if answer is None:
        line.doubts.append("answer")
    if days:
        line.values["applied_on" if answer == Answer.IMPLIED else "on"] = days[-1]
    parts = _named(line, parts)
    _left_over(line, parts)
    return line


def _without_days(text: str) -> tuple[str, list[date]]:
    days: list[date] = []
    for pattern in (ISO, IN_FIGURES, IN_LETTERS):
        while found := next(_days(pattern, text), None):
            match, day = found
            days.append(day)
            text = AROUND_A_DAY.sub("", text[: match.start()]) + ";" + text[match.end() :]
    return text, sorted(days)


def _days(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], date]]:
    for match in pattern.finditer(text):
        first, middle, last = match.groups()
        if pattern is ISO:
            first, last = last, first
        month = _month(middle)
        year = int(last) + (2000 if len(last) == 2 else 0)
        try:
            yield match, date(year, month, int(first))
        except ValueError:
            continue


def _month(written: str) -> int:
    """Return the month, 0 where it is none."""
    if written.isdecimal():
        return int(written)
    return next((rank for rank, name in enumerate(MONTHS, 1) if normalise(written).startswith(name)), 0)


def _answer(parts: list[str]) -> tuple[Answer | None, list[str]]:
    """Return the answer that one of the parts says, and the parts without it; a long part keeps its other words."""
    for place, part in enumerate(parts):
        for piece in MAYBE_PARTS.split(part)[::2]:
            words = normalise(piece)
            said = next((answer for answer, signs in ANSWERS if any(sign in words for sign in signs)), None)
            if said and len(words.split()) <= AN_ANSWER:
                left = part.replace(piece, "").strip(" ,:-–—")
                return said, [*parts[:place], *([left] if left else []), *parts[place + 1 :]]
    return None, parts


def _named(line: Line, parts: list[str]) -> list[str]:
    """Find the institution and the mention among the parts, exactly if possible, and return the parts that remain."""
    ways = (
        ("institution", find_institution, True),
        ("mention", _mention, True),
        ("institution", _nearest_institution, False),
        ("mention", _nearest_mention, False),
    )
    for name, find, sure in ways:
        if name not in line.values and (found := _within(parts, find)):
            line.values[name], parts = found
            line.doubts += [] if sure else [name]
    return parts


def _within(parts: Sequence[str], find: Callable[[str], Any]) -> tuple[Any, list[str]] | None:
    """Return what ``find`` finds in the longest run of pieces of a part, and the parts without it."""
    for place, part in enumerate(parts):
        pieces = MAYBE_PARTS.split(part)  # every other one is what stands between two
        for length in range(len(pieces), 0, -2):
            for start in range(0, len(pieces) - length + 1, 2):
                end = start + length
                if found := find("".join(pieces[start:end])):
                    left = ("".join(pieces[: max(start - 1, 0)]), "".join(pieces[end + 1 :]))
                    return found, [*parts[:place], *(one for one in left if one), *parts[place + 1 :]]
    return None


def _nearest_institution(name: str) -> Institution | None:
    near = institutions_resembling(name, 1) if len(normalise(name)) > 4 else []
    return near[0][0] if near and near[0][1] >= NEAR_ENOUGH else None


def _mention(name: str) -> MasterMention | None:
    return find_mention(MasterMention, MASTER.sub("", name)) or find_mention(MasterMention, name)


def _nearest_mention(name: str) -> MasterMention | None:
    if len(normalise(name)) < 4 or TRACK.match(name):
        return None
    near = mention_candidates(MasterMention, MASTER.sub("", name), 1)
    return near[0] if near and near[0].resemblance / 2 >= NEAR_ENOUGH else None  # type: ignore[attr-defined]


INSTITUTIONS = ("universite", "univ", "ecole", "institut", "inalco", "sorbonne", "conservatoire")


def _left_over(line: Line, parts: list[str]) -> None:
    """Put what nobody knows where it most likely belongs: she corrects it."""
    for part in parts:
        text = part.strip(" ,:-–—")
        if not normalise(text):
            continue
        if TRACK.match(text):
            line.values.setdefault("track", TRACK.sub("", text))
        elif "institution" not in line.values and normalise(text).startswith(INSTITUTIONS):
            line.values["institution"] = text
        elif "mention" not in line.values and "title" not in line.values:
            line.values["title"] = MASTER.sub("", text)[:250]
            line.doubts.append("title")
        else:
            line.values.setdefault("track", text[:250])


class PasteForm(forms.Form):
    pasted = forms.CharField(
        label=_("Vos candidatures, une par ligne"),
        help_text=_("Par exemple : Université de Lyon ; Archives ; parcours Numérique ; refusée le 10/06/2026"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 10, "class": "fr-input"}),
        error_messages={"required": _("Collez au moins une ligne.")},
    )


class LineForm(ApplicationForm):
    """One line, to be checked. It may be left out; a proof is added afterwards.

    doubts: labels of what was guessed. is_open: whether there is something to look at.
    """

    doubts: tuple[str, ...] = ()
    is_open = False

    left_out = forms.BooleanField(label=_("Ne pas ajouter cette ligne"), required=False)
    pasted = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["proof"]
        self.fields["answer"].widget = forms.Select(choices=self.fields["answer"].choices)  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.cleaned_data.get("left_out"):
            self._errors.clear()

    @property
    def wanted(self) -> bool:
        return bool(self.cleaned_data) and not self.cleaned_data["left_out"]

    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.COLUMNS}


Lines = forms.formset_factory(LineForm, extra=0, max_num=MOST, absolute_max=MOST)
PREFIX = "lignes"


class PasteView(DraftOnly, OwnForm):
    """First the list, then each line as it was understood; nothing is saved before she says so, and then all of it."""

    form_class = PasteForm
    template_name = "student/paste.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        options = super().get_form_kwargs()
        del options["today"]
        return options

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {"step": steps.position("applications"), "most": MOST}

    @cached_property
    def row_options(self) -> dict[str, Any]:
        return {"today": self.today, "rules": self.referral.rules}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if f"{PREFIX}-TOTAL_FORMS" not in request.POST:
            return super().post(request, *args, **kwargs)
        rows = Lines(request.POST, prefix=PREFIX, form_kwargs=self.row_options)
        if not rows.is_valid():
            return self._check(rows)
        many = [row.facts() for row in rows.forms if row.wanted]
        try:
            procedure.save_applications(self.referral.pk, many=many, by=self.her, at=self.at)
        except Refused as refused:
            return self._check(rows, refused.sentence)
        forget_typed(request)
        self._say(len(many))
        return redirect(self.address("applications"))

    def form_valid(self, form: PasteForm) -> HttpResponse:
        lines = read_lines(form.cleaned_data["pasted"])
        if not lines:
            form.add_error("pasted", gettext("Aucune ligne n’a pu être lue."))
            return self.form_invalid(form)
        there = {_key(application) for application in self.referral.applications.all()}
        initial = []
        for line in lines:
            stated = _key(Application(**self._stated(line)))
            initial.append(line.values | {"pasted": line.pasted, "left_out": stated in there})
            there.add(stated)
        rows = Lines(prefix=PREFIX, initial=initial, form_kwargs=self.row_options)
        for row, line in zip(rows.forms, lines, strict=True):
            row.doubts = tuple(str(row[name].label) for name in line.doubts)
        return self._check(rows)

    def _stated(self, line: Line) -> dict[str, Any]:
        named = {name: line.values[name] for name in ("institution", "mention") if not isinstance(line.values.get(name, ""), str)}
        return named | {name: line.values.get(name, "") for name in ("title", "track")}

    def _check(self, rows: Any, refused: str = "") -> HttpResponse:
        for row in rows.forms:
            row.is_open = bool(row.errors) if row.is_bound else bool(self._lacks(row) or row.doubts)
        context = {
            "referral": self.referral,
            "case": self.address("referral"),
            "rows": rows,
            "refused": refused,
            "suggestions": suggestions(rows.forms[0]) if rows.forms else {},
            "silence": silence_under(self.referral),
            "step": steps.position("applications"),
        }
        return render(self.request, "student/paste_check.html", context)

    def _lacks(self, row: LineForm) -> bool:
        """Whether a line that was just read would be refused as it is."""
        said = row.initial
        day = said.get("applied_on" if said["answer"] == Answer.IMPLIED else "on")
        dated = bool(day) or said["answer"] not in (Answer.EXPRESS, Answer.IMPLIED)
        known = isinstance(said.get("institution"), Institution)
        return said["left_out"] or not (known and dated and (said.get("mention") or said.get("title")))

    def _say(self, count: int) -> None:
        if not count:
            messages.info(self.request, gettext("Aucune ligne à ajouter : rien n’a changé."))
            return
        sentence = ngettext(
            "%(count)s candidature ajoutée. Brouillon : votre saisine n’est pas encore déposée.",
            "%(count)s candidatures ajoutées. Brouillon : votre saisine n’est pas encore déposée.",
            count,
        )
        messages.success(self.request, sentence % {"count": count})


def _key(application: Application) -> tuple[Any, ...]:
    """What makes two applications the same one."""
    named = application.mention_id or normalise(application.title)
    return application.institution_id, named, normalise(application.track)
