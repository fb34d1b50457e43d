"""What a post lets somebody read and administer, and how far: one table, answered by an authentication backend. No groups.

What somebody may *do* to a referral is in the transitions tables; no action is in both.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q

from .models import Document, Extension, HealthRequest, Referral, Role, User
from .models.people import ACTOR_OF_ROLE, STAFF_ROLES
from .models.referral import AGREED, FILED, SHARED

VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"
READ = frozenset({VIEW})
WRITE = frozenset({ADD, CHANGE})
EVERYTHING = READ | WRITE


class Reach(StrEnum):
    """How far a right goes. Posts are held for an institution, for academic regions or for the nation; none for one académie."""

    OWN = "own"
    INSTITUTION = "institution"
    REGION = "region"
    NATION = "nation"


class Only(NamedTuple):
    """Which rows within reach, where it is not all of them. words: as the README says it."""

    words: str
    rows: Callable[[User], Q]


class Right(NamedTuple):
    verbs: frozenset[str]
    reach: Reach
    only: Only | None = None


OWN, INSTITUTION, REGION, NATION = Reach
ANYBODY = "account"
"""Whoever has an account, with a post or without one: she may be a student too."""

ONCE_FILED = Only("once filed", lambda user: FILED)
WITH_CONSENT = Only("that she opens", lambda user: AGREED | SHARED)
OF_THE_CASE = Only("never confidential", lambda user: Document.objects.ways_in(user)[Role.CASEWORKER])
CONFIDENTIAL = Only("confidential ones alone", lambda user: Document.objects.ways_in(user)[Role.MEDICAL])
WHILE_ASKED = Only("marks, CV, letter, while asked", lambda user: Document.objects.ways_in(user)[Role.INSTITUTION])
THAT_SHE_SHOWS = Only("that she shows", lambda user: Document.objects.ways_in(user)[Role.ADVISER])
WHILE_HEARD = Only("while an opinion may serve", lambda user: Q(pk__in=HealthRequest.objects.of_medical(user)))
SENT = Only("once sent", lambda user: Q(sent_at__isnull=False))
ACTED_FOR = Only("of what she acts for", lambda user: Q(pk__in=Extension.objects.visible_to(user)))
OF_ITS_TEAM = Only("of its team", lambda user: Q(user__posts__role__in=tuple(ACTOR_OF_ROLE)))
THE_NATIONS = Only("the nation’s", lambda user: Q(region__isnull=True))
NOT_CONFIDENTIAL = Only("never confidential", lambda user: ~Q(event__strand="health"))
OF_A_FILE = Only("of a filed case, never confidential", lambda user: ~Q(event__strand="health") & _of_a_file(user))
DECLARATIONS = Only("declarations", lambda user: Q(kind="declaration"))


def _of_a_file(user: User) -> Q:
    return Q(referral__in=Referral.objects.of_office(user))


RIGHTS: dict[str, dict[str, tuple[Right, ...]]] = {
    ANYBODY: {
        "referrals.referral": (Right(READ, OWN),),
        "referrals.document": (Right(READ, OWN),),
        "referrals.documentreading": (Right(READ, OWN),),
        "referrals.offer": (Right(READ, OWN, SENT),),
        "referrals.healthrequest": (Right(READ, OWN),),
    },
    Role.ADVISER: {
        "referrals.referral": (Right(READ, INSTITUTION, WITH_CONSENT),),
        "referrals.document": (Right(READ, INSTITUTION, THAT_SHE_SHOWS),),
    },
    Role.INSTITUTION: {
        "referrals.offer": (Right(READ, INSTITUTION),),
        "referrals.document": (Right(READ, INSTITUTION, WHILE_ASKED),),
        "referrals.standingagreement": (Right(EVERYTHING, INSTITUTION),),
        "vacancies.programme": (Right(READ, INSTITUTION),),
        "vacancies.vacancy": (Right(EVERYTHING, INSTITUTION),),
        "vacancies.import": (Right(EVERYTHING, INSTITUTION, DECLARATIONS),),
    },
    Role.CASEWORKER: {
        "referrals.referral": (Right(READ, REGION, ONCE_FILED),),
        "referrals.document": (Right(READ, REGION, OF_THE_CASE),),
        "referrals.standingagreement": (Right(READ, REGION),),
        "referrals.absence": (Right(READ, REGION, OF_ITS_TEAM), Right(WRITE | {DELETE}, OWN)),
        "referrals.assignmentrule": (Right(READ, REGION),),
        "referrals.standardtext": (Right(READ, REGION), Right(READ, NATION, THE_NATIONS)),
        "referrals.publication": (Right(READ, NATION),),
        "referrals.extension": (Right(READ | {ADD}, REGION, ACTED_FOR),),  # of one file; a head, of a whole territory
        "referrals.matchingrun": (Right(READ | {ADD}, REGION),),
        "referrals.commissionsession": (Right(READ | {ADD}, REGION),),
        "referrals.legalhold": (Right(READ, REGION),),
        "notifications.message": (Right(READ | {CHANGE}, REGION, OF_A_FILE),),
        "vacancies.vacancy": (Right(READ, NATION), Right(WRITE, REGION)),
        "vacancies.line": (Right(READ, REGION),),
        "vacancies.programme": (Right(READ, NATION),),
        "vacancies.institution": (Right(READ, NATION),),
        "vacancies.import": (Right(READ, NATION), Right(WRITE, REGION)),
        "vacancies.question": (Right(READ, NATION),),
        "vacancies.merger": (Right(READ, NATION),),
        "vacancies.compatibility": (Right(READ, NATION),),
    },
    Role.MEDICAL: {
        "referrals.healthrequest": (Right(READ, REGION, WHILE_HEARD),),
        "referrals.document": (Right(READ, REGION, CONFIDENTIAL),),
    },
    Role.ADMINISTRATOR: {
        "referrals.referral": (Right(READ, NATION, ONCE_FILED),),
        "referrals.document": (Right(READ, NATION, OF_THE_CASE),),
        "referrals.user": (Right(EVERYTHING, NATION),),
        "referrals.post": (Right(EVERYTHING, NATION),),
        "referrals.campaignrules": (Right(READ | {ADD}, NATION),),
        "referrals.publication": (Right(READ | {ADD}, NATION),),  # once for a campaign, for good
        "referrals.matchingrun": (Right(READ, NATION),),
        "referrals.commissionsession": (Right(READ, NATION),),
        "referrals.legalhold": (Right(EVERYTHING, NATION),),
        "referrals.standingagreement": (Right(READ, NATION),),
        "referrals.absence": (Right(READ, NATION, OF_ITS_TEAM),),
        "referrals.assignmentrule": (Right(READ, NATION),),
        "referrals.standardtext": (Right(READ, NATION), Right(WRITE, NATION, THE_NATIONS)),
        "notifications.message": (Right(READ | {CHANGE}, NATION, NOT_CONFIDENTIAL),),
        "vacancies.campaign": (Right(EVERYTHING, NATION),),
        "vacancies.vacancy": (Right(EVERYTHING, NATION),),
        "vacancies.line": (Right(READ, NATION),),
        "vacancies.programme": (Right(EVERYTHING, NATION),),
        "vacancies.institution": (Right(EVERYTHING, NATION),),
        "vacancies.licencemention": (Right(EVERYTHING, NATION),),
        "vacancies.mastermention": (Right(EVERYTHING, NATION),),
        "vacancies.academy": (Right(READ | {CHANGE}, NATION),),  # a new one comes with its calendar: a change of the rules
        "vacancies.academicregion": (Right(READ | {CHANGE}, NATION),),
        "vacancies.import": (Right(EVERYTHING, NATION),),
        "vacancies.question": (Right(READ | {CHANGE}, NATION),),
        "vacancies.merger": (Right(EVERYTHING, NATION),),
        "vacancies.compatibility": (Right(READ, NATION),),
        "admin.logentry": (Right(READ, NATION),),
    },
}
RIGHTS[Role.HEAD] = RIGHTS[Role.CASEWORKER] | {
    "referrals.post": (Right(READ, REGION),),
    "referrals.legalhold": (Right(EVERYTHING, REGION),),
    "referrals.absence": (*RIGHTS[Role.CASEWORKER]["referrals.absence"], Right(WRITE | {DELETE}, REGION, OF_ITS_TEAM)),
    "referrals.assignmentrule": (Right(EVERYTHING | {DELETE}, REGION),),
    "referrals.standardtext": (Right(EVERYTHING, REGION), Right(READ, NATION, THE_NATIONS)),
}
"""Who → what → which verbs, how far. A head works as a caseworker does. Nothing is ever deleted, but for an absence still to come
and a rule of who gets what, and the log of acts keeps both.
"""

IN_THE_OFFICE = frozenset(model for role in STAFF_ROLES for model in RIGHTS[role])
"""What has pages there."""

REACHED: dict[str, dict[Reach, tuple[str, ...]]] = {
    "referrals.referral": {OWN: ("student",), INSTITUTION: ("licence_institution",), REGION: ("region",)},
    "referrals.document": {
        OWN: ("referral__student",),
        INSTITUTION: ("referral__licence_institution", "referral__offers__vacancy__programme__institution"),
        REGION: ("referral__region",),
    },
    "referrals.documentreading": {OWN: ("document__referral__student",)},
    "referrals.offer": {OWN: ("referral__student",), INSTITUTION: ("vacancy__programme__institution",)},
    "referrals.healthrequest": {OWN: ("referral__student",), REGION: ("referral__region",)},
    "referrals.standingagreement": {
        INSTITUTION: ("vacancy__programme__institution",),
        REGION: ("vacancy__programme__academy__region",),
    },
    "referrals.absence": {OWN: ("user",), REGION: ("user__posts__regions",)},
    "referrals.assignmentrule": {REGION: ("region",)},
    "referrals.standardtext": {REGION: ("region",)},
    "referrals.extension": {REGION: ("region", "academy__region", "referral__region")},
    "referrals.legalhold": {REGION: ("region", "referral__region")},
    "referrals.matchingrun": {REGION: ("region",)},
    "referrals.commissionsession": {REGION: ("region",)},
    "referrals.post": {REGION: ("regions",)},
    "notifications.message": {REGION: ("referral__region",)},
    "vacancies.vacancy": {INSTITUTION: ("programme__institution",), REGION: ("programme__academy__region",)},
    "vacancies.programme": {INSTITUTION: ("institution",)},
    "vacancies.line": {REGION: ("vacancy__programme__academy__region",)},
    "vacancies.import": {INSTITUTION: ("institution",), REGION: ("institution__academy__region",)},
}
"""What → by which look-ups a row is somebody's own, an institution's, a region's. The nation has them all."""


