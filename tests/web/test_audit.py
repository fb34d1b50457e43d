"""The audit fails on a known weakness and is loud about what it could not ask. The answers have pip-audit's own form."""

import subprocess
import sys

import pytest
from django.conf import settings

from config.audit import verdict

WEAK = {
    "name": "django",
    "version": "2.0.0",
    "vulns": [{"id": "PYSEC-2018-10", "fix_versions": ["2.0.8"], "aliases": ["CVE-2018-14574"], "description": "Open redirect."}],
}
SOUND = {"name": "sqlparse", "version": "0.5.3", "vulns": []}
UNKNOWN = {"name": "celery", "skip_reason": "Dependency not found on PyPI and could not be audited: celery (5.7.0)"}


@pytest.mark.parametrize(
    ("pins", "code", "lines"),
    [
        ([SOUND], 0, ["AUDIT: 1 pins, no known weakness."]),
        ([SOUND, WEAK], 1, ["django 2.0.0: PYSEC-2018-10 (cured by 2.0.8)"]),
        ([SOUND, UNKNOWN], 0, ["AUDIT: 1 of 2 pins COULD NOT BE ASKED about (celery…): nothing is known of them."]),
        (
            [WEAK, UNKNOWN],
            1,
            [
                "django 2.0.0: PYSEC-2018-10 (cured by 2.0.8)",
                "AUDIT: 1 of 2 pins COULD NOT BE ASKED about (celery…): nothing is known of them.",
            ],
        ),
        ([], 1, ["AUDIT: nothing was audited; is this a lock file?"]),
    ],
)
def test_what_is_known_decides(pins, code, lines):
    assert verdict({"dependencies": pins, "fixes": []}) == (code, lines)


def test_an_answer_of_another_form_is_no_silence():
    with pytest.raises(KeyError):
        verdict({"packages": []})


def test_it_reads_what_pip_audit_writes_and_a_weak_pin_never_passes_as_sound(tmp_path):
    """A pin known to be weak: found where the service answers, and named as not asked where it does not."""
    lock = tmp_path / "weak.txt"
    lock.write_text(f"django==2.0.0 --hash=sha256:{'0' * 64}\n")
    done = subprocess.run(
        [sys.executable, "-m", "config.audit", str(lock)], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode == 1 and "django 2.0.0: " in done.stdout) or "COULD NOT BE ASKED" in done.stdout
    assert "no known weakness" not in done.stdout


def test_the_lock_that_is_deployed_is_a_part_of_the_one_that_is_audited():
    def pins(name: str) -> set[str]:
        lines = (settings.BASE_DIR / name).read_text().splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
