"""Advisers are told of the students who are about to miss a limit: whom, when, how often, and in which words."""

import html
import re
from functools import partial

import pytest
import time_machine

from notifications import advisers, outbox, tasks
from notifications.models import Audience, Fate, Message
from referrals import procedure
from referrals.models import DocumentKind, Role, User
from referrals.tasks import SweepIncomplete
from tests import factories
from tests.concurrency.at_once import at_once
from tests.factories import instant
from tests.notifications.conftest import UNDEFINED
from tests.story import Story

pytestmark = pytest.mark.django_db
NBSP = "\N{NO-BREAK SPACE}"


def run(at: str) -> list[tuple[str, str]]:
    """Let the hourly task run at ``at``; return to whom it wrote, and under which subject."""
    before = set(Message.objects.values_list("pk", flat=True))
    with time_machine.travel(instant(at), tick=False):
        tasks.warn_advisers()
    written = Message.objects.exclude(pk__in=before).order_by("pk")
    return [(to, subject.replace(NBSP, " ")) for to, subject in written.values_list("to", "subject")]


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def claude(story) -> User:
    return factories.post(Role.ADVISER, institution=story.institution, email="scuio@universite.exemple", name="Claude Exemple")


def asked(story: Story, *, first: str = "Zoé") -> Story:
    """A followed student who has until 30 June to send documents, and knows it."""
    story.filed(adviser_consent=True, first_names=first)
    procedure.request_documents(story.id, wanted="Le relevé.", days=10, by=story.office, at=story.at)
    return story.told()


def another(story: Story) -> Story:
    second = Story()
    second.institution = story.institution
    return second


ONE = ("scuio@universite.exemple", "Suivi des saisines : 1 échéance proche")


def test_two_working_days_before_once_a_day_in_the_daytime(claude, story):
    """Until Tuesday 30 June: from Friday on, for Monday and Tuesday are two working days. Nobody is written to at the week-end."""
    asked(story)
    days = {day: [run(f"{day} {hour}") for hour in ("07:59", "08:00", "12:00", "20:00")] for day in DAYS}
    nothing, once = [[], [], [], []], [[], [ONE], [], []]
    assert days == {
        "2026-06-25": nothing,
        "2026-06-26": once,
        "2026-06-27": nothing,
        "2026-06-28": nothing,
        "2026-06-29": once,
        "2026-06-30": once,
        "2026-07-01": nothing,
    }


DAYS = ("2026-06-25", "2026-06-26", "2026-06-27", "2026-06-28", "2026-06-29", "2026-06-30", "2026-07-01")


def test_what_was_done_is_not_told(claude, story):
    asked(story)
    procedure.add_document(
        story.id, kind=DocumentKind.CV, upload=factories.upload("cv.pdf"), by=story.her, at=story.later(hours=1).at
    )
    assert run("2026-06-29 09:00") == [ONE]
    procedure.supply_documents(story.id, by=story.her, at=story.later(hours=1).at)
    assert run("2026-06-30 09:00") == []


def test_an_answer_is_told_while_an_offer_waits_for_it(claude, story):
    """Three offers of 20 June: until Monday 6 July. She declines one, then the others."""
    offers = story.offered()
    story.told()
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    procedure.decline(story.id, offer_id=offers[0].pk, reason="", by=story.her, at=story.at)
    assert [run("2026-07-01 09:00"), run("2026-07-02 09:00")] == [[], [ONE]]
    for offer in offers[1:]:
        procedure.decline(story.id, offer_id=offer.pk, reason="", by=story.her, at=story.at)
    assert run("2026-07-03 09:00") == []


def test_a_limit_of_which_the_student_was_not_told_is_not_told_to_her_adviser(claude, story):
    story.filed(adviser_consent=True)
    procedure.request_documents(story.id, wanted="Le relevé.", days=10, by=story.office, at=story.at)
    assert run("2026-06-29 09:00") == []
    story.told()
    assert run("2026-06-29 10:00") == [ONE]


def test_a_shared_draft_near_its_filing_limit(claude, story):
    """Licence of 12 June, opening on 15 June: until Tuesday 30 June."""
    story.draft(shares_draft=True)
    another(story).draft()
    assert run("2026-06-29 09:00") == [ONE]
    procedure.file(story.id, by=story.her, at=story.at)
    assert run("2026-06-30 09:00") == []


def test_of_who_agreed_alone_and_no_longer_once_she_stops(claude, story):
    asked(story)
    shy = another(story).filed()
    procedure.request_documents(shy.id, wanted="Le relevé.", days=10, by=shy.office, at=shy.at)
    shy.told()
    assert run("2026-06-29 09:00") == [ONE]
    procedure.set_adviser_consent(story.id, consent=False, by=story.her, at=story.at)
    assert run("2026-06-30 09:00") == []


