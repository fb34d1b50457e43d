"""Every list of the office asks the database as often for a hundred rows as for three: no row costs a query of its own.

A page of the office is a list, and then in a table here, or it is named here as none.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.models import Audience, Message
from referrals.admin.bulk.pages import REPORT
from referrals.admin.deeds.table import DEEDS
from referrals.models import (
    Absence,
    AssignmentRule,
    Channel,
    CommissionSession,
    DocumentKind,
    Draft,
    Extension,
    HealthRequest,
    LegalHold,
    MatchingRun,
    Offer,
    Post,
    Publication,
    Referral,
    Role,
    RunState,
    StandardText,
    StandingAgreement,
    TextKind,
    User,
)
from referrals.rules.states import OfferState, State
from tests import factories
from tests.matching_story import ran
from tests.rights.doors import doors
from tests.story import Story, in_state
from vacancies.models import (
    AcademicRegion,
    Academy,
    Campaign,
    Compatibility,
    Import,
    ImportKind,
    ImportState,
    Institution,
    LicenceMention,
    Line,
    MasterMention,
    Merger,
    Programme,
    Question,
    Vacancy,
)

pytestmark = pytest.mark.django_db

OF_LIBRARIES = {"auth.Group", "account.EmailAddress", "dsfr.DsfrConfig"}
"""Registered by libraries; no post gives a right to them."""

Maker = Callable[[Story, int], object]


def _users(count: int) -> list[User]:
    return User.objects.bulk_create(User(email=f"{uuid4().hex}@exemple.fr", name="Une personne") for _ in range(count))


def referrals(story: Story, count: int) -> list[Referral]:
    """Copies of the story's file, each of another student."""
    files = []
    for rank, student in enumerate(_users(count)):
        file = Referral.objects.get(pk=story.id)
        file.pk, file.key, file.number, file.student = None, uuid4(), f"2026-9{rank:05d}-{uuid4().hex[:4]}", student
        file.assigned_to = story.caseworker
        files.append(file)
    return Referral.objects.bulk_create(files)


def posts(story: Story, count: int) -> None:
    held = Post.objects.bulk_create(Post(user=user, role=Role.CASEWORKER, since=date(2018, 1, 1)) for user in _users(count))
    Post.regions.through.objects.bulk_create(
        Post.regions.through(post_id=post.pk, academicregion_id=story.academy.region_id) for post in held
    )


def institutions(story: Story, count: int) -> list[Institution]:
    return [factories.InstitutionFactory(academy=story.academy) for _ in range(count)]


def vacancies(story: Story, count: int) -> list[Vacancy]:
    return [story.vacancy() for _ in range(count)]


def standing(story: Story, count: int) -> None:
    for vacancy in vacancies(story, count):
        agreement = StandingAgreement.objects.create(
            vacancy=vacancy,
            seats=1,
            agreed_by="Nom",
            agreed_as="présidence",
            agreed_on=date(2026, 6, 20),
            until=date(2026, 10, 1),
            by_name="Nom",
            created_at=story.at,
        )
        agreement.licences.add(factories.LicenceMentionFactory(name="Histoire"), factories.LicenceMentionFactory(name="Droit"))


def mergers(story: Story, count: int) -> None:
    successor = factories.InstitutionFactory(academy=story.academy)
    for former in institutions(story, count):
        Merger.objects.create(
            former=former, successor=successor, effective_on=date(2026, 1, 1), ground="Décret", by="Nom", at=story.at
        )


def imports(story: Story, count: int) -> None:
    Import.objects.bulk_create(
        Import(
            kind=ImportKind.DECLARATION,
            campaign=story.campaign,
            institution=story.institution,
            name="places.csv",
            digest="0" * 64,
            state=ImportState.REFUSED,
            by="Nom",
            at=story.at,
        )
        for _ in range(count)
    )


def runs(story: Story, count: int) -> None:
    MatchingRun.objects.bulk_create(
        MatchingRun(
            campaign=story.campaign,
            region=story.academy.region,
            state=RunState.FAILED,
            ordered_by=story.caseworker,
            ordered_at=story.at,
            failure="Interrompue.",
        )
        for _ in range(count)
    )


def sessions(story: Story, count: int) -> None:
    CommissionSession.objects.bulk_create(
        CommissionSession(
            campaign=story.campaign,
            region=story.academy.region,
            held_at=story.at,
            place="Rectorat",
            members="Nom",
            by_name="Nom",
            created_at=story.at,
        )
        for _ in range(count)
    )


