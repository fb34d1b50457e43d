"""Whatever parses bytes that came from outside does so here: in a process of its own, that takes its share and can do no harm.

`run` starts it. In that process, `main` gives up what no reader of a file needs (memory, time, files, and where the kernel knows
how: the network, other programs, writing anything at all), and only then loads one of `PROGRAMS`, with the libraries that read.
The process has neither our environment nor the rest of the project. So this module imports the standard library alone.
"""

import ctypes
import importlib
import os
import platform
import resource
import struct
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

MB = 1024**2
LAST_WORDS = 500
"""Bytes of what a program that failed complained of."""


class Limits(NamedTuple):
    """What a program may take. seconds: of the processor; patience: on the clock, on a day when everybody comes."""

    seconds: int
    patience: int
    memory: int = 1024 * MB
    written: int = 64 * MB
    open_files: int = 64


PROGRAMS = {
    "judging": Limits(seconds=6, patience=20),
    "drawing": Limits(seconds=10, patience=20),
    "copying": Limits(seconds=15, patience=30),
    "assembling": Limits(seconds=25, patience=50),
}
"""The modules that read what came from outside. Each has ``main(content, arguments)``, which returns what goes back."""
NO_SUCH_PAGE, TOO_MUCH = 3, 4
"""How the process ends where the file has no such page, and where it had too little memory. Libraries that have too little of
anything mostly end it by a signal.
"""


class Failed(Exception):
    """The program did not come to its end: the bytes are broken, or meant to break it."""


class TooMuch(Failed):
    """The program would have taken more than it may."""


class NoSuchPage(Failed):
    """The file has fewer pages."""


def run(program: str, *arguments: str, content: bytes) -> bytes:
    """Return what ``program`` makes of ``content``. Raises Failed, TooMuch, NoSuchPage; whatever the bytes, nothing else."""
    command = [sys.executable, "-I", "-B", __file__, program, *arguments]
    with TemporaryFile() as written, TemporaryFile() as complained:  # files, so that no more comes back than the limits say
        try:
            done = subprocess.run(  # noqa: S603 - ourselves, without a shell; no argument is anybody else's text
                command,
                input=content,
                stdout=written,
                stderr=complained,
                timeout=PROGRAMS[program].patience,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TooMuch(program) from None
        written.seek(0)
        answer = written.read()
        complained.seek(max(0, complained.seek(0, os.SEEK_END) - LAST_WORDS))
        complaint = complained.read().decode(errors="replace")
    if done.returncode == NO_SUCH_PAGE:
        raise NoSuchPage(*arguments)
    if done.returncode == TOO_MUCH or done.returncode < 0:
        raise TooMuch(program)
    if done.returncode or not answer:
        raise Failed(complaint)
    return answer


def main() -> int:
    """Confine this process, then run the program that it was started for."""
    program, *arguments = sys.argv[1:]
    limits = PROGRAMS[program]
    for what, most in {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_FSIZE: limits.written,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }.items():
        resource.setrlimit(what, (most, most))
    give_up_the_rest()
    sys.path.append(str(Path(__file__).parents[1]))
    try:
        answer = importlib.import_module(f"documents.{program}").main(sys.stdin.buffer.read(), arguments)
    except MemoryError:
        return TOO_MUCH
    sys.stdout.buffer.write(answer)
    return 0


# What the kernel refuses from now on, whoever asks: `seccomp`, by a filter of system calls (linux/filter.h, linux/seccomp.h).

LOAD, EQUALS, AT_LEAST, HAS_BITS, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, NOT_PERMITTED, NOT_THERE = 0x7FFF0000, 0x00050001, 0x00050026
NUMBER, MACHINE, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32
"""Where, in what the filter sees of a call, these stand: its number, the machine's, and the low halves of its arguments."""
FOR_WRITING = 0o1 | 0o2 | 0o100 | 0o1000
"""O_WRONLY, O_RDWR, O_CREAT, O_TRUNC."""
A_THREAD = 0x10000
"""CLONE_THREAD: a reader may have threads, and no process of its own."""
OTHER_NUMBERS = 0x40000000
"""From here on the numbers of x86_64 mean the same calls once more."""
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2


class Calls(NamedTuple):
    """The calls of one kind of machine. refused: whatever their arguments; opening: those that open, and where their flags stand.

    clone: what makes threads and processes; clone3, whose flags no filter can see: who finds it missing takes the other.
    """

    machine: int
    refused: tuple[int, ...]
    opening: dict[int, int]
    clone: int
    clone3: int = 435


CALLS = {
    # socket connect accept sendto bind listen socketpair, fork vfork execve execveat, ptrace process_vm_writev io_uring_setup,
    # creat rename renameat renameat2 unlink unlinkat mkdir mkdirat rmdir link linkat symlink symlinkat truncate chmod fchmodat
    # chown fchownat openat2 kill
    "x86_64": Calls(
        0xC000003E,
        (
            *(41, 42, 43, 44, 49, 50, 53, 57, 58, 59, 322, 101, 311, 425),
            *(85, 82, 264, 316, 87, 263, 83, 258, 84, 86, 265, 88, 266, 76, 90, 268, 92, 260, 437, 62),
        ),
        {2: SECOND, 257: THIRD},
        clone=56,
    ),
    # The same, as far as this machine has them: it never had those without "at".
    "aarch64": Calls(
        0xC00000B7,
        (198, 203, 202, 206, 200, 201, 199, 221, 281, 117, 271, 425, 38, 276, 35, 34, 37, 36, 45, 53, 54, 437, 129),
        {56: THIRD},
        clone=220,
    ),
}


def give_up_the_rest() -> bool:
    """Have the kernel refuse this process the network, other programs and any writing. False where it cannot: the limits stand."""
    calls = CALLS.get(platform.machine())
    if calls is None:
        return False
    rules = [(LOAD, 0, 0, MACHINE), (EQUALS, 1, 0, calls.machine), (RETURN, 0, 0, NOT_PERMITTED)]
    rules += [(LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, OTHER_NUMBERS), (RETURN, 0, 0, NOT_PERMITTED)]
    for number in calls.refused:
        rules += [(EQUALS, 0, 1, number), (RETURN, 0, 0, NOT_PERMITTED)]
    for number, flags in calls.opening.items():
        rules += [(EQUALS, 0, 4, number), (LOAD, 0, 0, flags), (HAS_BITS, 0, 1, FOR_WRITING)]
        rules += [(RETURN, 0, 0, NOT_PERMITTED), (RETURN, 0, 0, ALLOW)]
    rules += [(EQUALS, 0, 1, calls.clone3), (RETURN, 0, 0, NOT_THERE)]
    rules += [(EQUALS, 0, 3, calls.clone), (LOAD, 0, 0, FIRST), (HAS_BITS, 1, 0, A_THREAD), (RETURN, 0, 0, NOT_PERMITTED)]
    rules += [(RETURN, 0, 0, ALLOW)]
    written = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    filter_program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(rules), ctypes.addressof(written)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return libc.prctl(SECCOMP, FILTER, ctypes.addressof(filter_program), 0, 0) == 0


if __name__ == "__main__":
    sys.exit(main())
