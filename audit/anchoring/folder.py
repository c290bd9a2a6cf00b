"""Anchors in a folder: a share that others back up, or a disk that is taken away.

Promises to write each file whole, once, and never over another. The folder itself can
be emptied by whoever owns it: a row in the database then still says what was there.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from audit.anchoring.places import (
    NOTE_SUFFIX,
    STAMP_SUFFIX,
    AnchorContent,
    StoredAnchor,
    check_same,
    parse_name,
)
from audit.durable_files import create_file
from audit.errors import VoucherUnreachable

READ_ONLY = 0o444


class Folder:
    """A folder that exists; it is not made, lest an unmounted share goes unnoticed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return f"folder {self._path}"

    def write(self, content: AnchorContent, *, at: datetime) -> str:  # noqa: ARG002
        """The note last: where there is one, its token is there too."""
        path = self._path / f"{content.stem}{NOTE_SUFFIX}"
        try:
            if content.token is not None:
                self._write_token(content.stem, content.token)
            create_file(path, content.note.encode(), mode=READ_ONLY)
        except FileExistsError:
            check_same(content, _read(path))
        except OSError as error:
            raise VoucherUnreachable(type(error).__name__) from error
        return path.name

    def read(self) -> Iterator[StoredAnchor]:
        try:
            names = sorted(path.name for path in self._path.iterdir())
        except OSError as error:
            raise VoucherUnreachable(type(error).__name__) from error
        for name in names:
            said = parse_name(name)
            if said is not None:
                yield StoredAnchor(*said, name, _read(self._path / name))

    def _write_token(self, stem: str, token: bytes) -> None:
        path = self._path / f"{stem}{STAMP_SUFFIX}"
        if not path.exists():
            create_file(path, token, mode=READ_ONLY)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise VoucherUnreachable(type(error).__name__) from error
