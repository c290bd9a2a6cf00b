"""Passages and drafts for the pure parts of answering."""

from datetime import UTC, datetime
from uuid import UUID

from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)
from clinrag.retrieval.types import RetrievedPassage


def passage(text: str, number: int = 1, **fields: object) -> EvidencePassage:
    return EvidencePassage(number=number, text=text, **fields)  # type: ignore[arg-type]


def claim(text: str, *quotes: str, number: int = 1) -> DraftClaim:
    return DraftClaim(text, tuple(DraftCitation(number, quote) for quote in quotes))


def draft(*claims: DraftClaim) -> DraftAnswer:
    return DraftAnswer(claims, abstained=not claims)


def retrieved(text: str, rank: int = 1, **changes: object) -> RetrievedPassage:
    fields: dict[str, object] = {
        "chunk_id": UUID(int=rank),
        "version_chunk_id": rank,
        "content_sha256": "0" * 64,
        "text": text,
        "section_path": ("Recommendations", "Dose"),
        "page_from": 3,
        "page_to": 3,
        "char_start": 100,
        "char_end": 100 + len(text),
        "version_id": UUID(int=1000),
        "version_label": "2022",
        "in_force_from": datetime(2022, 11, 4, tzinfo=UTC),
        "document_id": UUID(int=2000),
        "document_title": "Opioid guideline",
        "publisher": "CDC",
        "collection_slug": "pain",
        "rank": rank,
        "score": 0.9,
        "vector_score": 0.8,
        "vector_rank": rank,
        "lexical_score": 3.0,
        "lexical_rank": rank,
    }
    return RetrievedPassage(**(fields | changes))  # type: ignore[arg-type]
