from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0017_letters_are_verified")]
    operations = [
        migrations.AddField(
            model_name="user",
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
