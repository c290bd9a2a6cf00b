"""What a package would hold, counted before anybody is asked to agree to it.

Promises to stop when the caller says so and to tell when that was before the end, and
that a scope which is seen to hold more than a package can is refused as its building
would refuse it. Opens nothing sealed; counts entries.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from audit import checkpoints, shards
from audit.errors import ExportTooLarge
from audit.exports import selecting
from audit.exports.scopes import Kind, Scope
from audit.offline.package import MAX_MANIFEST

# An entry takes at least so many bytes of the manifest, which verifiers read at once.
ENTRIES_AT_MOST: Final = MAX_MANIFEST // 270
LISTED_TYPES: Final = 12


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries of one type."""

    type: str
    number: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a package would hold; not `complete` when looking had to stop."""

    entries: int
    with_sealed: int
    looked_at: int
    to_look_at: int
    complete: bool
    types: tuple[Count, ...]


def preview(scope: Scope, *, is_over: Callable[[], bool]) -> Preview:
    """Count the entries of a scope until that is over; one page at the least.

    Raises ExportTooLarge as soon as there are more than a package can hold.
    """
    end = signed_end()
    check_fits(scope)
    found: Counter[str] = Counter()
    sealed = looked_at = 0
    after: int | str | None = None
    complete = False
    while not complete and not (looked_at and is_over()):
        page = selecting.page(scope, after=after, end=end)
        found.update(entry.type for entry in page.entries)
        _check(found.total())
        sealed += sum(entry.has_sealed for entry in page.entries)
        looked_at += page.looked_at
        after, complete = page.after, page.is_last
    return Preview(
        entries=found.total(),
        with_sealed=sealed,
        looked_at=looked_at,
        to_look_at=selecting.to_look_at(scope, end=end),
        complete=complete,
        types=tuple(Count(*one) for one in found.most_common(LISTED_TYPES)),
    )


def check_fits(scope: Scope) -> None:
    """Raise ExportTooLarge where the scope says by itself how much it holds.

    Others are counted by `preview`, or found too large while they are built.
    """
    if scope.kind is Kind.ENTRIES:
        _check(selecting.to_look_at(scope, end=signed_end()))


def signed_end() -> int:
    """The index behind the last entry under a signature."""
    latest = checkpoints.latest()
    if latest is None:
        return 0
    tree = shards.tree(latest.shard)
    return latest.size + (tree.first_index if tree else 0)


def _check(entries: int) -> None:
    if entries > ENTRIES_AT_MOST:
        raise ExportTooLarge
