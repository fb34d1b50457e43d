from .catalogue import Institution, InstitutionName, LicenceMention, MasterMention, Programme
from .ledger import Campaign, Line, Movement, Vacancy
from .territory import AcademicRegion, Academy, Scope

__all__ = [
    "AcademicRegion",
    "Academy",
    "Campaign",
    "Institution",
    "InstitutionName",
    "LicenceMention",
    "Line",
    "MasterMention",
    "Movement",
    "Programme",
    "Scope",
    "Vacancy",
]
