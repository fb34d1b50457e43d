"""A day in the office at 1,000, 20,000 and 200,000 referrals: the same pages, how long each takes, and by how much that grows.

Three files in four have ended; one in four is followed, in the eighteen regions, by ten caseworkers in each: three hundred files
for each of them at 200,000. Written past the verbs, each row copied from one that the verbs wrote: what is measured is reading
them. A page of fifty files takes longer than a page of three, whatever the size of the table: the growth is told from the first
size at which a page lists as many as at the last. What the workers count and the pages only read has lines of its own.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from statistics import median
from time import perf_counter
from typing import NamedTuple

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from referrals.models import Role, User
from referrals.statistics.kept import NATION, STANDING, count_anew
from tests import factories
from tests.story import Story
from vacancies.imports.reference import load_reference
from vacancies.models import AcademicRegion

SIZES = (1_000, 20_000, 200_000)
TIMES = 15
TEAM = 10
"""Caseworkers of a region."""
CHOSEN = 25
"""Files of the queue that are given to somebody at once."""
SCRATCH = "banc_bureau"
QUEUE = "/bureau/referrals/referral/"
PAGES = {
    "home": "/bureau/",
    "queue, first page": QUEUE,
    "queue, page 5": f"{QUEUE}?p=5",
    "queue, late": f"{QUEUE}?echeance=retard",
    "a pile: to examine": f"{QUEUE}?pile=examiner",
    "search, two names": f"{QUEUE}?q=quevremont+zoé",
    "search, a number": f"{QUEUE}?q=BANC-000420-G",
    "search, an address": f"{QUEUE}?q=quevremont20@",
    "figures by académie": "/bureau/referrals/publication/chiffres/?par=academie",
    "a file": "{file}",
    "the team": "/bureau/referrals/absence/equipe/",
}
GIVEN = f"{QUEUE}bulk/assign/"
COUNTED = {"counted by a worker: the first page’s charts": STANDING, "counted by a worker: figures by académie": "academie"}
STATES = (
    ["closed"] * 12 + ["enrolled"] * 9 + ["withdrawn"] * 5 + ["inadmissible"] * 4
    + ["filed"] * 3 + ["incomplete"] + ["admissible"] * 3 + ["offered"] * 2 + ["accepted"]
)  # fmt: skip
"""Of forty files, thirty have ended."""
PLACES = """
CREATE TEMP TABLE place AS
SELECT institution.uai, academy.code AS academy, academy.region_id AS region, office.team,
       row_number() OVER (ORDER BY institution.uai) - 1 AS nth, count(*) OVER () AS many
  FROM vacancies_institution AS institution JOIN vacancies_academy AS academy ON academy.code = institution.academy_id
  JOIN (SELECT held.academicregion_id AS region, array_agg(post.user_id ORDER BY post.user_id) AS team
          FROM referrals_post_regions AS held JOIN referrals_post AS post ON post.id = held.post_id
         WHERE post.role = 'caseworker' GROUP BY 1) AS office
    ON office.region = academy.region_id;
CREATE TEMP TABLE seat AS
SELECT id, row_number() OVER (ORDER BY id) - 1 AS nth, count(*) OVER () AS many FROM vacancies_vacancy;
CREATE TEMP TABLE model AS SELECT %(referral)s::bigint AS referral, (SELECT max(id) FROM referrals_referral) AS base,
       (SELECT max(id) + 1000 FROM referrals_user) AS users;
"""
ROWS = """
CREATE TEMP TABLE fresh ON COMMIT DROP AS
SELECT n, model.base + n AS id, model.users + n AS student, (%(states)s::text[])[n %% 40 + 1] AS state, place.*,
       (ARRAY['Zoé','Inès','Léa','Adam','Noé','Chloé','Hugo','Maël','Eva','Liam'])[n %% 10 + 1] AS first_names,
       CASE WHEN n < 1000 AND n %% 20 = 0 THEN 'Quévremont' ELSE
       (ARRAY['Bri','Mar','Du','Le','Cha','Pé','Gau','Ro','Val','Fon','Tis','Lam'])[n / 35 %% 12 + 1]
       || (ARRAY['de','ti','ma','ro','li','bou','gni','sse','cha','ve'])[n / 42 %% 10 + 1]
       || (ARRAY['lon','neau','tier','rand','ville','zac','bert','mont'])[n / 60 %% 8 + 1] END AS birth_name,
       now() - n %% 300 * interval '1 day' - n * interval '1 second' AS filed_at,
       now() + (n * 7 %% 40 - 5) * interval '1 day' + n * interval '1 millisecond' AS next_at
  FROM generate_series(%(from)s, %(to)s) AS n CROSS JOIN model JOIN place ON place.nth = n * 31 %% place.many;
