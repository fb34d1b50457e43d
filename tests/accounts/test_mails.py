"""Every mail about an account: French first, English for who asked for it, nothing left open, no link that signs in by itself."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from notifications.writing import plain

LINK = "https://exemple.fr/un-lien/"
KNOWN = {
    "email": "o'neil@exemple.fr", "activate_url": LINK, "password_reset_url": LINK, "signup_url": LINK, "link": LINK, "days": 7,
    "timestamp": timezone.now(), "browser": "Firefox, Linux", "from_email": "avant@exemple.fr", "to_email": "apres@exemple.fr",
    "deleted_email": "avant@exemple.fr", "code": "ABCD-EFGH", "by": "Nadia Nationale", "reason": "Téléphone volé.",
    "provider": "FranceConnect",
}  # fmt: skip
TEMPLATES = Path(settings.BASE_DIR) / "templates"
MAILS = sorted(
    str(path.relative_to(TEMPLATES)).removesuffix("_message.txt")
    for room in ("account", "mfa", "socialaccount")
    for path in (TEMPLATES / room / "email").glob("*_message.txt")
    if path.stem != "base_message"
)
GREETINGS = {"fr": "Bonjour,", "en": "Hello,"}


@pytest.mark.parametrize("language", GREETINGS)
@pytest.mark.parametrize("mail", MAILS)
def test_each_says_one_thing_whole(mail, language):
    with override(language):
        subject, text = plain(f"{mail}_subject.txt", KNOWN).strip(), plain(f"{mail}_message.txt", KNOWN).strip()
    assert re.fullmatch(r"[^\n]{10,80}", subject)
    assert text.startswith(GREETINGS[language])
    assert text.count(LINK) <= 1
    assert "{" not in subject + text
    assert "&#" not in text  # a name is no HTML here
