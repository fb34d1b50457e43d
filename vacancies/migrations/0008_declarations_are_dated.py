from django.db import migrations

# Thirty days, as `vacancies.seats.VALID_FOR` was when this was written.
FORWARD = """
UPDATE vacancies_vacancy AS vacancy
   SET declared_on = last.day, valid_until = GREATEST(last.day, LEAST(last.day + 30, campaign.search_until))
  FROM (SELECT line.vacancy_id, max(line.at AT TIME ZONE academy.zone)::date AS day
          FROM vacancies_line AS line
          JOIN vacancies_vacancy AS declared ON declared.id = line.vacancy_id
          JOIN vacancies_programme AS programme ON programme.id = declared.programme_id
          JOIN vacancies_academy AS academy ON academy.code = programme.academy_id
         WHERE line.movement = 'declare'
         GROUP BY line.vacancy_id) AS last,
       vacancies_campaign AS campaign
 WHERE last.vacancy_id = vacancy.id AND campaign.code = vacancy.campaign_id AND vacancy.declared_on IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("vacancies", "0007_words_are_indexed")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
