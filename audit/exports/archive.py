"""A zip written front to back, by processes that may die between two members.

Promises that what was written up to `positions` is found again after `rewind`, that
memory does not grow with the number of members, and that the same members give the same
bytes. Format: PKWARE APPNOTE 6.3, with ZIP64 where it is needed (4.5.3). The SHA-256 of
each member and whatever else grows is kept in files beside the archive until the end.
"""

import os
import shutil
import struct
import zlib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from audit.errors import ExportTooLarge

CHUNK: Final = 1 << 20
PRIVATE: Final = 0o600
# 1980-01-01 00:00, the earliest a zip can say: the time of packing proves nothing.
_TIME, _DATE = 0, 0x21
_DEFLATED: Final = 8
_UNIX: Final = 3 << 8 | 45
_MODE: Final = 0o100644 << 16
_MOST_16: Final = 0xFFFF
_MOST_32: Final = 0xFFFFFFFF
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")
_END: Final = struct.Struct("<4s4H2IH")

BODY, DIRECTORY, NAMES = "body", "directory", "names"


class Archive:
    """An unfinished zip in a folder of its own; a context manager that closes files."""

    def __init__(self, folder: Path, *, spools: tuple[str, ...] = ()) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self._files = {
            name: _open(folder / name) for name in (BODY, DIRECTORY, NAMES, *spools)
        }
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files.values():
            file.close()

    def holds(self, positions: Mapping[str, int]) -> bool:
        """Whether the files reach to `positions`; a folder may have been deleted."""
        return all(
            file.seek(0, os.SEEK_END) >= positions.get(name, 0)
            for name, file in self._files.items()
        )

    def rewind(self, positions: Mapping[str, int]) -> None:
        """Forget what was written after `positions`; without any, everything."""
        for name, file in self._files.items():
            file.seek(positions.get(name, 0))
            file.truncate()
        self.count = positions.get("count", 0)

    def positions(self) -> dict[str, int]:
        """How far everything is, once it has reached the disk."""
        for file in self._files.values():
            file.flush()
            os.fsync(file.fileno())
        return {name: file.tell() for name, file in self._files.items()} | {
            "count": self.count
        }

    def add(self, name: str, data: bytes) -> None:
        """Add a small member, and note its SHA-256 among the names."""
        packed = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        content = packed.compress(data) + packed.flush()
        self._start(name, zlib.crc32(data), (len(content), len(data)))
        self._files[BODY].write(content)
        self.spool(NAMES, f"{sha256(data).hexdigest()} {name}\n".encode())

    def add_file(self, name: str, source: Path, *, is_listed: bool = True) -> str:
        """Add a file of any size below 4 GiB, and give its SHA-256 in hex."""
        packed = source.with_name(source.name + ".deflated")
        digest, crc, sizes = _deflate(source, packed)
        if max(sizes) >= _MOST_32:
            raise ExportTooLarge
        self._start(name, crc, sizes)
        with packed.open("rb") as content:
            shutil.copyfileobj(content, self._files[BODY], CHUNK)
        packed.unlink()
        if is_listed:
            self.spool(NAMES, f"{digest} {name}\n".encode())
        return digest

    def spool(self, name: str, data: bytes) -> None:
        """Add to one of the files beside the archive."""
        self._files[name].write(data)

    def spooled(self, name: str) -> Iterator[str]:
        """The lines of a file beside the archive, without their ends."""
        self._files[name].flush()
        with (self.folder / name).open(encoding="utf-8") as file:
            for line in file:
                yield line.rstrip("\n")

    def path(self, name: str) -> Path:
        """A file beside the archive, with all that was added to it."""
        self._files[name].flush()
        return self.folder / name

    def finish(self, target: Path) -> None:
        """Write the directory and give the archive its place, whole or not at all."""
        body = self._files[BODY]
        start = body.tell()
        self._files[DIRECTORY].flush()
        with (self.folder / DIRECTORY).open("rb") as directory:
            shutil.copyfileobj(directory, body, CHUNK)
        body.write(_ending(self.count, start, body.tell() - start))
        body.flush()
        os.fsync(body.fileno())
        (self.folder / BODY).replace(target)
        self.__exit__(None, None, None)
        shutil.rmtree(self.folder)

    def _start(self, name: str, crc: int, sizes: tuple[int, int]) -> None:
        """The local header (4.3.7) now, the central one (4.3.12) for later."""
        label, offset = name.encode("ascii"), self._files[BODY].tell()
        # Version 4.5, no flags, deflated.
        shared = (45, 0, _DEFLATED, _TIME, _DATE, crc, *sizes, len(label))
        self._files[BODY].write(_LOCAL.pack(b"PK\x03\x04", *shared, 0) + label)
        extra = struct.pack("<2HQ", 1, 8, offset) if offset >= _MOST_32 else b""
        place = min(offset, _MOST_32)
        self.spool(
            DIRECTORY,
            _CENTRAL.pack(
                b"PK\x01\x02", _UNIX, *shared, len(extra), 0, 0, 0, _MODE, place
            )
            + label
            + extra,
        )
        self.count += 1


def _open(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
    file = os.fdopen(descriptor, "r+b")
    file.seek(0, os.SEEK_END)
    return file


def _deflate(source: Path, target: Path) -> tuple[str, int, tuple[int, int]]:
    packer, digest = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS), sha256()
    crc = 0
    with source.open("rb") as plain, target.open("wb") as packed:
        while chunk := plain.read(CHUNK):
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            packed.write(packer.compress(chunk))
        packed.write(packer.flush())
        return digest.hexdigest(), crc, (packed.tell(), plain.tell())


def _ending(count: int, start: int, size: int) -> bytes:
    """The end of the central directory (4.3.16), after its ZIP64 form if needed."""
    end = _END.pack(
        b"PK\x05\x06",
        0,
        0,
        min(count, _MOST_16),
        min(count, _MOST_16),
        min(size, _MOST_32),
        min(start, _MOST_32),
        0,
    )
    if count < _MOST_16 and start < _MOST_32 and size < _MOST_32:
        return end
    large = _END_64.pack(b"PK\x06\x06", 44, _UNIX, 45, 0, 0, count, count, size, start)
    return large + _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1) + end
