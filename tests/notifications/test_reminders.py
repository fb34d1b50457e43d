"""Reminders at D−7, D−2 and on the last day, in the académie's own time."""

from datetime import date

import pytest
import time_machine

from notifications import outbox, reminders, tasks
from notifications.models import Audience, Fate, Message
from referrals import procedure
from referrals.models import LimitKind
from referrals.tasks import SweepIncomplete
from tests import factories
from tests.factories import instant
from tests.story import Story

pytestmark = pytest.mark.django_db
NBSP = "\N{NO-BREAK SPACE}"


def run(at: str) -> list[str]:
    """Let the hourly task run at ``at``; return the subjects of the reminders it wrote."""
    before = set(Message.objects.values_list("pk", flat=True))
    with time_machine.travel(instant(at), tick=False):
        tasks.remind()
    return list(Message.objects.exclude(pk__in=before).order_by("pk").values_list("subject", flat=True))


def offered(academy: str) -> Story:
    """Three offers sent on 6 July 2026, read of the same day: the answer is due on 21 July."""
    story = Story(academy=academy, at=instant("2026-07-06 10:00 Europe/Paris"))
    story.offered(3)
    story.told()
    assert story.limit().last_day == date(2026, 7, 21)
    return story


@pytest.mark.parametrize(
    ("academy", "zone"), [("La Réunion", "Indian/Reunion"), ("Lyon", "Europe/Paris"), ("Martinique", "America/Martinique")]
)
@pytest.mark.parametrize(
    ("day", "subject"),
    [
        ("2026-07-14", f"Votre réponse{NBSP}: plus que 7 jours, avant le 21{NBSP}juillet"),
        ("2026-07-19", f"Votre réponse{NBSP}: plus que 2 jours, avant le 21{NBSP}juillet"),
        ("2026-07-21", f"Votre réponse{NBSP}: dernier jour"),
    ],
)
def test_each_mark_from_eight_to_eight_local_time(academy, zone, day, subject):
    offered(academy)
    assert run(f"{day} 07:59 {zone}") == []
    assert run(f"{day} 20:00 {zone}") == []
    assert run(f"{day} 08:00 {zone}") == [subject]
    assert run(f"{day} 08:00 {zone}") == []
    assert run(f"{day} 19:59 {zone}") == []


def test_the_last_minute_of_the_window_is_in():
    offered("La Réunion")
    assert run("2026-07-14 19:59 Indian/Reunion") == [f"Votre réponse{NBSP}: plus que 7 jours, avant le 21{NBSP}juillet"]


def test_the_day_is_that_of_the_academie():
    """At 22:00 in Paris on the 13th it is the 14th in La Réunion, but two in the morning there."""
    offered("La Réunion")
    assert run("2026-07-13 19:00 Indian/Reunion") == []
    assert run("2026-07-13 22:00 Europe/Paris") == []
    assert run("2026-07-14 06:00 Europe/Paris") == [f"Votre réponse{NBSP}: plus que 7 jours, avant le 21{NBSP}juillet"]


def test_a_missed_run_catches_up_with_the_true_number_of_days_and_the_nearest_mark_alone():
    offered("Lyon")
    assert run("2026-07-16 09:10") == [f"Votre réponse{NBSP}: plus que 5 jours, avant le 21{NBSP}juillet"]
    assert run("2026-07-20 09:10") == [f"Votre réponse{NBSP}: plus qu’un jour, avant le 21{NBSP}juillet"]
    assert run("2026-07-21 09:10") == [f"Votre réponse{NBSP}: dernier jour"]
    assert run("2026-07-22 09:10") == []


def test_all_missed_but_the_last_day():
    offered("Lyon")
    assert run("2026-07-21 09:10") == [f"Votre réponse{NBSP}: dernier jour"]


def test_it_says_the_day_the_hour_the_zone_and_what_silence_means():
    story = offered("La Réunion")
    run("2026-07-19 09:10 Indian/Reunion")
    message = Message.objects.get(template="reminder_answer")
    assert message.to == story.student.email
    assert message.limit is None  # it reminds; the limit was announced by another
    assert (
        f"Il vous reste 2 jours, jusqu’au mardi 21{NBSP}juillet 2026 à{NBSP}24{NBSP}h{NBSP}00 (heure de La Réunion, UTC+4),"
        in message.text
    )
    assert "chaque proposition restée sans réponse devient caduque et sa place est rendue à d’autres étudiants" in message.text
    for offer in story.referral.offers.all():
        assert offer.vacancy.programme.title in message.text


