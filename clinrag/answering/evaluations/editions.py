"""The editions of a folder, in force on their days, for as long as they are asked.

Promises: read, cut and embedded as any others, in collections that the caller's
transaction takes away again. `index.jsonl` has a row for each version: `doc_id`,
`version`, `file` (from the folder above), `valid_from`, `valid_to`, `status` (a draft
is never in force), `label`, `lang`. Will not: read a file of a kind no parser knows.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from clinrag.answering.evaluations.errors import QuestionSetInvalid
from clinrag.answering.evaluations.sets import INDEX, json_lines
from ingestion.embedding import Embedder
from ingestion.evaluation import ReadyEdition, load_scratch_editions

READABLE: Final = frozenset({".md", ".pdf", ".html", ".docx", ".txt"})
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Editions:
    """Files by language; `sha256` is over their days and bytes."""

    by_language: Mapping[str, Sequence[ReadyEdition]]
    sha256: str
    left_out: tuple[str, ...]


def read_editions(folder: Path) -> Editions:
    """Raises QuestionSetInvalid."""
    rows = [_checked(row, number) for number, row in json_lines(folder / INDEX)]
    used = [row for row in rows if Path(row["file"]).suffix in READABLE]
    used.sort(key=lambda row: (row["lang"], row["doc_id"], row["version"]))
    by_language: dict[str, list[ReadyEdition]] = {}
    digest = hashlib.sha256()
    for row in used:
        edition = _edition(folder, row)
        by_language.setdefault(row["lang"], []).append(edition)
        digest.update(_identity(edition).encode())
    left_out = tuple(row["file"] for row in rows if row not in used)
    return Editions(by_language, digest.hexdigest(), left_out)


def load(
    editions: Editions,
    languages: Sequence[str],
    *,
    embedder: Embedder,
    at: datetime,
    progress: Progress,
) -> dict[str, UUID]:
    """The scratch collection of each language; raises OutsideTransaction."""
    return {
        language: load_scratch_editions(
            editions.by_language.get(language, ()),
            language=language,
            embedder=embedder,
            at=at,
            progress=partial(progress, f"passages, {language}"),
        )
        for language in languages
    }


def _checked(row: dict[str, Any], number: int) -> dict[str, Any]:
    wanted = {"doc_id", "version", "file", "valid_from", "valid_to", "status", "lang"}
    if not wanted <= set(row):
        raise QuestionSetInvalid(INDEX, number)
    return row


def _edition(folder: Path, row: Mapping[str, Any]) -> ReadyEdition:
    """A draft has days in the index, but nobody put it in force."""
    path = folder.parent / row["file"]
    if not path.is_file():
        raise QuestionSetInvalid(path.name)
    final = row["status"] == "final"
    return ReadyEdition(
        document=row["doc_id"],
        label=row.get("label") or f"Edition {row['version']}",
        filename=path.name,
        data=path.read_bytes(),
        in_force_from=_day(row["valid_from"]) if final else None,
        in_force_to=_day(row["valid_to"]) if final and row["valid_to"] else None,
    )


def _identity(one: ReadyEdition) -> str:
    content = hashlib.sha256(one.data).hexdigest()
    days = f"{one.in_force_from} {one.in_force_to}"
    return f"{one.document}\n{one.label}\n{one.filename}\n{days}\n{content}\n"


def _day(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)
