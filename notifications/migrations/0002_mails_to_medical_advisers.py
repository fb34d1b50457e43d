from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='message',
            name='audience',
            field=models.CharField(choices=[('student', 'étudiant'), ('institution', 'établissement'), ('office', 'gestionnaire'), ('signatory', 'personne qui peut signer'), ('head', 'chef de service nommé'), ('medical', 'médecin conseiller'), ('former', 'ancienne adresse'), ('account', 'titulaire du compte')], max_length=12, verbose_name='s’adresse à'),
        ),
    ]
