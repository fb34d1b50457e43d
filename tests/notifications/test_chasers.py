"""Institutions are asked to confirm and to declare their seats: whom, when, how often, and in which words."""

import html
import re
from datetime import date
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import chasers, outbox, tasks
from notifications.models import Audience, Fate, Message
from referrals.models import Post, Role, User
from referrals.tasks import SweepIncomplete
from tests import factories
from tests.concurrency.at_once import at_once
from tests.factories import instant
from tests.notifications.conftest import UNDEFINED
from vacancies import mergers, seats
from vacancies.models import Institution, Modality, Programme, Vacancy

pytestmark = pytest.mark.django_db
NBSP = "\N{NO-BREAK SPACE}"
STALE_FROM = "2026-07-16"
"""A Thursday: what `VacancyFactory` declares on 15 June is valid until 15 July."""


def run(at: str) -> list[tuple[str, str]]:
    """Let the hourly task run at ``at``; return to whom it wrote, and under which subject."""
    before = set(Message.objects.values_list("pk", flat=True))
    with time_machine.travel(instant(at), tick=False):
        tasks.chase_declarations()
    written = Message.objects.exclude(pk__in=before).order_by("pk")
    return [(to, subject.replace(NBSP, " ")) for to, subject in written.values_list("to", "subject")]


def university(name: str = "Université d’exemple", academy: str = "Lyon", **fields) -> Institution:
    return factories.InstitutionFactory(name=name, academy=factories.academy(academy), **fields)


def account(institution: Institution, email: str = "scolarite@universite.exemple", **fields) -> User:
    return factories.post(Role.INSTITUTION, institution=institution, email=email, **fields)


def seat(institution: Institution, mention: str = "Droit public", **fields) -> Vacancy:
    programme = factories.ProgrammeFactory(institution=institution, mention=factories.MasterMentionFactory(name=mention))
    return factories.VacancyFactory(programme=programme, **fields)


def programme(institution: Institution, mention: str = "Archives", **fields) -> Programme:
    mention = factories.MasterMentionFactory(name=mention)
    return factories.ProgrammeFactory(institution=institution, mention=mention, **fields)


TO_CONFIRM = ("scolarite@universite.exemple", "Vos places de master : 1 déclaration à confirmer")
TO_DECLARE = ("scolarite@universite.exemple", "Vos places de master : 1 formation sans déclaration")


@pytest.fixture
def here() -> Institution:
    """A university with an account, in the open campaign."""
    factories.CampaignFactory()
    institution = university()
    account(institution)
    return institution


@pytest.mark.parametrize(
    ("academy", "zone"),
    [
        ("La Réunion", "Indian/Reunion"),
        ("Lyon", "Europe/Paris"),
        ("Martinique", "America/Martinique"),
        ("Nouvelle-Calédonie", "Pacific/Noumea"),
    ],
)
def test_once_a_week_from_eight_to_eight_local_time(academy, zone):
    institution = university(academy=academy)
    account(institution)
    seat(institution)
    assert run(f"2026-07-15 12:00 {zone}") == []  # its last valid day
    assert run(f"{STALE_FROM} 07:59 {zone}") == []
    assert run(f"{STALE_FROM} 20:00 {zone}") == []
    assert run(f"{STALE_FROM} 08:00 {zone}") == [TO_CONFIRM]
    assert run(f"{STALE_FROM} 09:00 {zone}") == []
    assert run(f"2026-07-19 19:59 {zone}") == []  # Sunday
    assert run(f"2026-07-20 07:59 {zone}") == []
    assert run(f"2026-07-20 08:00 {zone}") == [TO_CONFIRM]


def test_missed_runs_are_made_up_for_once():
    institution = university()
    account(institution)
    seat(institution)
    assert run("2026-08-08 19:59") == [TO_CONFIRM]  # a Saturday, three weeks late
    assert run("2026-08-09 08:00") == []
    assert run("2026-08-10 08:00") == [TO_CONFIRM]


