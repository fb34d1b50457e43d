"""The draft: each step is saved by itself, comes back as it was typed, and never pretends to be filed."""

from datetime import date
from re import findall, search

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from referrals import procedure
from referrals.models import DocumentKind, Limit, LimitKind, Referral
from referrals.procedure import missing_to_file
from referrals.rules.rule_sets import DECREE_2023, values_of
from referrals.rules.states import State
from tests import factories
from tests.story import Story
from tests.student.conftest import Browser
from tests.student.reading import errors_of, said, text_of, typed

pytestmark = pytest.mark.django_db

NOT_FILED = "Brouillon : votre saisine n’est pas encore déposée."
SAVED = "Enregistré. Brouillon : votre saisine n’est pas encore déposée."

IDENTITY = {
    "first_names": "Zoé Aïcha",
    "birth_name": "L’Hôte <b>d'Arc</b>",
    "usage_name": "Ñandú",
    "diploma_name": "",
    "birth_date": "29/02/2004",
    "ine": "0123456789k",
}


def saved(referral: Referral, *columns: str) -> list:
    referral.refresh_from_db()
    return [getattr(referral, column) for column in columns]


def transcript(name: str = "relevé.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.pdf() if content is None else content)


def test_she_begins_once_and_comes_back_to_the_same_draft(story, other):
    browser = Browser(other, Referral())
    first = browser.client.post("/ma-saisine/commencer/")
    again = browser.client.post("/ma-saisine/commencer/")
    mine = Referral.objects.of_student(other).get()
    assert [first.url, again.url] == [f"/ma-saisine/{mine.key}/"] * 2
    assert browser.client.get("/ma-saisine/commencer/").url == "/ma-saisine/"


def test_before_any_campaign_there_is_nothing_to_begin(other):
    client = Browser(other, Referral()).client
    assert client.post("/ma-saisine/commencer/").url == "/ma-saisine/"
    assert "Aucune campagne n’est ouverte pour le moment." in text_of(client.get("/ma-saisine/"))


@pytest.mark.parametrize(
    "page",
    [
        "referral",
        "identity",
        "licence",
        "licence_place",
        "licence_day",
        "licences",
        "add_licence",
        "applications",
        "add_application",
        "project",
        "wishes",
        "mobility",
        "documents",
        "check",
    ],
)
def test_every_page_of_a_draft_says_that_nothing_is_filed(blank, page):
    response = blank.get(page)
    assert response.status_code == 200
    assert NOT_FILED in text_of(response)


def test_the_task_list_says_what_is_left(blank, story):
    assert [step["state"] for step in blank.get("referral").context["steps"]] == [
        "à compléter",
        "à compléter",
        "facultatif, conseillé",
        "facultatif, conseillé",
        "à compléter",
    ]


def test_identity_is_saved_and_shown_again(blank):
    response = blank.post("identity", IDENTITY)
    assert response.url == blank.address("licence")
    assert said(response) == [SAVED]
    assert saved(blank.referral, "first_names", "birth_name", "usage_name", "birth_date", "ine") == [
        "Zoé Aïcha",
        "L’Hôte <b>d'Arc</b>",
        "Ñandú",
        date(2004, 2, 29),
        "0123456789K",
    ]
    page = blank.get("identity").content.decode()
    assert 'value="29/02/2004"' in page
    assert 'value="L’Hôte &lt;b&gt;d&#x27;Arc&lt;/b&gt;"' in page


def test_a_step_may_lead_back_to_the_list(blank):
    assert blank.post("identity", IDENTITY | {"back": "1"}).url == blank.address("referral")


@pytest.mark.parametrize("ine", ["12", "01234567890", "ABCDEFGHIJK"])
def test_a_strange_ine_is_saved_with_a_warning(blank, ine):
    response = blank.post("identity", IDENTITY | {"ine": ine})
    assert saved(blank.referral, "ine") == [ine]
    warning = (
        f"L’INE « {ine} » n’a pas la forme habituelle (11 caractères, par exemple 10 chiffres et une lettre). "
        "Il est enregistré tel quel : vérifiez-le sur votre relevé de notes."
    )
    assert said(response) == ([warning, SAVED] if ine != "01234567890" else [SAVED])


@pytest.mark.parametrize(
    ("typed_date", "sentence"),
    [
        ("31/02/2004", "Écrivez une date qui existe, sous la forme jour/mois/année."),
        ("hier", "Écrivez une date qui existe, sous la forme jour/mois/année."),
        ("21/06/2026", "Cette date est dans l’avenir."),
    ],
)
def test_a_wrong_day_is_refused_and_stays_as_typed(blank, typed_date, sentence):
    response = blank.post("identity", IDENTITY | {"birth_date": typed_date})
    assert errors_of(response) == {"birth_date": [sentence]}
    assert typed(response, "birth_date", "first_names") == [typed_date, "Zoé Aïcha"]
    assert saved(blank.referral, "first_names") == [""]


def test_an_error_is_linked_to_its_field_and_recalled_on_top(blank):
    page = blank.post("identity", IDENTITY | {"birth_date": "hier"}).content.decode()
    assert search(r"<title>\s*Erreur\s:", page)
    assert '<li><a href="#id_birth_date">Date de naissance</a>\N{NO-BREAK SPACE}: Écrivez une date qui existe' in page
    field = page[page.index('name="birth_date"') :][:300]
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="id_birth_date_helptext id_birth_date_error"' in field
    assert '<div id="id_birth_date_error">' in page


def licence(story, **changes) -> dict:
    factories.LicenceMentionFactory(name="Histoire")
    answers = {
        "licence_mention": "histoire",
        "licence_institution": story.institution.name,
        "licence_site": "Lyon",
        "licence_academy": "",
        "diploma": "national",
        "status": "obtained",
        "licence_day": "12/06/2026",
    }
    return answers | changes


def test_the_licence_gives_the_academie_and_starts_the_filing_limit(blank, story):
    response = blank.answers("licence", licence(story))
    assert response.url == blank.address("licences")
    assert saved(blank.referral, "licence_on", "licence_expected_on", "licence_site") == [date(2026, 6, 12), None, "Lyon"]
    assert str(blank.referral.licence_mention) == "Histoire"
    assert blank.referral.licence_institution == story.institution
    assert blank.referral.licence_academy == story.academy
    limit = Limit.objects.get(referral=blank.referral, kind=LimitKind.FILING)
    assert (limit.start, limit.last_day) == (date(2026, 6, 15), date(2026, 6, 30))
    assert "Dépôt de la saisine : jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)" in text_of(blank.get("referral"))


def test_a_licence_that_the_list_does_not_name_stops_nobody(blank, story):
    blank.answers("licence", licence(story, licence_mention="", licence_title="Licence d’ethnomusicologie"))
    assert saved(blank.referral, "licence_mention", "licence_title") == [None, "Licence d’ethnomusicologie"]
    assert blank.referral.licence_name == "Licence d’ethnomusicologie"
    assert "la mention de votre licence" not in missing_to_file(blank.referral)


@pytest.mark.parametrize("diploma", ["national", "professional", "foreign", "other", ""])
def test_the_nature_of_the_diploma_is_asked_and_stops_nobody(blank, story, diploma):
    assert blank.answers("licence", licence(story, diploma=diploma)).url == blank.address("licences")
    assert saved(blank.referral, "diploma") == [diploma]
    assert blank.get("referral").context["steps"][1]["state"] == ("complet" if diploma else "à compléter")


OTHER = {"licence_mention": "", "licence_title": "Licence d’ethnomusicologie", "licence_site": "Saint-Denis"}


def with_another(blank, story, **changes) -> Referral:
    """Founded on a licence of Lyon obtained on 12 June; another of La Réunion, of 2024, unless ``changes`` say otherwise."""
    island = factories.InstitutionFactory(name="Université de l’Île", academy=factories.academy("La Réunion"))
    blank.answers("licence", licence(story, diploma="professional"))
    other = OTHER | {"licence_institution": island.name, "licence_day": "28/06/2024"} | changes
    assert blank.post("add_licence", licence(story, **other)).url == blank.address("licences")
    return blank.referral


def test_each_licence_shows_its_limit_and_its_region(blank, story):
    with_another(blank, story)
    response = blank.get("licences")
    assert [
        (row["name"], str(row["academy"].region), row["limit"].last_day, row["limit"].zone) for row in response.context["licences"]
    ] == [
        ("Histoire", "Auvergne-Rhône-Alpes", date(2026, 6, 30), "Europe/Paris"),
        ("Licence d’ethnomusicologie", "La Réunion", date(2026, 6, 30), "Indian/Reunion"),
    ]
    page = text_of(response)
    assert "mardi 30 juin 2026 à 24 h 00 (heure de La Réunion, UTC+4)" in page
    assert "Fonder ma saisine sur celle-ci" in page


def test_one_licence_needs_no_choice(blank, story):
    blank.answers("licence", licence(story))
    assert blank.get("licences").context["licences"] == []


def test_she_founds_her_referral_on_another_licence_and_may_come_back(blank, story):
    referral = with_another(blank, story)
    for chosen, diploma, academy in (
        ("Licence d’ethnomusicologie", "national", "La Réunion"),
        ("Histoire", "professional", "Lyon"),
    ):
        other = referral.other_licences.get()
        response = blank.post("found_on", pk=other.pk)
        assert response.url == blank.address("licences")
        assert said(response)[-1].startswith(f"Votre saisine est fondée sur « {chosen} – ")
        referral = Referral.objects.get(pk=referral.pk)
        assert (referral.licence_name, referral.diploma, referral.licence_academy.name) == (chosen, diploma, academy)
        limit = Limit.objects.get(referral=referral, status="live")
        assert limit.zone == referral.licence_academy.zone


def test_an_awaited_licence_may_found_it_too_and_is_not_lost(blank, story):
    referral = with_another(blank, story, status="expected", licence_day="10/07/2026")
    other = referral.other_licences.get()
    assert (other.on, other.expected_on) == (None, date(2026, 7, 10))
    assert blank.get("licences").context["licences"][1]["limit"] is None
    blank.post("found_on", pk=other.pk)
    assert saved(referral, "licence_on", "licence_expected_on") == [None, date(2026, 7, 10)]
    assert Limit.objects.filter(referral=referral, status="live").count() == 0
    kept = referral.other_licences.get()
    assert (str(kept.mention), kept.on, kept.expected_on, kept.diploma) == ("Histoire", date(2026, 6, 12), None, "professional")


def test_a_founding_licence_half_written_is_not_lost_by_a_click(blank, story):
    blank.post("add_licence", licence(story))
    other = blank.referral.other_licences.get()
    blank.answers("licence", licence(story, licence_day="", status=""))
    refused = blank.post("found_on", pk=other.pk)
    assert said(refused)[-1] == (
        "Complétez d’abord la licence sur laquelle votre saisine est fondée aujourd’hui : elle serait perdue."
    )
    assert saved(blank.referral, "licence_institution", "licence_on") == [story.institution, None]


def test_an_empty_founding_licence_gives_way(blank, story):
    blank.post("add_licence", licence(story))
    blank.post("found_on", pk=blank.referral.other_licences.get().pk)
    assert saved(blank.referral, "licence_on") == [date(2026, 6, 12)]
    assert blank.referral.other_licences.count() == 0


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"licence_mention": ""}, {"licence_mention": ["Indiquez la mention."]}),
        ({"licence_institution": ""}, {"licence_institution": ["Indiquez l’établissement."]}),
        (
            {"status": "", "licence_day": ""},
            {"status": ["Dites si vous l’avez obtenue ou si vous l’attendez."], "licence_day": ["Indiquez la date."]},
        ),
    ],
)
def test_another_licence_is_kept_whole_or_not_at_all(blank, story, changes, errors):
    assert errors_of(blank.post("add_licence", licence(story, **changes))) == errors
    assert blank.referral.other_licences.count() == 0


