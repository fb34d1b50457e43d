"""The rules of a campaign at the office: prepared beside the rule set, previewed, established once, changed by nobody."""

import pytest
from django.test import Client

from referrals import procedure
from referrals.models import CampaignRules, Role
from referrals.rules.rule_sets import TABLE
from tests import factories
from tests.factories import instant
from tests.office.pages import file_of, text_of
from tests.story import State, in_state

pytestmark = pytest.mark.django_db

LIST = "/bureau/referrals/campaignrules/"
ADD = f"{LIST}add/"


@pytest.fixture
def campaign(db):
    return factories.CampaignFactory()


def establish(campaign, rule_set="2018", overrides=None, grounds=None, **more) -> CampaignRules:
    said = {"by_name": "Nadia Nationale", "at": instant("2026-06-01 09:00")} | more
    return procedure.establish_rules(campaign=campaign, rule_set=rule_set, overrides=overrides or {}, grounds=grounds or {}, **said)


def answers(campaign, rule_set="2018", **given) -> dict[str, str]:
    """Return what the form posts: every field, empty but for those given."""
    fields = {f"{kind}_{name}": "" for kind in ("value", "ground") for name in TABLE}
    return {"campaign": campaign.pk, "rule_set": rule_set, "source": ""} | fields | given


def errors_of(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def page_of(rules) -> str:
    return f"{LIST}{rules.pk}/change/"


FRANC = {"value_franc": "False", "ground_franc": "Circulaire d’exemple"}


def test_the_form_shows_each_value_of_the_rule_set_with_its_source_and_whether_it_is_settled(enter, administrator, campaign):
    establish(campaign, "2023")
    page = text_of(enter(administrator).get(ADD))
    assert "En vigueur : version 1, à partir des règles 2023." in page
    assert (
        "Point de départ du délai de réponse chaque proposition, pour elle seule 8 jours pour chaque proposition : pratique" in page
    )
    assert page.count("les textes ne tranchent pas : en faveur de l’étudiant") == 2  # franc, and refusals counted as applications


def test_another_rule_set_is_chosen_without_a_script(enter, administrator, campaign):
    establish(campaign, "2023", {"franc": False}, {"franc": "Circulaire d’exemple"})
    client = enter(administrator)
    assert client.get(ADD).context["form"]["value_franc"].value() == "False"
    chosen = client.get(ADD, {"campaign": campaign.pk, "rule_set": "2018"})
    assert "la dernière des propositions dues, pour toutes" in text_of(chosen)
    assert chosen.context["form"]["value_franc"].value() is None  # another rule set: nothing departs from it yet


def test_the_campaign_opened_last_is_shown_first_and_any_other_may_be_chosen(enter, administrator, campaign):
    later = factories.CampaignFactory(code="2027", name="Campagne 2027", opens_on="2027-06-15", search_until="2027-10-31")
    client = enter(administrator)
    assert client.get(ADD).context["form"]["campaign"].value() == later.pk
    assert "Cette campagne n’a pas encore de règles" in text_of(client.get(ADD))
    assert client.get(ADD, {"campaign": campaign.pk, "rule_set": "2021"}).context["form"]["campaign"].value() == campaign.pk


def test_without_a_campaign_there_is_nothing_to_rule(enter, administrator):
    response = enter(administrator).get(ADD, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Créez d’abord une campagne." in response.content.decode()


def test_the_preview_shows_what_differs_from_the_version_in_force_and_establishes_nothing(enter, administrator, campaign):
    establish(campaign, "2018")
    response = enter(administrator).post(ADD, answers(campaign, "2018", preview="1", **FRANC))
    assert [tuple(change) for change in response.context["changes"]] == [
        (
            "délais francs",
            "oui : ni le jour de départ ni le dernier ne comptent",
            "non : seul le jour de départ ne compte pas",
            "Circulaire d’exemple",
            True,
        )
    ]
    assert "La version 2 remplacera la version 1 pour les saisines commencées après elle." in text_of(response)
    assert CampaignRules.objects.count() == 1


def test_the_preview_of_another_rule_set_shows_every_value_and_source_that_changes(enter, administrator, campaign):
    establish(campaign, "2018")
    response = enter(administrator).post(ADD, answers(campaign, "2023", preview="1"))
    changed = {change.label: (change.before, change.after) for change in response.context["changes"]}
    assert changed["délai pour répondre aux propositions"] == ("15 jours", "8 jours")
    assert changed["délai pour déposer la saisine"] == ("15 jours", "15 jours")  # the same, on another text
    assert "délais francs" not in changed
    assert "2018 → 2023" in text_of(response)


def test_the_preview_of_a_first_version_compares_with_nothing(enter, administrator, campaign):
    response = enter(administrator).post(ADD, answers(campaign, "2018", preview="1"))
    assert "Ce sont les premières règles de cette campagne" in text_of(response)
    assert [change.before for change in response.context["changes"]] == [""] * len(TABLE)


def hidden(response) -> dict[str, str]:
    """Return what the preview posts again, with the button « Établir »."""
    form = response.context["form"]
    return {field.html_name: field.value() for field in form} | {"establish": "1"}


def test_what_was_previewed_is_what_is_established(enter, administrator, campaign):
    establish(campaign, "2018")
    client = enter(administrator)
    preview = client.post(ADD, answers(campaign, "2018", preview="1", source="Arrêté d’exemple", **FRANC))
    response = client.post(ADD, hidden(preview), follow=True)
    rules = CampaignRules.objects.get(version=2)
    assert (rules.franc, rules.grounds, rules.source, rules.by_name) == (
        False,
        {"franc": "Circulaire d’exemple"},
        "Arrêté d’exemple",
        "Nadia Nationale",
    )
    assert response.redirect_chain == [(page_of(rules), 302)]
    assert "Version 2 établie" in response.content.decode()


def test_a_second_click_establishes_nothing_and_says_so(enter, administrator, campaign):
    client = enter(administrator)
    again = hidden(client.post(ADD, answers(campaign, "2018", preview="1")))
    client.post(ADD, again)
    assert errors_of(client.post(ADD, again)) == {"__all__": ["Rien ne change par rapport à la version 1."]}
    assert CampaignRules.objects.count() == 1


def test_one_may_go_back_from_the_preview_and_nothing_typed_is_lost(enter, administrator, campaign):
    response = enter(administrator).post(ADD, answers(campaign, "2018", edit="1", **FRANC))
    form = response.context["form"]
    assert (form["value_franc"].value(), form["ground_franc"].value()) == ("False", "Circulaire d’exemple")
    assert not CampaignRules.objects.exists()


def test_none_is_a_value_like_another(enter, administrator, campaign):
    enter(administrator).post(
        ADD, answers(campaign, "2023", establish="1", value_licence_years="None", ground_licence_years="Année d’exemple")
    )
    assert CampaignRules.objects.get().licence_years is None


BAD = [
    ({"value_franc": "False"}, {"__all__": ["Dites sur quel motif la campagne s’écarte des règles 2018 : « délais francs »."]}),
    (
        {"ground_franc": "Circulaire"},
        {"__all__": ["Un motif est donné, mais aucune valeur de cette campagne : « délais francs »."]},
    ),
    (
        {"value_franc": "True", "ground_franc": "Circulaire"},
        {"__all__": ["Cette valeur est déjà celle des règles 2018 : « délais francs »."]},
    ),
    ({"value_filing_days": "0"}, {"value_filing_days": ["Assurez-vous que cette valeur est supérieure ou égale à 1."]}),
    ({"value_silence": "jamais"}, {"value_silence": ["Sélectionnez un choix valide. jamais n’en fait pas partie."]}),
]


@pytest.mark.parametrize("step", ["preview", "establish"])
@pytest.mark.parametrize(("given", "errors"), BAD)
def test_what_makes_no_version_is_refused_with_the_reason(enter, administrator, campaign, given, errors, step):
    response = enter(administrator).post(ADD, answers(campaign, "2018", **given, **{step: "1"}))
    assert errors_of(response) == errors
    assert not CampaignRules.objects.exists()


def test_an_unknown_campaign_or_rule_set_makes_nothing(enter, administrator, campaign):
    response = enter(administrator).post(ADD, answers(campaign, "2017", establish="1"))
    assert (response.status_code, response.context["sections"]) == (200, [])
    assert not CampaignRules.objects.exists()


def test_what_was_typed_before_the_session_ended_comes_back(administrator, campaign):
    client = Client()
    client.post(ADD, answers(campaign, "2018", preview="1", **FRANC))
    client.force_login(administrator)
    assert client.get(ADD).context["form"]["ground_franc"].value() == "Circulaire d’exemple"


def test_a_version_shows_every_value_with_source_or_ground_and_who_established_it(enter, administrator, campaign):
    rules = establish(campaign, "2021", {"filing_days": 20}, {"filing_days": "Arrêté d’exemple"})
    page = text_of(enter(administrator).get(page_of(rules)))
    assert "Établie le lundi 1er juin 2026 à 9 h 00 (heure de Paris, UTC+2), par Nadia Nationale" in page
    assert "Délai pour déposer la saisine 20 jours propre à la campagne règles 2021 : 15 jours Motif : Arrêté d’exemple" in page
    assert page.count("les textes ne tranchent pas : en faveur de l’étudiant") == 6
    assert "Commission régionale en septembre oui Code de l’éducation, art. R. 612-36-3" in page


def test_a_version_is_never_changed_or_deleted(enter, administrator, campaign):
    rules = establish(campaign)
    client = enter(administrator)
    assert client.post(page_of(rules), {"answer_days": "1"}).status_code == 405
    assert client.post(f"{LIST}{rules.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}{rules.pk}/history/").url == page_of(rules)
    assert client.get(f"{LIST}999/change/").status_code == 404
    assert client.get(f"{LIST}abc/change/").status_code == 404


def test_the_list_names_each_version_and_what_it_has_of_its_own(enter, administrator, campaign):
    establish(campaign)
    establish(campaign, "2018", {"franc": False}, {"franc": "Circulaire d’exemple"})
    page = text_of(enter(administrator).get(LIST))
    assert "Campagne 2026 2 2018 délais francs Nadia Nationale" in page
    assert "Campagne 2026 1 2018 aucune Nadia Nationale" in page


def test_rules_are_established_by_the_nations_administration_alone(enter, head, story, campaign):
    for user in (head, story.caseworker):
        client = enter(user)
        assert client.get(ADD).status_code == 403
        assert client.post(ADD, answers(campaign, "2023", establish="1")).status_code == 403
        assert client.get(LIST).status_code == 403


def test_a_file_says_which_version_applies_and_leads_to_it(enter):
    story = in_state(State.FILED)
    establish(story.campaign, "2023")
    client = enter(story.caseworker)
    page = client.get(file_of(story.referral))
    address = page_of(story.rules)
    assert f'<a href="{address}">règles version 1</a>' in page.content.decode()
    rules = client.get(address)
    assert "Délai pour répondre aux propositions 15 jours" in text_of(rules)
    assert LIST not in [link.rstrip('"') for link in rules.content.decode().split('href="')]


def test_who_has_no_business_in_the_office_does_not_read_them_there(enter, campaign):
    rules = establish(campaign)
    adviser = factories.post(Role.ADVISER, institution=factories.InstitutionFactory())
    for user in (adviser, factories.UserFactory()):
        assert enter(user).get(page_of(rules)).status_code == 302
