"""What a screening of a document says, and what it is asked.

Promises: plain values; a finding is a kind, a count and a place, never the words
found. Will not: look for anything: what does is handed in from above, by
`settings.DOCUMENT_SCREENER`.
"""

from dataclasses import dataclass
from typing import Protocol

from ingestion.types import ParsedDocument, ParseWarning


@dataclass(frozen=True, slots=True)
class Screened:
    """What a reviewer should know, and how many identifiers there are of each kind.

    A version with `identifiers` waits for a person's decision.
    """

    warnings: tuple[ParseWarning, ...] = ()
    identifiers: tuple[tuple[str, int], ...] = ()


class Screener(Protocol):
    """Looks through a document's blocks; pure, and the same for the same document."""

    def __call__(self, document: ParsedDocument) -> Screened: ...
