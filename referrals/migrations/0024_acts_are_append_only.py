from django.db import migrations

# What the office did to accounts, posts and reference data is kept as it was. Of what was done to a person's file, the words are
# destroyed when its time is over; who did what, to which row and when, stays.
FORWARD = """
CREATE FUNCTION referrals_logentry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.object_repr = 'effacé' AND NEW.change_message = ''
       AND (to_jsonb(NEW) - '{object_repr,change_message}'::text[]) = (to_jsonb(OLD) - '{object_repr,change_message}'::text[]) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log of acts is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER referrals_logentry_append_only BEFORE UPDATE OR DELETE ON django_admin_log
    FOR EACH ROW EXECUTE FUNCTION referrals_logentry_refuse_change();
"""
BACKWARD = """
DROP TRIGGER referrals_logentry_append_only ON django_admin_log;
DROP FUNCTION referrals_logentry_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0023_applications_begin"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
