"""What each role of the database can do to the log, with raw SQL.

Application, sequencer, signer and anchoring are refused by rights: they own nothing.
The owner is refused by triggers where a trigger can refuse, and is the one who can take
the triggers away; what the owner does then is found by the checkpoints (`test_rows`).
"""

from contextlib import suppress

import psycopg
import pytest
from psycopg import sql

from clinrag.local.databases import APP, OWNER, SEQUENCER, SIGNER
from tests.attacks.conftest import open_site
from tests.attacks.yard import ANCHOR

SERVANTS = (APP, SEQUENCER, SIGNER, ANCHOR)
KEPT = (
    "audit_entry", "audit_entry_0", "audit_payload", "audit_payload_first",
    "audit_tile", "audit_checkpoint", "audit_closedquery", "audit_alarm",
    "audit_shard", "audit_cosignature", "audit_timestamp", "audit_anchor",
)  # fmt: skip
STRUCTURAL = {
    "truncate": "TRUNCATE {table}",
    "truncate cascade": "TRUNCATE {table} RESTART IDENTITY CASCADE",
    "drop": "DROP TABLE {table} CASCADE",
    "alter": "ALTER TABLE {table} ADD COLUMN more text",
    "rename": "ALTER TABLE {table} RENAME TO hidden",
    "give away": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "trigger off": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "user trigger off": "ALTER TABLE {table} DISABLE TRIGGER USER",
    "new rule": "CREATE RULE r AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "new trigger": "CREATE TRIGGER a BEFORE INSERT ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "row security": "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
}
ELSEWHERE = {
    "detach": "ALTER TABLE audit_entry DETACH PARTITION audit_entry_0",
    "attach": "ALTER TABLE audit_entry ATTACH PARTITION audit_tile DEFAULT",
    "replace the guard": "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "event trigger": "CREATE EVENT TRIGGER e ON ddl_command_end"
    " EXECUTE FUNCTION audit_refuse()",
    "replica": "SET session_replication_role = replica",
    "local replica": "SET LOCAL session_replication_role = replica",
    "become the owner": "SET ROLE clinrag_owner",
    "become superuser": "SET ROLE postgres",
    "new table": "CREATE TABLE mine (a int)",
    "shadow": "CREATE SCHEMA mine",
    "reassign": "REASSIGN OWNED BY clinrag_owner TO CURRENT_USER",
    "read a file": "SELECT pg_read_file('postgresql.conf')",
    "run a program": "COPY audit_tile TO PROGRAM 'cat'",
}


@pytest.fixture(scope="module")
def filled(yard, tmp_path_factory):
    """One ledger for all of these: what is refused changes nothing."""
    with open_site(yard, tmp_path_factory.mktemp("rights")) as site:
        site.fill(6)
        assert site.verify()["ok"]
        yield site
        assert site.verify()["ok"], "and nothing did"
        assert site.alarms() == []


