import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0022_data_are_kept_so_long")]
    operations = [
        migrations.CreateModel(
            name="BegunApplication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("answers", models.JSONField(verbose_name="réponses, telles que tapées")),
                ("begun_at", models.DateTimeField(verbose_name="commencée le")),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="begun_applications",
                        to="referrals.referral",
                        verbose_name="saisine",
                    ),
                ),
            ],
            options={
                "verbose_name": "candidature commencée",
                "verbose_name_plural": "candidatures commencées",
                "ordering": ["pk"],
            },
        ),
    ]
