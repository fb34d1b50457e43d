"""The verbs: the only code that changes a referral. Each says who (`by`) and when (`at`), and raises `Refused`."""

from .accounts import change_address, freeze_account, thaw_account
from .answers import accept, decline, expire, withdraw
from .assigning import assign, hand_over
from .callers import end_mandate, give_mandate, record_contact
from .campaign_rules import establish_rules
from .commission import call_session, complete_agenda, offer_by_commission, record_minutes
from .conversation import advise_office, advise_student, send_letter, write_note, write_to_office, write_to_student
from .corrections import correct_application, correct_facts, merge, transfer
from .decisions import (
    close,
    declare_admissible,
    declare_inadmissible,
    escalate,
    prepare_decision,
    refer_to_commission,
    reopen,
    withdraw_decision,
)
from .drafting import consult_draft, move_draft, order_consultations, refuse_draft
from .drafts import (
    add_licence,
    begin_application,
    forget_begun_application,
    found_on,
    match_proofs,
    remove_application,
    remove_document,
    remove_licence,
    save_application,
    save_applications,
    save_draft,
    start_draft,
)
from .enrolments import record_enrolment, record_no_enrolment
from .entering import enter
from .extensions import apply_extension, confirm_extension, extend, order_extension
from .facts import facts_of, missing_to_file
from .filing import (
    add_document,
    file,
    lapse_request,
    replace_document,
    request_documents,
    resume,
    set_adviser_consent,
    supply_documents,
)
from .health import add_health_document, end_health, give_opinion, record_health_reading, request_health
from .licences import choose_licence, postpone_licence, prove_licence, report_failure
from .moving import CLOCK, By, Refused, Seen
from .offers import (
    consult,
    delegate,
    end_search,
    lapse_consultation,
    record_agreement,
    record_condition,
    record_refusal,
    retract_offer,
    send_offer,
)
from .reviewing import points_of, review
from .runs import execute_replay, execute_run, order_replay, order_run, replay
from .scans import settle_scan
from .standing import agree_beforehand, end_standing_agreement
from .telling import record_first_reading, record_mail, restart_limit

__all__ = [
    "CLOCK",
    "By",
    "Refused",
    "Seen",
    "accept",
    "add_document",
    "add_health_document",
    "add_licence",
    "advise_office",
    "advise_student",
    "agree_beforehand",
    "apply_extension",
    "assign",
    "begin_application",
    "call_session",
    "change_address",
    "choose_licence",
    "close",
    "complete_agenda",
    "confirm_extension",
    "consult",
    "consult_draft",
    "correct_application",
    "correct_facts",
    "declare_admissible",
    "declare_inadmissible",
    "decline",
    "delegate",
    "end_health",
    "end_mandate",
    "end_search",
    "end_standing_agreement",
    "enter",
    "escalate",
    "establish_rules",
    "execute_replay",
    "execute_run",
    "expire",
    "extend",
    "facts_of",
    "file",
    "forget_begun_application",
    "found_on",
    "freeze_account",
    "give_mandate",
    "give_opinion",
    "hand_over",
    "lapse_consultation",
    "lapse_request",
    "match_proofs",
    "merge",
    "missing_to_file",
    "move_draft",
    "offer_by_commission",
    "order_consultations",
    "order_extension",
    "order_replay",
    "order_run",
    "points_of",
    "postpone_licence",
    "prepare_decision",
    "prove_licence",
    "record_agreement",
    "record_condition",
    "record_contact",
    "record_enrolment",
    "record_first_reading",
    "record_health_reading",
    "record_mail",
    "record_minutes",
    "record_no_enrolment",
    "record_refusal",
    "refer_to_commission",
    "refuse_draft",
    "remove_application",
    "remove_document",
    "remove_licence",
    "reopen",
    "replace_document",
    "replay",
    "report_failure",
    "request_documents",
    "request_health",
    "restart_limit",
    "resume",
    "retract_offer",
    "review",
    "save_application",
    "save_applications",
    "save_draft",
    "send_letter",
    "send_offer",
    "set_adviser_consent",
    "settle_scan",
    "start_draft",
    "supply_documents",
    "thaw_account",
    "transfer",
    "withdraw",
    "withdraw_decision",
    "write_note",
    "write_to_office",
    "write_to_student",
]
