import django.contrib.postgres.indexes
import vacancies.full_text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("vacancies", "0006_fold")]
    operations = [
        AddIndexConcurrently(
            model_name='institutionname',
            index=django.contrib.postgres.indexes.GinIndex(vacancies.full_text.French('name'), name='institution_name_words'),
        ),
        AddIndexConcurrently(
            model_name='mastermention',
            index=django.contrib.postgres.indexes.GinIndex(vacancies.full_text.French('name'), name='master_mention_words'),
        ),
        AddIndexConcurrently(
            model_name='programme',
            index=django.contrib.postgres.indexes.GinIndex(vacancies.full_text.French('track', 'site', 'town'), name='programme_words'),
        ),
        AddIndexConcurrently(
            model_name='programme',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(vacancies.full_text.Fold(vacancies.full_text.Joined('track', 'site', 'town')), name='gin_trgm_ops'), name='programme_trigrams'),
        ),
    ]
