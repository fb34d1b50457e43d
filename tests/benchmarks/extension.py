"""An extension over many open limits, previewed and applied, beside one plain SQL statement that writes the same rows."""

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from referrals import procedure
from referrals.models import Extension
from tests.story import Story

LIMITS = 100_000


def prepared() -> tuple[Story, Extension]:
    """Return a story of which `LIMITS` copies wait for an answer to three offers, and an extension ordered for them all."""
    story = Story(at=timezone.now())
    story.offered()
    story.told()
    copies(story.student, email="'banc' || n || '@exemple.fr'")
    student = "(SELECT id FROM referrals_user WHERE email = 'banc' || n || '@exemple.fr')"
    copies(story.referral, key="gen_random_uuid()", number="'banc-' || n", student_id=student)
    referral = "(SELECT id FROM referrals_referral WHERE number = 'banc-' || n)"
    for event in story.referral.events.all():
        copies(event, referral_id=referral)
    for offer in story.referral.offers.all():
        copies(offer, referral_id=referral, key="gen_random_uuid()", hold="gen_random_uuid()")
    limit = story.limit()
    assert limit is not None
    copies(limit, referral_id=referral)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    words = {"days": 10, "ground": "Cyclone du 15 juillet.", "source": "Arrêté du 16 juillet 2026"}
    return story, procedure.order_extension(
        campaign=story.campaign, academy=story.academy, by=story.signing, at=timezone.now(), **words
    )


def copies(row: Model, **different: str) -> None:
    """Write `LIMITS` copies of ``row``, but for the columns given as SQL, in which n counts."""
    table = row._meta.db_table
    columns = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(different.get(name, f'"{name}"') for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table}, generate_series(1, {LIMITS}) n WHERE id = %s", [row.pk]
        )


def count_plainly(extension: Extension) -> None:
    """What the preview asks, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT kind, count(*) FROM referrals_limit
            WHERE status = 'live' AND referral_id IN (SELECT id FROM referrals_referral WHERE licence_academy_id = %s)
            GROUP BY kind
            """,
            [extension.academy_id],
        )


def write_plainly(extension: Extension) -> None:
    """The same limits, events and mails in one statement: no rule, no lock, no hash, no end that rolls."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH former AS (
                UPDATE referrals_limit SET status = 'superseded'
                WHERE status = 'live' AND referral_id IN (SELECT id FROM referrals_referral WHERE licence_academy_id = %(academy)s)
                RETURNING *
            ), longer AS (
                INSERT INTO referrals_limit
                    (referral_id, offer_id, kind, start, days, franc, zone, calendar, rule, last_day, ends_at, skipped, status,
                     supersedes_id, extension_id, created_at, told_at)
                SELECT referral_id, offer_id, kind, start, days + 10, franc, zone, calendar, rule, last_day + 10,
                       ends_at + interval '10 days', skipped, 'live', id, %(extension)s, now(), told_at FROM former
                RETURNING id, referral_id, supersedes_id
            ), said AS (
                INSERT INTO referrals_event
                    (referral_id, strand, seq, kind, actor, user_id_then, at, payload, previous, hash, by_name, note, salt)
                SELECT referral_id, 'case', 1000, 'extend', 'head', 1, now(),
                       jsonb_build_object('limit', id, 'supersedes', supersedes_id, 'extension', 1, 'note', repeat('a', 64)),
                       repeat('b', 64), repeat('c', 64), 'x', 'Cyclone du 15 juillet.', repeat('d', 32) FROM longer
                RETURNING id, referral_id, (payload ->> 'limit')::bigint AS limit_id
            )
            INSERT INTO notifications_message
                (key, message_id, template, referral_id, event_id, limit_id, audience, "to", reply_to, subject, text, html, fate,
                 attempts, reason, created_at, next_attempt_at)
            SELECT 'plain:' || id, gen_random_uuid(), 'limit_extended', referral_id, id, limit_id, 'student', 'a@b.example', '',
                   'Délai prolongé', '', '', 'pending', 0, '', now(), now() FROM said
            """,
            {"academy": extension.academy_id, "extension": extension.pk},
        )
    connection.check_constraints()  # the foreign keys, which a commit asks
