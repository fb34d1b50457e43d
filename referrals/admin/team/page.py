"""The team of a region: who works there, how much each follows, who is away until when and who stands in for her."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate

from vacancies.models import AcademicRegion

from ...models import Absence, Post, Referral, Role, User
from ...models.people import ACTOR_OF_ROLE
from ...rules.states import FOLLOWED
from ..queue.filters import DueFilter
from ..request import OfficeRequest


@dataclass(kw_only=True)
class Member:
    """roles: those she holds there today; none for who has left and still follows files. absences: today's, then those to come."""

    user: User
    roles: list[str] = field(default_factory=list)
    files: int = 0
    today: int = 0
    late: int = 0
    absences: list[Absence] = field(default_factory=list)
    is_away: bool = False
    stands_in_for: list[User] = field(default_factory=list)


def team(request: OfficeRequest) -> HttpResponse:
    """Show the team of one region. Raises Http404 for who works in no office, and for a region that is not hers."""
    if not request.user.has_perm("referrals.view_absence"):
        raise Http404
    regions = list(regions_of(request.user))
    if not regions:
        raise Http404
    asked = request.GET.get("region") or regions[0].pk
    region = next((region for region in regions if region.pk == asked), None)
    if region is None:
        raise Http404
    headed = headed_by(request.user)
    page = {
        "title": f"L’équipe : {region}",
        "subtitle": None,
        "region": region,
        "regions": regions if len(regions) > 1 else [],
        "members": members_of(region, request.user, at=request.at),
        "linked": not request.user.scope.nation,
        "heads": region.pk in headed,
        "reviews": region.pk in headed or request.user.scope.nation,
    }
    return render(request, "admin/team/team.html", admin.site.each_context(request) | page)


def regions_of(user: User) -> QuerySet[AcademicRegion]:
    """Return the regions whose office ``user`` sees."""
    scope = user.scope
    return AcademicRegion.objects.all() if scope.nation else AcademicRegion.objects.filter(pk__in=scope.regions)


def headed_by(user: User) -> frozenset[str]:
    """Return the regions, by code, whose team ``user`` leads."""
    return user.scope_as(frozenset({Role.HEAD})).regions


def members_of(region: AcademicRegion, reader: User, *, at: datetime) -> list[Member]:
    """Return who works there, and who has left and still follows files, by name: in a fixed number of queries."""
    today = localdate(at)
    members: dict[int, Member] = {}
    held = Post.objects.on(today).filter(role__in=ACTOR_OF_ROLE, regions=region, user__is_active=True).select_related("user")
    for post in held.order_by("user__name", "user__email", "role"):
        members.setdefault(post.user_id, Member(user=post.user)).roles.append(post.get_role_display())
    _count(members, region, reader, at)
    _mark_absences(members, today)
    return list(members.values())


def _count(members: dict[int, Member], region: AcademicRegion, reader: User, at: datetime) -> None:
    """As the queue of the reader would: files of all her regions, but of one for who reads the nation's."""
    due = DueFilter.options(reader, at)
    files = Referral.objects.of_office(reader).filter(state__in=FOLLOWED, assigned_to__isnull=False)
    if reader.scope.nation:
        files = files.filter(region=region)
    loads = files.order_by().values("assigned_to").annotate(
        files=Count("assigned_to"),
        today=Count("assigned_to", filter=due["aujourdhui"].holds),
        late=Count("assigned_to", filter=due["retard"].holds),
    )  # fmt: skip
    found = {load.pop("assigned_to"): load for load in loads}
    left = User.objects.filter(pk__in=found.keys() - members.keys()).order_by("name", "email")
    if not reader.scope.nation and len(reader.scope.regions) > 1:
        left = left.filter(pk__in=files.filter(region=region).values("assigned_to"))
    members |= {user.pk: Member(user=user) for user in left}
    for pk, member in members.items():
        for name, count in found.get(pk, {}).items():
            setattr(member, name, count)


def _mark_absences(members: dict[int, Member], today: date) -> None:
    absences = Absence.objects.filter(user__in=members, until__gte=today).select_related("user", "substitute")
    for absence in absences.order_by("since", "pk"):
        member = members[absence.user_id]
        member.absences.append(absence)
        if absence.since <= today:
            member.is_away = True
            if absence.substitute_id in members:
                members[absence.substitute_id].stands_in_for.append(absence.user)
