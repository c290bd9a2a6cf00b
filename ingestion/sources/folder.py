"""A folder and what lies below it.

Promises: only under a root that the deployment names, and never through a symbolic
link, neither to a folder nor to a file: each part of a path is opened beside the one
before it without following, so that a link put there between look and read is refused
too. A file is read once it has rested, by the time of its inode, which whoever writes
it cannot set; what changes while it is read is left for the next look. Hidden files
and those that are being written under another name are passed over.
"""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from ingestion.sources.errors import (
    ItemUnsettled,
    SourceRefused,
    SourceTooLarge,
    SourceUnreadable,
)
from ingestion.sources.types import Content, Glimpse, Known, SourceRules

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, a pipe that was put in a file's place would be waited for.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_BEING_WRITTEN: Final = (".part", ".partial", ".crdownload", ".tmp", ".filepart", "~")
LONGEST_NAME: Final = 1000
DEEPEST: Final = 20


class WatchedFolder:
    """Raises SourceRefused unless it lies under an allowed root."""

    def __init__(self, address: str, *, rules: SourceRules) -> None:
        self._path = Path(address)
        self._rules = rules
        is_plain = self._path.is_absolute() and ".." not in self._path.parts
        roots = [root for root in rules.folders if self._path.is_relative_to(root)]
        if not is_plain or not roots or "\x00" in address:
            raise SourceRefused
        self._root = roots[0]

    def look(self, known: Mapping[str, Known], *, at: datetime) -> Sequence[Glimpse]:
        del known
        found: list[Glimpse] = []
        with _told_plainly(), self._opened(self._path) as folder:
            for name, status in _files(folder, "", depth=0):
                if len(found) == self._rules.most_items:
                    raise SourceTooLarge
                found.append(self._glimpse(name, status, at=at))
        return found

    def read(self, glimpse: Glimpse) -> Content:
        path = self._path / PurePosixPath(glimpse.name)
        with _told_plainly(), self._opened(path.parent) as folder:
            handle = os.open(path.name, _FILE, dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                before = os.fstat(handle)
                if not stat.S_ISREG(before.st_mode):
                    raise SourceUnreadable
                if before.st_size > self._rules.max_bytes:
                    raise SourceTooLarge
                data = file.read(self._rules.max_bytes + 1)
                after = os.fstat(handle)
        read = _fingerprint(before)
        if not glimpse.fingerprint == read == _fingerprint(after):
            raise ItemUnsettled
        return Content(data, read)

    def _glimpse(self, name: str, status: os.stat_result, *, at: datetime) -> Glimpse:
        rested = at.timestamp() - status.st_ctime
        is_unsettled = rested < self._rules.settle_seconds
        return Glimpse(name, _fingerprint(status), unsettled=is_unsettled)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        """The folder, reached from its root step by step."""
        handle = os.open(self._root, _FOLDER)
        try:
            for part in path.relative_to(self._root).parts:
                below = os.open(part, _FOLDER, dir_fd=handle)
                os.close(handle)
                handle = below
            yield handle
        finally:
            os.close(handle)


def _files(
    folder: int, prefix: str, *, depth: int
) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda one: one.name)
    for entry in listed:
        name = f"{prefix}{entry.name}"
        if _is_passed_over(entry.name) or not _is_nameable(name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(folder, entry.name, name, depth=depth)
        elif entry.is_file(follow_symlinks=False):
            yield name, entry.stat(follow_symlinks=False)


def _below(
    folder: int, part: str, name: str, *, depth: int
) -> Iterator[tuple[str, os.stat_result]]:
    if depth == DEEPEST:
        raise SourceTooLarge
    handle = os.open(part, _FOLDER, dir_fd=folder)
    try:
        yield from _files(handle, f"{name}/", depth=depth + 1)
    finally:
        os.close(handle)


def _is_passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(_BEING_WRITTEN)


def _is_nameable(name: str) -> bool:
    """Names that are no UTF-8 come as surrogates, which no table takes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return len(name) <= LONGEST_NAME


def _fingerprint(status: os.stat_result) -> str:
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"


@contextmanager
def _told_plainly() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError):
        raise SourceUnreadable from None