INSERT INTO referrals_user
SELECT made.* FROM fresh CROSS JOIN model JOIN referrals_referral AS file ON file.id = model.referral
  JOIN referrals_user AS former ON former.id = file.student_id,
  LATERAL jsonb_populate_record(former, jsonb_build_object(
    'id', fresh.student,
    'email', lower(public.unaccent(fresh.first_names || '.' || fresh.birth_name)) || n || '@etu.exemple.fr')) AS made;
INSERT INTO referrals_referral
SELECT made.* FROM fresh CROSS JOIN model JOIN referrals_referral AS former ON former.id = model.referral,
  LATERAL jsonb_populate_record(former, jsonb_build_object(
    'id', fresh.id, 'key', gen_random_uuid(), 'number', 'banc-' || lpad(n::text, 6, '0') || '-g', 'student_id', fresh.student,
    'state', fresh.state, 'region_id', fresh.region, 'licence_academy_id', fresh.academy, 'licence_institution_id', fresh.uai,
    'first_names', fresh.first_names, 'birth_name', fresh.birth_name, 'usage_name', '', 'ine', lpad(n::text, 9, '0') || 'BK',
    'assigned_to_id', CASE WHEN n %% 100 > 0 THEN team[n / 40 %% cardinality(team) + 1] END,
    'filed_at', fresh.filed_at, 'created_at', fresh.filed_at,
    'holder', CASE WHEN fresh.state IN ('filed', 'admissible') THEN 'office' WHEN fresh.state IN ('incomplete', 'offered')
              THEN 'student' WHEN fresh.state = 'accepted' THEN 'institution' ELSE '' END,
    'next_due', CASE fresh.state WHEN 'filed' THEN 'office' WHEN 'admissible' THEN 'seat' WHEN 'incomplete' THEN 'supply'
                WHEN 'offered' THEN 'answer' WHEN 'accepted' THEN 'enrolment' ELSE '' END,
    'next_at', CASE WHEN fresh.state IN ('filed', 'admissible', 'incomplete', 'offered', 'accepted') THEN fresh.next_at END,
    'due_on', CASE WHEN fresh.state IN ('filed', 'admissible', 'accepted') THEN fresh.next_at::date END)) AS made;
INSERT INTO referrals_offer
SELECT made.* FROM fresh CROSS JOIN model
  JOIN (VALUES ('admissible', 1, 'consulting'), ('offered', 3, 'sent'), ('closed', 3, 'expired'), ('enrolled', 3, 'released'))
    AS asked (state, times, becomes) ON asked.state = fresh.state,
  LATERAL generate_series(1, times) AS rank JOIN seat ON true,
  LATERAL (SELECT * FROM referrals_offer WHERE referral_id = model.referral ORDER BY id LIMIT 1) AS former,
  LATERAL jsonb_populate_record(former::referrals_offer, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('referrals_offer', 'id')), 'key', gen_random_uuid(), 'hold', gen_random_uuid(),
    'referral_id', fresh.id, 'vacancy_id', seat.id, 'state', becomes, 'consulted_at', fresh.filed_at,
    'held_until', fresh.next_at, 'sent_at', CASE WHEN becomes IN ('sent', 'expired') THEN fresh.filed_at END)) AS made
 WHERE seat.nth = (fresh.n * 3 + rank) %% seat.many;
INSERT INTO referrals_limit
SELECT made.* FROM fresh CROSS JOIN model,
  LATERAL (SELECT * FROM referrals_limit WHERE referral_id = model.referral AND kind = 'answer' ORDER BY id LIMIT 1) AS former,
  LATERAL jsonb_populate_record(former::referrals_limit, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('referrals_limit', 'id')), 'referral_id', fresh.id,
    'kind', CASE WHEN fresh.state = 'incomplete' THEN 'supply' ELSE 'answer' END,
    'status', CASE WHEN fresh.state IN ('incomplete', 'offered') THEN 'live' ELSE 'met' END,
    'ends_at', fresh.next_at, 'last_day', fresh.next_at::date, 'told_at', fresh.filed_at, 'created_at', fresh.filed_at)) AS made
 WHERE fresh.state IN ('incomplete', 'offered', 'closed', 'enrolled', 'accepted');
