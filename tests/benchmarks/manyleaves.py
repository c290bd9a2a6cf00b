"""A signed log of many entries, made in a minute: rows by the server, tiles by COPY.

No benchmark of reading should wait for the writer. The entries are canonical and their
hashes right, so everything that verifies a log accepts this one.
"""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.conf import settings

from audit.notes import CheckpointText, Signer
from audit.signing.files import SignerFiles
from audit.verification.tree import DerivedTile, DerivedTree
from clinrag.local import databases
from clinrag.local.stack import Stack

STEP = 1000  # entries between two checkpoints
AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ENTRIES = """
INSERT INTO audit_entry (index, entry_id, body, leaf_hash, type, at, actor_id, query_id)
SELECT index, entry_id, body, sha256('\\x00'::bytea || body), 'content.disclosed',
    '2026-11-23 05:00:00+00', 'task:fill', NULL
FROM (
    SELECT index, entry_id, convert_to(
        '{"actor":{"id":"task:fill","kind":"system","method":"task","name":"fill",'
        || '"on_behalf_of":null},"at":"2026-11-23T05:00:00.000000Z","fields":'
        || '{"answer_ids":["' || gen_random_uuid() || '","' || gen_random_uuid()
        || '"],"purpose":"size","surface":"benchmark"},"id":"' || entry_id
        || '","nonce":"' || encode(sha256(entry_id::text::bytea), 'hex')
        || '","schema":"clinrag.entry/1","type":"content.disclosed"}', 'UTF8') AS body
    FROM (
        SELECT index, (lpad(to_hex((1795410000000 + index / 4)::bigint), 12, '0')
            || '7' || substr(md5(random()::text), 1, 3) || 'a'
            || substr(md5(random()::text), 1, 15))::uuid AS entry_id
        FROM generate_series(0, {last}) AS index
    ) AS ids
) AS entries
"""


def fill_log(stack: Stack, count: int) -> str:
    """Entries, tiles, head and checkpoints of an empty log; its public key."""
    signer = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR)).read_key()
    url = stack._cluster.url(databases.RECORDS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute(ENTRIES.replace("{last}", str(count - 1)).encode())
        tree = _derive(connection, signer, count)
        connection.execute(
            "INSERT INTO audit_head (id, epoch, size, root, frontier)"
            " VALUES (1, 0, %s, %s, %s) ON CONFLICT (id) DO UPDATE"
            " SET size = excluded.size, root = excluded.root,"
            " frontier = excluded.frontier",
            [count, tree.root(), b"".join(node for _, node in tree._edge)],
        )
        connection.execute("VACUUM ANALYZE")
    return signer.verifier.vkey


def _derive(connection: psycopg.Connection, signer: Signer, count: int) -> DerivedTree:
    """Tiles and checkpoints from the stored leaf hashes, a step at a time."""
    tree, tiles, notes = DerivedTree(), [], []
    for start in range(0, count, STEP):
        rows = connection.execute(
            "SELECT leaf_hash FROM audit_entry WHERE index >= %s AND index < %s"
            " ORDER BY index",
            [start, start + STEP],
            binary=True,
        )
        tree.add([leaf for (leaf,) in rows])
        tiles += tree.take_full_tiles()
        text = CheckpointText(signer.verifier.name, tree.size, tree.root())
        notes.append((1, tree.size, tree.root(), signer.sign(text.to_text()), AT))
    _store(connection, tiles, notes)
    return tree


def _store(
    connection: psycopg.Connection, tiles: list[DerivedTile], notes: list[tuple]
) -> None:
    cursor = connection.cursor()
    columns = "shard, level, number, hashes, root"
    with cursor.copy(f"COPY audit_tile ({columns}) FROM STDIN") as copy:
        for tile in tiles:
            copy.write_row((1, tile.level, tile.number, tile.hashes, tile.root))
    columns = "shard, size, root, note, signed_at"
    with cursor.copy(f"COPY audit_checkpoint ({columns}) FROM STDIN") as copy:
        for note in notes:
            copy.write_row(note)