def within(user: User, role: str, model: str, right: Right) -> Q:
    """Return the rows of ``model`` that ``right``, held by the posts of that ``role``, opens to ``user``."""
    rows = right.only.rows(user) if right.only else Q()
    if right.reach == NATION:
        return rows
    scope = user.scope_as(frozenset({Role(role)})) if role != ANYBODY else None
    codes = {OWN: [user.pk], INSTITUTION: scope and scope.institutions, REGION: scope and scope.regions}[right.reach]
    return rows & reduce(or_, (Q(**{f"{lookup}__in": codes}) for lookup in REACHED[model][right.reach]))


class PostsBackend:
    """Answers ``user.has_perm`` from the posts held today."""

    def authenticate(self, request, **credentials) -> None:
        """Nobody signs in here: allauth's backend sees to it."""

    def has_perm(self, user, perm: str, obj: Model | None = None) -> bool:
        """Of an object: whether a right of hers reaches it. Of none: whether a post of hers opens the office's list of such."""
        app_label, codename = perm.split(".", 1)
        verb, _, name = codename.partition("_")
        model = f"{app_label}.{name}"
        if obj is None:
            return _or_deny(any(verb in right.verbs for role in user.roles & STAFF_ROLES for right in RIGHTS[role].get(model, ())))
        reaches = [
            within(user, role, model, right)
            for role in (ANYBODY, *user.roles)
            for right in RIGHTS[role].get(model, ())
            if verb in right.verbs
        ]
        rows = type(obj)._default_manager
        return _or_deny(bool(reaches) and rows.filter(reduce(or_, reaches), pk=obj.pk).exists())

    def has_module_perms(self, user, app_label: str) -> bool:
        return _or_deny(any(model.startswith(f"{app_label}.") for role in user.roles & STAFF_ROLES for model in RIGHTS[role]))


def _or_deny(granted: bool) -> bool:
    """The posts have the last word: denying keeps Django from asking the next backend, which knows groups and superusers."""
    if not granted:
        raise PermissionDenied
    return True
