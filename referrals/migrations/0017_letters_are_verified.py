from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0016_readings_are_kept")]
    operations = []
