from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vacancies", "0008_declarations_are_dated")]
    operations = [
        migrations.AddField(
            "academicregion",
            "email",
            models.EmailField(blank=True, db_default="", max_length=254, verbose_name="adresse électronique"),
        ),
        migrations.AddField(
            "academicregion", "phone", models.CharField(blank=True, db_default="", max_length=30, verbose_name="téléphone")
        ),
        migrations.AddField(
            "academicregion",
            "page",
            models.URLField(blank=True, db_default="", max_length=500, verbose_name="page de la procédure"),
        ),
        migrations.AddField(
            "institution", "website", models.URLField(blank=True, db_default="", max_length=500, verbose_name="site internet")
        ),
        migrations.AddField(
            "institution",
            "guidance_name",
            models.CharField(blank=True, db_default="", max_length=150, verbose_name="service d’orientation (SCUIO-BAIP)"),
        ),
        migrations.AddField(
            "institution",
            "guidance_email",
            models.EmailField(blank=True, db_default="", max_length=254, verbose_name="adresse électronique du service"),
        ),
        migrations.AddField(
            "institution",
            "guidance_phone",
            models.CharField(blank=True, db_default="", max_length=30, verbose_name="téléphone du service"),
        ),
        migrations.AddField(
            "institution",
            "guidance_page",
            models.URLField(blank=True, db_default="", max_length=500, verbose_name="page du service"),
        ),
    ]
