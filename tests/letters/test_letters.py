"""The PDF letters: what they say, that everything is in them, and that they are archive files."""

import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.template import engines
from django.utils import translation
from pypdf import PdfReader

from notifications.models import Message
from referrals import procedure
from referrals.documents.codes import grouped
from referrals.documents.letters import html_of, pdf_of, rendered
from referrals.models import Document, DocumentKind, Referral, Role
from referrals.models.document import LETTERS
from referrals.procedure.conversation import office_letter
from tests import factories
from tests.factories import instant
from tests.story import Story
from vacancies.models import AcademicRegion

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def undefined_variables_show(monkeypatch):
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNDEFINED[%s]")


def read(document: Document) -> PdfReader:
    with rendered(document.pk).file.open() as file:
        return PdfReader(BytesIO(file.read()))


def words(pdf: PdfReader) -> str:
    """Return the text of every page, its blanks made single spaces."""
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "UNDEFINED" not in text
    return text


def letter(story: Story, kind: DocumentKind) -> PdfReader:
    return read(story.referral.documents.get(kind=kind))


def test_the_receipt_says_all_it_must():
    story = Story(academy="La Réunion").filed()
    pdf = letter(story, DocumentKind.RECEIPT)
    text = words(pdf)
    (given,) = story.referral.documents.given()
    for said in (
        "Accusé de réception de votre saisine",
        story.referral.number,
        story.student.email,
        "Zoé D’Exemple",
        "samedi 20 juin 2026 à 12 h 00 (heure de La Réunion, UTC+4)",
        "Région académique La Réunion",
        "Relevé de notes de licence",
        "releve.pdf",
        given.sha256[:12],
        "Ce qui vient maintenant",
        "jeudi 20 août 2026",
        "décision implicite de rejet",
        "recours gracieux à la rectrice ou au recteur de la région académique La Réunion ;",
        "médiateur de l’éducation nationale et de l’enseignement supérieur",
        "dans un délai de deux mois à compter de cette date (art. R. 421-1)",
        "page 1 sur 2",
    ):
        assert said in text
    assert "Licence attendue" not in text
    assert "Dépôt après la fin du délai" not in text


def test_a_licence_still_awaited_is_said():
    assert "Licence attendue." in words(letter(Story().filed(expected=True), DocumentKind.RECEIPT))


def test_a_late_filing_is_said():
    story = Story().draft()
    procedure.file(story.id, by=story.her, at=story.at + timedelta(days=60))
    assert "Dépôt après la fin du délai." in words(letter(story, DocumentKind.RECEIPT))


def test_it_is_an_accessible_archive_file():
    pdf = letter(Story().filed(), DocumentKind.RECEIPT)
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == "fr"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata or 'pdfaid:part="3"' in metadata
    assert pdf.metadata.title.startswith("Accusé de réception – saisine ")


def test_every_font_is_embedded():
    pdf = letter(Story().filed(), DocumentKind.RECEIPT)
    fonts = {name: font.get_object() for page in pdf.pages for name, font in page["/Resources"]["/Font"].items()}
    assert fonts
    for font in fonts.values():
        (descendant,) = font["/DescendantFonts"]
        descriptor = descendant.get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert "Source-Sans" in descriptor["/FontName"]


def test_thirty_documents_and_long_names_fit():
    story = Story().draft()
    Referral.objects.filter(pk=story.id).update(first_names="Marie-Antoinette Joséphine " * 5, birth_name="D’Exemple-" * 9)
    name = "L’année_de_licence_" * 9 + ".pdf"
    for number in range(30):
        procedure.add_document(story.id, kind="other", upload=factories.upload(f"{number}-{name}"), by=story.her, at=story.at)
    procedure.file(story.id, by=story.her, at=story.at)
    pdf = letter(story, DocumentKind.RECEIPT)
    text = words(pdf)
    named = re.findall(r"(\d+)-L’année", text.replace("- ", "-"))
    assert [int(number) for number in named] == list(range(30))
    for page in pdf.pages:
        said = " ".join(page.extract_text().split())
        assert ("Nature Fichier Taille Empreinte" in said) == ("L’année" in said)  # the header goes with its rows
        assert inside(page)


