"""The case file: what each edition shows of one rich case, that nothing confidential leaves, and that the ZIP proves itself."""

import json
import subprocess
import sys
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.template import engines
from pypdf import PdfReader

from notifications.models import Message
from referrals import procedure
from referrals.documents.case_archive import write_pdf, write_zip
from referrals.documents.case_file import case_file
from referrals.documents.editions import EDITIONS, CaseFile, Check, NoteIs
from referrals.documents.redaction import MARK, redaction
from referrals.models import Document, DocumentKind, Event, Extension, Limit, Referral, Role, SealedHead
from referrals.procedure import By
from tests import factories
from tests.documents.case_story import CaseStory
from tests.story import Story

pytestmark = pytest.mark.django_db

COURT, STUDENT, INTERNAL = EDITIONS["court"], EDITIONS["student"], EDITIONS["internal"]


@pytest.fixture(autouse=True)
def undefined_variables_show(monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNDEFINED[%s]")


@pytest.fixture
def story(db) -> CaseStory:
    return CaseStory().told_whole()


def of(story: Story, edition=COURT) -> CaseFile:
    return case_file(story.id, edition=edition, at=story.at)


def words(case: CaseFile) -> str:
    """The text of every page of its PDF, its blanks made single spaces."""
    written = BytesIO()
    write_pdf(case, written)
    return text_of(written.getvalue())


def text_of(pdf: bytes) -> str:
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
    assert "UNDEFINED" not in text
    return text


def unpacked(case: CaseFile) -> dict[str, bytes]:
    """The files of its ZIP, in order."""
    written = BytesIO()
    write_zip(case, written)
    with ZipFile(written) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def everything(case: CaseFile) -> str:
    """All the words that leave with an edition, but for what letters and documents hold."""
    files = unpacked(case)
    printed = [text_of(content) for name, content in files.items() if name.endswith("dossier.pdf")]
    return "\n".join([*files, *printed, *(files[name].decode() for name in files if name.endswith((".txt", ".json")))])


def rows(entries) -> dict[str, dict[str, str]]:
    return {entry.title: dict(entry.rows) for entry in entries}


def notes(case: CaseFile) -> dict[int, tuple[str, NoteIs]]:
    return {event.seq: (event.note, event.note_is) for event in case.case.events if event.note_is != NoteIs.NONE}


# What an edition shows


def test_the_events_are_told_in_order_with_who_acted_and_what_became_of_each_note(story):
    court, student, internal = (of(story, edition).case.events for edition in (COURT, STUDENT, INTERNAL))
    told = [(event.seq, event.what, event.who) for event in court]
    assert told[:12] == [
        (1, "Brouillon commencé", "étudiant"),
        (2, "Document ajouté", "étudiant"),
        (3, "Saisine déposée", "étudiant"),
        (4, "Courriel parti", "automatique"),
        (5, "Documents demandés", "rectorat"),
        (6, "Courriel parti", "automatique"),
        (7, "Document ajouté", "étudiant"),
        (8, "Documents envoyés", "étudiant"),
        (9, "Saisine déclarée irrecevable", "rectorat, Dominique Exemple"),  # who signs stays named
        (10, "Courriel parti", "automatique"),
        (11, "Décision d’irrecevabilité retirée", "rectorat"),
        (12, "Saisine déclarée recevable", "rectorat"),
    ]
    assert court[2].at == "samedi 20 juin 2026 à 12 h 00 (heure de La Réunion, UTC+4)"
    assert court[2].about == ("de « brouillon, non déposée » à « déposée »",)
    assert {event.who for event in court} == {"étudiant", "automatique", "rectorat", "rectorat, Dominique Exemple"}
    assert {event.who for event in student} == {"vous", "automatique", "rectorat", "rectorat, Dominique Exemple", ""}
    assert {event.who for event in internal} == {
        f"étudiant, {story.student.email}",
        "automatique",
        "rectorat, Camille Exemple",
        "rectorat, Dominique Exemple",
    }
    assert [(event.seq, event.hash) for event in court] == [(event.seq, event.hash) for event in student]
    chain = list(story.referral.events.of_case())
    assert [event.hash for event in internal] == [event.hash for event in chain]


def test_a_note_is_whole_covered_or_withheld_by_edition(story):
    number, email = story.other.referral.number, story.other.student.email
    request = "Votre relevé complet : vous avez envoyé celui de {}."
    told = "Comme {} (saisine {}, {}, INE {}) ; vu avec {}."
    court, student, internal = (notes(of(story, edition)) for edition in (COURT, STUDENT, INTERNAL))
    assert court[5] == student[5] == (request.format(MARK), NoteIs.COVERED)
    assert internal[5] == (request.format("Violette Tierce"), NoteIs.WHOLE)
    assert court[12] == (told.format(MARK, MARK, f"{MARK} @exemple.fr", MARK, MARK), NoteIs.COVERED)
    assert student[12] == ("", NoteIs.WITHHELD)
    assert internal[12] == (told.format("Mme Tierce", number, email, "1234567890a", "Camille Exemple"), NoteIs.WHOLE)
    assert court[9] == internal[9] == ("En droit : Une licence nationale.\nEn fait : Aucune licence nationale.", NoteIs.WHOLE)
    assert {seq for seq, (_, note_is) in student.items() if note_is == NoteIs.WITHHELD} == {9, 11, 12}


def test_a_covered_or_withheld_note_keeps_its_salt_so_that_nobody_can_guess_it(story):
    for edition in (COURT, STUDENT, INTERNAL):
        for event in of(story, edition).case.events:
            assert bool(event.salt) == (event.note_is == NoteIs.WHOLE)


def test_what_the_student_never_heard_of_keeps_its_place_and_its_hash_alone(story):
    withheld = [event for event in of(story, STUDENT).case.events if not event.at]
    to_others = [event.seq for event in story.referral.events.of_case() if event.payload.get("to_student") is False]
    assert [event.seq for event in withheld] == to_others
    assert {(event.what, event.who, event.about, event.note, event.hashed) for event in withheld} == {
        ("Étape interne au rectorat", "", (), "", None)
    }


def test_a_consultation_without_offer_is_told_to_the_student_as_on_her_page_and_no_further(story):
    refused = story.referral.offers.get(state="refused")
    shown, whole = ({event.seq: event for event in of(story, edition).case.events} for edition in (STUDENT, COURT))
    about_it = [event.seq for event in story.referral.events.of_case() if event.payload.get("offer") == refused.pk]
    assert [(shown[seq].what, shown[seq].about, shown[seq].hashed) for seq in about_it] == [
        ("Établissement consulté", (), None),
        ("Refus de l’établissement enregistré", (), None),
    ]
    assert [whole[seq].about for seq in about_it] == [(str(refused),)] * 2
    assert list(rows(of(story, STUDENT).offers)) == [str(offer) for offer in story.referral.offers.shown_to_student()]


def test_a_decision_being_prepared_is_not_told_to_the_student():
    story = Story().filed()
    procedure.prepare_decision(
        story.id, action="declare_inadmissible", law="En droit.", facts="En fait.", by=story.office, at=story.at
    )
    hashed = {edition.code: of(story, edition).case.events[-1].hashed for edition in (COURT, STUDENT)}
    assert (hashed["court"][6]["action"], hashed["student"]) == ("declare_inadmissible", None)


def test_an_offer_with_its_consultation(story):
    sent = story.referral.offers.get(state="accepted")
    refused = story.referral.offers.get(state="refused")
    court, student, internal = (rows(of(story, edition).offers) for edition in (COURT, STUDENT, INTERNAL))
    first_day = "dimanche 21 juin 2026 à 17 h 00 (heure de La Réunion, UTC+4)"
    assert court[str(sent)] == {
        "Ville": "Lyon",
        "État": "acceptée",
        "Établissement consulté le": first_day,
        "Place réservée jusqu’au": "samedi 27 juin 2026 à 0 h 00 (heure de La Réunion, UTC+4)",
        "Accord donné par": MARK,
        "En qualité de": "présidente",
        "Accord du": "dimanche 21 juin 2026",
        "Accord reçu par": "courriel",
        "Envoyée le": first_day,
        "Lue le": "lundi 22 juin 2026 à 18 h 00 (heure de La Réunion, UTC+4)",
        "Réponse le": "lundi 22 juin 2026 à 18 h 00 (heure de La Réunion, UTC+4)",
    }
    assert student[str(sent)] == {
        label: court[str(sent)][label] for label in ("Ville", "État", "Envoyée le", "Lue le", "Réponse le")
    }
    assert internal[str(sent)] == court[str(sent)] | {"Accord donné par": "La présidente de l’exemple"}
    assert court[str(refused)]["Motif du refus de l’établissement"] == f"Complet, comme dit à {MARK}."
    assert internal[str(refused)]["Motif du refus de l’établissement"] == "Complet, comme dit à Camille Exemple."


def test_her_own_words_are_hers_and_covered_for_others(story):
    project = {edition.code: rows(of(story, edition).facts)["Projet"]["Projet professionnel"] for edition in EDITIONS.values()}
    assert project == {
        "court": f"Devenir archiviste, comme {MARK}.",
        "student": "Devenir archiviste, comme Violette Tierce.",
        "internal": "Devenir archiviste, comme Violette Tierce.",
    }


def test_the_facts_of_the_referral(story):
    facts = rows(of(story).facts)
    assert facts["Identité"] == {
        "Prénoms": "Zoé Anaïs",
        "Nom de naissance": "D’Exemple",
        "Date de naissance": "dimanche 29 février 2004",
        "INE": "0987654321B",
        "Compte": story.student.email,
    }
    assert facts["Saisine"]["État"] == "proposition acceptée"
    assert rows(of(story).applications) == {
        "Archives": {
            "Établissement": str(story.institution),
            "Mention de master": "Archives",
            "Réponse": "refus reçu",
            "Date de la réponse": "mercredi 10 juin 2026",
        }
    }


def test_each_rule_with_its_value_and_its_source(story):
    case = of(story)
    lines = {line.name: line for _, section in case.rule_lines for line in section}
    stated = story.referral.rules.stated("offers_required")
    assert (lines["offers_required"].source, lines["offers_required"].settled) == (stated.source, stated.settled)
    assert lines["franc"].usual != ""  # the campaign departs from the rule set, and says so
    assert dict(case.rules.rows)["Source"] == "Onisep, 27 juin 2018"


def test_a_limit_with_all_that_made_it_and_what_took_its_place():
    story = Story(academy="Martinique", franc=True)
    story.offered()
    first = story.limit()
    message = {"message_id": "x", "subject": "Trois propositions", "to_student": True, "left": True, "limit_id": first.pk}
    procedure.record_mail(story.id, **message, at=story.later(days=2).at)
    limits = rows(of(story).limits)
    assert list(limits) == [
        "Délai n° 1 : dépôt de la saisine – respecté",
        "Délai n° 2 : réponse aux propositions – remplacé",
        "Délai n° 3 : réponse aux propositions – en cours",
    ]
    assert limits["Délai n° 2 : réponse aux propositions – remplacé"] == {
        "Règle": first.rule,
        "Point de départ": "samedi 20 juin 2026 ; ce jour ne compte pas",
        "Durée": "15 jours, délai franc : le dernier jour ne compte pas non plus",
        "Calendrier": "jours fériés du calendrier « martinique » ; fuseau horaire America/Martinique",
        "Jours sautés": "aucun",
        "Fin": "lundi 6 juillet 2026 à 24 h 00 (heure de la Martinique, UTC−4)",
        "Calculé": "samedi 20 juin 2026 à 4 h 00 (heure de la Martinique, UTC−4)",
        "Remplacé par": "le délai n° 3",
    }
    assert limits["Délai n° 3 : réponse aux propositions – en cours"] == {
        "Règle": first.rule,
        "Point de départ": "lundi 22 juin 2026 ; ce jour ne compte pas",
        "Durée": "15 jours, délai franc : le dernier jour ne compte pas non plus",
        "Calendrier": "jours fériés du calendrier « martinique » ; fuseau horaire America/Martinique",
        "Jours sautés": "aucun",
        "Fin": "mercredi 8 juillet 2026 à 24 h 00 (heure de la Martinique, UTC−4)",
        "Calculé": "lundi 22 juin 2026 à 4 h 00 (heure de la Martinique, UTC−4)",
        "Annoncé": "lundi 22 juin 2026 à 4 h 00 (heure de la Martinique, UTC−4)",
        "Remplace": "le délai n° 2",
    }


def test_a_limit_names_the_extension_it_owes_its_days_to_and_its_author_by_capacity():
    story = Story().filed()
    extension = Extension.objects.create(
        campaign=story.campaign,
        academy=story.academy,
        days=5,
        ground="Cyclone.",
        source="Arrêté d’exemple",
        ordered_by=story.caseworker,
        ordered_at=story.at,
    )
    Limit.objects.filter(referral=story.id).update(extension=extension, skipped=[["2026-07-04", "samedi"]])
    said = {edition.code: dict(of(story, edition).limits[0].rows) for edition in (COURT, INTERNAL)}
    words = "5 jours de plus (académie : Lyon), par {}, le samedi 20 juin 2026 à 10 h 00 (heure de Paris, UTC+2). Motif : Cyclone. "
    assert said["court"]["Prolongation"] == words.format("le rectorat") + "Fondement : Arrêté d’exemple."
    assert said["internal"]["Prolongation"] == words.format("Camille Exemple") + "Fondement : Arrêté d’exemple."
    assert said["court"]["Jours sautés"] == "samedi 4 juillet 2026 (samedi)"


def test_mails_with_their_times_and_their_fate(story):
    Message.objects.filter(referral=story.id, template="admissible").update(
        fate="failed", sent_at=None, failed_at=story.at, reason="550 inconnu : Camille Exemple"
    )
    court, student = (of(story, edition).case.mails for edition in (COURT, STUDENT))
    case_mails = story.referral.messages.of_case()
    assert (len(court), len(student)) == (case_mails.count(), case_mails.filter(audience="student").count())
    (failed,) = [mail for mail in court if mail.subject == "Votre saisine est recevable"]
    assert [row for row in failed.rows if row[0] != "Référence"] == [
        ("Destinataire", f"{story.student.email} (étudiant)"),
        ("Écrit", "dimanche 21 juin 2026 à 16 h 00 (heure de La Réunion, UTC+4)"),
        ("Non parti", "abandonné le lundi 22 juin 2026 à 19 h 00 (heure de La Réunion, UTC+4)"),
        ("Raison", f"550 inconnu : {MARK}"),
    ]
    assert dict(court[0].rows)["Parti"] == "samedi 20 juin 2026 à 14 h 00 (heure de La Réunion, UTC+4)"
    assert dict(court[0].rows)["Pièce jointe"] == f"accuse-de-reception-{story.referral.number}.pdf"
    to_others = {dict(mail.rows)["Destinataire"] for mail in court} - {f"{story.student.email} (étudiant)"}
    assert to_others == {f"{MARK} @universite.exemple (établissement)"}


def test_what_she_took_back_before_filing_is_hers_alone():
    story = Story().draft()
    first = story.referral.transcript
    procedure.add_document(story.id, kind="transcript", upload=factories.upload("autre.pdf"), by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.later(hours=1).at)
    named = {edition.code: [file.name for file in of(story, edition).case.files[1:]] for edition in EDITIONS.values()}
    assert named == {"court": ["autre.pdf"], "student": [first.name, "autre.pdf"], "internal": ["autre.pdf"]}


def test_a_note_destroyed_since_is_said_to_be(story):
    Event.objects.filter(referral=story.id).update(note="", salt="", by_name="")
    case = of(story, INTERNAL)
    assert {note_is for _, note_is in notes(case).values()} == {NoteIs.DESTROYED}
    assert (case.case.flaw, case.case.alerts) == ("", [])


def test_a_broken_chain_is_said_where_it_breaks_and_on_the_first_page():
    story = Story().filed()
    Referral.objects.filter(pk=story.id).update(state="admissible")
    case = of(story)
    assert case.case.flaw == "événement 3 : la saisine n’est pas dans l’état auquel son historique a conduit"
    assert case.case.alerts == [f"La chaîne de l’historique ne tient pas : {case.case.flaw}."]
    assert f"Attention. La chaîne de l’historique ne tient pas : {case.case.flaw}." in words(case)


# What never leaves


def test_a_confidential_request_changes_nothing_in_the_editions_of_the_court_and_of_the_office():
    story = CaseStory()
    story.filed()
    story.mails_leave()
    before = {edition.code: of(story, edition) for edition in EDITIONS.values()}
    procedure.request_health(story.id, words="Je suis suivie à l’hôpital.", by=story.her, at=story.at)
    procedure.add_health_document(story.id, upload=factories.upload("certificat.pdf"), by=story.her, at=story.at)
    medical = By.medical(factories.post(Role.MEDICAL, region=story.academy.region, name="Maxime Médecin"))
    document = story.referral.documents.get(kind=DocumentKind.HEALTH)
    procedure.record_health_reading(story.id, document_id=document.pk, by=medical, at=story.at)
    procedure.give_opinion(story.id, favourable=True, needs="Près de l’hôpital.", by=medical, at=story.at)
    story.mails_leave()
    after = {edition.code: of(story, edition) for edition in EDITIONS.values()}
    assert (after["court"], after["internal"]) == (before["court"], before["internal"])
    assert replace(after["student"], health=None) == before["student"]


def test_the_students_own_edition_has_it_in_a_part_apart(story):
    case = of(story, STUDENT)
    assert [dict(entry.rows) for entry in case.health.about] == [
        {
            "Consentement donné le": "samedi 20 juin 2026 à 12 h 00 (heure de La Réunion, UTC+4)",
            "Ce que dit l’étudiant": "Je suis suivie à l’hôpital de l’exemple.",
            "Dernier apport de l’étudiant le": "samedi 20 juin 2026 à 12 h 00 (heure de La Réunion, UTC+4)",
            "Avis rendu le": "dimanche 21 juin 2026 à 16 h 00 (heure de La Réunion, UTC+4)",
            "Avis favorable": "oui",
            "Besoins à respecter": "À moins de 30 km de l’hôpital.",
        }
    ]
    assert [(event.what, event.who) for event in case.health.events] == [
        ("Document confidentiel ajouté", "vous"),
        ("Demande confidentielle", "vous"),
        ("Document confidentiel consulté", "médecin conseiller"),
        ("Avis rendu", "médecin conseiller"),
        ("Courriel parti", "automatique"),
    ]
    files = unpacked(case)
    apart = [name for name in files if name.startswith("health/")]
    assert apart == ["health/dossier.pdf", "health/events.json", "health/documents/01-certificat.pdf", "health/mails/001.txt"]
    dossier = text_of(files["dossier.pdf"]).lower()
    assert [word for word in CONFIDENTIAL if word in dossier] == []  # it may be handed over as it is
    assert "Je suis suivie à l’hôpital de l’exemple." in text_of(files["health/dossier.pdf"])
    assert "Je suis suivie à l’hôpital de l’exemple." in words(case)


CONFIDENTIAL = ("hôpital", "certificat", "médecin", "confidentiel", "health")


def test_the_courts_edition_names_the_student_and_who_signed_and_nobody_else(story):
    other, text = story.other.referral, everything(of(story))
    hidden = ("Tierce", other.number, other.student.email, other.ine, "Camille Exemple", story.caseworker.email, "La présidente")
    assert [name for name in hidden if name.lower() in text.lower()] == []
    assert [word for word in CONFIDENTIAL if word in text.lower()] == []
    assert "Dominique Exemple, secrétaire générale de région académique" in text


def test_the_students_edition_names_other_people_only_in_her_own_words(story):
    other, text = story.other.referral, everything(of(story, STUDENT))
    hidden = (other.number, other.student.email, other.ine, "Camille Exemple", story.caseworker.email, "La présidente", "Maxime")
    assert [name for name in hidden if name.lower() in text.lower()] == []
    assert text.count("Tierce") == text.count("Devenir archiviste, comme Violette Tierce.") == 1


def test_the_internal_edition_has_every_name_and_nothing_confidential(story):
    text = everything(of(story, INTERNAL))
    named = ("Violette Tierce", story.other.referral.number, "Camille Exemple", "La présidente de l’exemple", "Dominique Exemple")
    assert [name for name in named if name not in text] == []
    assert [word for word in CONFIDENTIAL if word in text.lower()] == []


# Covering other people's data


def covered(text: str, **options) -> str:
    """The text as an edition of the referral of « Zoé D’Exemple » would show it."""
    story = Story().filed()
    given = {"people": [], "signatories": [], "hers": [story.student.email], "every_address": False} | options
    return redaction(story.referral, [text], **given)(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Voir Élodie Lebœuf-Martin.", f"Voir {MARK}."),
        ("Voir ELODIE LEBOEUF MARTIN.", f"Voir {MARK}."),
        ("Voir Élodie Marie Lebœuf-Martin.", f"Voir {MARK}."),
        ("Voir Lebœuf-Martin Élodie.", f"Voir {MARK}."),
        ("Voir Mme Lebœuf-Martin.", f"Voir {MARK}."),
        ("Voir M. Lebœuf Martin.", f"Voir {MARK}."),
        ("Voir Élodie O’Usage.", f"Voir {MARK}."),
        ("E\u0301lodie Lebœuf-Martin, accent décomposé", f"{MARK}, accent décomposé"),
        ("Élodie Lebœuf-Martinet", "Élodie Lebœuf-Martinet"),  # another name
        ("Mention Lebœuf-Martin", "Mention Lebœuf-Martin"),  # a last name alone may be anything
        ("Mme D’Exemple, Zoé D’Exemple", "Mme D’Exemple, Zoé D’Exemple"),  # the student herself
        ("INE 123456789AB", f"INE {MARK}"),
        ("Tél. 06 12 34 56 78, note 2026-06", "Tél. 06 12 34 56 78, note 2026-06"),
        ("rien à masquer", "rien à masquer"),
    ],
)
def test_another_student_is_covered_however_she_is_written(text, shown):
    other = {"first_names": "Élodie Marie", "birth_name": "Lebœuf-Martin", "usage_name": "O’Usage", "ine": "123456789ab"}
    Story().filed(**other)
    assert covered(text) == shown


