from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

FOLLOWED = ["accepted", "admissible", "awaiting_licence", "commission", "exhausted", "filed", "incomplete", "not_enrolled", "offered"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("referrals", "0011_office_is_indexed")]
    operations = [
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(fields=['referral', 'at'], name='event_of_file_at'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['assigned_to', 'next_at'], name='referral_next_of_owner'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(condition=models.Q(('holder', ''), _negated=True), fields=['region', 'holder', 'filed_at'], name='referral_held_in_region'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(condition=models.Q(('holder', ''), _negated=True), fields=['holder', 'filed_at'], name='referral_held'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(condition=models.Q(('holder', ''), _negated=True), fields=['assigned_to', 'holder', 'filed_at'], name='referral_held_of_owner'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(condition=models.Q(('state__in', FOLLOWED), models.Q(('holder', ''), ('next_at__isnull', True), _connector='OR')), fields=['region'], name='referral_undated'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(condition=models.Q(models.Q(('state__in', FOLLOWED), _negated=True), models.Q(models.Q(('holder', ''), _negated=True), ('next_at__isnull', False), _connector='OR')), fields=['region'], name='referral_ended_and_waits'),
        ),
    ]
