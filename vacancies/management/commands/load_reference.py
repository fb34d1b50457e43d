"""Load the reference data and explain each line that could not be placed."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from vacancies.imports.reference import CATALOGUE, REGISTER, load_reference
from vacancies.imports.report import FileRefused


class Command(BaseCommand):
    help = "Charge régions, académies, établissements et parcours, et explique chaque ligne refusée. Rejouable sans effet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="n’imprimer que le bilan de chaque fichier")
        parser.add_argument("--register", type=Path, default=REGISTER, help="le registre des établissements (CSV)")
        parser.add_argument("--catalogue", type=Path, default=CATALOGUE, help="le catalogue « Trouver mon master » (CSV)")

    def handle(self, *, quiet: bool, register: Path, catalogue: Path, **options) -> None:
        try:
            reports = load_reference(register=register, catalogue=catalogue)
        except (FileRefused, OSError) as error:
            raise CommandError(f"Rien n’a été chargé. {error}") from error
        for report in reports:
            self.stdout.write(report.summary)
        if not quiet:
            for report in reports:
                for line in report.details():
                    self.stdout.write(line)
