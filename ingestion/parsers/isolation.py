"""The caller's side of the reading process.

Promises: `parse` returns a document or raises a ParsingError, within the time
allowed and a little more. A plain child process rather than multiprocessing, whose
children a Celery worker may not have.
Will not: unpickle, or trust the child with more than its answer's form.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ingestion.errors import (
    FileCorrupt,
    FileEmpty,
    FileTooLarge,
    NoText,
    ParseMemory,
    ParseTimeout,
    ParsingError,
)
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.wire import document_from_wire, limits_to_wire
from ingestion.types import ParsedDocument

SOURCE_ROOT: Final = Path(__file__).resolve().parents[2]
WORKER: Final[tuple[str, ...]] = ("-m", "ingestion.parsers.worker")
SIGNS_OF_MEMORY: Final = (b"MemoryError", b"bad_alloc", b"Out of memory", b"OOM")


def parse(
    data: bytes, *, media_type: str, limits: ParseLimits, may_be_scanned: bool = False
) -> ParsedDocument:
    """Read a file of a sniffed type; raises a ParsingError with a stable code.

    A file without text is refused, unless it `may_be_scanned` and has pictures of
    pages, which somebody else reads.
    """
    if not data:
        raise FileEmpty
    if len(data) > limits.max_bytes:
        raise FileTooLarge
    document = run_worker(data, media_type=media_type, limits=limits)
    has_text = any(block.text.strip() for block in document.blocks)
    if not has_text and not (may_be_scanned and document.scanned):
        raise NoText
    return document


def run_worker(
    data: bytes, *, media_type: str, limits: ParseLimits, pages: Sequence[int] = ()
) -> ParsedDocument:
    """Have a process of its own read the file, or pictures of these pages of it.

    Raises ParsingError.
    """
    arguments = [media_type, limits_to_wire(limits), *map(str, pages)]
    return _answer(_run(data, arguments, limits=limits))


def _run(
    data: bytes, arguments: Sequence[str], *, limits: ParseLimits
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-s", "-E", "-X", "utf8", *WORKER]
    try:
        return subprocess.run(
            [*command, *arguments],
            input=data,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            cwd=SOURCE_ROOT,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
    except subprocess.TimeoutExpired as error:
        raise ParseTimeout from error
    except MemoryError as error:
        raise ParseMemory from error


def _answer(ended: subprocess.CompletedProcess[bytes]) -> ParsedDocument:
    if ended.returncode != 0:
        raise _failure(ended)
    try:
        answer = json.loads(ended.stdout)
        code = answer.get("code")
        if code is None:
            return document_from_wire(answer["document"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FileCorrupt from error
    raise _error_of(code)


def _failure(ended: subprocess.CompletedProcess[bytes]) -> ParsingError:
    if ended.returncode in {-signal.SIGXCPU, -signal.SIGALRM}:
        return ParseTimeout()
    if ended.returncode == -signal.SIGKILL:  # the kernel's, short of memory
        return ParseMemory()
    if any(sign in ended.stderr for sign in SIGNS_OF_MEMORY):
        return ParseMemory()
    return FileCorrupt()


def _error_of(code: object) -> ParsingError:
    known = {error.code: error for error in ParsingError.__subclasses__()}
    return known.get(str(code), FileCorrupt)()