def test_what_was_answered_is_reminded_of_no_more():
    story = offered("Lyon")
    first, *others = story.referral.offers.all()
    procedure.decline(story.id, offer_id=first.pk, reason="", by=story.her, at=story.at)
    run("2026-07-14 09:10")
    text = Message.objects.get(template="reminder_answer").text
    assert first.vacancy.programme.title not in text
    assert all(offer.vacancy.programme.title in text for offer in others)
    procedure.accept(story.id, offer_id=others[0].pk, by=story.her, at=story.at)
    assert run("2026-07-19 09:10") == []


def test_an_offer_with_a_limit_of_its_own_is_named_alone():
    story = offered("Lyon")
    story.at = instant("2026-07-09 10:00")
    later = story.sent()
    story.told()
    assert story.limit(offer=later).last_day == date(2026, 7, 24)
    assert run("2026-07-17 09:10") == [
        f"Votre réponse{NBSP}: plus que 4 jours, avant le 21{NBSP}juillet",
        f"Votre réponse{NBSP}: plus que 7 jours, avant le 24{NBSP}juillet",
    ]
    own = Message.objects.filter(template="reminder_answer").order_by("-pk").first()
    assert later.vacancy.programme.title in own.text
    assert own.text.count("– ") == 1


def test_a_limit_nobody_was_told_of_is_not_reminded_of():
    """Its own mail has not left; when it does, the limit will move."""
    story = Story(at=instant("2026-07-06 10:00"))
    story.offered(3)
    assert run("2026-07-14 09:10") == []


def test_documents_asked_for():
    story = Story(at=instant("2026-07-06 10:00")).filed()
    limit = procedure.request_documents(story.id, wanted="Le relevé.", days=10, by=story.office, at=story.at)
    story.told()
    assert limit.last_day == date(2026, 7, 16)
    assert run("2026-07-09 09:10") == [f"Vos documents{NBSP}: plus que 7 jours, avant le 16{NBSP}juillet"]
    assert run("2026-07-14 09:10") == [f"Vos documents{NBSP}: plus que 2 jours, avant le 16{NBSP}juillet"]
    assert run("2026-07-16 09:10") == [f"Vos documents{NBSP}: dernier jour"]


def test_a_mark_already_past_when_the_limit_was_set_is_left_out():
    """Five days to supply: who has just been told needs no reminder within the hour."""
    story = Story(at=instant("2026-07-06 10:00")).filed()
    procedure.request_documents(story.id, wanted="Le relevé.", days=4, by=story.office, at=story.at)
    story.told()
    assert run("2026-07-06 11:10") == []
    assert run("2026-07-07 09:10") == []
    assert run("2026-07-08 09:10") == [f"Vos documents{NBSP}: plus que 2 jours, avant le 10{NBSP}juillet"]


def test_a_draft_is_told_that_it_is_not_filed():
    story = Story(academy="La Réunion", at=instant("2026-06-16 10:00"))
    story.draft()
    limit = story.limit(LimitKind.FILING)
    assert limit.last_day == date(2026, 6, 30)
    assert run("2026-06-23 09:10 Indian/Reunion") == [
        f"Votre saisine n’est pas déposée{NBSP}: plus que 7 jours, avant le 30{NBSP}juin"
    ]
    message = Message.objects.get(template="reminder_filing")
    assert "Votre saisine est encore un brouillon" in message.text
    assert "elle n’est pas déposée, et le rectorat n’en a pas connaissance" in message.text
    assert "Rien ne manque" in message.text
    procedure.file(story.id, by=story.her, at=instant("2026-06-27 10:00"))
    assert run("2026-06-28 09:10 Indian/Reunion") == []


def test_a_draft_is_told_what_it_lacks():
    story = Story(at=instant("2026-06-16 10:00"))
    story.draft(birth_date=None)
    run("2026-06-23 09:10")
    assert "– votre date de naissance\n" in Message.objects.get(template="reminder_filing").text


def test_a_reminder_that_could_not_leave_that_day_is_not_sent_the_next(server):
    offered("La Réunion")
    run("2026-07-19 09:10 Indian/Reunion")
    message = Message.objects.get(template="reminder_answer")
    outbox.deliver(message.pk, at=instant("2026-07-20 00:00 Indian/Reunion"))
    message.refresh_from_db()
    assert (message.fate, server.mails) == (Fate.FAILED, [])


def test_two_runs_at_once_write_one_mail():
    story = offered("Lyon")
    limit = story.limit()
    at = instant("2026-07-14 09:10")
    reminders.remind(limit, at=at)
    reminders.remind(limit, at=at)
    assert Message.objects.filter(template="reminder_answer", audience=Audience.STUDENT).count() == 1


