"""The tables of the corpus, a file for each concern.

Reading outside this package goes through `ingestion.queries`, writing through
`ingestion.actions`.
"""

from ingestion.models.builds import BuildState, IndexBuild
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
from ingestion.models.sources import (
    CheckOutcome,
    OwnerTask,
    Source,
    SourceCheck,
    SourceItem,
    SourceKind,
    SourceRefusal,
    TaskKind,
)
from ingestion.models.work import OPEN, OutboxMessage, PartState, Stage, WorkPart

__all__ = [
    "OPEN",
    "Audience",
    "BuildState",
    "CheckOutcome",
    "Chunk",
    "ChunkEmbedding",
    "ChunkPosting",
    "Collection",
    "ComparisonComment",
    "CorpusChange",
    "Document",
    "DocumentRecord",
    "DocumentVersion",
    "IndexBuild",
    "OutboxMessage",
    "OwnerTask",
    "PartState",
    "Reminder",
    "Review",
    "SectionViewing",
    "Source",
    "SourceCheck",
    "SourceItem",
    "SourceKind",
    "SourceRefusal",
    "Stage",
    "TaskKind",
    "ThreadSettlement",
    "TimestampRange",
    "VersionChunk",
    "VersionHold",
    "VersionLabel",
    "VersionText",
    "WorkPart",
]
