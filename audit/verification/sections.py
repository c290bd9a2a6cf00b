"""Verification of one shard's tree, or of a part of it, against all that is claimed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from audit import checkpoints, offline, shards
from audit.models import Head
from audit.offline.notes import read_note
from audit.tiles import TileReader, Tree
from audit.verification.claims import Claim, Comparison, in_order, stored_claims
from audit.verification.entries import EntryChecks
from audit.verification.keys import Keys
from audit.verification.opening_entries import read_opening
from audit.verification.reading import pages
from audit.verification.report import Findings, Progress, Range
from audit.verification.tiles import check_tiles
from audit.verification.tree import DerivedTree, blocks

ALL: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Section:
    """A shard as it is recorded: where it begins, its size, and what is signed."""

    shard: int
    origin: str
    first_index: int
    size: int
    signed_size: int
    claims: tuple[Claim, ...]

    @property
    def tree(self) -> Tree:
        return Tree(self.shard, self.first_index)

    @property
    def end(self) -> int:
        return self.first_index + self.size


def read_sections() -> list[Section]:
    """The log as recorded now, shard by shard; it may grow while it is checked.

    What is signed is read first, so that no checkpoint is larger than its tree.
    """
    views = shards.shards()
    trees = [view.tree for view in views] or [Tree()]
    origins = [view.origin for view in views] or [""]
    signed = [checkpoints.latest(shard=tree.shard) for tree in trees]
    pairs = zip(trees, [*views[1:], None], strict=False)
    ends = [_end(tree, view) for tree, view in pairs]
    return [
        Section(
            tree.shard,
            origin,
            tree.first_index,
            end.size,
            min(last.size if last else 0, end.kept),
            end.claims,
        )
        for tree, origin, last, end in zip(trees, origins, signed, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _End:
    """Where a shard ends; of what was signed, the first `kept` leaves are there."""

    size: int
    kept: int
    claims: tuple[Claim, ...]


def _end(tree: Tree, successor: shards.ShardView | None) -> _End:
    if successor is None:
        return _open_end()
    return _recovered(tree, read_opening(successor.first_index))


def _open_end() -> _End:
    head = Head.objects.first()
    if head is None:
        return _End(0, 0, ())
    claims = (Claim(head.size, bytes(head.root), "head"),)
    return _End(head.size, ALL, claims)


def _recovered(tree: Tree, opening: Mapping[str, Any]) -> _End:
    """Where a closed shard ends, and its root, as its successor's opening says.

    Unless a loss is declared, all that was signed of it must still be there.
    """
    size, root, lost_from = _told(opening)
    if lost_from is not None and opening.get("shard") != tree.shard + 1:
        # A shard between was lost as a whole: the loss begins where this one ends.
        kept = max(0, lost_from - tree.first_index)
        return _End(kept, kept, ())
    claims = [Claim(size, root, "shard")]
    if lost_from is not None:
        return _End(size, lost_from - tree.first_index, tuple(claims))
    try:
        said = read_note(str(opening.get("predecessor_note"))).tree()
        claims.append(Claim(said.size, said.root, "shard"))
    except offline.Rejected:
        pass  # the check of the opening names it
    return _End(size, ALL, tuple(sorted(claims, key=lambda claim: claim.size)))


def _told(opening: Mapping[str, Any]) -> tuple[int, bytes, int | None]:
    """Size, root and loss; an empty tree, which no log has, if it says none."""
    try:
        root = bytes.fromhex(opening["recovered_root"])
        size, lost = opening["recovered_size"], opening.get("lost_from")
    except (KeyError, TypeError, ValueError):
        return 0, b"", None
    if not _is_count(size) or not (lost is None or _is_count(lost)):
        return 0, b"", None
    return size, root, lost


def _is_count(told: Any) -> bool:
    """Whether it is a number of entries; anything may stand there."""
    return type(told) is int and told >= 0


@dataclass(slots=True)
class Walk:
    """What all parts of a verification share."""

    findings: Findings
    keys: Keys
    on_progress: Callable[[Progress], None]
    done: int = 0
    total: int = 0

    def check_whole(self, section: Section, held: Claim | None) -> DerivedTree:
        """Check every entry, tile and checkpoint of a shard."""
        stored = self._stored(section, above=-1, up_to=section.signed_size)
        sources = [stored, section.claims, () if held is None else (held,)]
        comparison = self._compare(section, DerivedTree(), sources)
        checks = EntryChecks(self.findings, section.first_index)
        comparison.add([])
        self._read(section, (section.first_index, section.end), checks, comparison)
        comparison.finish()
        message = f"the log ends here, not at its recorded size {section.size}"
        checks.expect(section.end, message)
        return comparison.tree

    def check_part(self, section: Section, only: Range, over: Claim) -> DerivedTree:
        """Check a range's entries, and that `over` is about a tree that holds them.

        The rest of that tree is taken from stored hashes: if one is wrong the root is.
        """
        first, last = only.first - section.first_index, only.end - section.first_index
        reader, tree = TileReader(section.tree), DerivedTree()
        _push(tree, reader, 0, first)
        stored = self._stored(section, above=first, up_to=last)
        comparison = self._compare(section, tree, [stored])
        checks = EntryChecks(self.findings, only.first)
        self._read(section, (only.first, only.end), checks, comparison)
        checks.expect(only.end, "the range has entries missing")
        _push(tree, reader, last, over.size)
        self.findings.count(over.layer)
        if tree.root() != over.root:
            message = "the entries are not what this checkpoint covers"
            self.findings.fail(over.layer, only.first, message)
        return tree

    def _read(
        self,
        section: Section,
        bounds: tuple[int, int],
        checks: EntryChecks,
        comparison: Comparison,
    ) -> None:
        for page in pages(*bounds):
            comparison.add(checks.check_page(page))
            check_tiles(section.tree, comparison.tree.take_full_tiles(), self.findings)
            self.done += len(page)
            self.on_progress(Progress("entry", self.done, self.total))

    def _stored(self, section: Section, *, above: int, up_to: int) -> Iterator[Claim]:
        return stored_claims(
            section.shard,
            above=above,
            up_to=up_to,
            keys=self.keys,
            findings=self.findings,
        )

    def _compare(
        self, section: Section, tree: DerivedTree, sources: Sequence[Iterable[Claim]]
    ) -> Comparison:
        claims = in_order(*sources)
        return Comparison(self.findings, claims, tree, section.first_index)


def _push(tree: DerivedTree, reader: TileReader, start: int, end: int) -> None:
    """Append what is stored of a part of the tree that is not derived."""
    for left, right in blocks(start, end):
        tree.push((right - left).bit_length() - 1, reader.subtree(left, right))
