"""Bit rot: in a tile, in an entry, in an index; on the disk and past its checksums.

On the disk PostgreSQL's page checksums see it: the page is not read at all. Rot that
has a good checksum (memory, a faulty controller, a hand) is seen by verification for
tiles and entries. An index that leaves out a row is seen by verification where it reads
by that index, and by `amcheck` always; it is no tampering, and REINDEX mends it.
"""

import psycopg
import pytest

from audit.errors import LedgerCorrupt
from audit.models import Entry
from tests.attacks.history import bodies, filled, layers, places
from tests.attacks.publishing import publish


def flip_on_disk(site, relation, marker):
    """A bit of the first page that holds the marker, while the server is down."""
    with site.connect() as superuser:
        path = superuser.execute(
            "SELECT pg_relation_filepath(%s)", [relation]
        ).fetchone()
        superuser.execute(b"CHECKPOINT")
    site.yard.kill_postmaster()
    file = site.yard.cluster.home / "cluster" / path[0]
    data = bytearray(file.read_bytes())
    place = data.index(marker)
    data[place + 3] ^= 1
    file.write_bytes(data)
    site.yard.start_postmaster()


@pytest.mark.parametrize("what", ["entry", "index"])
def test_rot_on_the_disk_is_refused_by_the_page_checksum(log, site, what):
    filled(log, 40)
    assert log.verify().ok
    entry = Entry.objects.get(index=7)
    relation, marker = {
        "entry": ("audit_entry_0", bytes(entry.leaf_hash)),
        "index": (entry_id_index(site), entry.entry_id.bytes),
    }[what]
    flip_on_disk(site, relation, marker)
    with site.connect() as connection:
        connection.execute(b"SET enable_seqscan = off; SET enable_bitmapscan = off")
        with pytest.raises(psycopg.errors.DataCorrupted, match="invalid page"):
            connection.execute(
                "SELECT * FROM audit_entry WHERE entry_id = %s", [entry.entry_id]
            )


def entry_id_index(site):
    (name,) = site.rows(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid ="
        " 'audit_entry_0'::regclass AND pg_get_indexdef(indexrelid) LIKE '%%(entry_id)'"
    )[0]
    return name


def test_rotten_tile_is_found_and_no_proof_is_made_of_it(
    log, superuser, auditor, tmp_path
):
    filled(log)
    assert auditor.fsck(publish(tmp_path / "before"))["holds"]
    superuser.execute(
        b"UPDATE audit_tile SET hashes = set_byte(hashes, 1000,"
        b" get_byte(hashes, 1000) # 16) WHERE level = 0"
    )
    report = log.verify()
    assert (layers(report), places(report, "tile")) == ({"tile"}, [0])
    found = auditor.fsck(publish(tmp_path / "after"))
    assert (found["layer"], found["index"]) == ("tile", 1000 // 32)
    log.append()
    assert log.sign(), "the signer needs no tile"


def test_rotten_entry_is_found_with_its_index(log, superuser, auditor, tmp_path):
    filled(log)
    superuser.execute(
        b"UPDATE audit_entry SET body = set_byte(body, 30, get_byte(body, 30) # 4)"
        b" WHERE index = 9"
    )
    report = log.verify()
    assert places(report, "leaf") == [9]
    found = auditor.fsck(publish(tmp_path / "after"))
    assert (found["layer"], found["index"]) == ("leaf", 9)


def leave_out_of_index(superuser, index, condition):
    """A row that the index does not know, as after a crash of faulty hardware."""
    flags = "UPDATE pg_index SET indisready = %s, indisvalid = %s"
    where = " WHERE indexrelid = %s::regclass"
    superuser.execute(
        f"CREATE TEMP TABLE kept AS SELECT * FROM audit_entry WHERE {condition}".encode()
    )
    superuser.execute(f"DELETE FROM audit_entry WHERE {condition}".encode())
    superuser.execute(b"VACUUM audit_entry_0")
    superuser.execute((flags + where).encode(), [False, False, index])
    superuser.execute(b"INSERT INTO audit_entry SELECT * FROM kept")
    superuser.execute((flags + where).encode(), [True, True, index])


def check_index(superuser, index):
    superuser.execute(b"CREATE EXTENSION IF NOT EXISTS amcheck")
    superuser.execute("SELECT bt_index_check(%s::regclass, true)", [index])


def test_corrupt_index_is_found_by_amcheck_and_mended_by_reindex(log, superuser, site):
    """The order of the log is read by the primary key, so verification sees a hole."""
    filled(log)
    (index,) = site.rows(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indisprimary"
        " AND indrelid = 'audit_entry_0'::regclass"
    )[0]
    check_index(superuser, index)
    before = bodies()
    leave_out_of_index(superuser, index, "index = 11")
    with pytest.raises(psycopg.errors.DataCorrupted, match="lacks matching index"):
        check_index(superuser, index)
    superuser.execute(b"ALTER SYSTEM SET enable_seqscan = off")
    superuser.execute(b"SELECT pg_reload_conf()")
    try:
        report = log.verify()
    finally:
        superuser.execute(b"ALTER SYSTEM RESET enable_seqscan")
        superuser.execute(b"SELECT pg_reload_conf()")
    assert report.ok or 11 in places(report, "index")
    superuser.execute(f"REINDEX INDEX {index}".encode())
    check_index(superuser, index)
    assert bodies() == before
    assert log.verify().ok


def test_hole_in_the_stored_tree_is_published_to_nobody(log, superuser, tmp_path):
    filled(log)
    superuser.execute(b"DELETE FROM audit_entry WHERE index = 290")
    with pytest.raises(LedgerCorrupt):
        publish(tmp_path / "log")
