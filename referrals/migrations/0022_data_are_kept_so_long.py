"""What is destroyed when its time is over, what suspends it, and what is told to the medical adviser alone, sealed.

While the code of before still runs it writes texts in the clear; `manage.py reseal` seals those too.
"""

import django.db.models.deletion
from django.db import migrations, models

import referrals.sealing

# A text of the confidential strand may be sealed, or sealed anew: the digest under the chain is that of its words, and proves them.
EVENTS = """
CREATE OR REPLACE FUNCTION referrals_event_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.note = '' AND NEW.salt = '' AND NEW.by_name = ''
       AND (to_jsonb(NEW) - '{note,salt,by_name}'::text[]) = (to_jsonb(OLD) - '{note,salt,by_name}'::text[]) THEN
        RETURN NEW;  -- names and free text stand outside the chain: they may be destroyed, never rewritten
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.strand = 'health' AND OLD.note <> '' AND NEW.note LIKE 'scelle1:%'
       AND (to_jsonb(NEW) - 'note') = (to_jsonb(OLD) - 'note') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the history is append-only' USING ERRCODE = 'restrict_violation';
END $$;
"""
EVENTS_BEFORE = """
CREATE OR REPLACE FUNCTION referrals_event_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.note = '' AND NEW.salt = '' AND NEW.by_name = ''
       AND (to_jsonb(NEW) - '{note,salt,by_name}'::text[]) = (to_jsonb(OLD) - '{note,salt,by_name}'::text[]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the history is append-only' USING ERRCODE = 'restrict_violation';
END $$;
"""
READINGS = """
CREATE OR REPLACE FUNCTION referrals_documentreading_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM referrals_document AS document JOIN referrals_referral AS referral ON referral.id = document.referral_id
         WHERE document.id = OLD.document_id
           AND (referral.erased_at IS NOT NULL OR referral.documents_erased_at IS NOT NULL)) THEN
        RETURN OLD;  -- they go with what was read, when its time is over
    END IF;
    RAISE EXCEPTION 'readings are append-only' USING ERRCODE = 'restrict_violation';
END $$;
"""
READINGS_BEFORE = """
CREATE OR REPLACE FUNCTION referrals_documentreading_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'readings are append-only' USING ERRCODE = 'restrict_violation';
END $$;
"""
LIVE = [
    "accepted", "admissible", "awaiting_licence", "commission", "draft", "enrolled", "exhausted", "filed", "inadmissible",
    "incomplete", "not_enrolled", "offered",
]  # fmt: skip
CATEGORIES = [
    ("draft", "brouillon non déposé"),
    ("health", "demande confidentielle et ses documents"),
    ("documents", "documents donnés par l’étudiant"),
    ("case", "dossier : identité, textes, courriers, échanges"),
    ("mails", "courriels hors d’un dossier"),
    ("account", "compte d’étudiant sans dossier"),
]


class Migration(migrations.Migration):
    dependencies = [("referrals", "0021_files_are_sealed"), ("vacancies", "0009_offices_can_be_reached")]
    operations = [
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=40, verbose_name="clé")),
                ("category", models.CharField(choices=CATEGORIES, max_length=12, verbose_name="données")),
                ("at", models.DateTimeField(verbose_name="effacé le")),
                ("rule", models.CharField(max_length=250, verbose_name="règle")),
            ],
            options={"verbose_name": "effacement"},
        ),
        migrations.CreateModel(
            name="ErasureRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField(verbose_name="commencé le")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="terminé le")),
                ("counts", models.JSONField(default=dict, verbose_name="bilan")),
            ],
            options={
                "verbose_name": "passage d’effacement",
                "verbose_name_plural": "passages d’effacement",
                "ordering": ["-began_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ground", models.TextField(verbose_name="motif")),
                ("until", models.DateField(verbose_name="jusqu’au")),
                ("by_name", models.CharField(max_length=200, verbose_name="décidée par")),
                ("set_at", models.DateTimeField(verbose_name="décidée le")),
                ("lifted_by", models.CharField(blank=True, max_length=200, verbose_name="levée par")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="levée le")),
                ("lifted_because", models.TextField(blank=True, verbose_name="motif de la levée")),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_holds",
                        to="vacancies.campaign",
                        verbose_name="campagne",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_holds",
                        to="referrals.referral",
                        verbose_name="saisine",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_holds",
                        to="vacancies.academicregion",
                        verbose_name="région académique",
                    ),
                ),
            ],
            options={
                "verbose_name": "suspension d’effacement",
                "verbose_name_plural": "suspensions d’effacement",
                "ordering": ["-set_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(model_name="referral", name="referral_filed_with_transcript"),
        migrations.RemoveConstraint(model_name="referral", name="referral_one_live_for_student_and_campaign"),
        migrations.AddField(
            model_name="referral",
            name="documents_erased_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="documents effacés le"),
        ),
        migrations.AddField(
            model_name="referral",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="effacée le"),
        ),
        migrations.AlterField(
            model_name="healthrequest",
            name="needs",
            field=referrals.sealing.SealedText(blank=True, verbose_name="besoins à respecter"),
        ),
        migrations.AlterField(
            model_name="healthrequest",
            name="words",
            field=referrals.sealing.SealedText(blank=True, verbose_name="ce que dit l’étudiant"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.UniqueConstraint(
                condition=models.Q(("erased_at__isnull", True), ("state__in", LIVE)),
                fields=("student", "campaign"),
                name="referral_one_live_for_student_and_campaign",
                violation_error_message="Vous avez déjà une saisine dans cette campagne.",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "draft"), ("transcript__isnull", False), ("documents_erased_at__isnull", False), _connector="OR"
                ),
                name="referral_filed_with_transcript",
                violation_error_message="Une saisine ne peut pas être déposée sans relevé de notes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(fields=("key", "category"), name="erasure_once"),
        ),
        migrations.AddConstraint(
            model_name="erasurerun",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at__isnull", True), ("ended_at__gte", models.F("began_at")), _connector="OR"),
                name="erasure_run_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("campaign__isnull", True), ("referral__isnull", False), ("region__isnull", True)),
                    models.Q(("campaign__isnull", False), ("referral__isnull", True)),
                    _connector="OR",
                ),
                name="legal_hold_has_one_reach",
                violation_error_message="Choisissez une saisine, ou une campagne, pas les deux.",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(("ground", ""), _negated=True),
                name="legal_hold_says_why",
                violation_error_message="Dites pourquoi rien ne doit être effacé.",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifted_at__isnull", True),
                    models.Q(models.Q(("lifted_by", ""), _negated=True), models.Q(("lifted_because", ""), _negated=True)),
                    _connector="OR",
                ),
                name="legal_hold_lifted_with_a_ground",
                violation_error_message="Dites pourquoi la suspension est levée.",
            ),
        ),
        migrations.RunSQL(EVENTS, EVENTS_BEFORE),
        migrations.RunSQL(READINGS, READINGS_BEFORE),
    ]
