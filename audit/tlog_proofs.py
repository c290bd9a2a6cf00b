"""Proofs that an entry is in the log, as C2SP publishes them (tlog-proof@v1).

A text that stands alone: the entry's index, its Merkle path and the checkpoint, with
whatever cosignatures the note carries. Promises that each proof has one spelling and
that what is read back is what was written. Checks no signature and no path.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from audit.errors import NoteInvalid, ProofInvalid
from audit.notes import MAX_NOTE_SIZE, Note, decode_base64, encode_base64

HEADER: Final = "c2sp.org/tlog-proof@v1"
HASH_SIZE: Final = 32
MAX_PATH: Final = 63
MAX_EXTRA_SIZE: Final = 65_536
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Where an entry is, and what proves it.

    `path` leads from the leaf's sibling up to the root's child. `checkpoint` is the
    whole signed note. Nothing vouches for `extra`.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def encode(self) -> str:
        """The proof as text. Raises ProofInvalid for what no proof can hold."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += [encode_base64(step) for step in self.path]
        text = "".join(f"{line}\n" for line in [*lines, ""]) + self.checkpoint
        if self.decode(text) != self:
            raise ProofInvalid("not a proof")
        return text

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read what `encode` wrote; raises ProofInvalid for anything else."""
        if len(text) > MAX_NOTE_SIZE + 2 * MAX_EXTRA_SIZE:
            raise ProofInvalid("too large")
        head, separator, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        extra = lines.pop(0) if lines and lines[0].startswith("extra ") else ""
        if header != HEADER or not lines:
            raise ProofInvalid("header")
        index, *path = lines
        if not separator or len(path) > MAX_PATH:
            raise ProofInvalid("length")
        return cls(
            _read_index(index),
            tuple(_read_step(step) for step in path),
            _read_checkpoint(checkpoint),
            _read_extra(extra),
        )


def _read_index(line: str) -> int:
    match = _INDEX.fullmatch(line)
    if match is None or int(match[1]) >= 1 << 63:
        raise ProofInvalid("index")
    return int(match[1])


def _read_step(line: str) -> bytes:
    step = _decode64(line)
    if len(step) != HASH_SIZE:
        raise ProofInvalid("path")
    return step


def _read_extra(line: str) -> bytes | None:
    if not line:
        return None
    extra = _decode64(line.removeprefix("extra "))
    if len(extra) > MAX_EXTRA_SIZE:
        raise ProofInvalid("too large")
    return extra


def _read_checkpoint(note: str) -> str:
    try:
        Note.parse(note)
    except NoteInvalid as error:
        raise ProofInvalid("checkpoint") from error
    return note


def _decode64(text: str) -> bytes:
    try:
        return decode_base64(text)
    except NoteInvalid as error:
        raise ProofInvalid("base64") from error
