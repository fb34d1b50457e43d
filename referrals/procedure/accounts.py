"""The student's account, where her case needs it: frozen while somebody else may hold it, its address changed once she is known."""

from datetime import datetime

from allauth.account.models import EmailAddress

from ..models import User
from ..rules.states import Action
from .moving import By, Refused, moving


def freeze_account(referral_id: int, *, ground: str, by: By, at: datetime) -> None:
    """Nobody signs in to the account any more, and who is signed in is out; limits run on, mails still leave.

    Raises Refused where it is frozen.
    """
    _switch(Action.FREEZE_ACCOUNT, referral_id, active=False, ground=ground, by=by, at=at)


def thaw_account(referral_id: int, *, ground: str, by: By, at: datetime) -> None:
    """The account opens again.

    Raises Refused where it is not frozen.
    """
    _switch(Action.THAW_ACCOUNT, referral_id, active=True, ground=ground, by=by, at=at)


def _switch(action: Action, referral_id: int, *, active: bool, ground: str, by: By, at: datetime) -> None:
    with moving(action, referral_id=referral_id, by=by, at=at) as step:
        student = step.referral.student
        if student.is_active == active:
            raise Refused("no_change", "Le compte est déjà ouvert." if active else "Le compte est déjà gelé.")
        student.is_active = active
        student.save(update_fields=["is_active"])
        step.note = ground


def change_address(referral_id: int, *, address: str, checked: str, by: By, at: datetime) -> None:
    """Give the account another address, after an identity check that ``checked`` describes. Both addresses are told.

    The password and the calendar's address are void: who held the former address alone cannot enter, nor read when her limits end;
    she chooses a new password from the new address.
    The history's note begins with the former address, on a line of its own.
    Raises Refused where the address is another account's, or hers already.
    """
    with moving(Action.CHANGE_ADDRESS, referral_id=referral_id, by=by, at=at) as step:
        student, address = step.referral.student, address.strip().lower()
        if student.email == address:
            raise Refused("no_change", "C’est déjà l’adresse du compte.")
        in_use = User.objects.filter(email=address) | User.objects.filter(
            pk__in=EmailAddress.objects.filter(email__iexact=address).values("user")
        )
        if in_use.exclude(pk=student.pk).exists():
            raise Refused("address_in_use", "Un autre compte porte cette adresse : réunissez plutôt les deux saisines.")
        former, student.email = student.email, address
        student.set_unusable_password()
        student.calendar_key = ""
        student.save(update_fields=["email", "password", "calendar_key"])
        EmailAddress.objects.filter(user=student).delete()
        EmailAddress.objects.create(user=student, email=address, verified=True, primary=True)
        step.note = f"{former}\n{checked}"
