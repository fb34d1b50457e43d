from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0019_offers_have_one_index")]
    operations = []
