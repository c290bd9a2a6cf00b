"""Hold an emergency access to its own entries: by whom they are, and about which one."""

from typing import ClassVar

from django.db import migrations

OLD_OPENED = """EXISTS (
            SELECT FROM audit_inboxentry WHERE entry_id = NEW.opened_entry_id
            AND convert_from(body, 'UTF8')::jsonb ->> 'type' = 'content.break_glass')"""
NEW_OPENED = """audit_break_glass_told(
            NEW.opened_entry_id, 'content.break_glass', NEW.id, NEW.opened_by)"""
OLD_REVIEWED = """EXISTS (
                SELECT FROM audit_inboxentry WHERE entry_id = NEW.reviewed_entry_id
                AND convert_from(body, 'UTF8')::jsonb ->> 'type'
                    = 'break_glass.reviewed')"""
NEW_REVIEWED = """audit_break_glass_told(
                NEW.reviewed_entry_id, 'break_glass.reviewed', NEW.id, NEW.reviewed_by)"""

TOLD = """
CREATE FUNCTION audit_break_glass_told(entry uuid, kind text, access uuid, who text)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM audit_inboxentry,
            LATERAL (SELECT convert_from(body, 'UTF8')::jsonb AS told) AS read
        WHERE entry_id = entry AND told ->> 'type' = kind
          AND told #>> '{fields,break_glass_id}' = access::text
          AND told #>> '{actor,id}' = who AND told #>> '{actor,kind}' = 'person')
$$;
"""

MOVES_ON = """
CREATE OR REPLACE FUNCTION audit_break_glass_moves_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    allowed boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        allowed := NEW.reviewed_by IS NULL AND OPENED;
    ELSIF TG_OP = 'UPDATE' THEN
        allowed := OLD.reviewed_by IS NULL AND NEW.reviewed_by IS NOT NULL
            AND ROW(NEW.id, NEW.answer_id, NEW.entry_ids, NEW.opened_by,
                NEW.opened_by_name, NEW.opened_at, NEW.opened_entry_id, NEW.expires_at,
                NEW.review_due_at)
            IS NOT DISTINCT FROM ROW(OLD.id, OLD.answer_id, OLD.entry_ids, OLD.opened_by,
                OLD.opened_by_name, OLD.opened_at, OLD.opened_entry_id, OLD.expires_at,
                OLD.review_due_at)
            AND REVIEWED;
    END IF;
    IF allowed IS NOT TRUE THEN
        RAISE EXCEPTION 'an emergency access is reviewed once, as recorded: % is refused',
            TG_OP USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""


def _rule(opened: str, reviewed: str) -> str:
    return MOVES_ON.replace("OPENED;", f"{opened};").replace(
        "REVIEWED;", f"{reviewed};"
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0036_exports_end_with_erasures")]
    operations: ClassVar = [
        migrations.RunSQL(
            TOLD + _rule(NEW_OPENED, NEW_REVIEWED),
            _rule(OLD_OPENED, OLD_REVIEWED)
            + "DROP FUNCTION audit_break_glass_told(uuid, text, uuid, text);",
            hints={"database": "default"},
        ),
    ]