def test_the_week_is_counted_across_the_new_year():
    """Thursday 31 December 2026 and Sunday 3 January 2027 are of one week; Monday the 4th begins another."""
    campaign = factories.CampaignFactory(code="hiver", opens_on=date(2026, 12, 1), search_until=date(2027, 2, 1))
    institution = university()
    account(institution)
    programme(institution)
    assert [run(f"{day} 09:00") for day in ("2026-12-31", "2027-01-03", "2027-01-04")] == [[TO_DECLARE], [], [TO_DECLARE]]
    keys = Message.objects.order_by("pk").values_list("key", flat=True)
    assert [key.removesuffix(f":{institution.pk}:scolarite@universite.exemple") for key in keys] == [
        f"declare:{campaign.pk}:2026-W53",
        f"declare:{campaign.pk}:2027-W01",
    ]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-14 12:00", []),
        ("2026-06-15 12:00", [TO_DECLARE]),
        ("2026-10-31 12:00", [TO_DECLARE]),
        ("2026-11-01 12:00", []),
    ],
    ids=["the eve", "the opening", "the last day", "the day after"],
)
def test_while_the_campaign_is_open(here, at, expected):
    programme(here)
    assert run(at) == expected


def test_nothing_to_say_no_mail(here):
    """Valid still; nothing left to confirm where every seat is taken; zero is a declaration; out of the catalogue."""
    lasting, full, none = seat(here, "Droit"), seat(here, "Chimie"), seat(here, "Histoire")
    seats.declare(vacancy_id=lasting.pk, seats=2, valid_until=date(2026, 9, 30), by="x", at=instant("2026-07-01 09:00"))
    seats.hold(vacancy_id=full.pk, holder=uuid4(), by="x", at=instant("2026-07-01 09:00"))
    seats.declare(vacancy_id=none.pk, seats=0, by="x", at=instant("2026-06-16 09:00"))
    programme(here, withdrawn=True)
    assert run(f"{STALE_FROM} 09:00") == []


def test_a_vacancy_that_was_opened_and_never_declared_is_to_declare(here):
    opened = programme(here)
    seats.vacancy_of(programme_id=opened.pk, campaign_id="2026", modality=Modality.INITIAL)
    assert run("2026-06-20 09:00") == [TO_DECLARE]


def test_another_campaign_counts_for_nothing(here):
    """Neither its declarations, nor its seats out of date."""
    last_year = factories.CampaignFactory(
        code="2025", name="Campagne 2025", opens_on=date(2025, 6, 15), search_until=date(2025, 10, 31)
    )
    silent = programme(here)
    factories.VacancyFactory(programme=silent, campaign=last_year)
    assert run("2026-07-20 09:00") == [TO_DECLARE]
    factories.VacancyFactory(programme=silent)
    assert run("2026-07-27 09:00") == [TO_CONFIRM]


def test_to_each_account_that_answers_that_day_and_to_no_other(here):
    programme(here)
    account(here, "presidence@universite.exemple")
    account(here, "partie@universite.exemple", is_active=False)
    ended = account(here, "autrefois@universite.exemple")
    ended.posts.update(until=date(2026, 6, 30))
    to_come = account(here, "bientot@universite.exemple")
    to_come.posts.update(since=date(2026, 9, 1))
    factories.post(Role.ADVISER, institution=here, email="scuio@universite.exemple")
    account(university("Université d’à côté"), "ailleurs@universite.exemple")
    twice = User.objects.get(email="scolarite@universite.exemple")
    Post.objects.create(user=twice, role=Role.INSTITUTION, institution=here, since=date(2020, 1, 1))
    assert [to for to, _ in run("2026-07-02 09:00")] == ["presidence@universite.exemple", "scolarite@universite.exemple"]
    assert set(Message.objects.values_list("audience", "referral", "template")) == {(Audience.DECLARANT, None, "declarations_due")}


