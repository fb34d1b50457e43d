"""Names that no rule settles: where each was met, who or what it resembles, and a person's answer."""

from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from ..imports import questions
from ..imports.resolution import closest
from ..models import Import, Institution, LicenceMention, MasterMention, Question, QuestionKind
from ..search import institutions_resembling
from .scoped import ScopedAdmin
from .signed import NOTHING

MOST_CANDIDATES = 6
MOST_LINES = 20
MODELS = {
    QuestionKind.INSTITUTION: Institution,
    QuestionKind.LICENCE: LicenceMention,
    QuestionKind.MASTER: MasterMention,
}


class Candidate(NamedTuple):
    """What may be meant. value: its key. resemblance: in per cent. more: what tells it from another of a like name."""

    value: Any
    name: str
    more: str
    resemblance: int


def candidates(question: Question) -> list[Candidate]:
    """Return what resembles the text most: institutions by every name they have or had, mentions by their title."""
    if question.kind == QuestionKind.INSTITUTION:
        return [
            Candidate(found.pk, found.name, f"{found.pk}, {found.town or found.academy}", round(resemblance * 100))
            for found, resemblance in institutions_resembling(question.text, MOST_CANDIDATES)
        ]
    mentions = dict(MODELS[QuestionKind(question.kind)].objects.values_list("name", "pk"))
    nearest = closest(question.text, mentions, limit=MOST_CANDIDATES)
    return [Candidate(mentions[name], name, "", round(resemblance * 100)) for name, resemblance in nearest]


class AnswerForm(forms.Form):
    """An answer of the question's kind, completed as one types; or none of those we know."""

    unrelated = forms.BooleanField(required=False)

    def __init__(self, *args: Any, question: Question, site: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = QuestionKind(question.kind)
        widget = AutocompleteSelect(Question._meta.get_field(kind.value), site)
        self.other = kind.value
        self.fields[kind.value] = forms.ModelChoiceField(
            MODELS[kind].objects.all(), label="Un autre", required=False, widget=widget,
            error_messages={"invalid_choice": "Cette réponse n’existe pas, ou n’existe plus."},
        )  # fmt: skip

    @property
    def field(self) -> forms.BoundField:
        return self[self.other]


class OpenFilter(admin.SimpleListFilter):
    title = "réponse"
    parameter_name = "reponse"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("attendue", "attendue"), ("donnee", "donnée")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "attendue":
                return queryset.open()
            case "donnee":
                return queryset.filter(answered_at__isnull=False)
        return queryset


def in_words(question: Question) -> str:
    """Return the answer; for one that is unrelated, what comes of it."""
    if question.unrelated:
        return "aucun établissement connu" if question.kind == QuestionKind.INSTITUTION else "une nouvelle mention"
    return str(question.answer or "")


@admin.register(Question)
class QuestionAdmin(ScopedAdmin):
    """Read by every office, answered by who may change one."""

    list_display = ("text", "kind", "answer", "answered_by", "asked_at")
    autocomplete_fields = tuple(kind.value for kind in QuestionKind)
    list_filter = (OpenFilter, "kind")
    list_select_related = ("institution", "licence", "master")
    search_fields = words = ("text", "answered_by")

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return [F("answered_at").desc(nulls_first=True), "kind", "normalised"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="réponse", ordering="answered_at")
    def answer(self, question: Question) -> str:
        return in_words(question) if question.answered_at else format_html('<span class="badge badge-new">{}</span>', "attendue")

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view(self.answer_view)
        return [path("<int:pk>/answer/", wrap, name="vacancies_question_answer"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        question = self.one(request, object_id)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        form = AnswerForm(question=question, site=self.admin_site)
        may = self.has_change_permission(request, question)
        return self.page(
            request,
            "question/question",
            title=f"Que désigne « {question} » ?",
            question=question,
            answer=in_words(question),
            candidates=candidates(question),
            lines=question.lines.select_related("of").order_by("-of", "pk")[:MOST_LINES],
            form=form,
            may_answer=may,
            again=self._to_read_again(question, request) if question.answered_at else [],
            media=self.media + form.media,
        )

    def _to_read_again(self, question: Question, request: HttpRequest) -> list[tuple[Import, str]]:
        """Return the imports that the answer may complete, those that this person sees to, each with where to ask for it."""
        imports = self.admin_site.get_model_admin(Import)
        hers = imports.hers(questions.left_open_in(question), request)
        if not request.user.has_perm("vacancies.change_import"):
            return []
        return [(of, reverse("admin:vacancies_import_look-again", args=[of.pk])) for of in hers]

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remember an answer, and go back to the page, which offers what may be read again."""
        question = self.one(request, pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request, question):
            raise PermissionDenied
        form = AnswerForm(request.POST, question=question, site=self.admin_site)
        before = in_words(question)
        if not form.is_valid():
            messages.error(request, " ".join(sentence for errors in form.errors.values() for sentence in errors))
            return redirect("admin:vacancies_question_change", pk)
        try:
            answered = questions.answer(pk, **form.cleaned_data, by=str(request.user), at=request.at)
        except questions.AnswerRefused as refusal:
            messages.error(request, str(refusal))
        else:
            instead = f" (au lieu de : {before})" if before and before != in_words(answered) else ""
            self.log_change(request, answered, f"Réponse : {before or NOTHING} → « {in_words(answered)} »")
            messages.success(request, f"Réponse retenue : {in_words(answered)}{instead}.")
        return redirect("admin:vacancies_question_change", pk)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who answered is on its own page; the admin's log knows nothing of it."""
        return redirect("admin:vacancies_question_change", self.one(request, object_id).pk)
