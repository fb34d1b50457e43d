"""Message catalogues (.po) as tests and `make check` read them: what gettext's own tools would say, without needing them."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

from django.utils.translation.template import templatize


@dataclass(kw_only=True)
class Entry:
    """One message: its French words, singular and plural, and how they are said in the other language."""

    context: str = ""
    singular: str = ""
    plural: str = ""
    said: dict[int, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    sources: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.context}\4{self.singular}" if self.context else self.singular


KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?) (".*")$')


def read(path: Path) -> list[Entry]:
    """Return the messages of a catalogue; its first one, of no words, is the header."""
    return [_entry(block.splitlines()) for block in path.read_text().strip().split("\n\n")]


def _entry(lines: list[str]) -> Entry:
    entry, put = Entry(), None
    for line in lines:
        if line.startswith("#,"):
            entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif line.startswith("#:"):
            entry.sources += line[2:].split()
        elif found := KEYWORD.match(line):
            keyword, form, words = found.groups()
            put = (keyword.split("[")[0], int(form or 0))
            _add(entry, put, words)
        elif line.startswith('"') and put:
            _add(entry, put, line)
    return entry


def _add(entry: Entry, put: tuple[str, int], words: str) -> None:
    text, (keyword, form) = ast.literal_eval(words), put
    match keyword:
        case "msgctxt":
            entry.context += text
        case "msgid":
            entry.singular += text
        case "msgid_plural":
            entry.plural += text
        case "msgstr":
            entry.said[form] = entry.said.get(form, "") + text


ROOT = Path(__file__).parents[1]
ROOMS = ("config", "notifications", "referrals", "vacancies")
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
ONE, MANY = {"_", "gettext", "gettext_lazy", "gettext_noop"}, {"ngettext", "ngettext_lazy"}
IN_A_TEMPLATE = re.compile(r"(?<![a-z])(n?p?gettext|_)\(((?:u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?:, ?)?)+)")
LITERAL = re.compile(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}|%%")


def asked() -> set[tuple[str, str]]:
    """Return the messages that the sources ask for: singular, and plural where there is one."""
    scripts = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    templates = [path for ending in ("html", "txt") for path in (ROOT / "templates").rglob(f"*.{ending}")]
    in_scripts = {words for path in scripts for words in _in_script(path.read_text())}
    return in_scripts | {words for path in templates for words in _in_template(path.read_text())}


def _in_script(source: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if name in ONE and len(words) == 1:
            yield words[0], ""
        elif name in MANY and len(words) == 2:
            yield words[0], words[1]


def _in_template(source: str) -> Iterator[tuple[str, str]]:
    for name, arguments in IN_A_TEMPLATE.findall(templatize(source)):
        words = [ast.literal_eval(literal) for literal in LITERAL.findall(arguments)]
        yield (words[0], words[1]) if name == "ngettext" else (words[0], "")


def problems(path: Path = CATALOGUE) -> list[str]:
    """Return what is wrong with a catalogue: missing, unsure, unlike its original, unused, or not what Django would read."""
    _, *entries = read(path)
    here = {(entry.singular, entry.plural) for entry in entries}
    return [
        *(f"not in the catalogue: {singular}" for singular, _ in sorted(asked() - here)),
        *(f"asked for by nobody: {singular}" for singular, _ in sorted(here - asked())),
        *(f"{problem}: {entry.singular}" for entry in entries if (problem := _wrong(entry))),
        *(["django.mo is not django.po, compiled: make messages"] if _compiled(path) != _to_compile(entries) else []),
    ]


def _wrong(entry: Entry) -> str:
    if not all(entry.said.get(form) for form in range(2 if entry.plural else 1)):
        return "not translated"
    if "fuzzy" in entry.flags:
        return "unsure"
    whole = _placeholders(entry.plural or entry.singular)
    spoken = [_placeholders(said) for said in entry.said.values()]
    if spoken[-1] != whole or any(said - whole for said in spoken):
        return "other placeholders"
    return ""


def _placeholders(words: str) -> set[str]:
    return {found.group(0) for found in PLACEHOLDER.finditer(words)}


def _compiled(path: Path) -> dict[Any, str]:
    with path.with_suffix(".mo").open("rb") as file:
        return {key: said for key, said in GNUTranslations(file)._catalog.items() if key}  # type: ignore[attr-defined]


def _to_compile(entries: list[Entry]) -> dict[Any, str]:
    plain = {entry.key: entry.said.get(0, "") for entry in entries if not entry.plural}
    return plain | {(entry.key, form): said for entry in entries if entry.plural for form, said in entry.said.items()}


if __name__ == "__main__":
    found = problems()
    print(*found, sep="\n")
    sys.exit(bool(found))
