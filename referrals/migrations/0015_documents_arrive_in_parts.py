import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0014_cache_is_shared")]
    operations = [
        migrations.AddField(
            model_name="document",
            name="doubt",
            field=models.CharField(
                blank=True,
                choices=[
                    ("locked", "protégé par un mot de passe"),
                    ("damaged", "abîmé, ne s’ouvre pas"),
                    ("small", "image trop petite pour être lue"),
                    ("blank", "image où l’on ne voit rien"),
                ],
                db_default="",
                default="",
                max_length=10,
                verbose_name="doute",
            ),
        ),
        migrations.CreateModel(
            name="PartialUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=200, verbose_name="nom du fichier")),
                ("size", models.PositiveIntegerField(verbose_name="taille (octets)")),
                ("sha256", models.CharField(max_length=64, verbose_name="empreinte SHA-256")),
                ("received", models.PositiveIntegerField(default=0, verbose_name="reçu (octets)")),
                ("file", models.FileField(max_length=200, upload_to="", verbose_name="fichier")),
                ("created_at", models.DateTimeField(verbose_name="commencé le")),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="partial_uploads",
                        to="referrals.referral",
                        verbose_name="saisine",
                    ),
                ),
            ],
            options={
                "verbose_name": "envoi en cours",
                "verbose_name_plural": "envois en cours",
                "constraints": [
                    models.UniqueConstraint(fields=("referral", "sha256"), name="partial_upload_once_for_a_file"),
                    models.CheckConstraint(
                        condition=models.Q(("received__lte", models.F("size"))), name="partial_upload_within_its_size"
                    ),
                ],
            },
        ),
    ]
