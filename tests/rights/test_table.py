"""The table and the lists say the same: for each role, each thing and each verb, of what is hers and of what is not."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.test import RequestFactory

from referrals.models import Document, DocumentReading, Offer, Referral, Role, User
from referrals.models.people import STAFF_ROLES
from referrals.rights import ADD, ANYBODY, CHANGE, DELETE, NATION, OWN, REACHED, RIGHTS, VIEW
from vacancies.models import Campaign

from .world import NOW, Told, is_there

pytestmark = pytest.mark.django_db

HOLDERS = {
    ANYBODY: "student",
    Role.ADVISER: "adviser",
    Role.INSTITUTION: "institution",
    Role.CASEWORKER: "caseworker",
    Role.HEAD: "head",
    Role.MEDICAL: "medical",
    Role.ADMINISTRATOR: "administrator",
}
PAIRS = [(role, model) for role in RIGHTS for model in RIGHTS[role]]
EVERYBODY = [*HOLDERS.values(), "drafter", "silent", "former", "deactivated"]


def known(world: Told, who: str) -> User:
    """The person as a new request would know her."""
    person = world.people[who]
    assert person is not None
    if who == "deactivated":
        person = User(pk=person.pk, email=person.email, is_active=False)
    return User.objects.get(pk=person.pk) if person.is_active else person


def permission(verb: str, model: str) -> str:
    app_label, name = model.split(".")
    return f"{app_label}.{verb}_{name}"


def rows_of(world: Told, model: str) -> list[Model]:
    """Rows here and elsewhere; of the nation's own things, the first."""
    there_is = apps.get_model(model)
    sides = [side.rows[there_is] for side in (world.here, world.elsewhere) if there_is in side.rows]
    if there_is is Document:
        sides += [world.here.confidential, world.elsewhere.confidential, world.here.silent.referral.transcript]
    if there_is is Referral:
        sides += [other.referral for side in (world.here, world.elsewhere) for other in (side.drafting, side.silent)]
    if there_is is Offer:
        sides += [world.here.sent, world.elsewhere.sent]
    return sides or list(there_is._default_manager.all()[:1])


def request_of(user: User) -> Any:
    request: Any = RequestFactory().get("/")
    request.user, request.at = user, NOW
    return request


# Each right goes as far as the table says


@pytest.mark.parametrize(("role", "model"), PAIRS)
def test_a_right_reaches_as_far_as_the_table_says(world, role, model):
    user = known(world, HOLDERS[role])
    there_is = apps.get_model(model)
    if there_is not in world.here.rows:
        assert {right.reach for right in RIGHTS[role][model]} == {NATION}
        return
    here, elsewhere = world.here.rows[there_is], world.elsewhere.rows[there_is]
    if (role, model) == (ANYBODY, "referrals.offer"):
        here, elsewhere = world.here.sent, world.elsewhere.sent
    if (role, model) == (Role.MEDICAL, "referrals.document"):
        here, elsewhere = world.here.confidential, world.elsewhere.confidential
    for verb in (VIEW, CHANGE, DELETE):
        rights = [right for right in RIGHTS[role][model] if verb in right.verbs and not _of_the_nation_alone(right)]
        found = [user.has_perm(permission(verb, model), row) for row in (here, elsewhere)]
        assert (verb, found) == (verb, [bool(rights), any(right.reach == NATION for right in rights)])


def _of_the_nation_alone(right: Any) -> bool:
    return right.only is not None and right.only.words == "the nation’s"


def test_every_reach_of_the_table_has_its_look_ups():
    reached = {(model, right.reach) for role in RIGHTS for model in RIGHTS[role] for right in RIGHTS[role][model]}
    said = {(model, reach) for model in REACHED for reach in REACHED[model]}
    assert {pair for pair in reached if pair[1] != NATION} == said


@pytest.mark.parametrize("who", ["former", "deactivated", "student elsewhere", "caseworker elsewhere", "adviser elsewhere"])
def test_an_ended_post_a_closed_account_and_another_region_open_nothing_of_it(world, who):
    user = known(world, who)
    nation = {(role, model) for role in user.roles for model in RIGHTS[role] if RIGHTS[role][model][0].reach == NATION}
    opened = [
        model
        for _, model in PAIRS
        if apps.get_model(model) in world.here.rows and (Role.CASEWORKER, model) not in nation
        if user.has_perm(permission(VIEW, model), world.here.rows[apps.get_model(model)])
    ]
    assert opened == []


# The lists agree


def shown(user: User, model: str) -> QuerySet | None:
    """The rows of ``model`` that the office lists for ``user``; None where it has no list of them, or none for her."""
    there_is = apps.get_model(model)
    if not admin.site.is_registered(there_is):
        return None
    office, request = admin.site.get_model_admin(there_is), request_of(user)
    return office.get_queryset(request) if office.has_view_permission(request) else there_is._default_manager.none()


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_offices_lists_show_what_the_table_opens_and_nothing_else(world, who):
    user = known(world, who)
    for model in dict.fromkeys(model for _, model in PAIRS):
        listed = shown(user, model)
        for row in rows_of(world, model) if listed is not None else []:
            opened = user.has_perm(permission(VIEW, model), row)
            of_her_own = not user.is_staff or (user.roles == {Role.INSTITUTION})
            assert (model, row.pk, is_there(row, listed)) == (model, row.pk, opened and not of_her_own)


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_page_of_the_office_changes_or_deletes_what_the_table_does_not_open(world, who):
    """Some have no form at all: there the procedure's own verbs act."""
    user, request = known(world, who), None
    request = request_of(user)
    for there_is, office in admin.site._registry.items():
        model = there_is._meta.label_lower
        for row in rows_of(world, model):
            for verb, asked in ((CHANGE, office.has_change_permission), (DELETE, office.has_delete_permission)):
                if asked(request, row):
                    assert (model, verb, user.has_perm(permission(verb, model), row)) == (model, verb, True)
        if office.has_add_permission(request):
            assert user.has_perm(permission(ADD, model))


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_querysets_of_the_other_pages_agree_too(world, who):
    user = known(world, who)
    if not user.is_active:
        return
    open_to_her = Referral.objects.visible_to(user) | Referral.objects.drafts_shared_with(user)
    sets = {
        "referrals.referral": open_to_her,
        "referrals.document": Document.objects.visible_to(user),
        "referrals.offer": Offer.objects.of_institution(user) | Offer.objects.shown_to_student().filter(referral__student=user.pk),
        "referrals.documentreading": DocumentReading.objects.filter(document__referral__student=user.pk),
    }
    for model, rows in sets.items():
        for row in rows_of(world, model):
            assert (model, row.pk, user.has_perm(permission(VIEW, model), row)) == (model, row.pk, is_there(row, rows))


def test_every_page_of_the_office_is_of_something_a_post_opens():
    """No other application brings pages of its own: its rows are nobody's to administer there."""
    opened = {model for role in STAFF_ROLES for model in RIGHTS[role]}
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert registered - opened == set()


def test_what_is_ones_own_alone_opens_no_list_of_the_office(world):
    student = known(world, "student")
    assert student.has_perm("referrals.view_referral", world.here.rows[Referral])
    assert not student.has_perm("referrals.view_referral")
    assert not student.has_module_perms("referrals")
    assert not student.has_perm("vacancies.view_campaign", Campaign.objects.get())
    assert {right.reach for rights in RIGHTS[ANYBODY].values() for right in rights} == {OWN}
