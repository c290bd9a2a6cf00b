"""The reading process: bytes on standard input, one JSON answer on standard output.

Promises: the limits hold before the first byte of the file is read; what libraries
print goes to standard error; an error that was foreseen is an answer with its code.
Will not: write files, keep state, or run a second time.
"""

import gc
import json
import os
import resource
import sys
from collections.abc import Sequence
from typing import Any, Final

from ingestion.errors import FileCorrupt, FileTooLarge, ParseMemory, ParsingError
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.registry import Parser, page_reader, parser_of
from ingestion.parsers.wire import document_to_wire, limits_from_wire
from ingestion.parsers.wording import tidy
from ingestion.types import ParsedDocument

SECONDS_TO_DIE: Final = 5
# Values by the hundred thousand and hardly a cycle: looking for some took a tenth.
OBJECTS_BEFORE_LOOKING: Final = 200_000


def main(media_type: str, wire_limits: str, *pages: str) -> None:
    """Read the file, or pictures of these pages of it."""
    gc.set_threshold(OBJECTS_BEFORE_LOOKING)
    limits = limits_from_wire(wire_limits)
    answers = os.dup(1)
    os.dup2(2, 1)
    answer = json.dumps(_answer(media_type, limits, pages)).encode()
    with os.fdopen(answers, "wb") as out:
        out.write(answer)


def confine(limits: ParseLimits) -> None:
    """Bound memory, processor time and open files; forbid writing and core dumps."""
    seconds = int(limits.seconds) + 1
    bounds = {
        resource.RLIMIT_AS: (limits.memory_bytes, limits.memory_bytes),
        resource.RLIMIT_CPU: (seconds, seconds + SECONDS_TO_DIE),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_NOFILE: (64, 64),
    }
    for kind, wanted in bounds.items():
        resource.setrlimit(kind, _within(wanted, resource.getrlimit(kind)[1]))


def _within(wanted: tuple[int, int], hard: int) -> tuple[int, int]:
    if hard == resource.RLIM_INFINITY:
        return wanted
    return min(wanted[0], hard), min(wanted[1], hard)


def _answer(
    media_type: str, limits: ParseLimits, pages: Sequence[str]
) -> dict[str, Any]:
    try:
        read = page_reader(map(int, pages)) if pages else parser_of(media_type)
        confine(limits)
        return {"document": document_to_wire(_read(read, limits))}
    except ParsingError as error:
        return {"code": error.code}
    except MemoryError:
        return {"code": ParseMemory.code}
    except Exception:  # noqa: BLE001 - a file may break a library in any way
        return {"code": FileCorrupt.code}


def _read(read: Parser, limits: ParseLimits) -> ParsedDocument:
    document = tidy(read(sys.stdin.buffer.read(), limits=limits))
    if sum(len(block.text) for block in document.blocks) > limits.max_characters:
        raise FileTooLarge
    return document


if __name__ == "__main__":
    main(*sys.argv[1:])
