"""Turns text into vectors: one promise, two ways to keep it.

Promises: `get_embedder` gives one embedder per process, either the bundled model
(no network) or an OpenAI-compatible server when `CLINRAG_EMBEDDING_URL` is set.
The libraries of the way not taken are never imported.
Will not: store vectors, or mix vectors of two embedders (see `identity_of`).
"""

import importlib
import os
from functools import lru_cache

from django.conf import settings

from ingestion.embedding.types import Embedder, identity_of

__all__ = ["Embedder", "get_embedder", "identity_of"]


def get_embedder() -> Embedder:
    """Return this process's embedder; raises EmbeddingFailed if it cannot start."""
    return _built(
        os.getpid(),  # a session of the parent does not survive a fork
        settings.CLINRAG_EMBEDDING_URL,
        settings.CLINRAG_EMBEDDING_MODEL,
        settings.CLINRAG_EMBEDDING_API_KEY,
    )


@lru_cache(maxsize=2)
def _built(_process: int, url: str, model: str, api_key: str) -> Embedder:
    if url:
        remote = importlib.import_module("ingestion.embedding.remote")
        embedder: Embedder = remote.RemoteEmbedder(url, model=model, api_key=api_key)
        return embedder
    bundled = importlib.import_module("ingestion.embedding.bundled")
    local: Embedder = bundled.BundledEmbedder()
    return local
