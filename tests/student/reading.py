"""What a reader finds on a page."""

from html import unescape
from re import DOTALL, findall, search, sub

from django.contrib.messages import get_messages

from referrals.documents.storing import stored


def text_of(response) -> str:
    """The words of the page's main part, without tags, single-spaced."""
    main = search(r"<main.*</main>", response.content.decode(), DOTALL)
    assert main is not None
    return plain(sub(r"<datalist.*?</datalist>", "", main[0], flags=DOTALL))


def plain(html: str) -> str:
    html = sub(r'<span class="article">(.*?)</span>', r"\1", html)  # within words and signs
    return " ".join(unescape(sub(r"<[^>]+>", " ", html)).split())


def said(response) -> list[str]:
    """The messages left for the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response) -> dict[str, list[str]]:
    """The errors of the page's form, by field."""
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def typed(response, *names: str) -> list:
    """What the form shows in these fields."""
    return [response.context["form"][name].value() for name in names]


def listed(response, css_class: str) -> list[str]:
    """The words of each item of the list of that class."""
    found = search(rf'<[uo]l class="{css_class}">(.*?)</[uo]l>', response.content.decode(), DOTALL)
    assert found is not None
    return [plain(item) for item in findall(r"<li>(.*?)</li>", found[1], DOTALL)]


def content_of(claim) -> bytes:
    """The bytes of the file that a row claims."""
    with stored(claim.file.name) as file:
        return file.read()
