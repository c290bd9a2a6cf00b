"""Erased keys that a backup of database `keys` has brought back, and what came of them.

Promises to look at all erasures by a few queries, each time, and to find also what
ended again without an entry: a subject's key that sealing met, or after a crash.
Destroys nothing: that is the erasure's, when it is done again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final
from uuid import UUID

from audit.models import DataKey, Erasure, SubjectKey
from audit.sealing import KEYS
from audit.sealing.data_keys import keys_of_subject, living_keys

# Erasures whose keys are looked for by one query.
AT_ONCE: Final = 200


def returned(ended: Collection[str]) -> list[UUID]:
    """Erasures in these states whose keys were there again since that was told."""
    rows = Erasure.objects.filter(state__in=list(ended)).order_by("begun_at")
    return [
        row.id
        for some in _batches(list(rows))
        if _are_back(some)
        for row in some
        if is_back(row)
    ]


def is_back(row: Erasure) -> bool:
    """Whether a key of it lives, or has ended again, or there is one not named."""
    return bool(
        living_keys(row.key_ids, row.subject_ids)
        or unnamed_keys(row)
        or ended_again([row])
    )


def unnamed_keys(row: Erasure) -> list[UUID]:
    """Data keys made with a subject's key between its coming back and its next end."""
    theirs = chain.from_iterable(map(keys_of_subject, row.subject_ids))
    return sorted(set(theirs).difference(row.key_ids))


def ended_again(rows: Sequence[Erasure]) -> int:
    """Keys of subjects that ended after the last entry about their erasure."""
    told = {
        one: row.checked_at or row.ended_at for row in rows for one in row.subject_ids
    }
    keys = SubjectKey.objects.using(KEYS).filter(pk__in=list(told))
    found = keys.filter(destroyed_at__isnull=False).values_list("id", "destroyed_at")
    return sum(at > (told[one] or at) for one, at in found if at)


def _are_back(rows: Sequence[Erasure]) -> bool:
    keys, subjects = _flat(r.key_ids for r in rows), _flat(r.subject_ids for r in rows)
    named = set(keys)
    return bool(living_keys(keys, subjects) or ended_again(rows)) or any(
        one not in named for one in _keys_of(subjects)
    )


def _keys_of(subject_ids: Sequence[UUID]) -> Iterator[UUID]:
    rows = DataKey.objects.using(KEYS).filter(subject_ids__overlap=subject_ids)
    return rows.values_list("id", flat=True).iterator()


def _flat(lists: Iterable[Iterable[UUID]]) -> list[UUID]:
    return list(chain.from_iterable(lists))


def _batches(rows: Sequence[Erasure]) -> Iterator[Sequence[Erasure]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
