"""`manage.py match`: files and standard streams from a bare shell, one sentence and exit code 2 for what it cannot do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

PROBLEM = {
    "offers_required": 3,
    "max_per_institution": 2,
    "students": [
        {"id": "s2", "waiting_since": "2026-07-02T10:00:00Z", "needed": 3, "origin": None},
        {"id": "s1", "waiting_since": "2026-07-01T10:00:00Z", "needed": 2, "origin": "0755976N"},
    ],
    "vacancies": [{"id": "v1", "institution": "0755976N", "free": 2}, {"id": "v2", "institution": "0755976N", "free": 1}],
    "pairs": [
        {"student": "s2", "vacancy": "v2", "score": 0.5},
        {"student": "s1", "vacancy": "v1", "score": 0.831},
        {"student": "s2", "vacancy": "v1", "score": 0.1},
    ],
}
ANSWER = {
    "offers": [{"student": "s1", "vacancy": "v1"}, {"student": "s2", "vacancy": "v1"}, {"student": "s2", "vacancy": "v2"}],
    "summary": {"with_1": 2, "at_origin": 1, "with_2": 2, "with_3": 0, "score": 1.431},
    "solver": "OR-Tools SimpleMinCostFlow 9.15.6755",
}


def ran(*arguments: str | Path, given: str = "") -> tuple[int, str, str]:
    """Run the command from a bare shell. Returns its exit code, what it wrote and what it complained of."""
    command = [sys.executable, "manage.py", "match", *map(str, arguments)]
    env = {"PATH": os.environ["PATH"]}
    ended = subprocess.run(command, cwd=settings.BASE_DIR, env=env, input=given.encode(), capture_output=True, check=False)
    return ended.returncode, ended.stdout.decode(), ended.stderr.decode()


def read(text: str) -> dict:
    answer = json.loads(text)
    assert 0 <= answer.pop("seconds") < 60
    return answer


@pytest.fixture
def problem(tmp_path) -> Path:
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(PROBLEM))
    return path


def test_from_file_to_file(problem, tmp_path):
    target = tmp_path / "answer.json"
    assert ran("--input", problem, "--output", target) == (0, "", "")
    assert read(target.read_text()) == ANSWER
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.json", "problem.json"]


def test_from_stream_to_stream():
    code, out, complaint = ran("--input", "-", "--output", "-", given=json.dumps(PROBLEM))
    assert (code, read(out), complaint) == (0, ANSWER, "")


def test_an_answer_is_replaced_and_a_device_stays_one(problem, tmp_path):
    target, link = tmp_path / "answer.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    assert ran("--input", problem, "--output", link) == (0, "", "")
    assert (link.is_symlink(), read(target.read_text())) == (True, ANSWER)
    code, out, _ = ran("--input", problem, "--output", "/dev/stdout")
    assert (code, read(out)) == (0, ANSWER)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "fichier : il est vide."),
        ("{", "ligne 1, colonne 2 : ce n’est pas du JSON."),
        (json.dumps(PROBLEM | {"offers_required": 0}), "offers_required : on attend un entier de 1 à 100."),
        (
            json.dumps(PROBLEM).replace("0.831", "0.8315"),
            "pairs[1].score : on attend un nombre de 0 à 1, de trois décimales au plus.",
        ),
    ],
)
def test_a_malformed_input_leaves_the_output_as_it_was(tmp_path, given, sentence):
    target = tmp_path / "answer.json"
    target.write_text("old")
    assert ran("--input", "-", "--output", target, given=given) == (2, "", f"CommandError: {sentence}\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("answer.json", "old")]
    assert ran("--input", "-", "--output", "-", given=given) == (2, "", f"CommandError: {sentence}\n")


def test_what_cannot_be_read_or_written(problem, tmp_path):
    nowhere = tmp_path / "nowhere" / "answer.json"
    absent = "aucun fichier ou dossier de ce nom"
    assert [
        ran("--input", nowhere, "--output", "-"),
        ran("--input", tmp_path, "--output", "-"),
        ran("--input", problem, "--output", nowhere),
        ran("--input", problem, "--output", tmp_path),
        ran("--input", problem),
    ] == [
        (2, "", f"CommandError: « {nowhere} » ne peut pas être lu : {absent}.\n"),
        (2, "", f"CommandError: « {tmp_path} » ne peut pas être lu : c’est un dossier.\n"),
        (2, "", f"CommandError: « {nowhere} » ne peut pas être écrit : {absent}.\n"),
        (2, "", f"CommandError: « {tmp_path} » ne peut pas être écrit : c’est un dossier.\n"),
        (2, "", "CommandError: Il manque --output.\n"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["problem.json"]
