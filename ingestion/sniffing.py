"""What a file is, decided by its bytes.

Promises: the content decides; a suffix that claims another format is refused, so
that what people believe they uploaded is what was read.
Will not: open the file further than it must, or read any text in it.
"""

import io
import re
import zipfile
import zlib
from pathlib import PurePath
from typing import Final

import puremagic

from ingestion.errors import (
    ArchiveBomb,
    FileCorrupt,
    FileEmpty,
    FileEncrypted,
    SuffixMismatch,
    UnsupportedType,
)

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT: Final = "application/vnd.oasis.opendocument.text"
HTML: Final = "text/html"
MARKDOWN: Final = "text/markdown"
TEXT: Final = "text/plain"

SUFFIXES: Final = {
    PDF: frozenset({".pdf"}),
    DOCX: frozenset({".docx"}),
    ODT: frozenset({".odt"}),
    HTML: frozenset({".html", ".htm", ".xhtml"}),
    MARKDOWN: frozenset({".md", ".markdown"}),
    TEXT: frozenset({".txt", ".text"}),
}
KNOWN_SUFFIXES: Final = frozenset().union(*SUFFIXES.values())

HEAD: Final = 1024  # ISO 32000-1, annex H: readers accept %PDF- within these bytes
BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    NotImplementedError,
    RuntimeError,  # of an entry with a password
    OSError,
    EOFError,
)
BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # old Office, and encrypted new Office
# Listing an archive of a million empty files takes 20 seconds and 400 MB.
KIND: Final = "mimetype"  # says what an OpenDocument is (part 2, section 3.3)
ARCHIVE_ENTRY: Final = b"PK\x01\x02"  # of its directory, APPNOTE 4.3.12
MOST_ENTRIES: Final = 10_000
HTML_STARTS: Final = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml")
# Possessive: a million comments are passed over once, and none is gone back to.
BEFORE_MARKUP: Final = re.compile(
    rb"[\xef\xbb\xbf \t\r\n]*+(?:<!--.*?-->\s*+)*+", re.DOTALL
)
CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
CONTROLS_ALLOWED: Final = 0.01
# Signatures of these are letters, which text may start with as well.
TEXT_LIKE_KINDS: Final = ("text/", "application/json", "application/xml", "message/")


def sniff(data: bytes, *, filename: str) -> str:
    """Return the media type; raises FileEmpty, UnsupportedType, SuffixMismatch.

    Also raises FileCorrupt for a broken archive, ArchiveBomb for one of very many
    files, and FileEncrypted for an Office file with a password. A name without a
    known suffix is believed to be nothing.
    """
    if not data.strip(b"\x00 \t\r\n\f\xef\xbb\xbf\xff\xfe"):
        raise FileEmpty
    suffix = PurePath(filename).suffix.lower()
    media_type = _of_content(data, suffix=suffix)
    if suffix not in SUFFIXES[media_type] and suffix in KNOWN_SUFFIXES:
        raise SuffixMismatch
    if suffix and suffix not in KNOWN_SUFFIXES and media_type in {MARKDOWN, TEXT}:
        raise UnsupportedType
    return media_type


def _of_content(data: bytes, *, suffix: str) -> str:
    if b"%PDF-" in data[:HEAD]:
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return _of_archive(data)
    if data.startswith(OLE):
        raise FileEncrypted if suffix == ".docx" else UnsupportedType
    if not _is_text(data):
        raise SuffixMismatch if suffix in KNOWN_SUFFIXES else UnsupportedType
    if _is_html(data):
        return HTML
    if suffix in SUFFIXES[HTML]:
        raise SuffixMismatch
    return MARKDOWN if suffix in SUFFIXES[MARKDOWN] else TEXT


def _of_archive(data: bytes) -> str:
    if data.count(ARCHIVE_ENTRY) > MOST_ENTRIES:
        raise ArchiveBomb
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            kind = archive.open(KIND).read(len(ODT) + 1) if KIND in names else b""
    except BROKEN as error:
        raise FileCorrupt from error
    if "word/document.xml" in names and "[Content_Types].xml" in names:
        return DOCX
    if kind.strip() == ODT.encode() and "content.xml" in names:
        return ODT
    raise UnsupportedType


def _is_text(data: bytes) -> bool:
    if data.startswith(BYTE_ORDER_MARKS):
        return True
    head = data[:65536]
    if len(head.translate(None, CONTROLS)) < len(head) * (1 - CONTROLS_ALLOWED):
        return False
    return not _has_foreign_signature(data)


def _has_foreign_signature(data: bytes) -> bool:
    try:
        kind = puremagic.from_string(data[:4096], mime=True)
    except (puremagic.PureError, ValueError):
        return False
    is_text_like = not kind or kind.startswith(TEXT_LIKE_KINDS)
    return not is_text_like and not data[:64].isascii()


def _is_html(data: bytes) -> bool:
    opening = BEFORE_MARKUP.match(data)
    start = opening.end() if opening else 0
    head = data[start : start + HEAD].lower()
    if head.startswith(b"<?xml"):
        return b"<html" in head
    return head.startswith(HTML_STARTS)
