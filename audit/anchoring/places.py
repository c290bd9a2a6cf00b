"""What an anchor is, wherever it is kept: the cosigned note, and the token beside it.

Promises one name for each checkpoint, and that a note already there is told apart from
one that contradicts it. A place is worth as much as it is out of the operator's reach.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from audit.anchoring.errors import AnchorContradicts
from audit.errors import NoteInvalid
from audit.notes import Note

NOTE_SUFFIX: Final = ".note"
STAMP_SUFFIX: Final = ".tst"
_NAME: Final = re.compile(r"([0-9]{4,5})-([0-9]{20})\.note")


@dataclass(frozen=True, slots=True)
class AnchorContent:
    """A checkpoint to anchor: its cosigned note, and an RFC 3161 token if there is one.

    The token is over the note without the witnesses' lines.
    """

    shard: int
    size: int
    note: str
    token: bytes | None = None

    @property
    def stem(self) -> str:
        """Sorted by name, anchors are in the order of the log."""
        return f"{self.shard:04d}-{self.size:020d}"


@dataclass(frozen=True, slots=True)
class StoredAnchor:
    """A note found at a place; what its name says, and nothing verified."""

    shard: int
    size: int
    locator: str
    note: str


class Place(Protocol):
    """Somewhere that keeps anchors."""

    @property
    def name(self) -> str:
        """How the place is known in rows and messages; holds no secret."""

    def write(self, content: AnchorContent, *, at: datetime) -> str:
        """Keep an anchor; where. Writing the same checkpoint again changes nothing.

        Raises VoucherUnreachable, AnchoringMisconfigured, or AnchorContradicts if
        another checkpoint of this size is there.
        """

    def read(self) -> Iterator[StoredAnchor]:
        """Every anchor kept, in any order. Raises VoucherUnreachable."""


def parse_name(name: str) -> tuple[int, int] | None:
    """Shard and size that a note's file name says; None for another file."""
    match = _NAME.fullmatch(name)
    return None if match is None else (int(match[1]), int(match[2]))


def check_same(content: AnchorContent, found: str) -> None:
    """Raise AnchorContradicts unless the note that is there is of the same text."""
    try:
        is_same = Note.parse(found).text == Note.parse(content.note).text
    except NoteInvalid as error:
        raise AnchorContradicts("no note") from error
    if not is_same:
        raise AnchorContradicts(f"shard {content.shard}, size {content.size}")
