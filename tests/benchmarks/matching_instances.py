"""Problems of the size of the nation: institutions in regions, few mentions that many want, seats that are scarce where they are
wanted, students who would rather not move far. The same seed gives the same problem."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from referrals.rules.matching.problem import NOWHERE, Problem

INSTITUTIONS = 142
REGIONS = 18
MENTIONS = 60
VACANCIES_OF_A_STUDENT = 9_000 / 20_000
POSSIBLE = 50
SEATS = (0.2, 7.0)
"""How many a vacancy has on average: of the mention most wanted, and of the one least wanted."""
NONE = np.zeros(0, np.int64)


def national(students: int, *, seed: int = 2026) -> Problem:
    """Return a problem of that many students, nine vacancies for twenty of them, and about fifty possible pairs each."""
    rng = np.random.default_rng(seed)
    vacancies = int(students * VACANCIES_OF_A_STUDENT)
    town = rng.uniform(0, 900, (REGIONS, 2))[rng.choice(REGIONS, INSTITUTIONS)] + rng.normal(0, 40, (INSTITUTIONS, 2))
    size, wish = shares(rng.lognormal(0, 1, INSTITUTIONS)), shares(1 / np.arange(1, MENTIONS + 1) ** 0.7)
    institution, mention = rng.choice(INSTITUTIONS, vacancies, p=size), rng.choice(MENTIONS, vacancies, p=wish)
    licence, home = rng.choice(MENTIONS, students, p=wish), rng.choice(INSTITUTIONS, students, p=size)
    needed = rng.choice((1, 2, 3), students, p=(0.1, 0.15, 0.75))
    pairs = list(possible(rng, licence=licence, lives=town[home], mention=mention, stands=town[institution]))
    return Problem(
        offers_required=3,
        max_per_institution=2,
        institutions=names("U", INSTITUTIONS),
        programmes=names("P", vacancies),
        students=names("S", students),
        waiting_since=1_782_864_000_000_000 + rng.integers(0, 90 * 24, students) * 3_600_000_000,
        needed=needed,
        origin=np.where((needed == 3) & (rng.random(students) < 0.9), home, NOWHERE),
        vacancies=names("V", vacancies),
        institution=institution,
        programme=with_modalities(rng, institution),
        free=rng.poisson(np.linspace(*SEATS, MENTIONS)[mention]),
        pair_student=np.concatenate([pair[0] for pair in pairs]),
        pair_vacancy=np.concatenate([pair[1] for pair in pairs]),
        score=np.concatenate([pair[2] for pair in pairs]),
        held_student=NONE,
        held_institution=NONE,
        held_offers=NONE,
    )


def possible(rng, *, licence, lives, mention, stands) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield students, vacancies and scores of pairs: of the vacancies that suit a licence, the near and the wanted ones."""
    suits = (rng.random((MENTIONS, MENTIONS)) < 0.06) | np.eye(MENTIONS, dtype=bool)
    fame = rng.lognormal(0, 0.7, len(mention))
    for one in range(MENTIONS):
        suiting = np.flatnonzero(suits[one][mention])
        everybody = np.flatnonzero(licence == one)
        for some in np.array_split(everybody, 1 + len(everybody) * len(suiting) // 2_000_000):
            kilometres = np.hypot(*(lives[some][:, None] - stands[suiting]).transpose(2, 0, 1))
            wanted = np.log(fame[suiting]) - kilometres / 150 + rng.gumbel(size=kilometres.shape)
            nearest = np.argsort(-wanted, axis=1)[:, :POSSIBLE]
            vacancy, far = suiting[nearest], np.take_along_axis(kilometres, nearest, axis=1)
            wished, project = mention[vacancy] == one, rng.random(vacancy.shape)
            score = 0.45 * wished + 0.35 * np.exp(-far / 200) + 0.2 * project
            yield np.repeat(some, vacancy.shape[1]), vacancy.ravel(), (score * 1000).astype(np.int64).ravel()


def with_modalities(rng, institution: np.ndarray) -> np.ndarray:
    """Return the programme of each vacancy: one in twenty is another modality of the vacancy before it in its institution."""
    programme = np.arange(len(institution))
    order = np.argsort(institution, kind="stable")
    for before, after in pairwise(order):
        if institution[before] == institution[after] and rng.random() < 0.05:
            programme[after] = programme[before]
    return programme


def names(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{number:06d}" for number in range(count))


def shares(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum()
