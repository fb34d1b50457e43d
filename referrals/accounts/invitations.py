"""Invitations: whoever is to hold a post comes in by a link sent to her address, which serves once and for seven days.

It is the only way to a first password for her, and it takes an account that a stranger opened with her address out of his hands.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import EmailAddress, Login
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ..models import Invitation, User

LASTS = timedelta(days=7)


def needs_one(user: User) -> bool:
    """Whether nobody has shown yet that the address is hers: she has no password, or never confirmed the address."""
    return not user.has_usable_password() or EmailAddress.objects.filter(user=user, primary=True, verified=False).exists()


def awaits_her(user: User) -> bool:
    """Whether an invitation was sent that nobody has accepted, in time or not."""
    return Invitation.objects.filter(user=user, used_at__isnull=True).exists()


def invite(user: User, *, by: User | None, at: datetime) -> str:
    """Send ``user`` an invitation, and return its link. A former link, and a password that somebody chose meanwhile, are void."""
    secret = secrets.token_urlsafe(32)
    sent = {"digest": digest_of(secret), "sent_by": by, "sent_at": at, "expires_at": at + LASTS, "used_at": None}
    link = settings.SITE_URL + reverse("invitation", args=[secret])
    with transaction.atomic():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        Invitation.objects.update_or_create(user=user, defaults=sent)
        get_adapter().send_mail("account/email/invitation", user.email, {"user": user, "link": link, "days": LASTS.days})
    return link


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def accept(secret: str, *, password: str, at: datetime) -> User | None:
    """Give the account its password, its address confirmed; None where the link has served, or is no longer valid."""
    with transaction.atomic():
        open_ones = Invitation.objects.open(at=at).filter(digest=digest_of(secret), user__is_active=True)
        invitation = open_ones.select_for_update(of=("self",)).select_related("user").first()
        if invitation is None:
            return None
        user = invitation.user
        user.set_password(password)
        user.save(update_fields=["password"])
        invitation.used_at = at
        invitation.save(update_fields=["used_at"])
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()  # a stranger's, before it was hers
        EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


class PasswordForm(SetPasswordForm):
    """A first password, twice."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = gettext_lazy("Mot de passe")
        self.fields["new_password2"].label = gettext_lazy("Mot de passe, encore une fois")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def answer_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask for a password, then lead to the set-up of a second factor. Nothing happens until the form is sent."""
    found = (
        Invitation.objects.open(at=request.at).filter(digest=digest_of(secret), user__is_active=True).select_related("user").first()
    )
    if found is None:
        return render(request, "account/invitation_over.html", status=404)
    form = PasswordForm(found.user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/invitation.html", {"form": form, "address": found.user.email})
    user = accept(secret, password=form.cleaned_data["new_password1"], at=request.at)
    if user is None:
        return render(request, "account/invitation_over.html", status=404)
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    login = Login(user=user, email=user.email, redirect_url=reverse("mfa_index"))
    return perform_password_login(request, {"email": user.email}, login)
