"""Which reader an import has."""

from datetime import datetime

from ..models import Import, ImportKind
from .catalogue import Catalogue
from .compatibility import Compatibilities
from .declaration import Declaration
from .mon_master import MonMaster
from .pipeline import Reader
from .register import Register
from .report import FileRefused

READERS: dict[str, type[Reader]] = {
    ImportKind.REGISTER: Register,
    ImportKind.CATALOGUE: Catalogue,
    ImportKind.MON_MASTER: MonMaster,
    ImportKind.COMPATIBILITY: Compatibilities,
    ImportKind.DECLARATION: Declaration,
}


def reader_of(of: Import, *, by: str, at: datetime) -> Reader:
    """Return a fresh reader for the file of an import, which ``by`` sees to at ``at``. Raises FileRefused."""
    match of.kind:
        case ImportKind.REGISTER | ImportKind.CATALOGUE | ImportKind.MON_MASTER:
            return READERS[of.kind]()
    if of.campaign is None:
        raise FileRefused("dites de quelle campagne il s’agit")
    if of.kind == ImportKind.COMPATIBILITY:
        return Compatibilities(of.campaign)
    assert of.institution is not None, "a constraint says so"
    return Declaration(institution=of.institution, campaign=of.campaign, file=of.name, by=by, at=at, handed_in=of.at)
