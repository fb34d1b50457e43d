"""The check point by point, the letter read over before it leaves, the telephone: their pages."""

from base64 import b64decode

import pytest

from referrals import procedure
from referrals.documents.letters import html_of, pdf_of
from referrals.documents.pages import pictures_of
from referrals.models import DocumentKind
from referrals.rules.states import Action, State
from referrals.wording_points import POINTS
from tests.office.pages import file_of, page_of, said, text_of
from tests.story import Story, in_state

GROUND = "Grade de licence reconnu par l’établissement."


def professional() -> Story:
    story = Story()
    story.filed(diploma="professional")
    return story


def test_each_point_shows_what_the_rules_say_why_and_their_source(enter, time_machine):
    story = professional()
    time_machine.move_to(story.at, tick=False)
    response = enter(story.caseworker).get(page_of(Action.REVIEW, story.referral))
    rows = response.context["form"].rows()
    assert rows[0].point.code == "diploma"  # what the rules speak against comes first
    assert {row.point.code: row.box.value() for row in rows} == dict.fromkeys(POINTS, True) | {"diploma": False}
    against = rows[0].point.against
    assert against is not None
    text = text_of(response)
    assert f"{POINTS['diploma']} Les règles : {against.sentence} {against.source}" in text
    assert text.count("Les règles n’y trouvent rien à redire.") == len(POINTS) - 1


def test_what_was_confirmed_is_on_the_file_with_its_reasons(enter, time_machine):
    story = professional()
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(Action.REVIEW, story.referral)
    assert "Examen point par point" not in text_of(client.get(file_of(story.referral)))
    given = dict.fromkeys(POINTS, "on") | {"diploma_ground": GROUND}
    assert said(client.post(address, given))[0].startswith("Recevabilité")
    text = text_of(client.get(file_of(story.referral)))
    assert "Examen point par point 20 juin 2026 à 10:00, Camille Exemple" in text
    assert f"{POINTS['diploma']} : rempli – contre l’avis des règles : {GROUND}" in text
    again = client.get(address)
    assert again.context["form"]["diploma_ground"].value() == GROUND
    assert text_of(again).count("Au dernier examen : rempli.") == len(POINTS)


@pytest.mark.parametrize("code", ["diploma", "late"])
def test_a_point_against_the_rules_wants_a_reason_and_what_was_typed_stays(enter, time_machine, code):
    story = professional()
    time_machine.move_to(story.at, tick=False)
    ticked = dict.fromkeys(POINTS, "on")
    del ticked["diploma" if code == "late" else "no_licence"]
    if code == "late":
        del ticked["late"]
    given = ticked | {"no_licence_ground": GROUND}
    response = enter(story.caseworker).post(page_of(Action.REVIEW, story.referral), given)
    form = response.context["form"]
    assert form.non_field_errors() == [f"Dites pourquoi vous vous écartez de la règle : {POINTS[code]}."]
    assert form["no_licence_ground"].value() == GROUND
    assert not story.referral.events.filter(kind=Action.REVIEW).exists()


# Letters


LETTER = {"subject": "Attestation de dépôt", "text": "Vous avez déposé une saisine.\n\nCordialement."}


def test_a_letter_is_read_over_as_it_will_leave_before_it_leaves(enter, time_machine):
    story = in_state(State.FILED)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(Action.SEND_LETTER, story.referral)
    assert client.get(address).context["label"] == "Relire le courrier tel qu’il partira"
    page = client.post(address, LETTER)
    assert page.context["label"] == "Envoyer ce courrier"
    assert "Rien n’est encore envoyé." in text_of(page)
    assert not story.referral.documents.filter(kind=DocumentKind.LETTER).exists()
    form = page.context["form"]
    seen = [b64decode(picture.removeprefix("data:image/png;base64,")) for picture in form.pictures]

    response = client.post(address, LETTER | {"read_over": form.read_over})
    assert response.headers["Location"] == file_of(story.referral)
    letter = story.referral.documents.get(kind=DocumentKind.LETTER)
    assert (letter.content["subject"], letter.content["text"]) == (LETTER["subject"], LETTER["text"])
    assert letter.content["code"]  # given as it leaves: all else was there to be read over
    letter.content |= {"code": "", "verified_at": ""}
    assert pictures_of(pdf_of(html_of(letter)), at_most=10) == seen


def test_a_letter_changed_since_it_was_read_over_is_shown_again(enter):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), page_of(Action.SEND_LETTER, story.referral)
    digest = client.post(address, LETTER).context["form"].read_over
    page = client.post(address, LETTER | {"text": "Autre chose.", "read_over": digest})
    assert len(page.context["form"].pictures) == 1
    assert not story.referral.documents.filter(kind=DocumentKind.LETTER).exists()


def test_a_letter_without_words_is_not_composed(enter):
    story = in_state(State.FILED)
    form = enter(story.caseworker).post(page_of(Action.SEND_LETTER, story.referral), LETTER | {"text": "  "}).context["form"]
    assert (list(form.errors), form.pictures) == (["text"], [])


# The telephone


def test_a_call_shows_whether_somebody_may_speak_for_her_and_who(enter):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), page_of(Action.RECORD_CONTACT, story.referral)
    assert client.get(address).context["form"].known() == [("Mandat au dossier", "aucun : à un proche, la procédure seule")]
    procedure.give_mandate(story.id, name="Paul D’Exemple", by=story.her, at=story.at)
    assert client.get(address).context["form"].known() == [
        ("Mandat au dossier", "Paul D’Exemple, qui peut parler en son nom"),
    ]
    ending = client.get(page_of(Action.END_MANDATE, story.referral)).context["form"]
    assert ending.known() == [("Mandat au dossier", "Paul D’Exemple")]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"code": "000 001"}, "Ce code n’est pas celui que l’espace de l’étudiant affiche aujourd’hui."),
        (
            {"caller": "mandated"},
            "Aucun mandat n’est au dossier : seule la procédure peut être expliquée à cette personne.",
        ),
    ],
)
def test_a_wrong_code_or_a_mandate_nobody_gave_is_refused_and_what_was_typed_stays(enter, words, sentence):
    story = in_state(State.FILED)
    given = {"channel": "phone", "caller": "student", "note": GROUND} | words
    form = enter(story.caseworker).post(page_of(Action.RECORD_CONTACT, story.referral), given).context["form"]
    assert form.non_field_errors() == [sentence]
    assert form["note"].value() == GROUND
    assert not story.referral.events.filter(kind=Action.RECORD_CONTACT).exists()


def test_a_letter_names_who_may_sign_in_her_quality(enter):
    story = in_state(State.FILED)
    client = enter(story.signer)
    address = page_of(Action.SEND_LETTER, story.referral)
    digest = client.post(address, LETTER).context["form"].read_over
    client.post(address, LETTER | {"read_over": digest})
    letter = story.referral.documents.get(kind=DocumentKind.LETTER)
    assert letter.content["signatory"] == {
        "name": "Dominique Exemple",
        "capacity": "secrétaire générale de région académique",
        "delegation": "",
    }
