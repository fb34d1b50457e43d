"""Which of the two looks the pages wear: the State's, reserved to its own sites, or the neutral one."""

from django.conf import settings


def look(request) -> dict[str, bool]:
    return {"state_look": settings.STATE_LOOK}
