"""A small reader of a published log, written from C2SP tlog-tiles alone.

It asks for resources by path, as an outsider would, and believes only what hashes up
to the checkpoint's root.
"""

import base64
from collections.abc import Callable, Iterator
from hashlib import sha256

Fetch = Callable[[str], bytes]


def number_path(number: int) -> str:
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, number and width of every tile that a tree of this size has."""
    level = 0
    while size:
        full, rest = divmod(size, 256)
        yield from ((level, number, 256) for number in range(full))
        if rest:
            yield level, full, rest
        level, size = level + 1, full


def tile_path(kind: str, number: int, width: int) -> str:
    return f"tile/{kind}/{number_path(number)}" + (
        "" if width == 256 else f".p/{width}"
    )


def tree_hash(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, over hashes of leaves."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    left, right = tree_hash(hashes[:split]), tree_hash(hashes[split:])
    return sha256(b"\x01" + left + right).digest()


def entries_of(bundle: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2], "big")
        found.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    assert at == len(bundle)
    return found


def read_log(fetch: Fetch) -> tuple[int, bytes, list[bytes]]:
    """Size, root and entries, once every resource has been found to fit the rest."""
    note = fetch("checkpoint").decode()
    _origin, size_line, root_line, *_ = note.split("\n")
    size, root = int(size_line), base64.b64decode(root_line)
    entries: list[bytes] = []
    rows: dict[int, list[bytes]] = {}
    for level, number, width in tiles_of(size):
        tile = fetch(tile_path(str(level), number, width))
        assert len(tile) == 32 * width
        hashes = [tile[i : i + 32] for i in range(0, len(tile), 32)]
        rows.setdefault(level, []).extend(hashes)
        if level == 0:
            bundle = entries_of(fetch(tile_path("entries", number, width)))
            assert [sha256(b"\x00" + entry).digest() for entry in bundle] == hashes
            entries += bundle
    for level in range(1, len(rows)):
        below = rows[level - 1]
        full = [below[i : i + 256] for i in range(0, len(below) // 256 * 256, 256)]
        assert [tree_hash(one) for one in full] == rows[level]
    assert tree_hash(rows.get(0, [])) == root
    return size, root, entries
