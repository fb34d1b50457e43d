"""Several files at once: chosen, looked at beforehand, done one by one, told row by row; of one's own region alone."""

import csv
from io import BytesIO, StringIO

import odfdo
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from referrals import procedure
from referrals.admin.bulk.pages import AT_ONCE, BULK
from referrals.admin.queue.columns import COLUMNS
from referrals.models import LimitKind, Offer, Referral, Role
from referrals.procedure.reviewing import points_of
from referrals.rules.states import State
from referrals.wording_points import POINTS
from tests import factories
from tests.office.pages import said, text_of
from tests.office.test_queue import copies
from tests.story import Story, in_state

QUEUE = "/bureau/referrals/referral/"
REPORT = f"{QUEUE}bulk/report/"


def at(key: str) -> str:
    return f"{QUEUE}bulk/{key}/"


def chosen(*stories: Story, **more) -> dict:
    return {"file": [story.id for story in stories], **more}


def foreseen(response) -> dict[str, tuple[bool, str]]:
    """What the page says of each file: whether it can be done, and what, or why not."""
    assert response.status_code == 200
    return {referral.number: (row.possible, row.says) for referral, _, row in response.context["rows"]}


def came_of(client, response) -> dict[str, tuple[bool, str]]:
    """What the report says of each file."""
    assert (response.status_code, response["Location"]) == (302, REPORT)
    return {referral.number: (done, why) for referral, done, why in client.get(REPORT).context["rows"]}


def confirm(client, key: str, data: dict) -> dict[str, tuple[bool, str]]:
    return came_of(client, client.post(at(key), data | {"confirmed": "yes"}))


def state_of(story: Story) -> str:
    return story.referral.state


NOT_NOW = "« {} » n’est pas possible dans l’état actuel du dossier."


def test_assigned_to_a_colleague_with_a_look_beforehand(enter, head):
    one, other, closed = in_state(State.FILED), in_state(State.ADMISSIBLE), in_state(State.MERGED)
    client, colleague = enter(head), one.caseworker
    page = client.post(at("assign"), chosen(one, other, closed))
    assert foreseen(page) == {
        one.referral.number: (True, "Aujourd’hui suivi par personne."),
        other.referral.number: (True, "Aujourd’hui suivi par personne."),
        closed.referral.number: (False, NOT_NOW.format("Attribuer le dossier")),
    }
    assert one.referral.assigned_to is None
    said_once = chosen(one, other, to=colleague.pk, note="Reprise.")
    assert confirm(client, "assign", said_once) == {one.referral.number: (True, ""), other.referral.number: (True, "")}
    assert [story.referral.assigned_to for story in (one, other)] == [colleague, colleague]


def test_a_colleague_of_another_region_cannot_be_chosen(enter, head, stranger):
    story = in_state(State.FILED)
    response = enter(head).post(at("assign"), chosen(story, to=stranger.pk, confirmed="yes"))
    assert "to" in response.context["form"].errors
    assert story.referral.assigned_to is None


def test_documents_are_asked_for_once_in_one_text_and_what_cannot_be_is_said_row_by_row(enter, head):
    filed, incomplete = in_state(State.FILED), in_state(State.INCOMPLETE)
    client = enter(head)
    wanted = chosen(filed, incomplete, wanted="Le relevé de la troisième année.", days="10")
    assert confirm(client, "request_documents", wanted) == {
        filed.referral.number: (True, ""),
        incomplete.referral.number: (False, NOT_NOW.format("Demander des documents")),
    }
    assert (state_of(filed), filed.limit(LimitKind.SUPPLY) is not None) == (State.INCOMPLETE, True)
    assert filed.referral.events.get(kind="request_documents").note == "Le relevé de la troisième année."
    again = came_of(client, client.post(at("request_documents"), wanted | {"confirmed": "yes"}))
    assert [done for done, _ in again.values()] == [False, False]


def test_without_the_common_text_nothing_is_done(enter, head):
    story = in_state(State.FILED)
    response = enter(head).post(at("request_documents"), chosen(story, wanted=" ", days="10", confirmed="yes"))
    assert (list(response.context["form"].errors), state_of(story)) == (["wanted"], State.FILED)