def unfolded(response) -> list[str]:
    """What is put away on the page, and open."""
    return findall(r'<details class="more"\s+open>\s*<summary>([^<]+)', response.content.decode())


@pytest.mark.parametrize(
    ("changes", "open_then"),
    [
        ({"licence_day": ""}, []),
        ({"licence_mention": ""}, ["La mention n’est pas dans la liste"]),
        ({"licence_mention": "", "licence_title": "Ethnomusicologie", "status": ""}, ["La mention n’est pas dans la liste"]),
        ({"licence_site": "Lyon", "licence_day": ""}, ["L’établissement a plusieurs sites"]),
        ({"licence_institution": "Université de l’Île"}, ["L’établissement a plusieurs sites"]),
    ],
)
def test_of_another_licence_too_what_few_need_is_put_away(blank, story, changes, open_then):
    island = factories.InstitutionFactory(name="Université de l’Île", academy=factories.academy("La Réunion"))
    factories.ProgrammeFactory(institution=island, academy=story.academy)
    assert unfolded(blank.get("add_licence")) == []
    assert unfolded(blank.post("add_licence", licence(story, **{"licence_site": ""} | changes))) == open_then


def test_another_licence_is_removed(blank, story):
    referral = with_another(blank, story)
    removed = blank.post("remove_licence", pk=referral.other_licences.get().pk)
    assert (removed.url, said(removed)[-1]) == (blank.address("licences"), "Licence retirée de votre brouillon.")
    assert referral.other_licences.count() == 0
    assert blank.get("found_on", pk=1).url == blank.address("licences")


