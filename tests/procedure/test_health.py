"""The health or disability branch: asked for with consent, answered in needs, and apart from the case in everything."""

from collections.abc import Callable
from datetime import date

import pytest

from notifications.models import Message
from referrals import procedure
from referrals.invariants import breaches
from referrals.models import Application, DocumentKind, Enrolment, HealthRequest, Role, User
from referrals.models.health import HEARD
from referrals.procedure import By, Refused
from referrals.procedure.health import ASKING
from referrals.rules.states import State
from tests import factories
from tests.story import Story, in_state

pytestmark = pytest.mark.django_db

WORDS = "Je me déplace en fauteuil et je suis des soins chaque mardi."
NEEDS = "Une formation accessible de plain-pied, à moins de 45 minutes de trajet ; aucun cours le mardi."


def doctor_of(story: Story, name: str = "Mona Médecin") -> User:
    return factories.post(Role.MEDICAL, region=story.academy.region, name=name)


def ask(story: Story, words: str = WORDS) -> HealthRequest:
    return procedure.request_health(story.id, words=words, by=story.her, at=story.at)


def give(story: Story, name: str = "certificat.pdf"):
    return procedure.add_health_document(story.id, upload=factories.upload(name), by=story.her, at=story.at)


def end(story: Story) -> None:
    procedure.end_health(story.id, by=story.her, at=story.at)


def conclude(story: Story, doctor: User, *, favourable: bool = True, needs: str = NEEDS) -> None:
    procedure.give_opinion(story.id, favourable=favourable, needs=needs, by=By.medical(doctor), at=story.at)


def favoured(**options) -> Story:
    """A filed referral of which the adviser's opinion is favourable."""
    story = Story(**options).filed()
    ask(story)
    conclude(story, doctor_of(story))
    return story


def happened(story: Story) -> list[str]:
    return list(story.referral.events.of_health().values_list("kind", flat=True))


def told() -> list[tuple[str, str]]:
    """Every mail of the branch: to whom, under which subject."""
    mails = Message.objects.filter(event__strand="health").order_by("pk")
    return list(mails.values_list("to", "subject"))


def refused(verb: Callable, *args, **words) -> str:
    with pytest.raises(Refused) as refusal:
        verb(*args, **words)
    return refusal.value.code


def seen_by(user: User) -> list[int]:
    return list(HealthRequest.objects.of_medical(User.objects.get(pk=user.pk)).values_list("referral", flat=True))


# From the student to the medical adviser


def test_the_request_of_a_draft_is_made_when_the_draft_is_filed():
    story = Story().draft()
    doctor = doctor_of(story)
    request = ask(story)
    assert (request.consented_at, happened(story), told(), seen_by(doctor)) == (story.at, [], [], [])
    procedure.file(story.id, by=story.her, at=story.later(hours=1).at)
    assert (happened(story), seen_by(doctor)) == (["health_request"], [story.id])
    assert story.referral.events.of_health().get().payload == {"consented_at": "2026-06-20T08:00:00+00:00"}
    assert told() == [(doctor.email, "Une demande vous attend")]


def test_a_draft_without_a_request_tells_no_medical_adviser():
    story = Story().draft()
    doctor_of(story)
    procedure.file(story.id, by=story.her, at=story.at)
    assert (happened(story), told()) == ([], [])


def test_every_medical_adviser_of_the_region_is_told_and_nobody_else():
    story = Story().filed()
    here = [doctor_of(story), doctor_of(story)]
    factories.post(Role.MEDICAL, region=factories.academy("Strasbourg").region)
    factories.post(Role.HEAD, region=story.academy.region)
    former, gone = doctor_of(story), doctor_of(story)
    former.posts.update(until=date(2026, 6, 19))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    ask(story)
    assert told() == [(doctor.email, "Une demande vous attend") for doctor in here]


def test_an_adviser_is_not_told_of_her_own_request():
    story = Story().filed()
    story.student.posts.create(role=Role.MEDICAL, since=date(2018, 1, 1)).regions.add(story.academy.region)
    ask(story)
    assert told() == []
    assert refused(conclude, story, story.student) == "not_yours"


def test_asking_twice_is_asking_once_and_other_words_are_news():
    story = Story().filed()
    doctor = doctor_of(story)
    first, again = ask(story), ask(story)
    assert (first, happened(story)) == (again, ["health_request"])
    ask(story.later(hours=1), "Et le jeudi aussi.")
    request = HealthRequest.objects.get()
    assert (request.words, request.said_at, request.consented_at) == ("Et le jeudi aussi.", story.at, first.consented_at)
    assert told() == [(doctor.email, "Une demande vous attend")] * 2


def test_a_document_needs_the_request_and_its_consent_first():
    story = Story().filed()
    assert refused(give, story) == "no_request"
    ask(story)
    document = give(story)
    assert (document.kind, list(story.referral.documents.confidential())) == (DocumentKind.HEALTH, [document])
    assert list(story.referral.documents.given()) == list(story.referral.documents.with_the_file().exclude(kind="receipt"))
    assert happened(story) == ["health_request", "health_document"]