def extensions(story: Story, count: int) -> None:
    Extension.objects.bulk_create(
        Extension(
            campaign=story.campaign,
            region=story.academy.region,
            days=3,
            ground="Cyclone.",
            source="Arrêté.",
            ordered_by=story.caseworker,
            ordered_at=story.at,
        )
        for _ in range(count)
    )


def health(story: Story, count: int) -> None:
    HealthRequest.objects.bulk_create(
        HealthRequest(referral=file, consented_at=story.at, said_at=story.at, words="Fictif.") for file in referrals(story, count)
    )


def messages(story: Story, count: int) -> None:
    Message.objects.bulk_create(
        Message(
            key=uuid4().hex,
            template="admissible",
            referral=file,
            audience=Audience.STUDENT,
            to="personne@exemple.fr",
            subject="Objet",
            text="Texte",
            html="",
            created_at=story.at,
            next_attempt_at=story.at,
        )
        for file in referrals(story, count)
    )


def campaigns(story: Story, count: int) -> None:
    first = Campaign.objects.count()
    for year in range(first, first + count):
        factories.CampaignFactory(code=f"{3000 + year}", name=f"Campagne {year}")


def rules(story: Story, count: int) -> None:
    version = 1 + story.campaign.rules.count()
    for number in range(version, version + count):
        factories.CampaignRulesFactory(campaign=story.campaign, version=number)


def compatibilities(story: Story, count: int) -> None:
    licence = factories.LicenceMentionFactory(name="Histoire")
    Compatibility.objects.bulk_create(
        Compatibility(campaign=story.campaign, licence=licence, master=factories.MasterMentionFactory()) for _ in range(count)
    )


def absences(story: Story, count: int) -> None:
    Absence.objects.bulk_create(
        Absence(user=story.caseworker, substitute=user, since=story.at.date(), until=story.at.date() + timedelta(days=3))
        for user in _users(count)
    )


def assignment_rules(story: Story, count: int) -> None:
    AssignmentRule.objects.bulk_create(
        AssignmentRule(region=story.academy.region, academy=story.academy, caseworker=user) for user in _users(count)
    )


def texts(story: Story, count: int) -> None:
    StandardText.objects.bulk_create(
        StandardText(region=story.academy.region, kind=TextKind.MESSAGE, title=f"Texte {rank}", text="Bonjour.")
        for rank in range(count)
    )


def publications(story: Story, count: int) -> None:
    Publication.objects.bulk_create(Publication(campaign=story.campaign, at=story.at, figures={}) for _ in range(count))


def regions(story: Story, count: int) -> None:
    first = AcademicRegion.objects.count()
    AcademicRegion.objects.bulk_create(
        AcademicRegion(code=f"X{first + rank}", name=f"Région {first + rank}") for rank in range(count)
    )


def academies(story: Story, count: int) -> None:
    first = Academy.objects.count()
    Academy.objects.bulk_create(
        Academy(code=f"{first + rank:03d}", name=f"Académie {first + rank}", region=story.academy.region, zone="Europe/Paris")
        for rank in range(count)
    )


def questions(story: Story, count: int) -> None:
    for _ in range(count):
        factories.QuestionFactory(institution=story.institution)


def of(factory: Callable[..., object], **fields: object) -> Maker:
    return lambda story, count: [factory(**fields) for _ in range(count)]


def licences(story: Story, count: int) -> None:
    first = LicenceMention.objects.count()
    for rank in range(count):
        factories.LicenceMentionFactory(name=f"Licence {first + rank}")


def acts(story: Story, count: int) -> None:
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.bulk_create(
        LogEntry(user=user, content_type=kind, object_id=str(user.pk), object_repr="Un compte", action_flag=CHANGE)
        for user in _users(count)
    )


def holds(story: Story, count: int) -> None:
    LegalHold.objects.bulk_create(
        LegalHold(referral=file, ground="Recours", until=date(2027, 6, 20), by_name="Nom", set_at=story.at)
        for file in referrals(story, count)
    )


MAKERS: dict[type, Maker] = {
    LogEntry: acts,
    LegalHold: holds,
    Referral: referrals,
    User: lambda story, count: _users(count),
    Post: posts,
    CommissionSession: sessions,
    Extension: extensions,
    HealthRequest: health,
    MatchingRun: runs,
    StandingAgreement: standing,
    Message: messages,
    Campaign: campaigns,
    factories.CampaignRules: rules,
    Compatibility: compatibilities,
    Merger: mergers,
    Import: imports,
    Institution: institutions,
    Vacancy: vacancies,
    Line: vacancies,
    Programme: lambda story, count: [factories.ProgrammeFactory(institution=story.institution) for _ in range(count)],
    LicenceMention: licences,
    MasterMention: of(factories.MasterMentionFactory),
    Question: questions,
    AcademicRegion: regions,
    Academy: academies,
    Absence: absences,
    AssignmentRule: assignment_rules,
    StandardText: texts,
    Publication: publications,
}
"""A model of the office → what adds so many rows of it to the region of the story."""


