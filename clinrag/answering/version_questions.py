"""Measuring whether questions get the text that was in force on their date.

Promises: the very search, prompt, built-in answerer and grounding check that answer in
production, on editions read and cut as any others, in a transaction that is rolled
back; nothing is recorded. The folder holds `index.jsonl`, a row for each version with
its file and days, and `version_questions.jsonl`, a row for each question with its date,
a literal quotation from the version then in force, and what must not be said. Will not:
judge an answer's words beyond those two.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from clinrag.answering.rehearsal import rehearse
from clinrag.answering.types import Outcome
from clinrag.retrieval.errors import EvaluationSetInvalid
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery, RetrievedPassage
from ingestion.embedding import Embedder
from ingestion.evaluation import ReadyEdition, load_scratch_editions

READABLE: Final = frozenset({".md", ".pdf", ".html", ".docx", ".txt"})
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class VersionQuestion:
    """A question with its date; `evidence` is None when nothing in force answers it."""

    id: str
    text: str
    language: str
    kind: str
    as_of: datetime
    document: str
    evidence: str | None
    must_not_say: str | None


@dataclass(frozen=True, slots=True)
class VersionResult:
    """What became of a question.

    `rank` is the first passage that holds the evidence (None: not found), `outcome`
    what the built-in answerer came to, `has_evidence` whether a passage it cites holds
    the evidence, `said_forbidden` whether what it cites holds what must not be said,
    and `found_forbidden` whether any passage found does. `editions_mixed` is true when
    two editions of one document were found.
    """

    question: VersionQuestion
    rank: int | None
    outcome: Outcome
    has_evidence: bool
    said_forbidden: bool
    found_forbidden: bool
    editions_mixed: bool


@dataclass(frozen=True, slots=True)
class VersionReport:
    """All results, over how many editions, and the files that were left out."""

    editions: int
    left_out: tuple[str, ...]
    top_k: int
    results: tuple[VersionResult, ...]


def evaluate_versions(
    folder: Path,
    *,
    embedder: Embedder,
    at: datetime,
    top_k: int = 8,
    progress: Progress = lambda *_: None,
) -> VersionReport:
    """Load, ask and measure, in one transaction that is rolled back.

    Raises EvaluationSetInvalid, naming file and line.
    """
    rows = list(_json_lines(folder / "index.jsonl"))
    questions = [_question(row) for row in _json_lines(folder / _QUESTIONS)]
    used = [row for row in rows if Path(row["file"]).suffix in READABLE]
    results: list[VersionResult] = []
    with transaction.atomic():
        for language in sorted({one.language for one in questions}):
            editions = _editions(folder, used, language=language)
            loaded = load_scratch_editions(
                editions,
                language=language,
                embedder=embedder,
                at=at,
                progress=partial(progress, f"passages, {language}"),
            )
            ask = _Asking(loaded, embedder, language, top_k)
            results += [ask(one) for one in questions if one.language == language]
        transaction.set_rollback(True)
    return VersionReport(
        editions=len(used),
        left_out=tuple(row["file"] for row in rows if row not in used),
        top_k=top_k,
        results=tuple(results),
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question against the scratch collection of its language."""

    collection_id: UUID
    embedder: Embedder
    language: str
    top_k: int

    def __call__(self, question: VersionQuestion) -> VersionResult:
        query = RetrievalQuery(
            text=question.text,
            collection_ids=(self.collection_id,),
            language=self.language,
            as_of=question.as_of,
            limit=self.top_k,
        )
        found = retrieve(query, embedder=self.embedder)
        came = rehearse(question.text, found, embedder=self.embedder)
        holding = [one for one in found.passages if _holds(one, question)]
        versions = {(one.document_id, one.version_id) for one in found.passages}
        return VersionResult(
            question=question,
            rank=holding[0].rank if holding else None,
            outcome=came.outcome,
            has_evidence=any(one in holding for one in came.cited),
            said_forbidden=_says(came.cited, question.must_not_say),
            found_forbidden=_says(found.passages, question.must_not_say),
            editions_mixed=len(versions) > len({one for one, _ in versions}),
        )


def _editions(
    folder: Path, rows: Sequence[Mapping[str, Any]], *, language: str
) -> list[ReadyEdition]:
    wanted = [row for row in rows if row["lang"] == language]
    wanted.sort(key=lambda row: (row["doc_id"], row["version"]))
    return [_edition(folder, row) for row in wanted]


def _edition(folder: Path, row: Mapping[str, Any]) -> ReadyEdition:
    """A draft has days in the index, but nobody put it in force."""
    path = folder.parent / row["file"]
    final = row["status"] == "final"
    return ReadyEdition(
        document=row["doc_id"],
        label=row["label"] or f"Edition {row['version']}",
        filename=path.name,
        data=path.read_bytes(),
        in_force_from=_day(row["valid_from"]) if final else None,
        in_force_to=_day(row["valid_to"]) if final and row["valid_to"] else None,
    )


def _question(row: Mapping[str, Any]) -> VersionQuestion:
    return VersionQuestion(
        id=row["_id"],
        text=row["question"],
        language=row["lang"],
        kind=row["kind"],
        as_of=_day(row["as_of"]),
        document=row["doc_id"],
        evidence=row["evidence"] if row["answerable"] else None,
        must_not_say=row["must_not_say"],
    )


def _day(written: str) -> datetime:
    return datetime.combine(datetime.fromisoformat(written), time(), tzinfo=UTC)


def _holds(passage: RetrievedPassage, question: VersionQuestion) -> bool:
    if question.evidence is None or passage.document_title != question.document:
        return False
    return _plain(question.evidence) in _plain(passage.text)


def _says(passages: Sequence[RetrievedPassage], words: str | None) -> bool:
    if words is None:
        return False
    return any(_plain(words) in _plain(passage.text) for passage in passages)


def _plain(text: str) -> str:
    """Without emphasis, and with one kind of space, non-breaking ones included."""
    return re.sub(r"\s+", " ", re.sub(r"[*_]", "", text)).strip()


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise EvaluationSetInvalid(path.name)
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except ValueError:
                raise EvaluationSetInvalid(path.name, number) from None


_QUESTIONS: Final = "version_questions.jsonl"