def inside(page) -> bool:
    """Whether every run of text starts within the margins of the page."""
    places = []
    page.extract_text(visitor_text=lambda text, cm, tm, font, size: places.append(tm[4] * cm[0] + cm[4]) if text.strip() else None)
    return all(40 < place < float(page.mediabox.width) - 40 for place in places)


LAW = "La licence professionnelle n’ouvre pas droit à la saisine.\n\nVoir l’article L. 612-6."
FACTS = "Vous produisez une licence professionnelle."


def refuse(story: Story, *, late: bool = False) -> str:
    """Return the words of the decision."""
    procedure.declare_inadmissible(story.id, law=LAW, facts=FACTS, late=late, by=story.signing, at=story.at)
    return words(letter(story, DocumentKind.INADMISSIBLE_LETTER))


def close(story: Story) -> str:
    """Return the words of the decision."""
    procedure.close(story.id, law="Le rectorat propose des places vacantes.", facts="Aucune.", by=story.signing, at=story.at)
    return words(letter(story, DocumentKind.CLOSING_LETTER))


def between(text: str, start: str, end: str) -> str:
    return text[text.index(start) + len(start) : text.index(end)].strip()


def of_region(story: Story, **columns) -> None:
    AcademicRegion.objects.filter(pk=story.academy.region_id).update(**columns)


def test_a_decision_gives_its_reasons_in_law_and_in_fact_apart():
    text = refuse(Story().filed())
    assert between(text, "En droit", "En fait") == LAW.replace("\n\n", " ")
    assert between(text, "En fait", "Pour la rectrice") == FACTS


def test_who_signs_in_what_quality_and_by_which_delegation():
    assert between(refuse(Story().filed()), FACTS, "Voies et délais de recours") == (
        "Pour la rectrice ou le recteur de la région académique Auvergne-Rhône-Alpes et par délégation, "
        "Secrétaire générale de région académique, Dominique Exemple "
        "Délégation de signature : arrêté du 1er septembre 2025, publié le 3"
    )


def test_the_remedies_where_the_court_is_known():
    story = Story().filed()
    of_region(story, court="tribunal administratif de Lyon", address="Rectorat\n92 rue de l’Exemple\n69007 Lyon")
    text = refuse(story).replace("• ", "")
    assert between(text, "vous pouvez :", "Un recours gracieux formé").removesuffix("page 1 sur 2").strip() == (
        "adresser un recours gracieux à la rectrice ou au recteur de la région académique Auvergne-Rhône-Alpes "
        "(Rectorat, 92 rue de l’Exemple, 69007 Lyon) ; "
        "après une première démarche auprès du rectorat, saisir gratuitement le médiateur de l’éducation nationale et de "
        "l’enseignement supérieur (code de l’éducation, art. L. 23-10-1) ; "
        "saisir le tribunal administratif de Lyon (code de justice administrative, art. R. 312-1), par courrier ou sur le site "
        "Télérecours citoyens (https://citoyens.telerecours.fr), dans un délai de deux mois à compter de la notification de cette "
        "décision (art. R. 421-1)."
    )
    assert (
        "Un recours gracieux formé dans ce délai l’interrompt : deux nouveaux mois courent à compter de la réponse qui lui est "
        "faite ou, si deux mois passent sans réponse, de ce silence, qui vaut rejet"
    ) in text
    assert "La saisine du médiateur ne l’interrompt pas." in text


def test_the_remedies_where_the_court_is_not_known_say_how_to_find_it():
    assert (
        "saisir le tribunal administratif dans le ressort duquel le rectorat a son siège (code de justice administrative, art. "
        "R. 312-1)"
    ) in refuse(Story().filed())


def test_the_remedies_are_those_of_the_day_it_was_written():
    story = Story().filed()
    of_region(story, court="tribunal administratif de Lyon")
    procedure.declare_inadmissible(story.id, law=LAW, facts=FACTS, late=False, by=story.signing, at=story.at)
    of_region(story, court="tribunal administratif de Grenoble")
    assert "le tribunal administratif de Lyon" in words(letter(story, DocumentKind.INADMISSIBLE_LETTER))


