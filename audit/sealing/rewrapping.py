"""Rewrapping: every key under the newest wrapping key, so that old ones may go.

Works in batches, each committed alone, and looks only for what is not yet done: it may
be stopped and started again at any point. The keys themselves do not change. Data keys
wrapped by subjects' keys move with those. Needs the rights of the tables' owner: the
application may not overwrite a wrapped key, which would destroy it past any hold.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from audit.errors import PayloadCorrupt
from audit.models import DataKey, ReferenceKey, SubjectKey
from audit.sealing.data_keys import BY_SUBJECTS
from audit.sealing.subjects import KEYS
from audit.sealing.wrappers import KeyWrapper, Wrapped

BATCH: Final = 500
_TABLES: Final = (ReferenceKey, SubjectKey, DataKey)


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many keys were wrapped anew, and how many wait for a next batch."""

    done: int
    left: int


def rewrap_batch(*, wrapped_by: KeyWrapper, limit: int = BATCH) -> Rewrapped:
    """Wrap up to `limit` keys of each kind anew, in one transaction.

    Raises DeploymentKeyMissing if an old wrapping key is gone already, PayloadCorrupt.
    """
    newest = wrapped_by.newest_name()
    with transaction.atomic(using=KEYS):
        done = sum(_rewrap(table, newest, wrapped_by, limit) for table in _TABLES)
    return Rewrapped(done, sum(_old(table, newest).count() for table in _TABLES))


def _rewrap(table: Any, newest: str, wrapper: KeyWrapper, limit: int) -> int:
    rows = list(_old(table, newest).select_for_update().order_by("pk")[:limit])
    for row in rows:
        old = Wrapped(row.wrapping_key, bytes(row.wrapped))
        key = wrapper.unwrap(old, key_id=row.pk)
        new = wrapper.wrap(key, key_id=row.pk)
        if wrapper.unwrap(new, key_id=row.pk) != key:
            raise PayloadCorrupt("wrapped anew")
        row.wrapping_key, row.wrapped = new.name, new.data
        row.save(using=KEYS, update_fields=["wrapping_key", "wrapped"])
    return len(rows)


def _old(table: Any, newest: str) -> Any:
    rows = table.objects.using(KEYS).filter(wrapped__isnull=False)
    return rows.exclude(wrapping_key__in=[newest, BY_SUBJECTS])
