from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vacancies", "0008_declarations_are_dated")]
    operations = []
