from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0024_acts_are_append_only")]
    operations = [
        migrations.AddField(
            "referral",
            "begun_licence",
            models.JSONField("autre licence commencée, telle que tapée", blank=True, default=dict, db_default={}),
        ),
    ]
