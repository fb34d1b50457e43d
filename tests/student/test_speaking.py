"""Who may speak of her referral: the code of the day on her page, and the mandate she gives and takes back."""

import pytest

from notifications.models import Message
from referrals import procedure
from referrals.caller_codes import code_of
from referrals.models import Caller, Channel
from referrals.rules.states import Action
from tests.factories import instant
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import errors_of, said, text_of
from tests.student.test_draft import saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe(story) -> Browser:
    return Browser(story.filed().student, story.referral)


def code_on(page) -> str:
    return page.context["caller_code"]


def test_the_code_of_the_day_is_on_her_page_alone_and_lets_the_office_know_her(zoe, story):
    page = zoe.get("referral")
    code = code_on(page)
    assert f"Votre code du jour : {code[:3]} {code[3:]}" in text_of(page)
    procedure.record_contact(story.id, channel=Channel.PHONE, note="Elle.", code=code, by=story.office, at=story.at)
    assert story.referral.events.get(kind=Action.RECORD_CONTACT).payload["identified"] is True


def test_the_code_changes_at_midnight_in_her_own_academie(the_day):
    """La Réunion is two hours ahead of Paris in summer: its day has begun while the rectorate's server is still in the evening."""
    story = Story(academy="La Réunion").filed()
    today, tomorrow = (code_of(story.referral, on=instant(f"2026-06-{day} 12:00").date()) for day in (20, 21))
    assert today != tomorrow
    for moment, code in (("21:59", today), ("22:00", tomorrow)):
        the_day.move_to(instant(f"2026-06-20 {moment}"))
        assert code_on(Browser(story.student, story.referral).get("referral")) == code


def test_she_lets_somebody_speak_and_takes_it_back(zoe, story):
    assert "Personne d’autre que vous ne peut en parler. Laisser quelqu’un parler pour vous" in text_of(zoe.get("referral"))
    given = zoe.post("mandate", {"name": " Pascale Fictif "})
    assert given.url == zoe.address("referral")
    assert said(given) == ["Pascale Fictif peut parler de votre saisine avec le rectorat. Vous pouvez y mettre fin à tout moment."]
    assert saved(zoe.referral, "mandated") == ["Pascale Fictif"]
    assert "Pascale Fictif peut parler pour vous. Changer ou mettre fin à ce mandat" in text_of(zoe.get("referral"))
    assert "Mandat en cours Pascale Fictif peut parler de votre saisine avec le rectorat." in text_of(zoe.get("mandate"))
    caller = {"channel": Channel.PHONE, "caller": Caller.MANDATED, "note": "Elle demande où on en est."}
    procedure.record_contact(story.id, **caller, by=story.office, at=story.at)
    ended = zoe.post("end_mandate")
    assert said(ended)[-1] == "Plus personne d’autre que vous ne peut parler de votre saisine avec le rectorat."
    assert saved(zoe.referral, "mandated") == [""]
    with pytest.raises(procedure.Refused, match="no_mandate"):
        procedure.record_contact(story.id, **caller, by=story.office, at=story.at)


def test_a_second_click_gives_the_same_mandate_once(zoe, story):
    for _ in range(2):
        zoe.post("mandate", {"name": "Pascale Fictif"})
    assert story.referral.events.filter(kind=Action.GIVE_MANDATE).count() == 1
    assert Message.objects.filter(template="mandate_given").count() == 1
    zoe.post("mandate", {"name": "Alix Modèle"})
    assert saved(zoe.referral, "mandated") == ["Alix Modèle"]
    assert story.referral.events.filter(kind=Action.GIVE_MANDATE).count() == 2


def test_a_mandate_names_somebody(zoe):
    response = zoe.post("mandate", {"name": "  "})
    assert errors_of(response) == {"name": ["Indiquez le nom de la personne qui parlera pour vous."]}
    assert saved(zoe.referral, "mandated") == [""]
    assert said(zoe.post("end_mandate")) == ["Aucun mandat n’est au dossier."]


def test_a_draft_has_neither_code_nor_mandate(her):
    assert her.get("mandate").url == her.address("referral")
    assert "code du jour" not in text_of(her.get("referral"))
