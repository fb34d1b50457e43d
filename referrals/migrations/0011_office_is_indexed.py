import django.contrib.postgres.indexes
import django.db.models.functions.comparison
import vacancies.full_text
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

SAID = ("advise_office", "advise_student", "write_note", "write_to_office", "write_to_student")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("referrals", "0010_every_file_has_a_next_date"), ("vacancies", "0008_declarations_are_dated")]
    operations = [
        AddIndexConcurrently(
            model_name='event',
            index=models.Index(fields=['at'], name='event_at'),
        ),
        AddIndexConcurrently(
            model_name='event',
            index=django.contrib.postgres.indexes.GinIndex(vacancies.full_text.French('note'), condition=models.Q(('kind__in', SAID)), name='event_said'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(fields=['region', 'next_at', 'filed_at', 'id'], name='referral_next_of_region'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=models.Index(fields=['next_at', 'filed_at', 'id'], name='referral_next'),
        ),
        AddIndexConcurrently(
            model_name='referral',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(vacancies.full_text.Fold(vacancies.full_text.Joined('birth_name', 'usage_name', 'first_names', 'ine', django.db.models.functions.comparison.Coalesce('number', models.Value('')))), name='gin_trgm_ops'), name='referral_words'),
        ),
        AddIndexConcurrently(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(fields=['email'], name='user_email_words', opclasses=['gin_trgm_ops']),
        ),
        RemoveIndexConcurrently(
            model_name='referral',
            name='referral_names',
        ),
    ]
