"""Verification of erasures: no key ended without a tombstone that names it.

An erasure that is under way has destroyed before it says so; until then its row does.
"""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db import connection

from audit.models import DataKey, Entry
from audit.verification.report import Findings

KEYS: Final = "keys"
AT_ONCE: Final = 1_000
_BURIED: Final = """
WITH tombstones AS MATERIALIZED (
    SELECT body FROM audit_entry WHERE type = 'content.erased'
    UNION ALL
    SELECT body FROM audit_inboxentry
    WHERE (audit_describe(body)).type = 'content.erased'
)
SELECT (gone ->> 'key_id')::uuid FROM tombstones,
    jsonb_array_elements(
        convert_from(body, 'UTF8')::jsonb #> '{fields,entries}') AS gone
UNION
SELECT unnest(key_ids) FROM audit_erasure WHERE state = 'begun'
"""


def check_erasures(findings: Findings) -> None:
    """Each destroyed key of an entry that is there was destroyed on somebody's word."""
    buried = _buried()
    rows = DataKey.objects.using(KEYS).filter(destroyed_at__isnull=False)
    ids = rows.values_list("id", flat=True).iterator(chunk_size=AT_ONCE)
    for some in _batches(one for one in ids if one not in buried):
        unsaid = Entry.objects.filter(entry_id__in=some).order_by("index")
        for index in unsaid.values_list("index", flat=True):
            message = "the key was destroyed, and no entry says so"
            findings.fail("key", index, message)


def _batches(ids: Iterator[UUID]) -> Iterator[list[UUID]]:
    batch: list[UUID] = []
    for one in ids:
        batch.append(one)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    yield batch


def _buried() -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_BURIED)
        return {key_id for (key_id,) in cursor.fetchall()}