def test_a_vice_rectorate_is_called_so_from_head_to_foot():
    story = Story(academy="Nouvelle-Calédonie")
    of_region(story, vice_rectorate=True, court="tribunal administratif de Nouvelle-Calédonie")
    story.filed()
    receipt = words(letter(story, DocumentKind.RECEIPT))
    decision = refuse(story)
    assert "Vous avez saisi le vice-rectorat de la Nouvelle-Calédonie, compétent là où votre licence a été préparée" in receipt
    assert "Pour la vice-rectrice ou le vice-recteur de la Nouvelle- Calédonie et par délégation," in decision
    for text in (receipt, decision):
        assert "à la vice-rectrice ou au vice-recteur de la Nouvelle-Calédonie" in text
        assert "saisir le tribunal administratif de Nouvelle-Calédonie" in text
        assert re.findall(r"(?<![Vv]ice-)(?:rectorat|rectrice|recteur)(?! Campagne)", text.replace("ice- ", "ice-")) == []
        assert "région académique Nouvelle" not in text


@pytest.mark.parametrize(
    ("late", "heading"),
    [(False, "Votre saisine est déclarée irrecevable"), (True, "Votre saisine est irrecevable : elle a été déposée hors délai")],
)
def test_a_late_referral_is_refused_for_that(late, heading):
    text = refuse(Story().filed(), late=late)
    assert between(text, "(heure de Paris, UTC+2)", "Vous avez saisi") == heading
    assert ("elle a été déposée après la fin du délai, et ce retard ne peut être admis" in text) == late


def heading_of(text: str) -> str:
    return between(text, "(heure de Paris, UTC+2)", "Vous avez saisi")


def test_the_heading_of_a_file_closed_says_what_came_of_it():
    """Nothing was offered; all that was offered is over; something was offered and the search could have gone on."""
    assert heading_of(close(Story().admissible())) == "Votre saisine est close sans proposition"
    exhausted, partly = Story(), Story()
    for offer in exhausted.offered():
        procedure.decline(exhausted.id, offer_id=offer.pk, reason="", by=exhausted.her, at=exhausted.at)
    assert heading_of(close(exhausted)) == "Votre saisine est close : les propositions sont épuisées"
    (offer,) = partly.offered(1)
    procedure.decline(partly.id, offer_id=offer.pk, reason="", by=partly.her, at=partly.at)
    assert heading_of(close(partly)) == "Votre saisine est close"


def test_a_search_ended_without_offers_is_no_exhaustion():
    story = Story().admissible()
    procedure.end_search(story.id, reason="Aucune place.", by=story.office, at=story.at)
    assert heading_of(close(story)) == "Votre saisine est close sans proposition"


def test_the_decision_to_close_shows_the_search_made():
    story = Story(at=instant("2026-07-01 10:00")).admissible()
    asked = story.consulting()
    refused = story.later(days=1).consulting()
    procedure.record_refusal(story.id, offer_id=refused.pk, reason="Complet.", by=story.office, at=story.at)
    assert between(close(story), "Demandée le Suite", "Pour la rectrice") == (
        f"{asked.vacancy} 01/07/2026 Sans réponse à ce jour {refused.vacancy} 02/07/2026 Refus de l’établissement"
    )


def test_a_long_search_repeats_its_labels_on_each_page():
    story = Story().admissible()
    asked = []
    for _ in range(45):
        asked.append(offer := story.consulting())
        procedure.lapse_consultation(story.id, offer_id=offer.pk, by=procedure.CLOCK, at=offer.held_until)
    close(story)
    pdf = letter(story, DocumentKind.CLOSING_LETTER)
    text = words(pdf)
    assert [offer.pk for offer in asked if str(offer.vacancy) not in text] == []
    for page in pdf.pages:
        said = " ".join(page.extract_text().split())
        assert ("Formation Demandée le Suite" in said) == ("Aucune réponse de l’établissement" in said)
        assert inside(page)


def test_very_long_reasons_run_over_the_pages_and_the_signature_stays_whole():
    story = Story().filed()
    law, facts = (" ".join(f"{word}{number}" for number in range(900)) for word in ("droit", "fait"))
    procedure.declare_inadmissible(story.id, law=law, facts=facts, late=False, by=story.signing, at=story.at)
    pdf = letter(story, DocumentKind.INADMISSIBLE_LETTER)
    text = words(pdf)
    assert re.findall(r"\bdroit\d+", text) == law.split()
    signed = [" ".join(page.extract_text().split()) for page in pdf.pages]
    assert [("Pour la rectrice" in page, "publié le 3" in page) for page in signed].count((True, True)) == 1
    assert all(inside(page) for page in pdf.pages)


