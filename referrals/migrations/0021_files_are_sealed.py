from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0020_accounts_are_invited")]
    operations = []
