"""The office's list of mails: what was said, to whom, whether it left, and sending it again. Nothing is written or deleted here."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from vacancies.admin.open_links import OpenLinks

from . import outbox
from .models import Audience, Fate, Message


@admin.register(Message)
class MessageAdmin(OpenLinks):
    list_display = ("subject", "to", "fate", "created_at", "sent_at", "attempts", "reason")
    list_filter = ("fate", "audience", "template")
    search_fields = ("to", "subject", "referral__number")
    date_hierarchy = "created_at"
    actions = ("send_again",)
    fields = (
        "subject",
        "to",
        "audience",
        "referral",
        "event",
        "attachment",
        "limit",
        "fate",
        "reason",
        "attempts",
        "created_at",
        "next_attempt_at",
        "not_after",
        "sent_at",
        "failed_at",
        "recorded_at",
        "said",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return Message.objects.visible_to(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """The page is for reading; only the list's action changes anything, and it asks for itself."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_resend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_message")

    @admin.display(description="texte")
    def said(self, message: Message) -> str:
        """The words of the mail; not those of an account mail, whose links open somebody's account."""
        if message.audience == Audience.ACCOUNT:
            return "Les liens de ce courriel ouvrent un compte : son texte n’est montré à personne."
        return message.text

    @admin.action(description="Renvoyer les courriels choisis", permissions=["resend"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        """Try again what did not leave, or has not left yet."""
        now = timezone.now()
        not_sent = chosen.exclude(fate=Fate.SENT).select_related("referral__student")
        again = sum(outbox.resend(message, at=now) for message in not_sent)
        messages.success(request, f"Courriels renvoyés : {again}.")
        if left_out := len(chosen) - again:
            messages.warning(request, f"Courriels laissés, car ils sont déjà partis ou en train de partir : {left_out}.")