INSERT INTO referrals_event
SELECT made.* FROM fresh CROSS JOIN model,
  LATERAL (SELECT * FROM referrals_event WHERE referral_id = model.referral ORDER BY id LIMIT 1) AS former,
  LATERAL unnest(ARRAY['file', 'mail_sent', 'assign', 'declare_admissible', 'record_contact']) WITH ORDINALITY AS step (kind, rank),
  LATERAL jsonb_populate_record(former::referrals_event, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('referrals_event', 'id')), 'referral_id', fresh.id, 'seq', rank, 'kind', step.kind,
    'payload', jsonb_build_object('to_student', true), 'at', fresh.filed_at + rank * interval '1 hour')) AS made;
"""


def main() -> None:
    """Print the table. In a database of its own: its rows would slow the others down, and theirs would count among its own."""
    former = connection.settings_dict["NAME"]
    connection.settings_dict.setdefault("TEST", {})["NAME"] = SCRATCH
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        measured()
    finally:
        connection.creation.destroy_test_db(former, verbosity=0)


class Reading(NamedTuple):
    """ms: the median of several. rows: how many files the page lists; none where it is no list."""

    ms: float
    rows: int | None


def measured() -> None:
    story, national = prepared()
    users = {"region": story.caseworker, "nation": national}
    readings: dict[str, list[Reading]] = defaultdict(list)
    filled = 0
    places = {"region": story.academy.region_id, "nation": NATION}
    for size in SIZES:
        fill(filled + 1, size)
        filled = size
        for whose, user in users.items():
            client = signed_in(user)
            for name, what in COUNTED.items():
                run = partial(count_anew, what, story.campaign.pk, places[whose])
                readings[f"{name}, {whose}"].append(Reading(timed(run), None))
            for name, path in PAGES.items():
                address = path.format(file=f"{QUEUE}{story.id}/change/")
                readings[f"{name}, {whose}"].append(read(client, address))
        readings[f"{CHOSEN} given at once, looked at"].append(looked_at(story.caseworker))
    print(f"\n{'the office, ms (files listed)':58}" + "".join(f"{size:>16,}" for size in SIZES) + f"{'growth':>10}", flush=True)
    for name, row in readings.items():
        print(f"{name:58}" + "".join(map(written, row)) + f"{growth(row):>10}", flush=True)


def growth(row: list[Reading]) -> str:
    """Return by how much the time grew, from the first page that lists as many files as the last; nothing where it is the last."""
    first = next(reading for reading in row if reading.rows == row[-1].rows)
    return "" if first is row[-1] else f"{row[-1].ms / first.ms:.2f}"


def written(reading: Reading) -> str:
    rows = "" if reading.rows is None else f"({reading.rows})"
    return f"{reading.ms:>11.1f}{rows:>5}"


def prepared() -> tuple[Story, User]:
    """Return a file that the verbs wrote, whose caseworker's region is measured, and the national administrator."""
    load_reference()
    story = Story(at=timezone.now() - timedelta(days=3))
    story.offered()
    story.told()
    for region in AcademicRegion.objects.all():
        for number in range(1 if region == story.academy.region else 0, TEAM):
            factories.post(Role.CASEWORKER, region=region, name=f"Camille, {region}, {number}")
    with connection.cursor() as cursor:
        cursor.execute(PLACES, {"referral": story.id})
    return story, factories.post(Role.ADMINISTRATOR, name="Nadia Nationale")


def fill(first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(ROWS, {"from": first, "to": last, "states": STATES})
        cursor.execute("COMMIT")
        cursor.execute("VACUUM ANALYZE")


def read(client: Client, address: str) -> Reading:
    """Read the page several times, after once that does not count."""
    response = client.get(address)
    if response.status_code == 302:  # so few files have no fifth page: the last one then
        address = f"{QUEUE}?p={client.get(QUEUE).context_data['cl'].paginator.num_pages}"
        response = client.get(address)
    queue = (response.context_data or {}).get("cl") if hasattr(response, "context_data") else None
    return Reading(timed(lambda: found(client.get(address))), len(queue.result_list) if queue else None)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def looked_at(user: User) -> Reading:
    """Look at what giving the first files of the queue to a colleague would do."""
    client = signed_in(user)
    files = client.get(QUEUE).context_data["cl"].result_list[:CHOSEN]
    chosen = {"which": "page", "shown": [file.pk for file in files]}
    return Reading(timed(lambda: found(client.post(GIVEN, chosen))), len(files))


def found(response: HttpResponse) -> None:
    assert response.status_code == 200, response.status_code


def timed(act: Callable[[], object]) -> float:
    """Return the median of several, in milliseconds."""
    runs = []
    for _ in range(TIMES):
        start = perf_counter()
        act()
        runs.append(perf_counter() - start)
    return median(runs) * 1000