def test_a_licence_of_another_draft_founds_nothing(blank, story, other):
    referral = with_another(blank, story)
    theirs = referral.other_licences.get()
    mine = Story()
    mine.draft()
    browser = Browser(mine.student, mine.referral)
    assert browser.post("found_on", pk=theirs.pk).status_code == 404
    browser.post("remove_licence", pk=theirs.pk)
    assert referral.other_licences.count() == 1


def test_the_last_page_names_the_other_licences(blank, story):
    with_another(blank, story)
    assert "Autres licences : Licence d’ethnomusicologie – Université de l’Île." in text_of(blank.get("check"))


def test_an_expected_licence_starts_nothing(blank, story):
    blank.answers("licence", licence(story, status="expected", licence_day="10/07/2026"))
    assert saved(blank.referral, "licence_on", "licence_expected_on") == [None, date(2026, 7, 10)]
    assert Limit.objects.filter(referral=blank.referral).count() == 0
    assert "Aucun délai ne court encore" in text_of(blank.get("referral"))


def test_an_institution_is_found_under_a_former_name(blank, story):
    merged = factories.InstitutionFactory(name="Université Bourgogne Europe", names=["Université de Dijon"], academy=story.academy)
    blank.answers("licence", licence(story, licence_institution="universite de DIJON"))
    assert saved(blank.referral, "licence_institution") == [merged]


