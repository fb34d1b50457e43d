"""The verbs: the only code that changes a referral. Each says who (`by`) and when (`at`), and raises `Refused`."""

from .accounts import change_address, freeze_account, thaw_account
from .answers import accept, decline, expire, withdraw
from .campaign_rules import establish_rules
from .corrections import correct_application, correct_facts, merge, transfer
from .decisions import (
    assign,
    close,
    declare_admissible,
    declare_inadmissible,
    escalate,
    prepare_decision,
    refer_to_commission,
    reopen,
    withdraw_decision,
)
from .drafts import (
    add_licence,
    found_on,
    remove_application,
    remove_document,
    remove_licence,
    save_application,
    save_draft,
    start_draft,
)
from .enrolments import record_enrolment, record_no_enrolment
from .extensions import apply_extension, confirm_extension, extend, order_extension
from .facts import facts_of, missing_to_file
from .filing import (
    add_document,
    file,
    lapse_request,
    request_documents,
    resume,
    set_adviser_consent,
    supply_documents,
)
from .health import add_health_document, end_health, give_opinion, record_health_reading, request_health
from .licences import choose_licence, postpone_licence, prove_licence, report_failure
from .moving import CLOCK, By, Refused
from .offers import consult, end_search, lapse_consultation, record_agreement, record_refusal, retract_offer, send_offer
from .telling import record_contact, record_first_reading, record_mail, restart_limit

__all__ = [
    "CLOCK",
    "By",
    "Refused",
    "accept",
    "add_document",
    "add_health_document",
    "add_licence",
    "apply_extension",
    "assign",
    "change_address",
    "choose_licence",
    "close",
    "confirm_extension",
    "consult",
    "correct_application",
    "correct_facts",
    "declare_admissible",
    "declare_inadmissible",
    "decline",
    "end_health",
    "end_search",
    "escalate",
    "establish_rules",
    "expire",
    "extend",
    "facts_of",
    "file",
    "found_on",
    "freeze_account",
    "give_opinion",
    "lapse_consultation",
    "lapse_request",
    "merge",
    "missing_to_file",
    "order_extension",
    "postpone_licence",
    "prepare_decision",
    "prove_licence",
    "record_agreement",
    "record_contact",
    "record_enrolment",
    "record_first_reading",
    "record_health_reading",
    "record_mail",
    "record_no_enrolment",
    "record_refusal",
    "refer_to_commission",
    "remove_application",
    "remove_document",
    "remove_licence",
    "reopen",
    "report_failure",
    "request_documents",
    "request_health",
    "restart_limit",
    "resume",
    "retract_offer",
    "save_application",
    "save_draft",
    "send_offer",
    "set_adviser_consent",
    "start_draft",
    "supply_documents",
    "thaw_account",
    "transfer",
    "withdraw",
    "withdraw_decision",
]
