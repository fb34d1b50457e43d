"""What the virus scanner says of a file; and parts of a file are stored one by one, and no longer written into one another.

While the code of before still runs it may announce files: the column it writes stays in the database, and a file it had begun
begins anew.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

BEGIN_ANEW = "UPDATE referrals_partialupload SET received = 0"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0020_accounts_are_invited")]
    operations = [
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("file", "Saisine déposée"),
                    ("prove_licence", "Licence obtenue, relevé définitif reçu"),
                    ("postpone_licence", "Licence attendue à une autre date"),
                    ("report_failure", "Échec au jury signalé"),
                    ("choose_licence", "Saisine fondée sur une autre licence"),
                    ("add_document", "Document ajouté"),
                    ("request_documents", "Documents demandés"),
                    ("supply_documents", "Documents envoyés"),
                    ("resume", "Examen repris"),
                    ("lapse_request", "Délai d’envoi des documents dépassé"),
                    ("review", "Recevabilité contrôlée"),
                    ("assign", "Dossier attribué"),
                    ("declare_admissible", "Saisine déclarée recevable"),
                    ("prepare_decision", "Décision préparée pour signature"),
                    ("declare_inadmissible", "Saisine déclarée irrecevable"),
                    ("withdraw_decision", "Décision d’irrecevabilité retirée"),
                    ("consult", "Établissement consulté"),
                    ("record_agreement", "Accord de l’établissement enregistré"),
                    ("record_refusal", "Refus de l’établissement enregistré"),
                    ("record_condition", "Réponse de l’établissement sous condition, sans accord"),
                    ("delegate", "Réponse confiée à un collègue de l’établissement"),
                    ("lapse_consultation", "Aucune réponse de l’établissement dans le délai, place libérée"),
                    ("send_offer", "Proposition envoyée"),
                    ("retract_offer", "Proposition retirée par le rectorat"),
                    ("end_search", "Fin de la recherche"),
                    ("escalate", "Signalée au chef de service"),
                    ("refer_to_commission", "Confiée à la commission régionale"),
                    ("record_minutes", "Dossier examiné par la commission régionale"),
                    ("accept", "Proposition acceptée"),
                    ("decline", "Proposition refusée"),
                    ("expire", "Délai de réponse dépassé"),
                    ("restart_limit", "Délai reparti après un défaut d’information"),
                    ("extend", "Délai prolongé"),
                    ("record_contact", "Contact avec l’étudiant"),
                    ("write_note", "Note interne"),
                    ("write_to_student", "Message du rectorat"),
                    ("write_to_office", "Message de l’étudiant"),
                    ("send_letter", "Courrier du rectorat"),
                    ("advise_student", "Message du SCUIO-BAIP"),
                    ("advise_office", "Avis du SCUIO-BAIP"),
                    ("give_mandate", "Mandat donné"),
                    ("end_mandate", "Mandat retiré"),
                    ("record_enrolment", "Inscription confirmée"),
                    ("record_no_enrolment", "Inscription manquée"),
                    ("withdraw", "Saisine retirée"),
                    ("set_adviser_consent", "Choix sur le suivi par le SCUIO-BAIP"),
                    ("correct_facts", "Fait corrigé"),
                    ("correct_application", "Candidature corrigée"),
                    ("transfer", "Saisine transférée"),
                    ("absorb", "Autre saisine réunie à celle-ci"),
                    ("merge", "Réunie à une autre saisine"),
                    ("freeze_account", "Compte gelé"),
                    ("thaw_account", "Compte dégelé"),
                    ("change_address", "Adresse du compte changée"),
                    ("reopen", "Dossier rouvert"),
                    ("close", "Dossier clos"),
                    ("start", "Brouillon commencé"),
                    ("help_draft", "Brouillon complété par le SCUIO-BAIP"),
                    ("mail_sent", "Courriel parti"),
                    ("mail_failed", "Courriel non parti"),
                    ("first_reading", "Propositions lues pour la première fois"),
                    ("move_limit", "Délai déplacé"),
                    ("health_request", "Demande confidentielle"),
                    ("health_document", "Document confidentiel ajouté"),
                    ("health_opinion", "Avis rendu"),
                    ("health_end", "Demande confidentielle retirée"),
                    ("health_reading", "Document confidentiel consulté"),
                    ("file_blocked", "Fichier bloqué par l’antivirus"),
                    ("health_file_blocked", "Document confidentiel bloqué par l’antivirus"),
                ],
                max_length=30,
                verbose_name="événement",
            ),
        ),
        migrations.AlterField(
            model_name="document",
            name="doubt",
            field=models.CharField(
                blank=True,
                choices=[
                    ("locked", "protégé par un mot de passe"),
                    ("damaged", "abîmé, ne s’ouvre pas"),
                    ("small", "image trop petite pour être lue"),
                    ("blank", "image où l’on ne voit rien"),
                    ("heavy", "trop lourd à ouvrir"),
                    ("infected", "contient un virus"),
                ],
                db_default="",
                default="",
                max_length=10,
                verbose_name="doute",
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="pages",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="pages"),
        ),
        migrations.AddField(
            model_name="document",
            name="scan",
            field=models.CharField(
                choices=[
                    ("none", "non contrôlé par un antivirus"),
                    ("waiting", "en cours de contrôle"),
                    ("clean", "contrôlé par un antivirus"),
                    ("infected", "bloqué par l’antivirus"),
                ],
                db_default="none",
                default="none",
                max_length=10,
                verbose_name="contrôle antivirus",
            ),
        ),
        migrations.AddField(
            model_name="document",
            name="scanned_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="contrôlé le"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE referrals_partialupload ALTER COLUMN file SET DEFAULT ''",
                    "ALTER TABLE referrals_partialupload ALTER COLUMN file DROP DEFAULT",
                ),
                migrations.RunSQL(BEGIN_ANEW, BEGIN_ANEW),
            ],
            state_operations=[migrations.RemoveField(model_name="partialupload", name="file")],
        ),
        migrations.AddField(
            model_name="partialupload",
            name="parts",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=200), db_default=[], default=list, size=None, verbose_name="parties"
            ),
        ),
        migrations.RemoveConstraint(model_name="partialupload", name="partial_upload_once_for_a_file"),
        migrations.AddConstraint(
            model_name="partialupload",
            constraint=models.UniqueConstraint(fields=("referral", "sha256", "name"), name="partial_upload_once_for_a_name"),
        ),
    ]
