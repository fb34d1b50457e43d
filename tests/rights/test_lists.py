"""A student of another region does not exist: no list, search, filter, completion, count, export or bulk action tells of her.

Everything is asked twice: with her in the database, and, with the same words and the same ids, once she has been taken out of it.
"""

import logging
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlencode

import pytest
import time_machine
from django.contrib import admin
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from notifications.models import Message
from referrals.admin.bulk import BULK
from referrals.admin.queue_filters import PARAMETERS
from referrals.models import Document, Draft, Role, User
from tests import factories

from .doors import absent, doors
from .walk import Answer, Walker
from .world import NOW, OneWorld, Side, undone

pytestmark = pytest.mark.django_db

READERS = ("adviser", "institution", "caseworker", "head", "medical")
SEATS = ("/bureau/vacancies/", "/places-vacantes/", "/etablissement/")
"""Of seats, everybody reads how many are held and by which office: there her words alone must not be found."""


class Ask(NamedTuple):
    """said: all the words of the request itself, which may come back."""

    method: str
    address: str
    data: Any = None

    @property
    def said(self) -> str:
        return f"{unquote_plus(self.address)} {self.data}"


@pytest.fixture(autouse=True)
def without_tracebacks(no_undefined_variable, caplog):
    for name in ("django.template", "django.request", "saisine"):
        caplog.set_level(logging.CRITICAL, logger=name)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, media) -> Iterator[Side]:
    """What the readers' own region has, so that no list is empty; the other region's student comes and goes."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), OneWorld(), override_settings(MEDIA_ROOT=media):
        yield Side("Lyon")


def posted(her: Side) -> dict[str, Any]:
    """Everything that a form of the office might take for her."""
    story = her.story
    ids = {name: [story.id] for name in ("file", "shown", "referral", "case", "other")}
    return ids | {
        "offer": [her.asked.pk, her.agreed.pk],
        "draft": [her.rows[Draft].pk],
        "_selected_action": [her.rows[Message].pk, story.id],
        "action": "send_again",
        "which": "ticked",
        "confirmed": "yes",
        "form": "csv",
        "to": story.caseworker.pk,
        "user": story.caseworker.pk,
        "number": story.referral.number,
        "query": f"q={her.name}",
        "name": "Recherche",
        "note": "Note",
        "reach": "referral",
        "campaign": story.campaign.pk,
    }


def lists(her: Side) -> list[Ask]:
    """Each page of nobody in particular, read and written to with all her ids; each list, searched for her."""
    asks = []
    for door in doors():
        if door.objects or door.name.startswith(("account_", "mfa_", "socialaccount_", "usersessions_", "openid_")):
            continue
        address = door.address(absent(door))
        asks += [Ask("GET", address), Ask("POST", address, posted(her))]
    for model, shown in admin.site._registry.items():
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        address = reverse(f"admin:{label}_changelist")
        asks += [Ask("GET", f"{address}?{urlencode({'q': word})}") for word in words(her)]
        for field in shown.autocomplete_fields:
            about = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
            asks.append(Ask("GET", f"{reverse('admin:autocomplete')}?{urlencode(about | {'term': her.name})}"))
    return [*asks, *in_the_queue(her), *elsewhere_searched(her)]


def words(her: Side) -> list[str]:
    return [her.name, her.story.referral.number or "", her.story.student.email]


def in_the_queue(her: Side) -> list[Ask]:
    """The queue, the team and the figures, by each filter that an address may hold; each bulk action on what is found so."""
    story = her.story
    searched = [*words(her), her.ine, her.phone, her.name.lower()[:7], str(story.id)]
    narrowed: dict[str, list[Any]] = {
        "suivi": [story.caseworker.pk, "personne", "moi", "remplace"],
        "academie": [story.academy.pk],
        "campagne": [story.campaign.pk],
        "etat": [story.referral.state],
        "semaine": ["2026-06-15"],
        "o": ["-1", "2.3"],
        "q": searched,
        "pile": ["places", "consultations", "envoyer", "non-annonces", "dates"],
        "attente": ["etablissement", "rectorat"],
        "echeance": ["retard", "semaine"],
        "age": ["moins-15"],
    }
    assert set(narrowed) == set(PARAMETERS)
    narrowed |= {
        "region": [story.academy.region_id],
        "id": [story.id],
        "student": [story.student.pk],
        "student__email": [story.student.email],
        "assigned_to__id__exact": [story.caseworker.pk],
        "p": [2],
    }
    pages = [reverse(f"admin:referrals_{name}") for name in ("referral_changelist", "absence_team", "publication_figures")]
    queries = [urlencode({name: value}) for name, values in narrowed.items() for value in values]
    asks = [Ask("GET", f"{page}?{query}") for page, query in product(pages, queries)]
    for key, which in product(BULK, ("search", "page", "ticked")):
        address = f"{reverse('admin:referrals_referral_bulk', args=[key])}?q={her.name}"
        asks.append(Ask("POST", address, posted(her) | {"which": which}))
    return asks


def elsewhere_searched(her: Side) -> list[Ask]:
    pages = [reverse("adviser:list"), reverse("adviser:drafts"), reverse("institution:requests"), reverse("institution:list")]
    return [Ask("GET", f"{page}?{urlencode({name: her.name})}") for page, name in product(pages, ("q", "recherche", "etat"))]


def on_her_own_file(her: Side, own: Side) -> list[Ask]:
    """Each act on a file of the reader's own region, told about the other student."""
    about = posted(her) | {"caseworker": her.story.caseworker.pk, "academy": "A15", "confirmed": "yes"}
    asks = []
    for door in doors():
        if door.wanted == ("referral_id",):
            address = door.address({"referral_id": own.story.id})
            query = urlencode({"document": her.rows[Document].key, "dit": her.name, "texte": 1})
            asks += [Ask("GET", f"{address}?{query}"), Ask("POST", address, about)]
    return asks


