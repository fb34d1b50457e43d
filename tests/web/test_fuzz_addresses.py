"""Every address of the site, asked for in ways no browser would, by somebody of every role: never a 5xx, never another's data."""

import json
from collections import Counter
from random import Random
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import pytest

from .fuzzing import FILES, NAMES, SEED, TRIES, Wrong, leaving_no_trace, quiet, word
from .walk import Address, addresses, candidates
from .world import WITHOUT_AN_ACCOUNT, World

WHO = {
    "outside the offices": (WITHOUT_AN_ACCOUNT, "student, draft", "student, offered", "newcomer", "adviser", "institution"),
    "in the offices": ("caseworker", "head", "medical adviser", "administrator"),
}
SHARE = 0.9 / len(WHO)
EVERYWHERE = addresses()
METHODS = ["GET"] * 6 + ["POST"] * 5 + ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "X" * 40]
KINDS = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=" + "x" * 300,
    "application/json",
    "text/plain; charset=nowhere",
    "application/x-www-form-urlencoded; charset=utf-16",
    "text/xml",
    "",
]
HEADERS: dict[str, list[str]] = {
    "Host": ["testserver", "ailleurs.exemple", "", "a" * 300, "[::1", "127.0.0.1:99999"],
    "Cookie": [
        "session=" + "x" * 400,
        "session=\xe9",
        "csrf=%00",
        "language=en",
        "language=" + "é" * 9,
        "a=b; c",
        "session=; session=x",
        "\0",
    ],
    "X-Forwarded-For": ["", ",", "nowhere", "::1", "203.0.113.9, x", "9" * 99, "'"],
    "X-Forwarded-Proto": ["https", "http", "gopher", ""],
    "X-Forwarded-Host": ["ailleurs.exemple"],
    "Accept-Language": ["en", "xx-" + "y" * 600, "*;q=x", "fr;q=9"],
    "Accept-Encoding": ["gzip", "br;q=1.0, *;q=0", "\xff"],
    "Accept": ["application/json", "*/*;q=" + "9" * 50],
    "If-Modified-Since": ["yesterday", "Sat, 01 Jan 0000 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"],
    "If-None-Match": ['"x"', "*", "W/"],
    "Range": ["bytes=0-", "bytes=9-1", "bytes=" + "0-1," * 50],
    "Upload-Offset": ["0", "-1", "9" * 11, "²", ""],
    "X-Requested-With": ["XMLHttpRequest"],
    "Origin": ["null", "https://ailleurs.exemple", "x:"],
    "Referer": ["", "https://ailleurs.exemple/", "http://testserver/" + "x" * 3000, "://"],
}
BODIES = [
    b"--b\r\n",
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx",
    b"a=%ff%fe",
    b"%",
    b"=" * 999,
    b"&" * 1500,
    b"a=1&" * 1200,
    b"{" * 900,
    b"[" * 3000,
    b"null",
    b'{"a": 1e999}',
    b"\xff\xfe\x00",
    b"",
]


def a_request(chance: Random, world: World, places: list[Address]) -> dict[str, Any]:
    address = chance.choice(places)
    path = address.filled([_filling(chance, world, address, *gap) for gap in address.gaps])
    if chance.random() < 0.1:
        path += word(chance)
    return {
        "method": chance.choice(METHODS),
        "path": quote(path.encode(errors="surrogatepass"), safe="/:@!$&'()*+,;=~%"),
        "query": _pairs(chance, 4).decode(),
        "data": _body(chance),
        "content_type": chance.choice(KINDS),
        "headers": {name: chance.choice(HEADERS[name]) for name in chance.sample(sorted(HEADERS), chance.randrange(3))},
    }


def _filling(chance: Random, world: World, address: Address, converter: str, name: str) -> Any:
    """What exists, hers too, mostly; else a number too large, or a word. A gap for a number takes no word."""
    if chance.random() < 0.7:
        return chance.choice(candidates(world, address, converter, name))
    if converter == "int":
        return chance.choice([0, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**30, 10**400])
    return UUID(int=chance.getrandbits(128)) if converter == "uuid" else word(chance)


def _pairs(chance: Random, most: int) -> bytes:
    pairs = [(chance.choice(NAMES), word(chance).encode(errors="surrogatepass")) for _ in range(chance.randrange(most))]
    return urlencode(pairs).encode()


def _body(chance: Random) -> bytes:
    turn = chance.randrange(5)
    if turn < 2:
        return _pairs(chance, 6)
    if turn == 2:
        return json.dumps({word(chance): [word(chance), chance.random(), None], "q": {"a": word(chance)}}).encode()
    if turn == 3:
        name, content, _ = chance.choice(FILES)
        return (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
            + name.encode()
            + b'"\r\n\r\n'
            + content
            + b"\r\n--b--\r\n"
        )
    return chance.choice(BODIES)


@pytest.mark.parametrize("where", WHO)
def test_no_request_breaks_a_page_or_tells_of_another(world: World, where, caplog, no_undefined_variable, capsys):
    quiet(caplog)
    clients, wrong, statuses = {who: world.client(who) for who in WHO[where]}, Wrong(), Counter()
    rooms = [address for address in EVERYWHERE if address.route.startswith("bureau/")]
    others = [address for address in EVERYWHERE if address not in rooms]
    for turn in range(round(TRIES * SHARE)):
        chance = Random(f"{SEED} {where} {turn}")
        who = chance.choice(WHO[where])
        asked = a_request(chance, world, rooms if (chance.random() < 0.8) == (where == "in the offices") else others)
        cookies = clients[who].cookies.copy()
        with leaving_no_trace() as heard:
            response = clients[who].generic(
                asked["method"],
                asked["path"],
                data=asked["data"],
                content_type=asked["content_type"],
                QUERY_STRING=asked["query"],
                headers=asked["headers"],
            )
            wrong.judge((who, turn, asked), response, heard, knows_her=who == "administrator")  # who reads every file
        clients[who].cookies = cookies
        statuses[response.status_code] += 1
    with capsys.disabled():
        print(f"\n{where}: {statuses.total()} requests (FUZZ={TRIES} FUZZ_SEED={SEED}) → {dict(sorted(statuses.items()))}")
    assert not wrong, str(wrong)
    assert {200, 302, 400, 404, 405} <= set(statuses), "the tries have come to nothing"
