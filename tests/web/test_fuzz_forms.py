"""Every form of the site, found on its pages and sent back with what nobody should type, by somebody of every role.

A form is sent as a browser would have sent it, with some of its fields made nasty by hypothesis: too long, of another kind, twice,
missing, or a file where a word was meant. What is sent leaves no trace; the next try finds the world as it was.
"""

from collections import Counter
from typing import Any

import pytest
from django.forms.forms import BaseForm
from django.test import Client
from hypothesis import given, seed
from hypothesis import strategies as st

from .fuzzing import FILES, NASTY, SEED, TRIES, Wrong, as_many, file_from, leaving_no_trace, quiet
from .walk import Form, addresses, candidates, forms_of
from .world import STUDENTS, WITHOUT_AN_ACCOUNT, World

WHO = {
    "of the public and the students": (WITHOUT_AN_ACCOUNT, "newcomer", *STUDENTS),
    "of institutions and offices": ("adviser", "institution", "medical adviser", "head", "administrator"),
}
SHARE = 0.1 / len(WHO)
ROOMS = {"ma-saisine/": ("newcomer", *STUDENTS), "suivi/": ("adviser",), "etablissement/": ("institution",)}
"""Where an address begins → whose forms are there; the office's are everybody else's who works in one."""
OFFICE = ("medical adviser", "head", "administrator")
MOST_TURNS = 7
"""Files that a page is asked for until one answers: each is in another state."""
ENDS_THE_SESSION = ("/compte/logout/", "/ma-saisine/quitter/")

texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.integers().map(str), st.dates().map(str), st.floats().map(str))
values = st.one_of(
    texts.map(lambda text: [text]),
    st.lists(texts, min_size=2, max_size=4),
    st.just([]),
    st.sampled_from(FILES).map(lambda file: [file]),
)
"""What is sent for a field: a word, several, none, a file."""


def found(client: Client, who: str, world: World) -> list[Form]:
    """Return the forms of all pages that ``who`` may open; of forms alike, the first."""
    forms: dict[tuple[str, ...], Form] = {}
    for address in addresses():
        room = address.route.partition("/")[0] + "/"
        if who not in ROOMS.get(room, OFFICE if room == "bureau/" else (who,)):
            continue
        ways = [candidates(world, address, *gap) for gap in address.gaps]
        turns = MOST_TURNS if {"key", "referral_id"} & {name for _, name in address.gaps} else 2
        for turn in range(min(turns, max([1, *map(len, ways)]))):
            page = address.filled([way[turn % len(way)] for way in ways])
            with leaving_no_trace():
                response = client.get(page)
                if response.status_code == 302:  # to sign in, or to another page of the list
                    break
                content = response.getvalue()  # a file is read to its end, and closed
                if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
                    continue
                for form in forms_of(page, content.decode()):
                    if form.action not in ENDS_THE_SESSION:
                        forms.setdefault(form.shape, form)
                break
    return list(forms.values())


def as_sent(form: Form, changed: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What a browser would send, with the first of each choice where none was made, but for what is ``changed``."""
    usual = {}
    for name, kind in form.kinds.items():
        known = form.fields.get(name) or form.choices.get(name, [])[-1:]
        usual[name] = known or ([FILES[0]] if kind == "file" else ["2026-06-20"] if "date" in kind else ["1"])
    return {
        name: [file_from(value) if isinstance(value, tuple) else value.encode("utf-8", "surrogatepass") for value in said]
        for name, said in (usual | changed).items()
    }


class Filled:
    """Hears which form classes are filled in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.classes: set[type] = set()
        whole = BaseForm.full_clean

        def full_clean(form: BaseForm) -> None:
            if form.is_bound:
                self.classes.update(type(form).__mro__)
            whole(form)

        monkeypatch.setattr(BaseForm, "full_clean", full_clean)


@pytest.mark.parametrize("where", WHO)
def test_no_form_breaks_or_tells_of_another(world: World, where, caplog, monkeypatch, no_undefined_variable, capsys):
    quiet(caplog)
    clients, wrong, statuses, filled = {}, Wrong(), Counter(), Filled(monkeypatch)
    forms: list[tuple[str, Form]] = []
    for who in WHO[where]:
        clients[who] = world.client(who)
        forms += [(who, form) for form in found(clients[who], who, world)]
    assert len(forms) > 40

    @st.composite
    def tries(draw: Any) -> tuple[str, Form, dict[str, list[Any]]]:
        who, form = draw(st.sampled_from(forms))
        nasty = draw(st.lists(st.sampled_from(sorted(form.kinds)), max_size=3, unique=True)) if form.kinds else []
        return who, form, {name: draw(values) for name in nasty}

    @seed(SEED)
    @as_many(SHARE)
    @given(tries())
    def trying(asked: tuple[str, Form, dict[str, list[Any]]]) -> None:
        who, form, changed = asked
        client, cookies = clients[who], clients[who].cookies.copy()
        with leaving_no_trace() as heard:
            response = getattr(client, "post" if form.method == "post" else "get")(form.action, as_sent(form, changed))
            wrong.judge((who, form.action, changed), response, heard, knows_her=who == "administrator")
        client.cookies = cookies
        statuses[response.status_code] += 1

    trying()
    with capsys.disabled():
        sent = f"{statuses.total()} (FUZZ={TRIES} FUZZ_SEED={SEED}) of {len(forms)} forms, {len(filled.classes)} classes"
        print(f"\nforms {where}: {sent} → {dict(sorted(statuses.items()))}")
    assert not wrong, str(wrong)
    assert {200, 302} <= set(statuses), "the tries have come to nothing"
