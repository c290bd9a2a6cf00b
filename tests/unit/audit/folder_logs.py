"""A log in the layout of tlog-tiles, written from the specification and nothing else.

Shares no code with `audit`: hashes by the recursive definition of RFC 6962, keys and
signatures straight from `cryptography`.
"""

import base64
import json
import re
import struct
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "clinrag.test/folder"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Key:
    """A signing key of a log (kind 1) or a witness (kind 4)."""

    name: str
    kind: int = 1
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def material(self) -> bytes:
        public = self.private.public_key().public_bytes_raw()
        return bytes([self.kind]) + public

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self.material).digest()[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64(self.material)}"

    def line(self, text: str, *, time: int = 1_700_000_000) -> str:
        if self.kind == 4:
            said = f"cosignature/v1\ntime {time}\n{text}".encode()
            signature = struct.pack(">Q", time) + self.private.sign(said)
        else:
            signature = self.private.sign(text.encode())
        return f"— {self.name} {b64(self.key_id + signature)}\n"


def note(text: str, *keys: Key) -> str:
    return text + "\n" + "".join(key.line(text) for key in keys)


def opening_text(told: dict[str, object]) -> str:
    """What the keys sign of a shard's opening, whose fields are all ASCII."""
    rest = {name: value for name, value in told.items() if name != "handover"}
    plain = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    lines = [told[name] for name in ("origin", "shard", "first_index", "vkey")]
    lines += [
        sha256(said.encode()).hexdigest()
        for said in (str(told["predecessor_note"]), plain)
    ]
    return "clinrag shard opening\n" + "".join(f"{line}\n" for line in lines)


class NaiveTree:
    """MTH, PATH and PROOF of RFC 6962, section 2.1, word for word."""

    def __init__(self, entries: list[bytes]) -> None:
        self.entries = entries
        self.leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        self.mth = lru_cache(maxsize=200_000)(self._mth)

    def _mth(self, start: int, end: int) -> bytes:
        n = end - start
        if n == 0:
            return sha256().digest()
        if n == 1:
            return self.leaves[start]
        k = split(n)
        left, right = self.mth(start, start + k), self.mth(start + k, end)
        return sha256(b"\x01" + left + right).digest()

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        n = end - start
        if n == 1:
            return []
        k = split(n)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def proof(self, m: int, n: int) -> list[bytes]:
        return self._subproof(m, 0, n, True)

    def _subproof(self, m: int, start: int, end: int, b: bool) -> list[bytes]:
        n = end - start
        if m == n:
            return [] if b else [self.mth(start, end)]
        k = split(n)
        if m <= k:
            return [
                *self._subproof(m, start, start + k, b),
                self.mth(start + k, end),
            ]
        return [
            *self._subproof(m - k, start + k, end, False),
            self.mth(start, start + k),
        ]


def split(n: int) -> int:
    k = 1
    while k << 1 < n:
        k <<= 1
    return k


def path_of(level: object, number: int, width: int = 256) -> str:
    digits = str(number).rjust((len(str(number)) + 2) // 3 * 3, "0")
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + (f".p/{width}" if width < 256 else "")


@dataclass
class FolderLog:
    """What is published of some entries; `resources` can be spoiled before `write`."""

    entries: list[bytes]
    key: Key = field(default_factory=lambda: Key(ORIGIN))
    witnesses: tuple[Key, ...] = ()

    def __post_init__(self) -> None:
        self.tree = NaiveTree(self.entries)
        self.resources: dict[str, bytes] = dict(self._tiles()) | dict(self._bundles())
        self.resources["checkpoint"] = self.note().encode()

    def text(self, size: int | None = None, root: bytes | None = None) -> str:
        size = len(self.entries) if size is None else size
        return f"{self.key.name}\n{size}\n{b64(root or self.tree.mth(0, size))}\n"

    def note(self, size: int | None = None, root: bytes | None = None) -> str:
        return note(self.text(size, root), self.key, *self.witnesses)

    def proof(self, index: int) -> str:
        size = len(self.entries)
        path = "".join(f"{b64(h)}\n" for h in self.tree.path(index, 0, size))
        return f"c2sp.org/tlog-proof@v1\nindex {index}\n{path}\n{self.note()}"

    def consistency(self, old: int) -> str:
        path = self.tree.proof(old, len(self.entries))
        return "".join(f"{b64(h)}\n" for h in path)

    def _tiles(self):
        level, step = 0, 1
        while len(self.entries) // step:
            count = len(self.entries) // step
            for number in range((count + 255) // 256):
                places = range(number * 256, min(count, number * 256 + 256))
                hashes = [self.tree.mth(i * step, (i + 1) * step) for i in places]
                yield path_of(level, number, len(hashes)), b"".join(hashes)
            level, step = level + 1, step * 256

    def _bundles(self):
        for number in range((len(self.entries) + 255) // 256):
            some = self.entries[number * 256 : number * 256 + 256]
            yield path_of("entries", number, len(some)), pack(some)

    def write(self, folder: Path) -> Path:
        for name, data in self.resources.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder


def pack(entries: list[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def entry(number: int, *, type: str = "key.issued", **fields: object) -> bytes:  # noqa: A002
    """An entry of the ledger, in canonical form."""
    document = {
        "actor": {"id": "x", "kind": "app"},
        "at": f"2026-11-23T05:{number // 60 % 60:02d}:{number % 60:02d}.000000Z",
        "fields": fields,
        "id": f"01890000-0000-7000-8000-{number:012d}",
        "nonce": sha256(str(number).encode()).hexdigest(),
        "schema": "clinrag.entry/1",
        "type": type,
    }
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def entry_id(number: int) -> str:
    return f"01890000-0000-7000-8000-{number:012d}"


def some_entries(count: int) -> list[bytes]:
    return [entry(number) for number in range(count)]


def is_well_told(found: dict[str, object]) -> bool:
    """A refusal has a code for programs and a sentence for people."""
    code = re.fullmatch(r"[a-z][a-z0-9_]*", str(found["code"]))
    return bool(code and re.match(r"[a-z0-9]", str(found["message"])))
