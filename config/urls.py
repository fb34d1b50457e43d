"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from referrals import language
from referrals.institution.by_link import AnswerByLink
from referrals.public import check, contacts, dates, help, rules, statistics, verifying
from referrals.public import views as public
from referrals.student import calendars

urlpatterns = [
    path("", public.home, name="home"),
    path("mentions-legales/", public.legal, name="legal"),
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
    path("langue/", language.choose, name="language"),
    path("entree/", public.after_login, name="after_login"),
    path("compte/", include("allauth.account.urls")),
    path("bureau/", admin.site.urls),
    path("sante/", public.health, name="health"),
]
