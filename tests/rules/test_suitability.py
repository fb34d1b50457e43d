"""How well a seat suits a student, part by part, and what stands in its way."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.rules.suitability import (
    ABSOLUTE,
    FIT,
    WEIGHTS,
    Assessment,
    DeclineCause,
    Declined,
    Obstacle,
    Part,
    Profile,
    Seats,
    assess,
    kilometres,
)

LYON, GRENOBLE, STRASBOURG, SAINT_DENIS = (45.76, 4.84), (45.19, 5.73), (48.58, 7.75), (-20.8789, 55.4481)
NOWHERE = (np.nan, np.nan)
INITIAL, CONTINUING, APPRENTICESHIP = range(3)

HERE = {"mention": 1, "institution": 1, "academy": 1, "region": 1, "point": LYON, "modality": INITIAL, "remote": False, "words": ()}
"""A seat of the first mention, at the first institution, in Lyon."""


def seats(*rows: dict[str, Any]) -> Seats:
    """Return seats that are `HERE` but for what each row says; programmes and vacancies are numbered from 1."""
    told = [HERE | row for row in rows]

    def column(name: str) -> np.ndarray:
        return np.array([row[name] for row in told], np.int64)

    numbers = np.arange(1, len(told) + 1)
    words = {word for row in told for word in row["words"]}
    return Seats(
        vacancy=numbers,
        programme=numbers,
        mention=column("mention"),
        institution=column("institution"),
        academy=column("academy"),
        region=column("region"),
        latitude=np.array([row["point"][0] for row in told]),
        longitude=np.array([row["point"][1] for row in told]),
        modality=column("modality"),
        remote=np.array([row["remote"] for row in told], bool),
        free=np.ones(len(told), np.int64),
        words={word: np.array([at for at, row in enumerate(told) if word in row["words"]], np.int64) for word in words},
        length=np.array([len(row["words"]) for row in told], np.int64),
    )


def student(fit: Iterable[float] = (FIT.recommended,), **said: Any) -> Profile:
    """Return who lives in Lyon, wishes for the first mention, and has met nothing yet, but for what is said."""
    at_rest = Profile(
        wishes=(1,),
        academies=frozenset(),
        region=None,
        point=LYON,
        mobility_km=None,
        has_contract=False,
        words=frozenset(),
        fit=np.array(list(fit)),
        refused=frozenset(),
        met={},
        declined=(),
        floor=0,
    )
    return replace(at_rest, **said)


def found(*rows: dict[str, Any], fit: float = FIT.recommended, **said: Any) -> Assessment:
    return assess(student([fit] * len(rows), **said), seats(*rows))


def part(name: Part, *rows: dict[str, Any], **said: Any) -> list[float]:
    return [round(float(value), 3) for value in found(*rows, **said).parts[name]]


def obstacles(row: dict[str, Any], **said: Any) -> list[Obstacle]:
    return found(row, **said).obstacles_at(0)


def test_the_weights_are_thousandths_of_the_whole():
    assert (set(WEIGHTS), sum(WEIGHTS.values())) == (set(Part), 1000)


def test_all_that_could_be_wished_for_scores_everything_and_its_contrary_nothing():
    perfect = found({"words": ("archiv",)}, academies=frozenset({1}), words=frozenset({"archiv"}))
    worst = found(
        {"mention": 2, "academy": 2, "point": SAINT_DENIS, "words": ("droit",)}, academies=frozenset({1}), fit=FIT.outside
    )
    assert (perfect.score.tolist(), worst.score.tolist()) == ([1000], [50])  # initial training counts for everybody


def test_wishes_count_a_tenth_less_each_and_never_less_than_six_tenths():
    rows = [{"mention": mention} for mention in range(1, 9)]
    assert part(Part.MENTION, *rows, wishes=(1, 2, 3, 4, 5, 6, 7)) == [1.0, 0.9, 0.8, 0.7, 0.6, 0.6, 0.6, 0.0]


def test_who_wishes_for_no_mention_has_nothing_for_or_against_any():
    assert part(Part.MENTION, {"mention": 1}, {"mention": 2}, wishes=()) == [0.5, 0.5]


@pytest.mark.parametrize("fit", FIT)
def test_the_licence_counts_what_its_fit_says(fit):
    assert part(Part.LICENCE, {}, fit=fit) == [fit]


def test_academies_count_where_some_are_named():
    rows = [{"academy": 1}, {"academy": 2}]
    assert part(Part.ACADEMY, *rows, academies=frozenset({1})) == [1.0, 0.0]
    assert part(Part.ACADEMY, *rows) == [0.5, 0.5]


def test_distance_falls_to_nothing_at_the_reach_she_states():
    """Lyon to Grenoble: 94 km by the haversine formula; to Strasbourg 383."""
    rows = [{"point": LYON}, {"point": GRENOBLE}, {"point": STRASBOURG}]
    assert part(Part.DISTANCE, *rows, mobility_km=100) == [1.0, 0.06, 0.0]
    assert part(Part.DISTANCE, *rows) == [1.0, 0.812, 0.234]  # of 500 km, where she does not say


@pytest.mark.parametrize(("point", "place"), [(None, LYON), (LYON, NOWHERE), (None, NOWHERE), (LYON, (45.0, np.nan))])
def test_an_unknown_distance_counts_half_and_is_never_too_far(point, place):
    one = found({"point": place}, point=point, mobility_km=30)
    assert (one.parts[Part.DISTANCE].tolist(), bool(np.isnan(one.km[0])), one.obstacles_at(0)) == ([0.5], True, [])


def test_what_is_taught_at_a_distance_is_near_and_never_too_far():
    one = found({"point": SAINT_DENIS, "remote": True}, mobility_km=30)
    assert (one.parts[Part.DISTANCE].tolist(), one.obstacles_at(0)) == ([1.0], [])


def test_continuing_training_counts_half():
    rows = [{"modality": INITIAL}, {"modality": CONTINUING}, {"modality": APPRENTICESHIP}]
    assert part(Part.MODALITY, *rows, has_contract=True) == [1.0, 0.5, 1.0]


def test_keywords_are_the_share_of_the_titles_words_that_her_project_has():
    rows = [{"words": ("archiv", "histoir", "patrimoin", "numer")}, {"words": ("droit",)}, {"words": ()}]
    assert part(Part.KEYWORDS, *rows, words=frozenset({"archiv", "patrimoin", "devenir"})) == [0.5, 0.0, 0.0]


def test_distances_are_great_circles():
    """Paris to Saint-Denis of La Réunion: 9,365 km by the spherical law of cosines; the antipodes: half the circumference."""
    far = seats({"point": SAINT_DENIS}, {"point": (48.8566, 2.3522)}, {"point": (-48.8566, -177.6478)})
    assert [round(km) for km in kilometres((48.8566, 2.3522), far)] == [9365, 0, 20015]


NOT_THIS_MENTION = Declined(cause=DeclineCause.MENTION, mention=1, institution=9, modality=INITIAL, km=None)
ALONE = [
    ({"region": 2}, {"region": 1}, Obstacle.OUTSIDE_PERIMETER),
    ({}, {"met": {1: Obstacle.ON_ITS_WAY}}, Obstacle.ON_ITS_WAY),
    ({}, {"met": {1: Obstacle.PROPOSED}}, Obstacle.PROPOSED),
    ({}, {"refused": frozenset({(1, 1)})}, Obstacle.REFUSED),
    ({}, {"met": {1: Obstacle.SAID_NO}}, Obstacle.SAID_NO),
    ({}, {"met": {1: Obstacle.SILENT}}, Obstacle.SILENT),
    ({}, {"fit": FIT.outside}, Obstacle.OUTSIDE_TABLE),
    ({"modality": APPRENTICESHIP}, {}, Obstacle.NO_CONTRACT),
    ({"point": STRASBOURG}, {"mobility_km": 300}, Obstacle.TOO_FAR),
    (
        {},
        {"declined": (Declined(cause=DeclineCause.MENTION, mention=1, institution=9, modality=0, km=None),)},
        Obstacle.DECLINED_FOR,
    ),
    ({"mention": 2}, {"floor": 650}, Obstacle.BELOW_FLOOR),
]


@pytest.mark.parametrize(("row", "said", "obstacle"), ALONE, ids=[obstacle for *_, obstacle in ALONE])
def test_each_obstacle_stands_alone_and_makes_the_seat_impossible(row, said, obstacle):
    one = found(row, **said)
    assert (one.obstacles_at(0), one.possible.tolist()) == ([obstacle], [False])


def test_every_obstacle_was_tried_and_nothing_stands_in_the_way_of_the_plain_seat():
    assert {obstacle for *_, obstacle in ALONE} == set(Obstacle)
    assert (obstacles({}), found({}).possible.tolist()) == ([], [True])


def test_nobody_passes_over_the_perimeter_or_a_seat_on_its_way():
    assert {Obstacle.OUTSIDE_PERIMETER, Obstacle.ON_ITS_WAY} == ABSOLUTE


def test_several_obstacles_are_told_in_one_order():
    told = obstacles(
        {"region": 2, "modality": APPRENTICESHIP, "point": STRASBOURG, "mention": 2},
        region=1,
        fit=FIT.outside,
        mobility_km=30,
        met={1: Obstacle.SAID_NO},
        refused=frozenset({(1, 2)}),
        floor=500,
    )
    assert told == [
        Obstacle.OUTSIDE_PERIMETER,
        Obstacle.REFUSED,
        Obstacle.SAID_NO,
        Obstacle.OUTSIDE_TABLE,
        Obstacle.NO_CONTRACT,
        Obstacle.TOO_FAR,
        Obstacle.BELOW_FLOOR,
    ]
    assert told == [obstacle for obstacle in Obstacle if obstacle in told]


def test_a_nationwide_search_has_no_perimeter():
    assert obstacles({"region": 2}, region=None) == []


def test_a_refusal_counts_for_its_mention_at_its_institution_alone():
    rows = [{}, {"mention": 2}, {"institution": 2}]
    assert found(*rows, refused=frozenset({(1, 1)})).possible.tolist() == [False, True, True]


def test_a_contract_opens_apprenticeship():
    assert obstacles({"modality": APPRENTICESHIP}, has_contract=True) == []


def test_an_academy_she_names_beats_how_far_she_would_move():
    rows = [{"point": STRASBOURG, "academy": 2}, {"point": STRASBOURG, "academy": 3}]
    assert found(*rows, mobility_km=30, academies=frozenset({2})).possible.tolist() == [True, False]


def test_exactly_as_far_as_she_would_move_is_not_too_far():
    """Grenoble is 93.98 km from Lyon."""
    there = {"point": GRENOBLE}
    assert (obstacles(there, mobility_km=94), obstacles(there, mobility_km=93)) == ([], [Obstacle.TOO_FAR])


def test_who_would_go_anywhere_is_never_too_far():
    assert obstacles({"point": SAINT_DENIS}, mobility_km=None) == []


def test_the_floor_is_a_score_that_still_passes():
    score = int(found({}).score[0])
    assert (obstacles({}, floor=score), obstacles({}, floor=score + 1)) == ([], [Obstacle.BELOW_FLOOR])


GIVEN = {"mention": 1, "institution": 1, "modality": APPRENTICESHIP, "km": 94.0}
ROWS = [
    {"mention": 1, "institution": 2, "point": LYON},
    {"mention": 2, "institution": 1, "point": LYON},
    {"mention": 2, "institution": 2, "point": STRASBOURG},
    {"mention": 2, "institution": 2, "point": LYON, "modality": APPRENTICESHIP},
    {"mention": 2, "institution": 2, "point": NOWHERE},
    {"mention": 2, "institution": 2, "point": STRASBOURG, "remote": True},
]


@pytest.mark.parametrize(
    ("cause", "against"),
    [
        (DeclineCause.MENTION, [0]),
        (DeclineCause.INSTITUTION, [1]),
        (DeclineCause.DISTANCE, [2]),
        (DeclineCause.MODALITY, [3]),
        (DeclineCause.OTHER, []),
    ],
)
def test_what_she_declined_for_bars_the_like_of_it(cause, against):
    barred = found(*ROWS, has_contract=True, declined=(Declined(cause=cause, **GIVEN),)).obstacles[Obstacle.DECLINED_FOR]
    assert np.flatnonzero(barred).tolist() == against


def test_declined_as_too_far_from_an_unknown_place_says_nothing_of_others():
    declined = Declined(cause=DeclineCause.DISTANCE, **GIVEN | {"km": None})
    assert found(*ROWS, has_contract=True, declined=(declined,)).possible.tolist() == [True] * len(ROWS)


def test_as_far_as_what_was_too_far_is_too_far_again():
    km = float(kilometres(LYON, seats({"point": GRENOBLE}))[0])
    declined = (Declined(cause=DeclineCause.DISTANCE, **GIVEN | {"km": km}),)
    assert obstacles({"point": GRENOBLE}, declined=declined) == [Obstacle.DECLINED_FOR]


def test_no_seats_at_all():
    nothing = found()
    assert (nothing.score.tolist(), nothing.possible.tolist()) == ([], [])


point = st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.just(NOWHERE)
numbers = st.integers(1, 4)
words = st.frozensets(st.sampled_from("abcd"))
rows = st.fixed_dictionaries(
    {
        "mention": numbers,
        "institution": numbers,
        "academy": numbers,
        "region": numbers,
        "point": point,
        "modality": st.integers(0, 2),
        "remote": st.booleans(),
        "words": words,
    }
)
profiles = st.fixed_dictionaries(
    {
        "wishes": st.lists(numbers, unique=True).map(tuple),
        "academies": st.frozensets(numbers),
        "region": st.none() | numbers,
        "point": st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
        "mobility_km": st.none() | st.integers(1, 20_000),
        "has_contract": st.booleans(),
        "words": words,
        "refused": st.frozensets(st.tuples(numbers, numbers)),
        "floor": st.integers(0, 1000),
        "fit": st.sampled_from(FIT),
    }
)


@given(st.lists(rows, min_size=1, max_size=5), profiles)
def test_scores_and_parts_keep_within_their_bounds(told, said):
    every = found(*told, **said)
    assert all(((value >= 0) & (value <= 1)).all() for value in every.parts.values())
    assert ((every.score >= 0) & (every.score <= 1000)).all()
    assert every.possible.tolist() == [every.obstacles_at(row) == [] for row in range(len(told))]


@given(st.lists(rows, min_size=2, max_size=5), profiles)
def test_a_seat_is_judged_by_itself_whatever_stands_beside_it(told, said):
    together = found(*told, **said)
    alone = [found(row, **said) for row in told]
    assert together.score.tolist() == [int(one.score[0]) for one in alone]
    assert [together.obstacles_at(row) for row in range(len(told))] == [one.obstacles_at(0) for one in alone]


@given(rows, profiles, point, point)
def test_closer_never_scores_less(row, said, one, other):
    both = found(row | {"point": one}, row | {"point": other}, **said)
    (near, far), (of_near, of_far) = both.km, both.score
    if near <= far:
        assert of_near >= of_far


@given(rows, profiles, st.integers(0, 4))
def test_an_earlier_wish_never_scores_less(row, said, place):
    others = [mention for mention in (11, 12, 13, 14) if mention != row["mention"]]
    ranked = [found(row, **said | {"wishes": (*others[:at], row["mention"], *others[at:])}).score[0] for at in (0, place)]
    assert ranked[0] >= ranked[1]
    assert ranked[1] >= found(row, **said | {"wishes": tuple(others)}).score[0]


@given(rows, profiles, st.sampled_from([*WEIGHTS]))
def test_more_of_her_words_a_named_academy_or_a_better_licence_never_score_less(row, said, of):
    better: dict[Part, dict[str, Any]] = {
        Part.KEYWORDS: {"words": frozenset("abcd")},
        Part.ACADEMY: {"academies": said["academies"] | {row["academy"]}},
        Part.LICENCE: {"fit": FIT.recommended},
        Part.MENTION: {"wishes": (row["mention"],)},
        Part.DISTANCE: {"point": row["point"] if not np.isnan(row["point"][0]) else said["point"]},
        Part.MODALITY: {"has_contract": True},
    }
    assert found(row, **said | better[of]).score[0] >= found(row, **said).score[0]
