"""The process that reads what came from outside: what it may take ends, and what it may not do it cannot."""

import os
import platform
from pathlib import Path

import pytest

from referrals.documents import confined
from referrals.documents.confined import CALLS, MB, Failed, Limits, NoSuchPage, TooMuch

FOLDER = Path(confined.__file__).parent


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Run some lines in the place of a program, and return what they answer."""
    package = tmp_path / "documents"
    package.mkdir()
    for name in ("__init__.py", "confined.py"):
        (package / name).write_text((FOLDER / name).read_text())

    def run(lines: str, *, limits: Limits | None = None, content: bytes = b"") -> bytes:
        (package / "judging.py").write_text(
            "def main(content, arguments):\n" + "".join(f"    {line}\n" for line in lines.splitlines())
        )
        if limits:
            text = (FOLDER / "confined.py").read_text()
            (package / "confined.py").write_text(text.replace("Limits(seconds=6, patience=20)", repr(limits)))
            monkeypatch.setitem(confined.PROGRAMS, "judging", limits)
        monkeypatch.setattr(confined, "__file__", str(package / "confined.py"))
        return confined.run("judging", content=content)

    return run


def test_it_answers(program):
    assert program("return content[::-1]", content=b"abc") == b"cba"


@pytest.mark.parametrize(
    "lines",
    [
        "return bytes(2 * 1024**3)[:1]",
        "held = []\nwhile True: held.append(bytes(10**7))",
        "import ctypes\nctypes.string_at(0)",
        "import os\nos.abort()",
    ],
    ids=["one block of memory", "block by block", "a segment that is not there", "an end by itself"],
)
def test_what_breaks_it_or_takes_too_much_memory_ends_it_alone(program, lines):
    with pytest.raises(TooMuch):
        program(lines)


def test_its_time_ends(program):
    with pytest.raises(TooMuch):
        program("while True: pass", limits=Limits(seconds=1, patience=20))


def test_waiting_ends_too(program):
    with pytest.raises(TooMuch):
        program("import time\ntime.sleep(60)", limits=Limits(seconds=1, patience=1))


def test_it_answers_no_more_than_so_much(program):
    assert len(program("return bytes(1024)", limits=Limits(seconds=6, patience=20, written=4 * MB))) == 1024
    with pytest.raises(Failed):
        program("return bytes(5 * 1024**2)", limits=Limits(seconds=6, patience=20, written=4 * MB))


def test_it_complains_no_more_than_so_much(program):
    with pytest.raises(Failed):
        program("import sys\nwhile True: sys.stderr.write('x' * 10**6)", limits=Limits(seconds=6, patience=20, written=4 * MB))
    with pytest.raises(Failed) as failed:
        program("raise ValueError('y' * 10**6)")
    assert len(str(failed.value)) <= confined.LAST_WORDS


def test_it_opens_few_files(program):
    assert program("held = [open('/dev/null') for _ in range(20)]\nreturn b'x'")
    with pytest.raises(Failed):
        program("held = [open('/dev/null') for _ in range(100)]\nreturn b'x'")


def test_what_it_says_is_all_that_comes_back(program):
    with pytest.raises(NoSuchPage):
        program("raise SystemExit(3)")
    for lines in ("raise ValueError", "return b''", "raise SystemExit(7)"):
        with pytest.raises(Failed):
            program(lines)


def test_it_has_neither_our_environment_nor_our_modules(program, monkeypatch):
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    assert b"SECRET_OF_OURS" not in program("import os\nreturn repr(dict(os.environ)).encode() + b'.'")
    for module in ("referrals", "config", "django.conf.settings"):
        with pytest.raises(Failed):
            program(f"import {module}\nreturn b'x'")


REFUSED = {
    "the network": "import socket\nsocket.socket()",
    "a socket of this machine": "import socket\nsocket.socket(socket.AF_UNIX)",
    "a pair of sockets": "import socket\nsocket.socketpair()",
    "a new file": "open('{folder}/new', 'w')",
    "a file that is there": "open('{folder}/there', 'r+')",
    "the end of a file": "open('{folder}/there', 'a')",
    "a file without a name": "import os\nos.open('{folder}', os.O_TMPFILE | os.O_RDWR)",
    "to cut a file": "import os\nos.truncate('{folder}/there', 0)",
    "to remove a file": "import os\nos.unlink('{folder}/there')",
    "to move a file": "import os\nos.rename('{folder}/there', '{folder}/else')",
    "a folder": "import os\nos.mkdir('{folder}/new')",
    "a link": "import os\nos.symlink('/etc/passwd', '{folder}/new')",
    "rights": "import os\nos.chmod('{folder}/there', 0o777)",
    "another program": "import os\nos.execv('/bin/sh', ['sh'])",
    "a program beside": "import subprocess\nsubprocess.run(['/bin/true'])",
    "itself once more": "import os\nos.fork()",
    "to end others": "import os\nos.kill(1, 0)",
}


@pytest.mark.skipif(platform.machine() not in CALLS, reason=f"no list of calls for {platform.machine()}: the limits alone hold")
@pytest.mark.parametrize("what", REFUSED)
def test_the_kernel_refuses_it(program, tmp_path, what):
    (tmp_path / "there").write_bytes(b"as it was")
    lines = REFUSED[what].format(folder=tmp_path)
    tried = "\n".join(
        [
            "try:",
            *(f"    {line}" for line in lines.splitlines()),
            "except OSError as error:",
            "    return str(error.errno).encode()",
        ]
    )
    assert program(f"{tried}\nreturn b'done'") == b"1"
    assert sorted(os.listdir(tmp_path)) == ["documents", "there"]
    assert (tmp_path / "there").read_bytes() == b"as it was"


def test_it_may_read_and_have_threads(program):
    lines = "import threading\nseen = []\none = threading.Thread(target=lambda: seen.append(open('/dev/zero', 'rb').read(1)))"
    assert program(f"{lines}\none.start()\none.join()\nreturn b'%d' % len(seen)") == b"1"


def test_it_leaves_nothing_behind(program, tmp_path):
    """Not even compiled modules."""
    assert program("return b'x'") == b"x"
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["__init__.py", "confined.py", "judging.py"]
