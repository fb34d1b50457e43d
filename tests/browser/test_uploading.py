"""Documents on a bad line: chosen, dropped, ordered, made smaller, sent in parts, none of them twice; and without any script."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests import factories
from tests.browser.conftest import Person
from tests.documents import pictures
from tests.factories import PASSWORD
from tests.story import Story

PART = 256 * 1024


@pytest.fixture
def her(somebody) -> Person:
    """She, on the page of her draft's documents, with a telephone's screen."""
    story = Story()
    story.draft()
    student = somebody()
    student.story = story
    student.page.set_viewport_size({"width": 360, "height": 740})
    student.signs_in(story.student.email, PASSWORD)
    student.goes_to(f"/ma-saisine/{story.referral.key}/documents/")
    return student


@pytest.fixture
def folder(tmp_path) -> Path:
    """What she has on her device."""
    files = {
        "IMG_1.jpg": pictures.photo("JPEG", width=3000, height=4000),
        "IMG_2.jpg": pictures.photo("JPEG", colour="green"),
        "grand.pdf": heavy_pdf(),
        "verrouille.pdf": pictures.locked(),
        "vide.pdf": b"",
        "lettre.odt": pictures.word(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def heavy_pdf() -> bytes:
    """Return a PDF of a megabyte, which no script makes smaller."""
    sound = factories.pdf(pages=2)
    return sound.replace(b"%%EOF", b"%" + b"x" * (4 * PART - 4000) + b"\n%%EOF") if b"%%EOF" in sound else sound


def choose(page: Page, *paths: Path) -> None:
    page.locator("#id_file").set_input_files([str(path) for path in paths])


def listed(page: Page) -> list[str]:
    return [text.split(" (")[0] for text in page.locator(".files__one > span").all_inner_texts()]


def received(story: Story) -> list[tuple[str, str]]:
    return list(story.referral.documents.given().filter(kind="other").values_list("name", "content_type"))


def test_photos_are_ordered_sent_small_and_become_one_document(her, folder):
    page = her.page
    page.locator("[name=kind]").select_option("other")
    sent: list[int] = []
    page.on("request", lambda request: sent.append(len(request.post_data_buffer or b"")) if request.method == "PATCH" else None)
    choose(page, folder / "IMG_1.jpg")
    choose(page, folder / "IMG_2.jpg")
    assert listed(page) == ["IMG_1.jpg", "IMG_2.jpg"]
    page.get_by_role("button", name="Monter IMG_2.jpg").click()
    assert listed(page) == ["IMG_2.jpg", "IMG_1.jpg"]
    her.looks()
    her.clicks("Ajouter ce document")
    her.reads("Document reçu : IMG_2.pdf.")
    assert received(her.story) == [("IMG_2.pdf", "application/pdf")]
    assert sum(sent) < (folder / "IMG_1.jpg").stat().st_size + (folder / "IMG_2.jpg").stat().st_size
    page.locator("summary", has_text="IMG_2.pdf").click()
    expect(page.locator(".given__pages:visible img")).to_have_count(2)
    her.looks()


def test_a_wrong_file_is_told_before_it_leaves(her, folder):
    choose(her.page, folder / "vide.pdf", folder / "lettre.odt")
    problems = her.page.locator(".files__problems")
    expect(problems).to_contain_text("« vide.pdf » est vide : il n’a pas été ajouté.")
    expect(problems).to_contain_text("« lettre.odt » n’est ni un PDF ni une photo")
    assert listed(her.page) == []
    her.looks()


def test_after_a_lost_line_nothing_is_sent_twice(her, folder):
    page, passed, lost = her.page, [], []

    def bad_line(route: Route) -> None:
        offset = int(route.request.headers["upload-offset"])
        if offset >= PART and len(lost) < 2:
            lost.append(offset)
            route.abort("internetdisconnected")
        else:
            passed.append(offset)
            route.continue_()

    page.route("**/reception/*/", bad_line)
    page.locator("[name=kind]").select_option("other")
    choose(page, folder / "grand.pdf")
    page.get_by_role("button", name="Ajouter ce document").click()
    expect(page.locator(".files__line")).to_contain_text("La connexion est perdue.")
    page.get_by_text("Document reçu : grand.pdf.").wait_for(timeout=60_000)
    assert (lost, passed) == ([PART, PART], [0, PART, 2 * PART, 3 * PART])
    assert received(her.story) == [("grand.pdf", "application/pdf")]


def test_on_a_page_opened_anew_the_same_file_goes_on(her, folder):
    page, passed = her.page, []

    def dead_line(route: Route) -> None:
        offset = int(route.request.headers["upload-offset"])
        if offset:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/reception/*/", dead_line)
    choose(page, folder / "grand.pdf")
    page.get_by_role("button", name="Ajouter ce document").click()
    expect(page.locator(".files__line")).to_contain_text("La connexion est perdue.")
    page.get_by_role("button", name="Arrêter l’envoi").click()
    expect(page.locator(".files__line")).to_contain_text("Envoi arrêté.")
    page.unroute("**/reception/*/")
    her.complaints.clear()  # the browser's own, of the lost line
    page.on("request", lambda one: passed.append(one.headers["upload-offset"]) if one.method == "PATCH" else None)
    her.goes_to(f"/ma-saisine/{her.story.referral.key}/documents/")
    page.locator("[name=kind]").select_option("other")
    choose(page, folder / "grand.pdf")
    her.clicks("Ajouter ce document")
    her.reads("Document reçu : grand.pdf.")
    assert passed == [str(PART * part) for part in (1, 2, 3)]


def test_a_locked_file_is_told_at_once_and_replaced(her, folder):
    page = her.page
    page.locator("[name=kind]").select_option("other")
    choose(page, folder / "verrouille.pdf")
    her.clicks("Ajouter ce document")
    her.reads("« verrouille.pdf » est reçu et gardé quand même. Ce PDF est protégé par un mot de passe")
    her.clicks("Remplacer verrouille.pdf", role="link")
    expect(page.get_by_role("link", name="Garder ce fichier quand même")).to_be_visible()
    choose(page, folder / "IMG_2.jpg")
    her.clicks("Remplacer")
    her.reads("« IMG_2.jpg » remplace « verrouille.pdf ».")
    assert received(her.story) == [("IMG_2.jpg", "image/jpeg")]


def test_a_photograph_taken_joins_those_chosen(her, folder):
    choose(her.page, folder / "grand.pdf")
    her.page.locator("input[capture]").set_input_files(str(folder / "IMG_2.jpg"))
    assert listed(her.page) == ["grand.pdf", "IMG_2.jpg"]
    assert her.page.evaluate("document.querySelector('#id_file').files.length") == 2


def test_without_a_script_the_form_sends_its_files(browser, site, folder):
    story = Story()
    story.draft()
    page = browser.new_context(base_url=site.address, java_script_enabled=False).new_page()
    page.goto("/compte/login/")
    page.locator("[name=login]").fill(story.student.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.goto(f"/ma-saisine/{story.referral.key}/documents/")
    page.locator("[name=kind]").select_option("other")
    choose(page, folder / "IMG_1.jpg", folder / "IMG_2.jpg")
    page.get_by_role("button", name="Ajouter ce document").click()
    expect(page.locator("body")).to_contain_text("Document reçu : IMG_1.pdf.")
    assert received(story) == [("IMG_1.pdf", "application/pdf")]


def test_where_one_touches_the_camera_is_offered_and_a_good_file_is_chosen_once(browser, site, folder):
    story = Story()
    story.draft()
    (folder / "faux.pdf").write_bytes(b"pas un PDF")
    (folder / "bon.pdf").write_bytes(factories.pdf())
    student = Person(browser, site.address)
    phone = browser.new_context(base_url=site.address, has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740})
    student.page = phone.new_page()
    student.signs_in(story.student.email, PASSWORD)
    student.goes_to(f"/ma-saisine/{story.referral.key}/projet/")
    lies_over = "() => { const at = document.elementFromPoint(180, innerHeight - 4); return at.closest('.saving') !== null; }"
    assert not student.page.evaluate(lies_over)  # nothing was saved yet: the line that says so covers no field
    student.goes_to(f"/ma-saisine/{story.referral.key}/documents/")
    expect(student.page.locator(".files__photo")).to_be_visible()
    expect(student.page.locator(".files__drop")).to_be_hidden()
    choose(student.page, folder / "bon.pdf", folder / "faux.pdf")
    student.clicks("Ajouter ce document")
    expect(student.page.get_by_label("bon.pdf")).to_be_checked()
    student.clicks("Ajouter ce document")
    assert "bon.pdf" in story.referral.documents.given().values_list("name", flat=True)
