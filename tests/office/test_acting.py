"""One small page for each verb: it says what will follow, does it, or says why not and keeps what was typed."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from referrals import procedure
from referrals.admin.deeds.table import DEEDS, OFFER_DEEDS, REFERRAL_DEEDS
from referrals.admin.file.conversation_forms import digest_of
from referrals.admin.words import TO_DO
from referrals.models import Answer, DocumentKind, LimitKind, LimitStatus, OtherLicence, Role, User
from referrals.procedure import CLOCK, facts_of
from referrals.rules.eligibility import reasons
from referrals.rules.rule_sets import AnswerClock
from referrals.rules.states import DECIDED_BY_LETTER, MOVES, OFFER_MOVES, Action, OfferState, State
from referrals.wording import ACTIONS
from tests import factories
from tests.factories import instant
from tests.office.pages import file_of, page_of, said, text_of
from tests.story import Story, in_state, offer_in

QUEUE = "/bureau/referrals/referral/"
LONG = "Un motif longuement réfléchi, qui ne doit pas se perdre."
NO_DELEGATION = "Vous n’avez pas de délégation de signature : préparez la décision, une personne qui l’a la signera."


def a_file() -> SimpleUploadedFile:
    return SimpleUploadedFile("releve.pdf", factories.pdf(), content_type="application/pdf")


def corrected(story: Story, **changes) -> dict:
    """The form of the facts as it stands, with ``changes``."""
    referral = story.referral
    return {
        "first_names": referral.first_names,
        "birth_name": referral.birth_name,
        "usage_name": referral.usage_name,
        "diploma_name": referral.diploma_name,
        "birth_date": referral.birth_date.isoformat(),
        "ine": referral.ine,
        "diploma": referral.diploma,
        "licence_mention": referral.licence_mention_id or "",
        "licence_title": referral.licence_title,
        "licence_institution": referral.licence_institution.name,
        "licence_site": referral.licence_site,
        "licence_academy": referral.licence_academy_id,
        "licence_on": referral.licence_on.isoformat() if referral.licence_on else "",
        "ground": LONG,
    } | changes


def stated(story: Story, **changes) -> dict:
    """The form of her application as it stands, with ``changes``."""
    application = story.referral.applications.get()
    return {
        "application": application.pk,
        "institution": application.institution.name,
        "mention": application.mention_id,
        "title": "",
        "track": "",
        "answer": Answer.EXPRESS,
        "on": "2026-06-10",
        "applied_on": "",
        "ground": LONG,
    } | changes


def another_licence(story: Story, *, academy: str = "Lyon", on: date = date(2026, 6, 1)) -> OtherLicence:
    place = {"institution": story.institution, "academy": factories.academy(academy)}
    return OtherLicence.objects.create(referral=story.referral, title="Licence de lettres", on=on, **place)


def her_other(story: Story) -> Story:
    """Another referral of the same person, under another account."""
    other = Story(academy=story.academy.name)
    other.filed()
    return other


def running(story: Story):
    return story.referral.limits.live().exclude(kind=LimitKind.FILING).last()


LETTER = {"subject": "Votre saisine", "text": LONG}
TYPED = {
    Action.PROVE_LICENCE: lambda story: {"licence_on": "2026-06-19", "upload": a_file()},
    Action.POSTPONE_LICENCE: lambda story: {"expected_on": story.due_on, "note": LONG},
    Action.CHOOSE_LICENCE: lambda story: {"other_licence_id": story.referral.other_licences.get().pk, "ground": LONG},
    Action.ADD_DOCUMENT: lambda story: {"kind": "cv", "upload": a_file()},
    Action.REQUEST_DOCUMENTS: lambda story: {"wanted": LONG, "days": 15},
    Action.RESUME: lambda story: {"note": LONG},
    Action.REVIEW: lambda story: {point.code: "on" for point in procedure.points_of(story.referral, at=story.at) if point.met},
    Action.ASSIGN: lambda story: {"to": story.caseworker.pk},
    Action.DECLARE_ADMISSIBLE: lambda story: {"note": LONG},
    Action.PREPARE_DECISION: lambda story: {"action": Action.CLOSE, "law": "Une loi.", "facts": LONG},
    Action.DECLARE_INADMISSIBLE: lambda story: {"law": "Une loi.", "facts": LONG, "late": "non"},
    Action.WITHDRAW_DECISION: lambda story: {"ground": LONG, "due_on": story.due_on},
    Action.END_SEARCH: lambda story: {"reason": LONG},
    Action.REFER_TO_COMMISSION: lambda story: {"note": LONG},
    Action.RESTART_LIMIT: lambda story: {"limit_id": running(story).pk, "start": story.at.date(), "ground": LONG},
    Action.EXTEND: lambda story: {"days": 20, "ground": LONG, "source": "Un arrêté."},
    Action.RECORD_CONTACT: lambda story: {"channel": "phone", "caller": "student", "note": LONG},
    Action.WRITE_NOTE: lambda story: {"text": LONG},
    Action.WRITE_TO_STUDENT: lambda story: {"text": LONG},
    Action.SEND_LETTER: lambda story: LETTER | {"read_over": digest_of(**LETTER)},
    Action.GIVE_MANDATE: lambda story: {"name": "Paul D’Exemple"},
    Action.END_MANDATE: lambda story: {},
    Action.CORRECT_FACTS: lambda story: corrected(story, first_names="Zoé Anne"),
    Action.CORRECT_APPLICATION: lambda story: stated(story, track="Un parcours"),
    Action.TRANSFER: lambda story: {"region": factories.academy("Strasbourg").region.pk, "ground": LONG},
    Action.ABSORB: lambda story: {"number": her_other(story).referral.number, "ground": LONG},
    Action.FREEZE_ACCOUNT: lambda story: {"ground": LONG},
    Action.THAW_ACCOUNT: lambda story: {"ground": LONG},
    Action.CHANGE_ADDRESS: lambda story: {"address": "nouvelle@exemple.fr", "checked": LONG},
    Action.REOPEN: lambda story: {"ground": LONG, "due_on": story.due_on},
    Action.CLOSE: lambda story: {"law": "Une loi.", "facts": LONG},
    Action.RECORD_AGREEMENT: lambda story: {
        "agreed_by": "Ada",
        "agreed_as": "présidente",
        "agreed_on": "2026-06-20",
        "through": "phone",
    },
    Action.RECORD_REFUSAL: lambda story: {"reason": LONG},
    Action.RECORD_CONDITION: lambda story: {"condition": LONG},
    Action.SEND_OFFER: lambda story: {"message": LONG},
    Action.RETRACT_OFFER: lambda story: {"ground": LONG},
    Action.RECORD_ENROLMENT: lambda story: {"on": "2026-06-20"},
    Action.RECORD_NO_ENROLMENT: lambda story: {"outcome": "not_come", "on": "2026-06-20", "note": LONG},
}
"""What somebody of the office types to do each action."""


def typed(action: Action, story: Story) -> dict:
    return TYPED[action](story)


def with_a_limit(state: State) -> Story:
    """A story in ``state`` that has an answer limit of which the student was told, or a limit to supply documents."""
    if state in (State.ADMISSIBLE, State.COMMISSION):
        story = in_state(State.ADMISSIBLE, answer_clock=AnswerClock.EACH_OFFER)
        story.sent()
        if state == State.COMMISSION:
            procedure.refer_to_commission(story.id, note="", by=story.office, at=story.at)
        return story.told().later(days=1)
    if state == State.EXHAUSTED:
        story = in_state(State.OFFERED).told()
        story.at = story.limit().ends_at
        procedure.expire(story.limit().pk, by=CLOCK, at=story.at)
        return story
    return in_state(state).told().later(days=1)


def freeze(story: Story) -> None:
    User.objects.filter(pk=story.student.pk).update(is_active=False)


def let_somebody_speak(story: Story) -> None:
    procedure.give_mandate(story.id, name="Paul D’Exemple", by=story.her, at=story.at)


GROUND_FOR = {
    Action.CHOOSE_LICENCE: another_licence,
    Action.THAW_ACCOUNT: freeze,
    Action.END_MANDATE: let_somebody_speak,
}
"""What has to be so before the action has any sense."""


def ready_for(action: Action, state: State) -> Story:
    """A story in ``state`` in which ``action`` has something to act upon."""
    if action in (Action.RESTART_LIMIT, Action.EXTEND):
        return with_a_limit(state)
    story = in_state(state)
    GROUND_FOR.get(action, lambda story: None)(story)
    return story


def doer(action: Action, story: Story) -> User:
    """Who may do it: decisions by letter are signed by delegation."""
    return story.signer if action in DECIDED_BY_LETTER else story.caseworker


ALLOWED = [
    (action, state) for action in REFERRAL_DEEDS for state in State if state in MOVES[action].sources and state != State.DRAFT
]
ONCE_EACH = [(action, next(state for of, state in ALLOWED if of == action)) for action in REFERRAL_DEEDS]
ALLOWED_FOR_OFFERS = [(action, state) for action in OFFER_DEEDS for state in OfferState if state in OFFER_MOVES[action].sources]
UNLIKE = [
    (action, next(iter(sorted(set(State) - MOVES[action].sources - {State.DRAFT}))))
    for action in REFERRAL_DEEDS
    if set(State) - MOVES[action].sources - {State.DRAFT}
]
"""One state for each action that cannot be done everywhere; the buttons of a file are asked of every state."""


@pytest.mark.parametrize(("action", "state"), ALLOWED)
def test_each_page_opens_says_what_follows_and_does_it(enter, time_machine, action, state):
    story = ready_for(action, state)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(doer(action, story)), page_of(action, story.referral)
    page = text_of(client.get(address))
    assert DEEDS[action].sentence in page
    response = client.post(address, typed(action, story))
    assert said(response) == [f"{ACTIONS[action][1]}."]
    assert response.headers["Location"] == (QUEUE if action == Action.TRANSFER else file_of(story.referral))
    event = story.referral.events.of_case().filter(kind=action).latest("seq")
    assert (event.by_name, event.at) == (str(doer(action, story)), story.at)


@pytest.mark.parametrize(("action", "state"), ALLOWED_FOR_OFFERS)
def test_each_page_about_an_offer_opens_says_what_follows_and_does_it(enter, time_machine, action, state):
    story, offer = offer_in(state)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(action, story.referral, offer)
    assert DEEDS[action].sentence in text_of(client.get(address))
    response = client.post(address, typed(action, story))
    assert said(response) == [f"{ACTIONS[action][1]}."]
    offer.refresh_from_db()
    assert offer.state in OFFER_MOVES[action].targets


@pytest.mark.parametrize(("action", "state"), UNLIKE)
def test_a_page_not_allowed_now_says_so_and_goes_back_to_the_file(enter, action, state):
    story = in_state(state)
    response = enter(doer(action, story)).get(page_of(action, story.referral))
    assert said(response) == [f"« {TO_DO[action]} » n’est pas possible dans l’état actuel du dossier."]
    assert response.headers["Location"] == file_of(story.referral)


POINTLESS = [
    (Action.CHOOSE_LICENCE, State.FILED),
    (Action.THAW_ACCOUNT, State.FILED),
    (Action.END_MANDATE, State.FILED),
    (Action.RESTART_LIMIT, State.ADMISSIBLE),
    (Action.EXTEND, State.ADMISSIBLE),
]


@pytest.mark.parametrize(("action", "state"), POINTLESS)
def test_a_page_without_anything_to_act_upon_says_so_too(enter, action, state):
    story = in_state(state)
    response = enter(story.caseworker).get(page_of(action, story.referral))
    assert said(response) == [f"« {TO_DO[action]} » n’est pas possible dans l’état actuel du dossier."]


def test_rules_without_a_commission_send_nobody_there(enter):
    story = in_state(State.ADMISSIBLE)
    type(story.rules).objects.create(campaign=story.campaign, version=2, commission=False)
    type(story.referral).objects.filter(pk=story.id).update(rules=story.campaign.rules.get(version=2))
    client, address = enter(story.caseworker), page_of(Action.REFER_TO_COMMISSION, story.referral)
    assert said(client.get(address)) == ["« Confier à la commission régionale » n’est pas possible dans l’état actuel du dossier."]
    response = client.post(address, {"note": LONG})
    assert response.context["form"].non_field_errors() == ["Les règles de cette campagne ne prévoient pas de commission régionale."]


def test_a_form_posted_too_late_says_why_and_keeps_the_text(enter):
    story = in_state(State.FILED)
    address = page_of(Action.DECLARE_INADMISSIBLE, story.referral)
    client = enter(story.signer)
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    response = client.post(address, typed(Action.DECLARE_INADMISSIBLE, story))
    assert response.context["form"].non_field_errors() == ["Cette action n’est plus possible dans l’état actuel du dossier."]
    assert LONG in text_of(response)
    assert story.referral.state == State.ADMISSIBLE


def with_an_offer_sent(story: Story) -> None:
    story.sent()


def with_an_institution_asked(story: Story) -> None:
    story.consulting()


def with_another_referral(story: Story) -> None:
    """She withdrew, and began anew."""
    procedure.start_draft(student=story.student, campaign=story.campaign, at=story.at)


REFUSALS = [
    (Action.CLOSE, State.ADMISSIBLE, with_an_offer_sent, {}, "Une proposition attend la réponse de l’étudiant."),
    (
        Action.END_SEARCH,
        State.ADMISSIBLE,
        with_an_institution_asked,
        {},
        "Des établissements sont encore consultés, ou des accords attendent d’être proposés : concluez-les d’abord.",
    ),
    (
        Action.REOPEN,
        State.WITHDRAWN,
        None,
        {"due_on": "2026-06-19"},
        "La date avant laquelle le dossier doit être traité est passée.",
    ),
    (
        Action.WITHDRAW_DECISION,
        State.INADMISSIBLE,
        None,
        {"due_on": "2026-06-19"},
        "La date avant laquelle le dossier doit être traité est passée.",
    ),
    (Action.REOPEN, State.WITHDRAWN, with_another_referral, {}, "Cet étudiant a déposé une autre saisine dans cette campagne."),
    (
        Action.POSTPONE_LICENCE,
        State.AWAITING_LICENCE,
        None,
        {"expected_on": "2026-06-19"},
        "La date du prochain jury est passée.",
    ),
    (Action.CORRECT_FACTS, State.FILED, None, {"first_names": "Zoé"}, "Aucune des valeurs n’a changé."),
    (
        Action.CORRECT_FACTS,
        State.FILED,
        None,
        {"licence_on": "2026-06-21"},
        "La date d’obtention de la licence est dans l’avenir.",
    ),
    (Action.CORRECT_APPLICATION, State.FILED, None, {"track": ""}, "Aucune des valeurs n’a changé."),
    (
        Action.CHANGE_ADDRESS,
        State.FILED,
        lambda story: factories.UserFactory(email="prise@exemple.fr"),
        {"address": "Prise@exemple.fr"},
        "Un autre compte porte cette adresse : réunissez plutôt les deux saisines.",
    ),
    (
        Action.RESTART_LIMIT,
        State.INCOMPLETE,
        None,
        {"start": "2026-06-21"},
        "Le point de départ du délai est dans l’avenir.",
    ),
    (
        Action.RESTART_LIMIT,
        State.INCOMPLETE,
        None,
        {"start": "2026-06-19"},
        "Ce point de départ ne laisserait pas plus de temps à l’étudiant.",
    ),
]


@pytest.mark.parametrize(("action", "state", "first", "words", "sentence"), REFUSALS)
def test_a_refusal_of_the_verb_is_the_forms_own_error(enter, time_machine, action, state, first, words, sentence):
    story = in_state(state)
    time_machine.move_to(story.at, tick=False)
    if first:
        first(story)
    given = typed(action, story) | words
    response = enter(doer(action, story)).post(page_of(action, story.referral), given)
    form = response.context["form"]
    assert form.non_field_errors() == [sentence]
    assert {name: str(form[name].value()) for name in given} == {name: str(value) for name, value in given.items()}


def test_a_date_outside_the_consultation_is_refused_with_all_that_was_typed(enter, time_machine):
    story, offer = offer_in(OfferState.CONSULTING)
    time_machine.move_to(story.at, tick=False)
    words = typed(Action.RECORD_AGREEMENT, story) | {"agreed_on": "2026-06-21"}
    response = enter(story.caseworker).post(page_of(Action.RECORD_AGREEMENT, story.referral, offer), words)
    form = response.context["form"]
    assert form.non_field_errors() == ["La date de l’accord doit être comprise entre la consultation et aujourd’hui."]
    assert {name: form[name].value() for name in words} == words


@pytest.mark.parametrize("action", [Action.RECORD_ENROLMENT, Action.RECORD_NO_ENROLMENT])
def test_an_enrolment_before_the_acceptance_is_refused_with_all_that_was_typed(enter, time_machine, action):
    story, offer = offer_in(OfferState.ACCEPTED)
    time_machine.move_to(story.at, tick=False)
    words = typed(action, story) | {"on": "2026-06-19"}
    form = enter(story.caseworker).post(page_of(action, story.referral, offer), words).context["form"]
    assert form.non_field_errors() == ["La date doit être comprise entre l’acceptation et aujourd’hui."]
    assert {name: form[name].value() for name in words} == words


def test_a_file_that_cannot_serve_is_explained_beside_its_field(enter):
    story = in_state(State.FILED)
    words = {"kind": "cv", "upload": SimpleUploadedFile("cv.pdf", b"du texte")}
    response = enter(story.caseworker).post(page_of(Action.ADD_DOCUMENT, story.referral), words)
    assert response.context["form"].errors["upload"] == [
        "Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document."
    ]
    assert story.referral.documents.given().count() == 1


@pytest.mark.parametrize("action", list(REFERRAL_DEEDS))
def test_another_region_has_no_such_page(enter, stranger, action):
    story = in_state(State.FILED)
    client, address = enter(stranger), page_of(action, story.referral)
    assert (client.get(address).status_code, client.post(address, {"ground": LONG}).status_code) == (404, 404)


@pytest.mark.parametrize("action", list(OFFER_DEEDS))
def test_another_region_has_no_such_page_about_an_offer(enter, stranger, action):
    story, offer = offer_in(OfferState.SENT)
    client, address = enter(stranger), page_of(action, story.referral, offer)
    assert (client.get(address).status_code, client.post(address, typed(action, story)).status_code) == (404, 404)


def test_an_offer_of_another_file_is_no_offer_of_this_one(enter):
    story, offer = offer_in(OfferState.CONSULTING)
    other = in_state(State.ADMISSIBLE)
    address = page_of(Action.RECORD_REFUSAL, other.referral, offer)
    client = enter(story.caseworker)
    assert (client.get(address).status_code, client.post(address, {"reason": LONG}).status_code) == (404, 404)


@pytest.mark.parametrize(("action", "state"), ONCE_EACH)
def test_the_national_administrator_cannot_act(enter, administrator, time_machine, action, state):
    story = ready_for(action, state)
    time_machine.move_to(story.at, tick=False)
    seen = story.referral.events.count()
    client, address = enter(administrator), page_of(action, story.referral)
    response = client.get(address)
    assert (response.headers["Location"], said(response)) == (
        file_of(story.referral),
        ["Vous pouvez lire ce dossier, mais pas agir sur lui."],
    )
    response = client.post(address, typed(action, story))
    assert response.context["form"].non_field_errors() == ["Vous pouvez lire ce dossier, mais pas agir sur lui."]
    assert story.referral.events.count() == seen


@pytest.mark.parametrize("action", list(REFERRAL_DEEDS))
def test_a_student_and_an_adviser_find_the_door_shut(enter, action):
    story = in_state(State.FILED)
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    for user in (story.student, adviser):
        assert enter(user).get(page_of(action, story.referral), follow=True).status_code == 403


def test_what_was_typed_in_an_ended_session_comes_back_after_signing_in(client, db):
    story = in_state(State.FILED)
    address = page_of(Action.DECLARE_INADMISSIBLE, story.referral)
    words = {"law": "Une loi.", "facts": LONG, "late": "oui"}
    response = client.post(address, words)
    assert response.headers["Location"] == f"/bureau/login/?next={address}"
    assert story.referral.state == State.FILED
    client.force_login(story.signer)
    form = client.get(address).context["form"]
    assert {name: form[name].value() for name in words} == words
    client.post(address, words)
    assert story.referral.state == State.INADMISSIBLE


def test_a_file_is_given_to_people_of_the_region_alone(enter, head, stranger):
    story = in_state(State.FILED)
    former = factories.post(Role.CASEWORKER, region=story.academy.region, name="Ancienne")
    former.posts.update(until=date(2020, 1, 1))
    assert story.caseworker.is_staff
    form = enter(head).get(page_of(Action.ASSIGN, story.referral)).context["form"]
    assert list(form.fields["to"].queryset) == [story.caseworker, head]


# Decisions: prepared by one, signed by another


@pytest.mark.parametrize("action", sorted(DECIDED_BY_LETTER))
def test_who_has_no_delegation_is_told_why_she_does_not_sign(enter, head, action):
    story = in_state(State.FILED)
    for user in (story.caseworker, head):
        client, address = enter(user), page_of(action, story.referral)
        response = client.get(address)
        assert (response.headers["Location"], said(response)) == (file_of(story.referral), [NO_DELEGATION])
        response = client.post(address, typed(action, story))
        assert response.context["form"].non_field_errors() == [NO_DELEGATION]
        assert LONG in text_of(response)
    assert story.referral.state == State.FILED


@pytest.mark.parametrize(
    ("state", "decisions"),
    [
        (State.FILED, [("declare_inadmissible", "Déclarer irrecevable"), ("close", "Clore le dossier")]),
        (State.AWAITING_LICENCE, [("declare_inadmissible", "Déclarer irrecevable"), ("close", "Clore le dossier")]),
        (State.INCOMPLETE, [("close", "Clore le dossier")]),
        (State.EXHAUSTED, [("close", "Clore le dossier")]),
    ],
)
def test_only_decisions_possible_from_here_are_prepared(enter, state, decisions):
    story = in_state(state)
    form = enter(story.caseworker).get(page_of(Action.PREPARE_DECISION, story.referral)).context["form"]
    assert form.fields["action"].choices == decisions


def test_the_reasons_in_law_start_from_what_the_rules_find_in_the_file(enter):
    story = Story(at=instant("2026-09-01 10:00"))
    story.filed(diploma="foreign")
    form = enter(story.caseworker).get(page_of(Action.PREPARE_DECISION, story.referral)).context["form"]
    found = reasons(facts_of(story.referral, at=story.at), story.referral.rules.stated)
    assert {"late", "diploma"} <= {reason.code for reason in found}
    assert form["law"].value().splitlines() == [f"{reason.sentence} ({reason.source})" for reason in found]
    assert form["facts"].value() is None


def test_a_file_being_searched_for_has_no_reason_of_inadmissibility_to_start_from(enter):
    story = in_state(State.EXHAUSTED)
    form = enter(story.caseworker).get(page_of(Action.PREPARE_DECISION, story.referral)).context["form"]
    assert form["law"].value() is None


def test_what_was_prepared_is_what_the_signatory_signs(enter, time_machine):
    story = in_state(State.FILED)
    time_machine.move_to(story.at, tick=False)
    words = {"action": Action.DECLARE_INADMISSIBLE, "law": "Une licence nationale.", "facts": "Un diplôme étranger."}
    enter(story.caseworker).post(page_of(Action.PREPARE_DECISION, story.referral), words)
    client, address = enter(story.signer), page_of(Action.DECLARE_INADMISSIBLE, story.referral)
    response = client.get(address)
    form = response.context["form"]
    assert {name: form[name].value() for name in ("law", "facts", "late")} == {
        "law": "Une licence nationale.",
        "facts": "Un diplôme étranger.",
        "late": "non",
    }
    assert form.known() == [
        (
            "Vous signez",
            "Dominique Exemple, secrétaire générale de région académique, par délégation : "
            "arrêté du 1er septembre 2025, publié le 3",
        ),
        ("Préparée par", "Camille Exemple. Relisez : le texte part sous votre signature."),
    ]
    client.post(address, {"law": "Une licence nationale.", "facts": "Un diplôme étranger.", "late": "non"})
    letter = story.referral.documents.get(kind=DocumentKind.INADMISSIBLE_LETTER)
    assert (letter.content["law"], letter.content["facts"], letter.content["late"]) == (
        "Une licence nationale.",
        "Un diplôme étranger.",
        False,
    )
    assert letter.content["signatory"]["name"] == "Dominique Exemple"


def test_the_other_decision_does_not_start_from_what_was_prepared(enter):
    story = in_state(State.FILED)
    by = {"by": story.office, "at": story.at}
    procedure.prepare_decision(story.id, action=Action.DECLARE_INADMISSIBLE, law="Droit.", facts="Fait.", **by)
    form = enter(story.signer).get(page_of(Action.CLOSE, story.referral)).context["form"]
    assert form["facts"].value() is None
    assert [what for what, _ in form.known()] == ["Vous signez", "Recherche faite"]


def test_a_preparation_is_taken_up_where_it_was_left(enter):
    story = in_state(State.FILED)
    by = {"by": story.office, "at": story.at}
    procedure.prepare_decision(story.id, action=Action.CLOSE, law="Droit.", facts="Fait.", **by)
    form = enter(story.caseworker).get(page_of(Action.PREPARE_DECISION, story.referral)).context["form"]
    assert {name: form[name].value() for name in form.fields} == {"action": "close", "law": "Droit.", "facts": "Fait."}


def test_a_late_referral_is_proposed_as_such_and_the_letter_says_so(enter):
    story = Story(at=instant("2026-09-01 10:00"))
    story.filed()
    client, address = enter(story.signer), page_of(Action.DECLARE_INADMISSIBLE, story.referral)
    assert client.get(address).context["form"]["late"].value() == "oui"
    client.post(address, {"law": "Un délai de quinze jours.", "facts": LONG, "late": "oui"})
    assert story.referral.documents.get(kind=DocumentKind.INADMISSIBLE_LETTER).content["late"] is True


@pytest.mark.parametrize(("action", "state"), [(Action.WITHDRAW_DECISION, State.INADMISSIBLE), (Action.REOPEN, State.CLOSED)])
def test_a_file_taken_up_again_is_to_be_treated_within_fifteen_days_unless_said_otherwise(enter, time_machine, action, state):
    story = in_state(state)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(action, story.referral)
    assert client.get(address).context["form"]["due_on"].value() == date(2026, 7, 5)
    client.post(address, {"ground": LONG, "due_on": "2026-06-25"})
    assert story.referral.due_on == date(2026, 6, 25)


def test_the_search_made_is_recalled_before_closing(enter):
    story = in_state(State.EXHAUSTED)
    form = enter(story.signer).get(page_of(Action.CLOSE, story.referral)).context["form"]
    assert form.known()[1] == ("Recherche faite", "3 demandes, 3 propositions sur 3 dues. La lettre en donne la liste.")


# Corrections


def test_a_correction_starts_from_the_facts_and_changes_only_what_differs(enter, time_machine):
    story = in_state(State.FILED)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(Action.CORRECT_FACTS, story.referral)
    assert client.get(address).context["form"]["birth_name"].value() == "D’Exemple"
    client.post(address, typed(Action.CORRECT_FACTS, story))
    event = story.referral.events.latest("seq")
    assert event.payload["columns"] == ["first_names"]
    assert event.note == f"{LONG}\nprénoms : « Zoé » devient « Zoé Anne »"


def test_every_fact_the_procedure_lets_be_corrected_has_its_field(enter):
    from referrals.procedure.corrections import CORRECTABLE

    story = in_state(State.FILED)
    form = enter(story.caseworker).get(page_of(Action.CORRECT_FACTS, story.referral)).context["form"]
    assert set(form.fields) == {*CORRECTABLE, "ground"}


def test_a_licence_still_awaited_is_not_corrected_but_proved(enter):
    story = in_state(State.AWAITING_LICENCE)
    form = enter(story.caseworker).get(page_of(Action.CORRECT_FACTS, story.referral)).context["form"]
    assert "licence_on" not in form.fields


@pytest.mark.parametrize("words", ["0691775e", "université lumiere", "Lyon-II"], ids=["by its code", "by name", "by a former name"])
def test_an_institution_is_typed_by_its_code_or_any_of_its_names(enter, words):
    story = in_state(State.FILED)
    other = factories.InstitutionFactory(uai="0691775E", name="Université Lumière", academy=story.academy, names=["Lyon-II"])
    given = corrected(story, licence_institution=words)
    enter(story.caseworker).post(page_of(Action.CORRECT_FACTS, story.referral), given)
    assert story.referral.licence_institution == other


def test_an_institution_left_as_it_was_stays_the_one_it_was_whoever_has_the_same_name(enter):
    story = in_state(State.FILED)
    factories.InstitutionFactory(name=story.institution.name)
    enter(story.caseworker).post(page_of(Action.CORRECT_FACTS, story.referral), corrected(story, ine="0123456789a"))
    assert (story.referral.licence_institution, story.referral.ine) == (story.institution, "0123456789A")


def test_an_unknown_institution_is_asked_again_with_the_nearest(enter):
    story = in_state(State.FILED)
    factories.InstitutionFactory(uai="0691775E", name="Université Lumière - Lyon 2", academy=story.academy)
    given = corrected(story, licence_institution="Université Lumière de Lion")
    form = enter(story.caseworker).post(page_of(Action.CORRECT_FACTS, story.referral), given).context["form"]
    (sentence,) = form.errors["licence_institution"]
    assert sentence.startswith("« Université Lumière de Lion » ne désigne aucun établissement, ou en désigne plusieurs. ")
    assert "Université Lumière - Lyon 2 (0691775E)" in sentence
    assert form["licence_institution"].value() == "Université Lumière de Lion"


def test_a_licence_keeps_a_mention_or_a_title(enter):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), page_of(Action.CORRECT_FACTS, story.referral)
    form = client.post(address, corrected(story, licence_mention="")).context["form"]
    assert form.errors["licence_mention"] == ["Choisissez la mention de la licence, ou écrivez son intitulé juste au-dessous."]
    client.post(address, corrected(story, licence_mention="", licence_title="Licence de lettres"))
    assert story.referral.licence_name == "Licence de lettres"


def test_a_licence_obtained_later_than_was_said_gives_a_later_limit(enter, time_machine):
    story = in_state(State.FILED)
    time_machine.move_to(story.at, tick=False)
    given = corrected(story, licence_on="2026-06-19")
    enter(story.caseworker).post(page_of(Action.CORRECT_FACTS, story.referral), given)
    limits = [(limit.last_day, limit.status) for limit in story.referral.limits.all()]
    assert limits == [(date(2026, 6, 30), LimitStatus.SUPERSEDED), (date(2026, 7, 6), LimitStatus.MET)]


def test_the_application_to_correct_is_the_one_the_link_names(enter):
    story = in_state(State.FILED)
    application = story.referral.applications.get()
    client, address = enter(story.caseworker), page_of(Action.CORRECT_APPLICATION, story.referral)
    assert f'href="{address}?application={application.pk}"' in client.get(file_of(story.referral)).content.decode()
    response = client.get(f"{address}?application={application.pk}")
    form = response.context["form"]
    assert form.known() == [("Candidature", f"Archives – {story.institution}")]
    assert {name: form[name].value() for name in ("institution", "mention", "answer", "on")} == {
        "institution": story.institution.name,
        "mention": application.mention_id,
        "answer": Answer.EXPRESS,
        "on": date(2026, 6, 10),
    }
    client.post(address, stated(story, track="Archives numériques"))
    assert [stated.track for stated in story.referral.applications.all()] == ["Archives numériques"]
    assert story.referral.events.latest("seq").note == f"{LONG}\nparcours : «  » devient « Archives numériques »"


def test_without_a_name_the_application_is_a_new_one(enter, time_machine):
    story = in_state(State.FILED)
    time_machine.move_to(story.at, tick=False)
    client, address = enter(story.caseworker), page_of(Action.CORRECT_APPLICATION, story.referral)
    assert client.get(address).context["form"].known() == [("Candidature", "nouvelle, ajoutée au dossier")]
    given = stated(story) | {"application": "", "mention": "", "title": "Master de gestion", "on": "2026-06-18"}
    client.post(address, given)
    assert [str(stated.name) for stated in story.referral.applications.all()] == ["Archives", "Master de gestion"]


@pytest.mark.parametrize("named", ["999999", "abc", "theirs"])
def test_an_application_of_another_file_is_none_of_this_one(enter, named):
    story, theirs = in_state(State.FILED), in_state(State.FILED)
    pk = theirs.referral.applications.get().pk if named == "theirs" else named
    client, address = enter(story.caseworker), page_of(Action.CORRECT_APPLICATION, story.referral)
    assert client.get(f"{address}?application={pk}").status_code == 200
    response = client.post(address, stated(story, track="Autre") | {"application": pk})
    assert list(response.context["form"].errors) == ["application"]
    assert "Sélectionnez un choix valide" in text_of(response)
    assert [stated.track for stated in theirs.referral.applications.all()] == [""]


def test_the_day_of_a_silence_is_computed_by_the_rules_of_the_campaign(enter):
    story = in_state(State.FILED, silence_months=2)
    given = stated(story, answer=Answer.IMPLIED, on="", applied_on="2026-03-31")
    enter(story.caseworker).post(page_of(Action.CORRECT_APPLICATION, story.referral), given)
    application = story.referral.applications.get()
    assert (application.answer, application.applied_on, application.on) == (
        Answer.IMPLIED,
        date(2026, 3, 31),
        date(2026, 5, 31),
    )


BAD_APPLICATIONS = [
    ({"mention": ""}, "mention", "Choisissez la mention du master, ou écrivez son intitulé juste au-dessous."),
    ({"on": ""}, "on", "Indiquez la date du refus."),
    ({"on": "2026-06-21"}, "on", "Cette date est dans l’avenir."),
    ({"answer": Answer.IMPLIED}, "applied_on", "Indiquez la date de la candidature restée sans réponse."),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD_APPLICATIONS)
def test_an_application_that_makes_no_sense_is_refused_beside_the_field(enter, time_machine, changes, field, sentence):
    story = in_state(State.FILED)
    time_machine.move_to(story.at, tick=False)
    response = enter(story.caseworker).post(page_of(Action.CORRECT_APPLICATION, story.referral), stated(story, **changes))
    form = response.context["form"]
    assert form.errors == {field: [sentence]}
    assert form["ground"].value() == LONG


def test_each_other_licence_says_the_region_and_the_limit_it_would_give(enter):
    story = in_state(State.FILED)
    other = another_licence(story, academy="Strasbourg", on=date(2026, 6, 18))
    form = enter(story.caseworker).get(page_of(Action.CHOOSE_LICENCE, story.referral)).context["form"]
    assert form.fields["other_licence_id"].choices == [
        (
            other.pk,
            f"Licence de lettres – {story.institution}, obtenue le 18 juin 2026 : région Grand Est, dépôt jusqu’au 3 juillet 2026",
        )
    ]
    assert form.known() == [("Licence d’aujourd’hui", f"Histoire – {story.institution}")]


def test_a_licence_still_awaited_founds_nothing(enter):
    story = in_state(State.FILED)
    obtained, awaited = another_licence(story), another_licence(story)
    OtherLicence.objects.filter(pk=awaited.pk).update(on=None, expected_on=date(2026, 7, 10))
    client, address = enter(story.caseworker), page_of(Action.CHOOSE_LICENCE, story.referral)
    assert [pk for pk, _ in client.get(address).context["form"].fields["other_licence_id"].choices] == [obtained.pk]
    obtained.delete()
    assert said(client.get(address)) == [
        "« Fonder la saisine sur une autre licence » n’est pas possible dans l’état actuel du dossier."
    ]


def test_a_transfer_proposes_the_region_of_the_licence_where_it_differs(enter):
    story = in_state(State.FILED)
    client, address = enter(story.caseworker), page_of(Action.TRANSFER, story.referral)
    assert client.get(address).context["form"]["region"].value() is None
    facts = {"licence_academy": factories.academy("Strasbourg")}
    procedure.correct_facts(story.id, facts=facts, ground="Erreur.", by=story.office, at=story.at)
    form = client.get(address).context["form"]
    assert form["region"].value() == "R44"
    assert form.known() == [("Région de la licence", "Grand Est, académie de Strasbourg")]


def test_a_referral_joins_this_one_by_its_number(enter):
    story = in_state(State.FILED)
    other = her_other(story)
    given = {"number": f" {other.referral.number.lower()} ", "ground": LONG}
    enter(story.caseworker).post(page_of(Action.ABSORB, story.referral), given)
    assert (other.referral.state, other.referral.merged_into) == (State.MERGED, story.referral)


@pytest.mark.parametrize("which", ["nobody's", "another region's", "a draft's key"])
def test_a_number_of_no_referral_of_the_region_is_said_so(enter, which):
    story = in_state(State.FILED)
    number = {
        "nobody's": lambda: "2026-999999-Z",
        "another region's": lambda: in_state(State.FILED, academy="Strasbourg").referral.number,
        "a draft's key": lambda: str(in_state(State.DRAFT).referral.key)[:30],
    }[which]()
    response = enter(story.caseworker).post(page_of(Action.ABSORB, story.referral), {"number": number, "ground": LONG})
    form = response.context["form"]
    assert form.errors == {"number": [f"Aucune saisine de votre région ne porte le numéro « {number} »."]}
    assert form["ground"].value() == LONG


def test_a_referral_does_not_join_itself_nor_somebody_elses(enter):
    story = in_state(State.FILED)
    stranger = Story()
    stranger.filed(birth_name="Autre")
    client, address = enter(story.caseworker), page_of(Action.ABSORB, story.referral)
    sentences = [
        client.post(address, {"number": number, "ground": LONG}).context["form"].non_field_errors()
        for number in (story.referral.number, stranger.referral.number)
    ]
    assert sentences == [
        ["Deux saisines différentes d’une même campagne se réunissent, et elles seules."],
        ["Ni l’INE, ni le nom et la date de naissance ne sont les mêmes : vérifiez l’identité."],
    ]


# Limits


def test_the_limits_that_may_start_again_are_the_running_ones_she_has_to_keep(enter):
    story = in_state(State.INCOMPLETE).told()
    form = enter(story.caseworker).get(page_of(Action.RESTART_LIMIT, story.referral)).context["form"]
    limit = running(story)
    assert form.fields["limit_id"].choices == [(limit.pk, "envoi des documents demandés, du 20 juin 2026 au 30 juin 2026")]
    assert form["limit_id"].value() == limit.pk


def test_the_limit_of_one_offer_is_named_after_it(enter):
    story = in_state(State.ADMISSIBLE, answer_clock=AnswerClock.EACH_OFFER)
    offer = story.sent()
    form = enter(story.caseworker).get(page_of(Action.RESTART_LIMIT, story.referral)).context["form"]
    title = offer.vacancy.programme.title
    assert [words for _, words in form.fields["limit_id"].choices] == [
        f"réponse aux propositions ({title}), du 20 juin 2026 au 6 juillet 2026"
    ]


def test_an_extension_of_one_file_moves_its_running_limit(enter, time_machine):
    story = with_a_limit(State.INCOMPLETE)
    time_machine.move_to(story.at, tick=False)
    words = {"days": 10, "ground": LONG, "source": "Arrêté du 1er juin 2026"}
    enter(story.caseworker).post(page_of(Action.EXTEND, story.referral), words)
    limit = running(story)
    assert (limit.last_day, limit.extension.ground, limit.extension.source) == (date(2026, 7, 10), LONG, "Arrêté du 1er juin 2026")
