"""The database refuses to change what is kept: to the owner, and in replica mode."""

import psycopg
import pytest
from django.db import Error, connection, connections, transaction

from tests.conftest import as_role
from tests.integration.audit.conftest import answer_lost, query_received

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

KEPT = {
    "audit_entry": "body",
    "audit_closedquery": "entry_id",
    "audit_payload": "ciphertext",
    "audit_tile": "hashes",
    "audit_checkpoint": "note",
    "audit_shard": "vkey",
    "audit_alarm": "detail",
}
FILL_TILE = """
INSERT INTO audit_tile (level, number, hashes, root)
VALUES (9, 9, decode(repeat('00', 8192), 'hex'), decode(repeat('00', 32), 'hex'))
"""
FILL_ALARM = """
INSERT INTO audit_alarm (kind, detail, tree_size, raised_at) VALUES ('', '', 0, now())
"""


@pytest.fixture
def filled(log):
    query = log.append(query_received(), question="?")
    log.append(answer_lost(query))
    log.sign()
    for statement in (FILL_TILE, FILL_ALARM):
        execute(statement)
    return log


def execute(statement, alias="default", replica=False):
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        if replica:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def refused(statement, **options):
    with pytest.raises(Error, match=r"refused|only|inbox row"):
        execute(statement, **options)


@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
def test_kept_tables_refuse_every_change_to_a_superuser(filled, replica):
    for table, column in KEPT.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] > 0, table
        refused(f"UPDATE {table} SET {column} = {column}", replica=replica)
        refused(f"DELETE FROM {table}", replica=replica)
        refused(f"TRUNCATE {table} CASCADE", replica=replica)


@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
def test_inbox_refuses_to_change_or_to_lose_what_is_no_entry_yet(log, replica):
    log.append()
    refused("UPDATE audit_inboxentry SET body = body", replica=replica)
    refused("DELETE FROM audit_inboxentry", replica=replica)
    refused("TRUNCATE audit_inboxentry", replica=replica)
    assert log.sequence() == 1


def test_inbox_is_not_deceived_by_a_temporary_table_of_entries(log, postgres):
    log.append()
    with as_role(postgres, "clinrag_sequencer") as other:
        other.execute("CREATE TEMP TABLE audit_entry AS TABLE audit_inboxentry")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="inbox row"):
            other.execute("DELETE FROM audit_inboxentry")
    assert log.sequence() == 1


@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
def test_head_refuses_to_move_back(filled, replica):
    for statement in (
        "UPDATE audit_head SET size = size - 1",
        "UPDATE audit_head SET epoch = epoch - 1",
        "UPDATE audit_head SET root = sha256('x')",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
    ):
        refused(statement, replica=replica)


@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
def test_data_key_refuses_everything_but_its_end(filled, replica):
    for statement in (
        "UPDATE audit_datakey SET wrapped = ''",
        "UPDATE audit_datakey SET wrapped = NULL",
        "UPDATE audit_datakey SET destroyed_at = now()",
        "DELETE FROM audit_datakey",
        "TRUNCATE audit_datakey",
    ):
        refused(statement, alias="keys", replica=replica)
    ends = "UPDATE audit_datakey SET wrapped = NULL, destroyed_at = now()"
    execute(ends, alias="keys", replica=replica)
    refused(ends, alias="keys", replica=replica)


def test_entry_refuses_a_leaf_hash_that_is_not_its_own(log):
    with pytest.raises(Error, match="leaf_hash_of_body"):
        execute(
            "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)"
            " VALUES (gen_random_uuid(), 'x', sha256('x'))"
        )


def test_every_trigger_of_the_ledger_fires_always(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'audit_%'"
        )
        triggers = cursor.fetchall()
    tables = {table for table, _, _ in triggers} - set(partitions())
    tables = {table for table, _, _ in triggers}
    assert tables >= {*KEPT, "audit_inboxentry", "audit_head", "audit_authorization"}
    assert {mode for _, _, mode in triggers} == {"A"}


def test_every_partition_has_both_triggers_firing_always(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE tgenabled = 'A' AND tgrelid::regclass::text = ANY(%s)",
            [partitions()],
        )
        triggers = set(cursor.fetchall())
    expected = {
        (name, kind) for name in partitions() for kind in ("kept", "kept_whole")
    }
    assert triggers == expected


def partitions():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class"
            " ON pg_class.oid = inhrelid WHERE relkind = 'r'"
        )
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
def test_partitions_refuse_every_change_to_a_superuser(filled, replica):
    for table, column in {
        "audit_entry_0": "body",
        "audit_payload_first": "key_id",
    }.items():
        refused(f"UPDATE {table} SET {column} = {column}", replica=replica)
        refused(f"DELETE FROM {table}", replica=replica)
    for table in partitions():
        refused(f"TRUNCATE {table}", replica=replica)


TABLES = KEPT | {
    "audit_inboxentry": "body",
    "audit_head": "root",
    "audit_entry_0": "body",
    "audit_payload_first": "ciphertext",
}
DOERS = {
    ("clinrag_sequencer", "DELETE", "audit_inboxentry"),
    ("clinrag_sequencer", "UPDATE", "audit_head"),
}


@pytest.mark.parametrize("role", ["clinrag_app", "clinrag_sequencer", "clinrag_signer"])
def test_no_role_may_change_or_drop_what_is_kept(postgres, db, role):
    with as_role(postgres, role) as other:
        for table, column in TABLES.items():
            statements = {
                "UPDATE": f"UPDATE {table} SET {column} = NULL",
                "DELETE": f"DELETE FROM {table}",
                "TRUNCATE": f"TRUNCATE {table}",
                "DROP": f"DROP TABLE {table}",
                "ALTER": f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            }
            for verb, statement in statements.items():
                if (role, verb, table) in DOERS:
                    continue
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    other.execute(statement)


@pytest.mark.parametrize("role", ["clinrag_app", "clinrag_signer"])
def test_no_other_role_writes_entries(postgres, db, role):
    with as_role(postgres, role) as other:
        for table in ("audit_entry", "audit_tile", "audit_head", "audit_shard"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(f"INSERT INTO {table} DEFAULT VALUES")
