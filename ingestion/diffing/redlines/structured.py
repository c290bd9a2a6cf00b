"""A comparison as JSON (RFC 8259), for programs and archives.

Promises: the fields of `ingestion.diffing.types`, nothing left out but unchanged
sections' sentences. Will not: change a name once it was given.
"""

import json
from dataclasses import asdict
from typing import Any, Final

from ingestion.diffing.redlines.titles import Titles
from ingestion.diffing.types import ChangeKind, Comparison, SectionChange

FORMAT: Final = "clinrag-comparison/1"


def write(comparison: Comparison, titles: Titles) -> bytes:
    """Return UTF-8 with sorted keys."""
    told = {
        "format": FORMAT,
        "document": titles.document,
        "old": titles.old,
        "new": titles.new,
        "risks": [asdict(risk) for risk in comparison.risks],
        "sections": [_section(section) for section in comparison.sections],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _section(section: SectionChange) -> dict[str, Any]:
    told = asdict(section)
    if section.kind is ChangeKind.UNCHANGED:
        told.pop("sentences")
    return told
