"""Verification of what is claimed about the log: who says which root it had when.

Promises to read stored checkpoints a page at a time, in order of size, so that a log
with as many checkpoints as entries takes no more memory than another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from typing import Final

from audit import checkpoints
from audit.models import Checkpoint
from audit.verification.keys import Keys
from audit.verification.report import Findings
from audit.verification.tree import DerivedTree

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """That a shard's tree had this root at this size, and the layer that says so."""

    size: int
    root: bytes
    layer: str


def in_order(*sources: Iterable[Claim]) -> Iterator[Claim]:
    """Claims of several sources, each in order, as one."""
    return merge(*sources, key=lambda claim: claim.size)


def stored_claims(
    shard: int, *, above: int, up_to: int, keys: Keys, findings: Findings
) -> Iterator[Claim]:
    """Stored checkpoints of these sizes, their signatures checked on the way."""
    while True:
        rows = Checkpoint.objects.filter(shard=shard, size__gt=above, size__lte=up_to)
        page = list(rows.order_by("size")[:PAGE])
        for row in page:
            if keys.check(checkpoints.view(row), findings):
                findings.cover(shard, row.size)
            yield Claim(row.size, bytes(row.root), "checkpoint")
        if len(page) < PAGE:
            return
        above = page[-1].size


@dataclass(slots=True)
class Comparison:
    """A tree that is grown along with claims about it, and compared at each."""

    findings: Findings
    claims: Iterator[Claim]
    tree: DerivedTree
    first_index: int
    _next: Claim | None = None

    def __post_init__(self) -> None:
        self._next = next(self.claims, None)

    def add(self, leaf_hashes: list[bytes]) -> None:
        """Grow the tree, stopping at each claimed size to compare."""
        done, ahead = 0, len(leaf_hashes)
        while self._next is not None and self._next.size <= self.tree.size + ahead:
            here = self._next.size - self.tree.size
            self.tree.add(leaf_hashes[done : done + here])
            done, ahead = done + here, ahead - here
            self._compare(self._next)
        self.tree.add(leaf_hashes[done:])

    def finish(self) -> None:
        """What is claimed for sizes that were never reached does not hold."""
        while self._next is not None:
            self._fail(self._next, "the log ends before this size")
            self._next = next(self.claims, None)

    def _compare(self, claim: Claim) -> None:
        self.findings.count(claim.layer)
        if self.tree.root() != claim.root:
            self._fail(claim, "the entries do not give this root")
        self._next = next(self.claims, None)

    def _fail(self, claim: Claim, message: str) -> None:
        self.findings.fail(claim.layer, self.first_index + claim.size, message)
