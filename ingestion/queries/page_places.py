"""Where the passages of one page of a file stand, read at once.

Promises: every passage of the page in reading order; one whose place the parser did
not measure has no boxes. Reads the parsed file once, however many passages there are.
Will not: decide who may see the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from ingestion import parsed_files
from ingestion.errors import ContentNotFound
from ingestion.models import DocumentVersion, VersionChunk, VersionText
from ingestion.queries.places import PagePlaces, Place, places_in
from ingestion.storage import ContentStore
from ingestion.types import ParsedDocument


@dataclass(frozen=True, slots=True)
class PassagePlace:
    """A passage by its position, with its rectangles on the page."""

    position: int
    boxes: tuple[Place, ...]


def passages_on_page(version_id: UUID, *, page: int) -> list[PassagePlace]:
    """The passages that stand on a page, counted from 1.

    Raises `ContentDamaged`.
    """
    spans = _spans_on(version_id, page)
    parsed = _parsed(version_id) if spans else None
    if parsed is None:
        return [PassagePlace(position, ()) for position, _, _ in spans]
    text = VersionText.objects.values_list("text", flat=True).get(pk=version_id)
    return [
        PassagePlace(position, _on(page, places_in(parsed, text=text, start=a, end=b)))
        for position, a, b in spans
    ]


def _spans_on(version_id: UUID, page: int) -> list[tuple[int, int, int]]:
    rows = VersionChunk.objects.filter(version_id=version_id, cut=F("version__cut"))
    rows = rows.filter(page_from__lte=page)
    rows = rows.annotate(last=Coalesce(F("page_to"), F("page_from")))
    rows = rows.filter(Q(last__gte=page)).order_by("position")
    return list(rows.values_list("position", "char_start", "char_end"))


def _parsed(version_id: UUID) -> ParsedDocument | None:
    """What the parser kept; None when there is nothing to read any more."""
    rows = DocumentVersion.objects.filter(pk=version_id)
    kept = rows.values_list("parsed_sha256", flat=True).first()
    if not kept:
        return None
    try:
        return parsed_files.read(ContentStore(settings.CLINRAG_STORAGE_DIR).get(kept))
    except ContentNotFound:
        return None


def _on(page: int, found: Sequence[PagePlaces]) -> tuple[Place, ...]:
    return next((one.boxes for one in found if one.page == page), ())
