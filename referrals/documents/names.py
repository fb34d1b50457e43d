"""The names files come with. They are text from outside: for display and for a download, never a place to write to."""

import re
import unicodedata
from pathlib import PurePath

LONGEST = 200
EXTENSIONS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
}
"""How the name of each kind of file may end; the first is given to one that ends otherwise."""
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode's categories of what is not seen, or turns round what is: controls, directions, private signs, halves of pairs."""
NOT_IN_A_NAME = re.compile(r'[<>:"|?*]')
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows takes for a device, whatever follows the point."""


def plain_name(name: str) -> str:
    """Return the last part of ``name``: what is seen of it, as any system may write it down, and never more than fits.

    >>> plain_name("../../etc/passwd"), plain_name("re\\u202egpj.exe"), plain_name("..."), plain_name("nul.pdf")
    ('passwd', 'regpj.exe', 'document', '_nul.pdf')
    """
    last = PurePath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in UNSEEN)
    plain = " ".join(NOT_IN_A_NAME.sub("_", seen).split()).strip(". ")
    if DEVICES.fullmatch(plain):
        plain = f"_{plain}"
    return shortened(plain) or "document"


def shortened(name: str) -> str:
    """Return ``name``, in its middle the shorter for what is too long: its end still says what it is."""
    path = PurePath(name)
    end = path.suffix if len(path.suffix) <= 10 else ""
    return name if len(name) <= LONGEST else name[: LONGEST - len(end)].rstrip(". ") + end


def name_of_download(name: str, content_type: str, *, mark: str = "") -> str:
    """Return the name to save a file under: its end is that of what it is, whatever it was called. mark: what it begins with.

    >>> name_of_download("facture.exe", "application/pdf"), name_of_download("CV.PDF", "application/pdf", mark="original")
    ('facture.exe.pdf', 'original-CV.PDF')
    """
    plain = plain_name(name)
    ends = EXTENSIONS.get(content_type, (".bin",))
    marked = f"{mark}-{plain}" if mark else plain
    return shortened(marked if marked.lower().endswith(ends) else marked + ends[0])