def test_the_number_and_the_account_of_another_student_are_covered():
    other = Story().filed()
    number, email = other.referral.number, other.student.email
    assert covered(f"{number} et {email.upper()}") == f"{MARK} et {MARK} @exemple.fr"


def test_her_own_number_ine_and_addresses_are_not():
    story = Story().filed(ine="1234567890A")
    text = f"{story.referral.number}, 1234567890a, {story.student.email}, avant@exemple.fr"
    hers = [story.student.email, "avant@exemple.fr"]
    cover = redaction(story.referral, [text], people=[], signatories=[], hers=hers, every_address=True)
    assert cover(text) == text


def test_of_an_address_the_domain_stays_and_of_institutions_all_where_she_was_told_it():
    text = "masters@universite.exemple"
    assert (covered(text), covered(text, every_address=True)) == (text, f"{MARK} @universite.exemple")


def test_people_of_the_case_are_covered_but_who_signed():
    text = "Vu par camille  EXEMPLE et Dominique Exemple."
    people = ["Camille Exemple", "Dominique Exemple", ""]
    assert covered(text, people=people, signatories=["Dominique Exemple"]) == f"Vu par {MARK} et Dominique Exemple."


# The ZIP and the PDF


def test_the_zip_holds_everything_in_one_order_and_twice_the_same_bytes(story):
    case = of(story)
    assert list(unpacked(case)) == [
        "README.txt",
        "dossier.pdf",
        "events.json",
        f"letters/01-accuse-de-reception-{case.number}.pdf",
        f"letters/02-decision-irrecevabilite-{case.number}.pdf",
        f"letters/03-attestation-d-acceptation-{case.number}.pdf",
        "documents/01-releve.pdf",
        "documents/02-relevé_de_donnée_dune_autre_personne.pdf",
        *(f"mails/{rank:03d}.txt" for rank in range(1, 1 + len(case.case.mails))),
        "manifest.json",
    ]
    once, twice = BytesIO(), BytesIO()
    write_zip(case, once)
    write_zip(case, twice)
    assert once.getvalue() == twice.getvalue()


