"""Write one case's file, in one of its editions, where it is asked for."""

import hashlib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from referrals.documents.case_archive import WRITERS
from referrals.documents.case_file import case_file
from referrals.documents.editions import EDITIONS, CaseFile
from referrals.models import Referral


class Command(BaseCommand):
    help = "Écrit le dossier d’une saisine, en PDF ou en ZIP, dans l’une de ses éditions."

    def add_arguments(self, parser) -> None:
        parser.add_argument("number", metavar="NUMÉRO", help="numéro de la saisine, par exemple 2026-000123-K")
        parser.add_argument("--edition", metavar="ÉDITION", help="court (tribunal), student (étudiant) ou internal (interne)")
        parser.add_argument("--to", metavar="CHEMIN", help="fichier en .zip ou en .pdf, ou dossier où écrire le ZIP")

    def handle(self, *args, number: str, **options) -> None:
        if missing := [f"--{name}" for name in ("edition", "to") if options[name] is None]:
            raise CommandError(f"Il manque {', '.join(missing)}.")
        edition = EDITIONS.get(options["edition"])
        if edition is None:
            raise CommandError(f"Édition inconnue : « {options['edition']} ». Les éditions : {', '.join(EDITIONS)}.")
        referral = Referral.objects.filter(number=number.strip().upper()).first()
        if referral is None:
            raise CommandError(f"Aucune saisine ne porte le numéro « {number} ».")
        to = Path(options["to"])
        if not to.is_dir():
            _refuse_a_bad_file(to)
        case = case_file(referral.pk, edition=edition, at=timezone.now())
        path = to / f"{case.stem}.zip" if to.is_dir() else to
        write(case, path)
        with path.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        self.stdout.write(f"{edition.title} de la saisine {case.number} : {path}")
        self.stdout.write(f"SHA-256 : {digest}")
        if case.health:
            self.stderr.write("Attention : la demande confidentielle y est, à part. Cette édition ne se remet qu’à l’étudiant.")
        for alert in [*case.case.alerts, *(case.health.alerts if case.health else [])]:
            self.stderr.write(f"Attention : {alert}")


def write(case: CaseFile, path: Path) -> None:
    """Write the file, for its owner's eyes alone; what could not be written whole is removed.

    Raises CommandError where a file is there already, or the place cannot be written to.
    """
    try:
        file = path.open("xb")
    except FileExistsError:
        raise CommandError(f"« {path} » existe déjà : rien n’a été écrit.") from None
    except OSError as error:
        raise CommandError(f"« {path} » ne peut pas être écrit : {error.strerror}.") from error
    path.chmod(0o600)
    try:
        with file:
            WRITERS[path.suffix.removeprefix(".")](case, file)
    except BaseException:
        path.unlink()
        raise


def _refuse_a_bad_file(path: Path) -> None:
    """Raise CommandError for a path that names neither a ZIP nor a PDF, or stands in no folder."""
    if path.suffix.removeprefix(".") not in WRITERS:
        raise CommandError(f"« {path} » n’est ni un dossier, ni un nom de fichier en .zip ou en .pdf.")
    if not path.parent.is_dir():
        raise CommandError(f"Le dossier « {path.parent} » n’existe pas.")
