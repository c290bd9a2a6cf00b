"""Subjects: one key for all that concerns one person, named by an opaque reference.

Promises that the reference is kept nowhere: database `keys` holds an HMAC-SHA-256 of
it under a key that is itself wrapped, and the rest of the system only the random id of
the subject's key. Whoever holds `keys` and the deployment's key can test a reference
he guesses.
"""

import hmac
import secrets
from collections.abc import Iterable
from typing import Final
from uuid import UUID, uuid4

from django.db import Error, connections

from audit.errors import LedgerUnavailable, SubjectReferenceInvalid
from audit.models import ReferenceKey, SubjectKey
from audit.sealing.payloads import KEY_SIZE
from audit.sealing.wrappers import KeyWrapper, Wrapped

KEYS: Final = "keys"
LONGEST_REFERENCE: Final = 200
REFERENCE_KEY_ID: Final = UUID(int=1)
# It opens no content, so it may stay: a transit engine would be asked at each question.
_unwrapped: dict[Wrapped, bytes] = {}
_LABEL: Final = b"clinrag subject reference\x00"

# Two processes may meet the same subject for the first time: one row is kept.
_INSERT_REFERENCE_KEY: Final = """
INSERT INTO audit_referencekey (id, wrapping_key, wrapped) VALUES (%s, %s, %s)
ON CONFLICT DO NOTHING
"""
_INSERT_SUBJECT: Final = """
INSERT INTO audit_subjectkey (id, reference_hmac, wrapping_key, wrapped)
VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""


def find_subject(reference: str, *, wrapped_by: KeyWrapper) -> UUID | None:
    """The id of the subject's living key, if anything was ever sealed for it."""
    digest = _digest(reference, wrapped_by)
    rows = SubjectKey.objects.using(KEYS).filter(reference_hmac=digest)
    return rows.values_list("id", flat=True).first()


def open_subject(reference: str, *, wrapped_by: KeyWrapper) -> UUID:
    """The id of the subject's living key, which is made if there is none.

    Raises SubjectReferenceInvalid, LedgerUnavailable.
    """
    try:
        return _living(reference, wrapped_by).id
    except Error as error:
        raise LedgerUnavailable("database keys") from error


def open_living(
    references: Iterable[str], *, wrapped_by: KeyWrapper
) -> dict[UUID, bytes]:
    """The keys of these subjects, made where there is none.

    Raises SubjectReferenceInvalid, LedgerUnavailable, DeploymentKeyMissing.
    """
    rows = [_living(reference, wrapped_by) for reference in sorted(set(references))]
    return {
        row.id: wrapped_by.unwrap(
            Wrapped(row.wrapping_key, bytes(row.wrapped or b"")), key_id=row.id
        )
        for row in rows
    }


def check_reference(reference: str) -> None:
    """Raise SubjectReferenceInvalid unless it is a short line without odd edges."""
    if (
        not 0 < len(reference) <= LONGEST_REFERENCE
        or not reference.isprintable()
        or reference != reference.strip()
    ):
        raise SubjectReferenceInvalid


def _living(reference: str, wrapper: KeyWrapper) -> SubjectKey:
    digest = _digest(reference, wrapper)
    rows = SubjectKey.objects.using(KEYS).filter(reference_hmac=digest)
    found = rows.first()
    if found is None:
        _insert(digest, wrapper)
        found = rows.get()
    return found


def _insert(digest: bytes, wrapper: KeyWrapper) -> None:
    subject_id = uuid4()
    wrapped = wrapper.wrap(secrets.token_bytes(KEY_SIZE), key_id=subject_id)
    with connections[KEYS].cursor() as cursor:
        cursor.execute(
            _INSERT_SUBJECT, [subject_id, digest, wrapped.name, wrapped.data]
        )


def _digest(reference: str, wrapper: KeyWrapper) -> bytes:
    check_reference(reference)
    key = _reference_key(wrapper)
    return hmac.digest(key, _LABEL + reference.encode(), "sha256")


def _reference_key(wrapper: KeyWrapper) -> bytes:
    rows = ReferenceKey.objects.using(KEYS).filter(pk=REFERENCE_KEY_ID)
    row = rows.first()
    if row is None:
        wrapped = wrapper.wrap(secrets.token_bytes(KEY_SIZE), key_id=REFERENCE_KEY_ID)
        with connections[KEYS].cursor() as cursor:
            cursor.execute(
                _INSERT_REFERENCE_KEY, [REFERENCE_KEY_ID, wrapped.name, wrapped.data]
            )
        row = rows.get()
    return _unwrap_once(Wrapped(row.wrapping_key, bytes(row.wrapped)), wrapper)


def _unwrap_once(wrapped: Wrapped, wrapper: KeyWrapper) -> bytes:
    if wrapped not in _unwrapped:
        _unwrapped.clear()
        _unwrapped[wrapped] = wrapper.unwrap(wrapped, key_id=REFERENCE_KEY_ID)
    return _unwrapped[wrapped]
