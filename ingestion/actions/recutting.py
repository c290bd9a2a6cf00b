"""Cutting a version's text anew by the chunker of today, beside the cut it has.

Promises: the text stays the one that was reviewed, to the character; a section that the
chunker of today would write differently keeps the passages it has. Will not: say which
cut is searched.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from ingestion import parsed_files
from ingestion.actions.passages import store_places
from ingestion.actions.services import chunking_parameters, content_store
from ingestion.chunking import chunk
from ingestion.embedding import Embedder
from ingestion.models import DocumentVersion, IndexBuild, VersionChunk
from ingestion.types import ChunkDraft


def is_cut_by_another(version: DocumentVersion, *, chunker: str) -> bool:
    """Whether passages that are searched were cut by another chunker than this.

    A build leaves passages as they are where it cannot cut them anew: its cut is this
    chunker's nevertheless, or the next build would begin with the same again.
    """
    builds = IndexBuild.objects.filter(collection=version.document.collection_id)
    if version.cut > 1 and builds.filter(cut=version.cut, chunker=chunker).exists():
        return False
    rows = VersionChunk.objects.filter(version=version, cut=version.cut)
    return rows.exclude(chunk__chunker=chunker).exists()


def recut(version: DocumentVersion, *, cut: int, embedder: Embedder) -> None:
    """Write the passages of another cut, in the caller's transaction, once.

    The caller holds the document's lock. Raises `EmbeddingFailed` and what the store
    raises.
    """
    if VersionChunk.objects.filter(version=version, cut=cut).exists():
        return
    parsed = parsed_files.read(content_store().get(version.parsed_sha256))
    chunked = chunk(
        parsed,
        parameters=chunking_parameters(
            embedder, collection=version.document.collection
        ),
        count_tokens=embedder.count_tokens,
    )
    drafts = list(_placed(version, chunked.chunks))
    store_places(version, drafts=drafts, chunker=chunked.chunker, cut=cut)


def _placed(
    version: DocumentVersion, drafts: Sequence[ChunkDraft]
) -> Iterator[ChunkDraft]:
    """The new passages where the text has them, else the old ones of the section."""
    text, there = version.version_text.text, _old_sections(version)
    position = reached = 0
    for path, group in groupby(drafts, key=lambda draft: draft.section_path):
        old = there[path].pop(0) if there.get(path) else []
        new = _found(text, list(group), reached)
        for draft in new if new is not None else old:
            yield replace(draft, position=position)
            position, reached = position + 1, max(reached, draft.char_start)


def _found(
    text: str, drafts: Sequence[ChunkDraft], reached: int
) -> list[ChunkDraft] | None:
    found: list[ChunkDraft] = []
    for draft in drafts:
        start = text.find(draft.text, reached)
        if start < 0:
            return None
        found.append(replace(draft, char_start=start, char_end=start + len(draft.text)))
        reached = start
    return found


def _old_sections(
    version: DocumentVersion,
) -> dict[tuple[str, ...], list[list[ChunkDraft]]]:
    rows = VersionChunk.objects.filter(version=version, cut=version.cut)
    drafts = [_draft(row) for row in rows.select_related("chunk").order_by("position")]
    sections: dict[tuple[str, ...], list[list[ChunkDraft]]] = {}
    for path, group in groupby(drafts, key=lambda draft: draft.section_path):
        sections.setdefault(path, []).append(list(group))
    return sections


def _draft(row: VersionChunk) -> ChunkDraft:
    return ChunkDraft(
        text=row.chunk.text,
        section_path=tuple(row.chunk.section_path),
        position=row.position,
        page_from=row.page_from,
        page_to=row.page_to,
        char_start=row.char_start,
        char_end=row.char_end,
        content_sha256=row.chunk.content_sha256,
        token_count=row.chunk.token_count,
        strength=row.strength,
        certainty=row.certainty,
        confidence=row.ocr_confidence,
    )