def program_of(readme: str) -> str:
    """The lines of Python that README.txt tells its reader to run."""
    lines = readme.splitlines()
    first = lines.index("    import hashlib, json")
    return "\n".join(line.removeprefix("    ") for line in lines[first : lines.index("LES SCELLÉS", first)])


def run_what_it_says(folder: Path) -> subprocess.CompletedProcess[str]:
    program = program_of((folder / "README.txt").read_text())
    return subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", ["court", "student"])
def test_whoever_runs_what_the_readme_says_proves_the_archive(story, code, tmp_path):
    folder = tmp_path / "archive"
    for name, content in unpacked(of(story, EDITIONS[code])).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    assert run_what_it_says(folder).stdout == "Tout se vérifie.\n"
    whole = (folder / "events.json").read_text()
    changed = json.loads(whole)
    changed["events"][2]["hashed"][6]["late"] = True
    (folder / "events.json").write_text(json.dumps(changed))
    assert "AssertionError: 3" in run_what_it_says(folder).stderr
    (folder / "events.json").write_text(whole)
    (folder / "mails/001.txt").write_text("autre chose")
    assert "AssertionError: mails/001.txt" in run_what_it_says(folder).stderr


def test_a_file_that_changed_or_is_missing_is_said_in_the_file_itself():
    story = Story().filed()
    other = procedure.add_document(story.id, kind="other", upload=factories.upload("perdu.pdf"), by=story.her, at=story.at)
    transcript = story.referral.transcript
    default_storage.delete(transcript.file.name)
    default_storage.save(transcript.file.name, ContentFile(b"autre chose"))
    default_storage.delete(other.file.name)
    case = of(story)
    checks = {file.name: file.check for file in case.case.files}
    assert checks == {
        f"accuse-de-reception-{case.number}.pdf": Check.INTACT,
        "releve.pdf": Check.ALTERED,
        "perdu.pdf": Check.MISSING,
    }
    alerts = [
        "« releve.pdf » : NE CORRESPOND PLUS à l’empreinte enregistrée.",
        "« perdu.pdf » : FICHIER ABSENT du stockage.",
    ]
    assert case.case.alerts == alerts
    files = unpacked(case)
    first_page = text_of(files["dossier.pdf"]).partition("Ce que contient cette édition")[0]
    readme = files["README.txt"].decode()
    listed = {file["path"]: (file["sha256"], file.get("check")) for file in json.loads(files["manifest.json"])["files"]}
    assert [alert in first_page for alert in alerts] == [True, True]
    assert [f"ATTENTION : {alert}" in readme for alert in alerts] == [True, True]
    assert listed["documents/01-releve.pdf"] == (case.case.files[1].found, "altered")
    assert listed["documents/02-perdu.pdf"] == (None, "missing")
    assert "documents/02-perdu.pdf" not in files


