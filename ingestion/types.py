"""The values that travel between the steps of ingestion.

Promises: plain, frozen and free of Django, so that parsers and the chunker can
run in a process of their own. Will not: hold database rows or behaviour.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class BlockKind(StrEnum):
    """What a stretch of a document is, as its source marks it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    RECOMMENDATION = "recommendation"
    CODE = "code"
    NOTE = "note"


class TrackedChanges(StrEnum):
    """What becomes of changes in a file that nobody has settled."""

    ACCEPT = "accept"
    REJECT = "reject"
    REFUSE = "refuse"


# Tokens of a passage that a collection may ask for, and those below which two join.
CHUNK_TOKENS: Final = (64, 8192)
CHUNK_MIN_TOKENS: Final = (0, 4096)


@dataclass(frozen=True, slots=True)
class Box:
    """Where `text[start:end]` of a block stands on its page.

    Pages count from 1; points of 1/72 inch from the bottom left corner of the page as
    it is shown, before it is turned.
    """

    page: int
    left: float
    bottom: float
    right: float
    top: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PageSize:
    """What a page shows, in points before it is turned clockwise by `rotation`."""

    width: float
    height: float
    rotation: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of text; a table's text is Markdown; pages count from 1.

    `boxes` say where it stands, in the order of its text; `confidence` (0 to 1) is
    there when it was read out of a picture. `strength` and `certainty` are those of a
    recommendation, as it states them itself.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    confidence: float | None = None
    strength: str | None = None
    certainty: str | None = None


@dataclass(frozen=True, slots=True)
class ParseWarning:
    """Something a reader should know about a document that was still readable."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file as blocks in reading order; `parser` is "name/version".

    `page_sizes` has one for each page, or none; `scanned` are the numbers of pages that
    are pictures without text. `language` is what the text is written in, as far as
    that is clear.
    """

    title: str | None
    blocks: tuple[Block, ...]
    pages: int | None
    warnings: tuple[ParseWarning, ...]
    parser: str
    page_sizes: tuple[PageSize, ...] = ()
    scanned: tuple[int, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """One passage of a version.

    `version_text[char_start:char_end] == text` holds exactly. `content_sha256`
    identifies the passage across editions: normalised text, section path and
    chunker version, never offsets or pages. `strength` and `certainty` are what its
    recommendations state, each once; `confidence` the least of what was read by OCR.
    """

    text: str
    section_path: tuple[str, ...]
    position: int
    page_from: int | None
    page_to: int | None
    char_start: int
    char_end: int
    content_sha256: str
    token_count: int
    strength: str = ""
    certainty: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ChunkedDocument:
    """A version's whole text and the passages cut from it; `chunker` is "name/N"."""

    text: str
    chunks: tuple[ChunkDraft, ...]
    chunker: str