def test_without_an_account_to_the_contacts_it_gave_in_this_campaign():
    institution = university()
    for mention, email in (("A", "un@u.exemple"), ("B", "UN@u.exemple"), ("C", "deux@u.exemple"), ("D", "")):
        seat(institution, mention, contact_email=email)
    last_year = factories.CampaignFactory(code="2025", opens_on=date(2025, 6, 15), search_until=date(2025, 10, 31))
    seat(institution, "E", contact_email="ancien@u.exemple", campaign=last_year)
    assert [to for to, _ in run(f"{STALE_FROM} 09:00")] == ["deux@u.exemple", "un@u.exemple"]


def test_where_nobody_is_known_nobody_is_written_to_until_somebody_is():
    factories.CampaignFactory()
    institution = university()
    programme(institution)
    assert run("2026-07-02 09:00") == []
    account(institution)
    assert run("2026-07-02 10:00") == [TO_DECLARE]


def test_who_comes_later_in_the_week_waits_for_the_next_one(here):
    programme(here)
    assert run("2026-07-02 09:00") == [TO_DECLARE]
    account(here, "nouvelle@universite.exemple")
    assert run("2026-07-03 09:00") == []
    assert [to for to, _ in run("2026-07-06 09:00")] == ["nouvelle@universite.exemple", "scolarite@universite.exemple"]


def merge(former: Institution, successor: Institution) -> None:
    mergers.merge(
        former=former.pk,
        successor=successor.pk,
        effective_on=date(2026, 7, 1),
        ground="Décret",
        by="Nadia Nationale",
        at=instant("2026-07-01 09:00"),
    )


def test_after_mergers_one_mail_for_the_whole_family(here):
    """A became B, B became ours. The twin that stayed with B is asked for too, and named by its institution."""
    former, oldest = university("Université B"), university("Université A")
    account(oldest, "ancienne@universite.exemple")
    seat(oldest, "Droit public"), seat(here, "Droit public"), seat(former, "Chimie")
    merge(oldest, former)
    merge(former, here)
    assert run(f"{STALE_FROM} 09:00") == [
        (to, "Vos places de master : 3 déclarations à confirmer")
        for to in ("ancienne@universite.exemple", "scolarite@universite.exemple")
    ]
    assert listed(Message.objects.first()) == [
        "Chimie (Lyon) : 1 place, valable jusqu’au 15 juillet",
        "Droit public (Lyon), Université B : 1 place, valable jusqu’au 15 juillet",
        "Droit public (Lyon) : 1 place, valable jusqu’au 15 juillet",
    ]


def listed(message: Message) -> list[str]:
    return [line.removeprefix("– ") for line in message.text.replace(NBSP, " ").splitlines() if line.startswith("– ")]


def test_a_long_list_is_cut(here):
    for number in range(23):
        seat(here, f"Mention {number:02d}")
    assert run(f"{STALE_FROM} 09:00") == [(TO_CONFIRM[0], "Vos places de master : 23 déclarations à confirmer")]
    lines = listed(Message.objects.get())
    assert (len(lines), lines[0], lines[19:]) == (
        21,
        "Mention 00 (Lyon) : 1 place, valable jusqu’au 15 juillet",
        ["Mention 19 (Lyon) : 1 place, valable jusqu’au 15 juillet", "et 3 autres"],
    )


def said(message: Message) -> str:
    return message.text.replace(NBSP, " ")


