"""Who of a rectorate is at work on a day, and who stands in for whom: files, messages and mails follow the same answer."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from .models import Absence, Post, Referral, Role, User
from .models.people import ACTOR_OF_ROLE
from .rules.states import FOLLOWED


def posted(region: str, *, on: date, roles: Collection[str] = tuple(ACTOR_OF_ROLE)) -> QuerySet[User]:
    """Return those who work in the region's office that day, away or not."""
    held = Post.objects.on(on).filter(user=OuterRef("pk"), role__in=roles, regions=region)
    return User.objects.filter(Exists(held), is_active=True)


def at_work(region: str, *, on: date, roles: Collection[str] = tuple(ACTOR_OF_ROLE)) -> QuerySet[User]:
    """Return those who work in the region's office, and are not away that day."""
    return posted(region, on=on, roles=roles).exclude(pk__in=Absence.objects.on(on).values("user"))


def by_load(users: QuerySet[User]) -> QuerySet[User]:
    """Order ``users`` by how many files they follow, the fewest first; annotated as ``load``."""
    load = Count("assigned_referrals", filter=Q(assigned_referrals__state__in=FOLLOWED), distinct=True)
    return users.annotate(load=load).order_by("load", "pk")


def in_charge(referral: Referral, *, on: date) -> User | None:
    """Return who acts on the file that day: who follows it, else her substitute, else a head; None where nobody can."""
    here = at_work(referral.region_id or "", on=on)
    owner = referral.assigned_to
    if owner is None or here.filter(pk=owner.pk).exists():
        return owner
    standing_in = here.filter(pk__in=Absence.objects.on(on).filter(user=owner).values("substitute")).order_by("pk").first()
    return standing_in or by_load(at_work(referral.region_id or "", on=on, roles=(Role.HEAD,))).first()


def stood_in_for(user: User, *, on: date) -> list[User]:
    """Return those whose work ``user`` does that day besides her own."""
    away = Absence.objects.on(on).filter(substitute=user).values("user")
    return list(User.objects.filter(pk__in=away).order_by("name", "email"))
