"""A witness's judgement: cosign a checkpoint, or say why not; C2SP tlog-witness.

Promises to cosign only what a key it was given for that log has signed and what
provably extends the last checkpoint it cosigned, and to have remembered that before
it answers. Knows no network. Sees only hashes, so it cannot say that an entry is true.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from threading import Lock
from typing import Final

from audit import merkle
from audit.cosignatures import Cosigner
from audit.errors import NoteInvalid
from audit.notes import (
    CheckpointText,
    Note,
    NoteSignature,
    Verifier,
    encode_base64,
    open_note,
)
from audit.witnessing.errors import WitnessStateInvalid
from audit.witnessing.state import LogKeys, WitnessFiles, origin_hash
from audit.witnessing.submissions import (
    SIZE_MEDIA_TYPE,
    SignedCheckpoint,
    Submission,
    size_to_bytes,
)

PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    status: HTTPStatus
    body: bytes = b""
    media_type: str = PLAIN


class _Refused(Exception):
    """The checkpoint is not cosigned; `reply` says why."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.reply = Reply(status, f"{reason}\n".encode())


class Witness:
    """One witness over one directory; safe to share between threads."""

    def __init__(
        self, files: WitnessFiles, *, logs: LogKeys, now: Callable[[], datetime]
    ) -> None:
        self._files = files
        self._cosigner: Cosigner = files.read_key()
        self._logs = logs
        self._now = now
        self._locks = {origin: Lock() for origin in logs}
        self._origins = {origin_hash(origin): origin for origin in logs}

    @property
    def vkey(self) -> str:
        return self._cosigner.verifier.vkey

    def add_checkpoint(self, body: bytes) -> Reply:
        """Cosign, or refuse.

        Raises OSError if it cannot remember, WitnessStateInvalid if its memory is
        damaged, and then cosigns nothing.
        """
        try:
            submission = Submission.from_bytes(body)
            checkpoint = SignedCheckpoint.parse(submission.note)
        except NoteInvalid:
            return Reply(HTTPStatus.BAD_REQUEST, b"not a submission\n")
        try:
            signed = self._signed_by_the_log(checkpoint)
            # Looking and remembering must be one step: of two submissions at once,
            # the smaller could otherwise be remembered last and roll the log back.
            with self._locks[checkpoint.said.origin]:
                return self._judge(submission, checkpoint, signed)
        except _Refused as refusal:
            return refusal.reply

    def latest(self, hashed_origin: str) -> Reply:
        """The last cosigned checkpoint of the log with this hash."""
        origin = self._origins.get(hashed_origin)
        note = None if origin is None else self._files.read_latest(origin)
        if note is None:
            return Reply(HTTPStatus.NOT_FOUND, b"no checkpoint of this log\n")
        return Reply(HTTPStatus.OK, note.encode())

    def _signed_by_the_log(self, checkpoint: SignedCheckpoint) -> list[NoteSignature]:
        keys = self._logs.get(checkpoint.said.origin)
        if keys is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "unknown log")
        try:
            verified = checkpoint.note.verified(keys)
        except NoteInvalid as error:
            raise _Refused(HTTPStatus.FORBIDDEN, "bad signature") from error
        if not verified:
            raise _Refused(HTTPStatus.FORBIDDEN, "no signature by a known key")
        return _lines_of(checkpoint.note, verified)

    def _judge(
        self,
        submission: Submission,
        checkpoint: SignedCheckpoint,
        signed: list[NoteSignature],
    ) -> Reply:
        said = checkpoint.said
        if submission.old_size > said.size:
            raise _Refused(HTTPStatus.BAD_REQUEST, "smaller than the old size")
        size, root = self._remembered(said.origin)
        if submission.old_size != size:
            body = size_to_bytes(size)
            return Reply(HTTPStatus.CONFLICT, body, SIZE_MEDIA_TYPE)
        # Another root at the same size too is a 422: so the text since July 2026, where
        # 1.0.0 had a 409, which says to try again from another size; there is none.
        path, is_empty = submission.proof, said.root == merkle.EMPTY_ROOT
        if (said.size == 0 and not is_empty) or not merkle.consistency_holds(
            size, said.size, path=path, old_root=root, new_root=said.root
        ):
            raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "inconsistent")
        return self._cosign(checkpoint, signed)

    def _cosign(
        self, checkpoint: SignedCheckpoint, signed: list[NoteSignature]
    ) -> Reply:
        text = checkpoint.note.text
        line = self._cosigner.cosign(text, at=self._now())
        note = f"{text}\n{''.join(map(_written, signed))}{line}"
        self._files.write_latest(checkpoint.said.origin, note)
        return Reply(HTTPStatus.OK, line.encode())

    def _remembered(self, origin: str) -> tuple[int, bytes]:
        note = self._files.read_latest(origin)
        if note is None:
            return 0, merkle.EMPTY_ROOT
        # Bits that rot on the disk must not become a tree that was never cosigned.
        try:
            said = CheckpointText.from_text(open_note(note, [self._cosigner.verifier]))
        except NoteInvalid as error:
            raise WitnessStateInvalid("checkpoint without our cosignature") from error
        return said.size, said.root


def _lines_of(note: Note, keys: tuple[Verifier, ...]) -> list[NoteSignature]:
    """The log's own lines: what else a submitter appended is not passed on."""
    known = {(key.name, key.hash) for key in keys}
    return [line for line in note.signatures if (line.name, line.key_hash) in known]


def _written(line: NoteSignature) -> str:
    return f"— {line.name} {encode_base64(line.key_hash + line.signature)}\n"
