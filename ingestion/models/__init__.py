"""The tables of the corpus, a file for each concern.

Reading outside this package goes through `ingestion.queries`, writing through
`ingestion.actions`.
"""

from ingestion.models.comparing import (
    ComparisonComment,
    SectionViewing,
    ThreadSettlement,
)
from ingestion.models.corpus import (
    Audience,
    Chunk,
    ChunkEmbedding,
    ChunkPosting,
    Collection,
    CorpusChange,
    Document,
    DocumentVersion,
    Review,
    TimestampRange,
    VersionChunk,
    VersionText,
)
from ingestion.models.records import (
    DocumentRecord,
    Reminder,
    VersionHold,
    VersionLabel,
)
from ingestion.models.work import OPEN, OutboxMessage, PartState, Stage, WorkPart

__all__ = [
    "OPEN",
    "Audience",
    "Chunk",
    "ChunkEmbedding",
    "ChunkPosting",
    "Collection",
    "ComparisonComment",
    "CorpusChange",
    "Document",
    "DocumentRecord",
    "DocumentVersion",
    "OutboxMessage",
    "PartState",
    "Reminder",
    "Review",
    "SectionViewing",
    "Stage",
    "ThreadSettlement",
    "TimestampRange",
    "VersionChunk",
    "VersionHold",
    "VersionLabel",
    "VersionText",
    "WorkPart",
]
