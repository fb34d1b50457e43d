"""The public search: what a reader may ask of the vacancies of a campaign, and the vacancies that answer."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property, reduce
from typing import Any, NamedTuple

from django import forms
from django.contrib.postgres.lookups import Unaccent
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import BooleanField, Exists, F, FloatField, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Least, Lower
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from dsfr.forms import DsfrBaseForm

from .models import Academy, Attendance, Campaign, Language, LicenceMention, MasterMention, Modality, Programme, Vacancy
from .names import normalise
from .search import distance_from, has_table, says, takes_licence
from .towns import Town, Towns, box
from .words import Meant, having, resembling, significant

LEADERS = {"radius": "town", "suitable_only": "licence"}
"""Which criterion means something only with which other."""
RADII = [(km, format_lazy(_("{km} km autour"), km=km)) for km in (10, 20, 50, 100, 200)]


SHOWN = ("programme__mention", "programme__institution", "programme__academy__region")
"""What is shown of a vacancy besides its own columns."""


class Answers(NamedTuple):
    """keys: of the vacancies, in order; exact: False where none has all the words, and these have what resembles them."""

    keys: Sequence[int] | QuerySet[Vacancy, int]
    exact: bool


class LongSelect(forms.Select):
    """A select of hundreds of options: the same elements, without a template for each."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> str:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, mark_safe(" selected") if str(key) == chosen else "", label) for key, label in self.choices),
        )
        all_attrs = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(all_attrs), options)


class NamedField(forms.ModelChoiceField):
    """One of many names. Its address is its name, so that it can be read, kept and sent."""

    widget = LongSelect

    def __init__(self, queryset: QuerySet, **options: Any) -> None:
        super().__init__(queryset, to_field_name="normalised", required=False, **options)

    def to_python(self, value: str) -> Model | None:
        # The reader of an address may have written the name as the page shows it.
        return super().to_python(normalise(value) if isinstance(value, str) else value)


def unknown_town(guess: str | None) -> str:
    """Return what is said of a town that nothing is known in; guess: the one that may be meant."""
    if guess:
        said = gettext("Aucune formation ni aucun établissement connu dans une ville de ce nom. Vouliez-vous dire « %(town)s » ?")
        return said % {"town": guess}
    return gettext("Aucune formation ni aucun établissement connu dans une ville de ce nom.")


