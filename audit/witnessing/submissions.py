"""The body of `POST /add-checkpoint`, written and read; C2SP tlog-witness.

Promises one spelling for each submission. Believes nothing in it: neither proof nor
note has been checked when it has been read.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from audit.errors import NoteInvalid
from audit.merkle import HASH_SIZE
from audit.notes import CheckpointText, Note, decode_base64, encode_base64

MAX_BODY: Final = 64 * 1024
MAX_PROOF: Final = 63
SIZE_MEDIA_TYPE: Final = "text/x.tlog.size"
_OLD_SIZE: Final = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE_BODY: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint, and the proof that it extends the tree of `old_size`."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str

    def to_bytes(self) -> bytes:
        lines = [f"old {self.old_size}", *(encode_base64(each) for each in self.proof)]
        return ("".join(f"{line}\n" for line in lines) + f"\n{self.note}").encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Raises NoteInvalid unless the body has exactly the published form."""
        if len(body) > MAX_BODY:
            raise NoteInvalid("too large")
        try:
            head, separator, note = body.decode().partition("\n\n")
        except UnicodeDecodeError as error:
            raise NoteInvalid("not UTF-8") from error
        first, *proof = head.split("\n")
        match = _OLD_SIZE.fullmatch(first)
        if not separator or match is None or len(proof) > MAX_PROOF:
            raise NoteInvalid("submission")
        return cls(int(match[1]), tuple(_read_hash(line) for line in proof), note)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint's note taken apart, with what it says; not verified."""

    note: Note
    said: CheckpointText

    @classmethod
    def parse(cls, note: str) -> Self:
        """Raises NoteInvalid unless it is a note and its text a checkpoint."""
        parsed = Note.parse(note)
        return cls(parsed, CheckpointText.from_text(parsed.text))


def size_to_bytes(size: int) -> bytes:
    """The body of a 409: the size of the latest checkpoint that was cosigned."""
    return f"{size}\n".encode("ascii")


def size_from_bytes(body: bytes) -> int:
    """Raises NoteInvalid unless the body is a size."""
    match = _SIZE_BODY.fullmatch(body)
    if match is None:
        raise NoteInvalid("size")
    return int(match[1])


def _read_hash(line: str) -> bytes:
    value = decode_base64(line)
    if len(value) != HASH_SIZE:
        raise NoteInvalid("proof")
    return value
