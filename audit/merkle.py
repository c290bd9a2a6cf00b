"""The Merkle tree of RFC 6962 and RFC 9162 over SHA-256, as pure functions.

Promises the hashes and proofs of those documents for any size. Stores nothing and
trusts whatever hashes it is given; what they are hashes of is the caller's business.
A hash is 32 bytes; a subtree is named by its half-open range of leaves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""Gives the hash of the leaves from the first number up to the second."""


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def largest_power_below(size: int) -> int:
    """The largest power of two smaller than `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree's size and the roots of its perfect subtrees, largest first.

    Enough to append to the tree and to know its root; at most 64 hashes.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def extend(self, leaf_hashes: Iterable[bytes]) -> Self:
        """The frontier after these leaves; a new value."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaf_hashes:
            node, carry = leaf, size
            while carry & 1:
                node = sha256(b"\x01" + hashes.pop() + node).digest()
                carry >>= 1
            hashes.append(node)
            size += 1
        return type(self)(size, tuple(hashes))

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY_ROOT
        *rest, root = self.hashes
        for left in reversed(rest):
            root = node_hash(left, root)
        return root

    def to_bytes(self) -> bytes:
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises ValueError if the size does not fit."""
        if size < 0 or len(data) != size.bit_count() * HASH_SIZE:
            raise ValueError("not the frontier of a tree of this size")
        pieces = range(0, len(data), HASH_SIZE)
        return cls(size, tuple(data[i : i + HASH_SIZE] for i in pieces))


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    return Frontier().extend(leaf_hashes).root()


def subtree_of(leaf_hashes: Sequence[bytes]) -> Subtree:
    """Subtree hashes computed from leaf hashes held in memory."""

    def subtree(start: int, end: int) -> bytes:
        return root(leaf_hashes[start:end])

    return subtree


def inclusion_path(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The proof that leaf `index` is in the tree of `size`; RFC 9162, 2.1.3.1.

    Raises IndexError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise IndexError("no such leaf in a tree of this size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + largest_power_below(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_path(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """The proof that the tree of `new` extends that of `old`; RFC 9162, 2.1.4.1.

    Raises IndexError unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise IndexError("no consistency proof between these sizes")
    path: list[bytes] = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + largest_power_below(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, known = middle, False
    if not known:
        path.append(subtree(start, end))
    return tuple(reversed(path))


def inclusion_holds(
    leaf: bytes, index: int, size: int, *, path: Sequence[bytes], root: bytes
) -> bool:
    """Check an inclusion proof; RFC 9162, 2.1.3.2. Never raises."""
    if not 0 <= index < size:
        return False
    node, last, computed = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            computed = node_hash(sibling, computed)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and computed == root


def consistency_holds(
    old: int, new: int, *, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Check a consistency proof; RFC 9162, 2.1.4.2. Never raises.

    The empty tree is consistent with every tree, by an empty proof.
    """
    if not 0 <= old <= new:
        return False
    if old == new:
        is_empty_as_said = old > 0 or old_root == EMPTY_ROOT
        return not path and old_root == new_root and is_empty_as_said
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    hashes = [old_root, *path] if old.bit_count() == 1 else list(path)
    return _consistency_climb(old, new, hashes, (old_root, new_root))


def _consistency_climb(
    old: int, new: int, hashes: list[bytes], roots: tuple[bytes, bytes]
) -> bool:
    if not hashes:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_hash = new_hash = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_hash = node_hash(sibling, old_hash)
            new_hash = node_hash(sibling, new_hash)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            new_hash = node_hash(new_hash, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and (old_hash, new_hash) == roots