def test_closing_without_a_search_says_so():
    assert "Aucun établissement n’a été consulté dans ce dossier." in close(Story().filed())


OF_THE_FIRST_VERSION = ("number", "region", "campaign", "student", "email", "at", "zone", "academy")


def test_a_letter_frozen_by_the_first_version_is_still_rendered_as_it_was():
    story = Story().filed()
    frozen = story.referral.documents.get(kind=DocumentKind.RECEIPT).content
    said = {key: frozen[key] for key in OF_THE_FIRST_VERSION}
    closing = Document.objects.create(
        referral=story.referral,
        kind=DocumentKind.CLOSING_LETTER,
        name="decision.pdf",
        content_type="application/pdf",
        created_at=story.at,
        content=said | {"reasons": "Aucune place.", "searched": ["Archives – Université"], "signatory": "Camille Exemple"},
    )
    text = words(read(closing))
    assert heading_of(text) == "Votre saisine est close"
    assert between(text, "art. L. 211-2) :", "Recherche menée") == "Aucune place."
    assert between(text, "Demandée le Suite", "Voies et délais") == (
        "Archives – Université Pour la rectrice ou le recteur de la région académique Auvergne-Rhône-Alpes, Camille Exemple"
    )
    assert "le tribunal administratif dans le ressort duquel le rectorat a son siège" in text


def test_a_receipt_frozen_by_the_first_version_is_still_rendered():
    story = Story().filed()
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    for added in ("vice_rectorate", "court", "address"):
        del receipt.content[added]
    receipt.save()
    assert "Région académique Auvergne-Rhône-Alpes" in words(read(receipt))


@pytest.mark.parametrize("state_look", [True, False])
def test_each_look_has_its_letterhead(settings, state_look):
    settings.STATE_LOOK = state_look
    assert ("république française" in words(letter(Story().filed(), DocumentKind.RECEIPT)).lower()) == state_look


def test_what_a_person_wrote_is_text():
    story = Story().draft(birth_name="<b>Exemple</b> & l'autre")
    procedure.file(story.id, by=story.her, at=story.at)
    assert "<b>Exemple</b> & l'autre" in words(letter(story, DocumentKind.RECEIPT))


def accepted(story: Story, **columns) -> PdfReader:
    """Return the certificate of the one offer she accepts."""
    programme = factories.ProgrammeFactory(institution=story.institution, track="Patrimoine", site="Campus des Quais")
    vacancy = factories.VacancyFactory(programme=programme, campaign=story.campaign, contact_phone="04 00 00 00 00")
    story.admissible()
    Referral.objects.filter(pk=story.id).update(**columns)
    offer = story.sent(vacancy=vacancy)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.later(days=2).at)
    return letter(story, DocumentKind.ACCEPTANCE)


def test_the_certificate_says_who_accepted_what_and_when():
    story = Story(academy="La Réunion")
    text = words(accepted(story, usage_name="Fictif", ine="0123456789A"))
    offer = story.referral.offers.get()
    assert between(text, "Attestation d’acceptation d’une admission en master", "Vérifier que ce document") == (
        "Le rectorat de la région académique La Réunion atteste que la personne désignée ci-dessous a accepté la proposition "
        "d’admission en première année de master qui lui a été faite le samedi 20 juin 2026 (code de l’éducation, art. L. 612-6 et "
        "R. 612-36-3). Prénoms et nom Zoé Fictif Nom de naissance D’Exemple Date de naissance 29/02/2004 INE 0123456789A "
        "Acceptée le lundi 22 juin 2026 à 12 h 00 (heure de La Réunion, UTC+4) La place acceptée "
        f"Formation Master, première année : {offer.vacancy.programme.title} Établissement {story.institution} "
        "Lieu Campus des Quais, Lyon Enseignement Formation initiale, sur place, langue : français "
        "L’établissement a donné son accord à cette admission le samedi 20 juin 2026. La place est prise au nom de cette personne "
        ": elle n’est plus proposée à personne d’autre. Pour l’inscription L’inscription se fait auprès de l’établissement, sur "
        "présentation de cette attestation, d’une pièce d’identité, du diplôme de licence ou de l’attestation de réussite, et des "
        "autres pièces que l’établissement demande. Contact donné par l’établissement : masters@universite.exemple, "
        "04 00 00 00 00. L’établissement fait savoir au rectorat avant le "
        "mercredi 22 juillet 2026 si l’inscription est faite. Cette attestation est établie automatiquement au moment de "
        "l’acceptation ; elle n’est pas une inscription."
    )


