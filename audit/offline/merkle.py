"""The Merkle tree of RFC 9162 over SHA-256: hashes, roots and proofs."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from audit.offline.problems import Rejected

HASH_SIZE: Final = 32


def hash_leaf(entry: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256 over a zero byte and the entry's exact bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over 2^n hashes, row by row, which is faster than one by one."""
    sha256 = hashlib.sha256
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


@dataclass
class Tree:
    """Recomputes the root of a log that is read from its start."""

    size: int = 0
    _pending: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaves, merging neighbours of equal width."""
        for leaf_hash in leaf_hashes:
            self._append(1, leaf_hash)

    def add_perfect(self, width: int, root: bytes) -> None:
        """Append `width` leaves by their root; a power of two that divides `size`."""
        self._append(width, root)

    def _append(self, width: int, node: bytes) -> None:
        pending = self._pending
        self.size += width
        while pending and pending[-1][0] == width:
            node = hash_children(pending.pop()[1], node)
            width *= 2
        pending.append((width, node))

    def root(self) -> bytes:
        if not self._pending:
            return hashlib.sha256(b"").digest()
        node = self._pending[-1][1]
        for _, left in self._pending[-2::-1]:
            node = hash_children(left, node)
        return node


def left_width(size: int) -> int:
    """The largest power of two below `size`, which is at least 2; RFC 9162, 2.1.1."""
    width = 1
    while width * 2 < size:
        width *= 2
    return width


def check_inclusion(
    leaf: bytes, index: int, size: int, *, path: Sequence[bytes], root: bytes
) -> None:
    """Fold an inclusion proof; raises Rejected unless it leads to the root."""
    if not 0 <= index < size:
        raise Rejected("the log is too small to hold this index", code="index_beyond")
    if _root_by_path(leaf, index, size, list(path)) != root:
        raise Rejected("the path does not lead to the signed root", code="path_wrong")


def check_consistency(
    old: tuple[int, bytes], new: tuple[int, bytes], *, path: Sequence[bytes]
) -> None:
    """Fold a consistency proof between (size, root) pairs; raises Rejected."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size > new_size:
        raise Rejected("the log has shrunk", code="log_shrunk")
    if old_size == 0:
        is_empty = new_size > 0 or new_root == old_root
        if old_root != Tree().root() or path or not is_empty:
            raise Rejected("this is no proof from an empty log", code="path_wrong")
        return
    rest = list(path)
    roots = _roots_by_path((old_size, old_root), new_size, rest, is_whole=True)
    if rest or roots != (old_root, new_root):
        raise Rejected("the newer log does not extend the older one", code="log_forked")


def _take(path: list[bytes]) -> bytes:
    if not path:
        raise Rejected("the proof is too short", code="path_short")
    return path.pop()


def _root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Fold an inclusion path from the root's side; RFC 9162, 2.1.3."""
    if size == 1:
        if path:
            raise Rejected("the proof is too long", code="path_long")
        return leaf
    sibling, width = _take(path), left_width(size)
    if index < width:
        return hash_children(_root_by_path(leaf, index, width, path), sibling)
    return hash_children(
        sibling, _root_by_path(leaf, index - width, size - width, path)
    )


def _roots_by_path(
    old: tuple[int, bytes], size: int, path: list[bytes], *, is_whole: bool
) -> tuple[bytes, bytes]:
    """The old and the new root, folded from a consistency path; RFC 9162, 2.1.4."""
    old_size, old_root = old
    if old_size == size:
        node = old_root if is_whole else _take(path)
        return node, node
    sibling, width = _take(path), left_width(size)
    if old_size <= width:
        before, after = _roots_by_path(old, width, path, is_whole=is_whole)
        return before, hash_children(after, sibling)
    rest = (old_size - width, old_root)
    before, after = _roots_by_path(rest, size - width, path, is_whole=False)
    return hash_children(sibling, before), hash_children(sibling, after)
