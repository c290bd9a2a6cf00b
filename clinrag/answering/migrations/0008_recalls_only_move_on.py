"""Of a recall, a notice, an endpoint and a message only the next step can change.

A recall closes once, a notice is acknowledged once, an endpoint is removed once; what
they say before that stays, and nothing is deleted. A message's bytes never change.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION answering_guard_recall() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL OR
       (to_jsonb(NEW) - ARRAY['closed_by', 'closed_by_name', 'closed_at',
                              'closed_entry_id', 'closing_note'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['closed_by', 'closed_by_name', 'closed_at',
                              'closed_entry_id', 'closing_note']) THEN
        RAISE EXCEPTION 'a recall only closes, once'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION answering_guard_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.acknowledged_at IS NOT NULL OR NEW.acknowledged_at IS NULL OR
       (NEW.id, NEW.recall_id, NEW.app, NEW.answers, NEW.due_at) IS DISTINCT FROM
       (OLD.id, OLD.recall_id, OLD.app, OLD.answers, OLD.due_at) THEN
        RAISE EXCEPTION 'a notice is only acknowledged, once'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION answering_guard_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.removed_at IS NOT NULL OR
       (to_jsonb(NEW) - ARRAY['removed_at', 'removed_entry_id', 'wrapping_key',
                              'wrapped'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['removed_at', 'removed_entry_id', 'wrapping_key',
                              'wrapped']) THEN
        RAISE EXCEPTION 'an endpoint is only removed, or its secret wrapped anew'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION answering_guard_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.endpoint_id, NEW.notice_id, NEW.event, NEW.body, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.endpoint_id, OLD.notice_id, OLD.event, OLD.body, OLD.created_at)
    THEN
        RAISE EXCEPTION 'what a message says never changes'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER answering_recall_guard BEFORE UPDATE ON answering_recall
    FOR EACH ROW EXECUTE FUNCTION answering_guard_recall();
CREATE TRIGGER answering_recall_kept BEFORE DELETE ON answering_recall
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_recallnotice_guard BEFORE UPDATE ON answering_recallnotice
    FOR EACH ROW EXECUTE FUNCTION answering_guard_notice();
CREATE TRIGGER answering_recallnotice_kept BEFORE DELETE ON answering_recallnotice
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_webhookendpoint_guard
    BEFORE UPDATE ON answering_webhookendpoint
    FOR EACH ROW EXECUTE FUNCTION answering_guard_endpoint();
CREATE TRIGGER answering_webhookendpoint_kept
    BEFORE DELETE ON answering_webhookendpoint
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
CREATE TRIGGER answering_webhookdelivery_guard
    BEFORE UPDATE ON answering_webhookdelivery
    FOR EACH ROW EXECUTE FUNCTION answering_guard_delivery();
CREATE TRIGGER answering_webhookdelivery_kept
    BEFORE DELETE ON answering_webhookdelivery
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();

ALTER TABLE answering_recall ENABLE ALWAYS TRIGGER answering_recall_guard;
ALTER TABLE answering_recall ENABLE ALWAYS TRIGGER answering_recall_kept;
ALTER TABLE answering_recallnotice ENABLE ALWAYS TRIGGER answering_recallnotice_guard;
ALTER TABLE answering_recallnotice ENABLE ALWAYS TRIGGER answering_recallnotice_kept;
ALTER TABLE answering_webhookendpoint
    ENABLE ALWAYS TRIGGER answering_webhookendpoint_guard;
ALTER TABLE answering_webhookendpoint
    ENABLE ALWAYS TRIGGER answering_webhookendpoint_kept;
ALTER TABLE answering_webhookdelivery
    ENABLE ALWAYS TRIGGER answering_webhookdelivery_guard;
ALTER TABLE answering_webhookdelivery
    ENABLE ALWAYS TRIGGER answering_webhookdelivery_kept;
"""

BACKWARD = """
DROP TRIGGER answering_recall_guard ON answering_recall;
DROP TRIGGER answering_recall_kept ON answering_recall;
DROP TRIGGER answering_recallnotice_guard ON answering_recallnotice;
DROP TRIGGER answering_recallnotice_kept ON answering_recallnotice;
DROP TRIGGER answering_webhookendpoint_guard ON answering_webhookendpoint;
DROP TRIGGER answering_webhookendpoint_kept ON answering_webhookendpoint;
DROP TRIGGER answering_webhookdelivery_guard ON answering_webhookdelivery;
DROP TRIGGER answering_webhookdelivery_kept ON answering_webhookdelivery;
DROP FUNCTION answering_guard_recall();
DROP FUNCTION answering_guard_notice();
DROP FUNCTION answering_guard_endpoint();
DROP FUNCTION answering_guard_delivery();
"""


class Migration(migrations.Migration):
    dependencies = [("answering", "0007_recalls")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