def test_a_certificate_says_no_more_than_she_gave():
    text = words(accepted(Story()))
    assert "Prénoms et nom Zoé D’Exemple Date de naissance 29/02/2004 Acceptée le" in text


def test_the_certificate_is_that_of_the_day_she_accepted():
    """Whatever the catalogue, the contact or her own name become before it is rendered."""
    story = Story()
    offer, *_ = story.offered(1)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    said = story.referral.documents.get(kind=DocumentKind.ACCEPTANCE)
    before = html_of(said)
    offer.vacancy.programme.institution.name = "Université fusionnée"
    offer.vacancy.programme.institution.save()
    type(offer.vacancy).objects.update(contact_email="autre@universite.exemple", modality="continuing")
    Referral.objects.filter(pk=story.id).update(usage_name="Autre")
    assert html_of(Document.objects.get(pk=said.pk)) == before


def test_accepting_twice_writes_one_certificate_and_her_mail_brings_it():
    story = Story()
    offer, *_ = story.offered(1)
    for _ in range(2):
        procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    certificate = story.referral.documents.get(kind=DocumentKind.ACCEPTANCE)
    assert list(Message.objects.filter(template="accepted").values_list("audience", "attachment")) == [("student", certificate.pk)]


def test_the_institution_does_not_read_her_certificate_and_her_office_does():
    story = Story()
    accepted(story)
    certificate = story.referral.documents.filter(kind=DocumentKind.ACCEPTANCE)
    readers = {
        "student": story.student,
        "office": story.caseworker,
        "institution": factories.post(Role.INSTITUTION, institution=story.institution),
        "adviser": factories.post(Role.ADVISER, institution=story.institution),
        "elsewhere": factories.post(Role.CASEWORKER, region=factories.academy("Strasbourg").region),
    }
    seen = {who: (certificate & Document.objects.visible_to(reader)).exists() for who, reader in readers.items()}
    assert seen == {"student": True, "office": True, "institution": False, "adviser": False, "elsewhere": False}


def test_a_second_acceptance_has_its_own_and_the_first_stays():
    story = Story()
    offer, *_ = story.offered(1)
    procedure.accept(story.id, offer_id=offer.pk, by=story.her, at=story.at)
    story.lose(offer)
    procedure.reopen(story.id, ground="Une autre place.", due_on=story.due_on, by=story.office, at=story.at)
    other = story.later(days=1).sent()
    procedure.accept(story.id, offer_id=other.pk, by=story.her, at=story.at)
    certified = story.referral.documents.filter(kind=DocumentKind.ACCEPTANCE)
    assert [one.content["programme"] for one in certified] == [seat.vacancy.programme.title for seat in (offer, other)]


def every_letter() -> dict[DocumentKind, Document]:
    """One of each kind."""
    accepting, refused, closed = Story(), Story(), Story()
    offer, *_ = accepting.offered(1)
    procedure.accept(accepting.id, offer_id=offer.pk, by=accepting.her, at=accepting.at)
    procedure.send_letter(accepting.id, subject="Objet", text="Texte.", by=accepting.signing, at=accepting.at)
    refuse(refused.filed())
    close(closed.admissible())
    letters = Document.objects.filter(kind__in=LETTERS)
    return {kind: letters.filter(kind=kind).first() for kind in LETTERS}


def test_every_letter_bears_its_code_on_each_page_and_the_address_where_it_is_verified(settings):
    settings.SITE_URL = "https://saisine.exemple.fr"
    for kind, said in every_letter().items():
        pdf, code = read(said), grouped(said.code)
        assert (kind, [code in page.extract_text() for page in pdf.pages]) == (kind, [True] * len(pdf.pages))
        assert f"ouvrez https://saisine.exemple.fr/verifier/ et tapez le code {code}." in words(pdf)
        links = [note.get_object()["/A"]["/URI"] for page in pdf.pages for note in page.get("/Annots", ())]
        assert f"https://saisine.exemple.fr/verifier/{code}/" in links


