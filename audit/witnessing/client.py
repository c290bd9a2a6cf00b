"""Asking a witness for its cosignature; C2SP tlog-witness, the log's side.

Promises that what comes back is a cosignature by the key the policy names, on exactly
the checkpoint that was sent, and that a witness that lies, forgets, stalls or sends
rubbish costs no more than one bounded call and a second one. Stores nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from audit.cosignatures import Cosignature, cosignatures_of
from audit.errors import NoteInvalid, VoucherUnreachable
from audit.notes import Note
from audit.outbound import Answer, Bounds, post
from audit.witnessing.errors import (
    CosignatureInvalid,
    WitnessContradicts,
    WitnessRefused,
)
from audit.witnessing.policy import Witness
from audit.witnessing.submissions import (
    SIZE_MEDIA_TYPE,
    SignedCheckpoint,
    Submission,
    size_from_bytes,
)

logger = logging.getLogger(__name__)

CLOCK_SKEW: Final = timedelta(minutes=5)

Prove = Callable[[int, int], tuple[bytes, ...]]
"""Gives the consistency proof from a size, at least 1, to a larger or equal one."""


def ask(
    witness: Witness,
    note: str,
    *,
    known_size: int,
    prove: Prove,
    at: datetime,
    bounds: Bounds | None = None,
) -> Cosignature:
    """The witness's cosignature on a checkpoint.

    `known_size` is what it cosigned last as far as we know, 0 if nothing; it may know
    better. Raises VoucherUnreachable, WitnessRefused, WitnessContradicts or
    CosignatureInvalid.
    """
    call = _Call(witness, note, prove=prove, bounds=bounds or Bounds())
    answer = call.submit(known_size)
    if answer.status == HTTPStatus.CONFLICT:
        size = call.size_named_by(answer, old_size=known_size)
        if size < known_size:
            logger.warning("A witness has forgotten", extra={"tree_size": size})
        answer = call.submit(size)
        if answer.status == HTTPStatus.CONFLICT:
            call.size_named_by(answer, old_size=size)
    _check_status(answer.status)
    return _cosignature(witness, call.text, answer.body, at=at)


class _Call:
    """One checkpoint on its way to one witness."""

    def __init__(
        self, witness: Witness, note: str, *, prove: Prove, bounds: Bounds
    ) -> None:
        if witness.url is None:
            raise VoucherUnreachable("the policy gives no address")
        checkpoint = SignedCheckpoint.parse(note)
        self._url = f"{witness.url.rstrip('/')}/add-checkpoint"
        self._note = note
        self._size = checkpoint.said.size
        self._prove = prove
        self._bounds = bounds
        self.text = checkpoint.note.text

    def submit(self, old_size: int) -> Answer:
        if old_size > self._size:
            raise WitnessContradicts(f"{old_size} after {self._size}")
        needs_proof = 0 < old_size < self._size
        proof = self._prove(old_size, self._size) if needs_proof else ()
        body = Submission(old_size, proof, self._note).to_bytes()
        media_type = "text/plain; charset=utf-8"
        return post(self._url, body, media_type=media_type, bounds=self._bounds)

    def size_named_by(self, conflict: Answer, *, old_size: int) -> int:
        """The size it cosigned last, by its 409; WitnessContradicts, WitnessRefused."""
        size = _read_size(conflict)
        # Another root at the same size was a 409 in tlog-witness 1.0.0, with no body
        # laid down, and is a 422 since July 2026; witnesses of both kinds run.
        if old_size == self._size and size in {None, old_size}:
            raise WitnessContradicts(f"another root at {old_size}")
        if size is None:
            raise WitnessRefused("a conflict without a size")
        return size


def _read_size(answer: Answer) -> int | None:
    if answer.media_type != SIZE_MEDIA_TYPE:
        return None
    try:
        return size_from_bytes(answer.body)
    except NoteInvalid:
        return None


def _check_status(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        raise WitnessContradicts("another past, or another root")
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise WitnessRefused(str(status))
    raise VoucherUnreachable(str(status))


def _cosignature(
    witness: Witness, text: str, body: bytes, *, at: datetime
) -> Cosignature:
    try:
        note = f"{text}\n{body.decode()}"
        # With an empty line of its own the answer could be read as other text.
        if Note.parse(note).text != text:
            raise CosignatureInvalid("more than signature lines")
        found = cosignatures_of(note, [witness.key])
    except (UnicodeDecodeError, NoteInvalid) as error:
        raise CosignatureInvalid from error
    if not found:
        raise CosignatureInvalid("none by its key")
    if found[0].at > at + CLOCK_SKEW or not found[0].at.timestamp():
        raise CosignatureInvalid("its clock is ahead, or stands at zero")
    return found[0]
