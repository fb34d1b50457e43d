from django.db import migrations

FORWARD = """
CREATE FUNCTION referrals_event_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.note = '' AND NEW.salt = '' AND NEW.by_name = ''
       AND (to_jsonb(NEW) - '{note,salt,by_name}'::text[]) = (to_jsonb(OLD) - '{note,salt,by_name}'::text[]) THEN
        RETURN NEW;  -- names and free text stand outside the chain: they may be destroyed, never rewritten
    END IF;
    RAISE EXCEPTION 'the history is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER referrals_event_append_only BEFORE UPDATE OR DELETE ON referrals_event
    FOR EACH ROW EXECUTE FUNCTION referrals_event_refuse_change();

CREATE FUNCTION referrals_campaignrules_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the rules of a campaign are immutable: write a new version' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER referrals_campaignrules_immutable BEFORE UPDATE OR DELETE ON referrals_campaignrules
    FOR EACH ROW EXECUTE FUNCTION referrals_campaignrules_refuse_change();

CREATE SEQUENCE referrals_referral_number;
"""
BACKWARD = """
DROP SEQUENCE referrals_referral_number;
DROP TRIGGER referrals_campaignrules_immutable ON referrals_campaignrules;
DROP FUNCTION referrals_campaignrules_refuse_change();
DROP TRIGGER referrals_event_append_only ON referrals_event;
DROP FUNCTION referrals_event_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