def test_a_document_is_news_once_an_opinion_was_given():
    """Before it, the adviser has the request to read anyway: one mail is enough."""
    story = Story().filed()
    doctor = doctor_of(story)
    ask(story)
    give(story)
    conclude(story.later(days=1), doctor, favourable=False, needs="")
    give(story.later(days=1))
    waiting = (doctor.email, "Une demande vous attend")
    assert told() == [waiting, (story.student.email, "Un message vous attend"), waiting]


# From the medical adviser to the student, and a few words to the office


def test_a_favourable_opinion_gives_the_office_the_needs_and_the_student_a_message():
    story = Story().filed()
    doctor = doctor_of(story)
    ask(story)
    conclude(story, doctor)
    request = HealthRequest.objects.get()
    assert (request.favourable, request.opinion_at, request.opinion_by, request.stands) == (True, story.at, doctor, True)
    assert story.referral.needs == NEEDS
    assert told()[-1] == (story.student.email, "Un message vous attend")


def test_nothing_is_refused_to_the_adviser_but_a_favourable_opinion_without_needs():
    story = Story().filed()
    doctor = doctor_of(story)
    ask(story)
    assert refused(conclude, story, doctor, needs=" \n") == "no_needs"
    assert (happened(story), story.referral.needs) == (["health_request"], "")


def test_an_unfavourable_opinion_tells_the_office_nothing():
    story = Story().filed()
    ask(story)
    conclude(story, doctor_of(story), favourable=False, needs="Rien ne le justifie.")
    assert (HealthRequest.objects.get().stands, story.referral.needs) == (False, "")


def test_a_later_opinion_replaces_the_former_which_stays_in_the_history():
    story = favoured()
    other = doctor_of(story)
    conclude(story.later(days=1), other, favourable=False, needs="")
    assert (HealthRequest.objects.get().stands, story.referral.needs) == (False, "")
    opinions = story.referral.events.of_health().filter(kind="health_opinion")
    assert [(event.payload["favourable"], event.words) for event in opinions] == [(True, NEEDS), (False, "")]


def test_the_same_opinion_twice_is_one_unless_she_said_more_meanwhile():
    story = Story().filed()
    doctor = doctor_of(story)
    ask(story)
    conclude(story.later(hours=1), doctor)
    conclude(story.later(hours=1), doctor)
    assert happened(story).count("health_opinion") == 1
    give(story)
    conclude(story.later(hours=1), doctor)
    assert happened(story).count("health_opinion") == 2


def test_opening_a_document_is_an_event_each_time():
    story = Story().filed()
    doctor = doctor_of(story)
    ask(story)
    document = give(story)
    for _ in range(2):
        procedure.record_health_reading(story.id, document_id=document.pk, by=By.medical(doctor), at=story.later(hours=1).at)
    assert happened(story) == ["health_request", "health_document", "health_reading", "health_reading"]


# The consent is hers


def test_taken_back_it_stops_applying_and_only_she_keeps_her_documents():
    story = favoured()
    doctor, document = HealthRequest.objects.get().opinion_by, give(story)
    end(story)
    end(story)
    assert (HealthRequest.objects.get().stands, story.referral.needs, seen_by(doctor)) == (False, "", [])
    assert list(story.referral.documents.confidential()) == []
    document.refresh_from_db()
    assert document.replaced_at == story.at
    assert happened(story)[-2:] == ["health_document", "health_end"]
    assert refused(conclude, story, doctor) == "no_request"


def test_asked_again_it_starts_anew():
    story = favoured()
    end(story)
    request = ask(story.later(days=1), "De nouveau.")
    assert (request.words, request.consented_at, request.favourable, request.needs) == ("De nouveau.", story.at, None, "")
    assert (request.opinion_at, request.opinion_by, request.ended_at, request.stands) == (None, None, None, False)
    assert HealthRequest.objects.count() == 1


@pytest.mark.parametrize("state", State)
def test_she_may_ask_from_the_draft_on_and_while_the_referral_is_open(state):
    story = in_state(state)
    if state in ASKING:
        assert (ask(story).referral_id, give(story).referral_id) == (story.id, story.id)
    else:
        assert refused(ask, story) == "wrong_state"
        assert HealthRequest.objects.count() == 0


def asked_then(state: State) -> Story:
    """A referral that was asked about while it was a draft, and has come to ``state`` since."""
    story = in_state(state)
    HealthRequest.objects.create(referral=story.referral, consented_at=story.at, said_at=story.at, words=WORDS)
    return story


@pytest.mark.parametrize("state", State)
def test_an_opinion_may_be_given_once_filed_and_while_it_may_still_serve(state):
    story = asked_then(state)
    doctor = doctor_of(story)
    if state in HEARD:
        conclude(story, doctor)
        assert (story.referral.needs, seen_by(doctor)) == (NEEDS, [story.id])
    else:
        assert refused(conclude, story, doctor) == ("not_yours" if state == State.DRAFT else "no_request")
        assert (story.referral.needs, seen_by(doctor)) == ("", [])


@pytest.mark.parametrize("state", State)
def test_she_may_take_it_back_at_any_time(state):
    story = asked_then(state)
    end(story)
    assert HealthRequest.objects.get().ended_at == story.at


