"""Data keys: made, wrapped and committed before anything is sealed with them.

Promises that a key is in database `keys` for good before its payload exists, that no
opened key outlives the call that asked for it (nothing is cached: a key destroyed is
gone from every process at once), and that destroying goes through the database's own
rule. Seals nothing new with the key of a subject who was erased, should a backup have
brought that back: it is ended at once, and the subject has another. Does not ask who
may destroy: that is `audit.custody`.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import Error, connections, transaction

from audit.errors import (
    ContentHeld,
    DataKeyLost,
    LedgerUnavailable,
    PayloadCorrupt,
)
from audit.identifiers import time_of
from audit.models import DataKey, Erasure, SubjectKey
from audit.sealing.payloads import KEY_SIZE, NONCE_SIZE
from audit.sealing.subjects import KEYS, open_living
from audit.sealing.wrappers import KeyWrapper, Wrapped

BY_SUBJECTS: Final = "subjects"
HELD: Final = "content under a legal hold"
_ERASED: Final = ("done", "checked")

_INSERT_KEY: Final = """
INSERT INTO audit_datakey (id, wrapping_key, wrapped, subject_ids)
VALUES (%s, %s, %s, %s::uuid[])
"""
# A subject's key cannot end between its being opened and what it wraps being kept.
_WAIT_FOR_ENDINGS: Final = "SELECT audit_share_keys()"
_DESTROY: Final = "SELECT audit_destroy_keys(%s::uuid[], %s::uuid[], %s)"


def create_data_key(
    key_id: UUID, *, wrapped_by: KeyWrapper, subjects: Sequence[str] = ()
) -> bytes:
    """Make a data key and commit it, wrapped, before anything is sealed with it.

    `subjects` are references of the people it concerns. `keys` is a connection of its
    own, so this commits inside a transaction on `default` too. Raises
    LedgerUnavailable if it cannot be committed.
    """
    data_key = AESGCM.generate_key(bit_length=8 * KEY_SIZE)
    try:
        if not subjects:
            wrapped = wrapped_by.wrap(data_key, key_id=key_id)
            _insert(key_id, wrapped, [])
        else:
            while not _insert_nested(key_id, data_key, subjects, wrapped_by):
                pass  # a subject's key was destroyed meanwhile: it has another now
    except Error as error:
        raise LedgerUnavailable("database keys") from error
    return data_key


def open_data_keys(
    key_ids: Iterable[UUID], *, wrapped_by: KeyWrapper
) -> dict[UUID, bytes]:
    """The data keys that still exist; destroyed ones are left out.

    Raises DataKeyLost if a row is missing altogether.
    """
    wanted = set(key_ids)
    rows = DataKey.objects.using(KEYS).in_bulk(wanted)
    if wanted - rows.keys():
        raise DataKeyLost
    living = [row for row in rows.values() if row.wrapped is not None]
    subject_keys = _subject_keys(living, wrapped_by)
    opened = {row.id: _open(row, subject_keys, wrapped_by) for row in living}
    return {key_id: key for key_id, key in opened.items() if key is not None}


def keys_of_subject(subject_id: UUID) -> list[UUID]:
    """The data keys that concern the subject, in the order of their ids."""
    rows = DataKey.objects.using(KEYS).filter(subject_ids__contains=[subject_id])
    return list(rows.order_by("id").values_list("id", flat=True))


def living_keys(key_ids: Iterable[UUID], subject_ids: Iterable[UUID]) -> int:
    """How many of these keys have not been destroyed."""
    data = DataKey.objects.using(KEYS).filter(pk__in=list(key_ids))
    subjects = SubjectKey.objects.using(KEYS).filter(pk__in=list(subject_ids))
    return sum(rows.filter(wrapped__isnull=False).count() for rows in (data, subjects))


def destroy_keys(
    key_ids: Iterable[UUID], *, subject_ids: Iterable[UUID] = (), at: datetime
) -> int:
    """Destroy the keys, all or none; the number that had not been destroyed before.

    Commits on `keys`. Raises ContentHeld under a legal hold, LedgerUnavailable.
    """
    try:
        with (
            transaction.atomic(using=KEYS, durable=True),
            connections[KEYS].cursor() as cursor,
        ):
            cursor.execute(_DESTROY, [list(key_ids), list(subject_ids), at])
            return int(cursor.fetchone()[0])
    except Error as error:
        held = HELD in str(error)
    if held:
        raise ContentHeld
    raise LedgerUnavailable("database keys")


def _insert_nested(
    key_id: UUID, data_key: bytes, subjects: Sequence[str], wrapper: KeyWrapper
) -> bool:
    """Whether it was kept: not if one of the subjects' keys has ended meanwhile."""
    opened = open_living(subjects, wrapped_by=wrapper)
    if _end_erased(opened, at=time_of(key_id)):
        return False
    for subject_id in sorted(opened):
        data_key = _wrap(data_key, opened[subject_id], key_id)
    with transaction.atomic(using=KEYS, durable=True):
        with connections[KEYS].cursor() as cursor:
            cursor.execute(_WAIT_FOR_ENDINGS)
        rows = SubjectKey.objects.using(KEYS).filter(pk__in=opened)
        if rows.filter(wrapped__isnull=False).count() < len(opened):
            return False
        _insert(key_id, Wrapped(BY_SUBJECTS, data_key), sorted(opened))
    return True


