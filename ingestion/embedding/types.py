"""What every embedder promises.

Promises: vectors of unit length and of one dimension, one per text, in order.
Will not: know where the vectors go, or read settings.
"""

from collections.abc import Sequence
from typing import Protocol


class Named(Protocol):
    """What has a vector space of its own."""

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str:
        """What tells two states of the same model apart."""


class Embedder(Named, Protocol):
    """Text in, unit vectors out; raises EmbeddingFailed and nothing else."""

    @property
    def dimensions(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Tokens of one text, special ones included; the rest is not seen."""

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]: ...

    def embed_query(self, text: str) -> list[float]: ...

    def count_tokens(self, text: str) -> int:
        """Tokens of the text itself, without special ones."""


def identity_of(embedder: Named) -> str:
    """Name the vector space: vectors compare only under the same identity."""
    return f"{embedder.name}@{embedder.revision}"
