from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0006_mails_have_a_language")]
    operations = []
