"""A parsed document as a file, kept between the parse and the chunk stage.

Promises: `read(written(document)) == document`. The format is JSON of this project's
own; it can be made again from the original at any time, so it may change.
"""

import json
from dataclasses import asdict
from typing import Any

from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning


def written(document: ParsedDocument) -> bytes:
    return json.dumps(
        asdict(document), ensure_ascii=False, separators=(",", ":")
    ).encode()


def read(data: bytes) -> ParsedDocument:
    fields: dict[str, Any] = json.loads(data)
    return ParsedDocument(
        title=fields["title"],
        blocks=tuple(_block(block) for block in fields["blocks"]),
        pages=fields["pages"],
        warnings=tuple(ParseWarning(**warning) for warning in fields["warnings"]),
        parser=fields["parser"],
    )


def _block(fields: dict[str, Any]) -> Block:
    return Block(**{**fields, "kind": BlockKind(fields["kind"])})
