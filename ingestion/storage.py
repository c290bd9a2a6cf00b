"""Bytes kept under their own SHA-256, in files that are never changed.

Promises: `put` returns only when the bytes are on the disk; a half-written file is
never visible; `get` never returns bytes that do not match their name.
Will not: delete, list or encrypt. Whoever can change this folder can destroy
documents but not alter one unnoticed: each read checks the name against the bytes.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Final

from ingestion.errors import ContentDamaged, ContentNotFound

SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")


class ContentStore:
    """A folder of files named by content: `ab/cd/abcd…`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> str:
        """Store the bytes and return their SHA-256; safe twice and in parallel."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self._path(sha256)
        if not self._holds(target, data):
            _write_durably(target, data, root=self._root)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes; raises ContentNotFound or ContentDamaged."""
        try:
            data = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise ContentNotFound from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ContentDamaged
        return data

    def _path(self, sha256: str) -> Path:
        if not SHA256_HEX.fullmatch(sha256):
            raise ContentNotFound
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def _holds(self, target: Path, data: bytes) -> bool:
        # A damaged file is written again: whoever brings the right bytes mends it.
        return target.is_file() and target.read_bytes() == data


def _write_durably(target: Path, data: bytes, *, root: Path) -> None:
    folder = target.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    # New names survive a power cut only once their folders are on the disk too.
    for path in (folder, folder.parent, root):
        _sync_folder(path)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
