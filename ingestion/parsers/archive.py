"""Weighs an archive of XML, DOCX or ODT, before anything in it is unpacked.

Promises: raises ArchiveBomb, FileEncrypted or FileCorrupt from the directory of
the archive and the first bytes of its XML alone.
Will not: trust it further; Python's zipfile stops at the sizes checked here.
"""

import io
import zipfile
import zlib
from typing import Final

from ingestion.errors import ArchiveBomb, FileCorrupt, FileEncrypted
from ingestion.parsers.limits import ParseLimits

ENCRYPTED: Final = 0x1  # general purpose bit 0, APPNOTE 4.4.4
PROLOGUE: Final = 2048
# What zipfile raises for damaged offsets, streams and unknown methods.
BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    OSError,
    EOFError,
    ValueError,
)


def check_archive(data: bytes, *, limits: ParseLimits) -> None:
    """Refuse an archive that is a bomb, locked, broken, or declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_weight(archive.infolist(), len(data), limits)
            for entry in archive.infolist():
                _check_prologue(archive, entry)
    except BROKEN as error:
        raise FileCorrupt from error


def _check_weight(
    entries: list[zipfile.ZipInfo], packed: int, limits: ParseLimits
) -> None:
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise FileEncrypted
    unpacked = sum(entry.file_size for entry in entries)
    is_bomb = (
        len(entries) > limits.max_archive_entries
        or unpacked > limits.max_unpacked_bytes
        or unpacked > packed * limits.max_unpacked_ratio
        or len({entry.filename for entry in entries}) < len(entries)
    )
    if is_bomb:
        raise ArchiveBomb


def _check_prologue(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    if not entry.filename.endswith((".xml", ".rels")):
        return
    with archive.open(entry) as part:
        if b"<!DOCTYPE" in part.read(PROLOGUE):  # no office writes one
            raise FileCorrupt
