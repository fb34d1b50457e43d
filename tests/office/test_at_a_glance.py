"""The first screen of a file: who, what she asks, what is known, what is missing, what is due, who has it in hand."""

from datetime import date, timedelta
from html import unescape
from re import DOTALL, findall, sub

import pytest

from referrals import procedure
from referrals.models import Absence, Referral, User, Wish
from referrals.models.people import NOWHERE
from referrals.procedure import CLOCK
from referrals.rules.states import Action, State
from referrals.wording_points import POINTS
from tests import factories
from tests.office.pages import file_of, first_buttons, page_of, text_of
from tests.story import Story, in_state


def glance(enter, story: Story) -> dict[str, str]:
    """What stands under each heading of the first screen."""
    page = enter(story.caseworker).get(file_of(story.referral)).content.decode()
    first = page[page.index('<dl class="glance">') :]
    pairs = findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", first[: first.index("</dl>")], DOTALL)
    return {head: " ".join(unescape(sub(r"<[^>]+>", " ", body)).split()) for head, body in pairs}


def test_it_answers_who_what_missing_due_and_whose(enter, time_machine):
    story = in_state(State.FILED).followed()
    time_machine.move_to(story.at, tick=False)
    User.objects.filter(pk=story.student.pk).update(phone="01 99 00 00 00")
    Wish.objects.create(referral=story.referral, rank=1, mention=factories.MasterMentionFactory(name="Archives"))
    story.referral.wished_academies.add(factories.academy("Lyon"))
    procedure.give_mandate(story.id, name="Paul D’Exemple", by=story.her, at=story.at)
    assert glance(enter, story) == {
        "Qui": f"naissance le 29 février 2004 Histoire, obtenue le 12 juin 2026 {story.institution} {story.student.email}"
        " · 01 99 00 00 00 mandat : Paul D’Exemple",
        "Demande": "Archives à Lyon « Devenir archiviste. »",
        "Connu": "candidatures : 1 refus aucun point contesté par les règles documents : 1",
        "Il manque": "l’examen de recevabilité, point par point",
        "Échéances": "à traiter par le rectorat : dimanche 5 juillet 2026",
        "Le dossier est chez": "le rectorat suivi par Camille Exemple",
    }


def missing(enter, story: Story) -> str:
    return glance(enter, story)["Il manque"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.AWAITING_LICENCE, "la preuve de la licence l’examen de recevabilité, point par point"),
        (State.INCOMPLETE, "demandé à l’étudiant : Le relevé complet. l’examen de recevabilité, point par point"),
        (State.ADMISSIBLE, "3 propositions sur 3 à trouver"),
        (State.OFFERED, "la réponse de l’étudiant"),
        (State.ACCEPTED, "la confirmation de l’inscription"),
        (State.EXHAUSTED, "la décision du rectorat"),
        (State.WITHDRAWN, "rien"),
        (State.ENROLLED, "rien"),
    ],
)
def test_what_is_missing_follows_the_procedure(enter, time_machine, state, words):
    story = in_state(state)
    time_machine.move_to(story.at, tick=False)
    assert missing(enter, story) == words


def test_a_point_the_office_confirmed_is_missing_no_more_and_one_it_refused_is(enter, time_machine):
    story = Story()
    story.filed(diploma="professional")
    time_machine.move_to(story.at, tick=False)
    label = POINTS["diploma"]
    assert missing(enter, story) == f"l’examen de recevabilité, point par point point non rempli : {label}"
    everything = dict.fromkeys(POINTS, True)
    procedure.review(story.id, points=everything, grounds={"diploma": "Grade de licence."}, by=story.office, at=story.at)
    assert missing(enter, story) == "rien"
    refused = everything | {"late": False}
    grounds = {"diploma": "Grade de licence.", "late": "Reçue après."}
    procedure.review(story.id, points=refused, grounds=grounds, by=story.office, at=story.at)
    assert missing(enter, story) == f"point non rempli : {POINTS['late']}"


def test_a_message_nobody_answered_is_missing_until_somebody_does(enter):
    story = in_state(State.WITHDRAWN)
    procedure.write_to_office(story.id, text="Puis-je revenir ?", by=story.her, at=story.at)
    assert missing(enter, story) == "une réponse à son dernier message"
    assert first_buttons(enter(story.caseworker).get(file_of(story.referral))) == [page_of(Action.WRITE_TO_STUDENT, story.referral)]
    procedure.write_to_student(story.id, text="Oui.", by=story.office, at=story.at)
    assert missing(enter, story) == "rien"
    assert first_buttons(enter(story.caseworker).get(file_of(story.referral))) == []


def test_a_prepared_decision_waits_for_a_signature(enter):
    story = in_state(State.EXHAUSTED)
    procedure.prepare_decision(story.id, action=Action.CLOSE, law="Droit.", facts="Fait.", by=story.office, at=story.at)
    assert missing(enter, story) == "une signature la décision du rectorat"


def test_the_nearest_date_comes_first(enter, time_machine):
    story = in_state(State.ADMISSIBLE)
    time_machine.move_to(story.at, tick=False)
    offer = story.consulting()
    due = enter(story.caseworker).get(file_of(story.referral)).context["due"]
    assert [date.last for date in due] == sorted(date.last for date in due)
    assert {f"réponse de l’établissement pour {offer.vacancy.programme.title}", "à traiter par le rectorat"} == {
        date.what for date in due
    }


def test_an_absence_says_who_stands_in(enter, time_machine, head):
    story = in_state(State.FILED).followed()
    time_machine.move_to(story.at, tick=False)
    days = {"since": story.at.date(), "until": story.at.date() + timedelta(days=7)}
    absence = Absence.objects.create(user=story.caseworker, substitute=head, **days)
    assert glance(enter, story)["Le dossier est chez"] == "le rectorat suivi par Camille Exemple en son absence : Hélène Cheffe"
    Absence.objects.create(user=head, **days)
    absence.delete()
    Absence.objects.create(user=story.caseworker, **days)
    assert glance(enter, story)["Le dossier est chez"] == "le rectorat suivi par Camille Exemple en son absence : personne"


def test_who_holds_it_is_what_every_list_says(enter):
    story = in_state(State.CLOSED)
    procedure.reopen(story.id, ground="Recours.", due_on=date(2026, 7, 1), by=story.office, at=story.at)
    assert story.signer
    procedure.escalate(story.id, by=CLOCK, at=story.at)
    whose = glance(enter, story)["Le dossier est chez"]
    assert whose == "le rectorat suivi par personne signalé à Dominique Exemple"
    assert glance(enter, in_state(State.OFFERED))["Le dossier est chez"].startswith("l’étudiant")


def test_who_has_no_address_is_to_be_told_otherwise(enter):
    story = in_state(State.FILED)
    User.objects.filter(pk=story.student.pk).update(email=f"personne-sans@{NOWHERE}")
    assert "sans adresse électronique" in glance(enter, story)["Qui"]
    sentence = "Cet étudiant n’a pas d’adresse électronique : aucun courriel ne lui parvient."
    for action in (Action.DECLARE_ADMISSIBLE, Action.WRITE_TO_STUDENT):
        assert sentence in text_of(enter(story.caseworker).get(page_of(action, story.referral)))


def test_needs_are_pointed_to(enter):
    story = in_state(State.ADMISSIBLE)
    Referral.objects.filter(pk=story.id).update(needs="Un site accessible de plain-pied.")
    assert "besoins à respecter" in glance(enter, story)["Demande"]
