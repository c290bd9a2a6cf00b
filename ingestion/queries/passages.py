"""Passages and texts for readers.

Promises: a passage's text is cut from its version's own text, so spans and text agree
to the character; what is searchable at a moment is what `ingestion_active_chunks`
says, and nothing else. Will not: rank.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from ingestion.errors import PassageNotFound, VersionNotFound
from ingestion.models import DocumentVersion, VersionChunk, VersionText
from ingestion.queries.views import PassageView


@dataclass(frozen=True, slots=True)
class ActiveChunk:
    """A row that came through the one door to searchable text."""

    version_chunk_id: int
    chunk_id: UUID
    version_id: UUID
    document_id: UUID


def active_chunks(
    *,
    as_of: datetime,
    collection_ids: Sequence[UUID],
    known_at: datetime | None = None,
    supposing: UUID | None = None,
) -> list[ActiveChunk]:
    """The passages in force at `as_of`, in a stable order.

    By what was recorded at `known_at`, or by all there is; with the version
    `supposing` taken for the one in force of its document.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version_chunk_id, chunk_id, version_id, document_id"
            " FROM ingestion_active_chunks(%s, %s, %s::timestamptz, %s::uuid)"
            " ORDER BY version_chunk_id",
            [as_of, list(collection_ids), known_at, supposing],
        )
        return [ActiveChunk(*row) for row in cursor.fetchall()]


def passage(version_id: UUID, chunk_id: UUID) -> PassageView:
    """The passage where it first stands in the version; raises `PassageNotFound`."""
    found = passages([(version_id, chunk_id)])
    if not found:
        raise PassageNotFound
    return found[0]


def passages(pairs: Iterable[tuple[UUID, UUID]]) -> list[PassageView]:
    """Passages by (version id, chunk id), by version and position.

    Of a text cut anew, where they stand in the cut that is searched; a passage that is
    only in older ones, where it stands in the last of them.
    """
    wanted = Q()
    for version_id, chunk_id in pairs:
        wanted |= Q(version_id=version_id, chunk_id=chunk_id)
    return _views(_of_one_cut(_placements().filter(wanted))) if wanted else []


def passages_by_placement(version_chunk_ids: Sequence[int]) -> list[PassageView]:
    """Passages by the ids of their places in a version, in the order asked for."""
    views = _views(_placements().filter(pk__in=version_chunk_ids))
    by_id = {view.version_chunk_id: view for view in views}
    return [by_id[place] for place in version_chunk_ids if place in by_id]


def passages_of(version_id: UUID) -> list[PassageView]:
    """All passages of a version, in reading order."""
    rows = _placements().filter(version_id=version_id, cut=F("version__cut"))
    return _views(rows)


def version_text(version_id: UUID) -> str:
    """The version's whole text, empty until it is cut; raises `VersionNotFound`."""
    texts = VersionText.objects.filter(version_id=version_id)
    text = texts.values_list("text", flat=True).first()
    if text is None and not DocumentVersion.objects.filter(pk=version_id).exists():
        raise VersionNotFound
    return text or ""


def _placements() -> QuerySet[VersionChunk]:
    rows = VersionChunk.objects.select_related("chunk", "version__document__collection")
    return rows.order_by("version_id", "position")


def _of_one_cut(rows: Iterable[VersionChunk]) -> Iterator[VersionChunk]:
    """The places of each passage in the cut that is searched, or the last that has it.

    A build that was gone back from leaves a cut that is newer than the searched one.
    """
    found, best = list(rows), dict[tuple[UUID, UUID], tuple[bool, int]]()
    ranks = [(row.cut == row.version.cut, row.cut) for row in found]
    for row, rank in zip(found, ranks, strict=True):
        place = (row.version_id, row.chunk_id)
        best[place] = max(rank, best.get(place, rank))
    for row, rank in zip(found, ranks, strict=True):
        if rank == best[row.version_id, row.chunk_id]:
            yield row


def _views(rows: Iterable[VersionChunk]) -> list[PassageView]:
    found = list(rows)
    texts = dict(
        VersionText.objects.filter(
            version_id__in={row.version_id for row in found}
        ).values_list("version_id", "text")
    )
    return [_view(row, text=texts[row.version_id]) for row in found]


def _view(row: VersionChunk, *, text: str) -> PassageView:
    version, document = row.version, row.version.document
    return PassageView(
        version_chunk_id=row.id,
        chunk_id=row.chunk_id,
        content_sha256=row.chunk.content_sha256,
        text=text[row.char_start : row.char_end],
        section_path=tuple(row.chunk.section_path),
        position=row.position,
        page_from=row.page_from,
        page_to=row.page_to,
        char_start=row.char_start,
        char_end=row.char_end,
        version_id=version.id,
        version_label=version.label,
        version_status=version.status,
        in_force_from=version.in_force_from,
        in_force_to=version.in_force_to,
        document_id=document.id,
        document_title=document.title,
        publisher=document.publisher,
        collection_id=document.collection_id,
        collection_slug=document.collection.slug,
        strength=row.strength,
        certainty=row.certainty,
        ocr_confidence=row.ocr_confidence,
    )