def test_an_unknown_institution_is_refused_with_the_nearest_names(blank, story):
    factories.InstitutionFactory(name="Université Lumière – Lyon 2", academy=story.academy)
    response = blank.answers("licence", licence(story, licence_institution="Université Lumière Lyon II"))
    [sentence] = errors_of(response)["licence_institution"]
    assert sentence.startswith(
        "« Université Lumière Lyon II » n’est pas un nom de la liste. Les plus proches : Université Lumière – Lyon 2"
    )
    assert typed(response, "licence_institution", "licence_site") == ["Université Lumière Lyon II", "Lyon"]
    assert saved(blank.referral, "licence_on") == [None]


def test_where_an_institution_spans_academies_hers_is_asked(blank, story):
    elsewhere = factories.academy("La Réunion")
    factories.ProgrammeFactory(institution=story.institution, academy=elsewhere)
    response = blank.answers("licence", licence(story))
    assert errors_of(response) == {
        "licence_academy": ["Cet établissement enseigne dans plusieurs académies : choisissez celle où vous avez étudié."]
    }
    blank.answers("licence", licence(story, licence_academy=elsewhere.pk))
    assert saved(blank.referral, "licence_academy") == [elsewhere]


def test_the_academie_follows_an_institution_that_changes(blank, story):
    blank.answers("licence", licence(story))
    strasbourg = factories.InstitutionFactory(name="Université de l’Est", academy=factories.academy("Strasbourg"))
    response = blank.post(
        "licence_place", licence(story, licence_institution="Université de l’Est", licence_academy=story.academy.pk)
    )
    assert saved(blank.referral, "licence_academy") == [strasbourg.academy]
    assert said(response)[-2:] == [
        "L’établissement a changé : l’académie du site est maintenant « Strasbourg ». Vérifiez-la.",
        SAVED,
    ]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        (
            {"status": "obtained", "licence_day": "10/07/2026"},
            {"licence_day": ["Cette date est dans l’avenir : si vous attendez encore la licence, dites-le juste au-dessus."]},
        ),
        (
            {"status": "expected", "licence_day": "12/06/2026"},
            {"licence_day": ["Cette date est passée : indiquez celle du prochain jury."]},
        ),
        (
            {"status": ""},
            {"status": ["Dites si cette date est celle où vous avez obtenu la licence, ou celle où vous l’attendez."]},
        ),
    ],
)
def test_a_licence_day_must_fit_what_she_says_of_it(blank, story, changes, errors):
    assert errors_of(blank.answers("licence", licence(story, **changes))) == errors


