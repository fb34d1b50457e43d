"""What she types is saved as she leaves the field, and two devices never undo each other's answers.

A page says what it showed in each field, as digests in its hidden field `SHOWN`. What comes back as it was shown was not touched
there: the draft's own answer stands, though another device may have changed it meanwhile.
"""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.utils.datastructures import MultiValueDict

from ..procedure import Refused
from ..rules.states import Actor
from ..typed import keep_typed
from .own import OwnForm

SHOWN = "shown"
HEADER = "X-Save"
Texts = dict[str, list[str]]
"""Name of a field → what a page posts of it, in no order."""


def held_by(form: forms.Form) -> Texts:
    """Return what the page of an unbound form would post if nobody touched it. Files are never posted so."""
    return {field.html_name: _held(field) for field in form if not field.field.widget.needs_multipart_form}


def _held(field: forms.BoundField) -> list[str]:
    widget, value = field.field.widget, field.value()
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    written = widget.format_value(value)
    return _plain(written if isinstance(written, list | tuple) else [written])


def posted_in(data: MultiValueDict, name: str) -> list[str]:
    """Return what was posted of the field."""
    return _plain(data.getlist(name))


def _plain(texts: Iterable[Any]) -> list[str]:
    return sorted(text for one in texts if (text := str(one or "").replace("\r\n", "\n").strip()))


def digest(texts: list[str]) -> str:
    return sha256("\0".join(texts).encode()).hexdigest()[:10]


def shown_as(held: Texts) -> dict[str, str]:
    return {name: digest(texts) for name, texts in held.items()}


def _shown_in(data: MultiValueDict) -> Mapping[str, str]:
    try:
        said = json.loads(data.get(SHOWN, ""))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def merged(data: MultiValueDict, held: Texts) -> QueryDict:
    """Return what was posted, with the draft's own answers in the fields that were not touched on that page."""
    shown = _shown_in(data)
    answers = QueryDict(mutable=True)
    for name, texts in data.lists():
        answers.setlist(name, texts)
    for name, texts in held.items():
        if name in shown and shown[name] == digest(posted_in(data, name)):
            answers.setlist(name, texts)
    return answers


class SavedAsTyped(OwnForm):
    """A form of the draft that is also saved field by field, by the script `saving.js`, at its own address.

    Subclasses give ``keep``. An adviser's own pages are saved whole: each of her saves is on record.
    """

    held: Texts

    def get_form(self, form_class: type[forms.Form] | None = None) -> forms.Form:
        options = self.get_form_kwargs()
        kind = form_class or self.get_form_class()
        self.held = held_by(self._unbound(kind, options))
        if options.get("data") is not None:
            options["data"] = merged(options["data"], self.held)
        return kind(**options)

    def _unbound(self, kind: type[forms.Form], options: dict[str, Any]) -> forms.Form:
        return kind(**{name: value for name, value in options.items() if name not in ("data", "files")})

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        context = super().get_context_data(**context)
        return context | {"shown": json.dumps(shown_as(self.held))}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if HEADER in request.headers and not request.user.is_authenticated:
            keep_typed(request)
            return JsonResponse({}, status=401)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if HEADER in request.headers and self.her.actor == Actor.STUDENT:
            return self._save(request)
        return super().post(request, *args, **kwargs)

    def _save(self, request: HttpRequest) -> JsonResponse:
        """Save the answers that were touched and are without error, and say so.

        errors: of the fields touched. fresh: what to show in the fields that hold something else by now than the page does, and
        shown: of what it then shows, the digests. address: where the page is from now on.
        """
        form = self.get_form()
        form.is_valid()
        posted = {name: posted_in(request.POST, name) for name in self.held}
        touched = {name for name in self.held if posted_in(form.data, name) != self.held[name]}
        try:
            settled = self.keep(form, touched - form.errors.keys())
        except Refused as refused:
            return JsonResponse({"refused": refused.sentence}, status=409)
        self.forget_what_was_read()
        now = held_by(self._unbound(type(form), self.get_form_kwargs()))
        open_still = touched - settled
        return JsonResponse(
            {
                "saved_at": self.at.isoformat(),
                "errors": {name: list(form.errors[name]) for name in touched & form.errors.keys()},
                "shown": shown_as(now),
                "fresh": {name: now[name] for name in now.keys() - open_still if now[name] != posted[name]},
                "address": self.own_address(),
            }
        )

    def keep(self, form: Any, names: set[str]) -> set[str]:
        """Save the answers of the fields ``names``, which are without error, as far as they can be. Return those that are saved."""
        raise NotImplementedError

    def own_address(self) -> str:
        """Return the page's address, once what it is about is saved."""
        return self.request.path

    def forget_what_was_read(self) -> None:
        """What was read of the draft is read again."""
        self.__dict__.pop("referral", None)
