"""What pages weigh, with the files of a production, in both looks. Bytes are counted: no clock is asked."""

import pytest

from tests.benchmarks.weights import LOOKS, first_visit, later_visit, named_pages, production

FIRST_VISIT = 200_000
AFTER_IT = 50_000
"""Bytes that a browser receives at most for the first page, and for a page of the form once it has seen the first one."""


@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_light_and_ask_nobody_else(transactional_db, browser, collected, look):
    home, *others = named_pages()
    form = [page for page in others if page.form]
    with production(collected, look=look) as address:
        first = first_visit(browser, address, home)
        later = {page.name: later_visit(browser, address, page) for page in form}
    assert first.hosts.union(*(visit.hosts for visit in later.values())) == {address.removeprefix("http://")}
    assert first.bytes < FIRST_VISIT
    assert {name: visit.bytes for name, visit in later.items() if not 0 < visit.bytes < AFTER_IT} == {}
