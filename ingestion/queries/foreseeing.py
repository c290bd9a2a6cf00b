"""What an edition is made of, beside those before it.

Promises: ids and hashes only, a few statements whatever the length; of a text that was
cut anew, the cut that is searched. Will not: read text.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from ingestion.errors import VersionNotFound
from ingestion.models import DocumentVersion, VersionChunk


@dataclass(frozen=True, slots=True)
class PlacedChunk:
    """A passage in its place; `is_new` if no edition before has it as it is searched.

    A cut that was abandoned, or that another took the place of, makes no passage known.
    """

    chunk_id: UUID
    position: int
    is_new: bool


def placed_chunks(version_id: UUID) -> list[PlacedChunk]:
    """The passages in reading order; raises `VersionNotFound`."""
    version = DocumentVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise VersionNotFound
    rows = VersionChunk.objects.filter(version=version, cut=version.cut)
    places = list(rows.order_by("position").values_list("chunk_id", "position"))
    before = VersionChunk.objects.filter(
        version__document_id=version.document_id,
        version__number__lt=version.number,
        cut=F("version__cut"),
    )
    seen = set(before.values_list("chunk_id", flat=True).distinct())
    return [PlacedChunk(chunk, at, chunk not in seen) for chunk, at in places]
