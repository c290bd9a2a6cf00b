"""Whatever a file does to the process that reads it, the caller goes on."""

import io
import time
import zipfile

import pytest

from ingestion.errors import (
    ArchiveBomb,
    FileCorrupt,
    FileEmpty,
    FileTooLarge,
    NoText,
    ParseMemory,
    ParseTimeout,
    ParsingError,
    UnsupportedType,
)
from ingestion.parsers import ParseLimits, isolation, parse
from ingestion.parsers.wire import (
    document_from_wire,
    document_to_wire,
    limits_to_wire,
)
from ingestion.sniffing import DOCX, HTML, MARKDOWN, PDF, TEXT
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning

LIMITS = ParseLimits(seconds=30)


def word(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", b"<x/>")
        for name, data in parts.items():
            file.writestr(f"word/{name}.xml", data)
    return held.getvalue()


BOMB = word(document=b"<x>" + b" " * 50_000_000)
LAUGHS = word(
    document=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
)


@pytest.mark.parametrize(
    ("data", "media_type", "error"),
    [
        (b"", PDF, FileEmpty),
        (b"%PDF-1.7 and nothing", PDF, FileCorrupt),
        (b"%PDF-1.7\n" + bytes(range(256)) * 100, PDF, FileCorrupt),
        (BOMB, DOCX, ArchiveBomb),
        (LAUGHS, DOCX, FileCorrupt),
        (word(document=b"<broken"), DOCX, FileCorrupt),
        (b"PK\x03\x04 broken", DOCX, FileCorrupt),
        (b"<html><body><script>x</script></body></html>", HTML, NoText),
        (b"---\na: b\n---\n", MARKDOWN, NoText),
        (b"words", "application/zip", UnsupportedType),
    ],
)
def test_parse_refuses_with_a_stable_code(data, media_type, error):
    with pytest.raises(error):
        parse(data, media_type=media_type, limits=LIMITS)


def test_parse_refuses_when_the_file_is_larger_than_allowed():
    with pytest.raises(FileTooLarge):
        parse(b"x" * 11, media_type=TEXT, limits=ParseLimits(max_bytes=10))


def test_parse_refuses_when_the_text_is_longer_than_allowed():
    with pytest.raises(FileTooLarge):
        parse(b"word " * 100, media_type=TEXT, limits=ParseLimits(max_characters=10))


def test_parse_ends_in_time_when_a_file_takes_for_ever():
    nested = b"<div>" * 200_000 + b"deep"
    begun = time.monotonic()

    with pytest.raises(ParseTimeout):
        parse(nested, media_type=HTML, limits=ParseLimits(seconds=1))

    assert time.monotonic() - begun < 10


def test_parse_refuses_when_a_file_needs_more_memory_than_allowed():
    limits = ParseLimits(seconds=60, memory_bytes=120 * 1024 * 1024)

    with pytest.raises(ParseMemory):
        parse(b"<p>word</p>\n" * 3_000_000, media_type=HTML, limits=limits)


@pytest.mark.parametrize(
    ("ending", "error"),
    [
        ("import os; os.abort()", FileCorrupt),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", FileCorrupt),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", ParseMemory),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", ParseTimeout),
        ("print('no JSON')", FileCorrupt),
        ("print('[1]')", FileCorrupt),
        ('print(\'{"document": {"blocks": 5}}\')', FileCorrupt),
        ('print(\'{"code": "no_such_code"}\')', FileCorrupt),
    ],
)
def test_parse_survives_when_the_reading_process_ends_badly(ending, error, monkeypatch):
    monkeypatch.setattr(isolation, "WORKER", ("-c", ending))

    with pytest.raises(error):
        parse(b"words", media_type=TEXT, limits=LIMITS)


def test_reading_process_gets_no_secret(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    look = "import os, sys; sys.exit('DATABASE_URL' in os.environ)"
    monkeypatch.setattr(isolation, "WORKER", ("-c", look))

    ended = isolation._run(b"x", [TEXT, limits_to_wire(LIMITS)], limits=LIMITS)

    assert ended.returncode == 0


def test_every_parsing_error_has_a_code_of_its_own():
    codes = [error.code for error in ParsingError.__subclasses__()]

    assert len(set(codes)) == len(codes) == 11


def test_wire_gives_back_what_was_written():
    document = ParsedDocument(
        title="Ω",
        blocks=(Block(BlockKind.TABLE, "| a |", level=1, page=2),),
        pages=2,
        warnings=(ParseWarning("code", "message", 1),),
        parser="test/1",
    )

    assert document_from_wire(document_to_wire(document)) == document
