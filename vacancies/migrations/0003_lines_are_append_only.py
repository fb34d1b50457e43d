from django.db import migrations

FORWARD = """
CREATE FUNCTION vacancies_line_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: write another line' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER vacancies_line_append_only BEFORE UPDATE OR DELETE ON vacancies_line
    FOR EACH ROW EXECUTE FUNCTION vacancies_line_refuse_change();
"""
BACKWARD = """
DROP TRIGGER vacancies_line_append_only ON vacancies_line;
DROP FUNCTION vacancies_line_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("vacancies", "0002_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
