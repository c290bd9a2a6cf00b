"""Where evidence is read from: an address, a folder, a zip file; always under a limit.

Promises that whatever lies there, reading ends: with bytes no longer than asked for, or
with a refusal. Follows no redirect and no link out of the folder, and unpacks nothing
to disk. Believes nothing it reads.
"""

import stat
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from audit.offline.problems import Malformed, Missing, Unreadable

MAX_MEMBERS: Final = 200_000
MAX_UNPACKED: Final = 64 << 30
MAX_FILE: Final = 256 << 20
_LONGEST_NAME: Final = 500


class Source(Protocol):
    """Something that holds evidence under relative names."""

    def read(self, name: str, *, limit: int) -> bytes:
        """The bytes under a name. Raises Missing, Unreadable, or Malformed."""

    def names(self) -> Collection[str]:
        """All names, for what can list them; Unreadable for what cannot."""


class FolderSource:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def read(self, name: str, *, limit: int) -> bytes:
        try:
            path = (self._root / checked_name(name)).resolve()
            if not path.is_relative_to(self._root):
                raise Unreadable("a link leads out of the folder", code="link_outside")
            return read_file(path, limit=limit)
        except (OSError, ValueError, RuntimeError) as error:
            raise _unreadable(name, error) from None

    def names(self) -> Collection[str]:
        return {
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if not path.is_dir()
        }


def read_file(path: Path, *, limit: int = MAX_FILE) -> bytes:
    """A regular file's bytes; raises Missing, Unreadable, or Malformed if too large."""
    try:
        # A named pipe would wait for a writer for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise Missing(f"{path} is no file", code="missing")
        with path.open("rb") as file:
            return bounded(file.read(limit + 1), limit)
    except (OSError, ValueError) as error:
        raise _unreadable(path.name, error) from None


class ZipSource:
    """A zip file; its members are unpacked in memory, one at a time."""

    def __init__(self, path: Path) -> None:
        try:
            self._archive = zipfile.ZipFile(path)
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
            raise _unreadable(path.name, error) from None
        members = self._archive.infolist()
        self._members = {member.filename: member for member in members}
        if len(members) > MAX_MEMBERS or len(self._members) < len(members):
            raise Malformed("the zip holds too many names, or one twice", code="zip")
        if sum(member.file_size for member in members) > MAX_UNPACKED:
            raise Malformed("the zip unpacks to too much", code="too_large")

    def read(self, name: str, *, limit: int) -> bytes:
        member = self._members.get(checked_name(name))
        if member is None:
            raise Missing(f"{name} is missing", code="missing")
        try:
            with self._archive.open(member) as file:
                return bounded(file.read(limit + 1), limit)
        except (OSError, ValueError, EOFError, RuntimeError, zlib.error) as error:
            raise _unreadable(name, error) from None
        except zipfile.BadZipFile as error:
            raise _unreadable(name, error) from None

    def names(self) -> Collection[str]:
        return {name for name in self._members if not name.endswith("/")}


class InnerSource:
    """What lies under a prefix of another source."""

    def __init__(self, outer: Source, prefix: str) -> None:
        self._outer, self._prefix = outer, prefix

    def read(self, name: str, *, limit: int) -> bytes:
        return self._outer.read(self._prefix + name, limit=limit)

    def names(self) -> Collection[str]:
        found = self._outer.names()
        start = len(self._prefix)
        return {name[start:] for name in found if name.startswith(self._prefix)}


def bounded(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise Malformed("this is larger than it may be", code="too_large")
    return data


def checked_name(name: str) -> str:
    """A relative name that stays inside; raises Malformed."""
    parts = PurePosixPath(name).parts
    inside = parts and not name.startswith("/") and ".." not in parts
    if not inside or "\\" in name or "\x00" in name or len(name) > _LONGEST_NAME:
        raise Malformed("a name that leads elsewhere", code="name_unsafe")
    return name


def _unreadable(name: str, error: Exception) -> Unreadable:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Missing(f"{name} is missing", code="missing")
    reason = type(error).__name__
    return Unreadable(f"{name} could not be read ({reason})", code="unreadable")
