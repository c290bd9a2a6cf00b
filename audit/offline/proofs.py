"""Proofs: an entry is in a signed log, and one signed log extends another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.offline.encoding import read_base64, read_decimal
from audit.offline.merkle import (
    HASH_SIZE,
    check_consistency,
    check_inclusion,
    hash_leaf,
)
from audit.offline.notes import SignedTree, verify_checkpoint
from audit.offline.problems import Malformed

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PATH: Final = 63


def verify_inclusion(
    note: str, vkey: str, entry: bytes, *, index: int, path: Sequence[bytes]
) -> SignedTree:
    """Check that exactly these bytes are entry `index` of the signed log.

    Raises Rejected; returns what the checkpoint says.
    """
    tree = verify_checkpoint(note, vkey)
    check_inclusion(hash_leaf(entry), index, tree.size, path=path, root=tree.root)
    return tree


def verify_consistency(
    old_note: str, new_note: str, vkey: str, *, path: Sequence[bytes]
) -> tuple[SignedTree, SignedTree]:
    """Check that the newer signed log holds all of the older one unchanged.

    Raises Rejected; returns what both checkpoints say.
    """
    old, new = verify_checkpoint(old_note, vkey), verify_checkpoint(new_note, vkey)
    check_consistency((old.size, old.root), (new.size, new.root), path=path)
    return old, new


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof as read from its text (C2SP tlog-proof@v1); nothing checked yet."""

    index: int
    path: tuple[bytes, ...]
    note: str


def read_tlog_proof(text: str) -> TlogProof:
    """Read a tlog-proof@v1; raises Malformed. Its `extra` line is not believed."""
    head, separator, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines.pop(0) != HEADER or not separator:
        raise Malformed("this is no tlog-proof@v1", code="proof_malformed")
    if lines and lines[0].startswith("extra "):
        read_base64(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise Malformed("the proof names no index", code="proof_malformed")
    index = read_decimal(lines[0].removeprefix("index "))
    return TlogProof(index, read_path(lines[1:]), note)


def read_consistency(text: str) -> tuple[bytes, ...]:
    """A consistency proof: hashes, one a line, or the request of C2SP tlog-witness.

    That starts with `old N` and ends with the newer checkpoint after an empty line;
    both are passed by, since the caller brings both checkpoints. Raises Malformed.
    """
    lines = text.partition("\n\n")[0].split("\n")
    if lines[0].startswith("old "):
        read_decimal(lines.pop(0).removeprefix("old "))
    if lines and not lines[-1]:
        lines.pop()
    return read_path(lines)


def read_path(lines: Sequence[str]) -> tuple[bytes, ...]:
    """Hashes in base64, one a line; raises Malformed."""
    path = tuple(read_base64(line) for line in lines)
    if len(path) > 2 * MAX_PATH or any(len(step) != HASH_SIZE for step in path):
        raise Malformed("the path is not one of hashes", code="proof_malformed")
    return path
