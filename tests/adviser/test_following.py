"""An adviser follows her own university's students who agreed to it: what each must do next, and by when."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals import procedure
from referrals.adviser.filters import GROUPS
from referrals.adviser.to_do import TO_DO
from referrals.models import Referral, Role
from referrals.rules.follow_up import Due
from referrals.rules.states import FILED_ONCE, State
from tests import factories
from tests.adviser.conftest import another
from tests.factories import instant, signed_in
from tests.story import LEAD_TO, Story, in_state
from tests.student.reading import errors_of, text_of

pytestmark = pytest.mark.django_db
LIST = "/suivi/"


@pytest.fixture
def zoe(story) -> Story:
    return story.filed(adviser_consent=True, first_names="Zoé", birth_name="D’Œuvre")


def names(response) -> list[str]:
    return [row["referral"].full_name for row in response.context["rows"]]


def agreed(story: Story) -> Story:
    """The student of ``story`` lets her university follow her."""
    procedure.set_adviser_consent(story.id, consent=True, by=story.her, at=story.at)
    return story


def test_she_sees_the_student_who_agreed(zoe, adviser):
    page = text_of(signed_in(adviser).get(LIST))
    number = zoe.referral.number
    assert "1 saisine " in page
    assert (
        f"Zoé D’Œuvre , saisine {number} {number} Histoire déposée À faire : rien pour le moment Le dossier attend le rectorat"
        in page
    )


def test_consent_taken_back_ends_it(zoe, adviser):
    procedure.set_adviser_consent(zoe.id, consent=False, by=zoe.her, at=zoe.at)
    assert names(signed_in(adviser).get(LIST)) == []


def test_another_university_sees_nothing(zoe):
    assert names(signed_in(factories.post(Role.ADVISER, institution=factories.InstitutionFactory())).get(LIST)) == []


def test_the_university_that_took_it_over_follows_on(zoe):
    successor = factories.InstitutionFactory()
    zoe.institution.successor = successor
    zoe.institution.save()
    assert names(signed_in(factories.post(Role.ADVISER, institution=successor)).get(LIST)) == ["Zoé D’Œuvre"]


OWED = {
    State.AWAITING_LICENCE: Due.LICENCE,
    State.INCOMPLETE: Due.SUPPLY,
    State.OFFERED: Due.ANSWER,
    State.ACCEPTED: Due.ENROLMENT,
}
"""In every other state the student has nothing to do."""
BY_WHEN = {
    State.AWAITING_LICENCE: "2026-07-11 00:00",  # the jury of 10 July
    State.INCOMPLETE: "2026-07-01 00:00",  # ten days after 20 June
    State.OFFERED: "2026-07-07 00:00",  # fifteen days after it: Sunday 5 July, so Monday
}


@pytest.mark.parametrize("state", sorted(FILED_ONCE))
def test_what_she_must_do_in_each_state_and_by_when(state):
    story = agreed(in_state(state))
    adviser = factories.post(Role.ADVISER, institution=story.institution)
    (row,) = signed_in(adviser).get(LIST).context["rows"]
    referral = row["referral"]
    expected_at = instant(BY_WHEN[state]) if state in BY_WHEN else referral.next_at if state == State.ACCEPTED else None
    assert (row["to_do"], referral.owed_at) == (TO_DO[OWED.get(state, Due.NOTHING)], expected_at)


def test_an_offer_with_its_own_clock_is_to_be_answered_while_the_search_goes_on():
    own = Story(answer_clock="each_offer", answer_days=8).admissible()
    own.sent()
    agreed(own)
    (row,) = signed_in(factories.post(Role.ADVISER, institution=own.institution)).get(LIST).context["rows"]
    assert (row["referral"].state, row["to_do"]) == (State.ADMISSIBLE, TO_DO[Due.ANSWER])
    assert row["referral"].owed_at == own.referral.limits.live().get(kind="answer").ends_at


def test_who_failed_her_jury_has_nothing_to_do(adviser, story):
    story.filed(expected=True, adviser_consent=True)
    procedure.report_failure(story.id, note="", by=story.her, at=story.at)
    (row,) = signed_in(adviser).get(LIST).context["rows"]
    assert (row["to_do"], row["holder"]) == ("rien pour le moment", "le rectorat")


def test_what_a_student_must_do_soonest_comes_first(adviser, story):
    """Documents until 30 June, an answer until 6 July, an awaited licence of 10 July; then what is the office's; then the ends."""

    def of(state: State, first_names: str) -> None:
        other = another(story)
        LEAD_TO[state](other)
        Referral.objects.filter(pk=other.id).update(first_names=first_names, birth_name="X")
        agreed(other)

    for state in (State.WITHDRAWN, State.ADMISSIBLE, State.AWAITING_LICENCE, State.OFFERED, State.FILED, State.INCOMPLETE):
        of(state, state)
    assert names(signed_in(adviser).get(LIST)) == [
        f"{state} X"
        for state in (State.INCOMPLETE, State.OFFERED, State.AWAITING_LICENCE, State.FILED, State.ADMISSIBLE, State.WITHDRAWN)
    ]


