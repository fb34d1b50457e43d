from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

FOLLOWED = ["accepted", "admissible", "awaiting_licence", "commission", "exhausted", "filed", "incomplete", "not_enrolled", "offered"]
HELD = models.Q(('holder', ''), _negated=True)
LIVE = models.Q(('status', 'live'))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("referrals", "0012_first_page_is_indexed")]
    operations = [
        RemoveIndexConcurrently('referral', 'referral_queue'),
        AddIndexConcurrently('referral', models.Index(fields=['region', 'state', 'filed_at'], include=('id',), name='referral_queue')),
        RemoveIndexConcurrently('referral', 'referral_held_in_region'),
        AddIndexConcurrently(
            'referral',
            models.Index(condition=HELD, fields=['region', 'holder', 'filed_at'], include=('state', 'licence_academy'), name='referral_held_in_region'),
        ),
        RemoveIndexConcurrently('referral', 'referral_held'),
        AddIndexConcurrently(
            'referral',
            models.Index(condition=HELD, fields=['holder', 'filed_at'], include=('state', 'licence_academy'), name='referral_held'),
        ),
        RemoveIndexConcurrently('referral', 'referral_held_of_owner'),
        AddIndexConcurrently(
            'referral',
            models.Index(
                condition=HELD,
                fields=['assigned_to', 'holder', 'filed_at'],
                include=('region', 'state', 'licence_academy'),
                name='referral_held_of_owner',
            ),
        ),
        AddIndexConcurrently(
            'referral',
            models.Index(condition=models.Q(('due_on__isnull', False)), fields=['due_on', 'region'], name='referral_owed'),
        ),
        AddIndexConcurrently(
            'referral',
            models.Index(
                condition=models.Q(('state__in', FOLLOWED)),
                fields=['region', 'assigned_to'],
                include=('next_at', 'state', 'licence_academy'),
                name='referral_followed',
            ),
        ),
        RemoveIndexConcurrently('referral', 'referral_ended_and_waits'),
        AddIndexConcurrently(
            'referral',
            models.Index(
                condition=models.Q(
                    models.Q(('state__in', FOLLOWED), _negated=True),
                    models.Q(models.Q(('holder', ''), _negated=True), ('next_at__isnull', False), _connector='OR'),
                ),
                fields=['region'],
                include=('state',),
                name='referral_ended_and_waits',
            ),
        ),
        AddIndexConcurrently('limit', models.Index(condition=LIVE, fields=['referral', 'kind', 'last_day'], name='limit_live_of_file')),
        AddIndexConcurrently(
            'limit', models.Index(condition=LIVE & models.Q(('told_at__isnull', True)), fields=['referral'], name='limit_untold')
        ),
        AddIndexConcurrently('offer', models.Index(fields=['referral', 'state', 'sent_at'], name='offer_of_file')),
    ]