def application(story, **changes) -> dict:
    factories.MasterMentionFactory(name="Archives")
    answers = {"institution": story.institution.name, "mention": "archives", "track": "", "answer": "express", "on": "10/06/2026"}
    return answers | changes


def test_an_application_is_added_changed_and_removed(blank, story):
    silence = application(story, answer="implied", on="", applied_on="10/02/2026")
    assert blank.post("add_application", silence).url == blank.address("applications")
    stated = blank.referral.applications.get()
    assert (str(stated.mention), stated.answer, stated.applied_on, stated.on, stated.proof) == (
        "Archives", "implied", date(2026, 2, 10), date(2026, 4, 10), None,
    )  # fmt: skip
    listed = "aucune réponse à la candidature du mardi 10 février 2026 ; son silence compte le vendredi 10 avril 2026"
    assert listed in text_of(blank.get("applications"))
    assert typed(blank.get("application", pk=stated.pk), "answer", "on", "applied_on") == ["implied", None, date(2026, 2, 10)]
    blank.post("application", application(story, track="Médiéval", proof=transcript("refus.pdf")), pk=stated.pk)
    stated.refresh_from_db()
    assert (stated.track, stated.answer, stated.applied_on, stated.on, stated.proof.kind) == (
        "Médiéval", "express", None, date(2026, 6, 10), DocumentKind.REFUSAL_PROOF,
    )  # fmt: skip
    page = text_of(blank.get("applications"))
    assert "Archives, parcours Médiéval" in page
    assert "refus reçu, mercredi 10 juin 2026 Justificatif : refus.pdf" in page
    removed = blank.post("remove_application", pk=stated.pk)
    assert (removed.url, said(removed)[-1]) == (blank.address("applications"), "Candidature retirée de votre brouillon.")
    assert blank.referral.applications.count() == 0
    assert "Aucune candidature indiquée." in text_of(blank.get("applications"))


@pytest.mark.parametrize(
    ("answer", "days", "errors"),
    [
        ("express", {"on": "", "applied_on": ""}, {"on": ["Indiquez la date du refus."]}),
        ("express", {"on": "10/06/2026", "applied_on": ""}, {}),
        ("implied", {"on": "", "applied_on": ""}, {"applied_on": ["Indiquez la date de la candidature restée sans réponse."]}),
        ("implied", {"on": "", "applied_on": "01/05/2026"}, {}),
        ("implied", {"on": "", "applied_on": "21/06/2026"}, {"applied_on": ["Cette date est dans l’avenir."]}),
        ("implied", {"on": "hier", "applied_on": "01/05/2026"}, {}),
        ("express", {"on": "10/06/2026", "applied_on": "21/06/2026"}, {}),
        ("waiting", {"on": "", "applied_on": ""}, {}),
        ("contract", {"on": "10/06/2026", "applied_on": ""}, {}),
        ("admitted", {"on": "", "applied_on": ""}, {}),
        ("admitted", {"on": "30/06/2026", "applied_on": ""}, {"on": ["Cette date est dans l’avenir."]}),
    ],
)
def test_each_answer_needs_its_own_day_and_no_other(blank, story, answer, days, errors):
    response = blank.post("add_application", application(story, answer=answer, **days))
    assert (errors_of(response) if response.status_code == 200 else {}) == errors
    assert blank.referral.applications.count() == (not errors)


