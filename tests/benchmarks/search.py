"""The public search over twenty thousand programmes with seats, beside a bare indexed query of as many rows as a page has."""

from datetime import timedelta

from django.core.paginator import Paginator
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from vacancies.imports.reference import load_reference
from vacancies.models import Campaign, Vacancy
from vacancies.public_search import VacancyFilter
from vacancies.views import PAGE_SIZE

PROGRAMMES = 20_000
QUESTIONS = {
    "no word": "",
    "one word": "q=droit",
    "three words": "q=droit+université+lyon",
    "a typo": "q=psychlogie",
    "licence and distance": "licence=droit&town=Lyon&radius=100",
}
FILL = """
INSERT INTO vacancies_programme (ifc, institution_id, mention_id, track, site, town, academy_id, latitude, longitude, modalities,
                                 any_licence, url)
SELECT 'banc-' || n, place.uai, mention.id, programme.track || ' ' || n %% 97, programme.site, place.town, place.academy_id,
       place.latitude + n %% 7 * 0.01, place.longitude + n %% 5 * 0.01, '{}', n %% 40 = 0, ''
  FROM generate_series(1, %(programmes)s) AS n
  JOIN (SELECT *, row_number() OVER (ORDER BY uai) - 1 AS nth, count(*) OVER () AS many
          FROM vacancies_institution WHERE town <> '') AS place ON place.nth = n * 31 %% place.many
  JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS nth, count(*) OVER () AS many
          FROM vacancies_mastermention) AS mention ON mention.nth = n * 17 %% mention.many
  JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS nth, count(*) OVER () AS many
          FROM vacancies_programme WHERE track <> '') AS programme ON programme.nth = n * 13 %% programme.many;
INSERT INTO vacancies_programme_recommended (programme_id, licencemention_id)
SELECT programme.id, licence.id FROM vacancies_programme AS programme
  JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS nth, count(*) OVER () AS many FROM vacancies_licencemention) AS licence
    ON (programme.id + licence.nth) %% licence.many < 4
 WHERE programme.ifc LIKE 'banc-%%';
INSERT INTO vacancies_compatibility (campaign_id, licence_id, master_id, note)
SELECT %(campaign)s, licence.id, master.id, '' FROM vacancies_licencemention AS licence, vacancies_mastermention AS master
 WHERE (licence.id * 7 + master.id) %% 20 = 0;
INSERT INTO vacancies_vacancy (programme_id, campaign_id, declared, held, taken, declared_on, valid_until, contact_email)
SELECT id, %(campaign)s, 1 + id %% 9, 0, 0, current_date, current_date + 30, '' FROM vacancies_programme WHERE ifc LIKE 'banc-%%';
"""


def fill() -> Campaign:
    """Return a campaign that has just opened, with `PROGRAMMES` vacancies of the words, places and names of the real files."""
    load_reference()
    today = timezone.localdate()
    campaign = Campaign.objects.create(code="banc", name="Banc d’essai", opens_on=today, search_until=today + timedelta(days=90))
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"programmes": PROGRAMMES, "campaign": campaign.pk})
        cursor.execute("ANALYZE")
    assert campaign.vacancies.filter(free__gt=0).count() == PROGRAMMES
    return campaign


def ask(query: str) -> list[Vacancy]:
    """Return the first page that answers ``query``, and count them all, as the view does."""
    wanted = VacancyFilter(QueryDict(query))
    wanted.full_clean()
    page = Paginator(wanted.answers().keys, PAGE_SIZE).get_page(1)
    found = wanted.read(page.object_list, on=timezone.localdate())
    assert len(found) == PAGE_SIZE
    return found


def bare(campaign: Campaign) -> list[Vacancy]:
    return list(Vacancy.objects.filter(campaign=campaign, free__gt=0).order_by("pk")[:PAGE_SIZE])