def _end_erased(subject_ids: Iterable[UUID], *, at: datetime) -> bool:
    """Whether one of them had been erased and came back; not if a hold keeps it now.

    What is then sealed with it goes when the erasure is done again, and is told.
    """
    wanted = set(subject_ids)
    ended = Erasure.objects.filter(
        state__in=_ERASED, subject_ids__overlap=list(wanted)
    ).values_list("subject_ids", flat=True)
    came_back = {one for ids in ended for one in ids} & wanted
    try:
        return bool(came_back) and destroy_keys([], subject_ids=came_back, at=at) > 0
    except ContentHeld:
        return False


def _insert(key_id: UUID, wrapped: Wrapped, subject_ids: list[UUID]) -> None:
    with (
        transaction.atomic(using=KEYS),
        connections[KEYS].cursor() as cursor,
    ):
        cursor.execute(_INSERT_KEY, [key_id, wrapped.name, wrapped.data, subject_ids])


def _subject_keys(rows: Sequence[DataKey], wrapper: KeyWrapper) -> dict[UUID, bytes]:
    wanted = {subject_id for row in rows for subject_id in row.subject_ids}
    found = SubjectKey.objects.using(KEYS).in_bulk(wanted)
    if wanted - found.keys():
        raise DataKeyLost
    return {
        row.id: wrapper.unwrap(
            Wrapped(row.wrapping_key, bytes(row.wrapped)), key_id=row.id
        )
        for row in found.values()
        if row.wrapped is not None
    }


def _open(
    row: DataKey, subject_keys: dict[UUID, bytes], wrapper: KeyWrapper
) -> bytes | None:
    """The data key, or None if one of its subjects' keys has been destroyed."""
    data = bytes(row.wrapped or b"")
    if not row.subject_ids:
        return wrapper.unwrap(Wrapped(row.wrapping_key, data), key_id=row.id)
    for subject_id in sorted(row.subject_ids, reverse=True):
        if subject_id not in subject_keys:
            return None
        data = _unwrap(data, subject_keys[subject_id], row.id)
    return data


def _wrap(data: bytes, key: bytes, key_id: UUID) -> bytes:
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, data, key_id.bytes)


def _unwrap(data: bytes, key: bytes, key_id: UUID) -> bytes:
    nonce, rest = data[:NONCE_SIZE], data[NONCE_SIZE:]
    try:
        return AESGCM(key).decrypt(nonce, rest, key_id.bytes)
    except (InvalidTag, ValueError) as error:
        raise PayloadCorrupt("wrapped key") from error
