"""What the actions lean on outside the database, as this process is set up.

Promises: the same store, limits and sizes for every action of a process.
"""

from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from ingestion.chunking import ChunkingParameters, sized
from ingestion.embedding import Embedder
from ingestion.models import Collection
from ingestion.parsers import ParseLimits
from ingestion.screening import Screener
from ingestion.sources import SourceRules
from ingestion.storage import ContentStore


def content_store() -> ContentStore:
    return ContentStore(settings.CLINRAG_STORAGE_DIR)


def parse_limits(collection: Collection | None = None) -> ParseLimits:
    """Bounds of this process, and what the collection says of unsettled changes."""
    limits = ParseLimits(max_bytes=settings.MAX_UPLOAD_BYTES)
    if collection is None:
        return limits
    return replace(limits, tracked_changes=collection.tracked_changes)


def chunking_parameters(
    embedder: Embedder, *, collection: Collection
) -> ChunkingParameters:
    """What the collection asks for, as far as the embedder reads."""
    return sized(
        embedder.max_tokens,
        max_tokens=collection.chunk_tokens,
        min_tokens=collection.chunk_min_tokens,
    )


def screener() -> Screener:
    found: Screener = import_string(settings.DOCUMENT_SCREENER)
    return found


def source_rules() -> SourceRules:
    return SourceRules(
        folders=tuple(Path(one) for one in settings.CLINRAG_SOURCE_FOLDERS),
        hosts=_names(settings.CLINRAG_SOURCE_HOSTS)
        | _names(settings.CLINRAG_SOURCE_PRIVATE_HOSTS),
        private_hosts=_names(settings.CLINRAG_SOURCE_PRIVATE_HOSTS),
        buckets=frozenset(settings.CLINRAG_SOURCE_BUCKETS),
        bucket_url=settings.CLINRAG_SOURCE_BUCKET_URL or None,
        max_bytes=settings.MAX_UPLOAD_BYTES,
        seconds=settings.CLINRAG_SOURCE_SECONDS,
        settle_seconds=settings.CLINRAG_SOURCE_SETTLE_SECONDS,
    )


def _names(hosts: list[str]) -> frozenset[str]:
    """As they are compared with a URL's."""
    return frozenset(host.strip().lower() for host in hosts if host.strip())
