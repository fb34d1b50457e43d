"""Who enters the office, through which door, and what the first page counts."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from referrals import procedure
from referrals.admin.queue.piles import PILES
from referrals.models import Channel, Role
from referrals.procedure import CLOCK
from referrals.rules.states import Action, State
from tests import factories
from tests.factories import instant
from tests.office.pages import text_of
from tests.story import Story, in_state

LOGIN = "/bureau/login/"


def test_a_stranger_is_sent_to_the_one_sign_in_and_back(client, db):
    response = client.get("/bureau/", follow=True)
    assert response.redirect_chain == [("/bureau/login/?next=/bureau/", 302), ("/compte/login/?next=/bureau/", 302)]


@pytest.mark.parametrize("who", ["student", "adviser", "former"])
def test_who_has_no_post_in_an_office_today_is_told_so_without_a_loop(enter, who):
    match who:
        case "student":
            user = factories.UserFactory()
        case "adviser":
            user = factories.post(Role.ADVISER, institution=factories.InstitutionFactory())
        case _:
            user = factories.post(Role.CASEWORKER, region=factories.academy().region)
            user.posts.update(until="2020-01-01")
    response = enter(user).get("/bureau/referrals/referral/", follow=True)
    assert response.redirect_chain == [("/bureau/login/?next=/bureau/referrals/referral/", 302)]
    assert response.status_code == 403
    assert "réservé aux services des rectorats" in text_of(response)


def test_who_is_inside_already_goes_to_the_first_page(enter, head):
    assert enter(head).get(LOGIN).headers["Location"] == "/bureau/"


def test_passwords_and_leaving_are_the_accounts_affair(enter, head):
    client = enter(head)
    assert client.get("/bureau/password_change/").headers["Location"] == reverse("account_change_password")
    assert client.post("/bureau/logout/").headers["Location"] == reverse("account_logout")


def test_the_first_page_counts_each_pile_of_ones_own_region(enter, head, time_machine):
    time_machine.move_to(instant("2026-06-20 11:00"), tick=False)
    for state in (
        State.FILED,
        State.FILED,
        State.INCOMPLETE,
        State.AWAITING_LICENCE,
        State.ADMISSIBLE,
        State.OFFERED,
        State.EXHAUSTED,
        State.COMMISSION,
        State.ACCEPTED,
        State.NOT_ENROLLED,
    ):
        in_state(state)
    asked = in_state(State.ADMISSIBLE)
    asked.agree(asked.consulting())
    asked.consulting()
    in_state(State.FILED, academy="Strasbourg")
    response = enter(head).get("/bureau/")
    assert [(pile.label, pile.files) for pile in response.context["piles"]] == [
        ("Mes dossiers en cours", 0),
        ("Dossiers qui vous sont signalés", 0),
        ("À traiter d’ici deux jours", 1),
        ("Propositions non lues, délai presque passé : joindre l’étudiant", 0),
        ("Courriels non parvenus à l’étudiant : le joindre", 0),
        ("Délais que l’étudiant ignore : courriel non parti", 2),
        ("Licences attendues : date passée, ou échec signalé", 0),
        ("Inscriptions à confirmer, date passée", 0),
        ("Fin de campagne proche, propositions encore dues", 0),
        ("Établissement sans réponse ou refus : essayer une autre formation", 0),
        ("À examiner", 2),
        ("Documents attendus", 2),
        ("Recherche de places en cours", 2),
        ("Établissements consultés, réponse attendue", 1),
        ("Accords à envoyer à l’étudiant", 1),
        ("Propositions en attente de réponse", 1),
        ("En commission régionale", 1),
        ("Inscriptions attendues des établissements", 1),
        ("Propositions épuisées, ou inscription manquée", 2),
    ]


def test_only_what_presses_today_is_shown_as_pressing(enter, head):
    assert "Rien ne presse." in text_of(enter(head).get("/bureau/"))
    in_state(State.INCOMPLETE)
    text = text_of(enter(head).get("/bureau/"))
    assert "Ce qui presse 1 Délais que l’étudiant ignore : courriel non parti Où en sont les dossiers" in text


def test_each_pile_leads_to_as_many_files_as_it_counts(enter, db):
    in_state(State.OFFERED)
    followed = in_state(State.FILED)
    procedure.assign(followed.id, to=followed.signer, by=followed.office, at=followed.at)
    client = enter(followed.signer)
    piles = client.get("/bureau/").context["piles"]
    assert len(piles) == len(PILES) + 1
    for pile in piles:
        listed = client.get(f"/bureau/referrals/referral/?{pile.query}").context["cl"]
        assert (pile.label, listed.result_count) == (pile.label, pile.files)


def test_the_first_page_costs_the_same_however_many_files_there_are(enter):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/bureau/").status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in captured)  # a real request is no part of a test's transaction

    cache.clear()
    story = in_state(State.OFFERED)
    client = enter(story.signer)
    queries()  # the session and the look-ups Django keeps
    one = queries()
    for state in (State.INCOMPLETE, State.ACCEPTED, State.AWAITING_LICENCE):
        in_state(state)
    assert queries() == one
    assert one <= 13


# What each pile that presses holds: exactly these, on exactly these days


def pile(client, key: str) -> list[int]:
    """The files of the pile, by id."""
    response = client.get(f"/bureau/referrals/referral/?pile={key}")
    assert response.status_code == 200
    return sorted(referral.pk for referral in response.context["cl"].result_list)


def ids(*stories: Story) -> list[int]:
    return sorted(story.id for story in stories)


def test_prepared_decisions_wait_for_who_may_sign_and_for_nobody_else(enter, head):
    prepared, story = in_state(State.FILED), in_state(State.FILED)
    facts = {"action": Action.CLOSE, "law": "Droit.", "facts": "Fait."}
    procedure.prepare_decision(prepared.id, **facts, by=prepared.office, at=prepared.at)
    assert pile(enter(prepared.signer), "signer") == ids(prepared)
    for user in (head, prepared.caseworker):
        client = enter(user)
        assert pile(client, "signer") == ids(prepared, story)  # no such pile: nothing is filtered
        assert "Décisions préparées, à signer" not in [counted.label for counted in client.get("/bureau/").context["piles"]]
    procedure.close(prepared.id, law="Droit.", facts="Fait.", by=prepared.signing, at=prepared.at)
    assert pile(enter(prepared.signer), "signer") == []


def test_a_licence_awaited_presses_the_day_after_its_jury_in_its_own_academie(enter, administrator, time_machine):
    paris, reunion = in_state(State.AWAITING_LICENCE), in_state(State.AWAITING_LICENCE, academy="La Réunion")
    failed = in_state(State.AWAITING_LICENCE)
    procedure.report_failure(failed.id, note="", by=failed.her, at=failed.at)
    in_state(State.FILED)
    client = enter(administrator)
    time_machine.move_to(instant("2026-07-10 21:59"), tick=False)  # expected on 10 July; 23:59 in La Réunion
    assert pile(client, "licences") == ids(failed)
    time_machine.move_to(instant("2026-07-10 22:00"), tick=False)
    assert pile(client, "licences") == ids(failed, reunion)
    time_machine.move_to(instant("2026-07-11 00:00"), tick=False)
    assert pile(client, "licences") == ids(failed, reunion, paris)


def test_offers_unread_two_days_before_the_end_press_until_somebody_reaches_her(enter, time_machine):
    unread = in_state(State.OFFERED).told()  # until 6 July: the 5th is a Sunday
    read, untold = in_state(State.OFFERED).told(), in_state(State.OFFERED)
    procedure.record_first_reading(read.id, by=read.her, at=read.at)
    assert untold.limit()
    client = enter(unread.caseworker)
    time_machine.move_to(instant("2026-07-03 23:59"), tick=False)
    assert pile(client, "non-lues") == []
    time_machine.move_to(instant("2026-07-04 00:00"), tick=False)
    assert pile(client, "non-lues") == ids(unread)
    at = instant("2026-07-04 09:00")
    procedure.record_contact(unread.id, channel=Channel.PHONE, note="Prévenue.", by=unread.office, at=at)
    assert pile(client, "non-lues") == []


def test_an_unread_offer_presses_by_its_own_limit_where_it_has_one(enter, time_machine):
    """The common limit does not govern an offer sent later, nor does its own govern the others."""
    story = in_state(State.OFFERED).told()  # until 6 July
    procedure.record_first_reading(story.id, by=story.her, at=story.at)
    story.later(days=5)
    story.sent()
    story.told()  # until 10 July
    time_machine.move_to(instant("2026-07-04 09:00"), tick=False)
    assert pile(enter(story.caseworker), "non-lues") == []
    time_machine.move_to(instant("2026-07-08 09:00"), tick=False)
    assert pile(enter(story.caseworker), "non-lues") == ids(story)


def mailed(story: Story, *, left: bool, to_student: bool = True) -> None:
    story.later(hours=1)
    words = {"message_id": f"mail-{story.at}", "subject": "Une nouvelle", "reason": "" if left else "Boîte inconnue."}
    procedure.record_mail(story.id, **words, to_student=to_student, left=left, at=story.at)


def test_a_mail_that_never_arrived_presses_until_another_arrives_or_somebody_reaches_her(enter):
    stories = {name: in_state(State.FILED) for name in ("failed", "later", "called", "moved", "institution", "again", "closed")}
    for name, story in stories.items():
        mailed(story, left=False, to_student=name != "institution")
    mailed(stories["later"], left=True)
    mailed(stories["again"], left=True)
    mailed(stories["again"], left=False)
    called, moved, closed = stories["called"], stories["moved"], stories["closed"]
    procedure.record_contact(called.id, channel=Channel.PHONE, note="Jointe.", by=called.office, at=called.at)
    procedure.change_address(moved.id, address="neuve@exemple.fr", checked="Pièce.", by=moved.office, at=moved.at)
    procedure.close(closed.id, law="Droit.", facts="Fait.", by=closed.signing, at=closed.at)
    mailed(stories["failed"], left=True, to_student=False)
    assert pile(enter(called.caseworker), "non-recus") == ids(stories["failed"], stories["again"], closed)


def test_an_enrolment_presses_once_its_day_has_passed(enter, time_machine):
    accepted, enrolled = in_state(State.ACCEPTED), in_state(State.ENROLLED)  # thirty days: 20 July
    client = enter(accepted.caseworker)
    assert enrolled.referral.due_on is None
    time_machine.move_to(instant("2026-07-20 23:59"), tick=False)
    assert (pile(client, "inscriptions"), pile(client, "dates")) == ([], [])
    time_machine.move_to(instant("2026-07-21 00:00"), tick=False)
    assert (pile(client, "inscriptions"), pile(client, "dates")) == (ids(accepted), [])


def test_what_the_office_has_to_treat_by_a_day_presses_two_days_before(enter, time_machine):
    story = in_state(State.WITHDRAWN)
    procedure.reopen(story.id, ground="Erreur.", due_on=date(2026, 7, 10), by=story.office, at=story.at)
    client = enter(story.caseworker)
    time_machine.move_to(instant("2026-07-07 23:59"), tick=False)
    assert pile(client, "dates") == []
    time_machine.move_to(instant("2026-07-08 00:00"), tick=False)
    assert pile(client, "dates") == ids(story)
    procedure.declare_admissible(story.id, note="", by=story.office, at=instant("2026-07-08 09:00"))
    assert pile(client, "dates") == []


def test_an_escalated_file_is_its_heads_and_no_colleagues(enter, head):
    story, other = in_state(State.ADMISSIBLE), in_state(State.ADMISSIBLE)
    procedure.escalate(story.id, by=CLOCK, at=story.at)
    assert story.referral.escalated_to == head
    assert pile(enter(head), "signaler") == ids(story)
    assert pile(enter(story.signer), "signaler") == []
    assert pile(enter(story.caseworker), "signaler") == ids(story, other)  # no such pile: nothing is filtered


def test_offers_still_due_press_a_fortnight_before_the_campaigns_last_date(enter, time_machine):
    short, asked = in_state(State.ADMISSIBLE), in_state(State.ADMISSIBLE)
    short.sent()
    asked.consulting()
    complete, filed = in_state(State.OFFERED), in_state(State.FILED)
    assert complete.referral.offers.counted().count() == 3
    time_machine.move_to(instant("2026-10-16 23:59"), tick=False)  # search_until: 31 October
    assert pile(enter(filed.caseworker), "fin") == []
    for day in ("2026-10-17 00:00", "2026-11-02 09:00"):
        time_machine.move_to(instant(day), tick=False)
        assert pile(enter(filed.caseworker), "fin") == ids(short, asked)