def test_of_two_days_the_one_that_the_answer_is_about_is_kept(blank, story):
    both = {"on": "10/06/2026", "applied_on": "01/02/2026"}
    for answer in ("express", "implied"):
        blank.post("add_application", application(story, answer=answer, **both))
    assert {(one.answer, one.applied_on, one.on) for one in blank.referral.applications.all()} == {
        ("express", None, date(2026, 6, 10)),
        ("implied", date(2026, 2, 1), date(2026, 4, 1)),
    }


def test_a_master_that_the_list_does_not_name_is_stated_by_its_title(blank, story):
    empty = blank.post("add_application", application(story, mention="", title=""))
    assert errors_of(empty) == {
        "mention": ["Choisissez la mention du master dans la liste, ou écrivez son intitulé juste au-dessous."]
    }
    blank.post("add_application", application(story, mention="", title="Master d’ethnomusicologie"))
    assert blank.referral.applications.get().name == "Master d’ethnomusicologie"
    assert "Master d’ethnomusicologie" in text_of(blank.get("applications"))


RARE, PROOF = "Mention absente de la liste, ou parcours à préciser", "Joindre un justificatif, si vous en avez un"


@pytest.mark.parametrize(
    ("changes", "open_then"),
    [
        ({"on": ""}, []),
        ({"mention": ""}, [RARE]),
        ({"mention": "", "title": "Ethnomusicologie", "on": ""}, [RARE]),
        ({"track": "Médiéval", "on": ""}, [RARE]),
        ({"proof": transcript("refus.txt", b"non")}, [PROOF]),
    ],
)
def test_what_few_need_is_put_away_until_it_says_something(blank, story, changes, open_then):
    assert unfolded(blank.get("add_application")) == []
    assert unfolded(blank.post("add_application", application(story, **changes))) == open_then


@pytest.mark.parametrize(
    ("rules", "meaning", "source"),
    [
        (
            {"silence": "accepted", "silence_months": 2},
            "Au bout de 2 mois sans réponse, la candidature est acceptée ; le jour est calculé pour vous.",
            "CRPA, art. L. 231-1.",
        ),
        (
            {"rule_set": "2023", "silence": "refused", "silence_months": 4},
            "Au bout de 4 mois sans réponse, la candidature est refusée ; le jour est calculé pour vous.",
            "hors de la plateforme nationale.",
        ),
    ],
)
def test_what_a_silence_means_under_her_rules_is_said_with_its_source(rules, meaning, source):
    story = Story(**rules).draft()
    page = text_of(Browser(story.student, story.referral).get("add_application"))
    assert meaning in page
    assert source in page


def test_what_the_rules_ask_for_is_said_with_its_source():
    story = Story(rule_set="2023", **{name: value for name, value in values_of("2023").items() if name.startswith("min_")}).draft()
    page = text_of(Browser(story.student, story.referral).get("applications"))
    assert "candidatures en première année de master : 5 au moins" in page
    assert "mentions de master différentes : 2 au moins" in page
    assert DECREE_2023 in page


def test_a_refusal_in_the_future_is_refused(blank, story):
    response = blank.post("add_application", application(story, on="30/06/2026"))
    assert errors_of(response) == {"on": ["Cette date est dans l’avenir."]}
    assert typed(response, "institution", "on") == [story.institution.name, "30/06/2026"]


