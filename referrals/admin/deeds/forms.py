"""One small form for each verb of the office. What a form has cleaned are the verb's own arguments, under their own names."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils.formats import date_format

from vacancies.models import Institution
from vacancies.search import find_institution, institution_candidates

from ...documents.uploads import Unreadable, Upload, examine, opened, together
from ...models import (
    Caller,
    Channel,
    DocumentKind,
    Enrolment,
    LimitKind,
    LimitStatus,
    Post,
    TextKind,
    User,
)
from ...models.document import GIVEN
from ...models.offer import TO_THE_OFFICE
from ...models.people import ACTOR_OF_ROLE
from ...procedure.facts import facts_of
from ...rules.eligibility import reasons
from ...rules.states import DECIDED_BY_LETTER, MOVES, Action, OfferState
from ...wording import ACTIONS
from .base import DeedForm

MAX_SUPPLY_DAYS = 90
MAX_EXTRA_DAYS = 90
DAYS_TO_TREAT = 15
"""What the office gives itself by default to treat a file it takes up again."""


class UploadField(forms.FileField):
    """A file, examined: it cleans to an `Upload`, or to None where none is required and none was given."""

    widget = forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"label": "Fichier", "help_text": "PDF, JPEG ou PNG."} | kwargs))

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        given = super().clean(data, initial)
        try:
            return together([opened(examine(given))]) if given else None
        except Unreadable as problem:
            raise forms.ValidationError(problem.sentence, code="unreadable") from None


class InstitutionField(forms.CharField):
    """An institution, by its UAI code or one of its names, present or former.

    current: the one it starts from; its name, left as it is, still means it, whoever else is called so.
    """

    def __init__(self, **kwargs: Any) -> None:
        self.current: Institution | None = None
        widget = forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"})
        super().__init__(max_length=250, widget=widget, help_text="Son code UAI, ou un de ses noms, actuel ou ancien.", **kwargs)

    def start_from(self, institution: Institution | None) -> None:
        self.current = institution
        self.initial = institution and institution.name

    def clean(self, value: Any) -> Institution:
        text = super().clean(value)
        if self.current is not None and text == self.current.name:
            return self.current
        found = Institution.objects.filter(pk=text.upper()).first() or find_institution(text)
        if found is None:
            raise forms.ValidationError(self._unknown(text), code="unknown")
        return found

    def _unknown(self, text: str) -> str:
        nearest = " ; ".join(f"{candidate.name} ({candidate.pk})" for candidate in institution_candidates(text))
        nobody = f"« {text} » ne désigne aucun établissement, ou en désigne plusieurs."
        return f"{nobody} Les plus proches : {nearest}." if nearest else f"{nobody} Vérifiez le code ou l’orthographe."


def long_text(label: str, *, required: bool = True, help_text: str = "", rows: int = 6) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"})
    )


def day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


def line(label: str, *, required: bool = True, help_text: str = "", max_length: int = 150) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=max_length,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


def channel(label: str) -> forms.TypedChoiceField:
    choices = [(way.value, way.label) for way in TO_THE_OFFICE]
    return forms.TypedChoiceField(label=label, coerce=Channel, choices=[("", "Choisir"), *choices])


def note() -> forms.CharField:
    return long_text("Note", required=False, help_text="Elle reste dans l’historique du dossier.", rows=3)


def written(day: Any) -> str:
    """Return a day as one writes it in French."""
    return date_format(day, "j F Y")


class ProveLicence(DeedForm):
    licence_on = day("Licence obtenue le")
    upload = UploadField(label="Relevé de notes définitif")


class PostponeLicence(DeedForm):
    expected_on = day("Prochain jury le", help_text="Session de rattrapage, délibération repoussée.")
    note = note()

    def known(self) -> list[tuple[str, str]]:
        expected = self.referral.licence_expected_on
        return [("Jury annoncé le", written(expected))] if expected else []


class AddDocument(DeedForm):
    kind = forms.TypedChoiceField(
        label="Nature du document", coerce=DocumentKind, choices=[("", "Choisir"), *((kind.value, kind.label) for kind in GIVEN)]
    )
    upload = UploadField()


class RequestDocuments(DeedForm):
    text_kind = TextKind.DOCUMENTS
    filled_from = {"wanted": "text"}
    wanted = long_text("Documents demandés", help_text="L’étudiant lit ce texte tel quel : dites ce qui manque, et pourquoi.")
    days = forms.IntegerField(
        label="Délai pour les envoyer, en jours",
        initial=15,
        min_value=1,
        max_value=MAX_SUPPLY_DAYS,
        help_text="À compter d’aujourd’hui.",
    )


class Resume(DeedForm):
    note = note()


class Assign(DeedForm):
    to = forms.ModelChoiceField(User.objects.none(), label="Dossier suivi par", empty_label="Choisir")

    def prepare(self) -> None:
        posts = Post.objects.on(self.today).filter(role__in=ACTOR_OF_ROLE, regions=self.referral.region)
        people = User.objects.filter(is_active=True, posts__in=posts).distinct().order_by("name", "email")
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = people
        field.initial = self.referral.assigned_to or self.user


class DeclareAdmissible(DeedForm):
    note = note()


LAW_HELP = "Les textes, et ce qu’ils demandent. Ce texte figure dans la lettre."
FACTS_HELP = "Ce qui, dans ce dossier, conduit à la décision. Ce texte figure dans la lettre."


class Reasons(DeedForm):
    """The reasons of a decision by letter, in law and in fact; the first draft comes from what the rules find in the file."""

    law = long_text("Motifs de droit", help_text=LAW_HELP)
    facts = long_text("Motifs de fait", help_text=FACTS_HELP)

    def prepare(self) -> None:
        if self.is_prepared:
            self.fields["law"].initial, self.fields["facts"].initial = self.referral.prepared_law, self.referral.prepared_facts
        elif self.referral.state in MOVES[Action.DECLARE_INADMISSIBLE].sources:
            found = reasons(facts_of(self.referral, at=self.at), self.referral.rules.stated)
            self.fields["law"].initial = "\n".join(f"{reason.sentence} ({reason.source})" for reason in found)

    @property
    def is_prepared(self) -> bool:
        """Whether the decision of this form was prepared."""
        return bool(self.referral.prepared_action)


class PrepareDecision(Reasons):
    action = forms.TypedChoiceField(label="Décision à préparer", coerce=Action, widget=forms.RadioSelect)
    field_order = ("action",)

    def prepare(self) -> None:
        super().prepare()
        possible = [action for action in MOVES if action in DECIDED_BY_LETTER and self.referral.state in MOVES[action].sources]
        self.offer_choices("action", [(action.value, ACTIONS[action][0]) for action in possible])
        if self.is_prepared:
            self.fields["action"].initial = self.referral.prepared_action


class Signed(Reasons):
    """A decision that its author signs."""

    decision: ClassVar[Action]

    @property
    def is_prepared(self) -> bool:
        return self.referral.prepared_action == self.decision

    def known(self) -> list[tuple[str, str]]:
        signature = self.by and self.by.signature_on(self.referral)
        signs = (
            [("Vous signez", f"{self.user}, {signature.capacity}, par délégation : {signature.delegation}")] if signature else []
        )
        if self.is_prepared:
            signs.append(("Préparée par", f"{self.referral.prepared_by}. Relisez : le texte part sous votre signature."))
        return signs


class DeclareInadmissible(Signed):
    decision = Action.DECLARE_INADMISSIBLE
    late = forms.TypedChoiceField(
        label="La saisine est",
        choices=[("non", "irrecevable"), ("oui", "tardive : déposée après la fin du délai")],
        coerce=lambda answer: answer == "oui",
        widget=forms.RadioSelect,
    )
    field_order = ("late",)

    def prepare(self) -> None:
        super().prepare()
        was_late = self.referral.limits.filter(kind=LimitKind.FILING, status=LimitStatus.OVER).exists()
        self.fields["late"].initial = "oui" if was_late else "non"


class Close(Signed):
    decision = Action.CLOSE

    def known(self) -> list[tuple[str, str]]:
        offers = self.referral.offers
        search = (
            f"{offers.count()} demandes, {offers.counted().count()} propositions sur {self.referral.rules.offers_required} dues"
        )
        return [*super().known(), ("Recherche faite", f"{search}. La lettre en donne la liste.")]


class TakeUpAgain(DeedForm):
    """Of a decision withdrawn, or a file reopened."""

    ground = long_text("Motif")
    due_on = day("À traiter avant le", help_text="Passé ce jour, le dossier remonte parmi ceux qui pressent.")

    def prepare(self) -> None:
        self.fields["due_on"].initial = self.today + timedelta(days=DAYS_TO_TREAT)


class ReferToCommission(DeedForm):
    note = note()


SEAT_GIVEN_BACK = (
    "Sa place est rendue à l’établissement, la recherche recommence, et une proposition de plus lui est due. Le courriel qu’il "
    "reçoit donne votre motif. Les propositions que son acceptation avait libérées ne reviennent pas."
)


class RetractOffer(DeedForm):
    ground = long_text("Motif", help_text="Si la proposition est déjà envoyée, l’étudiant lit ce motif.")

    def known(self) -> list[tuple[str, str]]:
        if self.offer is None or self.offer.state != OfferState.ACCEPTED:
            return []
        return [("L’étudiant l’a acceptée", SEAT_GIVEN_BACK)]


class RecordAgreement(DeedForm):
    agreed_by = line("Accord donné par", help_text="Nom de la personne.")
    agreed_as = line(
        "En qualité de", help_text="Par exemple : président de l’université, responsable de la mention par délégation."
    )
    agreed_on = day("Date de l’accord")
    through = channel("Reçu par")

    def prepare(self) -> None:
        self.fields["agreed_on"].initial = self.today


class RecordRefusal(DeedForm):
    reason = long_text("Motif donné par l’établissement")


class RecordCondition(DeedForm):
    condition = long_text(
        "Condition posée par l’établissement", help_text="Par exemple : un test, un entretien, une pièce.", rows=3
    )

    def prepare(self) -> None:
        self.fields["condition"].initial = self.offer and self.offer.condition


class SendOffer(DeedForm):
    message = long_text("Mot à l’étudiant", required=False, help_text="Il accompagne la proposition.")


class EndSearch(DeedForm):
    reason = long_text("Pourquoi aucune autre place ne viendra")


class RecordEnrolment(DeedForm):
    on = day("Inscription constatée le")

    def prepare(self) -> None:
        self.fields["on"].initial = self.today


class RecordNoEnrolment(DeedForm):
    outcome = forms.TypedChoiceField(
        label="Ce que dit l’établissement",
        coerce=Enrolment,
        choices=[(outcome.value, outcome.label) for outcome in Enrolment if outcome != Enrolment.ENROLLED],
        widget=forms.RadioSelect,
    )
    on = day("Constaté le")
    note = note()

    def prepare(self) -> None:
        self.fields["on"].initial = self.today


class RestartLimit(DeedForm):
    limit_id = forms.TypedChoiceField(label="Délai à faire repartir", coerce=int, widget=forms.RadioSelect)
    start = day("L’étudiant a été réellement prévenu le", help_text="Le délai repart de ce jour, qui ne compte pas.")
    ground = long_text("Preuve du défaut d’information", help_text="Courriel revenu, adresse erronée, panne : ce qui l’établit.")

    def prepare(self) -> None:
        running = self.referral.limits.live().exclude(kind=LimitKind.FILING).select_related("offer__vacancy__programme__mention")
        self.offer_choices("limit_id", [(limit.pk, self._named(limit)) for limit in running])

    def _named(self, limit: Any) -> str:
        what = limit.get_kind_display()
        if limit.offer:
            what = f"{what} ({limit.offer.vacancy.programme.title})"
        return f"{what}, du {written(limit.start)} au {written(limit.last_day)}"


class Extend(DeedForm):
    days = forms.IntegerField(label="Jours ajoutés", min_value=1, max_value=MAX_EXTRA_DAYS)
    ground = long_text("Motif", rows=3)
    source = line("Fondement juridique", max_length=250, help_text="Le texte ou l’arrêté qui permet de prolonger.")


class RecordContact(DeedForm):
    channel = channel("Par")
    caller = forms.ChoiceField(label="Avec qui", choices=Caller.choices, initial=Caller.STUDENT)
    code = forms.CharField(
        label="Code lu par l’étudiant",
        required=False,
        max_length=12,
        help_text="Son espace l’affiche, et il change chaque jour. Sans code ni mandat, n’expliquez que la procédure.",
    )
    note = long_text("Ce qui a été dit", help_text="Numéro ou adresse joints, ce que l’étudiant a su ou répondu.", rows=3)

    def known(self) -> list[tuple[str, str]]:
        name = self.referral.mandated
        return [("Mandat au dossier", f"{name}, qui peut parler en son nom" if name else "aucun : à un proche, la procédure seule")]
