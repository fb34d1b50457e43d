"""What the student states are applications and what became of each; a refusal is one answer among others."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0002_history_is_append_only")]
    operations = [
        migrations.RemoveConstraint(model_name="refusal", name="refusal_names_a_master"),
        migrations.RemoveConstraint(model_name="refusal", name="refusal_implied_is_computed"),
        migrations.RenameModel(old_name="Refusal", new_name="Application"),
        migrations.RenameField(model_name="application", old_name="kind", new_name="answer"),
    ]
