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


@dataclass(frozen=True, slots=True)
class _Anew:
    table: Any
    key_id: Any
    old: Wrapped
    new: Wrapped


def rewrap_batch(*, wrapped_by: KeyWrapper, limit: int = BATCH) -> Rewrapped:
    """Wrap up to `limit` keys of each kind anew, in one transaction.

    The engine is asked before it begins: nobody's erasure waits for a network. Raises
    DeploymentKeyMissing if an old wrapping key is gone already, PayloadCorrupt.
    """
    newest = wrapped_by.newest_name()
    anew = [
        _wrap_anew(row, wrapped_by)
        for table in _TABLES
        for row in _old(table, newest).order_by("pk")[:limit]
    ]
    with transaction.atomic(using=KEYS):
        done = sum(_replace(one) for one in anew)
    return Rewrapped(done, sum(_old(table, newest).count() for table in _TABLES))


def _wrap_anew(row: Any, wrapper: KeyWrapper) -> _Anew:
    old = Wrapped(row.wrapping_key, bytes(row.wrapped))
    key = wrapper.unwrap(old, key_id=row.pk)
    new = wrapper.wrap(key, key_id=row.pk)
    if wrapper.unwrap(new, key_id=row.pk) != key:
        raise PayloadCorrupt("wrapped anew")
    return _Anew(type(row), row.pk, old, new)


def _replace(one: _Anew) -> int:
    """Whether (1 or 0) the key was still as it was: an erasure may have come first."""
    rows = one.table.objects.using(KEYS).filter(
        pk=one.key_id, wrapping_key=one.old.name, wrapped=one.old.data
    )
    return int(rows.update(wrapping_key=one.new.name, wrapped=one.new.data))


def _old(table: Any, newest: str) -> Any:
    rows = table.objects.using(KEYS).filter(wrapped__isnull=False)
    return rows.exclude(wrapping_key__in=[newest, BY_SUBJECTS])
