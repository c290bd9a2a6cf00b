"""Make the ledger's tables append-only, for the tables' owner too.

Triggers are ENABLE ALWAYS, so that `session_replication_role = replica` does not
skip them, and a statement trigger refuses TRUNCATE, which fires no row trigger. A
superuser can still drop them: that is what checkpoints held elsewhere are for.
"""

from typing import ClassVar

from django.db import migrations

KEPT = (
    "audit_entry",
    "audit_closedquery",
    "audit_payload",
    "audit_tile",
    "audit_checkpoint",
    "audit_alarm",
)

FUNCTIONS = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_inbox_only_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone
        WHERE NOT EXISTS (
            SELECT FROM audit_entry
            WHERE audit_entry.entry_id = gone.entry_id
              AND audit_entry.leaf_hash = gone.leaf_hash
        )
    ) THEN
        RAISE EXCEPTION 'an inbox row leaves only when it has become an entry'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION audit_head_only_advances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size < OLD.size OR NEW.epoch < OLD.epoch
       OR (NEW.size = OLD.size AND NEW.root <> OLD.root) THEN
        RAISE EXCEPTION 'the head of the log only moves forward'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_describe(
    body bytea, OUT type text, OUT at timestamptz, OUT actor_id text, OUT query_id uuid
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    document jsonb;
BEGIN
    document := convert_from(body, 'UTF8')::jsonb;
    type := coalesce(document ->> 'type', 'malformed');
    at := (document ->> 'at')::timestamptz;
    actor_id := coalesce(document #>> '{actor,id}', '');
    query_id := (document #>> '{fields,query_entry_id}')::uuid;
EXCEPTION WHEN OTHERS THEN
    -- A row that bypassed the writer must not stop the log for everybody else.
    type := 'malformed'; at := NULL; actor_id := ''; query_id := NULL;
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION audit_describe(bytea);
DROP FUNCTION audit_head_only_advances();
DROP FUNCTION audit_inbox_only_moves();
DROP FUNCTION audit_refuse();
"""

CHECKS = """
ALTER TABLE audit_inboxentry
    ADD CONSTRAINT leaf_hash_of_body CHECK (leaf_hash = sha256('\\x00'::bytea || body)),
    ADD CONSTRAINT body_below_64_kib CHECK (octet_length(body) < 65536);
ALTER TABLE audit_entry
    ADD CONSTRAINT leaf_hash_of_body CHECK (leaf_hash = sha256('\\x00'::bytea || body)),
    ADD CONSTRAINT body_below_64_kib CHECK (octet_length(body) < 65536);
ALTER TABLE audit_tile
    ADD CONSTRAINT tile_is_full
        CHECK (octet_length(hashes) = 8192 AND octet_length(root) = 32);
ALTER TABLE audit_inboxentry SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000
);
"""

DROP_CHECKS = """
ALTER TABLE audit_inboxentry RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold
);
ALTER TABLE audit_tile DROP CONSTRAINT tile_is_full;
ALTER TABLE audit_entry
    DROP CONSTRAINT body_below_64_kib, DROP CONSTRAINT leaf_hash_of_body;
ALTER TABLE audit_inboxentry
    DROP CONSTRAINT body_below_64_kib, DROP CONSTRAINT leaf_hash_of_body;
"""


def guard(table: str, name: str, timing: str, function: str) -> tuple[str, str]:
    """Create an always-on trigger; its reverse drops it."""
    create = f"CREATE TRIGGER {name} {timing} EXECUTE FUNCTION {function}();"
    always = f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};"
    return create + always, f"DROP TRIGGER {name} ON {table};"


def refuse(table: str, name: str, events: str, level: str) -> tuple[str, str]:
    """Refuse the events on the table."""
    return guard(
        table, name, f"BEFORE {events} ON {table} FOR EACH {level}", "audit_refuse"
    )


TRIGGERS = [
    *(refuse(table, "kept", "UPDATE OR DELETE", "ROW") for table in KEPT),
    *(refuse(table, "kept_whole", "TRUNCATE", "STATEMENT") for table in KEPT),
    refuse("audit_inboxentry", "kept", "UPDATE", "ROW"),
    refuse("audit_inboxentry", "kept_whole", "TRUNCATE", "STATEMENT"),
    guard(
        "audit_inboxentry",
        "only_moves",
        "AFTER DELETE ON audit_inboxentry REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT",
        "audit_inbox_only_moves",
    ),
    refuse("audit_head", "kept", "DELETE", "ROW"),
    refuse("audit_head", "kept_whole", "TRUNCATE", "STATEMENT"),
    guard(
        "audit_head",
        "only_advances",
        "BEFORE UPDATE ON audit_head FOR EACH ROW",
        "audit_head_only_advances",
    ),
]


def step(sql: str, reverse: str) -> migrations.RunSQL:
    """Run the statements on the database that holds the entries."""
    return migrations.RunSQL(sql, reverse, hints={"database": "default"})


class Migration(migrations.Migration):
    """Functions first, then what uses them."""

    dependencies: ClassVar = [("audit", "0001_tables")]
    operations: ClassVar = [
        step(FUNCTIONS, DROP_FUNCTIONS),
        step(CHECKS, DROP_CHECKS),
        *(step(sql, reverse) for sql, reverse in TRIGGERS),
    ]
