"""A student of another region does not exist: each address of the office answers a caseworker as if nobody had ever filed there.

The walk is drawn from the site's own addresses. Everything is asked twice: with her in the database, and, with the same words and
the same ids, once she has been taken out of it. Nothing may differ: no page, no count, no message, no place one is sent to.
"""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import date
from difflib import unified_diff
from io import BytesIO
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlencode
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from notifications.models import Message
from referrals import procedure
from referrals.admin.bulk.pages import BULK
from referrals.admin.queue.filters import PARAMETERS
from referrals.models import (
    Absence,
    AssignmentRule,
    CommissionCase,
    CommissionSession,
    Document,
    Extension,
    HealthRequest,
    MatchingRun,
    Post,
    Referral,
    Role,
    SavedFilter,
    StandardText,
    StandingAgreement,
    TextKind,
    User,
)
from referrals.rules.states import Action
from tests import factories
from tests.factories import instant
from tests.story import Story
from vacancies.models import Line, Vacancy

NOW = instant("2026-06-24 10:00")
NAME, FIRST_NAMES, INE, PHONE = "Zwingelstein", "Quitterie", "9876543210Z", "06 98 76 54 32"
EVERYBODYS = (
    "admin:vacancies_", "admin:referrals_campaignrules_", "admin:auth_", "admin:account_", "admin:dsfr_",
)  # fmt: skip
"""Pages of what belongs to no region, or that no post opens: territory, catalogue, seats. Of seats, everybody reads how many are
held and by which office: there her name alone must not be found.
"""


class Ask(NamedTuple):
    """said: the words of the request itself, which may come back."""

    name: str
    method: str
    address: str
    data: dict[str, Any]


