from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0014_cache_is_shared")]
    operations = []
