from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_requests_to_institutions'),
        ('referrals', '0008_matching_and_consultations'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='message',
            name='message_of_a_referral_or_of_none',
        ),
        migrations.AlterField(
            model_name='message',
            name='audience',
            field=models.CharField(choices=[('student', 'étudiant'), ('institution', 'établissement'), ('office', 'gestionnaire'), ('signatory', 'personne qui peut signer'), ('head', 'chef de service nommé'), ('medical', 'médecin conseiller'), ('former', 'ancienne adresse'), ('account', 'titulaire du compte'), ('declarant', 'établissement, pour ses places'), ('consulted', 'établissement, pour ses accords'), ('delegate', 'personne à qui l’établissement confie la réponse'), ('escalated', 'chef de service, pour les établissements'), ('adviser', 'SCUIO-BAIP')], max_length=12, verbose_name='s’adresse à'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience__in', ['account', 'adviser', 'consulted', 'declarant', 'escalated']), ('referral__isnull', True)), models.Q(models.Q(('audience__in', ['account', 'adviser', 'consulted', 'declarant', 'escalated']), _negated=True), ('referral__isnull', False)), _connector='OR'), name='message_of_a_referral_or_of_none'),
        ),
    ]