@pytest.fixture(autouse=True)
def the_day(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture(autouse=True)
def without_tracebacks(no_undefined_variable, caplog):
    """Other tests hear of what a template lacks; here, thousands of refusals would spend their time on telling it."""
    for name in ("django.template", "django.request"):
        caplog.set_level(logging.CRITICAL, logger=name)


class Abroad:
    """A student of another region who has come a long way, and what its office has written. The seats are everybody's to read."""

    def __init__(self, there: Story) -> None:
        self.story = story = there
        self.seats = seats = list(Vacancy.objects.filter(programme__institution=there.institution).order_by("pk"))
        story.draft(birth_name=NAME, first_names=FIRST_NAMES, ine=INE)
        story.student.phone = PHONE
        story.student.save()
        procedure.request_health(story.id, words="Confidentiel.", by=story.her, at=story.at)
        procedure.file(story.id, by=story.her, at=story.at)
        story.followed()
        procedure.write_to_office(story.id, text="Bonjour.", uploads=(), by=story.her, at=story.at)
        procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
        run = procedure.order_run(**self.here, by=story.office, at=story.at)
        procedure.execute_run(run.pk, at=story.at)
        self.draft = run.drafts.all()[0]
        story.sent(vacancy=seats[0], reason="Des places s’y sont libérées.")
        self.agreed = story.agree(story.consulting(vacancy=seats[1]))
        self.offer = story.consulting(vacancy=seats[2])
        self.rows: dict[type, Any] = {
            Referral: story.referral,
            User: story.student,
            Post: story.caseworker.posts.get(),
            Message: Message.objects.filter(referral=story.id)[0],
            HealthRequest: HealthRequest.objects.get(referral=story.id),
            Extension: self.extension(),
            CommissionSession: self.session(),
            MatchingRun: run,
            StandingAgreement: self.standing(),
            Absence: Absence.objects.create(user=story.caseworker, until=date(2026, 6, 30)),
            AssignmentRule: AssignmentRule.objects.create(region=story.academy.region, caseworker=story.caseworker),
            StandardText: StandardText.objects.create(
                region=story.academy.region, kind=TextKind.MESSAGE, title="Texte", text="Texte."
            ),
            SavedFilter: SavedFilter.objects.create(user=story.caseworker, name="Les miens", query="suivi=moi"),
            Document: Document.objects.filter(referral=story.id).with_the_file()[0],
            Line: Line.objects.filter(vacancy=self.offer.vacancy_id)[0],
        }
        self.case = CommissionCase.objects.create(session=self.rows[CommissionSession], referral=story.referral, rank=1)

    @property
    def here(self) -> dict[str, Any]:
        return {"campaign": self.story.campaign, "region": self.story.academy.region}

    def extension(self) -> Extension:
        story = self.story
        words = {"kind": "", "days": 3, "expired_since": None, "ground": "Grève.", "source": "Arrêté."}
        return procedure.order_extension(campaign=story.campaign, referral=story.referral, **words, by=story.signing, at=story.at)

    def session(self) -> CommissionSession:
        return CommissionSession.objects.create(
            **self.here, held_at=self.story.at, place="Rectorat", members="Nom", by_name="Nom", created_at=self.story.at
        )

    def standing(self) -> StandingAgreement:
        signed = {"agreed_by": "Nom", "agreed_as": "présidence", "agreed_on": date(2026, 6, 20), "by_name": "Nom"}
        return StandingAgreement.objects.create(
            vacancy=self.seats[3], seats=1, until=date(2026, 10, 1), created_at=self.story.at, **signed
        )


# What is asked


def addresses() -> dict[str, tuple[str, ...]]:
    """Return every named address of the office, and what has to be filled in."""

    def walk(patterns: list[Any], prefix: str, filled: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for pattern in patterns:
            names = (*filled, *pattern.pattern.converters, *getattr(pattern.pattern, "regex", re.compile("")).groupindex)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, prefix, names)
            elif isinstance(pattern, URLPattern) and pattern.name:
                yield f"{prefix}{pattern.name}", tuple(dict.fromkeys(names))

    (office,) = [one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "admin"]
    return dict(walk(office.url_patterns, "admin:", ()))


def model_of(name: str) -> type | None:
    """Return the model whose admin an address belongs to."""
    for model in sorted(admin.site._registry, key=lambda model: -len(model._meta.model_name or "")):
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            return model
    return None


def fillings(name: str, wanted: str, abroad: Abroad) -> list[Any]:
    """Return what stands for her in an address: the ids of what is hers, of every kind. Raises KeyError for what nobody decided."""
    story, model = abroad.story, model_of(name)
    if wanted in ("object_id", "pk"):
        if name == "admin:view_on_site":
            return [story.id, story.student.pk]
        row = abroad.rows.get(model) if model else None
        return [row.pk] if row else [_ordinary(model)]
    decided: dict[str, list[Any]] = {
        "referral_id": [story.id],
        "offer_id": [abroad.offer.pk, abroad.agreed.pk],
        "case_id": [abroad.case.pk],
        "run_id": [abroad.rows[MatchingRun].pk],
        "draft_id": [abroad.draft.pk],
        "filter_id": [abroad.rows[SavedFilter].pk],
        "user_id": [story.caseworker.pk, story.student.pk],
        "uai": [story.institution.pk],
        "key": list(BULK) if "bulk" in name else [abroad.rows[Document].key],
        "number": [1],
        "edition": ["internal"],
        "form": ["pdf", "zip"],
        "shape": ["csv", "xlsx", "ods"],
        "app_label": ["referrals", "notifications", "vacancies"],
        "content_type_id": [ContentType.objects.get_for_model(one).pk for one in (Referral, User)],
        "url": ["inconnue"],
    }
    return decided[wanted]


def _ordinary(model: type | None) -> Any:
    """What belongs to no region: the first there is, or nothing."""
    found = model._meta.default_manager.first() if model else None  # type: ignore[attr-defined]
    return found.pk if found else 0


def posted(abroad: Abroad) -> dict[str, Any]:
    """Everything that a form of the office might take for her."""
    story = abroad.story
    ids = {name: [story.id] for name in ("file", "shown", "referral", "case", "other")}
    return ids | {
        "offer": [abroad.offer.pk, abroad.agreed.pk],
        "draft": [abroad.draft.pk],
        "_selected_action": [abroad.rows[Message].pk, story.id],
        "action": "send_again",
        "which": "ticked",
        "confirmed": "yes",
        "form": "csv",
        "to": story.caseworker.pk,
        "user": story.caseworker.pk,
        "number": story.referral.number,
        "query": f"q={NAME}",
        "name": "Recherche",
        "note": "Note",
        "wanted": "Tout",
        "days": 3,
        "ground": "Motif",
        "source": "Arrêté",
        "reach": "referral",
        "campaign": story.campaign.pk,
        "post": "yes",
    }


def everywhere(abroad: Abroad) -> list[Ask]:
    """Each address of the office, read and written to, with each of her ids that it takes."""
    asks = []
    for name, wanted in addresses().items():
        for values in product(*(fillings(name, one, abroad) for one in wanted)):
            address = reverse(name, kwargs=dict(zip(wanted, values, strict=True)))
            asks += [Ask(name, "get", address, {}), Ask(name, "post", address, posted(abroad))]
    return asks


def searches(abroad: Abroad) -> list[Ask]:
    """Each list and each field that completes itself, asked for her by words of hers; the queue, by each of its filters."""
    story = abroad.story
    words = [NAME, story.referral.number, story.student.email]
    on_the_queue = [*words, f"{FIRST_NAMES} {NAME}".lower(), INE, PHONE, "zwingel", str(story.id)]
    asks = []
    for model, shown in admin.site._registry.items():
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        address = reverse(f"admin:{label}_changelist")
        asks += [Ask(f"admin:{label}_changelist", "get", f"{address}?{urlencode({'q': word})}", {}) for word in words]
        for field in shown.autocomplete_fields:
            about = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field}
            asks += [
                Ask(
                    f"admin:{label}_autocomplete", "get", f"{reverse('admin:autocomplete')}?{urlencode(about | {'term': word})}", {}
                )
                for word in words
            ]
    region = story.academy.region_id
    narrowed = {
        "suivi": [story.caseworker.pk, "personne", "moi", "remplace"],
        "academie": [story.academy.pk],
        "campagne": [story.campaign.pk],
        "etat": [story.referral.state],
        "semaine": ["2026-06-15"],
        "o": ["-1", "2.3"],
        "q": on_the_queue,
    } | {"pile": ["places", "consultations", "envoyer", "non-annonces", "dates"], "attente": ["etablissement", "rectorat"]}
    narrowed |= {"echeance": ["retard", "semaine"], "age": ["moins-15"]}
    assert set(narrowed) == set(PARAMETERS)
    narrowed |= {
        "region": [region],
        "id": [story.id],
        "student": [story.student.pk],
        "student__email": [story.student.email],
        "p": [2],
    }
    queries = [urlencode({name: value}) for name, values in narrowed.items() for value in values]
    for query in queries:
        for name in ("referrals_referral_changelist", "referrals_absence_team", "referrals_publication_figures"):
            asks.append(Ask(f"admin:{name}", "get", f"{reverse(f'admin:{name}')}?{query}", {}))
    for key, which in product(BULK, ("search", "page", "ticked")):
        address = f"{reverse('admin:referrals_referral_bulk', args=[key])}?q={NAME}"
        asks.append(Ask("admin:referrals_referral_bulk", "post", address, posted(abroad) | {"which": which}))
    return asks


