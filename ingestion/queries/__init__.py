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
from ingestion.queries.records import HoldView, holds_of
from ingestion.queries.views import (
    CollectionView,
    CorpusChangeView,
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
    "DocumentView",
    "HoldView",
    "PassageView",
    "ReviewView",
    "StageProgress",
    "VersionView",
    "active_chunks",
    "collection_by_slug",
    "collections",
    "comparison",
    "corpus_changes",
    "corpus_position",
    "document",
    "document_by_title",
    "documents",
    "holds_of",
    "passage",
    "passages",
    "passages_by_placement",
    "passages_of",
    "reviews_of",
    "standing",
    "text_search_config",
    "version",
    "version_in_force",
    "version_text",
    "versions_in",
    "versions_of",
]