def test_every_letter_has_its_summary_in_english_with_days_of_its_own():
    for kind, said in every_letter().items():
        text = words(read(said))
        assert (kind, text.count("Summary in English, without legal effect")) == (kind, 1)
        assert (kind, re.findall(r"What (?:this is|to do)[.,]", text), "y when." in text) == (
            kind,
            ["What this is.", "What to do" + ("," if kind == DocumentKind.LETTER else ".")],
            True,
        )
    text = words(letter(Story(academy="La Réunion", at=instant("2026-06-20 23:00")).filed(), DocumentKind.RECEIPT))
    assert "received on 21 June 2026, by which" in text
    assert "has not answered by 21 August 2026, its silence" in text


def structure(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """Every element of the tree that a screen reader follows, in order."""

    def below(element) -> Iterator[pikepdf.Dictionary]:
        yield element
        for item in items(element):
            yield from below(item)

    return below(pdf.Root.StructTreeRoot.K[0])


def items(element: pikepdf.Dictionary) -> list[pikepdf.Dictionary]:
    kids = element.get("/K", [])
    kids = kids if isinstance(kids, pikepdf.Array) else [kids]
    return [kid for kid in kids if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/StructElem"]


def test_every_letter_is_tagged_titled_and_says_its_languages_and_what_its_picture_is():
    for kind, said in every_letter().items():
        with rendered(said.pk).file.open() as file, pikepdf.open(BytesIO(file.read())) as pdf:
            elements = list(structure(pdf))
            assert (kind, str(pdf.Root.Lang), bool(pdf.Root.MarkInfo.Marked), bool(pdf.Root.ViewerPreferences.DisplayDocTitle)) == (
                kind, "fr", True, True,
            )  # fmt: skip
            assert str(pdf.docinfo.Title).endswith(f" – saisine {said.referral.number}")
            alts = [str(one.Alt) for one in elements if one.S == "/Figure"]
            assert (kind, alts) == (kind, ["Code QR\N{NO-BREAK SPACE}: adresse de la page où ce document se vérifie"])
            languages = {(str(one.S), str(one.Lang)) for one in elements if "/Lang" in one}
            assert (kind, languages) == (kind, {("/Art", "en")})
            assert (kind, [str(one.S) for one in elements if one.S == "/H1"]) == (kind, ["/H1"])
            in_lists = {str(item.S) for one in elements if one.S == "/L" for item in items(one)}
            assert (kind, in_lists - {"/LI", "/Caption"}) == (kind, set())  # ISO 14289-1, 7.6: a list holds its items and no box
            listed = [item for one in elements if one.S == "/L" for item in items(one) if item.S == "/LI"]
            assert (kind, len(listed)) == (kind, len([one for one in elements if one.S == "/LI"]))


def test_a_letter_of_before_the_codes_is_rendered_without():
    story = Story().filed()
    receipt = story.referral.documents.get(kind=DocumentKind.RECEIPT)
    for added in ("code", "verified_at", "english"):
        del receipt.content[added]
    receipt.code = None
    receipt.save()
    pdf = read(receipt)
    text = words(pdf)
    assert [said for said in ("Summary in English", "Vérifier que", "QR", " · code") if said in text] == []


def test_a_letter_read_over_before_it_leaves_bears_no_code():
    story = Story().filed()
    html = html_of(office_letter(story.referral, subject="Objet", text="Texte.", by=story.office, at=story.at))
    assert ("Summary in English" in html, "/verifier/" in html) == (True, False)


def test_a_letter_speaks_french_whoever_has_it_rendered():
    receipt = Story().filed().referral.documents.get(kind=DocumentKind.RECEIPT)
    before = html_of(receipt)
    with translation.override("en"):
        assert html_of(receipt) == before


@pytest.mark.parametrize("address", ["https://exemple.fr/a.svg", "file:///etc/passwd", "data:image/png;base64,AAAA"])
def test_a_pdf_loads_no_picture_from_elsewhere(address, caplog):
    pdf_of(f'<html lang="fr"><title>Titre</title><img alt="Une image" src="{address}"></html>')
    assert [f"a PDF may load files of the project alone, not {address}" in said.message for said in caplog.records] == [True]
