from .catalogue import Institution, InstitutionName, LicenceMention, MasterMention, Merger, Programme
from .compatibility import Compatibility
from .imports import AT_WORK, Difference, Import, ImportKind, ImportState, Outcome, Question, QuestionKind
from .ledger import Attendance, Campaign, Language, Line, Modality, Movement, Vacancy
from .territory import AcademicRegion, Academy, Scope

__all__ = [
    "AT_WORK",
    "AcademicRegion",
    "Academy",
    "Attendance",
    "Campaign",
    "Compatibility",
    "Difference",
    "Import",
    "ImportKind",
    "ImportState",
    "Institution",
    "InstitutionName",
    "Language",
    "LicenceMention",
    "Line",
    "MasterMention",
    "Merger",
    "Modality",
    "Movement",
    "Outcome",
    "Programme",
    "Question",
    "QuestionKind",
    "Scope",
    "Vacancy",
]
