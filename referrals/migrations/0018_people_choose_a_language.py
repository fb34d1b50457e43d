from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0017_letters_are_verified")]
    operations = []
