"""The project's reference data, in the order in which its files rest on each other."""

from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from .catalogue import Catalogue
from .pipeline import Reader, load, one_at_a_time
from .places import DATA
from .register import FormerNames, OtherAcademies, Register
from .report import Report
from .territory import Academies, Regions

REGISTER = DATA / "etablissements-enseignement-superieur.csv"
CATALOGUE = DATA / "trouver-mon-master-programmes.csv"


def load_reference(*, register: Path = REGISTER, catalogue: Path = CATALOGUE) -> list[Report]:
    """Import regions, académies, institutions, their former names and other académies, then programmes, in one transaction.

    Returns one report for each file. Raises FileRefused, OSError; nothing is applied then.
    """
    files: list[tuple[Callable[[], Reader], Path]] = [
        (Regions, DATA / "regions.csv"),
        (Academies, DATA / "academies.csv"),
        (Register, register),
        (FormerNames, DATA / "former-names.csv"),
        (OtherAcademies, DATA / "other-academies.csv"),
        (Catalogue, catalogue),
    ]
    with transaction.atomic():
        one_at_a_time()
        return [load(reader(), path, name=path.name) for reader, path in files]
