"""Partitions: made ahead, by one function, and an earlier installation gets them."""

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import Error, connection

from audit.errors import LedgerUnavailable
from audit.models import Entry, Payload
from audit.sequencing import partitions, sequencer
from tests.conftest import REPOSITORY, as_role
from tests.integration.audit.conftest import query_received
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

BLOCK = 1 << 20
BOUNDS = """
SELECT inhrelid::regclass::text, pg_get_expr(relpartbound, pg_class.oid)
FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = %s::regclass ORDER BY 1
"""
INDEXES = """
SELECT regexp_replace(indexdef, '^.* USING ', '') FROM pg_indexes
WHERE tablename = %s ORDER BY 1
"""


def rows(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


@pytest.fixture
def undone(transactional_db):
    """Partitions made in a test are gone after it."""
    before = {name for name, _ in rows(BOUNDS, "audit_entry")}
    yield
    for name, _ in rows(BOUNDS, "audit_entry"):
        if name not in before:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE {name}")


def test_blocks_and_months_are_ahead_and_no_partition_takes_the_rest(db):
    names = dict(rows(BOUNDS, "audit_entry"))
    assert names["audit_entry_0"] == f"FOR VALUES FROM ('0') TO ('{BLOCK}')"
    assert names["audit_entry_1"] == f"FOR VALUES FROM ('{BLOCK}') TO ('{2 * BLOCK}')"
    months = dict(rows(BOUNDS, "audit_payload"))
    assert len(months) >= 13
    assert "DEFAULT" not in {*names.values(), *months.values()}


@pytest.mark.parametrize("table", ["audit_entry", "audit_payload"])
def test_every_partition_is_indexed_as_its_parent(db, table):
    wanted = rows(INDEXES, table)
    assert wanted
    for name, _ in rows(BOUNDS, table):
        assert rows(INDEXES, name) == wanted


def test_sequencer_may_have_partitions_made_and_others_may_not(postgres, db):
    with as_role(postgres, "clinrag_sequencer") as other:
        assert other.execute("SELECT audit_make_partitions()").fetchone() == (0,)
        for inner in (
            "audit_add_entry_blocks(1)",
            "audit_add_payload_months(now())",
            "audit_guard_partition('x')",
            "audit_add_partition('audit_entry', 'x', '0', '1')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(f"SELECT {inner}")
    for role in ("clinrag_app", "clinrag_signer"):
        with (
            as_role(postgres, role) as other,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            other.execute("SELECT audit_make_partitions()")


def test_partitions_are_made_by_a_function_whose_path_is_pinned(db):
    found = rows(
        "SELECT proname, proconfig FROM pg_proc WHERE proname LIKE 'audit_%%'"
        " AND prosecdef"
    )
    assert ("audit_make_partitions", ["search_path=public, pg_temp"]) in found
    assert all("search_path=public, pg_temp" in config for _, config in found)


def at_index(log, index):
    """Let the log go on from this index, as if so much had been written."""
    log.append()
    log.sequence()
    with tampering("audit_head") as execute:
        execute("UPDATE audit_head SET first_index = %s - size", [index])


def test_next_block_is_made_when_the_log_enters_one(log, undone):
    at_index(log, BLOCK - 2)
    for _ in range(5):
        log.append()
    assert log.sequence() == 5
    log.append()
    assert log.sequence() == 1
    assert "audit_entry_2" in dict(rows(BOUNDS, "audit_entry"))
    found = dict(
        rows("SELECT tableoid::regclass::text, count(*) FROM audit_entry GROUP BY 1")
    )
    assert found == {"audit_entry_0": 3, "audit_entry_1": 4}


def test_entries_wait_in_the_inbox_when_their_block_is_missing(
    log, undone, monkeypatch
):
    at_index(log, 2 * BLOCK - 1)
    log.append()
    log.append()

    def no_right():
        raise Error

    with monkeypatch.context() as patch:
        patch.setattr(partitions, "make_partitions", no_right)
        with pytest.raises(Error, match="no partition"):
            log.sequence()
        assert Entry.objects.count() == 1
    sequencer.give_up_lead()
    assert log.sequence() == 2


def test_sealed_content_is_refused_when_the_clock_is_years_ahead(log):
    log.at = log.at.replace(year=log.at.year + 40)
    with pytest.raises(LedgerUnavailable):
        log.append(query_received(), question="?")
    assert log.append(query_received())
    assert not Payload.objects.exists()


def test_old_sealed_content_has_its_place_when_the_clock_is_behind(log):
    log.at = log.at.replace(year=1999)
    log.append(query_received(), question="?")
    assert log.sequence() == 1
    assert log.verify().failures == ()


EARLIER = """
INSERT INTO audit_entry (index, entry_id, body, leaf_hash, type, actor_id)
SELECT n, gen_random_uuid(), convert_to('e' || n, 'UTF8'),
       sha256('\\x00'::bytea || convert_to('e' || n, 'UTF8')), 'x', ''
FROM generate_series(0, 999) AS n;
INSERT INTO audit_payload (entry_id, retention_class, key_id, ciphertext)
SELECT (lpad(to_hex(1700000000000 + n * 86400000::bigint), 12, '0') || repeat('0', 20))::uuid,
       'answer', gen_random_uuid(), convert_to('p' || n, 'UTF8')
FROM generate_series(0, 99) AS n;
INSERT INTO audit_checkpoint (size, root, note, signed_at)
SELECT n, 'r', 'note', now() FROM generate_series(1, 3) AS n;
INSERT INTO audit_tile (level, number, hashes, root)
VALUES (0, 0, decode(repeat('00', 8192), 'hex'), decode(repeat('00', 32), 'hex'));
INSERT INTO audit_head (id, epoch, size, root, frontier) VALUES (1, 3, 1000, 'r', 'f');
INSERT INTO audit_alarm (kind, detail, tree_size, raised_at) VALUES ('k', 'd', 1, now());
"""
CONTENT = """
SELECT (SELECT sha256(string_agg(body || leaf_hash, '' ORDER BY index)) FROM audit_entry),
       (SELECT sha256(string_agg(uuid_send(entry_id) || ciphertext, '' ORDER BY entry_id))
        FROM audit_payload),
       (SELECT string_agg(size::text, ',' ORDER BY size) FROM audit_checkpoint),
       (SELECT array_agg(indexname ORDER BY 1) FROM pg_indexes
        WHERE tablename = 'audit_entry'
          AND indexname NOT IN ('entry_by_version_read', 'entry_by_disclosed'))
"""


@pytest.fixture
def earlier(postgres):
    """A database as an earlier version made and filled it."""
    name = "clinrag_earlier"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    try:
        migrate(postgres, name, "0004")
        with psycopg.connect(postgres.url(name)) as database:
            database.execute(EARLIER)
        yield name
    finally:
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def migrate(postgres, name, *target):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "clinrag.settings",
        "DATABASE_URL": postgres.url(name),
        "CLINRAG_KEYS_DATABASE_URL": postgres.url(name),
    }
    command = [sys.executable, "manage.py", "migrate", "audit", *target]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, timeout=120)


def test_earlier_installation_keeps_every_row_and_index_when_it_migrates(
    postgres, earlier
):
    with psycopg.connect(postgres.url(earlier)) as database:
        before = database.execute(CONTENT).fetchone()
    migrate(postgres, earlier)
    with psycopg.connect(postgres.url(earlier)) as database:
        assert database.execute(CONTENT).fetchone() == before
        shards = "SELECT DISTINCT shard FROM {}"
        for table in ("audit_checkpoint", "audit_tile", "audit_head", "audit_alarm"):
            assert database.execute(shards.format(table)).fetchall() == [(1,)]
        kept = database.execute(
            "SELECT relkind, relispartition FROM pg_class WHERE relname = 'audit_entry_0'"
        ).fetchone()
        assert kept == ("r", True), "attached, not copied"
        with pytest.raises(psycopg.Error, match="append-only"):
            database.execute("DELETE FROM audit_entry WHERE index = 5")