def of_her_own_file(abroad: Abroad, own: Story) -> list[Ask]:
    """Each act on a file of the reader's own region, told about the other student."""
    names = [name for name, wanted in addresses().items() if wanted == ("referral_id",)]
    about = posted(abroad) | {"caseworker": abroad.story.caseworker.pk, "academy": "A15", "confirmed": "yes"}
    asks = []
    for name in names:
        address = reverse(name, args=[own.id])
        asks += [
            Ask(name, "get", f"{address}?{urlencode({'document': abroad.rows[Document].key, 'dit': NAME, 'texte': 1})}", {}),
            Ask(name, "post", address, about),
        ]
    return asks


# What is answered


SESSION = settings.SESSION_COOKIE_NAME


def answers(asks: list[Ask], reader: User) -> dict[Ask, tuple[Any, ...]]:
    """Return what each is answered, to the letter: where one is led, the status, the page. What is asked changes nothing."""
    outer = connection.savepoint()
    door = Client()
    door.force_login(reader)
    cookie = door.cookies[SESSION].value
    found = {}
    for ask in asks:
        cache.clear()
        inner = connection.savepoint()
        client = Client(raise_request_exception=True)
        client.cookies[SESSION] = cookie
        response = getattr(client, ask.method)(ask.address, ask.data, follow=True)
        found[_key(ask)] = (response.redirect_chain, response.status_code, plain(response))
        connection.savepoint_rollback(inner)
    connection.savepoint_rollback(outer)
    return found


def _key(ask: Ask) -> Any:
    return ask.name, ask.method, ask.address, tuple(sorted((name, str(value)) for name, value in ask.data.items()))


DRAWN_ANEW = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|filters/\d+/delete|(?<=value=")[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}(?=")'
    r"|(?<=<strong>)[0-9a-f]{12}(?=</strong>)"
)
"""Tokens against forgery and against sending twice, a refusal's reference, and the number of the filter that it has kept."""


