"""Issuing non-use certificates from the log itself.

Promises: what is handed out was recomputed from the entries' bytes and a signed
checkpoint just before; an edition that was used in the range gets none. Asks no table
of answers: only entries.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from audit import checkpoints, shards
from audit.queries import entries_after
from audit.shards import ShardView
from audit.tiles import TileReader
from clinrag.answering.errors import (
    CertificateInvalid,
    RangeNotProved,
    RangeTooLong,
    VersionWasUsed,
)
from clinrag.answering.impact.certificates import (
    Beside,
    Certificate,
    Part,
    Scan,
    beside,
    check_shards,
    root_of,
)
from ingestion.queries import version

PAGE: Final = 500
# What one request may have read, a minute or so; a shell has time for all of them.
MOST_IN_A_REQUEST: Final = 100_000


def certify_non_use(
    version_id: UUID,
    *,
    at: datetime,
    first: int = 0,
    last: int | None = None,
    most: int | None = None,
) -> Certificate:
    """That no answer ended in entries `first` to `last` (all signed ones) used it.

    Raises VersionNotFound, VersionWasUsed, RangeNotProved, or RangeTooLong for more
    than `most` entries.
    """
    edition = version(version_id)
    last = _last_signed() if last is None else last
    if not 0 <= first <= last:
        raise RangeNotProved
    if most is not None and last - first >= most:
        raise RangeTooLong
    scan = Scan.of(str(version_id))
    for body in entry_bodies(first, last):
        _read(scan, body)
    if scan.uses:
        raise VersionWasUsed
    parts = tuple(_parts(scan.hashes(), first))
    _check_shards(parts, scan)
    return Certificate(
        version_id=str(version_id),
        document_id=str(edition.document_id),
        content_sha256=edition.content_sha256,
        issued_at=at.astimezone(UTC).isoformat(),
        first=first,
        last=last,
        received=scan.received,
        ended=scan.ended,
        open=len(scan.questions),
        leaves_sha256=scan.digest(),
        parts=parts,
    )


def entry_bodies(first: int, last: int) -> Iterator[bytes]:
    """The exact bytes of the entries of a range; raises RangeNotProved for a gap."""
    expected = first
    while expected <= last:
        page = entries_after(expected - 1, limit=min(PAGE, last - expected + 1))
        for entry in page:
            if entry.index != expected:
                raise RangeNotProved
            yield entry.entry_bytes
            expected += 1
        if not page:
            raise RangeNotProved


def _read(scan: Scan, body: bytes) -> None:
    try:
        scan.read(body)
    except CertificateInvalid:  # a row that the writer would never write
        raise RangeNotProved from None


def _last_signed() -> int:
    newest = checkpoints.latest()
    opened = {one.number: one.first_index for one in shards.shards()}
    if newest is None:
        raise RangeNotProved
    return opened.get(newest.shard, 0) + newest.size - 1


def _check_shards(parts: Sequence[Part], scan: Scan) -> None:
    try:
        check_shards(parts, scan.openings)
    except CertificateInvalid:
        raise RangeNotProved from None


def _parts(hashes: Sequence[bytes], first: int) -> Iterator[Part]:
    """The range by shards, each under the newest checkpoint of its own."""
    every = shards.shards()
    following = [one.first_index for one in every[1:]]
    last = first + len(hashes)
    for shard, ends in zip(every, [*following, last], strict=True):
        begins, stops = max(first, shard.first_index), min(last, ends)
        if begins < stops:
            yield _part(shard, hashes[begins - first : stops - first], begins)


def _part(shard: ShardView, hashes: Sequence[bytes], index: int) -> Part:
    start = index - shard.first_index
    end = start + len(hashes)
    checkpoint = checkpoints.latest(shard=shard.number)
    if checkpoint is None or checkpoint.size < end:
        raise RangeNotProved
    places, reader = beside(start, end - 1, checkpoint.size), TileReader(shard.tree)
    reader.prepare(places)
    part = Part(
        shard=shard.number,
        first_index=shard.first_index,
        start=start,
        end=end,
        checkpoint=checkpoint.note,
        beside=tuple(
            Beside(low, high, reader.subtree(low, high).hex()) for low, high in places
        ),
    )
    if root_of(part, hashes, checkpoint.size) != checkpoint.root:
        raise RangeNotProved
    return part
