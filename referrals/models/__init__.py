from .agreement import StandingAgreement
from .campaign_rules import CampaignRules
from .commission import CommissionCase, CommissionSession, Decision
from .document import Document, DocumentKind, Doubt
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

__all__ = [
    "Absence",
    "Anchor",
    "Answer",
    "Application",
    "Arrival",
    "AssignmentRule",
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
    "Event",
    "EventKind",
    "Extension",
    "HealthRequest",
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
    "SealedHead",
    "StandardText",
    "StandingAgreement",
    "Strand",
    "TextKind",
    "User",
    "Wish",
]