def test_its_words_to_an_account(here):
    region = here.academy.region
    factories.post(Role.CASEWORKER, region=region, name="Camille Exemple", email="camille@rectorat.exemple")
    factories.post(Role.HEAD, region=region, name="Hélène Cheffe", email="helene@rectorat.exemple")
    evening = seat(here, "Droit public", modality=Modality.APPRENTICESHIP, seats_declared=2)
    Programme.objects.filter(pk=evening.programme_id).update(track="Libertés")
    for mention in ("Archives", "Chimie", "Histoire"):
        programme(here, mention)
    assert run(f"{STALE_FROM} 09:00") == [
        (TO_CONFIRM[0], "Vos places de master : 1 déclaration à confirmer, 3 formations sans déclaration")
    ]
    message = Message.objects.get()
    assert said(message) == (
        "Madame, Monsieur,\n\n"
        "Le rectorat propose aux étudiants qui l’ont saisi les places de première année de master que vous déclarez vacantes. Il a "
        "besoin de votre réponse d’ici au dimanche 19 juillet 2026.\n\n"
        "Cette déclaration n’est plus valable : confirmez-la, ou corrigez-la.\n\n"
        "– Droit public, parcours Libertés, apprentissage (Lyon) : 2 places, valables jusqu’au 15 juillet\n\n"
        "Trois de vos formations sont sans déclaration dans cette campagne. Indiquez le nombre de places qui y restent ; s’il n’en "
        "reste pas, indiquez zéro.\n\n"
        "Tout se fait dans votre espace, formation par formation ou en y déposant un fichier.\n\n"
        "Les places qui ne sont pas confirmées sont marquées « à confirmer ». Une formation sans déclaration n’est proposée à "
        "personne. Sans réponse de votre part, un rappel suivra la semaine prochaine.\n\n"
        "Ouvrir mon espace :\n"
        f"{settings.SITE_URL}/etablissement/\n\n"
        "Le rectorat de la région académique Auvergne-Rhône-Alpes\n"
        "Campagne 2026, Université d’exemple\n\n"
        "Pour toute question, répondez à ce courriel : votre réponse parviendra à Hélène Cheffe (helene@rectorat.exemple).\n"
    )
    assert message.reply_to == "helene@rectorat.exemple"


def test_its_words_to_an_institution_without_account():
    institution = university()
    region = institution.academy.region
    factories.post(Role.CASEWORKER, region=region, name="Camille Exemple", email="camille@rectorat.exemple")
    factories.post(Role.HEAD, region=region, is_active=False)
    factories.post(Role.HEAD, region=factories.academy("Strasbourg").region)
    seat(institution, "Chimie"), seat(institution, "Droit")
    run("2026-10-30 09:00")
    message = Message.objects.get()
    assert message.reply_to == "camille@rectorat.exemple"
    assert said(message).partition("Monsieur,\n\n")[2] == (
        "Le rectorat propose aux étudiants qui l’ont saisi les places de première année de master que vous déclarez vacantes. Il a "
        "besoin de votre réponse d’ici au samedi 31 octobre 2026.\n\n"
        "Ces 2 déclarations ne sont plus valables : confirmez-les, ou corrigez-les.\n\n"
        "– Chimie (Lyon) : 1 place, valable jusqu’au 15 juillet\n"
        "– Droit (Lyon) : 1 place, valable jusqu’au 15 juillet\n\n"
        "Votre établissement n’a pas de compte sur ce site : écrivez au rectorat, en répondant à ce courriel. Indiquez pour chaque "
        "formation le nombre de places qui restent et jusqu’à quand ce nombre est valable. Vous pouvez aussi demander un compte, "
        "pour le faire vous-même.\n\n"
        "Les places qui ne sont pas confirmées sont marquées « à confirmer ».\n\n"
        "Le rectorat de la région académique Auvergne-Rhône-Alpes\n"
        "Campagne 2026, Université d’exemple\n\n"
        "Pour toute question, répondez à ce courriel : votre réponse parviendra à Camille Exemple (camille@rectorat.exemple).\n"
    )


def test_its_words_where_nobody_is_in_the_office(here):
    programme(here)
    run("2026-07-02 09:00")
    message = Message.objects.get()
    assert message.reply_to == ""
    assert said(message).endswith(
        "Ce courriel est envoyé automatiquement : une réponse à cette adresse ne serait lue par personne.\n"
    )
    assert "Une de vos formations est sans déclaration dans cette campagne." in said(message)


