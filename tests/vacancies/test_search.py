"""Which vacancies suit, in which order and why; which institution or mention is meant."""

import pytest

from tests.factories import (
    CampaignFactory,
    InstitutionFactory,
    LicenceMentionFactory,
    MasterMentionFactory,
    ProgrammeFactory,
    VacancyFactory,
    academy,
)
from vacancies.models import Campaign, Compatibility, LicenceMention, MasterMention
from vacancies.search import (
    find_institution,
    find_mention,
    has_table,
    institution_candidates,
    mention_candidates,
    outside_table,
    suitable,
)

LYON, GRENOBLE, STRASBOURG = (45.76, 4.84), (45.19, 5.73), (48.58, 7.75)

pytestmark = pytest.mark.django_db


def vacancy(track: str, *, where: str = "Lyon", point=(None, None), mention="Droit public", licences=(), seats=1, **fields):
    institution = InstitutionFactory(academy=academy(where), name=f"Université de {where}")
    programme = ProgrammeFactory(
        institution=institution,
        mention=MasterMentionFactory(name=mention),
        track=track,
        town=where,
        latitude=point[0],
        longitude=point[1],
        **fields,
    )
    programme.recommended.set(LicenceMentionFactory(name=name) for name in licences)
    return VacancyFactory(programme=programme, seats_declared=seats)


def found(**wanted) -> list[str]:
    """The tracks of what suits, in order."""
    asked = {"campaign": CampaignFactory(), "licence_mention": None, "wished_mentions": []} | wanted
    return [vacancy.programme.track for vacancy in suitable(**asked)]


def test_wish_then_licence_then_academy_then_distance():
    history, law = LicenceMentionFactory(name="Histoire"), MasterMentionFactory(name="Droit privé")
    vacancy("loin", point=STRASBOURG)
    vacancy("inconnu")
    vacancy("près", point=GRENOBLE)
    vacancy("académie souhaitée", where="Grenoble")
    vacancy("licence conseillée", licences=["Histoire", "Droit"])
    vacancy("toutes licences", any_licence=True, point=LYON)
    vacancy("mention souhaitée", mention="Droit privé")
    vacancy("tout", mention="Droit privé", licences=["Histoire"], where="Grenoble")
    suiting = suitable(
        campaign=CampaignFactory(),
        licence_mention=history,
        wished_mentions=[law],
        academies=[academy("Grenoble")],
        near=LYON,
    )
    assert [
        (one.programme.track, one.suits_wish, one.suits_licence, one.suits_academy, one.distance_km and round(one.distance_km))
        for one in suiting
    ] == [
        ("tout", True, True, True, None),
        ("mention souhaitée", True, False, False, None),
        ("toutes licences", False, True, False, 0),
        ("licence conseillée", False, True, False, None),
        ("académie souhaitée", False, False, True, None),
        ("près", False, False, False, 94),
        ("loin", False, False, False, 383),
        ("inconnu", False, False, False, None),
    ]


def test_only_free_seats_of_this_campaign():
    vacancy("libre")
    vacancy("complet", seats=0)
    other = CampaignFactory(code="2025", name="Campagne 2025")
    VacancyFactory(campaign=other, programme=ProgrammeFactory(track="autre campagne"))
    assert found() == ["libre"]
    assert found(campaign=other) == ["autre campagne"]


def test_regions_distance_and_words_hide():
    vacancy("Économie du droit", point=LYON)
    vacancy("Libertés", where="Strasbourg", point=STRASBOURG)
    vacancy("Fiscalité", where="Grenoble")
    assert found(regions=[academy("Strasbourg").region]) == ["Libertés"]
    assert found(regions=[]) == []
    assert found(regions=None) == ["Économie du droit", "Fiscalité", "Libertés"]
    assert found(near=LYON, max_km=100) == ["Économie du droit"]
    assert found(text="ECONOMIE lyon") == ["Économie du droit"]
    assert found(text="droit public") == ["Économie du droit", "Fiscalité", "Libertés"]
    assert found(text="université de grenoble") == ["Fiscalité"]
    assert found(text="libertes grenoble") == []
    assert found(text="100%_") == []
    with pytest.raises(ValueError, match="max_km needs near"):
        found(max_km=10)


