"""Her licences: the one on which the draft is founded, the others, and what each would give, so that she chooses."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import procedure
from ..fields import EXPECTED, OBTAINED
from ..models import OtherLicence, Referral
from ..procedure import Refused
from ..procedure.facts import filing_limit_from
from ..procedure.limits import filing_limit, last_refusal
from ..wording_rules import line_of
from . import forms, steps
from .draft import StepView
from .own import DraftOnly, Removal
from .saving import SavedAsTyped, held_by, posted_in


class LicenceView(StepView):
    """The licence on which the referral is founded, on one page, as an adviser fills it in."""

    step = "licence"
    form_class: Any = forms.LicenceForm

    def get_initial(self) -> dict[str, Any]:
        referral = self.referral
        day = referral.licence_on or referral.licence_expected_on
        status = OBTAINED if referral.licence_on else EXPECTED
        stated = {name: getattr(referral, name) for name in self.form_class.COLUMNS}
        return stated | {"status": status if day else "", "licence_day": day}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"saved": self.referral}

    def act(self, form: forms.LicenceForm) -> None:
        facts = form.facts()
        procedure.save_draft(self.referral.pk, facts=facts, by=self.her, at=self.at)
        if form.academy_was_changed:
            academy = facts["licence_academy"]
            changed = gettext("L’établissement a changé : l’académie du site est maintenant « %(academy)s ». Vérifiez-la.")
            messages.warning(self.request, changed % {"academy": academy})


class DiplomaView(LicenceView):
    form_class = forms.DiplomaForm


class LicencePlaceView(LicenceView):
    step = "licence_place"
    form_class = forms.LicencePlaceForm


class LicenceDayView(LicenceView):
    step = "licence_day"
    form_class = forms.LicenceDayForm


class LicencesView(DraftOnly):
    """Her licences side by side, once there are several, and the door to one more."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        context = {
            "referral": self.referral,
            "case": self.address("referral"),
            "step": steps.position("licences"),
            "following": self.address(steps.after("licences")),
            "licences": licences_of(self.referral, at=self.at),
            "filing": line_of(self.referral.rules, "filing_days"),
        }
        return render(request, "student/licences.html", context)


def licences_of(referral: Referral, *, at: datetime) -> list[dict[str, Any]]:
    """Return each licence with the region it makes competent and the filing limit it gives; none while there is only one.

    other: its row, where the referral is not founded on it. limit: None while it is awaited.
    """
    others = list(referral.other_licences.select_related("mention", "institution", "academy__region"))
    if not others:
        return []
    refused_on = last_refusal(referral, at=at)
    founding = {
        "other": None,
        "name": referral.licence_name,
        "institution": referral.licence_institution,
        "academy": referral.licence_academy,
        "on": referral.licence_on,
        "expected_on": referral.licence_expected_on,
        "limit": filing_limit(referral),
    }
    return [
        founding,
        *(
            {
                "other": other,
                "name": other.name,
                "institution": other.institution,
                "academy": other.academy,
                "on": other.on,
                "expected_on": other.expected_on,
                "limit": other.on
                and filing_limit_from(rules=referral.rules, academy=other.academy, licence_on=other.on, last_refusal=refused_on),
            }
            for other in others
        ),
    ]


class AddLicenceView(DraftOnly, SavedAsTyped):
    """One more licence. What is typed of it is kept from the first answer on, until she adds it, or empties its page."""

    template_name = "student/other_licence.html"
    form_class = forms.OtherLicenceForm
    done = _("Licence ajoutée. Brouillon : votre saisine n’est pas encore déposée.")

    def get_initial(self) -> dict[str, Any]:
        return dict(self.referral.begun_licence)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "forget" not in request.POST:
            return super().post(request, *args, **kwargs)
        self._keep({})
        messages.success(request, gettext("Licence retirée de votre brouillon."))
        return redirect(self.get_success_url())

    def keep(self, form: forms.OtherLicenceForm, names: set[str]) -> set[str]:
        self._keep({name: text for name in self.held if name not in form.errors for text in posted_in(form.data, name)})
        return names

    def form_invalid(self, form: forms.OtherLicenceForm) -> HttpResponse:
        if not form.non_field_errors():  # such as that it was filed meanwhile
            self.keep(form, set())
            self.forget_what_was_read()
            self.held = held_by(self._unbound(type(form), self.get_form_kwargs()))
        return super().form_invalid(form)

    def _keep(self, answers: dict[str, str]) -> None:
        procedure.save_draft(self.referral.pk, facts={"begun_licence": answers}, by=self.her, at=self.at)

    def act(self, form: forms.OtherLicenceForm) -> None:
        procedure.add_licence(self.referral.pk, facts=form.facts(), by=self.her, at=self.at)

    def get_success_url(self) -> str:
        return self.address("licences")


class RemoveLicence(Removal):
    back = "licences"

    def remove(self) -> None:
        procedure.remove_licence(self.referral.pk, other_licence_id=self.kwargs["pk"], by=self.her, at=self.at)
        messages.success(self.request, gettext("Licence retirée de votre brouillon."))


class FoundOn(DraftOnly):
    """« Found my referral on this one »; opened as a page, it leads back to the licences."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return redirect(self.address("licences"))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        chosen: OtherLicence = get_object_or_404(self.referral.other_licences, pk=self.kwargs["pk"])
        try:
            procedure.found_on(self.referral.pk, other_licence_id=chosen.pk, by=self.her, at=self.at)
        except Refused as refused:
            messages.error(request, refused.sentence)
        else:
            founded = gettext(
                "Votre saisine est fondée sur « %(licence)s ». Vérifiez que le relevé de notes est celui de cette licence."
            )
            messages.success(request, founded % {"licence": chosen})
        return redirect(self.address("licences"))