def test_the_reminder_of_the_last_day_says_tonight():
    offered("Lyon")
    run("2026-07-21 09:10")
    assert (
        f"Il vous reste jusqu’à ce soir, mardi 21{NBSP}juillet 2026 à{NBSP}24{NBSP}h{NBSP}00 (heure de Paris, UTC+2),"
        in Message.objects.get(template="reminder_answer").text
    )


def awaiting(academy: str = "Lyon") -> Story:
    """Filed on 20 June with a provisional transcript; the jury was expected on 10 July 2026."""
    return Story(academy=academy).filed(expected=True)


FIRST = f"Votre licence était attendue le 10{NBSP}juillet"
SECOND = f"Rappel{NBSP}: votre licence était attendue le 10{NBSP}juillet"


@pytest.mark.parametrize(
    ("academy", "zone"),
    [("La Réunion", "Indian/Reunion"), ("Lyon", "Europe/Paris"), ("Nouvelle-Calédonie", "Pacific/Noumea")],
)
def test_an_awaited_licence_is_asked_after_the_day_after_and_a_week_later_once_each(academy, zone):
    awaiting(academy)
    assert run(f"2026-07-10 19:59 {zone}") == []
    assert run(f"2026-07-11 07:59 {zone}") == []
    assert run(f"2026-07-11 08:00 {zone}") == [FIRST]
    assert run(f"2026-07-11 19:59 {zone}") == []
    assert run(f"2026-07-17 12:00 {zone}") == []
    assert run(f"2026-07-18 08:00 {zone}") == [SECOND]
    assert run(f"2026-07-19 12:00 {zone}") == []
    assert run(f"2026-08-30 12:00 {zone}") == []


def test_it_names_the_three_ways_on():
    awaiting("La Réunion")
    run("2026-07-11 08:00 Indian/Reunion")
    message = Message.objects.get(template="reminder_licence")
    assert message.text.replace(NBSP, " ").split("\n\nDire où")[0] == (
        "Bonjour Zoé D’Exemple,\n\n"
        "Vous attendiez votre licence le vendredi 10 juillet 2026. Votre saisine est déposée, mais son examen ne peut commencer "
        "qu’avec votre relevé de notes définitif.\n\n"
        "Dites-nous où vous en êtes, sur la page de votre saisine :\n\n"
        "– vous avez obtenu votre licence : ajoutez votre relevé de notes définitif ;\n"
        "– le jury, ou une autre session, vient plus tard : indiquez-en la date ;\n"
        "– vous ne l’avez pas obtenue : signalez-le.\n\n"
        "Rien n’est refusé automatiquement, et la date du dépôt ne change pas. Un seul autre rappel suivra, dans sept jours."
    )
    assert message.not_after == instant("2026-07-18 08:00 Indian/Reunion")
    run("2026-07-18 08:00 Indian/Reunion")
    last = Message.objects.filter(template="reminder_licence").latest("pk").text.replace(NBSP, " ")
    assert "Sans nouvelles de vous, une personne du rectorat cherchera à vous joindre." in last


def test_missed_runs_leave_the_last_reminder_alone():
    awaiting()
    assert run("2026-07-20 09:10") == [SECOND]
    assert run("2026-07-21 09:10") == []


def test_another_day_is_reminded_of_anew():
    story = awaiting()
    assert run("2026-07-11 09:10") == [FIRST]
    procedure.postpone_licence(story.id, expected_on=date(2026, 7, 20), note="", by=story.her, at=instant("2026-07-12 10:00"))
    assert run("2026-07-18 09:10") == []
    assert run("2026-07-21 09:10") == [f"Votre licence était attendue le 20{NBSP}juillet"]


def test_who_has_said_what_came_of_it_is_asked_no_more():
    told, proved = awaiting(), awaiting()
    procedure.report_failure(told.id, note="", by=told.her, at=instant("2026-07-10 18:00"))
    procedure.prove_licence(
        proved.id, licence_on=date(2026, 7, 10), upload=factories.upload(), by=proved.her, at=instant("2026-07-10 18:00")
    )
    assert run("2026-07-11 09:10") == []


def test_one_reminder_that_fails_stops_no_other(monkeypatch):
    story = awaiting()
    other = Story(at=instant("2026-06-26 10:00"))
    other.offered(3)
    other.told()
    assert other.limit().last_day == date(2026, 7, 13)

    def fail(limit, *, at):
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr(reminders, "remind", fail)
    with time_machine.travel(instant("2026-07-11 09:10"), tick=False), pytest.raises(SweepIncomplete):
        tasks.remind()
    assert Message.objects.get(template="reminder_licence").to == story.student.email
