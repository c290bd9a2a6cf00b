"""A verifier for outsiders: this one file, Python's library, and `cryptography`.

Needs no database and no Django, and shares no code with what writes the log. Trusts a
public key and nothing else: it says whether an entry is in the log that the key signed
for, and whether one signed log extends another. It cannot say whether the log's owner
shows everybody the same log, nor what was never written.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH_SIZE = 32
KEY_SIZE = 32


class Rejected(Exception):
    """The evidence does not hold."""


@dataclass(frozen=True)
class SignedTree:
    """What a checkpoint says, once its signature has been checked."""

    origin: str
    size: int
    root: bytes


def hash_leaf(entry: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256 over a zero byte and the entry's exact bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_checkpoint(note: str, vkey: str) -> SignedTree:
    """Check a checkpoint (C2SP tlog-checkpoint) against a verifier key `name+id+key`.

    Raises Rejected.
    """
    try:
        name, key_id, public = _read_vkey(vkey)
        text, signatures = _split_note(note)
        signature = _find_signature(signatures, name, key_id)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
        origin, size, root = text.split("\n")[:3]
        tree = SignedTree(origin, int(size), base64.b64decode(root, validate=True))
    except InvalidSignature:
        raise Rejected("the signature is not by this key") from None
    except ValueError as error:
        raise Rejected("the checkpoint or the key is malformed") from error
    is_number = size.isdecimal() and str(tree.size) == size
    if tree.origin != name or len(tree.root) != HASH_SIZE or not is_number:
        raise Rejected("the checkpoint is not one of this log")
    return tree


def verify_inclusion(
    note: str, vkey: str, entry: bytes, *, index: int, path: Sequence[bytes]
) -> SignedTree:
    """Check that exactly these bytes are entry `index` of the signed log.

    Raises Rejected; returns what the checkpoint says.
    """
    tree = verify_checkpoint(note, vkey)
    if not 0 <= index < tree.size:
        raise Rejected("the log is too small to hold this index")
    if _root_by_path(hash_leaf(entry), index, tree.size, list(path)) != tree.root:
        raise Rejected("the path does not lead to the signed root")
    return tree


def verify_consistency(
    old_note: str, new_note: str, vkey: str, *, path: Sequence[bytes]
) -> tuple[SignedTree, SignedTree]:
    """Check that the newer signed log holds all of the older one unchanged.

    Raises Rejected; returns what both checkpoints say.
    """
    old, new = verify_checkpoint(old_note, vkey), verify_checkpoint(new_note, vkey)
    if old.size > new.size:
        raise Rejected("the log has shrunk")
    if old.size == 0:
        return old, new
    rest = list(path)
    roots = _roots_by_path((old.size, old.root), new.size, rest, is_whole=True)
    if rest or roots != (old.root, new.root):
        raise Rejected("the newer log does not extend the older one")
    return old, new


@dataclass
class Tree:
    """Recomputes the root of a log that is read from its start."""

    size: int = 0
    _pending: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, leaf_hashes: Iterable[bytes]) -> None:
        """Append leaves, merging neighbours of equal width."""
        pending = self._pending
        for leaf_hash in leaf_hashes:
            width, node = 1, leaf_hash
            while pending and pending[-1][0] == width:
                node = hash_children(pending.pop()[1], node)
                width *= 2
            pending.append((width, node))
            self.size += 1

    def root(self) -> bytes:
        if not self._pending:
            return hashlib.sha256(b"").digest()
        node = self._pending[-1][1]
        for _, left in self._pending[-2::-1]:
            node = hash_children(left, node)
        return node


def read_canonical(data: bytes) -> dict[str, Any]:
    """Read an entry. Raises Rejected unless its bytes are canonical (RFC 8785).

    Of numbers only integers below 2^53 are allowed, of keys only ASCII ones.
    """
    try:
        value = json.loads(data.decode())
        again = json.dumps(
            value,
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
        ).encode()
        _check_plain(value)
    except (ValueError, RecursionError) as error:
        raise Rejected("the entry is not JSON of the allowed kind") from error
    if again != data or not isinstance(value, dict):
        raise Rejected("the entry is not in canonical form")
    return value


def _check_plain(value: object) -> None:
    """Raise ValueError for what JSON can say and an entry may not."""
    if isinstance(value, dict):
        if not all(key.isascii() for key in value):
            raise ValueError("key")
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check_plain(item)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        raise ValueError("number")
    elif isinstance(value, str) and "\x00" in value:
        raise ValueError("text")


def _read_vkey(vkey: str) -> tuple[str, bytes, bytes]:
    name, key_id, encoded = vkey.strip().split("+", 2)
    material = base64.b64decode(encoded, validate=True)
    expected = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if (
        material[:1] != b"\x01"
        or len(material) != 1 + KEY_SIZE
        or expected.hex() != key_id
    ):
        raise ValueError("vkey")
    return name, expected, material[1:]


def _split_note(note: str) -> tuple[str, list[str]]:
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise ValueError("note")
    return text + "\n", tail.splitlines()


def _find_signature(lines: list[str], name: str, key_id: bytes) -> bytes:
    signatures = [_read_signature(line) for line in lines]
    for signer, blob in signatures:
        if signer == name and blob[:4] == key_id:
            return blob[4:]
    raise Rejected("the checkpoint is not signed by this key")


def _read_signature(line: str) -> tuple[str, bytes]:
    dash, signer, encoded = line.split(" ")
    if dash != "—":
        raise ValueError("signature line")
    return signer, base64.b64decode(encoded, validate=True)


def _left_width(size: int) -> int:
    width = 1
    while width * 2 < size:
        width *= 2
    return width


def _take(path: list[bytes]) -> bytes:
    if not path:
        raise Rejected("the proof is too short")
    return path.pop()


def _root_by_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Fold an inclusion path from the root's side; RFC 9162, 2.1.3."""
    if size == 1:
        if path:
            raise Rejected("the proof is too long")
        return leaf
    sibling, width = _take(path), _left_width(size)
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
    sibling, width = _take(path), _left_width(size)
    if old_size <= width:
        before, after = _roots_by_path(old, width, path, is_whole=is_whole)
        return before, hash_children(after, sibling)
    rest = (old_size - width, old_root)
    before, after = _roots_by_path(rest, size - width, path, is_whole=False)
    return hash_children(sibling, before), hash_children(sibling, after)
