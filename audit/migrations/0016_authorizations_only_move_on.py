"""Hold authorizations to their rules in the database, for the tables' owner too.

Each step must name an entry that stands in the inbox, of the right type, about this
row, by this person: a step that is not recorded is refused, whoever writes the row.
Who can use the application's role can pretend to be two people, and leaves a trace.
"""

from typing import ClassVar

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION audit_authorization_step_recorded(
    step uuid, kind text, about audit_authorization, who text
) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audit_inboxentry,
            LATERAL (SELECT convert_from(body, 'UTF8')::jsonb) AS entry (told)
        WHERE entry_id = step
          AND told ->> 'type' = kind
          AND told #>> '{fields,authorization_id}' = about.id::text
          AND told #>> '{fields,action}' = about.action
          AND (SELECT jsonb_object_agg(pair ->> 0, pair -> 1)
               FROM jsonb_array_elements(told #> '{fields,scope}') AS pair) = about.scope
          AND (who IS NULL OR (told #>> '{actor,id}' = who
                               AND told #>> '{actor,kind}' = 'person'))
    )
$$;

CREATE FUNCTION audit_authorization_moves_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    allowed boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        allowed := NEW.state = 'pending' AND NEW.decided_by IS NULL
            AND NEW.decided_at IS NULL AND NEW.decided_entry_id IS NULL
            AND NEW.decided_by_name IS NULL
            AND NEW.expires_at <= NEW.requested_at + interval '7 days'
            AND audit_authorization_step_recorded(NEW.requested_entry_id,
                'authorization.requested', NEW, NEW.requested_by);
    ELSIF TG_OP = 'UPDATE' AND ROW(NEW.id, NEW.action, NEW.scope, NEW.reason,
            NEW.requested_by, NEW.requested_by_name, NEW.requested_at,
            NEW.requested_entry_id, NEW.expires_at)
        IS NOT DISTINCT FROM ROW(OLD.id, OLD.action, OLD.scope, OLD.reason,
            OLD.requested_by, OLD.requested_by_name, OLD.requested_at,
            OLD.requested_entry_id, OLD.expires_at)
    THEN
        IF OLD.state = 'pending' AND NEW.state IN ('approved', 'refused') THEN
            allowed := NEW.decided_by <> NEW.requested_by
                AND NEW.decided_at < NEW.expires_at
                AND audit_authorization_step_recorded(NEW.decided_entry_id,
                    'authorization.' || NEW.state, NEW, NEW.decided_by);
        ELSIF (OLD.state = 'approved' AND NEW.state = 'executed')
            OR (OLD.state IN ('pending', 'approved') AND NEW.state = 'expired')
        THEN
            allowed := ROW(NEW.decided_by, NEW.decided_by_name, NEW.decided_at,
                    NEW.decided_entry_id)
                IS NOT DISTINCT FROM ROW(OLD.decided_by, OLD.decided_by_name,
                    OLD.decided_at, OLD.decided_entry_id)
                AND (NEW.ended_at < NEW.expires_at) = (NEW.state = 'executed')
                AND audit_authorization_step_recorded(NEW.ended_entry_id,
                    'authorization.' || NEW.state, NEW, NULL);
        END IF;
    END IF;
    -- Null, where a comparison met one, refuses too.
    IF allowed IS NOT TRUE THEN
        RAISE EXCEPTION 'an authorization only moves on, as recorded: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moves_on BEFORE INSERT OR UPDATE OR DELETE ON audit_authorization
    FOR EACH ROW EXECUTE FUNCTION audit_authorization_moves_on();
ALTER TABLE audit_authorization ENABLE ALWAYS TRIGGER moves_on;
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON audit_authorization
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_authorization ENABLE ALWAYS TRIGGER kept_whole;
"""

DROP_FUNCTIONS = """
DROP TRIGGER kept_whole ON audit_authorization;
DROP TRIGGER moves_on ON audit_authorization;
DROP FUNCTION audit_authorization_moves_on();
DROP FUNCTION audit_authorization_step_recorded(uuid, text, audit_authorization, text);
"""


class Migration(migrations.Migration):
    """Two functions and two triggers on one table."""

    dependencies: ClassVar = [("audit", "0015_authorizations")]
    operations: ClassVar = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS, hints={"database": "default"})
    ]
