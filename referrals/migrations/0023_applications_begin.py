from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0022_data_are_kept_so_long")]
    operations = []