def registered() -> list[type]:
    return [model for model in admin.site._registry if model._meta.label not in OF_LIBRARIES]


def test_every_list_has_its_maker():
    assert [model._meta.label for model in registered() if model not in MAKERS] == []


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_a_list_asks_as_often_for_a_hundred_rows_as_for_three(model):
    story = in_state(State.FILED)
    reader = story.caseworker if model is not HealthRequest else factories.post(Role.MEDICAL, region=story.academy.region)
    if not reader.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        reader = story.signer
    if not reader.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
        reader = factories.post(Role.ADMINISTRATOR)
    client = Client()
    client.force_login(reader)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    MAKERS[model](story, 1)
    asked()  # what is cached on the first request
    one = asked()
    MAKERS[model](story, 2)
    three = asked()
    MAKERS[model](story, 97)
    assert (three - one <= 1, asked() - three <= 1) == (True, True), (one, three, asked())  # a second page may cost a count


class Page(NamedTuple):
    """A list that is no model's own: what adds rows to it, in what state the story's file is, and what its address says of it."""

    maker: Maker
    state: State = State.FILED
    about: Callable[[Story], list[object]] = lambda story: []
    query: str = ""


def members(story: Story, count: int) -> None:
    """Each works in the region, follows a file, and is away."""
    posts(story, count)
    team = User.objects.filter(posts__isnull=False).exclude(pk__in=[story.caseworker.pk, story.signer.pk]).order_by("-pk")[:count]
    files = referrals(story, count)
    for file, user in zip(files, team, strict=True):
        file.assigned_to = user
    Referral.objects.bulk_update(files, ["assigned_to"])
    Absence.objects.bulk_create(
        Absence(user=user, substitute=story.signer, since=story.at.date(), until=story.at.date()) for user in team
    )


def left_alone(story: Story, count: int) -> None:
    """Nobody follows them, and they have no date."""
    Referral.objects.filter(pk__in=[file.pk for file in referrals(story, count)]).update(assigned_to=None, next_at=None)


def elsewhere(story: Story, count: int) -> list[Vacancy]:
    """Each of an institution of its own."""
    programmes = [factories.ProgrammeFactory(institution=institution) for institution in institutions(story, count)]
    return [factories.VacancyFactory(programme=programme, campaign=story.campaign) for programme in programmes]


def offers(state: OfferState, **fields: object) -> Maker:
    """Each for another file, of an institution of its own."""

    def make(story: Story, count: int) -> None:
        held = {"state": state, "held_until": story.at + timedelta(days=9), "consulted_at": story.at}
        rows = zip(referrals(story, count), elsewhere(story, count), strict=True)
        Offer.objects.bulk_create(Offer(referral=file, vacancy=vacancy, **held, **fields) for file, vacancy in rows)

    return make


CONSULTING = offers(OfferState.CONSULTING)
AGREED = offers(
    OfferState.AGREED, agreed_by="Nom", agreed_as="présidence", agreed_on=date(2026, 6, 20), agreed_through=Channel.MAIL
)


def of_many_licences(story: Story, count: int) -> None:
    first = LicenceMention.objects.count()
    for rank, file in enumerate(referrals(story, count), first):
        file.licence_mention = factories.LicenceMentionFactory(name=f"Licence {rank}")
        file.save()


def programmes(story: Story, count: int) -> None:
    for _ in range(count):
        factories.ProgrammeFactory(institution=story.institution)


def documents(story: Story, count: int) -> None:
    given = story.referral.transcript
    for _ in range(count):
        given.pk, given.key, given.kind = None, uuid4(), DocumentKind.OTHER
        given.save(force_insert=True)


def run_of(story: Story) -> MatchingRun:
    """Return the story's run; it has one draft, for her."""
    if not (run := MatchingRun.objects.first()):
        elsewhere(story, 1)
        run = ran(story)
    return run


def drafts(story: Story, count: int) -> None:
    first = run_of(story).drafts.get(referral=story.id)
    Draft.objects.bulk_create(
        Draft(run=first.run, referral=file, vacancy=vacancy, score=first.score, suits=first.suits)
        for file, vacancy in zip(referrals(story, count), elsewhere(story, count), strict=True)
    )


