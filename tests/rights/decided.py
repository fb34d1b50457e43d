"""What everybody is answered at every address of the site, as data: who gets what. Who is not named is refused.

Each line: what a GET and what a POST of nothing are answered, then the addresses of which that is true. A person stands there for
the address of what is hers, or of nobody; « caseworker/abroad » for what is another region's, « adviser/draft » for a draft that is
shared. To the nation's administrator both regions are hers.
"""

STAFF = ("caseworker", "head", "medical", "administrator")
WITHOUT_SESSION = ("stranger", "deactivated")
GROUPS = {
    "everybody": (
        "stranger student drafter silent adviser institution caseworker head medical administrator former deactivated"
    ),
    "accounts": "student drafter silent adviser institution caseworker head medical administrator former",
    "students": "student drafter silent",
    "staff": "caseworker head medical administrator",
    "office": "caseworker head administrator",
    "region": "caseworker head",
    "region/abroad": "caseworker/abroad head/abroad",
    "everybody/abroad": (
        "stranger/case student/abroad student/silent drafter/case silent/case adviser/silent institution/abroad caseworker/abroad "
        "head/abroad medical/abroad former/case deactivated/case"
    ),
}  # fmt: skip


def refused(name: str, who: str) -> tuple[int, ...]:
    """Return how an address says no: asks to sign in, does not exist, opens no such list, knows no such method."""
    if name.startswith(("admin:", "bureau/")):
        return (403, 404, 405) if who in STAFF else (302,)
    return (302, 404, 405) if who in WITHOUT_SESSION else (404, 405)


def leads_on(name: str) -> bool:
    """Whether an address only leads to another one, that of a page or of the page before, whatever is in it."""
    return name.startswith("bureau/") or name.endswith(("_history", "standingagreement_change"))


def expected(name: str, who: str, kind: str, method: str) -> tuple[int, ...]:
    """Return what was decided for ``who`` at what is hers, or at what ``kind`` names; nothing where she is refused."""
    asked = {who, f"{who}/{kind}"} if kind in ("", *HERS.get(who, ("case",))) else {f"{who}/{kind}"}
    line = DECIDED.get(name, ("", ""))[method == "POST"]
    found = []
    for part in filter(None, line.split("; ")):
        status, *people = part.split()
        if asked & {one for person in people for one in GROUPS.get(person, person).split()}:
            found.append(int(status))
    return tuple(found)


HERS = {"drafter": ("draft",), "silent": ("silent",), "administrator": ("case", "abroad")}
"""Whose case is meant where a person alone is named; else the one that is told."""

