"""How much one file may ask of the machine, and how it is read.

Promises: every bound is explicit and has a default.
Will not: read settings.
"""

from dataclasses import dataclass

from ingestion.types import TrackedChanges

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds for reading one file, in bytes, seconds and counts."""

    max_bytes: int = 50 * MEBIBYTE
    seconds: float = 120.0
    memory_bytes: int = 1536 * MEBIBYTE
    max_pages: int = 3000
    max_characters: int = 20_000_000
    max_unpacked_bytes: int = 200 * MEBIBYTE
    max_unpacked_ratio: int = 200
    max_archive_entries: int = 2000
    # "accept", "reject" or "refuse": what becomes of changes nobody has settled.
    tracked_changes: str = TrackedChanges.ACCEPT.value