def test_what_an_institution_owes_sooner_does_not_move_a_student(adviser, story):
    """A seat is held until 22 June for one who has until 6 July to answer; another has documents to send by 30 June."""
    answering, sending = another(story), another(story)
    for one, state in ((answering, State.OFFERED), (sending, State.INCOMPLETE)):
        LEAD_TO[state](one)
        agreed(one)
    Referral.objects.filter(pk=answering.id).update(next_at=instant("2026-06-22 00:00"), next_due=Due.SEAT)
    assert [row["referral"].pk for row in signed_in(adviser).get(LIST).context["rows"]] == [sending.id, answering.id]


def test_the_end_is_read_on_the_clock_of_the_academie():
    story = Story(academy="La Réunion")
    story.filed(adviser_consent=True)
    procedure.request_documents(story.id, wanted="Le relevé.", days=10, by=story.office, at=story.at)
    page = text_of(signed_in(factories.post(Role.ADVISER, institution=story.institution)).get(LIST))
    assert "À faire : envoyer les documents demandés Jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de La Réunion, UTC+4)" in page


# Search and filters


@pytest.mark.parametrize("text", ["oeuvre", "ŒUVRE", "zoe", "zoé d’œuvre", "D'Oeuvre Zoé"])
def test_a_name_is_found_blind_to_case_and_accents(zoe, adviser, text):
    another(zoe).filed(adviser_consent=True, first_names="Éloïse", birth_name="Martin")
    assert names(signed_in(adviser).get(LIST, {"q": text})) == ["Zoé D’Œuvre"]


def test_a_number_is_found(zoe, adviser):
    another(zoe).filed(adviser_consent=True, first_names="Éloïse", birth_name="Martin")
    assert names(signed_in(adviser).get(LIST, {"q": zoe.referral.number})) == ["Zoé D’Œuvre"]


def test_a_search_that_finds_nothing_says_so(zoe, adviser):
    assert "0 saisine pour « <b>personne</b> »" in text_of(signed_in(adviser).get(LIST, {"q": "<b>personne</b>"}))


def test_every_state_is_in_one_group():
    assert sorted(state for _, states in GROUPS.values() for state in states) == sorted(FILED_ONCE)


@pytest.fixture
def four(adviser, story) -> None:
    """One to be answered by 6 July, one with documents to send by 26 June, one filed of another licence, one closed long ago."""
    for state, name in ((State.OFFERED, "Aude"), (State.FILED, "Chloé"), (State.CLOSED, "Dina")):
        other = another(story)
        LEAD_TO[state](other)
        Referral.objects.filter(pk=other.id).update(first_names=name, birth_name="")
        agreed(other)
    asked = another(story).filed(adviser_consent=True, first_names="Béa", birth_name="X")
    procedure.request_documents(asked.id, wanted="Le relevé.", days=6, by=asked.office, at=asked.at)
    Referral.objects.filter(first_names="Chloé").update(licence_mention=factories.LicenceMentionFactory(name="Droit"))
    former = factories.CampaignFactory(code="2025", name="Campagne 2025", opens_on=date(2025, 6, 15))
    Referral.objects.filter(first_names="Dina").update(campaign=former)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Béa X", "Aude", "Chloé", "Dina"]),
        ({"etat": "examen"}, ["Béa X", "Chloé"]),
        ({"etat": "reponse"}, ["Aude"]),
        ({"etat": "terminee"}, ["Dina"]),
        ({"attend": "on"}, ["Béa X", "Aude"]),
        ({"bientot": "on"}, ["Béa X"]),
        ({"mention": "Droit"}, ["Chloé"]),
        ({"campagne": "Campagne 2025"}, ["Dina"]),
        ({"etat": "examen", "attend": "on", "q": "bea"}, ["Béa X"]),
        ({"etat": "terminee", "attend": "on"}, []),
    ],
)
def test_each_filter_narrows_the_list(four, adviser, asked, found):
    client = signed_in(adviser)
    form = client.get(LIST).context["form"]
    for name in asked.keys() & {"mention", "campagne"}:  # by the choice of that label
        asked = asked | {name: next(value for value, label in form.fields[name].choices if label == asked[name])}
    response = client.get(LIST, asked)
    assert names(response) == found
    assert errors_of(response) == {}


