"""Production does not start with an unsafe environment: as processes, and sentence by sentence."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured

from config import checks

KEY = secrets.token_urlsafe(60)
SAFE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.base",
    "SECRET_KEY": KEY,
    "HEALTH_KEYS": secrets.token_urlsafe(32),
    "SEALING_KEYS": secrets.token_urlsafe(32),
    "ALLOWED_HOSTS": "saisine.example",
    "SITE_URL": "https://saisine.example",
    "SECURITY_CONTACT": "mailto:securite@saisine.example",
    "EMAIL_URL": "smtp://127.0.0.1:25",
    "DEFAULT_FROM_EMAIL": "saisine@saisine.example",
    "DATABASE_URL": "postgres://app@127.0.0.1/saisine",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
UNSAFE = {
    "E001": {"SECRET_KEY": "development-only-not-a-secret"},
    "E002": {"SECRET_KEY": "pT7" * 30},
    "E004": {"ALLOWED_HOSTS": ""},
    "E005": {"ALLOWED_HOSTS": "saisine.example,*"},
    "E006": {"SITE_URL": "http://saisine.example"},
    "E007": {"SITE_URL": "https://ailleurs.example"},
    "E008": {"CSRF_TRUSTED_ORIGINS": "http://saisine.example"},
    "E009": {"SECURITY_CONTACT": ""},
    "E011": {"HEALTH_KEYS": "trop-court"},
    "E012": {"SEALING_KEYS": "ZGV2ZWxvcG1lbnQtb25seS1mYWN0b3Ita2V5LTAwMDE"},
}
"""Code → what makes it."""
PROCESSES = {
    "the web": ["gunicorn", "config.wsgi", "--bind", "127.0.0.1:0", "--workers", "1", "--no-control-socket"],
    "a worker": ["celery", "-A", "config", "worker", "--concurrency", "1", "--without-mingle", "--without-gossip"],
    "beat": ["celery", "-A", "config", "beat", "--schedule", "/tmp/saisine-never-written"],
}


def started(arguments: list[str], *, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LD_LIBRARY_PATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        env=inherited | SAFE | env,
        cwd=configured.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("what", PROCESSES)
def test_no_process_starts_with_a_key_that_others_know(what):
    done = started(["-m", *PROCESSES[what]], env=UNSAFE["E001"])
    assert done.returncode != 0
    assert "Saisine does not start with these settings:" in done.stderr
    assert "SECRET_KEY is one that others know." in done.stderr
    assert "secrets.token_urlsafe" in done.stderr


def test_everything_unsafe_is_said_at_once():
    together = {name: value for made in reversed(UNSAFE.values()) for name, value in made.items()}
    done = started(["-c", "import config.wsgi"], env=together | {"ALLOWED_HOSTS": "*", "SITE_URL": "http://saisine.example"})
    assert done.returncode == 1
    said = done.stderr.partition("Saisine does not start with these settings:")[2].partition("Traceback")[0]
    assert re.findall(r"config\.(E\d+)", said) == ["E001", "E011", "E012", "E005", "E006", "E008", "E009"]


def test_a_safe_environment_starts_and_the_deployment_check_is_silent():
    assert started(["-c", "import config.wsgi"], env={}).returncode == 0
    done = started(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], env={})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "System check identified no issues (0 silenced)."


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "HEALTH_KEYS", "SITE_URL", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL"]
)
def test_what_has_no_default_is_asked_for_by_its_name(missing):
    """As Django itself would say it, before anything is imported."""
    code = f"import os; del os.environ['{missing}']; import django; django.setup()"
    done = started(["-c", code], env={})
    assert done.returncode == 1
    assert f"Set the {missing} environment variable" in done.stderr


@pytest.mark.parametrize("code", UNSAFE)
def test_each_weakness_has_its_sentence_and_its_remedy(settings, code):
    for name, value in {name: SAFE[name] for name in ("SECRET_KEY", "SITE_URL", "SECURITY_CONTACT")}.items():
        setattr(settings, name, value)
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["saisine.example"], []
    settings.HEALTH_KEYS, settings.SEALING_KEYS = [SAFE["HEALTH_KEYS"]], [SAFE["SEALING_KEYS"]]
    assert checks.ready_for_the_public() == []
    ((name, value),) = UNSAFE[code].items()
    setattr(settings, name, [one for one in value.split(",") if one] if isinstance(getattr(settings, name), list) else value)
    (found,) = checks.ready_for_the_public()
    assert found.id == f"config.{code}"
    assert found.msg
    assert found.hint


def test_debugging_and_a_mail_server_without_a_name_are_refused_too(settings):
    settings.DEBUG, settings.EMAIL_HOST = True, ""
    assert {"config.E003", "config.E010"} <= {found.id for found in checks.ready_for_the_public()}


def test_development_may_start_with_its_own_key(settings):
    settings.REFUSES_UNSAFE_START = False
    checks.refuse_unsafe_start()


SECRET = re.compile(
    r"(?i)(secret_key|password|passwd|token|api_key)\s*[=:]\s*[\"'](?!\s*$)([^\"'{}$<\s]{12,})[\"']|BEGIN [A-Z ]*PRIVATE KEY"
)
KNOWN = {"demonstration-saisine", "development-only-not-a-secret"}
"""A demonstration's password, printed for everybody to see, and the key of development, which production refuses."""


def test_no_file_of_the_tree_holds_a_secret():
    root = Path(configured.BASE_DIR)
    rooms = [root / room for room in ("config", "notifications", "referrals", "vacancies", "templates", "static/scripts", ".ci")]
    sources = [path for room in rooms for path in room.rglob("*") if path.suffix not in (".pyc", ".png") and path.is_file()]
    sources += [path for path in root.iterdir() if path.is_file()]
    assert len(sources) > 300
    found = [
        (str(path), hit[2]) for path in sources for hit in SECRET.finditer(path.read_text(errors="replace")) if hit[2] not in KNOWN
    ]
    assert found == []
