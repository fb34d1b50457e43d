from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_mails_to_advisers")]
    operations = [
        migrations.AddField(
            model_name="message",
            name="language",
            field=models.CharField(
                choices=[("fr", "Français"), ("en", "English")],
                db_default="fr",
                default="fr",
                max_length=2,
                verbose_name="langue",
            ),
        ),
    ]
