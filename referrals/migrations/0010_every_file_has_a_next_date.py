from django.db import migrations

# A file that the office has held without a day of its own gets one, counted from today as if it had just come; then each file
# that is followed says who holds it and until when, as `referrals.rules.follow_up` will from now on.
FORWARD = """
UPDATE referrals_referral r
SET due_on = (now() AT TIME ZONE a.zone)::date
    + CASE WHEN r.state IN ('admissible', 'commission') THEN u.search_days ELSE u.examination_days END
FROM vacancies_academy a, referrals_campaignrules u
WHERE a.code = r.licence_academy_id AND u.id = r.rules_id AND r.due_on IS NULL
    AND r.state IN ('filed', 'admissible', 'exhausted', 'commission', 'not_enrolled');

WITH dates AS (
    SELECT r.id, l.ends_at AS at, l.kind AS what
    FROM referrals_referral r JOIN referrals_limit l ON l.referral_id = r.id
    WHERE l.status = 'live' AND l.kind IN ('answer', 'supply')
    UNION ALL
    SELECT r.id, o.held_until, 'seat'
    FROM referrals_referral r JOIN referrals_offer o ON o.referral_id = r.id WHERE o.state = 'consulting'
    UNION ALL
    SELECT r.id, (r.due_on + 1)::timestamp AT TIME ZONE a.zone,
        CASE WHEN r.state = 'accepted' THEN 'enrolment' ELSE 'office' END
    FROM referrals_referral r JOIN vacancies_academy a ON a.code = r.licence_academy_id WHERE r.due_on IS NOT NULL
    UNION ALL
    SELECT r.id, (r.licence_expected_on + 1)::timestamp AT TIME ZONE a.zone, 'licence'
    FROM referrals_referral r JOIN vacancies_academy a ON a.code = r.licence_academy_id
    WHERE r.state = 'awaiting_licence' AND r.licence_expected_on IS NOT NULL
), nearest AS (
    SELECT DISTINCT ON (id) id, at, what FROM dates ORDER BY id, at, what
)
UPDATE referrals_referral r
SET next_at = n.at, next_due = coalesce(n.what, ''),
    holder = CASE
        WHEN r.prepared_action <> '' OR (r.state = 'awaiting_licence' AND r.licence_failed_at IS NOT NULL)
            OR EXISTS (SELECT 1 FROM referrals_offer o WHERE o.referral_id = r.id AND o.state = 'agreed') THEN 'office'
        WHEN r.state IN ('awaiting_licence', 'incomplete', 'offered') THEN 'student'
        WHEN r.state = 'accepted' THEN 'institution'
        WHEN EXISTS (SELECT 1 FROM referrals_offer o WHERE o.referral_id = r.id AND o.state = 'consulting') THEN 'institution'
        ELSE 'office' END
FROM referrals_referral f LEFT JOIN nearest n ON n.id = f.id
WHERE f.id = r.id AND r.state IN (
    'awaiting_licence', 'filed', 'incomplete', 'admissible', 'offered', 'exhausted', 'commission', 'accepted', 'not_enrolled'
);
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0009_office")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
