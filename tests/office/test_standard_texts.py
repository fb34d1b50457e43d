"""Standard texts: written by heads for their region, by the administrator for the nation; offered and filled where they serve."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from referrals.models import Role, StandardText, TextKind
from referrals.rules.states import Action, State
from referrals.standard_texts import VARIABLES, Written, fill, unknown_in
from tests import factories
from tests.office.pages import page_of, text_of
from tests.story import in_state

LIST = reverse("admin:referrals_standardtext_changelist")
ADD = reverse("admin:referrals_standardtext_add")


def change(text: StandardText) -> str:
    return reverse("admin:referrals_standardtext_change", args=[text.pk])


def a_text(region=None, kind=TextKind.MESSAGE, title="Où en est-on ?", **words) -> StandardText:
    return StandardText.objects.create(
        **{"region": region, "kind": kind, "title": title, "text": "Bonjour {prénom}, votre saisine {numéro} suit son cours."}
        | words
    )


def typed(region, **changes) -> dict:
    return {
        "region": region.pk if region else "",
        "kind": "message",
        "title": "Bonjour",
        "subject": "",
        "text": "Bonjour {prénom} {nom}.",
        "is_used": "on",
    } | changes


def test_every_variable_is_filled_from_the_file(db):
    story = in_state(State.FILED)
    written = Written(referral=story.referral, by_name="Camille", on=story.at.date())
    assert {name: fill(f"{{{name}}}", written) for name in VARIABLES} == {
        "prénom": "Zoé",
        "nom": "D’Exemple",
        "numéro": story.referral.number,
        "mention_licence": "Histoire",
        "établissement": story.institution.name,
        "région": "Auvergne-Rhône-Alpes",
        "campagne": "Campagne 2026",
        "déposée_le": "20 juin 2026",
        "aujourd’hui": "20 juin 2026",
        "gestionnaire": "Camille",
    }


def test_variables_are_filled_once_and_unknown_ones_are_left(db):
    story = in_state(State.FILED)
    referral = story.referral
    referral.first_names = "{nom}"
    written = Written(referral=referral, by_name="Camille", on=story.at.date())
    assert fill("{prénom} { nom }, le {aujourd'hui}, {gestionnaire} {inconnue} { }", written) == (
        "{nom} D’Exemple, le 20 juin 2026, Camille {inconnue} { }"
    )
    assert unknown_in("{prénom} {prenom} {}") == ["prenom", ""]


def test_the_day_of_filing_is_the_academies_own(db):
    story = in_state(State.FILED, academy="La Réunion", at=factories.instant("2026-06-30 22:30"))
    written = Written(referral=story.referral, by_name="", on=story.at.date())
    assert fill("{déposée_le}", written) == "1er juillet 2026"


def test_a_head_writes_for_her_region_and_the_log_keeps_who(enter, story):
    client = enter(story.signer)
    assert client.post(ADD, typed(story.academy.region)).status_code == 302
    text = StandardText.objects.get()
    assert (text.region, text.title) == (story.academy.region, "Bonjour")
    entry = LogEntry.objects.get()
    assert (entry.user_id, entry.object_repr) == (story.signer.pk, "Bonjour")


def test_a_head_writes_neither_for_another_region_nor_for_the_nation(enter, story):
    elsewhere = factories.academy("Strasbourg").region
    client = enter(story.signer)
    for region in (elsewhere, None):
        assert list(client.post(ADD, typed(region)).context["adminform"].form.errors) == ["region"]
    national, theirs = a_text(), a_text(elsewhere)
    assert client.post(change(national), typed(story.academy.region)).status_code == 403
    assert client.get(change(national)).status_code == 200
    assert client.get(change(theirs)).status_code == 404
    assert list(client.get(LIST).context["cl"].result_list) == [national]


def test_a_caseworker_reads_them_and_writes_none(enter, story):
    text = a_text(story.academy.region)
    client = enter(story.caseworker)
    assert client.get(LIST).status_code == 200
    assert client.get(change(text)).status_code == 200
    assert client.post(change(text), typed(story.academy.region)).status_code == 403
    assert client.get(ADD).status_code == 403


def test_the_administrator_writes_the_nations_alone(enter, administrator, story):
    client = enter(administrator)
    assert client.post(ADD, typed(None)).status_code == 302
    assert StandardText.objects.get().region is None
    assert list(client.post(ADD, typed(story.academy.region)).context["adminform"].form.errors) == ["region"]
    theirs = a_text(story.academy.region)
    assert client.get(change(theirs)).status_code == 200
    assert client.post(change(theirs), typed(None)).status_code == 403


def test_nobody_erases_one(enter, story, administrator):
    text = a_text(story.academy.region)
    address = reverse("admin:referrals_standardtext_delete", args=[text.pk])
    for user in (story.signer, administrator):
        assert enter(user).post(address, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("field", "words", "sentence"),
    [
        ("text", "Bonjour {prenom}.", "{prenom} n’est pas une variable. Vous pouvez écrire : {prénom}, {nom}, "),
        ("subject", "Saisine {no} {x}", "{no}, {x} ne sont pas des variables. Vous pouvez écrire : {prénom}, {nom}, "),
    ],
)
def test_an_unknown_variable_is_said_when_the_text_is_saved(enter, story, field, words, sentence):
    response = enter(story.signer).post(ADD, typed(story.academy.region, **{field: words}))
    (error,) = response.context["adminform"].form.errors[field]
    assert error.startswith(sentence)
    assert not StandardText.objects.exists()


def test_a_letter_has_a_subject(enter, story):
    response = enter(story.signer).post(ADD, typed(story.academy.region, kind="letter"))
    assert "Un courrier a un objet." in text_of(response)


@pytest.mark.parametrize(
    ("action", "kind", "field"),
    [
        (Action.WRITE_TO_STUDENT, TextKind.MESSAGE, "text"),
        (Action.SEND_LETTER, TextKind.LETTER, "text"),
        (Action.REQUEST_DOCUMENTS, TextKind.DOCUMENTS, "wanted"),
    ],
)
def test_a_form_offers_the_texts_of_its_region_and_starts_from_the_one_chosen(enter, action, kind, field):
    story = in_state(State.FILED)
    of_region = {"subject": "Saisine {numéro}"} if kind == TextKind.LETTER else {}
    hers = a_text(story.academy.region, kind, **of_region)
    national = a_text(None, kind, "Pour tous", **of_region)
    a_text(factories.academy("Strasbourg").region, kind, "Ailleurs", **of_region)
    a_text(story.academy.region, kind, "Plus proposé", is_used=False, **of_region)
    other = TextKind.MESSAGE if kind != TextKind.MESSAGE else TextKind.DOCUMENTS
    a_text(story.academy.region, other, "D’une autre sorte")
    client, address = enter(story.caseworker), page_of(action, story.referral)
    assert client.get(address).context["texts"] == [hers, national]
    form = client.get(f"{address}?texte={hers.pk}").context["form"]
    assert form[field].value() == f"Bonjour Zoé, votre saisine {story.referral.number} suit son cours."
    if kind == TextKind.LETTER:
        assert form["subject"].value() == f"Saisine {story.referral.number}"


@pytest.mark.parametrize("chosen", ["999999", "abc", "theirs"])
def test_a_text_that_is_not_offered_fills_nothing(enter, chosen):
    story = in_state(State.FILED)
    theirs = a_text(factories.academy("Strasbourg").region)
    pk = theirs.pk if chosen == "theirs" else chosen
    form = enter(story.caseworker).get(f"{page_of(Action.WRITE_TO_STUDENT, story.referral)}?texte={pk}").context["form"]
    assert form["text"].value() is None


def test_an_adviser_of_health_has_no_such_list(enter, story):
    medical = factories.post(Role.MEDICAL, region=story.academy.region)
    assert enter(medical).get(LIST).status_code == 404
