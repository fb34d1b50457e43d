"""An institution's queue of requests, what it may read of a student and until when, and its answers."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals import procedure
from referrals.models import Document, DocumentKind, Offer, Role, User
from referrals.procedure import CLOCK, By
from referrals.rules.states import OfferState
from tests import factories
from tests.factories import instant
from tests.institution.conftest import TODAY, entering
from tests.story import LEAD_OFFER_TO, Story
from tests.student.reading import errors_of, said, text_of
from vacancies import mergers, seats

pytestmark = pytest.mark.django_db

QUEUE = "/etablissement/demandes/"
ASKED_AT = instant("2026-07-17 10:00")
"""A Friday: the answer is due by the end of the next one."""


@pytest.fixture
def story() -> Story:
    """A student whom the university may be asked about."""
    story = Story()
    story.admissible()
    story.at = ASKED_AT
    return story


def clerk_of(story: Story, **fields) -> User:
    fields = {"name": "Alix Exemple", "capacity": "responsable de la mention"} | fields
    return factories.post(Role.INSTITUTION, institution=story.institution, **fields)


@pytest.fixture
def her(story) -> Client:
    return entering(clerk_of(story))


@pytest.fixture
def offer(story) -> Offer:
    return story.consulting()


def page_of(offer: Offer) -> str:
    return f"{QUEUE}{offer.key}/"


def fresh(offer: Offer) -> Offer:
    return Offer.objects.get(pk=offer.pk)


def kinds(story: Story) -> list[str]:
    """What has happened since the file was found admissible."""
    events = list(story.referral.events.of_case().order_by("seq").values_list("kind", flat=True))
    return events[events.index("declare_admissible") + 1 :]


def opens(client: Client, document: Document) -> bool:
    """Whether she may download it; anybody else finds nothing."""
    response = client.get(reverse("document", args=[document.key]))
    assert (response.status_code == 200) == response.getvalue().startswith(b"%PDF")
    assert response.status_code in (200, 404)
    return response.status_code == 200


YES = {"answer": "yes", "agreed_by": "Alix Exemple", "agreed_as": "responsable de la mention"}
NO = {"answer": "no", "reason": "Le niveau ne suffit pas."}
CONDITION = {"answer": "condition", "condition": "S’il réussit notre test d’allemand."}
DELEGATION = {"answer": "delegate", "to": "collegue@universite.exemple"}


# Who


def test_strangers_sign_in_and_others_find_nothing(story, offer):
    here = story.institution
    for address in (QUEUE, page_of(offer)):
        assert Client().get(address).url == f"/compte/login/?next={address}"
        others = (
            factories.UserFactory(),
            story.student,
            story.caseworker,
            factories.post(Role.ADVISER, institution=here),
            factories.post(Role.MEDICAL, region=story.academy.region),
        )
        for user in others:
            assert [entering(user).get(address).status_code, entering(user).post(address, NO).status_code] == [404, 404]
    elsewhere = entering(factories.post(Role.INSTITUTION, institution=factories.InstitutionFactory()))
    assert [elsewhere.get(page_of(offer)).status_code, elsewhere.post(page_of(offer), NO).status_code] == [404, 404]
    assert "Le rectorat ne vous a encore rien demandé." in text_of(elsewhere.get(QUEUE))
    assert fresh(offer).state == OfferState.CONSULTING


def test_after_a_merger_the_successors_clerk_answers(story, offer):
    successor = factories.InstitutionFactory()
    clerk = factories.post(Role.INSTITUTION, institution=successor)
    mergers.merge(former=story.institution.pk, successor=successor.pk, effective_on=TODAY.date(), ground="décret", by="x", at=TODAY)
    client = entering(clerk)
    assert client.get(QUEUE).context["waiting"] == 1
    client.post(page_of(offer), YES)
    assert fresh(offer).state == OfferState.AGREED


# The queue


def test_the_first_due_is_on_top_then_the_late_then_the_rest(story, her):
    def other(leads_to: OfferState) -> Offer:
        one = Story()
        one.admissible()
        one.at, one.institution = ASKED_AT, story.institution
        return LEAD_OFFER_TO[leads_to](one)

    later = story.consulting()
    refused, agreed, late = other(OfferState.REFUSED), other(OfferState.AGREED), other(OfferState.UNANSWERED)
    first = Story()
    first.admissible()
    first.at, first.institution = instant("2026-07-15 10:00"), story.institution
    soon = first.consulting()
    page = her.get(QUEUE)
    assert [one.offer for one in page.context["requests"]] == [soon, later, late, agreed, refused]
    assert [(one.label, one.hurry and one.hurry[0], one.seat) for one in page.context["requests"]] == [
        ("réponse attendue", None, "réservée"),
        ("réponse attendue", None, "réservée"),
        ("sans réponse à temps", None, "libérée"),
        ("accord donné", None, "réservée"),
        ("refus donné", None, "libérée"),
    ]
    text = text_of(page)
    assert "2 demandes attendent votre réponse." in text
    assert "avant le vendredi 24 juillet 2026 à 24 h 00 (heure de Paris, UTC+2)" in text
    assert "vendredi 17 juillet 2026" in text
    assert "Demandes d’accord du rectorat : 2 attendent votre réponse" in text_of(her.get("/etablissement/"))


@pytest.mark.parametrize(
    ("now", "mark"),
    [
        ("2026-07-22 23:59", None),
        ("2026-07-23 00:00", "à répondre vite"),
        ("2026-07-24 23:59", "à répondre vite"),
        ("2026-07-25 00:00", "délai passé"),
    ],
)
def test_what_is_due_soon_or_overdue_is_marked(the_day, story, offer, now, mark):
    the_day.move_to(instant(now))
    (one,) = entering(clerk_of(story)).get(QUEUE).context["requests"]
    assert (one.hurry and one.hurry[0]) == mark


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({"q": "droit"}, 1),
        ({"q": "chimie"}, 0),
        ({"show": "waiting"}, 1),
        ({"show": "late"}, 0),
        ({"show": "other"}, 0),
        ({"show": "?"}, 1),
    ],
)
def test_it_is_narrowed(story, her, narrowed, found):
    programme = factories.ProgrammeFactory(institution=story.institution, mention__name="Droit privé")
    story.consulting(vacancy=factories.VacancyFactory(programme=programme, campaign=story.campaign))
    assert len(her.get(QUEUE, narrowed).context["requests"]) == found


def test_a_referral_is_found_by_its_number(story, her, offer):
    assert len(her.get(QUEUE, {"q": story.referral.number}).context["requests"]) == 1


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_the_queue_costs_the_same_whatever_its_length(story, her, offer):
    her.get(QUEUE)
    one = queries(her, QUEUE)
    for _ in range(2):
        story.consulting()
    assert (queries(her, QUEUE), len(her.get(QUEUE).context["requests"])) == (one, 3)


# One request


def test_she_reads_whom_it_is_about(story, her, offer):
    procedure.add_document(story.id, kind=DocumentKind.CV, upload=factories.upload("cv.pdf"), by=story.office, at=story.at)
    text = text_of(her.get(page_of(offer)))
    for words in ("Zoé D’Exemple", "Histoire", "Devenir archiviste.", "relevé de notes de licence".capitalize(), "cv.pdf"):
        assert words in text, words
    assert "Répondez avant le vendredi 24 juillet 2026 à 24 h 00 (heure de Paris, UTC+2)" in text
    assert [text.count(story.student.email), text.count("2004")] == [0, 0]


READ = {
    OfferState.CONSULTING: True,
    OfferState.AGREED: True,
    OfferState.SENT: True,
    OfferState.ACCEPTED: True,
    OfferState.UNANSWERED: True,
    OfferState.REFUSED: False,
    OfferState.DECLINED: False,
    OfferState.EXPIRED: False,
    OfferState.RELEASED: False,
    OfferState.RETRACTED: False,
    OfferState.ENROLLED: False,
    OfferState.LOST: False,
}


@pytest.mark.parametrize(("state", "reads"), READ.items())
def test_the_file_is_open_as_long_as_the_institution_is_asked_or_has_the_student(story, state, reads):
    offer = LEAD_OFFER_TO[state](story)
    # The others of this story are at other institutions: only the offer of that state is hers.
    others = story.referral.offers.exclude(pk=offer.pk)
    for other in others:
        other.vacancy.programme.institution = factories.InstitutionFactory()
        other.vacancy.programme.save()
    her = entering(clerk_of(story))
    transcript = story.referral.documents.get(kind=DocumentKind.TRANSCRIPT)
    text = text_of(her.get(page_of(offer)))
    assert [opens(her, transcript), "Zoé" in text, "archiviste" in text] == [reads] * 3


def test_every_state_is_decided():
    assert set(READ) == set(OfferState)


def test_an_unanswered_request_of_a_closed_file_opens_nothing(story, her, offer):
    procedure.lapse_consultation(story.id, offer_id=offer.pk, by=CLOCK, at=offer.held_until)
    transcript = story.referral.documents.get(kind=DocumentKind.TRANSCRIPT)
    assert opens(her, transcript)
    procedure.withdraw(story.id, reason="", by=story.her, at=offer.held_until)
    assert not opens(her, transcript)
    assert "Zoé" not in text_of(her.get(page_of(offer)))


OPEN_TO_HER = {
    DocumentKind.TRANSCRIPT,
    DocumentKind.PROVISIONAL_TRANSCRIPT,
    DocumentKind.CV,
    DocumentKind.MOTIVATION,
}


@pytest.mark.parametrize("kind", [kind for kind in DocumentKind if kind != DocumentKind.TRANSCRIPT])
def test_of_her_documents_marks_cv_and_letter_are_open_and_no_other(story, her, offer, kind):
    given = Document.objects.get(kind=DocumentKind.TRANSCRIPT)
    given.pk, given.key, given.kind = None, uuid4(), kind
    given.content = {} if given.is_letter else None
    given.save(force_insert=True)
    assert Document.objects.visible_to(clerk_of(story)).filter(pk=given.pk).exists() == (kind in OPEN_TO_HER)
    if kind not in OPEN_TO_HER:
        assert not opens(her, given)


def test_what_was_replaced_is_no_longer_open(story, her, offer):
    old = story.referral.documents.get(kind=DocumentKind.TRANSCRIPT)
    Document.objects.filter(pk=old.pk).update(replaced_at=ASKED_AT)
    assert not opens(her, old)


def test_another_institution_reads_nothing_of_it(story, offer):
    transcript = story.referral.documents.get(kind=DocumentKind.TRANSCRIPT)
    elsewhere = factories.post(Role.INSTITUTION, institution=factories.InstitutionFactory())
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    assert [opens(entering(user), transcript) for user in (elsewhere, adviser)] == [False, False]


# The answers


def test_yes_in_one_click_with_her_name_and_quality(story, her, offer):
    form = next(iter(her.get(page_of(offer)).context["answers"]))
    posted = {"answer": form.answer} | {field.name: field.value() for field in form}
    assert posted == YES
    response = her.post(page_of(offer), posted)
    assert response.url == QUEUE
    assert said(response) == [
        "C’est enregistré : accord donné par Alix Exemple, responsable de la mention. "
        "Le rectorat peut maintenant proposer la place."
    ]
    given = fresh(offer)
    assert (given.state, given.agreed_through, given.agreed_on) == (OfferState.AGREED, "portal", TODAY.date())
    event = story.referral.events.get(kind="record_agreement")
    assert (event.actor, event.by_name, event.at) == ("institution", "Alix Exemple", TODAY)


def test_no_with_its_reason(story, her, offer):
    response = her.post(page_of(offer), NO)
    assert (response.url, fresh(offer).state, fresh(offer).refusal_reason) == (QUEUE, OfferState.REFUSED, NO["reason"])
    offer.vacancy.refresh_from_db()
    assert offer.vacancy.held == 0
    assert "Refus, enregistré le lundi 20 juillet 2026 à 10 h 00" in text_of(her.get(page_of(offer)))


def test_a_condition_is_no_agreement(story, her, offer):
    response = her.post(page_of(offer), CONDITION)
    assert (response.url, fresh(offer).state, fresh(offer).condition) == (
        page_of(offer),
        OfferState.CONSULTING,
        CONDITION["condition"],
    )
    assert said(response) == [
        "Votre condition est enregistrée ; ce n’est pas un accord. Répondez oui ou non avant le vendredi 24 juillet 2026 à 24 h 00 "
        "(heure de Paris, UTC+2)."
    ]
    assert "ce n’est pas un accord" in text_of(her.get(page_of(offer)))
    her.post(page_of(offer), YES)
    assert kinds(story) == ["consult", "record_condition", "record_agreement"]


def test_a_colleague_is_let_answer(her, offer):
    response = her.post(page_of(offer), DELEGATION)
    assert (response.url, fresh(offer).delegated_to) == (page_of(offer), "collegue@universite.exemple")
    assert "confiée à collegue@universite.exemple" in text_of(her.get(QUEUE))


@pytest.mark.parametrize(
    ("posted", "event"),
    [(YES, "record_agreement"), (NO, "record_refusal"), (CONDITION, "record_condition"), (DELEGATION, "delegate")],
)
def test_a_second_click_changes_nothing(story, her, offer, posted, event):
    assert [her.post(page_of(offer), posted).status_code for _ in range(2)] == [302, 302]
    assert kinds(story) == ["consult", event]


@pytest.mark.parametrize("posted", [YES, NO])
def test_who_answers_after_a_colleague_is_told_what_stands(story, her, offer, posted):
    colleague = entering(clerk_of(story, name="Sacha Exemple"))
    page = colleague.get(page_of(offer))
    assert [form.answer for form in page.context["answers"]] == ["yes", "no", "condition", "delegate"]
    her.post(page_of(offer), posted)
    other = NO if posted is YES else YES
    response = colleague.post(page_of(offer), other)
    stands = "accord donné par Alix Exemple, responsable de la mention" if posted is YES else "votre établissement a refusé"
    assert (response.url, said(response)) == (QUEUE, [f"Cette demande a déjà une réponse : {stands}."])
    assert list(colleague.get(page_of(offer)).context["answers"]) == []


@pytest.mark.parametrize(
    ("posted", "errors"),
    [
        (YES | {"agreed_as": " "}, {"agreed_as": ["Ce champ est obligatoire."]}),
        (NO | {"reason": ""}, {"reason": ["Ce champ est obligatoire."]}),
        (CONDITION | {"condition": ""}, {"condition": ["Ce champ est obligatoire."]}),
        (DELEGATION | {"to": "collègue"}, {"to": ["Saisissez une adresse de courriel valide."]}),
    ],
)
def test_what_was_typed_stays_beside_its_error(her, offer, posted, errors):
    response = her.post(page_of(offer), posted)
    assert (response.status_code, errors_of(response), fresh(offer).state) == (200, errors, OfferState.CONSULTING)
    form = response.context["form"]
    assert {name: form[name].value() for name in form.fields} == {name: posted[name] for name in form.fields}
    assert "<title> Erreur : " in " ".join(response.content.decode().split())


def test_nothing_is_answered_by_opening_a_page_or_by_an_unknown_word(story, her, offer):
    assert her.get(page_of(offer), YES).status_code == 200
    assert [her.post(page_of(offer), {"answer": word}).status_code for word in ("", "peut-être")] == [404, 404]
    assert her.post(QUEUE, YES).status_code == 405
    assert kinds(story) == ["consult"]


def test_what_was_typed_when_the_session_ended_waits(story, offer):
    client = Client()
    assert client.post(page_of(offer), NO).status_code == 302
    client.force_login(clerk_of(story))
    response = client.get(page_of(offer))
    assert (response.context["form"]["reason"].value(), response.context["restored"]) == (NO["reason"], True)
    assert fresh(offer).state == OfferState.CONSULTING
    client.post(page_of(offer), NO)
    assert client.get(page_of(offer)).context["restored"] is False


# A late answer


@pytest.fixture
def her_later(the_day, story, offer) -> Client:
    """The request was not answered in time; it is the Monday after."""
    procedure.lapse_consultation(story.id, offer_id=offer.pk, by=CLOCK, at=offer.held_until)
    the_day.move_to(instant("2026-07-27 09:00"))
    return entering(clerk_of(story))


def test_a_late_yes_holds_the_seat_again(her_later, offer):
    page = her_later.get(page_of(offer))
    assert [form.answer for form in page.context["answers"]] == ["yes", "no"]
    assert "la place n’est plus réservée" in text_of(page)
    her_later.post(page_of(offer), YES)
    offer.vacancy.refresh_from_db()
    assert (fresh(offer).state, offer.vacancy.held) == (OfferState.AGREED, 1)


def test_a_late_yes_with_no_seat_left_is_refused_in_words(her_later, offer):
    seats.declare(vacancy_id=offer.vacancy_id, seats=0, by="x", at=instant("2026-07-26 09:00"))
    response = her_later.post(page_of(offer), YES)
    assert errors_of(response) == {"__all__": ["Il ne reste plus de place dans cette formation."]}
    assert response.context["form"]["agreed_by"].value() == "Alix Exemple"
    assert fresh(offer).state == OfferState.UNANSWERED


def test_a_late_no_is_recorded(her_later, offer):
    her_later.post(page_of(offer), NO)
    assert fresh(offer).state == OfferState.REFUSED


def test_an_answer_by_the_office_is_shown_as_it_is(story, her, offer):
    procedure.record_refusal(story.id, offer_id=offer.pk, reason="Complet.", by=By.office(story.caseworker), at=TODAY)
    assert "Complet." in text_of(her.get(page_of(offer)))
