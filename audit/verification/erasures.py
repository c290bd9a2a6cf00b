"""Verification of erasures: no key ended without a tombstone that names it.

An erasure that is under way has destroyed before it says so; until then its row does.
Promises a finding, not an end, for a tombstone that cannot be read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, Final
from uuid import UUID

from django.db import connection

from audit import offline
from audit.models import DataKey, Entry, Erasure
from audit.verification.canonical import read_canonical
from audit.verification.report import Findings

KEYS: Final = "keys"
AT_ONCE: Final = 1_000
BEGUN: Final = "begun"
ENDED: Final = ("done", "checked")
NAMED_WITHIN: Final = timedelta(minutes=15)
# In one statement: between two an entry may move from the one table to the other.
_TOMBSTONES: Final = """
SELECT index, body FROM audit_entry WHERE type = 'content.erased'
UNION ALL
SELECT NULL, body FROM audit_inboxentry
WHERE (audit_describe(body)).type = 'content.erased'
"""


def check_erasures(findings: Findings, *, at: datetime) -> None:
    """Each destroyed key of an entry that is there was destroyed on somebody's word."""
    rows = DataKey.objects.using(KEYS).filter(destroyed_at__isnull=False)
    ids = rows.values_list("id", flat=True).iterator(chunk_size=AT_ONCE)
    # Looked at before the tombstones: an erasure may end more of them meanwhile.
    destroyed = chain(list(islice(ids, 1)), ids)
    buried = _buried(findings) | _about_to_be_named(at)
    for some in _batches(one for one in destroyed if one not in buried):
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


def _buried(findings: Findings) -> set[UUID]:
    """The keys that tombstones name, or an erasure that is under way."""
    buried = _under_way()
    with connection.cursor() as cursor:
        cursor.execute(_TOMBSTONES)
        for index, body in cursor:
            try:
                buried.update(_named(read_canonical(bytes(body))))
            except (offline.Rejected, ValueError, TypeError, KeyError, AttributeError):
                findings.fail("entry", index, "a tombstone that cannot be read")
    return buried


def _named(document: dict[str, Any]) -> list[UUID]:
    """Raises what Python raises for a tombstone of another form."""
    return [UUID(gone["key_id"]) for gone in document["fields"]["entries"]]


def _about_to_be_named(at: datetime) -> set[UUID]:
    """What a backup brought back of an erased subject, and what was sealed with that.

    Destroyed again just now, and told by the next round of custody.
    """
    ended = Erasure.objects.filter(state__in=ENDED)
    subjects = {
        one for ids in ended.values_list("subject_ids", flat=True) for one in ids
    }
    theirs = DataKey.objects.using(KEYS).filter(
        subject_ids__overlap=list(subjects), destroyed_at__gte=at - NAMED_WITHIN
    )
    return set(theirs.values_list("id", flat=True)) if subjects else set()


def _under_way() -> set[UUID]:
    """Also what was sealed for the subject after the erasure had begun."""
    begun = Erasure.objects.filter(state=BEGUN)
    keys = {one for ids in begun.values_list("key_ids", flat=True) for one in ids}
    subjects = {
        one for ids in begun.values_list("subject_ids", flat=True) for one in ids
    }
    theirs = DataKey.objects.using(KEYS).filter(subject_ids__overlap=list(subjects))
    return keys | set(theirs.values_list("id", flat=True)) if subjects else keys
