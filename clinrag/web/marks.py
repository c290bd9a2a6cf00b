"""Cutting a version's text into passages and a marked span.

Promises: pure; the pieces joined give the text back exactly, whatever the
passages and the span are. Will not: trust a span that leaves the text.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

CONTEXT = 450
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands: characters `start` up to `end` of the text, on `page`."""

    position: int
    start: int
    end: int
    label: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, inside the marked span or not."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line between passages; `sign` is the Markdown before a heading's words."""

    level: int
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """The text of one passage, or the text between two."""

    passage: Place | None
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def is_table(self) -> bool:
        return self.text.startswith("|")

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that say something, headings with their level."""
        lines = (line.strip() for line in self.text.splitlines())
        return tuple(_line(line) for line in lines if line)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote and the text around it; `cut_*` say that more stands there."""

    before: str
    quote: str
    after: str
    cut_before: bool
    cut_after: bool


def segments(
    text: str, *, places: Iterable[Place], span: tuple[int, int] | None = None
) -> tuple[Segment, ...]:
    """Cut the text at its passages; characters in `span` are marked."""
    return tuple(
        Segment(place, _pieces(text, start, end, span))
        for place, start, end in _ranges(len(text), places)
        if start < end
    )


def _ranges(
    length: int, places: Iterable[Place]
) -> Iterator[tuple[Place | None, int, int]]:
    at = 0
    for place in sorted(places, key=lambda one: (one.start, one.position)):
        start, end = max(place.start, at), min(place.end, length)
        if start >= end:
            continue
        yield None, at, start
        yield place, start, end
        at = end
    yield None, at, length


def _pieces(
    text: str, start: int, end: int, span: tuple[int, int] | None
) -> tuple[Piece, ...]:
    first, last = span or (0, 0)
    first, last = max(first, start), min(last, end)
    if first >= last:
        return (Piece(text[start:end]),)
    parts: Sequence[Piece] = (
        Piece(text[start:first]),
        Piece(text[first:last], marked=True),
        Piece(text[last:end]),
    )
    return tuple(part for part in parts if part.text)


def excerpt(text: str, *, start: int, end: int, context: int = CONTEXT) -> Excerpt:
    """The characters `start` to `end` with some around them, cut at words."""
    left = _word_edge(text, max(0, start - context), forward=True, stop=start)
    right = _word_edge(text, min(len(text), end + context), forward=False, stop=end)
    return Excerpt(
        text[left:start], text[start:end], text[end:right], left > 0, right < len(text)
    )


def _line(line: str) -> Line:
    words = line.lstrip("#")
    level = len(line) - len(words)
    if 0 < level <= DEEPEST and words.startswith(" "):
        return Line(level, line[: level + 1], words.strip())
    return Line(0, "", line)


def _word_edge(text: str, at: int, *, forward: bool, stop: int) -> int:
    if at in {0, len(text)}:
        return at
    step = 1 if forward else -1
    edge = at
    while edge != stop and not text[edge if forward else edge - 1].isspace():
        edge += step
    return edge
