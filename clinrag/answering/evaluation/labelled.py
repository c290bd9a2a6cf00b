"""Claims about real passages whose right verdict is known.

Promises: read from the files beside this module, whose sources and licences
`data/README.md` names; a passage and all claims about its document are in one half, so
that what was fitted to "fitted" is reported on "held_out". The claims of "unseen" were
made when the rules stood, out of other passages.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from clinrag.inference.types import DraftCitation, DraftClaim, EvidencePassage

Row = dict[str, Any]

FOLDER: Final = Path(__file__).parent / "data"
FITTED: Final = "fitted"
HELD_OUT: Final = "held_out"
UNSEEN: Final = "unseen"


@dataclass(frozen=True, slots=True)
class LabelledClaim:
    """A claim as a model might draft it, by what was done to it and whether it is true.

    The passages are those of the prompt, numbered from one in their order.
    """

    kind: str
    is_true: bool
    half: str
    claim: DraftClaim
    passages: tuple[EvidencePassage, ...]


@cache
def labelled_claims() -> tuple[LabelledClaim, ...]:
    """All but the unseen, in the order of the file."""
    return _read("grounding")


@cache
def unseen_claims() -> tuple[LabelledClaim, ...]:
    """Those to measure by, in the order of the file."""
    return _read("unseen")


def _read(name: str) -> tuple[LabelledClaim, ...]:
    passages = {row["id"]: row for row in _rows(FOLDER / f"{name}_passages.jsonl")}
    return tuple(
        LabelledClaim(
            kind=row["kind"],
            is_true=row["is_true"],
            half=row["half"],
            claim=DraftClaim(
                row["claim"],
                tuple(DraftCitation(number, quote) for number, quote in row["quotes"]),
            ),
            passages=_numbered(passages[name] for name in row["passages"]),
        )
        for row in _rows(FOLDER / f"{name}_claims.jsonl")
    )


def _rows(file: Path) -> list[Row]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _numbered(rows: Iterable[Row]) -> tuple[EvidencePassage, ...]:
    return tuple(
        EvidencePassage(number=number, text=row["text"], title=row["title"])
        for number, row in enumerate(rows, start=1)
    )