class VacancyFilter(DsfrBaseForm):
    """What a reader narrows the list by. A value that cannot be used is said and left out; the others still count."""

    q = forms.CharField(
        label=_("Que cherchez-vous ?"),
        help_text=_("Mention, parcours, établissement ou ville. Accents et pluriels ne comptent pas."),
        max_length=250,
        required=False,
    )
    mention = NamedField(
        MasterMention.objects.none(),
        label=_("Mention de master"),
        empty_label=_("Toutes les mentions"),
        error_messages={"invalid_choice": _("Cette mention n’a pas de place vacante, ou n’existe pas.")},
    )
    licence = NamedField(
        LicenceMention.objects.all(),
        label=_("Votre mention de licence"),
        empty_label=_("Non précisée"),
        error_messages={"invalid_choice": _("Cette mention de licence n’existe pas.")},
    )
    suitable_only = forms.BooleanField(label=_("Seulement les formations compatibles avec cette licence"), required=False)
    academy = forms.ChoiceField(label=_("Académie ou région académique"), required=False)
    town = forms.CharField(label=_("Ville"), max_length=80, required=False)
    radius = forms.TypedChoiceField(
        label=_("Distance"),
        choices=[("", _("Dans la ville")), *RADII],
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("Choisissez une des distances proposées.")},
    )
    modality = forms.ChoiceField(label=_("Modalité"), choices=[("", _("Toutes")), *Modality.choices], required=False)
    attendance = forms.ChoiceField(label=_("Présence"), choices=[("", _("Toutes")), *Attendance.choices], required=False)
    language = forms.ChoiceField(label=_("Langue"), choices=[("", _("Toutes")), *Language.choices], required=False)
    campaign = forms.ModelChoiceField(
        label=_("Campagne"), queryset=Campaign.objects.all(), required=False, empty_label=_("La dernière")
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["academy"].choices = self.territory_choices()
        self.fields["mention"].queryset = mentions_with_seats(self.chosen_campaign)
        self.fields["town"].widget.attrs["list"] = "towns"
        for name in ("q", "town"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        self.near: Town | None = None

    @cached_property
    def chosen_campaign(self) -> Campaign | None:
        """The campaign asked for, else the last that has opened, else the first to come."""
        by_opening = list(Campaign.objects.order_by("opens_on"))
        asked = [campaign for campaign in by_opening if campaign.pk == self.data.get("campaign")]
        opened = [campaign for campaign in by_opening if campaign.opens_on <= timezone.localdate()]
        return (asked or opened[-1:] or by_opening[:1] or [None])[0]

    @cached_property
    def academies(self) -> list[Academy]:
        return list(Academy.objects.select_related("region").order_by("region__name", "name"))

    def territory_choices(self) -> list:
        """Return the académies under their regions; a region of several can be chosen as a whole."""
        by_region: dict[Any, list[tuple[str, str]]] = {}
        for academy in self.academies:
            by_region.setdefault(academy.region, []).append((academy.pk, academy.name))
        grouped = [
            (
                region.name,
                [(region.pk, gettext("%(region)s : toute la région") % {"region": region.name}), *own] if len(own) > 1 else own,
            )
            for region, own in by_region.items()
        ]
        return [("", gettext("Toute la France")), *grouped]

    def clean_academy(self) -> list[str]:
        """Return the codes of the académies meant."""
        code = self.cleaned_data["academy"]
        return [academy.pk for academy in self.academies if code in (academy.pk, academy.region_id)]

    @cached_property
    def towns(self) -> Towns:
        return Towns()

    def clean(self) -> None:
        town, radius = self.cleaned_data.get("town"), self.cleaned_data.get("radius")
        if radius and not town:
            self.add_error("radius", gettext("Dites autour de quelle ville."))
        if town:
            self.near = self.towns.find(town)
            if self.near is None and not self.towns.containing(town):
                self.add_error("town", unknown_town(self.towns.like(town)))
                # The name still counts: better no vacancy there than all of France.
                self.cleaned_data["town"] = town
            elif radius and (self.near is None or not self.near.points):
                self.add_error("radius", gettext("On ne sait pas où se trouve cette ville : seul son nom compte."))
        if self.cleaned_data.get("suitable_only") and not self.cleaned_data.get("licence"):
            self.add_error("suitable_only", gettext("Dites d’abord quelle licence."))

    @cached_property
    def words(self) -> list[str]:
        return significant(self.cleaned_data.get("q", ""))

    @property
    def within_km(self) -> int | None:
        return self.cleaned_data.get("radius") if self.near else None

    @property
    def licence_asked(self) -> LicenceMention | None:
        return self.cleaned_data.get("licence")

    @property
    def more(self) -> bool:
        """Whether a criterion that the page folds away is in use, or wrong."""
        return any(self.data.get(name) for name in ("mention", "modality", "attendance", "language", "campaign"))

    @cached_property
    def has_table(self) -> bool:
        """Whether the campaign's table of compatibility speaks of the licence, so that a mention can be outside it."""
        return bool(self.chosen_campaign and has_table(self.chosen_campaign, self.licence_asked))

    def answers(self) -> Answers:
        """Return the vacancies with a free seat that the usable values leave.

        First those that suit the licence, then those whose mention itself has every word, the closest to the town, then by
        mention, institution and track. Where the words are only resembled, the mention that resembles them most comes first.
        """
        if not self.words and not self.within_km:
            return Answers(_keys(self.exactly()), exact=True)
        # Counting costs as much as finding: the keys of them all, once, serve for both.
        keys = list(_keys(self.exactly()))
        meant = resembling(self.words) if self.words and not keys else None
        close = list(_keys(self._meaning(meant, exact=False))) if meant else []
        return Answers(close or keys, exact=not close)

    def exactly(self) -> QuerySet[Vacancy]:
        """Return the vacancies of `answers` that have all the words, be there none."""
        return self._meaning(having(self.words) if self.words else None)

    def read(self, keys: Sequence[int], *, on: date) -> list[Vacancy]:
        """Return the vacancies of these keys, in order, each with ``suits`` and ``distance_km`` (None: not asked) and ``stale``."""
        rows = self._annotated().select_related(*SHOWN).in_bulk(keys)
        for vacancy in rows.values():
            vacancy.stale = vacancy.is_stale(on=on)
        return [rows[key] for key in keys if key in rows]

    def _annotated(self) -> QuerySet[Vacancy]:
        suits = Value(None, output_field=BooleanField()) if self._takes is None else says(self._takes)
        return Vacancy.objects.annotate(suits=suits, distance_km=self._distance())

    @property
    def _takes(self) -> Q | None:
        licence, campaign = self.licence_asked, self.chosen_campaign
        return takes_licence(licence, campaign, programme="programme") if licence and campaign else None

    def _meaning(self, meant: Meant | None, *, exact: bool = True) -> QuerySet[Vacancy]:
        found = self._annotated().filter(self._asked(), campaign=self.chosen_campaign, free__gt=0)
        order: list[Any] = []
        if self._takes is not None:
            order.append(F("suits").desc())
        if meant:
            found = found.filter(meant.programmes)
        if meant and meant.mentions:
            order.append(says(Q(programme__mention__in=meant.mentions)).desc())
        if not exact:
            order.append(TrigramWordSimilarity(" ".join(self.words), "programme__mention__normalised").desc())
        if self.within_km:
            order.append(F("distance_km").asc(nulls_last=True))
        return found.order_by(
            *order,
            "programme__mention__normalised",
            Lower(Unaccent("programme__institution__name")),
            Lower(Unaccent("programme__track")),
            "pk",
        )

    def _asked(self) -> Q:
        wanted = self.cleaned_data
        asked = Q()
        if wanted.get("mention"):
            asked &= Q(programme__mention=wanted["mention"])
        if wanted.get("academy"):
            asked &= Q(programme__academy__in=wanted["academy"])
        for name in ("modality", "attendance", "language"):
            if wanted.get(name):
                asked &= Q(**{name: wanted[name]})
        if wanted.get("town"):
            asked &= self._there(wanted["town"])
        if wanted.get("suitable_only") and self._takes is not None:
            asked &= self._takes
        return asked

    def _there(self, town: str) -> Q:
        """In the town, by its name; with a radius, also what lies that near."""
        if not self.near:
            return Q(programme__town__in=self.towns.containing(town))
        there = Q(programme__town__in=self.near.spellings)
        for point in self.near.points if self.within_km else ():
            south_west, north_east = box(point, self.within_km)
            there |= Q(
                programme__latitude__range=(south_west[0], north_east[0]),
                programme__longitude__range=(south_west[1], north_east[1]),
                distance_km__lte=self.within_km,
            )
        return there

    def _distance(self) -> Any:
        if not (self.within_km and self.near):
            return Value(None, output_field=FloatField())
        return reduce(Least, map(distance_from, self.near.points))

    def criteria(self) -> dict[str, str]:
        """Return the usable values as an address has them."""
        wrong = {*self.errors, *(follower for follower, leader in LEADERS.items() if leader in self.errors)}
        return {name: self.data[name] for name in self.fields if name not in wrong and self.data.get(name)}

    def query(self) -> str:
        """Return the address of the same search, from its question mark on; nothing where all is asked for."""
        return f"?{urlencode(self.criteria())}" if self.criteria() else ""


def _keys(found: QuerySet[Vacancy]) -> QuerySet[Vacancy, int]:
    # The rows are read for one page: twenty thousand of them, with all that is shown, are slow to sort.
    return found.values_list("pk", flat=True)


def mentions_with_seats(campaign: Campaign | None) -> QuerySet[MasterMention]:
    """Return the mentions of which a programme has a free seat in the campaign."""
    offered = Programme.objects.filter(mention=OuterRef("pk"), vacancies__campaign=campaign, vacancies__free__gt=0)
    return MasterMention.objects.filter(Exists(offered))
