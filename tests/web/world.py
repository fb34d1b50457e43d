"""A small world to walk through: somebody of every role, files in each state a page needs, and one nobody else may read."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import UUIDField
from django.test import Client

from referrals import procedure
from referrals.models import Role, User
from referrals.rules.states import State
from tests import factories
from tests.story import LEAD_TO, Story

CANARY = {
    "name": "Zwingelsteinova",
    "first names": "Quitteriane",
    "INE": "9876543210Z",
    "address": "quitteriane@canari.exemple",
    "telephone": "06 98 76 54 32",
    "project": "Étudier les phares abandonnés du Dodécanèse",
    "message": "Un secret que seul le rectorat lira",
    "file name": "releve-du-canari.pdf",
    "bytes of a file": "CANARI-DANS-LES-OCTETS",
}
"""What is hers and found nowhere else: if an answer to somebody else holds one of these, something leaks."""

STATES = (State.DRAFT, State.AWAITING_LICENCE, State.INCOMPLETE, State.ADMISSIBLE, State.OFFERED, State.ACCEPTED)
STUDENTS = {f"student, {state}": state for state in STATES}
WITHOUT_AN_ACCOUNT = "signed out"


@dataclass
class World:
    """people: who walks, by what they are; None is signed out. ids: what an address may be filled with, by the name of the gap."""

    stories: dict[State, Story]
    canary: Story
    people: dict[str, User | None]
    ids: dict[str, list[Any]] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """A browser in which that person has signed in; whatever fails answers as it would on the site."""
        client = Client(raise_request_exception=False)
        person = self.people[who]
        if person is not None:
            client.force_login(person)
        return client

    def is_in(self, client: Client, who: str) -> bool:
        """Whether ``client`` is still signed in."""
        return self.people[who] is None or bool(client.cookies[settings.SESSION_COOKIE_NAME].value)


def built() -> World:
    """Return the world. The canary's file is of another region; the office's and the institution's people are of the others'."""
    stories = {}
    for state in STATES:
        stories[state] = Story()
        LEAD_TO[state](stories[state])
    own = stories[State.ADMISSIBLE]
    own.consulting()
    canary = _canary()
    people: dict[str, User | None] = {WITHOUT_AN_ACCOUNT: None}
    people |= {name: stories[state].student for name, state in STUDENTS.items()}
    people |= {
        "newcomer": factories.UserFactory(),
        "caseworker": own.caseworker,
        "head": own.signer,
        "medical adviser": factories.post(Role.MEDICAL, region=own.academy.region),
        "institution": factories.post(Role.INSTITUTION, institution=own.institution),
        "adviser": factories.post(Role.ADVISER, institution=own.institution),
        "administrator": factories.post(Role.ADMINISTRATOR),
    }
    for person in people.values():
        if person is not None:
            _ready(person)
    return World(stories, canary, people, _ids(stories, canary))


def _ready(person: User) -> None:
    """Whatever an account needs before its pages open."""


def _canary() -> Story:
    canary = Story(academy="Strasbourg")
    canary.student.email = CANARY["address"]
    canary.student.phone = CANARY["telephone"]
    canary.student.save()
    canary.draft(birth_name=CANARY["name"], first_names=CANARY["first names"], ine=CANARY["INE"], project=CANARY["project"])
    marked = factories.pdf() + f"\n% {CANARY['bytes of a file']}\n".encode()
    upload = factories.upload(CANARY["file name"], marked)
    procedure.add_document(canary.id, kind="other", upload=upload, by=canary.her, at=canary.at)
    procedure.file(canary.id, by=canary.her, at=canary.at)
    procedure.write_to_office(canary.id, text=CANARY["message"], uploads=(), by=canary.her, at=canary.at)
    procedure.declare_admissible(canary.id, note="", by=canary.office, at=canary.at)
    canary.later(hours=1).sent()
    return canary


def _ids(stories: dict[State, Story], canary: Story) -> dict[str, list[Any]]:
    """Everything there is, hers among it: whoever walks tries every door."""
    uuids: list[UUID] = []
    numbers: set[Any] = set()
    for model in apps.get_models():
        if model._meta.app_label in ("referrals", "vacancies", "notifications"):
            rows = model._default_manager.all()
            numbers |= set(rows.values_list("pk", flat=True)[:40])
            for column in (one for one in model._meta.fields if isinstance(one, UUIDField) and one.name == "key"):
                uuids += rows.values_list(column.name, flat=True)
    referrals = [story.id for story in (*stories.values(), canary)]
    return {
        "uuid": uuids,
        "int": sorted(pk for pk in numbers if isinstance(pk, int)),
        "referral": [str(story.referral.key) for story in (*stories.values(), canary)],
        "referral_id": referrals,
        "uai": [story.institution.pk for story in (*stories.values(), canary)],
        "campaign": [canary.campaign.code],
        "content_type_id": list(ContentType.objects.values_list("pk", flat=True)[:8]),
    }
