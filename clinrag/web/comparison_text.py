"""The marked words of a sentence, cut where a comment or a link begins and ends.

Promises: pure; the pieces spell both texts, but that white space alone is neither
struck out nor underlined; each piece knows where it stands in either text. Will not:
decide what is shown.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ingestion.diffing import SentenceChange, WordOp
from ingestion.queries import CommentView

RANGE: Final = re.compile(
    r"(s-[0-9a-f]{12}(?:-\d{1,4})?):(old|new):(\d{1,7})-(\d{1,7})"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """Characters of one side of a section; `thread` if they are commented on."""

    section: str
    side: str
    start: int
    end: int
    thread: str = ""

    @classmethod
    def of_comment(cls, one: CommentView) -> "Marked":
        return cls(one.section, one.side, one.char_start, one.char_end, str(one.id))

    @property
    def address(self) -> str:
        """The range as an address names it."""
        return f"{self.section}:{self.side}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words: `insert`, `delete` or `equal`; marked, and for what.

    White space at the end of a mark is shown plainly; `origin` says where it is from.
    """

    op: str
    text: str
    origin: str = ""
    old_at: int = 0
    new_at: int = 0
    is_marked: bool = False
    thread: str = ""


def marked_range(told: str) -> Marked | None:
    """The range that an address names, if it is one."""
    found = RANGE.fullmatch(told)
    if found is None or int(found[3]) >= int(found[4]):
        return None
    return Marked(found[1], found[2], int(found[3]), int(found[4]))


def pieces_of(one: SentenceChange, ranges: Sequence[Marked]) -> tuple[Piece, ...]:
    """Cut a sentence's marks at the ends of the ranges."""
    found = _pieces(one, ranges)
    return tuple(part for piece in found for part in _trimmed(piece))


def _trimmed(piece: Piece) -> Iterator[Piece]:
    """A line is drawn through or under words, not under the space after them."""
    words = piece.text.rstrip()
    if piece.op == "equal" or words == piece.text:
        yield piece
        return
    length = len(words)
    yield replace(piece, text=words)
    yield replace(
        piece,
        op="equal",
        text=piece.text[length:],
        old_at=piece.old_at + (length if piece.op == "delete" else 0),
        new_at=piece.new_at + (length if piece.op == "insert" else 0),
        is_marked=False,
        thread="",
    )


def _pieces(one: SentenceChange, ranges: Sequence[Marked]) -> Iterator[Piece]:
    old_at, new_at = one.old_span[0], one.new_span[0]
    for mark in one.words:
        side = "old" if mark.op is WordOp.DELETE else "new"
        at = old_at if side == "old" else new_at
        touched = [one for one in ranges if one.side == side]
        if mark.op is WordOp.EQUAL:
            shift = new_at - old_at
            touched += [_shifted(one, shift) for one in ranges if one.side == "old"]
        op = _shown_op(mark.op, mark.text)
        for start, end in _cuts(at, at + len(mark.text), touched):
            text = mark.text[start - at : end - at]
            moved = start - at
            hit = next((r for r in touched if r.start < end and start < r.end), None)
            if op:
                yield Piece(
                    op,
                    text,
                    str(mark.op),
                    old_at + (moved if mark.op is not WordOp.INSERT else 0),
                    new_at + (moved if mark.op is not WordOp.DELETE else 0),
                    is_marked=hit is not None,
                    thread=hit.thread if hit else "",
                )
        old_at += len(mark.text) if mark.op is not WordOp.INSERT else 0
        new_at += len(mark.text) if mark.op is not WordOp.DELETE else 0


def _shown_op(op: WordOp, text: str) -> str:
    """White space that came is only there, and white space that went is not."""
    if text.strip():
        return str(op)
    return "" if op is WordOp.DELETE else "equal"


def _shifted(one: Marked, by: int) -> Marked:
    return Marked(one.section, "new", one.start + by, one.end + by, one.thread)


def _cuts(start: int, end: int, ranges: Iterable[Marked]) -> Iterator[tuple[int, int]]:
    edges = {start, end}
    for one in ranges:
        edges |= {edge for edge in (one.start, one.end) if start < edge < end}
    yield from pairwise(sorted(edges))
