"""What was typed is never lost: posted after the session had ended, it waits in the new session for the same page.

Files and passwords are never kept. A page's address holds the key of its referral, so nobody else can open what waits there.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

KEPT = "typed_before_login"
LONGEST = 100_000
"""Characters kept for one page; a session is no store."""
PAGES = 3
"""How many pages may wait at once."""


def keep_typed(request: HttpRequest) -> bool:
    """Keep the posted texts of this page until somebody has signed in and saves it. Return whether they were kept."""
    texts = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" and "password" not in name}
    if sum(len(value) for values in texts.values() for value in values) > LONGEST:
        return False
    waiting = {path: kept for path, kept in request.session.get(KEPT, {}).items() if path != request.path}
    request.session[KEPT] = dict([*waiting.items(), (request.path, texts)][-PAGES:])
    return True


def typed_before(request: HttpRequest) -> MultiValueDict | None:
    """Return what waits for this page, as a form's data; None where nothing does."""
    texts = request.session.get(KEPT, {}).get(request.path)
    if texts is None:
        return None
    data = QueryDict(mutable=True)
    for name, values in texts.items():
        data.setlist(name, values)
    return data


def forget_typed(request: HttpRequest) -> None:
    """The page was saved: nothing waits for it any more."""
    if request.path in request.session.get(KEPT, {}):
        del request.session[KEPT][request.path]
        request.session.modified = True


def comes_from_here(request: HttpRequest) -> bool:
    """Whether the browser itself says that one of our own pages sent this: what another site posts is never kept."""
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()
