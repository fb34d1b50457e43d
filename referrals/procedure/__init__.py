"""The verbs: the only code that changes a referral. Each says who (`by`) and when (`at`), and raises `Refused`."""

from .answers import accept, decline, expire, withdraw
from .decisions import (
    assign,
    close,
    correct_facts,
    declare_admissible,
    declare_inadmissible,
    reopen,
    transfer,
    withdraw_decision,
)
from .drafts import remove_document, remove_refusal, save_draft, save_refusal, start_draft
from .filing import (
    add_document,
    facts_of,
    file,
    lapse_request,
    missing_to_file,
    prove_licence,
    request_documents,
    resume,
    set_adviser_consent,
    supply_documents,
)
from .moving import CLOCK, By, Refused
from .offers import (
    consult,
    end_search,
    lapse_consultation,
    record_agreement,
    record_refusal,
    retract_offer,
    send_offer,
)
from .telling import record_first_reading, record_mail

__all__ = [
    "CLOCK",
    "By",
    "Refused",
    "accept",
    "add_document",
    "assign",
    "close",
    "consult",
    "correct_facts",
    "declare_admissible",
    "declare_inadmissible",
    "decline",
    "end_search",
    "expire",
    "facts_of",
    "file",
    "lapse_consultation",
    "lapse_request",
    "missing_to_file",
    "prove_licence",
    "record_agreement",
    "record_first_reading",
    "record_mail",
    "record_refusal",
    "remove_document",
    "remove_refusal",
    "reopen",
    "request_documents",
    "resume",
    "retract_offer",
    "save_draft",
    "save_refusal",
    "send_offer",
    "set_adviser_consent",
    "start_draft",
    "supply_documents",
    "transfer",
    "withdraw",
    "withdraw_decision",
]