TABLE: tuple[tuple[str, str, str], ...] = (
    (
        "200 everybody",
        "",
        (
            "home legal personal_data accessibility rules questions contacts dates statistics statistics_csv "
            "statistics_json verify vacancies:list vacancies:csv vacancies:json socialaccount_login_cancelled "
            "account_inactive account_email_verification_sent account_reset_password_from_key_done "
            "account_reset_password_done"
        ),
    ),
    (
        "200 everybody",
        "200 everybody",
        "may_i_refer account_reset_password health",
    ),
    (
        "200 everybody everybody/abroad",
        "200 everybody everybody/abroad",
        "verify_letter invitation answer_by_link",
    ),
    (
        "200 everybody everybody/abroad",
        "",
        "calendar_feed",
    ),
    (
        "302 accounts",
        "",
        "may_i_refer_answer",
    ),
    (
        "",
        "",
        (
            "student:receive_part original "
            "mfa_deactivate_totp mfa_view_recovery_codes mfa_download_recovery_codes mfa_remove_webauthn mfa_edit_webauthn "
            "openid_connect_login openid_connect_callback account_confirm_email account_reset_password_from_key "
            "admin:autocomplete admin:view_on_site admin:vacancies_merger_add admin:vacancies_academicregion_add "
            "admin:vacancies_academy_add admin:vacancies_compatibility_add admin:vacancies_line_add admin:vacancies_question_add "
            "admin:admin_logentry_add admin:admin_logentry_history admin:admin_logentry_delete admin:admin_logentry_change "
            "admin:referrals_extension_delete admin:referrals_standingagreement_add "
            "admin:referrals_standingagreement_delete admin:referrals_healthrequest_add "
            "admin:referrals_healthrequest_delete admin:referrals_referral_add "
            "admin:referrals_referral_delete admin:referrals_campaignrules_delete admin:referrals_matchingrun_delete "
            "admin:notifications_message_add admin:notifications_message_delete admin:app_list bureau/(?P<url>.*)$ "
            "security_txt"
        ),
    ),
    (
        "200 accounts",
        "",
        "student:home student:suggest student:export mfa_index mfa_list_webauthn",
    ),
    (
        "302 accounts",
        "302 accounts",
        (
            "student:start after_login mfa_authenticate mfa_reauthenticate mfa_reauthenticate_webauthn mfa_login_webauthn "
            "socialaccount_signup account_set_password account_confirm_login_code"
        ),
    ),
    (
        "200 accounts",
        "302 accounts",
        "student:leave student:calendar usersessions_list account_logout account_email",
    ),
    (
        "200 accounts",
        "200 accounts",
        (
            "student:my_data mfa_activate_totp mfa_generate_recovery_codes mfa_add_webauthn socialaccount_connections "
            "account_reauthenticate account_change_password"
        ),
    ),
    (
        "",
        "302 accounts",
        "student:erase_me",
    ),
    (
        "200 students",
        "",
        "student:referral student:document_page student:limits_file student:rules student:readings",
    ),
    (
        "200 drafter; 302 student silent",
        "302 students",
        (
            "student:identity student:licence student:licence_place student:licence_day student:proofs student:project "
            "student:wishes student:mobility student:check"
        ),
    ),
    (
        "200 drafter; 302 student silent",
        "302 student silent",
        "student:licences student:applications",
    ),
    (
        "200 drafter; 302 student silent",
        "200 drafter; 302 student silent",
        (
            "student:add_licence student:add_application student:paste student:application student:documents "
            "student:replace_document"
        ),
    ),
    (
        "302 students",
        "302 students",
        (
            "student:found_on student:remove_licence student:remove_application student:remove_begun_application "
            "student:remove_document student:supply "
            "student:end_mandate student:share_draft student:end_health"
        ),
    ),
    (
        "302 student silent",
        "302 student silent",
        "student:begun_application",
    ),
    (
        "",
        "400 students",
        "student:receive",
    ),
    (
        "200 student silent; 302 drafter",
        "200 students",
        "student:add_document student:messages student:mandate",
    ),
    (
        "302 students",
        "200 students",
        "student:prove_licence student:postpone_licence student:report_failure",
    ),
    (
        "200 student silent; 302 drafter",
        "200 drafter; 302 student silent",
        "student:consent student:withdraw",
    ),
    (
        "200 students",
        "200 students",
        "student:health",
    ),
    (
        "200 drafter",
        "",
        "student:limit_file",
    ),
    (
        "200 student silent; 302 drafter",
        "302 drafter",
        "student:case_export student:case_file",
    ),
    (
        "200 student silent; 302 drafter",
        "",
        "student:offers",
    ),
    (
        "200 student",
        "302 student",
        "student:accept student:decline",
    ),
    (
        "200 adviser",
        "",
        "adviser:list adviser:drafts",
    ),
    (
        "200 adviser adviser/draft",
        "",
        "adviser:referral adviser:interview",
    ),
    (
        "200 adviser; 302 adviser/draft",
        "200 adviser; 302 adviser/draft",
        "adviser:advise_student adviser:advise_office",
    ),
    (
        "200 adviser/draft; 302 adviser",
        "302 adviser adviser/draft",
        "adviser:identity adviser:project",
    ),
    (
        "200 adviser/draft; 302 adviser",
        "200 adviser/draft; 302 adviser",
        "adviser:licence adviser:add_application adviser:application",
    ),
    (
        "200 adviser/draft; 302 adviser",
        "302 adviser",
        "adviser:applications",
    ),
    (
        "302 adviser adviser/draft",
        "302 adviser adviser/draft",
        "adviser:remove_application",
    ),
    (
        "200 institution",
        "",
        (
            "institution:list institution:template institution:import institution:requests institution:request "
            "institution:agreements"
        ),
    ),
    (
        "200 institution",
        "200 institution",
        "institution:upload institution:agree institution:declaration",
    ),
    (
        "302 institution",
        "302 institution",
        "institution:end_agreement",
    ),
    (
        "200 institution",
        "302 institution",
        "institution:confirm",
    ),
    (
        "200 students adviser institution office",
        "",
        "document",
    ),
    (
        "",
        "400 everybody",
        "language",
    ),
    (
        "200 stranger deactivated; 302 accounts",
        "200 stranger deactivated; 302 accounts",
        "account_login account_signup account_request_login_code",
    ),
    (
        "302 staff",
        "302 staff",
        (
            "admin:looked admin:logout admin:password_change admin:password_change_done "
            "bureau/vacancies/merger/<path:object_id>/ bureau/vacancies/compatibility/<path:object_id>/ "
            "bureau/vacancies/question/<path:object_id>/ bureau/admin/logentry/<path:object_id>/ "
            "bureau/referrals/publication/<path:object_id>/ bureau/referrals/legalhold/<path:object_id>/ "
            "bureau/vacancies/academicregion/<path:object_id>/ bureau/vacancies/academy/<path:object_id>/ "
            "bureau/vacancies/licencemention/<path:object_id>/ bureau/vacancies/mastermention/<path:object_id>/ "
            "bureau/vacancies/institution/<path:object_id>/ bureau/vacancies/programme/<path:object_id>/ "
            "bureau/vacancies/import/<path:object_id>/ bureau/vacancies/line/<path:object_id>/ "
            "bureau/vacancies/campaign/<path:object_id>/ bureau/referrals/absence/<path:object_id>/ "
            "bureau/referrals/assignmentrule/<path:object_id>/ bureau/referrals/user/<path:object_id>/ "
            "bureau/referrals/post/<path:object_id>/ admin:referrals_commissionsession_history "
            "bureau/referrals/commissionsession/<path:object_id>/ admin:referrals_extension_history "
            "bureau/referrals/extension/<path:object_id>/ admin:referrals_standingagreement_change "
            "bureau/referrals/standingagreement/<path:object_id>/ bureau/vacancies/vacancy/<path:object_id>/ "
            "admin:referrals_healthrequest_history bureau/referrals/healthrequest/<path:object_id>/ "
            "admin:referrals_referral_history bureau/referrals/referral/<path:object_id>/ "
            "admin:referrals_campaignrules_history bureau/referrals/campaignrules/<path:object_id>/ "
            "admin:referrals_matchingrun_history bureau/referrals/matchingrun/<path:object_id>/ "
            "bureau/referrals/standardtext/<path:object_id>/ bureau/notifications/message/<path:object_id>/"
        ),
    ),
    (
        "200 staff",
        "200 staff",
        "admin:index",
    ),
    (
        "302 staff; 403 students adviser institution former",
        "302 staff; 403 students adviser institution former",
        "admin:login",
    ),
    (
        "200 staff",
        "",
        "admin:jsi18n",
    ),
    (
        "200 office",
        "200 office",
        (
            "admin:vacancies_merger_changelist admin:vacancies_institution_changelist admin:vacancies_programme_changelist "
            "admin:vacancies_compatibility_changelist admin:vacancies_import_changelist admin:vacancies_import_add "
            "admin:vacancies_line_changelist admin:vacancies_question_changelist admin:referrals_absence_team "
            "admin:referrals_absence_changelist admin:referrals_assignmentrule_changelist "
            "admin:referrals_commissionsession_changelist admin:referrals_legalhold_changelist "
            "admin:referrals_standingagreement_answers admin:referrals_standingagreement_answers_csv "
            "admin:referrals_standingagreement_changelist admin:vacancies_vacancy_declarations "
            "admin:vacancies_vacancy_declarations_csv admin:vacancies_vacancy_totals admin:vacancies_vacancy_totals_csv "
            "admin:vacancies_vacancy_changelist admin:vacancies_vacancy_add admin:referrals_publication_figures "
            "admin:referrals_publication_figures_file admin:referrals_publication_changelist "
            "admin:referrals_referral_to_send admin:referrals_referral_changelist admin:referrals_matchingrun_changelist "
            "admin:referrals_standardtext_changelist admin:notifications_message_changelist"
        ),
    ),
    (
        "200 administrator",
        "200 administrator",
        (
            "admin:vacancies_academicregion_changelist admin:vacancies_academy_changelist "
            "admin:vacancies_licencemention_changelist admin:vacancies_licencemention_add "
            "admin:vacancies_mastermention_changelist admin:vacancies_mastermention_add admin:vacancies_institution_add "
            "admin:vacancies_programme_add admin:vacancies_campaign_changelist admin:vacancies_campaign_add "
            "admin:admin_logentry_changelist admin:referrals_user_changelist admin:referrals_user_add "
            "admin:referrals_post_add admin:referrals_publication_add admin:referrals_campaignrules_changelist "
            "admin:referrals_campaignrules_add"
        ),
    ),
    (
        "200 administrator",
        "200 administrator",
        (
            "admin:vacancies_academicregion_history admin:vacancies_academicregion_change admin:vacancies_academy_history "
            "admin:vacancies_academy_change admin:vacancies_licencemention_history admin:vacancies_licencemention_change "
            "admin:vacancies_mastermention_history admin:vacancies_mastermention_change admin:vacancies_institution_merge "
            "admin:vacancies_campaign_history admin:vacancies_campaign_change admin:referrals_user_history"
        ),
    ),
    (
        "403 administrator",
        "403 administrator",
        (
            "admin:vacancies_academicregion_delete admin:vacancies_academy_delete admin:vacancies_licencemention_delete "
            "admin:vacancies_mastermention_delete admin:vacancies_line_delete admin:vacancies_campaign_delete "
            "admin:referrals_user_delete admin:referrals_post_delete admin:referrals_commissionsession_delete "
            "admin:referrals_legalhold_delete admin:referrals_standardtext_delete"
        ),
    ),
    (
        "200 office region/abroad",
        "200 office region/abroad",
        (
            "admin:vacancies_institution_history admin:vacancies_programme_history admin:vacancies_import_file "
            "admin:vacancies_import_report admin:vacancies_vacancy_history"
        ),
    ),
    (
        "302 office region/abroad",
        "302 office region/abroad",
        "admin:vacancies_import_history admin:vacancies_merger_history admin:vacancies_question_history",
    ),
    (
        "200 office region/abroad",
        "405 office region/abroad",
        "admin:vacancies_merger_change admin:vacancies_question_change",
    ),
    (
        "405 office region/abroad",
        "302 administrator; 403 region region/abroad",
        "admin:vacancies_merger_undo admin:vacancies_question_answer",
    ),
    (
        "200 office region/abroad",
        "403 office region/abroad",
        "admin:vacancies_compatibility_change",
    ),
    (
        "200 office region/abroad",
        "200 office region/abroad",
        "admin:vacancies_compatibility_history admin:referrals_publication_history admin:referrals_publication_change",
    ),
    (
        "200 administrator",
        "302 administrator",
        "admin:referrals_user_invite",
    ),
    (
        "200 head administrator",
        "200 head administrator",
        "admin:referrals_post_reset_factor",
    ),
    (
        "403 office region/abroad",
        "403 office region/abroad",
        (
            "admin:vacancies_merger_delete admin:vacancies_compatibility_delete admin:vacancies_question_delete "
            "admin:referrals_publication_delete"
        ),
    ),
    (
        "403 region/abroad administrator",
        "403 region/abroad administrator",
        "admin:vacancies_institution_delete admin:vacancies_programme_delete admin:vacancies_import_delete",
    ),
    (
        "200 office region/abroad",
        "200 administrator; 403 region/abroad",
        "admin:vacancies_institution_change admin:vacancies_programme_change",
    ),
    (
        "",
        "302 administrator",
        "admin:vacancies_import_from_catalogue",
    ),
    (
        "405 region/abroad administrator",
        "302 office; 403 region/abroad",
        (
            "admin:vacancies_import_apply admin:vacancies_import_look-again admin:vacancies_import_abandon "
            "admin:vacancies_import_reverse"
        ),
    ),
    (
        "302 office",
        "302 office",
        "admin:referrals_referral_bulk_report admin:referrals_referral_bulk",
    ),
    (
        "200 office region/abroad",
        "405 region/abroad administrator",
        "admin:vacancies_import_change",
    ),
    (
        "200 office",
        "200 office",
        (
            "admin:vacancies_line_history admin:referrals_absence_history admin:referrals_assignmentrule_history "
            "admin:referrals_commissionsession_case admin:referrals_commissionsession_change "
            "admin:referrals_legalhold_history admin:referrals_standingagreement_history admin:referrals_matchingrun_refuse "
            "admin:referrals_matchingrun_move admin:referrals_standardtext_history admin:notifications_message_history"
        ),
    ),
    (
        "200 office",
        "403 administrator",
        "admin:vacancies_line_change",
    ),
    (
        "200 head administrator",
        "200 head administrator",
        (
            "admin:referrals_absence_standing_still admin:referrals_post_changelist admin:referrals_legalhold_add "
            "admin:referrals_standardtext_add"
        ),
    ),
    (
        "200 head",
        "200 head",
        "admin:referrals_absence_move_work admin:referrals_assignmentrule_add",
    ),
    (
        "200 region",
        "200 region",
        (
            "admin:referrals_absence_add admin:referrals_commissionsession_add admin:referrals_extension_changelist "
            "admin:referrals_extension_add admin:referrals_referral_enter admin:referrals_matchingrun_what_if "
            "admin:referrals_matchingrun_add"
        ),
    ),
    (
        "200 region; 403 administrator",
        "200 region; 403 administrator",
        "admin:referrals_absence_delete",
    ),
    (
        "200 office",
        "200 region; 403 administrator",
        "admin:referrals_absence_change",
    ),
    (
        "200 head; 403 administrator",
        "200 head; 403 administrator",
        "admin:referrals_assignmentrule_delete",
    ),
    (
        "200 office",
        "200 head; 403 administrator",
        "admin:referrals_assignmentrule_change admin:referrals_standardtext_change",
    ),
    (
        "200 administrator",
        "302 administrator",
        "admin:referrals_user_change",
    ),
    (
        "200 head administrator",
        "200 head administrator",
        "admin:referrals_post_history",
    ),
    (
        "200 head administrator",
        "302 administrator",
        "admin:referrals_post_change",
    ),
    (
        "",
        "302 region; 403 administrator",
        "admin:referrals_commissionsession_complete",
    ),
    (
        "200 region",
        "302 region",
        "admin:referrals_extension_change",
    ),
    (
        "200 administrator",
        "",
        "admin:referrals_legalhold_retention",
    ),
    (
        "200 office",
        "200 head administrator",
        "admin:referrals_legalhold_change",
    ),
    (
        "403 region/abroad",
        "403 region/abroad",
        "admin:vacancies_vacancy_delete",
    ),
    (
        "200 office region/abroad",
        "200 office; 403 region/abroad",
        "admin:vacancies_vacancy_change",
    ),
    (
        "200 medical",
        "200 medical",
        "admin:referrals_healthrequest_changelist admin:referrals_healthrequest_change",
    ),
    (
        "",
        "302 office",
        "admin:referrals_referral_columns admin:referrals_referral_save_filter",
    ),
    (
        "",
        "302 caseworker",
        "admin:referrals_referral_delete_filter",
    ),
    (
        "200 region; 302 administrator",
        "200 region; 302 administrator",
        "admin:referrals_referral_consult",
    ),
    (
        "200 office",
        "",
        (
            "admin:referrals_referral_export admin:referrals_referral_export_file admin:referrals_referral_documents "
            "admin:referrals_referral_page admin:referrals_referral_change admin:notifications_message_change"
        ),
    ),
    (
        "302 office",
        "200 office",
        (
            "admin:referrals_referral_prove_licence admin:referrals_referral_postpone_licence "
            "admin:referrals_referral_choose_licence admin:referrals_referral_request_documents "
            "admin:referrals_referral_resume admin:referrals_referral_review admin:referrals_referral_declare_inadmissible "
            "admin:referrals_referral_withdraw_decision admin:referrals_referral_restart_limit "
            "admin:referrals_referral_extend admin:referrals_referral_end_mandate admin:referrals_referral_thaw_account "
            "admin:referrals_referral_reopen admin:referrals_referral_record_agreement "
            "admin:referrals_referral_record_refusal admin:referrals_referral_record_condition "
            "admin:referrals_referral_record_enrolment admin:referrals_referral_record_no_enrolment"
        ),
    ),
    (
        "200 region; 302 administrator",
        "200 office",
        (
            "admin:referrals_referral_add_document admin:referrals_referral_assign "
            "admin:referrals_referral_prepare_decision admin:referrals_referral_end_search "
            "admin:referrals_referral_record_contact admin:referrals_referral_write_note "
            "admin:referrals_referral_write_to_student admin:referrals_referral_send_letter "
            "admin:referrals_referral_give_mandate admin:referrals_referral_correct_facts "
            "admin:referrals_referral_correct_application admin:referrals_referral_transfer admin:referrals_referral_absorb "
            "admin:referrals_referral_freeze_account admin:referrals_referral_change_address "
            "admin:referrals_referral_retract_offer"
        ),
    ),
    (
        "302 office",
        "200 administrator; 302 region",
        "admin:referrals_referral_declare_admissible",
    ),
    (
        "200 region; 302 administrator",
        "200 administrator; 302 region",
        "admin:referrals_referral_refer_to_commission admin:referrals_referral_send_offer",
    ),
    (
        "200 head; 302 caseworker administrator",
        "200 office",
        "admin:referrals_referral_close",
    ),
    (
        "200 staff region/abroad medical/abroad",
        "",
        "admin:referrals_campaignrules_change",
    ),
    (
        "405 administrator",
        "302 office",
        "admin:referrals_matchingrun_replay",
    ),
    (
        "200 office",
        "302 office",
        "admin:referrals_matchingrun_drafts",
    ),
    (
        "200 office",
        "405 administrator",
        "admin:referrals_matchingrun_change",
    ),
    (
        "200 everybody",
        "",
        "robots_txt",
    ),
)  # fmt: skip

DECIDED: dict[str, tuple[str, str]] = {name: (get, post) for get, post, names in TABLE for name in names.split()}

TRACED = {
    **dict.fromkeys(
        ("document", "original", "admin:referrals_referral_page", "admin:referrals_referral_export_file"),
        "told",
    ),
    **dict.fromkeys(("student:document_page", "student:case_file", "student:export"), "her own"),
    "adviser:interview": "a sheet made of the case as she opens it: no document of hers is in it",
    "institution:template": "an empty table",
    **dict.fromkeys(
        (
            "statistics_csv", "vacancies:csv", "admin:vacancies_vacancy_declarations_csv", "admin:vacancies_vacancy_totals_csv",
            "admin:vacancies_import_file", "admin:vacancies_import_report", "admin:referrals_publication_figures_file",
            "admin:referrals_standingagreement_answers_csv",
        ),
        "seats and figures",
    ),
}  # fmt: skip
"""Where something leaves that is no page → whether the student is told of the reading, or why there is nothing to tell."""
