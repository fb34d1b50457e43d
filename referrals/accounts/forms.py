"""Forms at the door, which say the same to whoever has an account and to whoever has none."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm, RequestLoginCodeForm, SignupForm
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.account.signals import user_signed_up
from allauth.account.utils import get_next_redirect_url
from allauth.core import context, ratelimit
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import User
from .invitations import awaits_her

JUST_TYPED = "address_just_typed"
"""In the session: the address with which somebody has just asked for an account, so that she need not type it twice."""


class DiscreetSignupForm(SignupForm):
    """Opens an account where there is none, and answers the same where there is one; its holder hears of it by mail.

    A new account can be used at once, confirmed or not: she signs in with the password she has just chosen. That also is what
    remains to be learnt here: whoever then signs in had a free address. It costs him an account each time, and its holder a mail.
    """

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = bool(filter_users_by_email(value))
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponseRedirect]:
        address = self.cleaned_data["email"]
        may_be_sent = ratelimit.consume(request, action="confirm_email", key=address)
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # it takes the time that opening an account takes
            user = None
            if may_be_sent:
                get_adapter().send_account_already_exists_mail(address)
        else:
            user, _response = super().try_save(request)
            user_signed_up.send(sender=User, request=request, user=user)
            EmailAddress.objects.get_primary(user).send_confirmation(request, signup=True)
        messages.success(
            request,
            _(
                "Votre compte est prêt : connectez-vous avec le mot de passe que vous venez de choisir. Si cette adresse avait "
                "déjà un compte, rien n’y a changé, et un courriel vient d’y partir."
            ),
        )
        request.session[JUST_TYPED] = address
        then = get_next_redirect_url(request)
        return user, HttpResponseRedirect(add_query_params(reverse("account_login"), {"next": then} if then else {}))


class RememberingLoginForm(LoginForm):
    """Signs in; whoever has just asked for an account finds her address there."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].initial = context.request.session.get(JUST_TYPED, "")


class LoginCodeForm(RequestLoginCodeForm):
    """Sends a code; whoever was invited comes in by her invitation first."""

    def clean_email(self) -> str:
        address = super().clean_email()
        if self._user and awaits_her(self._user):
            self._user = None
        return address


KEY_NAME = gettext_lazy("Nom de la clé, pour la reconnaître")


class AddKeyForm(AddWebAuthnForm):
    """A new passkey, in plain words."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = KEY_NAME
        self.fields["passwordless"].label = _("Elle ouvre mon compte à elle seule")
        self.fields["passwordless"].help_text = _(
            "Sans adresse ni mot de passe : l’appareil demande un doigt, un visage ou un code."
        )


class EditKeyForm(EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = KEY_NAME
