"""What every screen of the office is given."""

from datetime import datetime

from django.http import HttpRequest

from ..models import User


class OfficeRequest(HttpRequest):
    """A request that has passed the office's door. at: when it arrived."""

    user: User
    at: datetime
