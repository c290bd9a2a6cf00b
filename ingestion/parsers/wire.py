"""How the two sides of the reading process write to each other: JSON.

Promises: what is read back equals what was written, or ValueError, TypeError or
KeyError is raised.
Will not: carry objects of any other kind.
"""

import json
from dataclasses import asdict
from typing import Any

from ingestion import parsed_files
from ingestion.parsers.limits import ParseLimits
from ingestion.types import ParsedDocument


def limits_to_wire(limits: ParseLimits) -> str:
    return json.dumps(asdict(limits))


def limits_from_wire(text: str) -> ParseLimits:
    return ParseLimits(**json.loads(text))


def document_to_wire(document: ParsedDocument) -> dict[str, Any]:
    return parsed_files.to_json(document)


def document_from_wire(wire: dict[str, Any]) -> ParsedDocument:
    return parsed_files.from_json(wire)