LISTS: dict[str, Page] = {
    "referrals_absence_team": Page(members),
    "referrals_absence_standing_still": Page(left_alone),
    "referrals_absence_move_work": Page(referrals, about=lambda story: [story.caseworker.pk], query="to=regle"),
    "referrals_standingagreement_answers": Page(CONSULTING),
    "referrals_standingagreement_answers_csv": Page(CONSULTING),
    "vacancies_vacancy_declarations": Page(elsewhere),
    "vacancies_vacancy_declarations_csv": Page(elsewhere),
    "vacancies_vacancy_totals": Page(elsewhere, query="by=mention"),
    "vacancies_vacancy_totals_csv": Page(elsewhere, query="by=mention"),
    "referrals_publication_figures": Page(of_many_licences, query="par=mention"),
    "referrals_publication_figures_file": Page(of_many_licences, about=lambda story: ["csv"], query="par=mention"),
    "referrals_referral_bulk_report": Page(referrals),
    "referrals_referral_to_send": Page(AGREED),
    "referrals_referral_consult": Page(elsewhere, State.ADMISSIBLE, about=lambda story: [story.id]),
    "referrals_referral_documents": Page(documents, about=lambda story: [story.id]),
    "referrals_matchingrun_what_if": Page(programmes, query="q=exemple"),
    "referrals_matchingrun_drafts": Page(drafts, State.ADMISSIBLE, about=lambda story: [run_of(story).pk]),
    "referrals_matchingrun_move": Page(
        elsewhere, State.ADMISSIBLE, about=lambda story: [run_of(story).pk, run_of(story).drafts.get().pk]
    ),
}  # fmt: skip
"""Name of the address → the list there, as the head of the story's region reads it."""

NO_LISTS = {
    "index", "looked", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n", "view_on_site",
    "app_list", "referrals_post_reset_factor", "referrals_user_invite",
    "referrals_legalhold_retention",  # a row for each category of a campaign
    "vacancies_merger_undo", "vacancies_institution_merge", "vacancies_question_answer",
    "vacancies_import_from_catalogue", "vacancies_import_file", "vacancies_import_report", "vacancies_import_apply",
    "vacancies_import_look-again", "vacancies_import_abandon", "vacancies_import_reverse",
    "referrals_commissionsession_complete", "referrals_commissionsession_case",
    "referrals_referral_columns", "referrals_referral_save_filter", "referrals_referral_delete_filter",
    "referrals_referral_bulk", "referrals_referral_enter", "referrals_referral_export", "referrals_referral_export_file",
    "referrals_referral_page", "referrals_matchingrun_replay", "referrals_matchingrun_refuse",
}  # fmt: skip
"""A form, a file, something about one row; the first page, which counts (see test_home), and the look at what would be done to many
files, which is posted (see test_bulk).
"""

OF_EACH_MODEL = ("changelist", "add", "change", "delete", "history")


def test_every_page_of_the_office_is_a_list_of_a_table_or_none():
    found = {door.name.removeprefix("admin:") for door in doors() if door.name.startswith("admin:")}
    models = {
        f"{model._meta.app_label}_{model._meta.model_name}_{page}" for model in admin.site._registry for page in OF_EACH_MODEL
    }
    deeds = {f"referrals_referral_{action}" for action in DEEDS}
    assert found - models - deeds == LISTS.keys() | NO_LISTS
    assert {name for name in models if name.endswith("_changelist")} <= found


@pytest.mark.parametrize("name", LISTS)
def test_a_page_asks_as_often_for_a_hundred_rows_as_for_three(name, time_machine):
    page = LISTS[name]
    story = in_state(page.state)
    time_machine.move_to(story.at)
    client = Client()
    client.force_login(story.signer)
    address = reverse(f"admin:{name}", args=page.about(story))

    def asked() -> tuple[int, int]:
        """Return how many queries the page asks, and how long it is."""
        cache.clear()
        session = client.session
        session[REPORT] = {"key": "assign", "rows": [(pk, True, "") for pk in Referral.objects.values_list("pk", flat=True)]}
        session.save()
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(f"{address}?{page.query}")
            assert answer.status_code == 200
            length = len(answer.getvalue())
        return len(captured), length

    page.maker(story, 1)
    asked()  # what is cached on the first request
    one, short = asked()
    page.maker(story, 2)
    three, longer = asked()
    page.maker(story, 97)
    hundred, _ = asked()
    assert (three - one <= 1, hundred - three <= 1) == (True, True), (one, three, hundred)  # a second page may cost a count
    assert longer > short  # the rows are there to be seen