def test_the_project_keeps_wishes_in_order_and_once(blank, story):
    archives, droit = (factories.MasterMentionFactory(name=name) for name in ("Archives", "Droit"))
    response = blank.answers(
        "project",
        {
            "project": "Travailler aux archives.\nÀ l’étranger.",
            "wish_1": "droit",
            "wish_2": "",
            "wish_3": "Archives",
            "wish_4": "Droit",
            "wished_academies": [story.academy.pk],
            "mobility_km": "300",
        },
    )
    assert response.url == blank.address("documents")
    assert [wish.mention for wish in blank.referral.wishes.all()] == [droit, archives]
    assert list(blank.referral.wished_academies.all()) == [story.academy]
    assert saved(blank.referral, "project", "mobility_km") == ["Travailler aux archives.\nÀ l’étranger.", 300]
    assert typed(blank.get("wishes"), "wish_1", "wish_2", "wish_3") == ["Droit", "Archives", None]
    assert typed(blank.get("mobility"), "mobility_km") == [300]


def test_anywhere_is_no_distance(blank):
    blank.answers("project", {"project": "", "mobility_km": ""})
    assert saved(blank.referral, "mobility_km") == [None]


@pytest.mark.parametrize(("ticked", "has"), [({"has_contract": "on"}, True), ({}, False)])
def test_an_apprenticeship_contract_is_hers_to_say(blank, ticked, has):
    blank.answers("project", {"project": "", "mobility_km": ""} | ticked)
    assert saved(blank.referral, "has_contract") == [has]


def test_a_document_is_received_listed_and_removed(blank):
    response = blank.post("documents", {"kind": "transcript", "file": transcript()})
    assert response.url == blank.address("documents")
    assert said(response) == ["Document reçu : relevé.pdf. Brouillon : votre saisine n’est pas encore déposée."]
    document = blank.referral.documents.given().get()
    assert saved(blank.referral, "transcript") == [document]
    assert "Relevé de notes de licence : relevé.pdf" in text_of(blank.get("documents"))
    removed = blank.post("remove_document", document=document.key)
    assert said(removed)[-1] == "Document retiré : relevé.pdf."
    assert saved(blank.referral, "transcript") == [None]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b"bonjour, ceci est du texte",
            "Ce fichier n’est ni un PDF, ni une photo JPEG ou PNG. Enregistrez-le en PDF, ou photographiez le document.",
        ),
        (b"", "Ce fichier est vide. Choisissez-en un autre."),
        (
            b"%PDF-1.7\n" + bytes(40 * 1024 * 1024),
            "Ce fichier pèse 40 Mo ; la limite est de 10 Mo. Réduisez-le ou scannez-le en plus petit.",
        ),
    ],
    ids=["text named .pdf", "empty", "40 MB"],
)
def test_a_file_that_cannot_serve_is_refused_beside_its_field(blank, content, sentence):
    response = blank.post("documents", {"kind": "cv", "file": transcript("cv.pdf", content)})
    assert response.status_code == 200
    assert errors_of(response) == {"file": [sentence]}
    assert typed(response, "kind") == ["cv"]
    assert blank.referral.documents.count() == 0


def test_no_file_is_refused(blank):
    assert errors_of(blank.post("documents", {"kind": "cv"})) == {"file": ["Choisissez un fichier."]}


def test_filing_without_what_is_needed_says_what_is_missing(blank):
    response = blank.post("check")
    sentence = (
        "Il manque : vos prénoms, votre nom de naissance, votre date de naissance, la mention de votre licence, l’établissement de "
        "votre licence, l’académie où vous avez préparé votre licence, la date d’obtention de votre licence, ou celle à laquelle "
        "vous l’attendez, votre relevé de notes de licence."
    )
    assert errors_of(response) == {"__all__": [sentence]}
    assert saved(blank.referral, "state") == [State.DRAFT]


def test_filing_without_a_transcript_is_refused(her, story):
    her.post("remove_document", document=story.referral.transcript.key)
    response = her.post("check", {"adviser_consent": "on"})
    assert errors_of(response) == {"__all__": ["Il manque : votre relevé de notes de licence."]}
    assert typed(response, "adviser_consent") == [True]


