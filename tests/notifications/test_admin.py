"""The office's list of mails."""

import pytest
import time_machine
from django.urls import reverse

from notifications import chasers, outbox
from notifications.models import Audience, Fate, Message
from referrals.models import Role
from tests import factories
from tests.factories import instant
from tests.story import Story

pytestmark = pytest.mark.django_db
LIST = reverse("admin:notifications_message_changelist")


@pytest.fixture
def story() -> Story:
    return Story().filed()


@pytest.fixture
def failed(story, server) -> Message:
    server.replies = ["550 5.1.1 boîte inconnue"]
    message = Message.objects.get()
    outbox.deliver(message.pk, at=story.at)
    message.refresh_from_db()
    return message


def page(message: Message) -> str:
    return reverse("admin:notifications_message_change", args=[message.pk])


def test_a_caseworker_sees_a_failed_mail_and_why(client, story, failed):
    client.force_login(story.caseworker)
    shown = client.get(LIST).content.decode()
    assert failed.subject in shown
    assert "550 5.1.1 boîte inconnue" in shown
    assert "L’accusé de réception est joint" in client.get(page(failed)).content.decode()


def test_and_sends_it_again(client, story, failed, server):
    client.force_login(story.caseworker)
    answer = client.post(LIST, {"action": "send_again", "_selected_action": [failed.pk]}, follow=True)
    assert "Courriels renvoyés\N{NO-BREAK SPACE}: 1." in answer.content.decode()
    failed.refresh_from_db()
    assert failed.fate == Fate.PENDING
    outbox.deliver(failed.pk, at=failed.next_attempt_at)
    assert len(server.mails) == 1


def test_what_has_left_is_left_alone(client, story, server):
    message = Message.objects.get()
    outbox.deliver(message.pk, at=story.at)
    client.force_login(story.caseworker)
    answer = client.post(LIST, {"action": "send_again", "_selected_action": [message.pk]}, follow=True)
    assert "déjà partis ou en train de partir\N{NO-BREAK SPACE}: 1." in answer.content.decode()
    assert len(server.mails) == 1


def test_another_region_sees_none_of_it(client, story, failed):
    client.force_login(factories.post(Role.CASEWORKER, region=factories.academy("Strasbourg").region))
    assert failed.subject not in client.get(LIST).content.decode()
    assert client.get(page(failed)).status_code == 404
    client.post(LIST, {"action": "send_again", "_selected_action": [failed.pk]})
    failed.refresh_from_db()
    assert failed.fate == Fate.FAILED


@pytest.mark.parametrize("role", [Role.ADVISER, None])
def test_the_door_is_shut_for_who_holds_no_office(client, story, failed, role):
    who = factories.post(role, institution=story.institution) if role else story.student
    client.force_login(who)
    assert client.get(LIST).status_code == 302
    assert client.get(page(failed)).status_code == 302


def test_nothing_is_added_changed_or_deleted(client, story, failed):
    client.force_login(story.caseworker)
    assert client.get(reverse("admin:notifications_message_add")).status_code == 403
    assert client.get(reverse("admin:notifications_message_delete", args=[failed.pk])).status_code == 403
    assert client.post(page(failed), {"subject": "autre"}).status_code == 403
    assert 'value="delete_selected"' not in client.get(LIST).content.decode()


def test_the_words_of_an_account_mail_are_nobodys_to_read(client):
    client.post(reverse("account_reset_password"), {"email": factories.UserFactory().email})
    message = Message.objects.get()
    client.force_login(factories.post(Role.ADMINISTRATOR))
    assert message.subject in client.get(LIST).content.decode()
    shown = client.get(page(message)).content.decode()
    assert "son texte n’est montré à personne" in shown
    assert "/compte/" not in shown.split("<main")[1].replace("/compte/logout", "").replace("/compte/password/change", "")


def test_account_mails_are_not_the_caseworkers_business(client, story):
    client.post(reverse("account_reset_password"), {"email": factories.UserFactory().email})
    account_mail = Message.objects.get(referral=None)
    client.force_login(story.caseworker)
    assert account_mail.subject not in client.get(LIST).content.decode()


@pytest.fixture
def asked_to_declare(story) -> Message:
    """The mail to an institution about its seats: of no referral. Its server refuses it."""
    factories.post(Role.INSTITUTION, institution=story.institution, email="scolarite@universite.exemple")
    factories.ProgrammeFactory(institution=story.institution)
    at = instant("2026-07-02 09:00")
    (chaser,) = chasers.due(at=at)
    chasers.chase(chaser, at=at)
    return Message.objects.get(audience=Audience.DECLARANT)


def test_mails_about_an_institution_s_seats_are_the_administrators_to_read(client, story, asked_to_declare):
    client.force_login(factories.post(Role.ADMINISTRATOR))
    assert asked_to_declare.subject in client.get(LIST).content.decode()
    shown = client.get(page(asked_to_declare)).content.decode()
    assert "Une de vos formations est sans déclaration dans cette campagne." in shown
    assert "établissement, pour ses places" in shown


def test_and_nobody_else_s(client, story, asked_to_declare):
    client.force_login(story.caseworker)
    assert asked_to_declare.subject not in client.get(LIST).content.decode()
    assert client.get(page(asked_to_declare)).status_code == 404
    everybody = (story.caseworker, story.signer, story.student, factories.post(Role.ADMINISTRATOR))
    seen = [asked_to_declare in Message.objects.visible_to(user) for user in everybody]
    assert seen == [False, False, False, True]


def test_an_administrator_sends_one_again_and_finds_it_in_the_list(client, asked_to_declare, server):
    server.replies = ["550 5.1.1 boîte inconnue"]
    outbox.deliver(asked_to_declare.pk, at=asked_to_declare.created_at)
    client.force_login(factories.post(Role.ADMINISTRATOR))
    assert "550 5.1.1 boîte inconnue" in client.get(LIST, {"q": "scolarite@", "audience": "declarant"}).content.decode()
    with time_machine.travel(instant("2026-07-02 10:00"), tick=False):
        answer = client.post(LIST, {"action": "send_again", "_selected_action": [asked_to_declare.pk]}, follow=True)
    assert "Courriels renvoyés\N{NO-BREAK SPACE}: 1." in answer.content.decode()
    outbox.deliver(asked_to_declare.pk, at=instant("2026-07-02 10:01"))
    assert [mail["To"] for mail in server.mails] == ["scolarite@universite.exemple"]
