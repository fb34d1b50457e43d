from django.db import migrations

TABLES = ("referrals_anchor", "referrals_sealedhead")
FORWARD = """
CREATE FUNCTION referrals_anchor_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'anchors are append-only' USING ERRCODE = 'restrict_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION referrals_anchor_refuse_change();"
    for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER {table}_append_only ON {table};" for table in TABLES) + (
    "DROP FUNCTION referrals_anchor_refuse_change();"
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0004_law_as_data")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