def answers(asks: list[Ask], reader: User) -> dict[str, Answer]:
    walker = Walker(reader)
    found = {}
    for ask in asks:
        cache.clear()
        found[f"{ask.method} {ask.said}"] = walker.ask(ask.method, ask.address, ask.data)
    return found


def told_apart(her: tuple[str, ...], with_her: dict[str, Answer], without: dict[str, Answer]) -> list[Any]:
    """Return what was answered otherwise; of seats, only where a word of hers is found that was not in the question."""
    wrong = []
    for said, one in with_her.items():
        named = [word for word in her if word in one.body and word not in said]
        of_seats = any(said.split(" ")[1].startswith(room) for room in SEATS)
        if named or (not of_seats and one != without[said]):
            wrong.append((said[:160], one.status, without[said].status, named))
    return wrong


@pytest.mark.parametrize("who", READERS)
def test_no_list_of_one_region_tells_of_another_regions_student(world, who, record_property):
    reader = world.people()[who]
    with undone():
        her = Side("Strasbourg")
        asks = lists(her) + (on_her_own_file(her, world) if who == "head" else [])
        secret = (her.name, her.ine, her.phone)
        with_her = answers(asks, reader)
    without = answers(asks, reader)
    record_property("asked", 2 * len(asks))
    assert told_apart(secret, with_her, without) == []


def test_the_same_questions_find_her_from_her_own_office(world):
    """The ids and the words are right: whoever may see her is answered otherwise."""
    with undone():
        her = Side("Strasbourg")
        reader, email, name = her.story.signer, her.story.signer.email, her.story.signer.name
        asks = [ask for ask in lists(her) if "/referral" in ask.address or ask.address == "/bureau/"]
        with_her = answers(asks, reader)
    twin = factories.post(Role.HEAD, region=factories.academy("Strasbourg").region, name=name, email=email)
    without = answers(asks, twin)
    found = {said.split(" ")[1].partition("?")[0] for said, answer in with_her.items() if answer != without[said]}
    assert found >= {"/bureau/", "/bureau/referrals/referral/", *(f"/bureau/referrals/referral/bulk/{key}/" for key in BULK)}
