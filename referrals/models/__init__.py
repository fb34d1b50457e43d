from .document import Document, DocumentKind
from .history import Event, EventKind
from .limit import Limit, LimitKind, LimitStatus
from .offer import Channel, Offer
from .people import Post, Role, User
from .referral import CampaignRules, Referral, Refusal, RefusalKind, Wish

__all__ = [
    "CampaignRules",
    "Channel",
    "Document",
    "DocumentKind",
    "Event",
    "EventKind",
    "Limit",
    "LimitKind",
    "LimitStatus",
    "Offer",
    "Post",
    "Referral",
    "Refusal",
    "RefusalKind",
    "Role",
    "User",
    "Wish",
]
