"""The values that travel between the steps of ingestion.

Promises: plain, frozen and free of Django, so that parsers and the chunker can
run in a process of their own. Will not: hold database rows or behaviour.
"""

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a stretch of a document is, as its source marks it."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    RECOMMENDATION = "recommendation"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of text; a table's text is Markdown; pages count from 1."""

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ParseWarning:
    """Something a reader should know about a document that was still readable."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A file as blocks in reading order; `parser` is "name/version"."""

    title: str | None
    blocks: tuple[Block, ...]
    pages: int | None
    warnings: tuple[ParseWarning, ...]
    parser: str


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """One passage of a version.

    `version_text[char_start:char_end] == text` holds exactly. `content_sha256`
    identifies the passage across editions: normalised text, section path and
    chunker version, never offsets or pages.
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


@dataclass(frozen=True, slots=True)
class ChunkedDocument:
    """A version's whole text and the passages cut from it; `chunker` is "name/N"."""

    text: str
    chunks: tuple[ChunkDraft, ...]
    chunker: str
