"""A parsed document as a file, kept between the parse and the chunk stage.

Promises: `read(written(document)) == document`; files written before a field was
thought of are still read. The format is JSON of this project's own, in which what is
empty is left out and a box is a row of numbers; it can be made again from the original
at any time. Will not: accept a field it does not know.
"""

import json
from dataclasses import fields
from typing import Any, Final

from ingestion.types import (
    Block,
    BlockKind,
    Box,
    PageSize,
    ParsedDocument,
    ParseWarning,
)

BLOCK_FIELDS: Final = tuple(field.name for field in fields(Block))
BOX_FIELDS: Final = tuple(field.name for field in fields(Box))


def written(document: ParsedDocument) -> bytes:
    return json.dumps(
        to_json(document), ensure_ascii=False, separators=(",", ":")
    ).encode()


def read(data: bytes) -> ParsedDocument:
    """Raises ValueError, TypeError or KeyError when the bytes are no such file."""
    return from_json(json.loads(data))


def to_json(document: ParsedDocument) -> dict[str, Any]:
    """Return the document as plain values."""
    return {
        "title": document.title,
        "blocks": [_block_to_json(block) for block in document.blocks],
        "pages": document.pages,
        "warnings": [_without_empty(warning) for warning in document.warnings],
        "parser": document.parser,
        "page_sizes": [
            [size.width, size.height, size.rotation] for size in document.page_sizes
        ],
        "scanned": list(document.scanned),
        "language": document.language,
    }


def from_json(wire: dict[str, Any]) -> ParsedDocument:
    """Raises ValueError, TypeError or KeyError."""
    return ParsedDocument(
        title=wire["title"],
        blocks=tuple(_block_from_json(block) for block in wire["blocks"]),
        pages=wire["pages"],
        warnings=tuple(ParseWarning(**warning) for warning in wire["warnings"]),
        parser=str(wire["parser"]),
        page_sizes=tuple(PageSize(*size) for size in wire.get("page_sizes", ())),
        scanned=tuple(int(page) for page in wire.get("scanned", ())),
        language=wire.get("language"),
    )


def _block_to_json(block: Block) -> dict[str, Any]:
    found = {name: getattr(block, name) for name in BLOCK_FIELDS if name != "boxes"}
    kept = {name: value for name, value in found.items() if value is not None}
    if block.boxes:
        kept["boxes"] = [
            [getattr(box, name) for name in BOX_FIELDS] for box in block.boxes
        ]
    return kept


def _block_from_json(wire: dict[str, Any]) -> Block:
    boxes = tuple(Box(*box) for box in wire.get("boxes", ()))
    return Block(
        **{
            **wire,
            "kind": BlockKind(wire["kind"]),
            "text": str(wire["text"]),
            "boxes": boxes,
        }
    )


def _without_empty(warning: ParseWarning) -> dict[str, Any]:
    found = {"code": warning.code, "message": warning.message, "page": warning.page}
    return {name: value for name, value in found.items() if value is not None}
