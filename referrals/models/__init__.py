from .access import Invitation, KnownPlace
from .agreement import StandingAgreement
from .begun_application import BegunApplication
from .campaign_rules import CampaignRules
from .commission import CommissionCase, CommissionSession, Decision
from .document import Document, DocumentKind, Doubt, Scan
from .extension import Extension, LimitKind
from .health import HealthRequest
from .history import Anchor, Event, EventKind, SealedHead, Strand
from .limit import Limit, LimitStatus
from .matching import Draft, DraftState, MatchingRun, RunState
from .offer import Caller, Channel, Enrolment, Offer
from .office import Absence, AssignmentRule, Publication, SavedFilter, StandardText, TextKind
from .partial_upload import PartialUpload
from .people import Post, Role, User
from .reading import DocumentReading
from .referral import Answer, Application, Arrival, Diploma, OtherLicence, Referral, Wish
from .retention import Erasure, ErasureRun, LegalHold

__all__ = [
    "Absence",
    "Anchor",
    "Answer",
    "Application",
    "Arrival",
    "AssignmentRule",
    "BegunApplication",
    "Caller",
    "CampaignRules",
    "Channel",
    "CommissionCase",
    "CommissionSession",
    "Decision",
    "Diploma",
    "Document",
    "DocumentKind",
    "DocumentReading",
    "Doubt",
    "Draft",
    "DraftState",
    "Enrolment",
    "Erasure",
    "ErasureRun",
    "Event",
    "EventKind",
    "Extension",
    "HealthRequest",
    "Invitation",
    "KnownPlace",
    "LegalHold",
    "Limit",
    "LimitKind",
    "LimitStatus",
    "MatchingRun",
    "Offer",
    "OtherLicence",
    "PartialUpload",
    "Post",
    "Publication",
    "Referral",
    "Role",
    "RunState",
    "SavedFilter",
    "Scan",
    "SealedHead",
    "StandardText",
    "StandingAgreement",
    "Strand",
    "TextKind",
    "User",
    "Wish",
]
