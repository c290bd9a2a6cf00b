"""Where a stretch of a version's text stands on the pages of its file.

Promises: boxes are those the parser measured; a line of which only a part is asked for
is cut in proportion. What the parser did not measure (a file without pages, or one
parsed before places were kept) has no boxes, and that is no error.
Will not: decide who may see the page, or look at the file itself.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings

from ingestion import parsed_files
from ingestion.errors import VersionNotFound
from ingestion.models import DocumentVersion, VersionText
from ingestion.storage import ContentStore
from ingestion.types import Block, Box, PageSize, ParsedDocument

MARKUP: Final = re.compile(r"^\s*(?:#+ |- )")
REPEATED_WITHIN: Final = 40_000  # a table's header or a lead-in, told again
NO_SIZE: Final = PageSize(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle in points from the bottom left of the page, before it is turned.

    `confidence` (0 to 1) is there when its text was read out of a picture.
    """

    left: float
    bottom: float
    right: float
    top: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class PagePlaces:
    """What of a stretch stands on one page; a size of 0 is unknown."""

    page: int
    width: float
    height: float
    rotation: int
    boxes: tuple[Place, ...]


def places_of(
    version_id: UUID, char_start: int, char_end: int
) -> tuple[PagePlaces, ...]:
    """Return the places of `text[char_start:char_end]` of a version, page by page.

    Raises `VersionNotFound`, `ContentNotFound` and `ContentDamaged`.
    """
    rows = DocumentVersion.objects.filter(pk=version_id)
    kept = rows.values_list("parsed_sha256", flat=True).first()
    if kept is None:
        raise VersionNotFound
    texts = VersionText.objects.filter(version_id=version_id)
    text = texts.values_list("text", flat=True).first()
    if not kept or not text:
        return ()
    store = ContentStore(settings.CLINRAG_STORAGE_DIR)
    return places_in(
        parsed_files.read(store.get(kept)), text=text, start=char_start, end=char_end
    )


def places_in(
    parsed: ParsedDocument, *, text: str, start: int, end: int
) -> tuple[PagePlaces, ...]:
    """Return the places of `text[start:end]`, where `text` was cut from `parsed`."""
    if not any(block.boxes for block in parsed.blocks):
        return ()
    ground = _Ground(parsed.blocks)
    found: dict[int, list[Place]] = {}
    for first, last in ground.spans_of(text, start, end):
        for page, place in ground.places(first, last):
            found.setdefault(page, []).append(place)
    return tuple(
        _page(parsed, page, tuple(dict.fromkeys(places)))
        for page, places in sorted(found.items())
    )


def _page(parsed: ParsedDocument, page: int, boxes: tuple[Place, ...]) -> PagePlaces:
    sizes = parsed.page_sizes
    size = sizes[page - 1] if 0 < page <= len(sizes) else NO_SIZE
    return PagePlaces(page, size.width, size.height, size.rotation, boxes)


class _Ground:
    """The words of all blocks without white space, and which box holds which."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        self._starts: list[int] = []
        words: list[str] = []
        length = 0
        for block in blocks:
            squeezed = _squeezed(block.text)
            self._starts.append(length)
            words.append(squeezed)
            length += len(squeezed)
        self._words = "".join(words)

    def spans_of(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Give the stretches of the words that `text[start:end]` was made of.

        The text holds the words line by line in their order; what it tells twice
        stands a little before.
        """
        cursor = begun = 0
        for raw in text.split("\n"):
            if begun >= end:
                return
            mark = MARKUP.match(raw)
            skipped = mark.end() if mark else 0
            words = _squeezed(raw[skipped:])
            place = self._find(words, cursor) if words else -1
            if place >= 0:
                cursor = max(cursor, place + len(words))
                inside = raw[skipped : max(start - begun, skipped)]
                until = raw[skipped : max(end - begun, skipped)]
                first, last = len(_squeezed(inside)), len(_squeezed(until))
                if first < last and begun + len(raw) > start:
                    yield place + first, place + last
            begun += len(raw) + 1

    def _find(self, words: str, cursor: int) -> int:
        if self._words.startswith(words, cursor):
            return cursor
        recent = max(cursor - REPEATED_WITHIN, 0)
        before = self._words.rfind(words, recent, cursor)
        return before if before >= 0 else self._words.find(words, cursor)

    def places(self, first: int, last: int) -> Iterator[tuple[int, Place]]:
        """Give page and place of the words from `first` to `last`."""
        index = max(bisect_right(self._starts, first) - 1, 0)
        while index < len(self._blocks) and self._starts[index] < last:
            block, begun = self._blocks[index], self._starts[index]
            for box in block.boxes:
                low = begun + len(_squeezed(block.text[: box.start]))
                high = begun + len(_squeezed(block.text[: box.end]))
                if low < last and high > first:
                    shares = _shares(low, high, first, last)
                    yield box.page, _cut(box, shares, confidence=block.confidence)
            index += 1


def _shares(low: int, high: int, first: int, last: int) -> tuple[float, float]:
    length = high - low
    return max(first - low, 0) / length, min(last - low, length) / length


def _cut(box: Box, shares: tuple[float, float], *, confidence: float | None) -> Place:
    width = box.right - box.left
    return Place(
        left=round(box.left + width * shares[0], 1),
        bottom=box.bottom,
        right=round(box.left + width * shares[1], 1),
        top=box.top,
        confidence=confidence,
    )


def _squeezed(text: str) -> str:
    return "".join(text.split())