def test_a_file_whose_check_leaves_a_point_open_is_not_declared_among_others(enter, head):
    ready, unchecked, doubtful = in_state(State.FILED), in_state(State.FILED), in_state(State.FILED)
    for story, met in ((ready, True), (doubtful, False)):
        points = {code: point.against is None for code, point in points_by_code(story).items()}
        grounds = dict.fromkeys(POINTS, "Vérifié.")
        procedure.review(
            story.id,
            points=dict.fromkeys(points, True) if met else points | {next(iter(points)): False},
            grounds=grounds,
            by=story.office,
            at=story.at,
        )
    client = enter(head)
    assert foreseen(client.post(at("declare_admissible"), chosen(ready, unchecked, doubtful))) == {
        ready.referral.number: (True, "Contrôle fait : tous les points sont remplis."),
        unchecked.referral.number: (True, "Recevabilité pas encore contrôlée point par point."),
        doubtful.referral.number: (False, "Le contrôle laisse un point non rempli : ouvrez ce dossier."),
    }
    report = confirm(client, "declare_admissible", chosen(ready, unchecked, doubtful, note=""))
    assert [done for done, _ in report.values()] == [True, True, False]
    assert [state_of(story) for story in (ready, unchecked, doubtful)] == [State.ADMISSIBLE, State.ADMISSIBLE, State.FILED]


def points_by_code(story: Story) -> dict:
    return {point.code: point for point in points_of(story.referral, at=story.at)}


def test_each_file_is_consulted_for_its_best_seat_and_the_last_one_goes_to_the_first(enter, head):
    first, second, third = in_state(State.ADMISSIBLE), in_state(State.ADMISSIBLE), in_state(State.ADMISSIBLE)
    wished, other = first.vacancy(), first.vacancy()
    for story in (first, second):
        story.referral.wishes.create(rank=1, mention=wished.programme.mention)
    client = enter(head)
    page = client.post(at("consult"), chosen(first, second, third))
    seats = {referral.pk: row.vacancy for referral, _, row in page.context["rows"]}
    assert seats == {first.id: wished.pk, second.id: other.pk, third.id: None}
    assert foreseen(page)[third.referral.number] == (
        False,
        "Aucune place libre ne convient sans une raison de votre part : ouvrez la recherche.",
    )
    posted = chosen(first, second, **{f"seat-{pk}": seat for pk, seat in seats.items() if seat})
    assert confirm(client, "consult", posted) == {first.referral.number: (True, ""), second.referral.number: (True, "")}
    asked = dict(Offer.objects.values_list("referral", "vacancy"))
    assert asked == {first.id: wished.pk, second.id: other.pk}


def test_a_seat_gone_meanwhile_is_refused_for_its_row_alone(enter, head):
    first, second = in_state(State.ADMISSIBLE), in_state(State.ADMISSIBLE)
    gone, left = first.vacancy(), first.vacancy()
    client = enter(head)
    in_state(State.ADMISSIBLE).consulting(vacancy=gone)
    posted = chosen(first, second, **{f"seat-{first.id}": gone.pk, f"seat-{second.id}": left.pk})
    report = confirm(client, "consult", posted)
    assert [report[story.referral.number][0] for story in (first, second)] == [False, True]


def test_enough_asked_for_is_not_asked_again(enter, head):
    story = in_state(State.ADMISSIBLE)
    for _ in range(3):
        story.consulting()
    page = enter(head).post(at("consult"), chosen(story))
    assert foreseen(page) == {
        story.referral.number: (
            False,
            "Autant de places sont déjà demandées qu’il reste de propositions à faire : attendez les réponses.",
        )
    }


@pytest.mark.parametrize("form", ["csv", "ods", "xlsx"])
def test_exported_with_every_column_and_no_formula(enter, head, form):
    story = Story()
    story.filed(birth_name="=1+1", first_names="Zoé")
    response = enter(head).post(at("export"), chosen(story, form=form, confirmed="yes"))
    assert f".{form}" in response["Content-Disposition"]
    heading, line = rows_of(response, form)
    assert heading == [column.label for column in COLUMNS.values()]
    assert line[:3] == [story.referral.number, "'=1+1 Zoé", "déposée"]


def rows_of(response, form: str) -> list[list]:
    if form == "csv":
        content = b"".join(response.streaming_content).decode("utf-8-sig")
        return list(csv.reader(StringIO(content), delimiter=";"))
    if form == "ods":
        return odfdo.Document(BytesIO(response.content)).body.tables[0].get_values()
    return [list(row) for row in load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True)]


@pytest.mark.parametrize("key", BULK)
def test_a_file_of_another_region_is_silently_not_there(enter, head, key):
    ours, theirs = in_state(State.FILED), Story(academy="Strasbourg")
    theirs.filed(birth_name="Étrangère")
    client = enter(head)
    alone = client.post(at(key), chosen(theirs))
    assert (alone.status_code, said(alone)) == (302, ["Cochez d’abord des dossiers : rien n’a été fait."])
    both = client.post(at(key), chosen(ours, theirs))
    assert list(foreseen(both)) == [ours.referral.number]
    assert "Étrangère" not in text_of(both)
    before = theirs.referral.events.count()
    data = chosen(ours, theirs, to=head.pk, wanted="Le relevé.", days=10, form="csv", confirmed="yes")
    response = client.post(at(key), data | {f"seat-{theirs.id}": theirs.vacancy().pk})
    if key == "export":
        assert [row[0] for row in rows_of(response, "csv")[1:]] == [ours.referral.number]
    else:
        assert set(came_of(client, response)) <= {ours.referral.number}
    assert theirs.referral.events.count() == before