def test_the_pdf_is_an_accessible_archive_file_and_says_how_to_verify_it(story):
    written = BytesIO()
    write_pdf(of(story), written)
    reader = PdfReader(written)
    root = reader.trailer["/Root"]
    assert (root["/Lang"], bool(root["/MarkInfo"]["/Marked"])) == ("fr", True)
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata or 'pdfaid:part="3"' in metadata
    assert reader.metadata.title == f"Dossier de la saisine {story.referral.number} – Édition pour le tribunal"
    fonts = {
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]["/FontName"]
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()
    }
    assert all("Source-Sans" in font for font in fonts)
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert [f"page {number} sur {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    text = " ".join(pages)
    sample = story.referral.events.of_case().get(seq=1)
    sealed = SealedHead.objects.filter(referral=story.referral, strand="case").latest("seq").seq
    for said in (
        "Édition pour le tribunal",
        "1 La saisine",
        "9 Vérifier ce dossier",
        "cette chaîne tient",
        sample.hash,
        "manage.py verify_history --expect EMPREINTE",
        f"Les événements 1 à {sealed} sont scellés",
    ):
        assert said in text


# The command


def exported(story: Story, to: Path, edition: str = "court") -> list[str]:
    out = StringIO()
    call_command("export_case", story.referral.number, edition=edition, to=str(to), stdout=out, stderr=out)
    return out.getvalue().splitlines()


def test_the_command_writes_a_zip_into_a_folder_and_the_form_a_file_is_named_for(tmp_path):
    story = Story().filed()
    number = story.referral.number
    said = exported(story, tmp_path)
    path = tmp_path / f"saisine-{number}-tribunal.zip"
    assert said[0] == f"Édition pour le tribunal de la saisine {number} : {path}"
    assert ZipFile(path).testzip() is None
    assert path.stat().st_mode & 0o777 == 0o600
    exported(story, tmp_path / "un.pdf", "internal")
    assert PdfReader(tmp_path / "un.pdf").metadata.title == f"Dossier de la saisine {number} – Édition interne"


def test_the_command_says_that_the_students_edition_is_hers_alone(tmp_path):
    story = Story().filed()
    warning = "Attention : la demande confidentielle y est, à part. Cette édition ne se remet qu’à l’étudiant."
    assert warning not in exported(story, tmp_path / "avant.zip", "student")
    procedure.request_health(story.id, words="Je suis suivie à l’hôpital.", by=story.her, at=story.at)
    assert warning in exported(story, tmp_path / "apres.zip", "student")


def test_the_command_warns_of_what_does_not_hold(tmp_path):
    story = Story().filed()
    default_storage.delete(story.referral.transcript.file.name)
    assert "Attention : « releve.pdf » : FICHIER ABSENT du stockage." in exported(story, tmp_path)


@pytest.mark.parametrize(
    ("number", "edition", "to", "sentence"),
    [
        (None, "court", None, "Il manque --to."),
        (None, None, None, "Il manque --edition, --to."),
        (None, "juge", "{}", "Édition inconnue : « juge ». Les éditions : court, student, internal."),
        ("2026-999999-A", "court", "{}", "Aucune saisine ne porte le numéro « 2026-999999-A »."),
        (None, "court", "{}/a.docx", "« {}/a.docx » n’est ni un dossier, ni un nom de fichier en .zip ou en .pdf."),
        (None, "court", "{}/nulle-part/a.zip", "Le dossier « {}/nulle-part » n’existe pas."),
        (None, "court", "{}/deja.zip", "« {}/deja.zip » existe déjà : rien n’a été écrit."),
    ],
)
def test_the_command_refuses_in_french(tmp_path, number, edition, to, sentence):
    story = Story().filed()
    (tmp_path / "deja.zip").write_text("")
    options = {"edition": edition, "to": to and to.format(tmp_path)}
    with pytest.raises(CommandError) as refused:
        call_command("export_case", number or story.referral.number, **options)
    assert str(refused.value) == sentence.format(tmp_path)


def test_what_could_not_be_written_whole_is_removed(tmp_path, monkeypatch):
    story = Story().filed()
    monkeypatch.setattr(default_storage, "open", lambda name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        exported(story, tmp_path)
    assert list(tmp_path.glob("*.zip")) == []


def test_a_letter_nobody_has_rendered_yet_is_rendered_for_the_file():
    story = Story().filed()
    assert story.referral.documents.letters().filter(file="").count() == 1
    assert [file.check for file in of(story).case.files] == [Check.INTACT, Check.INTACT]
    assert Document.objects.letters().filter(file="").count() == 0
