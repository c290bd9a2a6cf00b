"""Add emergency accesses and evidence packages.

A row about an emergency access is reviewed once, by another person than its reader, and
is never deleted: by a trigger that fires for the owner too.
"""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q

STATES = ["requested", "building", "built", "failed", "cancelled", "removed"]
UNREVIEWED = Q(
    reviewed_by__isnull=True,
    reviewed_by_name__isnull=True,
    reviewed_at__isnull=True,
    finding__isnull=True,
    reviewed_entry_id__isnull=True,
)
REVIEWED = Q(
    reviewed_by__isnull=False,
    reviewed_by_name__isnull=False,
    reviewed_at__isnull=False,
    finding__in=["justified", "not_justified"],
    reviewed_entry_id__isnull=False,
)

FUNCTIONS = """
CREATE FUNCTION audit_break_glass_moves_on() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    allowed boolean := false;
BEGIN
    IF TG_OP = 'INSERT' THEN
        allowed := NEW.reviewed_by IS NULL AND EXISTS (
            SELECT FROM audit_inboxentry WHERE entry_id = NEW.opened_entry_id
            AND convert_from(body, 'UTF8')::jsonb ->> 'type' = 'content.break_glass');
    ELSIF TG_OP = 'UPDATE' THEN
        allowed := OLD.reviewed_by IS NULL AND NEW.reviewed_by IS NOT NULL
            AND ROW(NEW.id, NEW.answer_id, NEW.entry_ids, NEW.opened_by,
                NEW.opened_by_name, NEW.opened_at, NEW.opened_entry_id, NEW.expires_at,
                NEW.review_due_at)
            IS NOT DISTINCT FROM ROW(OLD.id, OLD.answer_id, OLD.entry_ids, OLD.opened_by,
                OLD.opened_by_name, OLD.opened_at, OLD.opened_entry_id, OLD.expires_at,
                OLD.review_due_at)
            AND EXISTS (
                SELECT FROM audit_inboxentry WHERE entry_id = NEW.reviewed_entry_id
                AND convert_from(body, 'UTF8')::jsonb ->> 'type'
                    = 'break_glass.reviewed');
    END IF;
    IF allowed IS NOT TRUE THEN
        RAISE EXCEPTION 'an emergency access is reviewed once, as recorded: % is refused',
            TG_OP USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER moves_on BEFORE INSERT OR UPDATE OR DELETE ON audit_breakglass
    FOR EACH ROW EXECUTE FUNCTION audit_break_glass_moves_on();
ALTER TABLE audit_breakglass ENABLE ALWAYS TRIGGER moves_on;
CREATE TRIGGER kept_whole BEFORE TRUNCATE ON audit_breakglass
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_breakglass ENABLE ALWAYS TRIGGER kept_whole;
"""

DROP_FUNCTIONS = """
DROP TRIGGER kept_whole ON audit_breakglass;
DROP TRIGGER moves_on ON audit_breakglass;
DROP FUNCTION audit_break_glass_moves_on();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("audit", "0010_vouching")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="BreakGlass",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("answer_id", models.UUIDField()),
                ("entry_ids", models.JSONField()),
                ("opened_by", models.TextField()),
                ("opened_by_name", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("opened_entry_id", models.UUIDField(unique=True)),
                ("expires_at", models.DateTimeField()),
                ("review_due_at", models.DateTimeField()),
                ("reviewed_by", models.TextField(null=True)),
                ("reviewed_by_name", models.TextField(null=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("finding", models.TextField(null=True)),
                ("reviewed_entry_id", models.UUIDField(null=True, unique=True)),
            ],
            options={
                "verbose_name_plural": "emergency accesses",
                "indexes": [
                    models.Index(
                        condition=Q(reviewed_by__isnull=True),
                        fields=["review_due_at"],
                        name="break_glass_unreviewed",
                    ),
                    models.Index(
                        fields=["opened_by", "answer_id"], name="break_glass_of_reader"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(reviewed_by__isnull=True)
                        | ~Q(reviewed_by=F("opened_by")),
                        name="break_glass_by_two_people",
                    ),
                    models.CheckConstraint(
                        condition=UNREVIEWED | REVIEWED,
                        name="break_glass_reviewed_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("authorization_id", models.UUIDField(unique=True)),
                ("kind", models.TextField()),
                ("scope", models.JSONField()),
                ("content", models.TextField()),
                ("requested_by", models.TextField()),
                ("requested_by_name", models.TextField()),
                ("requested_at", models.DateTimeField()),
                ("state", models.TextField(default="requested")),
                ("bounds", models.JSONField(default=dict)),
                ("progress", models.JSONField(default=dict)),
                ("entries_done", models.BigIntegerField(default=0)),
                ("looked_at", models.BigIntegerField(default=0)),
                ("attended_at", models.DateTimeField(null=True)),
                ("is_cancelled", models.BooleanField(default=False)),
                ("failure_code", models.TextField(default="")),
                ("finished_at", models.DateTimeField(null=True)),
                ("byte_size", models.BigIntegerField(null=True)),
                ("sha256", models.TextField(default="")),
                ("manifest_sha256", models.TextField(default="")),
                ("downloads", models.IntegerField(default=0)),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-requested_at"], name="export_newest"),
                    models.Index(
                        condition=Q(state="building"),
                        fields=["attended_at"],
                        name="export_unfinished",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=STATES), name="export_state_known"
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS, hints={"database": "default"}),
    ]
