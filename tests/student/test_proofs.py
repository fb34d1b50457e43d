"""Several proofs at once: each becomes a document, its application is guessed from its name, and she has the last word."""

import pytest

from referrals import procedure
from referrals.models import Application, Document, DocumentKind
from referrals.student.proofs import guess
from tests import factories
from tests.story import Story
from tests.student.reading import errors_of, said, text_of, typed
from tests.student.test_draft import transcript

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(blank, story) -> list[Application]:
    lyon = factories.InstitutionFactory(name="Université Lumière – Lyon 2", academy=story.academy)
    dijon = factories.InstitutionFactory(name="Université de Dijon", academy=story.academy)
    archives = factories.MasterMentionFactory(name="Archives")
    return [
        procedure.save_application(
            blank.referral.pk,
            facts={"institution": place, "mention": archives, "answer": "express", "on": story.at.date()},
            by=story.her,
            at=story.at,
        )
        for place in (lyon, dijon)
    ]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("refus-lyon-2.pdf", 0),
        ("Refus Université LUMIÈRE.jpg", 0),
        ("courriel_Dijon_archives.pdf", 1),
        ("refus archives.pdf", None),
        ("IMG_20260610.jpg", None),
        ("scan.pdf", None),
        (".pdf", None),
    ],
)
def test_the_name_of_the_file_says_which(two, name, place):
    assert guess(Document(name=name), two) == (None if place is None else two[place])


def test_several_are_sent_at_once_guessed_and_matched(blank, two):
    sent = blank.post("proofs", {"files": [transcript("refus Dijon.pdf"), transcript("refus lyon 2.pdf"), transcript("scan.pdf")]})
    assert sent.url == blank.address("proofs")
    assert said(sent) == ["3 justificatifs reçus. Vérifiez à quelle candidature chacun se rapporte, puis enregistrez."]
    dijon, lyon, scan = blank.referral.documents.given().filter(kind=DocumentKind.REFUSAL_PROOF).order_by("pk")
    page = blank.get("proofs")
    assert typed(page, f"proof_{dijon.pk}", f"proof_{lyon.pk}", f"proof_{scan.pk}") == [two[1].pk, two[0].pk, None]
    assert [one.proof for one in blank.referral.applications.all()] == [None, None]
    done = blank.post("proofs", {f"proof_{dijon.pk}": two[1].pk, f"proof_{lyon.pk}": "", f"proof_{scan.pk}": two[0].pk})
    assert done.url == blank.address("applications")
    assert {one.pk: one.proof for one in blank.referral.applications.all()} == {two[0].pk: scan, two[1].pk: dijon}
    blank.post("proofs", {f"proof_{dijon.pk}": two[0].pk, f"proof_{lyon.pk}": two[1].pk, f"proof_{scan.pk}": ""})
    assert {one.pk: one.proof for one in blank.referral.applications.all()} == {two[0].pk: dijon, two[1].pk: lyon}


def test_two_proofs_of_one_application_are_too_many(blank, two):
    blank.post("proofs", {"files": [transcript("a.pdf"), transcript("b.pdf")]})
    names = [f"proof_{document.pk}" for document in blank.referral.documents.given()]
    refused = blank.post("proofs", dict.fromkeys(names, two[0].pk))
    assert errors_of(refused) == {names[1]: ["Cette candidature a déjà un justificatif, plus haut : n’en gardez qu’un."]}


def test_a_file_that_cannot_serve_is_named(blank, two):
    refused = blank.post("proofs", {"files": [transcript("bon.pdf"), transcript("vide.pdf", b"")]})
    assert errors_of(refused) == {"files": ["vide.pdf : Ce fichier est vide. Choisissez-en un autre."]}
    assert blank.referral.documents.given().count() == 0


def test_only_her_own_are_matched(blank, two, story):
    stranger = Story()
    theirs = stranger.draft().referral.applications.get()
    blank.post("proofs", {"files": [transcript("a.pdf")]})
    document = blank.referral.documents.given().get()
    assert list(errors_of(blank.post("proofs", {f"proof_{document.pk}": theirs.pk}))) == [f"proof_{document.pk}"]
    with pytest.raises(Application.DoesNotExist):
        procedure.match_proofs(blank.referral.pk, proofs={document.pk: theirs.pk}, by=story.her, at=story.at)
    with pytest.raises(Document.DoesNotExist):
        procedure.match_proofs(blank.referral.pk, proofs={stranger.referral.transcript.pk: two[0].pk}, by=story.her, at=story.at)


def test_the_list_leads_to_both_ways(blank, two):
    page = text_of(blank.get("applications"))
    assert "Coller une liste : toutes vos candidatures d’un coup" in page
    assert "Envoyer plusieurs justificatifs d’un coup" in page
