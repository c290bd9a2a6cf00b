"""Reading the corpus: the only way in for other packages.

Promises: frozen values out, the package's own errors, no row ever leaves. Will not:
write, or decide who may see what.
"""

from ingestion.queries.comparing import comparison
from ingestion.queries.corpus import (
    collection_by_slug,
    collections,
    corpus_changes,
    corpus_position,
    document,
    document_by_title,
    documents,
    reviews_of,
    standing,
    version,
    version_in_force,
    versions_in,
    versions_of,
)
from ingestion.queries.known import as_known, standing_of
from ingestion.queries.language import text_search_config
from ingestion.queries.passages import (
    ActiveChunk,
    active_chunks,
    passage,
    passages,
    passages_by_placement,
    passages_of,
    version_text,
)
from ingestion.queries.records import (
    DescriptionView,
    HoldView,
    LabelView,
    ReminderView,
    descriptions_of,
    holds_of,
    labels_of,
    reminder,
    reminders,
)
from ingestion.queries.views import (
    CollectionView,
    CorpusChangeView,
    Description,
    DocumentView,
    PassageView,
    ReviewView,
    StageProgress,
    VersionView,
)

__all__ = [
    "ActiveChunk",
    "CollectionView",
    "CorpusChangeView",
    "Description",
    "DescriptionView",
    "DocumentView",
    "HoldView",
    "LabelView",
    "PassageView",
    "ReminderView",
    "ReviewView",
    "StageProgress",
    "VersionView",
    "active_chunks",
    "as_known",
    "collection_by_slug",
    "collections",
    "comparison",
    "corpus_changes",
    "corpus_position",
    "descriptions_of",
    "document",
    "document_by_title",
    "documents",
    "holds_of",
    "labels_of",
    "passage",
    "passages",
    "passages_by_placement",
    "passages_of",
    "reminder",
    "reminders",
    "reviews_of",
    "standing",
    "standing_of",
    "text_search_config",
    "version",
    "version_in_force",
    "version_text",
    "versions_in",
    "versions_of",
]
