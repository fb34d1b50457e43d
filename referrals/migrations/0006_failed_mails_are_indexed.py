from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("referrals", "0005_anchors_are_append_only")]
    operations = [
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(fields=["referral", "seq"], condition=models.Q(("kind", "mail_failed")), name="event_mail_failed"),
        ),
    ]