def plain(response: Any) -> str:
    """The page without what each answer draws anew; of a workbook, what it holds but for the instant it was made."""
    content = response.getvalue()
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as workbook:
            content = b"".join(workbook.read(name) for name in sorted(workbook.namelist()) if name != "docProps/core.xml")
    return DRAWN_ANEW.sub("", content.decode("utf-8", errors="replace"))


@pytest.fixture
def own(db) -> Story:
    """What the reader's own region has: so that no page is empty, and no list without a first row."""
    story = Story()
    story.filed()
    story.followed()
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    story.agree(story.consulting())
    story.consulting()
    return story


@pytest.fixture
def there(db) -> Story:
    """Another region, with a university and its seats; nobody has filed yet."""
    there = Story(academy="Strasbourg")
    for _ in range(5):
        there.vacancy()
    return there


def with_her_and_without(made: Callable[[Abroad], list[Ask]], there: Story, reader: User) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return what ``reader`` is answered while she exists, and once she does not."""
    before = connection.savepoint()
    asks = made(Abroad(there))
    with_her = answers(asks, reader)
    connection.savepoint_rollback(before)
    return with_her, answers(asks, reader)


def told_apart(with_her: dict[Any, Any], without: dict[Any, Any]) -> list[Any]:
    """Return what was answered otherwise; of what belongs to everybody, only where her name is found."""
    return [
        (key[:3], with_her[key][:2], without[key][:2], differing(with_her[key][2], without[key][2]))
        for key in with_her
        if (names_her(key, with_her[key]) if key[0].startswith(EVERYBODYS) else with_her[key] != without[key])
    ]


def differing(one: str, other: str) -> list[str]:
    """Return the first lines that are not the same."""
    return [
        line for line in unified_diff(other.splitlines(), one.splitlines(), n=0, lineterm="") if line[:3] not in ("---", "+++")
    ][:6]


def names_her(key: Any, answer: Any) -> bool:
    """Whether the page says a word of hers that was not in the question."""
    return any(word in answer[2] for word in (NAME, FIRST_NAMES, INE, PHONE) if word not in unquote_plus(str(key)))


MADE: dict[str, Callable[[Abroad, Story], list[Ask]]] = {
    "everywhere": lambda abroad, own: everywhere(abroad),
    "searches": lambda abroad, own: searches(abroad),
    "own file": of_her_own_file,
}


@pytest.mark.parametrize(
    ("who", "what"), [("caseworker", "everywhere"), ("signer", "everywhere"), ("caseworker", "searches"), ("signer", "own file")]
)
def test_each_address_answers_as_if_she_did_not_exist(own, there, who, what, capsys):
    reader = getattr(own, who)
    with_her, without = with_her_and_without(lambda abroad: MADE[what](abroad, own), there, reader)
    assert told_apart(with_her, without) == []
    with capsys.disabled():
        print(f"\n{what}, {who}: {len(with_her)} requests to {len({key[0] for key in with_her})} addresses of the office")


def test_the_same_walk_finds_her_from_her_own_office(own, there):
    """The ids and the words are right: whoever may see her is answered otherwise, at every address that has to do with a file."""
    before = connection.savepoint()
    abroad = Abroad(there)
    reader = abroad.story.signer
    asked = [*everywhere(abroad), *searches(abroad)]
    asks = [ask for ask in asked if ask.method == "get" or ask.name == "admin:referrals_referral_bulk"]
    with_her = answers(asks, reader)
    email = reader.email
    connection.savepoint_rollback(before)
    twin = factories.post(Role.HEAD, region=factories.academy("Strasbourg").region, name=reader.name, email=email)
    without = answers(asks, twin)
    found = {key[0] for key, *_ in told_apart(with_her, without)}
    of_a_file = {name for name, wanted in addresses().items() if "referral_id" in wanted or "draft_id" in wanted}
    expected = of_a_file | {
        f"admin:referrals_{name}"
        for name in ("referral_changelist", "referral_change", "referral_bulk", "referral_to_send", "extension_change",
                     "matchingrun_change", "commissionsession_change", "commissionsession_case", "absence_change",
                     "assignmentrule_change", "absence_team", "absence_move_work")
    } | {"admin:index", "admin:notifications_message_change", "admin:notifications_message_changelist"}  # fmt: skip
    assert expected - found == set()
    assert Action.CONSULT in "".join(found)
