"""How a mail is written: one text template for each; subject, text and HTML all come from it, so they never say different things.

A mail to somebody who reads English has a template of its own in ``mails/en``; a test holds the two side by side. The first line is
the subject. In the rest a blank line ends a block; lines that start with a dash are a list; « words : » above
an address alone on its line is a link.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.utils import translation

from referrals import answer_links
from referrals.language import Language

from . import facts
from .models import Message
from .templatetags.french import typeset

SUBJECT_LENGTH = Message._meta.get_field("subject").max_length
ITEM = "– "


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a mail says, and in which language."""

    subject: str
    text: str
    html: str
    language: Language


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph of lines, a list of items, or the words of a link to ``url``."""

    lines: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    url: str = ""

    @property
    def shown(self) -> bool:
        """Whether the address is written out under its words: one that is signed when it leaves is too long to be read."""
        return not answer_links.is_bare(self.url)


def compose(template: str, context: dict[str, Any], *, language: Language = Language.FRENCH) -> Words:
    """Return the mail that ``templates/mails/<template>.txt`` makes of ``context``, or its twin in another language."""
    folder = "mails" if language == Language.FRENCH else f"mails/{language}"
    with translation.override(language):
        subject, _, text = plain(f"{folder}/{template}.txt", context).strip().partition("\n")
        return words(subject=subject, text=text, language=language)


def write_late(message: Message) -> None:
    """Write and keep the words of a mail that the transaction of its cause left without: one of very many, to a student."""
    event = message.event
    if message.text or event is None:
        return
    known = facts.about(event.referral) | facts.of_event(event, facts.LimitsOf([event]))
    written = compose(message.template, known | {"offer": None}, language=Language(event.referral.student.language))
    for name, said in asdict(written).items():
        setattr(message, name, said)
    message.save(update_fields=asdict(written))


def plain(template: str, context: dict[str, Any]) -> str:
    """Render a text. It knows no HTML: nothing in it is escaped, whatever characters a name holds. The HTML part escapes them."""
    return get_template(template).template.render(Context(context, autoescape=False))


def words(*, subject: str, text: str, language: Language = Language.FRENCH) -> Words:
    """Return the mail of that subject and text, neatly spaced, with its HTML part."""
    subject = typeset(re.sub(r"[ \t\r\n]+", " ", subject).strip())
    text = "\n".join(re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines())
    text = typeset(re.sub(r"\n{3,}", "\n\n", text).strip())
    known = {"subject": subject, "blocks": list(blocks(text)), "site_url": settings.SITE_URL, "language": language.value}
    return Words(subject=_cut(subject), text=f"{text}\n", html=render_to_string("mails/_layout.html", known), language=language)


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of ``text``, in order."""
    for block in text.split("\n\n"):
        lines = block.splitlines()
        if len(lines) == 2 and re.fullmatch(r"https?://\S+", lines[1]):
            yield Block(lines=(lines[0].rstrip(" :\N{NO-BREAK SPACE}"),), url=lines[1])
            continue
        plain: list[str] = []
        items: list[str] = []
        for line in lines:
            if line.startswith(ITEM):
                items.append(line.removeprefix(ITEM))
            elif items:  # words after a list start a paragraph of their own
                yield Block(lines=tuple(plain), items=tuple(items))
                plain, items = [line], []
            else:
                plain.append(line)
        yield Block(lines=tuple(plain), items=tuple(items))


def _cut(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_LENGTH else f"{subject[: SUBJECT_LENGTH - 1]}…"
