"""The smallest stretches a passage is put together from.

Promises: a passage's text is its pieces joined by their own joints, nothing else.
Will not: measure or decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PARAGRAPH_JOINT: Final = "\n\n"
LINE_JOINT: Final = "\n"
WORD_JOINT: Final = " "
NO_JOINT: Final = ""


class UnitKind(StrEnum):
    """How a unit is cut when it is too long."""

    PROSE = "prose"
    LIST = "list"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is never cut here; `joint` stands before it; lists have levels.

    Strength, certainty and confidence are those of the block it comes from.
    """

    text: str
    page: int | None = None
    joint: str = PARAGRAPH_JOINT
    level: int = 0
    strength: str | None = None
    certainty: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What belongs together: a body and the words that lead into it."""

    kind: UnitKind
    body: tuple[Piece, ...]
    lead: tuple[Piece, ...] = ()

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return self.lead + self.body


def render(pieces: Sequence[Piece]) -> str:
    first, *rest = pieces
    return first.text + "".join(piece.joint + piece.text for piece in rest)
