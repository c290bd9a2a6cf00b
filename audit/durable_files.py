"""Files that are whole on the disk, or not there at all.

Promises that on return the bytes and the name have reached the disk, and that a crash
leaves the old file or the new one, never half of either. Does not lock: two writers of
one path must agree between themselves.
"""

import os
import secrets
from pathlib import Path


def replace_file(path: Path, text: str, *, mode: int) -> None:
    """Write a file whole or not at all, and have it on the disk on return."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    _write(draft, text.encode(), mode=mode)
    draft.replace(path)
    _flush_directory(path.parent)


def create_file(path: Path, data: bytes, *, mode: int) -> None:
    """Write a new file. Raises FileExistsError, and then has changed nothing.

    A link and no plain exclusive creation: that would leave, after a crash, half a
    file under a name that nobody may write again.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.draft")
    _write(draft, data, mode=mode)
    try:
        os.link(draft, path)
        _flush_directory(path.parent)
    finally:
        draft.unlink()


def _write(path: Path, data: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
