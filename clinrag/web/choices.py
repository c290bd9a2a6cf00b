"""Documents that a form offers to choose from.

Promises: whichever is chosen already is among them; when there are more than a list
can hold, the page says how many and lets them be narrowed by title.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ingestion import queries
from ingestion.errors import DocumentNotFound
from ingestion.queries import DocumentView

MOST: Final = 1000
LONGEST_TITLE: Final = 200


@dataclass(frozen=True, slots=True)
class Offered:
    """The first by title of those whose title holds `title`, and how many do."""

    documents: tuple[DocumentView, ...]
    total: int
    title: str
    most: int

    @property
    def is_cut(self) -> bool:
        """Whether some are not offered."""
        return self.total > self.most


def offer_documents(slugs: Sequence[str], *, title: str, chosen: str) -> Offered:
    """Of these collections; `chosen` is an id, or nothing that anybody chose."""
    title = title.replace("\x00", "")[:LONGEST_TITLE]
    found = queries.documents(
        collection_slugs=slugs, title_contains=title, limit=MOST + 1
    )
    total = len(found)
    if total > MOST:
        total = queries.count_documents(collection_slugs=slugs, title_contains=title)
    named = _named(chosen, slugs)
    beside = [] if named is None or named in found[:MOST] else [named]
    return Offered((*found[:MOST], *beside), total, title, MOST)


def _named(chosen: str, slugs: Sequence[str]) -> DocumentView | None:
    try:
        found = queries.document(UUID(chosen))
    except (ValueError, DocumentNotFound):
        return None
    return found if found.collection_slug in slugs else None
