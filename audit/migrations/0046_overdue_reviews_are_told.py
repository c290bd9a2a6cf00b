"""Tell once, by an entry, that nobody has reviewed an emergency access in time."""

from typing import ClassVar

from django.db import migrations, models

OLD_INSERTED = "allowed := NEW.reviewed_by IS NULL AND audit_break_glass_told("
NEW_INSERTED = (
    "allowed := NEW.reviewed_by IS NULL AND NEW.overdue_entry_id IS NULL"
    " AND audit_break_glass_told("
)
OLD_UPDATED = "ELSIF TG_OP = 'UPDATE' THEN"
NEW_UPDATED = """ELSIF TG_OP = 'UPDATE' AND OLD.overdue_entry_id IS NULL
        AND NEW.overdue_entry_id IS NOT NULL
    THEN
        allowed := OLD.reviewed_by IS NULL
            AND to_jsonb(NEW) - 'overdue_entry_id' = to_jsonb(OLD) - 'overdue_entry_id'
            AND audit_is_told(NEW.overdue_entry_id, 'break_glass.review_overdue',
                'break_glass_id', NEW.id::text);
    ELSIF TG_OP = 'UPDATE'
        AND NEW.overdue_entry_id IS NOT DISTINCT FROM OLD.overdue_entry_id
    THEN"""
# The rule of 0037 with one step more, edited where it stands.
EDIT = """
DO $edit$
BEGIN
    EXECUTE replace(replace(
        pg_get_functiondef('audit_break_glass_moves_on()'::regprocedure),
        $old${0}$old$, $new${1}$new$), $old${2}$old$, $new${3}$new$);
END $edit$;
"""


class Migration(migrations.Migration):
    """A column, and the rule that it is set once."""

    dependencies: ClassVar = [("audit", "0045_disclosures_are_indexed")]
    operations: ClassVar = [
        migrations.AddField(
            "breakglass",
            "overdue_entry_id",
            models.UUIDField(null=True, unique=True),
        ),
        migrations.RunSQL(
            EDIT.format(OLD_INSERTED, NEW_INSERTED, OLD_UPDATED, NEW_UPDATED),
            EDIT.format(NEW_INSERTED, OLD_INSERTED, NEW_UPDATED, OLD_UPDATED),
            hints={"database": "default"},
        ),
    ]
