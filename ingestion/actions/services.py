"""What the actions lean on outside the database, as this process is set up.

Promises: the same store, limits and sizes for every action of a process.
"""

from django.conf import settings

from ingestion.chunking import ChunkingParameters
from ingestion.embedding import Embedder
from ingestion.parsers import ParseLimits
from ingestion.storage import ContentStore


def content_store() -> ContentStore:
    return ContentStore(settings.CLINRAG_STORAGE_DIR)


def parse_limits() -> ParseLimits:
    return ParseLimits(max_bytes=settings.MAX_UPLOAD_BYTES)


def chunking_parameters(embedder: Embedder) -> ChunkingParameters:
    return ChunkingParameters(max_tokens=embedder.max_tokens)
