from django.db import migrations, models

LETTERS = ('receipt', 'acceptance', 'inadmissible_letter', 'closing_letter', 'letter')


class Migration(migrations.Migration):

    dependencies = [
        ('referrals', '0016_readings_are_kept'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='document',
            name='document_has_a_file_or_a_content',
        ),
        migrations.AddField(
            model_name='document',
            name='code',
            field=models.CharField(blank=True, editable=False, max_length=16, null=True, unique=True, verbose_name='code de vérification'),
        ),
        migrations.AlterField(
            model_name='document',
            name='kind',
            field=models.CharField(choices=[('transcript', 'relevé de notes de licence'), ('provisional_transcript', 'relevé de notes provisoire'), ('licence_proof', 'attestation de réussite à la licence'), ('refusal_proof', 'justificatif de refus'), ('cv', 'curriculum vitae'), ('motivation', 'lettre de motivation'), ('other', 'autre document'), ('attachment', 'pièce jointe à un message'), ('health', 'document confidentiel'), ('receipt', 'accusé de réception'), ('acceptance', 'attestation d’acceptation'), ('inadmissible_letter', 'décision d’irrecevabilité'), ('closing_letter', 'décision de clôture'), ('letter', 'courrier du rectorat')], max_length=30, verbose_name='nature'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('content__isnull', False), ('kind__in', LETTERS)), models.Q(models.Q(('kind__in', LETTERS), _negated=True), models.Q(('file', ''), _negated=True)), _connector='OR'), name='document_has_a_file_or_a_content'),
        ),
    ]
