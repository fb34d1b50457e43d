from .agreement import StandingAgreement
from .campaign_rules import CampaignRules
from .commission import CommissionCase, CommissionSession, Decision
from .document import Document, DocumentKind
from .extension import Extension, LimitKind
from .health import HealthRequest
from .history import Anchor, Event, EventKind, SealedHead, Strand
from .limit import Limit, LimitStatus
from .matching import Draft, DraftState, MatchingRun, RunState
from .offer import Caller, Channel, Enrolment, Offer
from .office import Absence, AssignmentRule, Publication, SavedFilter, StandardText, TextKind
from .people import Post, Role, User
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
