import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION referrals_documentreading_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'readings are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER referrals_documentreading_append_only BEFORE UPDATE OR DELETE ON referrals_documentreading
    FOR EACH ROW EXECUTE FUNCTION referrals_documentreading_refuse_change();
"""
BACKWARD = """
DROP TRIGGER referrals_documentreading_append_only ON referrals_documentreading;
DROP FUNCTION referrals_documentreading_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0015_documents_arrive_in_parts")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="calendar_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=43, verbose_name="clé du calendrier"),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                condition=models.Q(("calendar_key", ""), _negated=True), fields=("calendar_key",), name="user_calendar_key_is_one_persons"
            ),
        ),
        migrations.CreateModel(
            name="DocumentReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField(verbose_name="le")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("caseworker", "gestionnaire"),
                            ("head", "chef de service"),
                            ("adviser", "SCUIO-BAIP"),
                            ("institution", "établissement, pour ses places"),
                            ("medical", "médecin conseiller"),
                            ("administrator", "administration nationale"),
                        ],
                        max_length=20,
                        verbose_name="rôle",
                    ),
                ),
                ("service", models.CharField(max_length=250, verbose_name="service")),
                ("user_id_then", models.BigIntegerField(verbose_name="compte")),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="referrals.document",
                        verbose_name="document",
                    ),
                ),
            ],
            options={
                "verbose_name": "consultation d’un document",
                "verbose_name_plural": "consultations de documents",
                "ordering": ["-on", "pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="documentreading",
            constraint=models.UniqueConstraint(fields=("document", "user_id_then", "on"), name="document_reading_once_a_day"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