def test_the_last_page_recalls_everything(her):
    page = text_of(her.get("check"))
    for words in (
        "Prénoms Zoé",
        "Nom de naissance D’Exemple",
        "Date de naissance dimanche 29 février 2004",
        "INE non indiqué",
        "Mention Histoire",
        "Académie du site Lyon",
        "Licence obtenue le vendredi 12 juin 2026",
        "refus reçu, mercredi 10 juin 2026",
        "Projet professionnel Devenir archiviste.",
        "Relevé de notes de licence : releve.pdf",
        "Dépôt de la saisine : jusqu’au mardi 30 juin 2026 à 24 h 00 (heure de Paris, UTC+2)",
        "(lundi 15 juin 2026), 15 jours.",
    ):
        assert words in page


def test_she_files_and_is_told_so(her):
    response = her.post("check", {})
    assert response.url == her.address("referral")
    assert said(response) == [
        "Votre saisine est déposée. L’accusé de réception vous est envoyé par courriel ; il est aussi dans cette page."
    ]
    assert saved(her.referral, "state", "adviser_consent") == [State.FILED, False]
    case = her.get("referral")
    assert case.status_code == 200
    assert f"Saisine {her.referral.number}" in text_of(case)


def test_filing_twice_files_once(her):
    her.post("check", {})
    again = her.post("check", {})
    assert again.url == her.address("referral")
    assert her.referral.events.filter(kind="file").count() == 1


def test_the_adviser_follows_only_where_she_ticked_the_box(her):
    her.post("check", {"adviser_consent": "on"})
    assert saved(her.referral, "adviser_consent") == [True]


def test_a_late_filing_is_warned_of_explained_and_not_blocked(her, story, the_day):
    the_day.move_to(factories.instant("2026-07-01 00:00"))
    her = Browser(story.student, story.referral)
    page = text_of(her.get("check"))
    assert "Le délai pour déposer la saisine est passé." in page
    assert "Cela ne vous empêche pas de déposer." in page
    her.post("check", {"late_reason": "J’étais à l’hôpital."})
    assert saved(her.referral, "state", "late_reason") == [State.FILED, "J’étais à l’hôpital."]


def test_filed_seconds_after_the_limit_she_is_asked_once(her, story, the_day):
    the_day.move_to(factories.instant("2026-07-01 00:00"))
    her = Browser(story.student, story.referral)
    asked = her.post("check", {})  # the page she sent was opened in time: it had no such field
    assert list(errors_of(asked)) == ["late_reason"]
    her.post("check", {"late_reason": ""})
    receipt = her.referral.documents.get(kind=DocumentKind.RECEIPT)
    assert (saved(her.referral, "state"), receipt.content["late_reason_given"]) == ([State.FILED], False)


def test_every_reason_is_shown_with_its_source_and_none_stops_her(her, story):
    for _ in range(2):
        procedure.save_application(
            story.id,
            facts={"institution": story.institution, "title": "Master d’ailleurs", "answer": "admitted"},
            by=story.her,
            at=story.at,
        )
    procedure.save_draft(story.id, facts={"diploma": "foreign"}, by=story.her, at=story.at)
    response = her.get("check")
    assert [reason.code for reason in response.context["reasons"]] == ["diploma", "admitted"]
    page = text_of(response)
    assert "Un diplôme étranger n’ouvre pas la saisine" in page
    assert "Cela ne vous empêche pas de déposer." in page
    her.post("check", {})
    assert saved(her.referral, "state") == [State.FILED]


def test_in_time_no_reason_is_asked(her):
    assert "late_reason" not in her.get("check").context["form"].fields


def test_once_filed_a_step_leads_to_the_case(her):
    her.post("check", {})
    for page in ("identity", "licence", "add_licence", "applications", "project", "documents", "check"):
        assert her.get(page).url == her.address("referral")
        assert her.post(page, IDENTITY).url == her.address("referral")
    assert saved(her.referral, "first_names") == ["Zoé"]
