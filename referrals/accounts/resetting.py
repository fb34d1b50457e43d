"""A lost second factor: whoever leads the office takes it away, so that its holder sets up another at her next sign-in."""

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from ..models import Role, User
from ..procedure import Refused


def may_reset(user: User, *, by: User) -> bool:
    """Whether ``by`` may: the national administrator for anybody, a head for whoever holds posts in her own regions
    and none beyond; nobody for herself.
    """
    if user == by:
        return False
    if by.scope.nation:
        return True
    heads = by.scope_as(frozenset({Role.HEAD})).regions
    posts = user.posts_held
    return bool(posts) and all(
        (regions := {region.pk for region in post.regions.all()}) and regions <= heads and post.institution_id is None
        for post in posts
    )


def reset(user: User, *, by: User, reason: str) -> None:
    """Take away every factor, end every session, and tell her by mail, with who did it and why.

    Raises Refused where ``by`` may not.
    """
    if not may_reset(user, by=by):
        raise Refused("not_yours", "Le second facteur de ce compte n’est pas à réinitialiser par vous.")
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        for session in UserSession.objects.filter(user=user):
            session.end()
        get_adapter().send_mail("account/email/factor_reset", user.email, {"user": user, "by": str(by), "reason": reason})
