"""The reading order of a PDF page with columns.

Promises: rows that stand side by side are read column by column, from one line across
the page to the next; a page without two columns of running text keeps PDFium's order.
Will not: take a table of short cells for columns.
"""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from ingestion.parsers.pdf_lines import Row, Segment

STEP: Final = 3.0
HAIR: Final = 2.0
LEAST_ROWS: Final = 5
MIDDLE: Final = (0.25, 0.75)
CROSSING_SHARE: Final = 0.5
FILLED: Final = (
    0.55  # of the column's width by its typical row: prose does, cells do not
)
LEAST_CHARACTERS: Final = 18
MOST_SPLITS: Final = 2  # up to four columns
MOST_SEGMENTS: Final = 2000


def in_reading_order(rows: Sequence[Row], *, splits: int = MOST_SPLITS) -> list[Row]:
    """Return the rows in order, cut where they reach over a gutter."""
    segments = [one for row in rows for one in row]
    gutter = _gutter(segments) if splits and len(segments) <= MOST_SEGMENTS else None
    if gutter is None:
        return list(rows)
    ordered: list[Row] = []
    for across, left, right in _bands(_sided(rows, gutter)):
        ordered += in_reading_order(left, splits=splits - 1)
        ordered += in_reading_order(right, splits=splits - 1)
        ordered += across
    return ordered


def _gutter(segments: Sequence[Segment]) -> float | None:
    """Where a white strip parts two columns of prose, or None."""
    if len(segments) < 2 * LEAST_ROWS:
        return None
    left = min(one.left for one in segments)
    width = max(one.right for one in segments) - left
    begins = sorted(one.left for one in segments)
    if begins[-LEAST_ROWS] < left + width * MIDDLE[0]:
        return None
    places = (
        left + width * MIDDLE[0] + STEP * step
        for step in range(int(width * (MIDDLE[1] - MIDDLE[0]) / STEP) + 1)
    )
    crossed = {place: _crossing(segments, place) for place in places}
    fewest = min(crossed.values(), default=len(segments))
    best = [place for place, count in crossed.items() if count == fewest]
    if not best or fewest > len(segments) * CROSSING_SHARE:
        return None
    gutter = best[len(best) // 2]
    return gutter if _are_columns(segments, gutter) else None


def _crossing(segments: Sequence[Segment], place: float) -> int:
    return sum(1 for one in segments if _crosses(one, place))


def _crosses(one: Segment, place: float) -> bool:
    return one.left < place - HAIR and one.right > place + HAIR


def _are_columns(segments: Sequence[Segment], gutter: float) -> bool:
    left = [one for one in segments if one.right <= gutter + HAIR]
    right = [one for one in segments if one.left >= gutter - HAIR]
    return (
        _is_prose(left)
        and _is_prose(right)
        and max(one.bottom for one in left) > min(one.bottom for one in right)
        and max(one.bottom for one in right) > min(one.bottom for one in left)
    )


def _is_prose(column: Sequence[Segment]) -> bool:
    if len(column) < LEAST_ROWS:
        return False
    width = max(one.right for one in column) - min(one.left for one in column)
    filled = median(one.right - one.left for one in column) / (width or 1.0)
    typical = median(len(one.text) for one in column)
    return filled >= FILLED and typical >= LEAST_CHARACTERS


def _sided(rows: Sequence[Row], gutter: float) -> list[tuple[float, int, Row]]:
    """Cut rows at the gutter: (height, side, part), side 0 reaching across."""
    parts: list[tuple[float, int, Row]] = []
    for row in rows:
        left = tuple(one for one in row if one.right <= gutter + HAIR)
        right = tuple(one for one in row if one.left >= gutter - HAIR)
        if len(left) + len(right) < len(row):
            parts.append((row[0].bottom, 0, row))
            continue
        parts += [
            (part[0].bottom, side, part)
            for side, part in ((1, left), (2, right))
            if part
        ]
    return sorted(parts, key=lambda part: -part[0])


def _bands(
    parts: Sequence[tuple[float, int, Row]],
) -> Iterator[tuple[list[Row], list[Row], list[Row]]]:
    """Give what closes each band, and what stands left and right above it."""
    left: list[Row] = []
    right: list[Row] = []
    for _, side, row in parts:
        if side:
            (left if side == 1 else right).append(row)
        else:
            yield [row], left, right
            left, right = [], []
    yield [], left, right
