"""Where evidence is read from: an address, a folder, a zip file; always under a limit.

Promises that whatever lies there, reading ends: with bytes no longer than asked for, or
with a refusal. Follows no redirect and no link out of the folder, and unpacks nothing
to disk. Believes nothing it reads.
"""

import errno
import os
import stat
import zipfile
import zlib
from collections.abc import Collection
from io import RawIOBase
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from audit.offline.problems import Malformed, Missing, Unreadable

MAX_MEMBERS: Final = 200_000
MAX_UNPACKED: Final = 64 << 30
MAX_FILE: Final = 256 << 20
_LONGEST_NAME: Final = 500
_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0)


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
        self._inside: dict[str, Path] = {}

    def read(self, name: str, *, limit: int) -> bytes:
        parent, _, last = checked_name(name).rpartition("/")
        try:
            if parent not in self._inside:
                self._inside[parent] = self._resolved(parent)
            path = self._inside[parent] / last
            return read_file(path, limit=limit, links=False, name=name)
        except (OSError, ValueError, RuntimeError) as error:
            raise _unreadable(name, error) from None

    def _resolved(self, parent: str) -> Path:
        path = (self._root / parent).resolve()
        if not path.is_relative_to(self._root):
            raise Unreadable("a link leads out of the folder", code="link")
        return path

    def names(self) -> Collection[str]:
        return {
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if not path.is_dir()
        }


def read_file(
    path: Path, *, limit: int = MAX_FILE, links: bool = True, name: str = ""
) -> bytes:
    """A regular file's bytes; raises Missing, Unreadable, or Malformed if too large.

    Without `links` a symbolic link is not followed. `name` is what refusals call it.
    """
    name = name or path.name
    # A named pipe would wait for a writer for ever if it were opened to block.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        handle = os.open(path, flags if links else flags | _NO_LINKS)
        with os.fdopen(handle, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Missing(f"{name} is no file", code="missing")
            return bounded(_read_all(file, limit + 1), limit)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None


def _read_all(file: RawIOBase, most: int) -> bytes:
    """An unbuffered read may give less than was asked for before the end."""
    data = file.read(most) or b""
    while len(data) < most and (more := file.read(most - len(data))):
        data += more
    return data


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
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return Unreadable(f"{name} is a link", code="link")
    reason = type(error).__name__
    return Unreadable(f"{name} could not be read ({reason})", code="unreadable")
