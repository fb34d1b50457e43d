"""What she tells the rector's medical adviser alone: one page, from the draft on. Nobody of the office reads any of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache

from .. import procedure
from ..models import Event, HealthRequest, Post, Role
from ..procedure.health import ASKING
from ..rules.rule_sets import HEALTH
from .case import Button
from .forms import StepForm, UploadField, long_text
from .own import OwnForm


class HealthForm(StepForm):
    """What she says, a document, and her consent where she has not given it yet."""

    words = long_text(
        label=gettext_lazy("Votre situation, et ce dont vous avez besoin pour étudier"),
        help_text=gettext_lazy("Dites-le avec vos mots. Seul le médecin conseiller lit ce texte."),
        error_messages={"required": gettext_lazy("Dites en quelques mots ce que le médecin conseiller doit savoir.")},
    )
    file = UploadField(
        label=gettext_lazy("Un document confidentiel"),
        required=False,
        help_text=gettext_lazy("Si vous en avez un. PDF, JPEG ou PNG, 10 Mo au plus."),
    )
    consent = forms.BooleanField(
        label=gettext_lazy(
            "J’accepte que le médecin conseiller du recteur, et lui seul, lise ce texte et mes documents pour rendre un avis"
        ),
        error_messages={
            "required": gettext_lazy("Sans votre accord, rien ne peut être transmis : cochez cette case si vous l’acceptez.")
        },
    )

    def __init__(self, *args: Any, consented: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if consented:
            del self.fields["consent"]


@method_decorator(never_cache, name="dispatch")
class HealthView(OwnForm):
    """The request as it stands, what became of it, and the form that makes it or adds to it. No browser keeps the page."""

    template_name = "student/health.html"
    form_class = HealthForm

    @cached_property
    def standing(self) -> HealthRequest | None:
        return HealthRequest.objects.filter(referral=self.referral, ended_at__isnull=True).first()

    @property
    def somebody_will_read(self) -> bool:
        """Whether her region has a medical adviser today; while the region is unknown there is nothing to warn of."""
        academy = self.referral.licence_academy
        region = self.referral.region or (academy.region if academy else None)
        posts = Post.objects.on(self.today).filter(role=Role.MEDICAL, regions=region, user__is_active=True)
        return region is None or posts.exists()

    def get_initial(self) -> dict[str, Any]:
        return {"words": self.standing.words if self.standing else ""}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"consented": self.standing is not None}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(**context) | {
            "standing": self.standing,
            "somebody_will_read": self.somebody_will_read,
            "may_ask": self.referral.state in ASKING,
            "documents": self.referral.documents.confidential(),
            "history": [event for event in self.referral.events.of_health().order_by("-seq") if _concerns_her(event)],
            "law": gettext(HEALTH),
        }

    def act(self, form: HealthForm) -> None:
        procedure.request_health(self.referral.pk, words=form.cleaned_data["words"], by=self.her, at=self.at)
        if upload := form.cleaned_data["file"]:
            procedure.add_health_document(self.referral.pk, upload=upload, by=self.her, at=self.at)
        if self.referral.is_draft:
            messages.success(
                self.request, gettext("Enregistré. Votre demande partira avec votre saisine, quand vous la déposerez.")
            )
        else:
            messages.success(self.request, gettext("Enregistré. Le médecin conseiller, et lui seul, lit votre demande."))

    def get_success_url(self) -> str:
        return self.address("health")


def _concerns_her(event: Event) -> bool:
    """Not the mails that told the medical adviser."""
    return event.payload.get("to_student", True)


class EndHealthView(Button):
    """She takes her request back."""

    def act(self) -> str:
        procedure.end_health(self.referral.pk, by=self.her, at=self.at)
        return gettext("Votre demande confidentielle est retirée : plus personne d’autre que vous ne lit vos documents.")
