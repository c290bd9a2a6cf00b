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

__all__ = [
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
    "Reminder",
    "Review",
    "SectionViewing",
    "ThreadSettlement",
    "TimestampRange",
    "VersionChunk",
    "VersionHold",
    "VersionLabel",
    "VersionText",
]
