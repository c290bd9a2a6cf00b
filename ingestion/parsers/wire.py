"""How the two sides of the reading process write to each other: JSON.

Promises: what is read back equals what was written, or ValueError, TypeError or
KeyError is raised.
Will not: carry objects of any other kind.
"""

import json
from dataclasses import asdict
from typing import Any

from ingestion.parsers.limits import ParseLimits
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning


def limits_to_wire(limits: ParseLimits) -> str:
    return json.dumps(asdict(limits))


def limits_from_wire(text: str) -> ParseLimits:
    return ParseLimits(**json.loads(text))


def document_to_wire(document: ParsedDocument) -> dict[str, Any]:
    return asdict(document)


def document_from_wire(wire: dict[str, Any]) -> ParsedDocument:
    return ParsedDocument(
        title=wire["title"],
        blocks=tuple(
            Block(
                kind=BlockKind(block["kind"]),
                text=str(block["text"]),
                level=int(block["level"]),
                page=block["page"],
            )
            for block in wire["blocks"]
        ),
        pages=wire["pages"],
        warnings=tuple(ParseWarning(**warning) for warning in wire["warnings"]),
        parser=str(wire["parser"]),
    )
