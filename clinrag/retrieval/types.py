"""The values that travel into and out of a search.

Promises: frozen, comparable values without behaviour. They hold patient text
(the question) and so must never be logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

# Every passage in force was compared, or those near by an index and best by words.
EXACT: Final = "exact"
APPROXIMATE: Final = "approximate"


@dataclass(frozen=True, slots=True)
class RetrievalQuery:
    """What to look for, where, and as of when.

    `as_of` is when a text applied, `known_at` when it was recorded that it does (None:
    by all that is recorded). `supposing` is a version to take for the one in force of
    its document, for whoever decides about it; no question that is asked has one.
    `indexed_at`, beside `known_at`, searches by the cuts and embedders in use at that
    moment, for whoever runs a search again. `exactly` compares every passage, however
    many there are.
    """

    text: str
    collection_ids: tuple[UUID, ...]
    language: str
    as_of: datetime
    limit: int = 8
    known_at: datetime | None = None
    supposing: UUID | None = None
    indexed_at: datetime | None = None
    exactly: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """An abbreviation found in a question and the words searched besides it."""

    short: str
    long: str


@dataclass(frozen=True, slots=True)
class RetrievedPassage:
    """One passage in force, with where it stands and how each channel saw it.

    `score` lies in 0 to 1. `vector_score` is the cosine similarity (None when
    the passage has no embedding of this embedder), `lexical_score` the BM25
    score (None when it holds no word of the question). Ranks start at 1. `strength` and
    `certainty` are what its recommendations state; `ocr_confidence` (0 to 1) is there
    when any of it was read out of a picture.
    """

    chunk_id: UUID
    version_chunk_id: int
    content_sha256: str
    text: str
    section_path: tuple[str, ...]
    page_from: int | None
    page_to: int | None
    char_start: int
    char_end: int
    version_id: UUID
    version_label: str
    in_force_from: datetime
    document_id: UUID
    document_title: str
    publisher: str
    collection_slug: str
    rank: int
    score: float
    vector_score: float | None
    vector_rank: int | None
    lexical_score: float | None
    lexical_rank: int | None
    strength: str = ""
    certainty: str = ""
    ocr_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """The passages found and everything needed to find them again.

    `path` says how the search was made, EXACT or APPROXIMATE, and `parameters` by which
    numbers and dictionary. `candidates_considered` counts the passages searched.
    The corpus position is None also when a version was only supposed to be in force.
    """

    query_text: str
    expanded_text: str
    expansions: tuple[Expansion, ...]
    as_of: datetime
    known_at: datetime | None
    corpus_position: str | None
    embedder: str
    path: str
    candidates_considered: int
    passages: tuple[RetrievedPassage, ...]
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rankings:
    """Chunk ids, best first, by each channel alone and by both.

    `parts` holds what the fused score of each is made of: vector, lexical, closeness.
    """

    vector: tuple[UUID, ...]
    lexical: tuple[UUID, ...]
    fused: tuple[UUID, ...]
    parts: Mapping[UUID, tuple[float, float, float]]
