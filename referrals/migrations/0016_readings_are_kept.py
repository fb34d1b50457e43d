from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0015_documents_arrive_in_parts")]
    operations = []
