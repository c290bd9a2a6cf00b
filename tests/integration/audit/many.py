"""Many entries at once: made by the server, since a test of size is not one of writing."""

from django.db import connection

_FILL = """
INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)
SELECT entry_id, body, sha256('\\x00'::bytea || body)
FROM (
    SELECT entry_id, convert_to(
        '{"actor":{"id":"task:fill","kind":"system","method":"task","name":"fill",'
        || '"on_behalf_of":null},"at":"2026-11-23T05:00:00.000000Z","fields":'
        || '{"answer_ids":["' || gen_random_uuid() || '"],"purpose":"size","surface":'
        || '"test"},"id":"' || entry_id || '","nonce":"'
        || encode(sha256(entry_id::text::bytea), 'hex')
        || '","schema":"clinrag.entry/1","type":"content.disclosed"}', 'UTF8') AS body
    FROM (
        SELECT (lpad(to_hex((1795410000000 + n / 1000)::bigint), 12, '0') || '7'
            || substr(md5(random()::text), 1, 3) || 'a'
            || substr(md5(n::text || random()::text), 1, 15))::uuid AS entry_id
        FROM generate_series(1, %s) AS n
    ) AS ids
) AS entries
"""


def fill_inbox(count: int) -> None:
    """Put entries that verification accepts into the inbox, as if applications had."""
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [count])
