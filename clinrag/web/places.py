"""Where the passages of an edition stand on the pages of its file.

Promises: every passage of a page is named, in reading order; boxes are in points of
1/72 inch from the bottom left corner, left, bottom, right, top, as PDF counts them
(ISO 32000-2, 8.3.2.3). Will not: guess a box that the parser did not record.
"""

from dataclasses import dataclass
from uuid import UUID

from ingestion import queries
from ingestion.queries import PassageView

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """A passage on a page; without boxes, only the page is known."""

    position: int
    boxes: tuple[Box, ...] = ()


def places_on(version_id: UUID, *, page: int) -> list[PassagePlace]:
    """The passages that stand on a page, counted from 1."""
    passages = queries.passages_of(version_id)
    return [PassagePlace(one.position) for one in passages if _stands_on(one, page)]


def _stands_on(passage: PassageView, page: int) -> bool:
    first = passage.page_from
    return first is not None and first <= page <= (passage.page_to or first)
