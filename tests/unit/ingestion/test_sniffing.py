"""The content decides what a file is."""

import io
import zipfile

import pytest

from ingestion.errors import (
    ArchiveBomb,
    FileCorrupt,
    FileEmpty,
    FileEncrypted,
    SuffixMismatch,
    UnsupportedType,
)
from ingestion.sniffing import DOCX, HTML, MARKDOWN, PDF, TEXT, sniff


def archive(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for name in names:
            file.writestr(name, "<x/>")
    return held.getvalue()


WORD = archive("[Content_Types].xml", "word/document.xml")
SHEET = archive("[Content_Types].xml", "xl/workbook.xml")
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 512
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 64


@pytest.mark.parametrize(
    ("data", "filename", "expected"),
    [
        (b"%PDF-1.7\n...", "a.pdf", PDF),
        (b"\n\n junk %PDF-1.4", "A.PDF", PDF),
        (WORD, "a.docx", DOCX),
        (b"<!DOCTYPE html><p>x", "a.html", HTML),
        (b"\xef\xbb\xbf <!-- c -->\n<html><body>", "a.htm", HTML),
        (b"<?xml version='1.0'?><html xmlns='x'>", "a.xhtml", HTML),
        (b"# Title", "a.md", MARKDOWN),
        (b"Plain words.", "a.txt", TEXT),
        ("Größe ≥ 5".encode("utf-16"), "a.txt", TEXT),
        ("Größe".encode("cp1252"), "a.txt", TEXT),
        (b"Plain words.", "no-suffix", TEXT),
        (b"BM is short for bone marrow, and PK for pharmacokinetics.", "a.txt", TEXT),
    ],
)
def test_sniff_names_the_type_of_what_is_inside(data, filename, expected):
    assert sniff(data, filename=filename) == expected


@pytest.mark.parametrize(
    ("data", "filename", "error"),
    [
        (b"", "a.pdf", FileEmpty),
        (b" \r\n\t\x00", "a.txt", FileEmpty),
        (b"\xef\xbb\xbf\n", "a.md", FileEmpty),
        (b"%PDF-1.7", "a.docx", SuffixMismatch),
        (b"# words", "a.pdf", SuffixMismatch),
        (b"words", "a.html", SuffixMismatch),
        (b"<html><body>", "a.md", SuffixMismatch),
        (WORD, "a.pdf", SuffixMismatch),
        (PNG, "a.pdf", SuffixMismatch),
        (PNG, "a.png", UnsupportedType),
        (SHEET, "a.xlsx", UnsupportedType),
        (SHEET, "a.docx", UnsupportedType),
        (OLE, "a.doc", UnsupportedType),
        (OLE, "a.docx", FileEncrypted),
        (b"PK\x03\x04 and no more", "a.docx", FileCorrupt),
        (archive(*map(str, range(10_001))), "a.docx", ArchiveBomb),
        (b"import os", "a.py", UnsupportedType),
        (b"a,b\n1,2", "a.csv", UnsupportedType),
    ],
)
def test_sniff_refuses_what_cannot_be_read_or_is_not_what_it_says(
    data, filename, error
):
    with pytest.raises(error):
        sniff(data, filename=filename)


@pytest.mark.timeout(20)
def test_sniff_takes_no_longer_for_a_file_of_many_comments():
    many = b"<!-- -->\n" * 1_000_000
    assert sniff(many + b"<html>", filename="g.html") == HTML
    assert sniff(many + b"<!--", filename="g.txt") == TEXT
