"""What a look sees, held against what is known of its source.

Promises: says what each name held, what may be a document, and what is gone. Will not:
read a file, or write anything.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from ingestion.models import SourceItem, SourceKind, SourceRefusal
from ingestion.sniffing import KNOWN_SUFFIXES
from ingestion.sources import Glimpse, Known
from ingestion.sources.errors import SourceEmptied


def known_of(
    items: Mapping[str, SourceItem], refusals: Mapping[str, SourceRefusal]
) -> dict[str, Known]:
    """What each name held when it was last read, by the later of both."""
    known = {
        name: Known(row.fingerprint, row.content_sha256) for name, row in items.items()
    }
    return known | {
        name: Known(row.fingerprint, "", refused=True)
        for name, row in refusals.items()
        if row.fingerprint
    }


def documents_among(glimpses: Sequence[Glimpse], *, kind: str) -> Sequence[Glimpse]:
    """Pictures and the like that lie among documents are passed over."""
    if kind == SourceKind.HTTP:
        return glimpses
    return [
        one
        for one in glimpses
        if PurePosixPath(one.name).suffix.lower() in KNOWN_SUFFIXES
    ]


def gone_of(
    items: Mapping[str, SourceItem], glimpses: Sequence[Glimpse]
) -> list[SourceItem]:
    """What is not there any more; raises SourceEmptied if all of several went at once.

    A share that is not mounted is an empty folder.
    """
    there = {one.name for one in glimpses}
    gone = [row for name, row in items.items() if name not in there]
    present = [row for row in items.values() if row.missing_since is None]
    if not there and len(present) > 1:
        raise SourceEmptied
    return gone
