"""Match the students and the vacancies of a file. Reads no database and reaches no server."""

import errno
import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from referrals.rules.matching.exchange import Malformed, read_problem, write_answer
from referrals.rules.matching.solving import solve

STANDARD = "-"
REFUSED = 2
WHY = {
    errno.ENOENT: "aucun fichier ou dossier de ce nom",
    errno.ENOTDIR: "aucun dossier de ce nom",
    errno.EISDIR: "c’est un dossier",
    errno.EACCES: "l’accès en est refusé",
}


class Command(BaseCommand):
    help = "Répartit les places d’un fichier JSON entre ses étudiants, au mieux, et écrit les propositions et leurs totaux."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("--input", metavar="FICHIER", help="le problème (JSON) ; - pour l’entrée standard")
        parser.add_argument("--output", metavar="FICHIER", help="les propositions (JSON) ; - pour la sortie standard")

    def handle(self, *args, **options) -> None:
        if missing := [f"--{name}" for name in ("input", "output") if options[name] is None]:
            raise CommandError(f"Il manque {', '.join(missing)}.", returncode=REFUSED)
        try:
            problem = read_problem(_content(options["input"]))
        except Malformed as malformed:
            raise CommandError(str(malformed), returncode=REFUSED) from None
        answer = write_answer(problem, solve(problem)) + "\n"
        if options["output"] == STANDARD:
            self.stdout.write(answer, ending="")
        else:
            _write(Path(options["output"]), answer)


def _content(source: str) -> bytes:
    """Return the bytes of the file of that name, or of the standard input. Raises CommandError."""
    if source == STANDARD:
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise _refusal(f"« {source} » ne peut pas être lu", error) from None


def _write(target: Path, text: str) -> None:
    """Write the file whole or not at all; a device or a pipe is written as it stands. Raises CommandError."""
    try:
        if target.exists() and not target.is_file():
            target.write_text(text)
        else:
            _replace(target.resolve(), text)
    except OSError as error:
        raise _refusal(f"« {target} » ne peut pas être écrit", error) from None


def _replace(target: Path, text: str) -> None:
    neighbour = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        neighbour.write_text(text)
        neighbour.replace(target)
    finally:
        neighbour.unlink(missing_ok=True)


def _refusal(sentence: str, error: OSError) -> CommandError:
    return CommandError(f"{sentence} : {WHY.get(error.errno, error.strerror)}.", returncode=REFUSED)