def test_each_adviser_of_the_university_that_day_and_nobody_else(claude, story):
    asked(story)
    factories.post(Role.ADVISER, institution=story.institution, email="aa@universite.exemple")
    factories.post(Role.ADVISER, institution=factories.InstitutionFactory(), email="ailleurs@universite.exemple")
    factories.post(Role.INSTITUTION, institution=story.institution, email="scolarite@universite.exemple")
    factories.post(Role.ADVISER, institution=story.institution, email="fermee@universite.exemple", is_active=False)
    former = factories.post(Role.ADVISER, institution=story.institution, email="ancienne@universite.exemple")
    former.posts.update(until="2026-06-28")
    assert sorted(to for to, _ in run("2026-06-29 09:00")) == ["aa@universite.exemple", "scuio@universite.exemple"]


def test_after_a_merger_the_advisers_of_the_family(story):
    asked(story)
    successor = factories.InstitutionFactory()
    story.institution.successor = successor
    story.institution.save()
    factories.post(Role.ADVISER, institution=successor, email="scuio@grande.exemple")
    assert [to for to, _ in run("2026-06-29 09:00")] == ["scuio@grande.exemple"]


def test_the_day_is_that_of_the_academie():
    """At 05:00 in Paris it is 07:00 in La Réunion; at 06:00, people are at work there."""
    there = asked(Story(academy="La Réunion"))
    factories.post(Role.ADVISER, institution=there.institution, email="scuio@reunion.exemple")
    assert [run("2026-06-29 05:00"), run("2026-06-29 06:00")] == [[], [("scuio@reunion.exemple", ONE[1])]]


def test_its_words_give_numbers_and_no_name(claude, story):
    asked(story)
    asked(another(story), first="Aude")
    another(story).draft(shares_draft=True, first_names="Béa")
    assert run("2026-06-29 09:00") == [("scuio@universite.exemple", "Suivi des saisines : 3 échéances proches")]
    message = Message.objects.get(audience=Audience.ADVISER)
    assert message.text.replace(NBSP, " ") == (
        "Bonjour Claude Exemple,\n\n"
        "D’ici au mercredi 1er juillet 2026, parmi les étudiants que votre service accompagne :\n\n"
        "– 2 doivent envoyer les documents que le rectorat a demandés\n"
        "– 1 a un brouillon partagé avec vous, qui n’est pas déposé\n\n"
        "Vous pouvez les contacter, et leur écrire depuis votre espace. Ce courriel ne nomme personne : la liste s’ouvre après "
        "connexion.\n\n"
        "Voir ces échéances :\n"
        "http://127.0.0.1:8000/suivi/?bientot=on\n\n"
        "Saisine du recteur\n\n"
        "Ce courriel est envoyé automatiquement : une réponse à cette adresse ne serait lue par personne.\n"
    )
    said = message.text + message.html
    students = [one.referral for one in (story,)]
    assert [word for one in students for word in ("Zoé", "Aude", "Béa", "D’Exemple", one.number) if word in said] == []
    assert UNDEFINED not in said
    words = html.unescape(re.sub(r"<[^>]+>", " ", message.html))
    assert "2 doivent envoyer les documents que le rectorat a demandés" in " ".join(words.replace(NBSP, " ").split())


def test_it_is_stale_when_the_next_one_may_be_written(claude, story, server):
    asked(story)
    run("2026-06-29 09:00")
    message = Message.objects.get(audience=Audience.ADVISER)
    assert (message.key, message.not_after) == ("adviser:2026-06-29:scuio@universite.exemple", instant("2026-06-30 08:00"))
    outbox.deliver(message.pk, at=instant("2026-06-30 08:00"))
    message.refresh_from_db()
    assert message.fate == Fate.FAILED


def test_it_leaves(claude, story, server):
    asked(story)
    run("2026-06-29 09:00")
    message = Message.objects.get(audience=Audience.ADVISER)
    outbox.deliver(message.pk, at=instant("2026-06-29 09:01"))
    message.refresh_from_db()
    assert (message.fate, message.referral) == (Fate.SENT, None)


def test_one_that_fails_stops_no_other_and_is_counted(claude, story, monkeypatch):
    asked(story)
    factories.post(Role.ADVISER, institution=story.institution, email="panne@universite.exemple")
    tell = advisers.tell

    def fail(alert, *, at):
        if alert.adviser.email.startswith("panne"):
            raise RuntimeError("the machine stops here")
        tell(alert, at=at)

    monkeypatch.setattr(advisers, "tell", fail)
    with time_machine.travel(instant("2026-06-29 09:00"), tick=False), pytest.raises(SweepIncomplete) as caught:
        tasks.warn_advisers()
    assert caught.value.args == ("warn_advisers", ["adviser:2026-06-29:panne@universite.exemple"])
    monkeypatch.undo()
    assert [to for to, _ in run("2026-06-29 10:00")] == ["panne@universite.exemple"]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_one_mail(claude, story):
    asked(story)
    at = instant("2026-06-29 09:00")
    (one,), (other,) = advisers.due(at=at), advisers.due(at=at)
    assert at_once(partial(advisers.tell, one, at=at), partial(advisers.tell, other, at=at)) == [None, None]
    assert list(Message.objects.filter(audience=Audience.ADVISER).values_list("to", flat=True)) == ["scuio@universite.exemple"]
