"""The corpus as it was when a question was asked.

Promises: text in force then by what was recorded then, cut and embedded as it was
searched then, under the titles and labels it then had, whatever came since: later
editions, withdrawals, corrections, another index. Will not: bring back vectors that
were deleted, or an embedder that this process does not have.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from clinrag.answering.models import AnswerPassage
from clinrag.answering.replay.record import Recorded
from clinrag.retrieval.search import QueryEmbedder, retrieve
from clinrag.retrieval.types import Retrieval, RetrievalQuery, RetrievedPassage
from ingestion import queries
from ingestion.embedding import Embedder, embedder_named, identity_of
from ingestion.queries import CollectionView, PassageView


@dataclass(frozen=True, slots=True)
class SearchThen:
    """A search as it was made: what was looked for, where, by which embedder."""

    text: str
    collections: tuple[CollectionView, ...]
    embedder: QueryEmbedder


def known_then(recorded: Recorded) -> datetime | None:
    """The moment that names the recorded corpus position; None when none does."""
    position = recorded.corpus_position
    if position is None:
        return recorded.asked_at
    return queries.moment_of_position(UUID(position))


def embedder_then(recorded: Recorded, *, own: Embedder) -> Embedder:
    """The embedder that the record names, else the one given, which older ones mean.

    Raises EmbedderUnknown, or EmbeddingFailed if it cannot start.
    """
    named = recorded.search.get("embedder", "").split()
    identity = identity_of(own)
    if not named or identity in named:
        return own
    return embedder_named(named[0])


def search_then(
    recorded: Recorded, search: SearchThen, *, known_at: datetime
) -> Retrieval:
    """Search as it was searched, and exactly. Raises what `retrieve` raises."""
    limit = int(recorded.search.get("limit", len(recorded.passages)))
    query = RetrievalQuery(
        text=search.text,
        collection_ids=tuple(one.id for one in search.collections),
        language=search.collections[0].language,
        as_of=recorded.as_of,
        limit=max(1, limit),
        known_at=known_at,
        indexed_at=recorded.asked_at,
        exactly=True,
    )
    return retrieve(query, embedder=search.embedder)


def lost_vectors(recorded: Recorded, *, embedder: QueryEmbedder) -> int:
    """How many passages had a vector then and have none now.

    Of any of the embedders that the record names, since each collection has its own;
    of the one given where it names none.
    """
    had = {one.chunk_id for one in recorded.passages if one.vector_score is not None}
    named = recorded.search.get("embedder", "").split()
    for identity in named or [identity_of(embedder)]:
        had -= queries.embedded_among(list(had), embedder=identity)
    return len(had)


def passages_then(recorded: Recorded) -> tuple[RetrievedPassage, ...]:
    """The recorded passages with their text, in their order, described as then.

    Those whose text is gone are left out.
    """
    rows = AnswerPassage.objects.filter(answer_id=recorded.view.row.id)
    places = rows.order_by("rank").values_list("version_chunk_id", flat=True)
    found = {
        (one.version_id, one.chunk_id): one
        for one in queries.passages_by_placement(list(places))
    }
    return tuple(
        _described(_retrieved(found[one.place], rank, recorded), recorded.asked_at)
        for rank, one in enumerate(recorded.passages, start=1)
        if one.place in found and found[one.place].content_sha256 == one.content_sha256
    )


def _retrieved(view: PassageView, rank: int, recorded: Recorded) -> RetrievedPassage:
    said = recorded.passages[rank - 1]
    return RetrievedPassage(
        chunk_id=view.chunk_id,
        version_chunk_id=view.version_chunk_id,
        content_sha256=view.content_sha256,
        text=view.text,
        section_path=view.section_path,
        page_from=view.page_from,
        page_to=view.page_to,
        char_start=view.char_start,
        char_end=view.char_end,
        version_id=view.version_id,
        version_label=view.version_label,
        in_force_from=view.in_force_from or recorded.asked_at,
        document_id=view.document_id,
        document_title=view.document_title,
        publisher=view.publisher,
        collection_slug=view.collection_slug,
        rank=rank,
        score=float(said.score),
        vector_score=_number(said.vector_score),
        # The record keeps no rank by channel; what counts is whether there was one.
        vector_rank=None if said.vector_score is None else rank,
        lexical_score=_number(said.lexical_score),
        lexical_rank=None if said.lexical_score is None else rank,
        strength=view.strength,
        certainty=view.certainty,
        ocr_confidence=view.ocr_confidence,
    )


def _described(passage: RetrievedPassage, at: datetime) -> RetrievedPassage:
    document = queries.document(passage.document_id, known_at=at)
    passage = replace(
        passage, document_title=document.title, publisher=document.publisher
    )
    known = queries.as_known(queries.version(passage.version_id), known_at=at)
    if known is None or known.in_force_from is None:
        return passage
    return replace(
        passage, version_label=known.label, in_force_from=known.in_force_from
    )


def _number(score: str | None) -> float | None:
    return None if score is None else float(score)