def test_text_and_html_say_the_same_and_every_word_is_there(here):
    seat(here, "Sciences <de> l’« Homme » & co"), programme(here)
    seat(university("Sans compte"), "Chimie")
    run(f"{STALE_FROM} 09:00")
    assert Message.objects.count() == 2
    for message in Message.objects.all():
        body = re.sub(r"<(style|title)>.*?</\1>|<h1>.*?</h1>|<[^>]+>", " ", message.html, flags=re.DOTALL)
        shown = re.sub(r"\s+", "", html.unescape(body))
        lines = [re.sub(r"\s+", "", line.removeprefix("– ")).removesuffix(":") for line in message.text.splitlines()]
        assert [line for line in lines if line not in shown] == []
        assert [word for word in (UNDEFINED, "None", "\n\n\n") if word in message.text + message.html] == []


@pytest.mark.parametrize(
    ("academy", "zone", "written", "over"),
    [
        ("Lyon", "Europe/Paris", STALE_FROM, "2026-07-20 00:00"),
        ("Nouvelle-Calédonie", "Pacific/Noumea", STALE_FROM, "2026-07-20 00:00 Pacific/Noumea"),
        ("Lyon", "Europe/Paris", "2026-10-26", "2026-11-01 00:00"),
    ],
    ids=["the week", "over there", "the campaign"],
)
def test_when_the_week_or_the_campaign_is_over_it_is_not_sent_any_more(server, academy, zone, written, over):
    institution = university(academy=academy)
    account(institution)
    seat(institution)
    run(f"{written} 09:00 {zone}")
    message = Message.objects.get()
    assert message.not_after == instant(over)
    outbox.deliver(message.pk, at=message.not_after)
    message.refresh_from_db()
    assert (message.fate, server.mails) == (Fate.FAILED, [])


def test_it_leaves_and_its_fate_is_written_down(here, server):
    factories.post(Role.HEAD, region=here.academy.region, email="helene@rectorat.exemple")
    programme(here)
    run("2026-07-02 09:00")
    message = Message.objects.get()
    outbox.deliver(message.pk, at=instant("2026-07-02 09:01"))
    message.refresh_from_db()
    assert (message.fate, message.recorded_at) == (Fate.SENT, instant("2026-07-02 09:01"))
    (mail,) = server.mails
    assert (mail["To"], mail["Reply-To"], mail["Subject"].replace(NBSP, " ").strip()) == (
        "scolarite@universite.exemple",
        "helene@rectorat.exemple",
        TO_DECLARE[1],
    )


def test_finding_out_costs_the_same_for_three_as_for_one(here):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            found.append(len(chasers.due(at=instant(f"{STALE_FROM} 09:00"))))
        return len(captured)

    found: list[int] = []
    seat(here), programme(here)
    one = queries()
    for number in range(2):
        other = university(f"Université {number}")
        seat(other), programme(other)
    assert (queries(), found) == (one, [1, 3])


def test_one_that_fails_stops_no_other_and_is_counted(here, monkeypatch):
    programme(here)
    broken = university("Université en panne")
    account(broken, "panne@universite.exemple")
    programme(broken)
    chase = chasers.chase

    def fail(chaser, *, at):
        if chaser.institution == broken:
            raise RuntimeError("the machine stops here")
        chase(chaser, at=at)

    monkeypatch.setattr(chasers, "chase", fail)
    with time_machine.travel(instant("2026-07-02 09:00"), tick=False), pytest.raises(SweepIncomplete) as caught:
        tasks.chase_declarations()
    assert caught.value.args == ("chase_declarations", [f"declare:2026:2026-W27:{broken.pk}"])
    assert list(Message.objects.values_list("to", flat=True)) == ["scolarite@universite.exemple"]
    monkeypatch.undo()
    assert [to for to, _ in run("2026-07-02 10:00")] == ["panne@universite.exemple"]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_one_mail(here):
    programme(here)
    at = instant("2026-07-02 09:00")
    (one,), (other,) = chasers.due(at=at), chasers.due(at=at)
    assert at_once(partial(chasers.chase, one, at=at), partial(chasers.chase, other, at=at)) == [None, None]
    assert list(Message.objects.values_list("to", flat=True)) == ["scolarite@universite.exemple"]