def test_the_choices_are_those_of_her_students_alone(four, adviser):
    elsewhere = Story().filed(adviser_consent=True, licence_mention=factories.LicenceMentionFactory(name="Chimie"))
    assert elsewhere.referral.licence_name == "Chimie"
    fields = signed_in(adviser).get(LIST).context["form"].fields
    assert [label for _, label in fields["mention"].choices] == ["Toutes", "Droit", "Histoire"]
    assert [label for _, label in fields["campagne"].choices] == ["Toutes", "Campagne 2026", "Campagne 2025"]


def test_a_choice_that_does_not_exist_narrows_nothing_and_is_said(four, adviser):
    response = signed_in(adviser).get(LIST, {"etat": "ailleurs", "mention": "0", "q": "aude"})
    assert names(response) == ["Aude"]
    assert sorted(errors_of(response)) == ["etat", "mention"]


def test_seven_days_are_counted_from_now(adviser, story, the_day):
    story.filed(adviser_consent=True)
    procedure.request_documents(story.id, wanted="Le relevé.", days=10, by=story.office, at=story.at)
    end = story.limit("supply").ends_at
    the_day.move_to(end - timedelta(days=7, minutes=1))
    client = signed_in(adviser)
    assert names(client.get(LIST, {"bientot": "on"})) == []
    the_day.move_to(end - timedelta(days=7))
    assert names(client.get(LIST, {"bientot": "on"})) == ["Zoé D’Exemple"]


# Pages and queries


def copies(referral_id: int, count: int, **changed) -> None:
    """Add ``count`` referrals that differ in their student, key and number alone."""
    rows = []
    for number in range(count):
        row = Referral.objects.get(pk=referral_id)
        row.pk, row.key = None, uuid4()
        row.student = factories.UserFactory()
        row.number = row.number and f"{row.number}-{count}-{number}"
        for name, value in changed.items():
            setattr(row, name, value)
        rows.append(row)
    Referral.objects.bulk_create(rows)


def test_one_three_and_a_hundred_cost_the_same_queries(zoe, adviser):
    draft = another(zoe).draft(shares_draft=True)
    client = signed_in(adviser)
    counts = []
    for more in (0, 2, 97):
        copies(zoe.id, more)
        copies(draft.id, more)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(LIST)
        reads = [query for query in captured if query["sql"].startswith("SELECT")]  # the session is prolonged, too
        counts.append((len(reads), response.context["page"].paginator.count))
    assert counts == [(8, 1), (8, 3), (8, 100)]


def test_the_list_is_cut_into_pages(zoe, adviser, monkeypatch):
    copies(zoe.id, 4)
    monkeypatch.setattr("referrals.adviser.views.PAGE_SIZE", 2)
    client = signed_in(adviser)
    pages = [client.get(LIST, {"page": page}) for page in (1, 2, 3, 9, "x", "²", "")]
    assert [len(names(page)) for page in pages] == [2, 2, 1, 1, 2, 2, 2]
    seen = [row["referral"].pk for page in pages[:3] for row in page.context["rows"]]
    assert sorted(seen) == sorted(Referral.objects.values_list("pk", flat=True))
    assert "Page 2 sur 3" in text_of(pages[1])
