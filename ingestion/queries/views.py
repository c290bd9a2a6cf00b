"""What readers of the corpus get: frozen values, never rows.

Promises: ids are UUIDs, times carry a zone, spans count characters of the version's
text. Will not: query.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ingestion.types import ParseWarning


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How files of a collection are read and cut; sizes in tokens, none for the usual.

    `tracked_changes` of a Word file are read as "accept"ed or "reject"ed, or the file
    is "refuse"d.
    """

    chunk_tokens: int | None = None
    chunk_min_tokens: int | None = None
    tracked_changes: str = "accept"


@dataclass(frozen=True, slots=True)
class CollectionView:
    """A collection; `audience` is "everyone" or "granted"."""

    id: UUID
    slug: str
    name: str
    specialty: str
    language: str
    audience: str
    created_at: datetime
    rules: ReadingRules = ReadingRules()


@dataclass(frozen=True, slots=True)
class Description:
    """What is said about a document; `owner_id` is who is asked to keep it right."""

    title: str
    publisher: str
    citation: str
    url: str
    licence: str
    language: str
    owner_id: str
    review_by: date | None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document without its versions."""

    id: UUID
    collection_id: UUID
    collection_slug: str
    title: str
    publisher: str
    citation: str
    url: str
    licence: str
    language: str
    owner_id: str
    review_by: date | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StageProgress:
    """How far a stage is: `done` of `total` units (files, passages)."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What a reviewer decided."""

    id: UUID
    version_id: UUID
    reviewer_id: str
    reviewer_name: str
    decision: str
    meaning: str
    comment: str
    decided_at: datetime
    authenticated_by: str = ""
    text_sha256: str = ""
    comparison_sha256: str = ""
    foresight_sha256: str = ""
    foresight: str = ""
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version as it is recorded; what its text is worth at a moment: `standing`."""

    id: UUID
    document_id: UUID
    document_title: str
    collection_slug: str
    number: int
    label: str
    filename: str
    media_type: str
    content_sha256: str
    byte_size: int
    status: str
    failure_code: str
    failure_message: str
    warnings: tuple[ParseWarning, ...]
    parser: str
    chunker: str
    pages: int | None
    author_id: str
    author_name: str
    received_at: datetime
    approved_at: datetime | None
    activated_at: datetime | None
    in_force_from: datetime | None
    in_force_to: datetime | None
    planned_until: datetime | None
    embargo_until: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str
    progress: tuple[StageProgress, ...]
    language: str = ""
    collection_language: str = ""

    @property
    def language_differs(self) -> bool:
        """Whether it is written in another language than it is searched by."""
        searched = self.collection_language.split("-", maxsplit=1)[0].lower()
        return bool(self.language) and self.language != searched


@dataclass(frozen=True, slots=True)
class PassageView:
    """A passage where it stands in one version.

    `text` is the version's own text between `char_start` and `char_end`. `strength`
    and `certainty` are what its recommendations state themselves; `ocr_confidence` (0
    to 1) is there when any of it was read out of a picture.
    """

    version_chunk_id: int
    chunk_id: UUID
    content_sha256: str
    text: str
    section_path: tuple[str, ...]
    position: int
    page_from: int | None
    page_to: int | None
    char_start: int
    char_end: int
    version_id: UUID
    version_label: str
    version_status: str
    in_force_from: datetime | None
    in_force_to: datetime | None
    document_id: UUID
    document_title: str
    publisher: str
    collection_id: UUID
    collection_slug: str
    strength: str = ""
    certainty: str = ""
    ocr_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class CorpusChangeView:
    """A version's validity as one ledger entry set it."""

    entry_id: UUID
    version_id: UUID
    in_force_from: datetime
    in_force_to: datetime | None
    changed_at: datetime
