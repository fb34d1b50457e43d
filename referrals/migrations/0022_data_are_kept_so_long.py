from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0021_files_are_sealed")]
    operations = []
