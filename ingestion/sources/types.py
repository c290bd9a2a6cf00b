"""What a look at a source takes and gives.

Promises: plain frozen values; names are relative to the source, with `/` between parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SourceRules:
    """What a deployment allows, and the bounds of one look.

    `private_hosts` are those of `hosts` that may have private addresses and speak plain
    HTTP. A file must have rested for `settle_seconds` before it is read.
    """

    folders: tuple[Path, ...] = ()
    hosts: frozenset[str] = frozenset()
    private_hosts: frozenset[str] = frozenset()
    buckets: frozenset[str] = frozenset()
    bucket_url: str | None = None
    max_bytes: int = 50 * 1024 * 1024
    seconds: float = 120.0
    redirects: int = 5
    settle_seconds: float = 5.0
    most_items: int = 100_000


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of one item after the last look that read it.

    A `refused` one was read and is no document that could be taken in.
    """

    fingerprint: str
    content_sha256: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Glimpse:
    """An item that is there; an `unsettled` one may still be being written."""

    name: str
    fingerprint: str
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What an item held when it was read, and what it is known by from then on."""

    data: bytes
    fingerprint: str


class Watched(Protocol):
    """A place to look at."""

    def look(self, known: Mapping[str, Known], *, at: datetime) -> Sequence[Glimpse]:
        """Everything that is there now, or SourceError: never a part of it."""

    def read(self, glimpse: Glimpse) -> Content:
        """Raises SourceError; ItemUnsettled when it changes while it is read."""