def test_nobody_else_may_do_any_of_it():
    story = Story().filed()
    ask(story)
    document = give(story)
    elsewhere = By.medical(factories.post(Role.MEDICAL, region=factories.academy("Strasbourg").region))
    another = By.student(factories.UserFactory())
    here = By.medical(doctor_of(story))
    words = {"at": story.at}
    for by in (story.office, another, here):
        assert refused(procedure.request_health, story.id, words="Autre", by=by, **words) == "not_yours"
        assert refused(procedure.add_health_document, story.id, upload=factories.upload(), by=by, **words) == "not_yours"
        assert refused(procedure.end_health, story.id, by=by, **words) == "not_yours"
    for by in (story.office, another, elsewhere, story.her):
        assert refused(procedure.give_opinion, story.id, favourable=True, needs=NEEDS, by=by, **words) == "not_yours"
        assert refused(procedure.record_health_reading, story.id, document_id=document.pk, by=by, **words) == "not_yours"
    assert happened(story) == ["health_request", "health_document"]


def test_who_holds_no_medical_post_does_not_act_as_one():
    assert refused(By.medical, factories.post(Role.HEAD, region=factories.academy().region)) == "not_yours"


def test_a_transfer_brings_the_request_before_the_other_regions_adviser():
    story = Story().filed()
    here = doctor_of(story)
    there = factories.post(Role.MEDICAL, region=factories.academy("Strasbourg").region)
    ask(story)
    region = factories.academy("Strasbourg").region
    procedure.transfer(story.id, region=region, ground="Licence obtenue à Strasbourg.", by=story.office, at=story.at)
    assert (seen_by(here), seen_by(there)) == ([], [story.id])
    assert told() == [(here.email, "Une demande vous attend"), (there.email, "Une demande vous attend")]


# Two chains that say nothing of each other


def test_the_branch_leaves_the_chain_of_the_case_as_it_was():
    story = Story().filed()
    before = list(story.referral.events.of_case().values_list("seq", "hash"))
    ask(story)
    give(story)
    conclude(story, doctor_of(story))
    end(story)
    assert list(story.referral.events.of_case().values_list("seq", "hash")) == before
    assert list(story.referral.events.of_health().values_list("seq", flat=True)) == [1, 2, 3, 4]
    assert breaches(at=story.at) == []


# Its own rules


@pytest.mark.parametrize(
    ("answer_days", "health_days", "last_day", "without"),
    [
        (15, 8, date(2026, 7, 6), date(2026, 7, 6)),  # 20 June + 15 is Sunday 5 July
        (8, 8, date(2026, 6, 29), date(2026, 6, 29)),  # 20 June + 8 is Sunday 28 June
        (5, 8, date(2026, 6, 29), date(2026, 6, 25)),
    ],
)
def test_she_has_eight_days_to_answer_and_never_fewer_than_everybody(answer_days, health_days, last_day, without):
    rules = {"answer_days": answer_days, "health_days": health_days}
    found = {}
    for hers in (True, False):
        factories.CampaignFactory(code=f"2026-{hers}")
        story = Story(**rules) if not hers else favoured(**rules)
        if not hers:
            story.filed()
        procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
        for _ in range(3):
            story.sent()
        limit = story.limit()
        assert limit is not None
        found[hers] = limit.last_day
    assert found == {True: last_day, False: without}


def seat_that_was_refused(story: Story):
    """A seat in the very formation that refused her."""
    application = Application.objects.get(referral=story.id)
    programme = factories.ProgrammeFactory(institution=application.institution, mention=application.mention)
    return factories.VacancyFactory(programme=programme, campaign=story.campaign)


def test_a_formation_that_refused_her_may_be_asked_again_and_no_reason_is_asked_for():
    story = favoured()
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    assert story.consulting(vacancy=seat_that_was_refused(story)).consulted_because == ""


def test_without_the_branch_it_takes_a_reason():
    story = Story()
    story.admissible()
    assert refused(story.consulting, vacancy=seat_that_was_refused(story)) == "needs_reason"


def accepted(story: Story):
    procedure.declare_admissible(story.id, note="", by=story.office, at=story.at)
    offer = story.sent()
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    return offer


def test_after_the_acceptance_the_rector_decides_the_enrolment_and_no_institution():
    story = favoured()
    offer = accepted(story)
    with pytest.raises(Refused) as refusal:
        story.lose(offer, outcome=Enrolment.REFUSED)
    sentence = "Pour ce dossier, l’inscription est décidée par la rectrice ou le recteur."
    assert (refusal.value.sentence, refusal.value.source) == (sentence, "")  # the article alone would tell the ground
    story.lose(offer, outcome=Enrolment.NOT_COME)
    assert story.referral.state == State.NOT_ENROLLED


def test_taken_back_the_request_leaves_the_enrolment_to_the_institution_again():
    story = favoured()
    offer = accepted(story)
    end(story)
    story.lose(offer, outcome=Enrolment.REFUSED)
    assert story.referral.state == State.ADMISSIBLE
