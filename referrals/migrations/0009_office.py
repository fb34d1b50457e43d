import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('referrals', '0008_matching_and_consultations'),
        ('vacancies', '0008_declarations_are_dated'),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(default=django.utils.timezone.localdate, verbose_name='du')),
                ('until', models.DateField(verbose_name='au')),
                ('by_name', models.CharField(blank=True, max_length=150, verbose_name='inscrite par')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='inscrite le')),
            ],
            options={
                'verbose_name': 'absence',
                'ordering': ['-since', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AssignmentRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_initial', models.CharField(default='A', max_length=1, validators=[django.core.validators.RegexValidator('^[A-Z]$', 'Une lettre, de A à Z.')], verbose_name='de la lettre')),
                ('last_initial', models.CharField(default='Z', max_length=1, validators=[django.core.validators.RegexValidator('^[A-Z]$', 'Une lettre, de A à Z.')], verbose_name='à la lettre')),
            ],
            options={
                'verbose_name': 'règle d’attribution',
                'verbose_name_plural': 'règles d’attribution',
                'ordering': ['region', 'academy', 'first_initial', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='publiée le')),
                ('figures', models.JSONField(verbose_name='chiffres')),
            ],
            options={
                'verbose_name': 'publication',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='nom')),
                ('query', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name': 'filtre enregistré',
                'verbose_name_plural': 'filtres enregistrés',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='StandardText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('message', 'message à l’étudiant'), ('letter', 'courrier'), ('documents', 'demande de documents')], max_length=10, verbose_name='sert à')),
                ('title', models.CharField(max_length=100, verbose_name='titre')),
                ('subject', models.CharField(blank=True, max_length=150, verbose_name='objet')),
                ('text', models.TextField(verbose_name='texte')),
                ('is_used', models.BooleanField(default=True, verbose_name='proposé')),
            ],
            options={
                'verbose_name': 'texte type',
                'verbose_name_plural': 'textes types',
                'ordering': ['kind', 'title', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='document',
            name='document_has_a_file_or_a_content',
        ),
        migrations.AddField(
            model_name='campaignrules',
            name='examination_days',
            field=models.PositiveSmallIntegerField(db_default=15, default=15, verbose_name='le rectorat se donne, pour examiner un dossier'),
        ),
        migrations.AddField(
            model_name='campaignrules',
            name='search_days',
            field=models.PositiveSmallIntegerField(db_default=30, default=30, verbose_name='le rectorat se donne, pour chercher des places'),
        ),
        migrations.AddField(
            model_name='referral',
            name='arrived_through',
            field=models.CharField(blank=True, choices=[('letter', 'courrier'), ('mail', 'courriel'), ('visit', 'visite à l’accueil')], db_default='', max_length=10, verbose_name='arrivée par'),
        ),
        migrations.AddField(
            model_name='referral',
            name='entered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='saisie par le rectorat pour l’étudiant'),
        ),
        migrations.AddField(
            model_name='referral',
            name='holder',
            field=models.CharField(blank=True, choices=[('student', 'l’étudiant'), ('office', 'le rectorat'), ('institution', 'l’établissement'), ('', 'personne')], db_default='', max_length=12, verbose_name='en attente de'),
        ),
        migrations.AddField(
            model_name='referral',
            name='mandated',
            field=models.CharField(blank=True, db_default='', max_length=150, verbose_name='personne mandatée'),
        ),
        migrations.AddField(
            model_name='referral',
            name='next_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='prochaine échéance'),
        ),
        migrations.AddField(
            model_name='referral',
            name='next_due',
            field=models.CharField(blank=True, choices=[('answer', 'réponse de l’étudiant'), ('supply', 'documents demandés'), ('seat', 'réponse de l’établissement'), ('licence', 'licence attendue'), ('enrolment', 'inscription à confirmer par l’établissement'), ('office', 'à traiter par le rectorat'), ('', '')], db_default='', max_length=10, verbose_name='échéance'),
        ),
        migrations.AddField(
            model_name='referral',
            name='shares_documents',
            field=models.BooleanField(db_default=False, default=False, verbose_name='documents montrés au SCUIO-BAIP'),
        ),
        migrations.AddField(
            model_name='referral',
            name='shares_draft',
            field=models.BooleanField(db_default=False, default=False, verbose_name='brouillon préparé avec le SCUIO-BAIP'),
        ),
        migrations.AddField(
            model_name='referral',
            name='shares_offers',
            field=models.BooleanField(db_default=False, default=False, verbose_name='propositions montrées au SCUIO-BAIP'),
        ),
        migrations.AddField(
            model_name='user',
            name='looked_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='dernier passage à l’accueil du bureau'),
        ),
        migrations.AddField(
            model_name='user',
            name='queue_columns',
            field=models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list, verbose_name='colonnes choisies'),
        ),
        migrations.AlterField(
            model_name='document',
            name='kind',
            field=models.CharField(choices=[('transcript', 'relevé de notes de licence'), ('provisional_transcript', 'relevé de notes provisoire'), ('licence_proof', 'attestation de réussite à la licence'), ('refusal_proof', 'justificatif de refus'), ('cv', 'curriculum vitae'), ('motivation', 'lettre de motivation'), ('other', 'autre document'), ('attachment', 'pièce jointe à un message'), ('health', 'document confidentiel'), ('receipt', 'accusé de réception'), ('inadmissible_letter', 'décision d’irrecevabilité'), ('closing_letter', 'décision de clôture'), ('letter', 'courrier du rectorat')], max_length=30, verbose_name='nature'),
        ),
        migrations.AlterField(
            model_name='event',
            name='actor',
            field=models.CharField(choices=[('student', 'étudiant'), ('caseworker', 'rectorat'), ('head', 'rectorat'), ('medical', 'médecin conseiller'), ('institution', 'établissement'), ('adviser', 'SCUIO-BAIP'), ('clock', 'automatique')], max_length=20, verbose_name='qualité'),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('file', 'Saisine déposée'), ('prove_licence', 'Licence obtenue, relevé définitif reçu'), ('postpone_licence', 'Licence attendue à une autre date'), ('report_failure', 'Échec au jury signalé'), ('choose_licence', 'Saisine fondée sur une autre licence'), ('add_document', 'Document ajouté'), ('request_documents', 'Documents demandés'), ('supply_documents', 'Documents envoyés'), ('resume', 'Examen repris'), ('lapse_request', 'Délai d’envoi des documents dépassé'), ('review', 'Recevabilité contrôlée'), ('assign', 'Dossier attribué'), ('declare_admissible', 'Saisine déclarée recevable'), ('prepare_decision', 'Décision préparée pour signature'), ('declare_inadmissible', 'Saisine déclarée irrecevable'), ('withdraw_decision', 'Décision d’irrecevabilité retirée'), ('consult', 'Établissement consulté'), ('record_agreement', 'Accord de l’établissement enregistré'), ('record_refusal', 'Refus de l’établissement enregistré'), ('record_condition', 'Réponse de l’établissement sous condition, sans accord'), ('delegate', 'Réponse confiée à un collègue de l’établissement'), ('lapse_consultation', 'Aucune réponse de l’établissement dans le délai, place libérée'), ('send_offer', 'Proposition envoyée'), ('retract_offer', 'Proposition retirée par le rectorat'), ('end_search', 'Fin de la recherche'), ('escalate', 'Signalée au chef de service'), ('refer_to_commission', 'Confiée à la commission régionale'), ('record_minutes', 'Dossier examiné par la commission régionale'), ('accept', 'Proposition acceptée'), ('decline', 'Proposition refusée'), ('expire', 'Délai de réponse dépassé'), ('restart_limit', 'Délai reparti après un défaut d’information'), ('extend', 'Délai prolongé'), ('record_contact', 'Contact avec l’étudiant'), ('write_note', 'Note interne'), ('write_to_student', 'Message du rectorat'), ('write_to_office', 'Message de l’étudiant'), ('send_letter', 'Courrier du rectorat'), ('advise_student', 'Message du SCUIO-BAIP'), ('advise_office', 'Avis du SCUIO-BAIP'), ('give_mandate', 'Mandat donné'), ('end_mandate', 'Mandat retiré'), ('record_enrolment', 'Inscription confirmée'), ('record_no_enrolment', 'Inscription manquée'), ('withdraw', 'Saisine retirée'), ('set_adviser_consent', 'Choix sur le suivi par le SCUIO-BAIP'), ('correct_facts', 'Fait corrigé'), ('correct_application', 'Candidature corrigée'), ('transfer', 'Saisine transférée'), ('absorb', 'Autre saisine réunie à celle-ci'), ('merge', 'Réunie à une autre saisine'), ('freeze_account', 'Compte gelé'), ('thaw_account', 'Compte dégelé'), ('change_address', 'Adresse du compte changée'), ('reopen', 'Dossier rouvert'), ('close', 'Dossier clos'), ('start', 'Brouillon commencé'), ('help_draft', 'Brouillon complété par le SCUIO-BAIP'), ('mail_sent', 'Courriel parti'), ('mail_failed', 'Courriel non parti'), ('first_reading', 'Propositions lues pour la première fois'), ('move_limit', 'Délai déplacé'), ('health_request', 'Demande confidentielle'), ('health_document', 'Document confidentiel ajouté'), ('health_opinion', 'Avis rendu'), ('health_end', 'Demande confidentielle retirée'), ('health_reading', 'Document confidentiel consulté')], max_length=30, verbose_name='événement'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('content__isnull', False), ('kind__in', ('receipt', 'inadmissible_letter', 'closing_letter', 'letter'))), models.Q(models.Q(('kind__in', ('receipt', 'inadmissible_letter', 'closing_letter', 'letter')), _negated=True), models.Q(('file', ''), _negated=True)), _connector='OR'), name='document_has_a_file_or_a_content'),
        ),
        migrations.AddField(
            model_name='absence',
            name='substitute',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='remplacée par'),
        ),
        migrations.AddField(
            model_name='absence',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to=settings.AUTH_USER_MODEL, verbose_name='personne absente'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='academy',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vacancies.academy', verbose_name='académie'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='caseworker',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='suivis par'),
        ),
        migrations.AddField(
            model_name='assignmentrule',
            name='region',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignment_rules', to='vacancies.academicregion', verbose_name='région académique'),
        ),
        migrations.AddField(
            model_name='publication',
            name='campaign',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='publications', to='vacancies.campaign', verbose_name='campagne'),
        ),
        migrations.AddField(
            model_name='savedfilter',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='standardtext',
            name='region',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='standard_texts', to='vacancies.academicregion', verbose_name='région académique'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='absence_ends_after_it_starts', violation_error_message='L’absence ne peut pas finir avant de commencer.'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('substitute__isnull', True), models.Q(('substitute', models.F('user')), _negated=True), _connector='OR'), name='absence_has_somebody_else', violation_error_message='Choisissez une autre personne pour la remplacer.'),
        ),
        migrations.AddConstraint(
            model_name='assignmentrule',
            constraint=models.CheckConstraint(condition=models.Q(('last_initial__gte', models.F('first_initial'))), name='assignment_rule_initials_in_order', violation_error_message='La seconde lettre vient après la première.'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=models.UniqueConstraint(fields=('user', 'name'), name='saved_filter_name_once', violation_error_message='Vous avez déjà un filtre de ce nom.'),
        ),
        migrations.AddConstraint(
            model_name='standardtext',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'letter'), _negated=True), models.Q(('subject', ''), _negated=True), _connector='OR'), name='standard_letter_has_a_subject', violation_error_message='Un courrier a un objet.'),
        ),
    ]
