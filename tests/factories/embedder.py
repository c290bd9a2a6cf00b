"""An embedder without a model: the same words give the same vector."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingestion.errors import EmbeddingFailed


@dataclass
class CountingEmbedder:
    """Remembers what it was asked; fails after `fail_after` passages if told to."""

    name: str = "fake"
    revision: str = "1"
    dimensions: int = 8
    max_tokens: int = 256
    fail_after: int | None = None
    embedded: list[str] = field(default_factory=list)

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        if self.fail_after is not None and len(self.embedded) >= self.fail_after:
            raise EmbeddingFailed
        self.embedded += texts
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        digest = hashlib.sha256(text.encode()).digest()[: self.dimensions]
        length = sum(byte * byte for byte in digest) ** 0.5
        return [byte / length for byte in digest]

    def count_tokens(self, text: str) -> int:
        return len(text.split())