def test_distance_is_a_great_circle():
    """Paris to Saint-Denis of La Réunion: 9,365 km on a sphere, by the spherical law of cosines."""
    vacancy("au loin", where="La Réunion", point=(-20.8789, 55.4481))
    (one,) = suitable(campaign=CampaignFactory(), licence_mention=None, wished_mentions=[], near=(48.8566, 2.3522))
    assert round(one.distance_km) == 9365


def table(campaign: Campaign, *pairs: tuple[str, str]) -> None:
    for licence, master in pairs:
        licence, master = LicenceMentionFactory(name=licence), MasterMentionFactory(name=master)
        Compatibility.objects.create(campaign=campaign, licence=licence, master=master)


def flags(campaign: Campaign, licence: LicenceMention | None) -> dict[str, tuple[bool, bool]]:
    """Of each track: does it suit the licence, and is it outside the table? The second proved by the function of that name."""
    shown = {}
    for one in suitable(campaign=campaign, licence_mention=licence, wished_mentions=[]):
        assert one.outside_table == outside_table(campaign=campaign, licence=licence, programme=one.programme)
        shown[one.programme.track] = (one.suits_licence, one.outside_table)
    return shown


def test_the_table_makes_suit_and_flags_what_it_has_not():
    campaign, history = CampaignFactory(), LicenceMentionFactory(name="Histoire")
    table(campaign, ("Histoire", "Archives"), ("Droit", "Droit public"))
    silent = LicenceMentionFactory(name="Chimie")
    vacancy("dans la table", mention="Archives", licences=["Droit"])
    vacancy("conseillée", licences=["Histoire"])
    vacancy("toutes", any_licence=True)
    vacancy("hors de la table", licences=["Droit"])
    assert flags(campaign, history) == {
        "dans la table": (True, False),
        "conseillée": (True, False),
        "toutes": (True, False),
        "hors de la table": (False, True),
    }
    # Of that one the table says nothing: a person judges.
    assert (has_table(campaign, history), has_table(campaign, silent)) == (True, False)
    assert set(flags(campaign, silent).values()) == {(True, False), (False, False)}


def test_nothing_is_outside_where_no_table_or_no_licence_is_known():
    campaign, history = CampaignFactory(), LicenceMentionFactory(name="Histoire")
    vacancy("Libertés")
    assert (has_table(campaign, history), flags(campaign, history)) == (False, {"Libertés": (False, False)})
    table(campaign, ("Histoire", "Archives"))
    assert (has_table(campaign, None), flags(campaign, None)) == (False, {"Libertés": (False, False)})


def test_the_table_of_another_campaign_neither_suits_nor_flags():
    campaign, history = CampaignFactory(), LicenceMentionFactory(name="Histoire")
    table(CampaignFactory(code="2025", name="Campagne 2025"), ("Histoire", "Droit public"))
    vacancy("Libertés")
    assert flags(campaign, history) == {"Libertés": (False, False)}
    table(campaign, ("Histoire", "Archives"))
    assert flags(campaign, history) == {"Libertés": (False, True)}


def test_two_queries_show_them_all(django_assert_num_queries):
    """Whether the campaign has a table, and the seats."""
    campaign, licence = CampaignFactory(), LicenceMentionFactory()
    for n in range(3):
        vacancy(f"Parcours {n}")
    with django_assert_num_queries(2):
        shown = [
            (str(one), one.programme.academy.region.name)
            for one in suitable(campaign=campaign, licence_mention=licence, wished_mentions=[])
        ]
    assert len(shown) == 3


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
