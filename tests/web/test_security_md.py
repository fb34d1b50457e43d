"""SECURITY.md answers each requirement once, and every file and setting that it names exists."""

import re
from collections import Counter

from django.conf import settings

TEXT = (settings.BASE_DIR / "SECURITY.md").read_text()
LEVELS_1_AND_2 = {
    "1.1": (1, 2),
    "1.2": range(1, 10),
    "1.3": range(1, 12),
    "1.4": (1, 2, 3),
    "1.5": (1, 2),
    "2.1": (1, 2, 3),
    "2.2": (1, 2, 3),
    "2.3": (1, 2, 3, 4),
    "2.4": (1,),
    "3.2": (1, 2),
    "3.3": (1, 2, 3, 4),
    "3.4": range(1, 7),
    "3.5": range(1, 6),
    "3.7": (1, 2),
    "4.1": (1, 2, 3),
    "4.2": (1,),
    "4.3": (1, 2),
    "4.4": (1, 2, 3, 4),
    "5.1": (1,),
    "5.2": (1, 2, 3),
    "5.3": (1, 2),
    "5.4": (1, 2, 3),
    "6.1": (1, 2, 3),
    "6.2": range(1, 13),
    "6.3": (1, 2, 3, 4),
    "6.4": (1, 2, 3, 4),
    "6.5": range(1, 6),
    "6.6": (1, 2, 3),
    "6.8": (1, 2, 3, 4),
    "7.1": (1, 2, 3),
    "7.2": (1, 2, 3, 4),
    "7.3": (1, 2),
    "7.4": range(1, 6),
    "7.5": (1, 2),
    "7.6": (1, 2),
    "8.1": (1, 2),
    "8.2": (1, 2, 3),
    "8.3": (1,),
    "8.4": (1,),
    "9.1": (1, 2, 3),
    "9.2": (1, 2, 3, 4),
    "10.1": (1, 2),
    "10.2": (1, 2),
    "10.3": (1, 2, 3, 4),
    "10.4": range(1, 12),
    "10.5": range(1, 6),
    "10.6": (1, 2),
    "10.7": (1, 2, 3),
    "11.1": (1, 2),
    "11.2": (1, 2, 3),
    "11.3": (1, 2, 3),
    "11.4": (1, 2, 3, 4),
    "11.5": (1,),
    "11.6": (1,),
    "12.1": (1, 2, 3),
    "12.2": (1, 2),
    "12.3": (1, 2, 3, 4),
    "13.1": (1,),
    "13.2": range(1, 6),
    "13.3": (1, 2),
    "13.4": range(1, 6),
    "14.1": (1, 2),
    "14.2": (1, 2, 3, 4),
    "14.3": (1, 2, 3),
    "15.1": (1, 2, 3),
    "15.2": (1, 2, 3),
    "15.3": range(1, 8),
    "16.1": (1,),
    "16.2": range(1, 6),
    "16.3": (1, 2, 3, 4),
    "16.4": (1, 2, 3),
    "16.5": (1, 2, 3),
}
"""Section of ASVS 5.0 → its requirements of level 1 or 2."""
ROW = re.compile(r"^\| (\d+\.\d+)\.(\d+)(?:–\d+\.\d+\.(\d+))? \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def answered() -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for section, first, last, *_ in ROW.findall(TEXT):
        found.update((section, number) for number in range(int(first), int(last or first) + 1))
    return found


def test_each_requirement_is_answered_once():
    wanted = {(section, number) for section, numbers in LEVELS_1_AND_2.items() for number in numbers}
    assert answered() == Counter(wanted)


def test_what_it_names_exists():
    named = re.findall(
        r"`((?:tests|config|referrals|vacancies|notifications|requirements|docker)[\w./-]*?\.(?:py|lock|yml))`", TEXT
    )
    assert len(set(named)) > 30
    assert sorted({name for name in named if not (settings.BASE_DIR / name).exists()}) == []
    constants = re.findall(r"`([A-Z][A-Z_]{5,})`", TEXT)
    assert sorted({name for name in constants if not hasattr(settings, name) and name != "TRUSTED_PROXY_COUNT"}) == []


def test_what_is_met_is_shown_by_a_test_or_plainly_by_none():
    shown = {row[-1].strip() for row in ROW.findall(TEXT)}
    assert {one for one in shown if not re.fullmatch(r"–|`tests/[\w/]+\.py`", one)} == set()