def attempt(connection, statement):
    """Whether it was let through; nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement.encode())
    except psycopg.Error as error:
        return type(error).__name__
    return None


def tables(site):
    found = site.rows(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND relname LIKE 'audit\\_%%' ORDER BY 1"
    )
    return [name for (name,) in found]


def triggers(site):
    return site.rows(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid::regclass::text LIKE 'audit\\_%%'"
    )


@pytest.mark.parametrize("role", SERVANTS)
def test_role_is_refused_everything_that_changes_the_tables(filled, role):
    with filled.connect(role) as connection:
        for table in tables(filled):
            for name, template in STRUCTURAL.items():
                refusal = attempt(connection, template.format(table=table))
                assert refusal == "InsufficientPrivilege", (table, name, refusal)
        for table, trigger in triggers(filled):
            for statement in (
                f"DROP TRIGGER {trigger} ON {table}",
                f"ALTER TABLE {table} ENABLE REPLICA TRIGGER {trigger}",
            ):
                refusal = attempt(connection, statement)
                assert refusal == "InsufficientPrivilege", (statement, refusal)
        for name, statement in ELSEWHERE.items():
            refusal = attempt(connection, statement)
            assert refusal == "InsufficientPrivilege", (name, refusal)


@pytest.mark.parametrize("role", SERVANTS)
def test_role_can_grant_nobody_anything(filled, role):
    """PostgreSQL only warns about it."""
    rights = (
        "SELECT oid::regclass::text, relacl::text FROM pg_class"
        " WHERE relacl IS NOT NULL ORDER BY oid"
    )
    before = filled.rows(rights)
    with filled.connect(role) as connection:
        for table in tables(filled):
            attempt_for_good(connection, f"GRANT ALL ON {table} TO PUBLIC")
            attempt_for_good(connection, f"GRANT ALL ON {table} TO {role}")
    assert filled.rows(rights) == before


def attempt_for_good(connection, statement):
    with suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.parametrize("role", SERVANTS)
@pytest.mark.parametrize("table", KEPT)
def test_role_is_refused_every_change_of_what_is_kept(filled, role, table):
    with filled.connect(role) as connection:
        for statement in (
            f"DELETE FROM {table}",
            f"UPDATE {table} SET {first_column(filled, table)} = NULL",
            f"MERGE INTO {table} USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
        ):
            assert attempt(connection, statement) == "InsufficientPrivilege", statement


def first_column(site, table):
    (name,) = site.rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " ORDER BY attnum LIMIT 1",
        table,
    )[0]
    return sql.Identifier(name).as_string()


@pytest.mark.parametrize("table", KEPT)
def test_owner_is_refused_changes_by_triggers(filled, table):
    column = first_column(filled, table)
    with filled.connect(OWNER) as connection:
        allowed = attempt(connection, f"SELECT {column} FROM {table}")
        assert allowed is None
        for statement in (
            f"DELETE FROM {table} WHERE ctid IS NOT NULL",
            f"UPDATE {table} SET {column} = {column}",
        ):
            with_rows = filled.number(f"SELECT count(*) FROM {table}")
            refusal = attempt(connection, statement)
            assert refusal == ("InsufficientPrivilege" if with_rows else None)
        assert attempt(connection, f"TRUNCATE {table}") == "InsufficientPrivilege"
        cascade = f"TRUNCATE {table} CASCADE"
        assert attempt(connection, cascade) == "InsufficientPrivilege"
        replica = "SET session_replication_role = replica"
        assert attempt(connection, replica) == "InsufficientPrivilege"


@pytest.mark.parametrize("table", ["audit_entry", "audit_entry_0", "audit_tile"])
def test_superuser_in_replica_mode_meets_the_triggers_still(filled, table):
    """They are ENABLE ALWAYS: nobody deletes by taking the session for a replica's."""
    with filled.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        assert attempt(connection, f"TRUNCATE {table}") == "InsufficientPrivilege"
        assert attempt(connection, f"ALTER TABLE {table} DISABLE TRIGGER ALL") is None


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        (APP, "INSERT INTO audit_entry SELECT * FROM audit_entry"),
        (APP, "DELETE FROM audit_inboxentry"),
        (APP, "UPDATE audit_inboxentry SET body = 'x'"),
        (APP, "UPDATE audit_head SET size = 0"),
        (APP, "INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint"),
        (APP, "INSERT INTO audit_tile SELECT * FROM audit_tile"),
        (SEQUENCER, "INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint"),
        (SEQUENCER, "INSERT INTO audit_inboxentry SELECT * FROM audit_inboxentry"),
        (SEQUENCER, "INSERT INTO audit_payload SELECT * FROM audit_payload"),
        (SEQUENCER, "SELECT * FROM audit_payload"),
        (SEQUENCER, "UPDATE audit_head SET size = size - 1"),
        (SEQUENCER, "UPDATE audit_head SET root = sha256('x')"),
        (SEQUENCER, "UPDATE audit_head SET epoch = epoch - 1"),
        (SEQUENCER, "DELETE FROM audit_head"),
        (SIGNER, "INSERT INTO audit_entry SELECT * FROM audit_entry"),
        (SIGNER, "UPDATE audit_head SET size = 0"),
        (SIGNER, "SELECT * FROM audit_payload"),
        (ANCHOR, "SELECT body FROM audit_entry"),
        (ANCHOR, "SELECT * FROM audit_payload"),
        (ANCHOR, "INSERT INTO audit_checkpoint SELECT * FROM audit_checkpoint"),
    ],
)
def test_role_is_refused_the_work_of_another(filled, role, statement):
    with filled.connect(role) as connection:
        assert attempt(connection, statement) == "InsufficientPrivilege"


def test_sequencer_cannot_drop_what_waits(site):
    """An inbox row leaves only when it has become an entry."""
    site.writer(count=3, roll_back=0.0).wait()
    waiting = site.number("SELECT count(*) FROM audit_inboxentry")
    with site.connect(SEQUENCER) as connection:
        refused = attempt(connection, "DELETE FROM audit_inboxentry")
    assert refused == "InsufficientPrivilege"
    process = site.sequencer()
    site_is_empty = "SELECT count(*) FROM audit_inboxentry"
    while site.number(site_is_empty):
        pass
    assert process.stop() == 0
    assert site.size() == waiting


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE index = 2",
        "DELETE FROM audit_entry",
        "UPDATE audit_checkpoint SET size = size + 1",
        "TRUNCATE audit_payload",
    ],
)
def test_owner_who_takes_the_trigger_off_and_on_again_is_found(site, statement):
    """By verification, since afterwards the table looks as guarded as before."""
    site.fill(6)
    assert site.verify()["ok"]
    guards = "SELECT tgrelid::text, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2"
    before = site.rows(guards)
    table = statement.removeprefix("DELETE FROM ").removeprefix("UPDATE ")
    table = table.removeprefix("TRUNCATE ").split()[0]
    with site.connect(OWNER) as connection:
        names = [name for name in tables(site) if name.startswith(table)]
        for name in names:
            connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER".encode())
        connection.execute(statement.encode())
        for name in names:
            for trigger in ("kept", "kept_whole"):
                connection.execute(
                    f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {trigger}".encode()
                )
    assert site.rows(guards) == before
    assert not site.verify()["ok"]


@pytest.mark.parametrize("how", ["detach", "drop"])
def test_partition_taken_away_by_the_owner_is_found(site, how):
    site.fill(6)
    assert site.verify()["ok"]
    with site.connect(OWNER) as connection:
        connection.execute(
            "ALTER TABLE audit_entry DETACH PARTITION audit_entry_0"
            if how == "detach"
            else "DROP TABLE audit_entry_0"
        )
    found = site.verify()
    assert {"index", "head", "checkpoint"} <= {f["layer"] for f in found["failures"]}
    assert found["failures"][0]["index"] == 0
