from .campaign_rules import CampaignRules
from .document import Document, DocumentKind
from .extension import Extension, LimitKind
from .health import HealthRequest
from .history import Anchor, Event, EventKind, SealedHead, Strand
from .limit import Limit, LimitStatus
from .offer import Channel, Enrolment, Offer
from .people import Post, Role, User
from .referral import Answer, Application, Diploma, OtherLicence, Referral, Wish

__all__ = [
    "Anchor",
    "Answer",
    "Application",
    "CampaignRules",
    "Channel",
    "Diploma",
    "Document",
    "DocumentKind",
    "Enrolment",
    "Event",
    "EventKind",
    "Extension",
    "HealthRequest",
    "Limit",
    "LimitKind",
    "LimitStatus",
    "Offer",
    "OtherLicence",
    "Post",
    "Referral",
    "Role",
    "SealedHead",
    "Strand",
    "User",
    "Wish",
]