def test_what_has_left_the_region_since_is_not_named_in_the_report(enter, head):
    story = in_state(State.FILED)
    client = enter(head)
    confirm(client, "assign", chosen(story, to=head.pk))
    Referral.objects.filter(pk=story.id).update(region=factories.academy("Strasbourg").region)
    assert client.get(REPORT).context["rows"] == []


def test_the_whole_page_and_the_whole_search(enter, head):
    first, second, other = in_state(State.FILED), in_state(State.FILED), in_state(State.ADMISSIBLE)
    client = enter(head)
    page = client.post(at("assign"), {"which": "page", "shown": [second.id, other.id], "file": [first.id]})
    assert list(foreseen(page)) == [second.referral.number, other.referral.number]
    search = client.post(f"{at('assign')}?etat=filed", {"which": "search"})
    assert list(foreseen(search)) == [first.referral.number, second.referral.number]
    assert search.context["back"] == f"{QUEUE}?etat=filed"


def test_no_more_than_a_hundred_at_once_and_the_page_says_so(enter, head):
    story = in_state(State.FILED)
    copies(story, AT_ONCE - 1)
    client = enter(head)
    assert "les suivants ne sont pas pris" not in text_of(client.post(at("assign"), {"which": "search"}))
    Story().filed()
    page = client.post(at("assign"), {"which": "search"})
    assert len(foreseen(page)) == AT_ONCE
    assert "Au plus 100 dossiers à la fois : les suivants ne sont pas pris." in text_of(page)


@pytest.mark.parametrize("key", BULK)
def test_a_look_at_a_hundred_files_asks_no_more_than_at_one(enter, head, key):
    story = in_state(State.ADMISSIBLE if key == "consult" else State.FILED)
    story.vacancy(seats=200)
    client = enter(head)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.post(at(key), {"which": "search"}).status_code == 200
        return len(captured)

    one = queries()
    copies(story, 2)
    three = queries()
    copies(story, 97)
    assert (three, queries()) == (one, one)


def test_who_only_reads_may_export_and_do_nothing_else(enter, administrator):
    story = in_state(State.FILED)
    client = enter(administrator)
    assert foreseen(client.post(at("export"), chosen(story))) == {story.referral.number: (True, "Une ligne du fichier.")}
    refused = client.post(at("assign"), chosen(story, to=story.caseworker.pk, confirmed="yes"))
    assert said(refused) == ["Vous pouvez lire ce dossier, mais pas agir sur lui."]
    assert story.referral.assigned_to is None


def test_nobody_decides_on_her_own_request(enter, story: Story):
    story.filed()
    Referral.objects.filter(pk=story.id).update(student=story.caseworker)
    page = enter(story.caseworker).post(at("declare_admissible"), chosen(story))
    assert foreseen(page) == {story.referral.number: (False, "Vous pouvez lire ce dossier, mais pas agir sur lui.")}


@pytest.mark.parametrize("address", [*(f"bulk/{key}/" for key in BULK), "bulk/report/"])
def test_the_medical_adviser_has_no_queue(enter, story: Story, address):
    client = enter(factories.post(Role.MEDICAL, region=story.academy.region))
    assert [client.get(f"{QUEUE}{address}").status_code, client.post(f"{QUEUE}{address}").status_code] == [404, 404]


def test_only_what_is_in_the_table_can_be_done_to_many(enter, head):
    story = in_state(State.FILED)
    assert enter(head).post(at("close"), chosen(story)).status_code == 404


@pytest.mark.parametrize("address", [at("assign"), REPORT])
def test_nothing_chosen_and_nothing_done_lead_back_to_the_queue(enter, head, address):
    response = enter(head).get(address)
    assert (response.status_code, response["Location"]) == (302, QUEUE)


def test_what_was_typed_after_the_session_ended_is_looked_at_again(enter, head):
    story = in_state(State.FILED)
    client = enter(head)
    client.session.flush()
    assert client.post(at("assign"), chosen(story, to=head.pk, confirmed="yes")).status_code == 302
    client.force_login(head)
    assert list(foreseen(client.get(at("assign")))) == [story.referral.number]
    assert story.referral.assigned_to is None
