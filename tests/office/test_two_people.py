"""Two people on one file: the second to save is shown what the first did, loses nothing, and confirms again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from referrals import procedure
from referrals.models import Role
from referrals.procedure import CLOCK
from referrals.rules.states import Action, State
from tests import factories
from tests.office.pages import file_of, page_of, said, text_of
from tests.story import Story, in_state

NOTE = "Une note longuement pesée, qui ne doit pas se perdre."
CHANGED = "Le dossier a changé pendant que vous écriviez"


def colleague_of(story: Story):
    return factories.post(Role.CASEWORKER, region=story.academy.region, name="Alix Collègue")


def opens(client: Client, address: str) -> dict[str, str]:
    """Return what the page's form would post, as it stands: its hidden rank, and the values it starts from."""
    page = client.get(address).context
    form = page["form"]
    values = {"seen": str(page["seen"])}
    for bound in form:
        shown = bound.field.prepare_value(bound.initial)
        values[bound.html_name] = "" if shown is None else str(shown)
        if bound.field.show_hidden_initial:
            values[bound.html_initial_name] = values[bound.html_name]
    return values


def test_the_second_to_act_is_told_what_the_first_did_and_confirms_again(enter):
    story = in_state(State.FILED)
    first, second = enter(colleague_of(story)), enter(story.caseworker)
    address = page_of(Action.DECLARE_ADMISSIBLE, story.referral)
    typed = opens(second, address) | {"note": NOTE}
    writing = page_of(Action.WRITE_NOTE, story.referral)
    first.post(writing, opens(first, writing) | {"text": "Attendre le relevé du second semestre."})

    response = second.post(address, typed)
    assert story.referral.state == State.FILED
    text = text_of(response)
    assert CHANGED in text
    assert "Note interne" in text
    assert "Alix Collègue" in text
    assert "Attendre le relevé du second semestre." in text
    assert response.context["form"]["note"].value() == NOTE
    assert response.context["form"].errors == {}

    response = second.post(address, typed | {"seen": str(response.context["seen"])})
    assert response.headers["Location"] == file_of(story.referral)
    assert story.referral.state == State.ADMISSIBLE
    assert story.referral.events.latest("seq").note == NOTE


def test_what_the_student_writes_meanwhile_is_shown_too(enter):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), page_of(Action.DECLARE_ADMISSIBLE, story.referral)
    typed = opens(client, address)
    procedure.write_to_office(story.id, text="Je me retire peut-être.", by=story.her, at=story.at)
    response = client.post(address, typed)
    assert "Je me retire peut-être." in text_of(response)
    assert story.referral.state == State.FILED


def test_ones_own_acts_and_the_fate_of_a_mail_are_nothing_to_read_again(enter):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), page_of(Action.DECLARE_ADMISSIBLE, story.referral)
    typed = opens(client, address)
    procedure.write_note(story.id, text="Dans un autre onglet.", by=story.office, at=story.at)
    procedure.record_mail(story.id, message_id="m1", subject="Accusé", to_student=True, left=True, at=story.at)
    client.post(address, typed)
    assert story.referral.state == State.ADMISSIBLE


def test_what_the_clock_ended_meanwhile_is_shown(enter, time_machine):
    story = in_state(State.OFFERED).told()
    limit = story.limit()
    client, address = enter(story.caseworker), page_of(Action.WRITE_NOTE, story.referral)
    typed = opens(client, address) | {"text": NOTE}
    procedure.expire(limit.pk, by=CLOCK, at=limit.ends_at)
    assert "Délai de réponse dépassé" in text_of(client.post(address, typed))


def test_the_guard_stands_under_the_lock_for_whoever_comes_between(enter):
    """The screen has looked, and somebody writes before the verb locks the row: the verb looks again."""
    story = in_state(State.FILED)
    by = procedure.By(
        actor=story.office.actor,
        name="Camille",
        user_id=story.caseworker.pk,
        scope=story.office.scope,
        seen=procedure.Seen(story.id, story.referral.events.latest("seq").seq),
    )
    procedure.write_note(story.id, text="Entre-temps.", by=procedure.By.office(colleague_of(story)), at=story.at)
    seen = story.referral.events.count()
    with pytest.raises(procedure.Refused) as refused:
        procedure.declare_admissible(story.id, note="", by=by, at=story.at)
    assert refused.value.code == "changed"
    assert (story.referral.state, story.referral.events.count()) == (State.FILED, seen)


def test_a_correction_does_not_take_back_what_somebody_else_corrected(enter):
    story = in_state(State.FILED)
    first, second = enter(colleague_of(story)), enter(story.caseworker)
    address = page_of(Action.CORRECT_FACTS, story.referral)
    one, two = opens(first, address), opens(second, address)
    first.post(address, one | {"first_names": "Zoé Anne", "ground": "État civil."})
    mine = two | {"usage_name": "Martin", "ground": NOTE}
    response = second.post(address, mine)
    form = response.context["form"]
    assert "prénoms : « Zoé » devient « Zoé Anne »" in text_of(response)
    assert [form[name].value() for name in ("first_names", "usage_name", "ground")] == ["Zoé Anne", "Martin", NOTE]
    again = {bound.html_name: bound.value() for bound in form} | {"seen": response.context["seen"]}
    assert said(second.post(address, {name: value for name, value in again.items() if value is not None})) == ["Fait corrigé."]
    assert (story.referral.first_names, story.referral.usage_name) == ("Zoé Anne", "Martin")
    assert story.referral.events.latest("seq").payload["columns"] == ["usage_name"]


def test_a_file_given_is_the_only_thing_to_choose_again(enter):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), page_of(Action.WRITE_TO_STUDENT, story.referral)
    seen = opens(client, address)["seen"]
    procedure.write_to_office(story.id, text="Autre chose.", by=story.her, at=story.at)
    given = {"seen": seen, "text": NOTE, "file": SimpleUploadedFile("a.pdf", factories.pdf(), content_type="application/pdf")}
    response = client.post(address, given)
    assert "le fichier seul est à choisir de nouveau" in text_of(response)
    assert response.context["form"]["text"].value() == NOTE


def test_typed_in_an_ended_session_it_still_knows_what_had_been_read(client, enter):
    story = in_state(State.FILED)
    address = page_of(Action.DECLARE_ADMISSIBLE, story.referral)
    typed = opens(enter(story.caseworker), address) | {"note": NOTE}
    client.post(address, typed)
    procedure.write_to_office(story.id, text="Entre-temps.", by=story.her, at=story.at)
    client.force_login(story.caseworker)
    response = client.get(address)
    assert CHANGED in text_of(response)
    assert response.context["form"]["note"].value() == NOTE
