"""Every address of the site."""

from allauth.socialaccount import views as identities
from django.contrib import admin
from django.urls import include, path

from referrals import language
from referrals.accounts import invitations, providers, sessions
from referrals.institution.by_link import AnswerByLink
from referrals.public import announcements, check, contacts, dates, help, privacy, rules, statistics, verifying
from referrals.public import views as public
from referrals.student import calendars

handler400 = "referrals.public.errors.bad_request"
handler500 = "referrals.public.errors.server_error"

urlpatterns = [
    path("", public.home, name="home"),
    path("mentions-legales/", public.legal, name="legal"),
    path("donnees-personnelles/", privacy.personal_data, name="personal_data"),
    path("accessibilite/", public.accessibility, name="accessibility"),
    path("regles/", rules.rules_in_force, name="rules"),
    path("questions/", help.questions, name="questions"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("calendrier/", dates.dates, name="dates"),
    path("statistiques/", statistics.statistics, name="statistics"),
    path("statistiques/donnees.csv", statistics.as_csv, name="statistics_csv"),
    path("statistiques/donnees.json", statistics.as_json, name="statistics_json"),
    path("puis-je-saisir/", check.may_i_refer, name="may_i_refer"),
    path("puis-je-saisir/reponse/", check.answer, name="may_i_refer_answer"),
    path("verifier/", verifying.verify, name="verify"),
    path("verifier/<str:code>/", verifying.verify_letter, name="verify_letter"),
    path("places-vacantes/", include("vacancies.urls")),
    path("ma-saisine/", include("referrals.student.urls")),
    path("suivi/", include("referrals.adviser.urls")),
    path("etablissement/", include("referrals.institution.urls")),
    path("reponse/<str:token>/", AnswerByLink.as_view(), name="answer_by_link"),
    path("calendrier/<str:token>.ics", calendars.feed, name="calendar_feed"),
    path("documents/<uuid:key>/", public.document, name="document"),
    path("documents/<uuid:key>/original/", public.document, {"original": True}, name="original"),
    path("langue/", language.choose, name="language"),
    path("entree/", public.after_login, name="after_login"),
    path("compte/invitation/<str:secret>/", invitations.answer_invitation, name="invitation"),
    path("compte/second-facteur/", include("allauth.mfa.urls")),
    path("compte/sessions/", sessions.own_sessions, name="usersessions_list"),
    path("compte/identites/", identities.connections, name="socialaccount_connections"),
    path("compte/identites/adresse/", identities.signup, name="socialaccount_signup"),
    path("compte/identites/renoncer/", identities.login_cancelled, name="socialaccount_login_cancelled"),
    path("compte/fournisseur/<slug:provider_id>/", providers.login, name="openid_connect_login"),
    path("compte/fournisseur/<slug:provider_id>/retour/", providers.callback, name="openid_connect_callback"),
    path("compte/", include("allauth.account.urls")),
    path("bureau/", admin.site.urls),
    path("sante/", public.health, name="health"),
    path(".well-known/security.txt", announcements.security, name="security_txt"),
    path("robots.txt", announcements.robots, name="robots_txt"),
]
