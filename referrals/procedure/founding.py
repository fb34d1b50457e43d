"""On which of her licences a referral is founded: the columns of the founding one and the row of the other change places."""

from ..models import OtherLicence, Referral

COLUMNS = {
    "diploma": "diploma",
    "mention": "licence_mention",
    "title": "licence_title",
    "institution": "licence_institution",
    "site": "licence_site",
    "academy": "licence_academy",
    "on": "licence_on",
    "expected_on": "licence_expected_on",
}
"""Of the other licence → of the referral."""


def is_whole(referral: Referral) -> bool:
    """Whether enough is said of the founding licence to keep it as another: its name, its place and its day."""
    placed = referral.licence_institution_id and referral.licence_academy_id
    return bool(referral.licence_name and placed and (referral.licence_on or referral.licence_expected_on))


def swap_licence(referral: Referral, other: OtherLicence) -> None:
    """Found ``referral`` on ``other``, which becomes what the founding one was; one of which too little is said is dropped.

    The referral itself is not saved: its verb does.
    """
    keeps = is_whole(referral)
    founding = {column: getattr(referral, of_referral) for column, of_referral in COLUMNS.items()}
    for column, of_referral in COLUMNS.items():
        setattr(referral, of_referral, getattr(other, column))
    if not keeps:
        other.delete()
        return
    for column, value in founding.items():
        setattr(other, column, value)
    other.save()
