"""Which vacancies suit, in which order and why; which institution or mention is meant."""

import pytest

from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    LicenceMentionFactory,
    MasterMentionFactory,
)
from vacancies.models import Compatibility, LicenceMention, MasterMention
from vacancies.search import (
    find_institution,
    find_mention,
    has_table,
    institution_candidates,
    mention_candidates,
)

pytestmark = pytest.mark.django_db


def test_the_table_of_another_campaign_says_nothing():
    campaign, history = CampaignFactory(), LicenceMentionFactory(name="Histoire")
    before = CampaignFactory(code="2025", name="Campagne 2025")
    Compatibility.objects.create(campaign=before, licence=history, master=MasterMentionFactory(name="Archives"))
    assert [has_table(before, history), has_table(campaign, history), has_table(before, None)] == [True, False, False]


def test_institutions_by_every_name():
    heir = InstitutionFactory(name="Université Nouvelle")
    InstitutionFactory(name="Université Ancienne", names=["U. Ancienne"], successor=heir)
    assert find_institution("UNIVERSITÉ ANCIENNE") == heir
    assert find_institution("u ancienne") == heir
    assert find_institution("Université Anciene") is None
    assert institution_candidates("Université Anciene") == [heir]
    assert institution_candidates("zzz") == []


def test_a_name_of_two_institutions_is_nobody_s():
    one = InstitutionFactory(name="Université d’Ici", names=["École du Fleuve"])
    other = InstitutionFactory(name="Université de Là", names=["École du Fleuve"])
    assert find_institution("école du fleuve") is None
    assert set(institution_candidates("école du fleuve")) == {one, other}
    other.successor = one
    other.save()
    assert find_institution("école du fleuve") == one


def test_the_closest_names_come_first(reference):
    assert find_institution("Université Paris XII").uai == "0941111X"
    assert [institution.name for institution in institution_candidates("créteil", limit=1)] == ["Université Paris-Est Créteil"]
    assert [institution.name for institution in institution_candidates("universite de strasbour", limit=1)] == [
        "Université de Strasbourg"
    ]
    assert len(institution_candidates("université de paris")) == 5


def test_mentions():
    law = LicenceMentionFactory(name="Droit")
    LicenceMentionFactory(name="Économie")
    private = MasterMentionFactory(name="Droit privé")
    assert find_mention(LicenceMention, "DROIT ") == law
    assert find_mention(LicenceMention, "Droits") is None
    assert mention_candidates(LicenceMention, "Droits") == [law]
    assert [mention.name for mention in mention_candidates(LicenceMention, "economi")] == ["Économie"]
    assert mention_candidates(MasterMention, "droit") == [private]
