"""Measuring the search on a folder of passages, questions and judgements.

Promises: the very same SQL and embedder as in production, on a scratch collection
that is rolled back; nothing is kept, nothing outside that collection is looked at.
The folder is BEIR-like (Thakur and others, 2021): `corpus.jsonl`, `queries.jsonl`
(each plain or .gz) and `qrels.tsv` or `qrels/test.tsv`. Will not: tune anything.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TextIO

from django.db import connection, transaction

from clinrag.retrieval.baselines import baselines
from clinrag.retrieval.comparison import Contested
from clinrag.retrieval.errors import EvaluationSetInvalid
from clinrag.retrieval.fitting import AskedSet, Candidates
from clinrag.retrieval.metrics import Quality, ndcg, quality
from clinrag.retrieval.search import rankings
from clinrag.retrieval.types import RetrievalQuery
from ingestion.embedding import Embedder, identity_of
from ingestion.evaluation import (
    ReadyPassage,
    ScratchCollection,
    load_scratch_collection,
)

DEPTH = 20
CHANNELS = ("vector", "lexical", "fused")

Judgements = dict[str, dict[str, int]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Passages, questions by id, and the grades of passages by question."""

    name: str
    passages: tuple[ReadyPassage, ...]
    questions: Mapping[str, str]
    judgements: Judgements


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What was measured, over how much, and by which embedder.

    `channels` are the search's own and the baselines, if they were asked for;
    `contested` is what a comparison of them needs.
    """

    passages: int
    questions: int
    embedder: str
    channels: Mapping[str, Quality]
    contested: Contested


def read_evaluation_set(folder: Path) -> EvaluationSet:
    """Read a BEIR-like folder; raises EvaluationSetInvalid, naming file and line."""
    corpus = _json_lines(_existing(folder, "corpus.jsonl", "corpus.jsonl.gz"))
    queries = _json_lines(_existing(folder, "queries.jsonl", "queries.jsonl.gz"))
    return EvaluationSet(
        name=folder.name,
        passages=tuple(
            ReadyPassage(row["_id"], row.get("title", ""), row["text"])
            for row in corpus
        ),
        questions={row["_id"]: row["text"] for row in queries},
        judgements=_judgements(_existing(folder, "qrels.tsv", "qrels/test.tsv")),
    )


def evaluate(
    given: EvaluationSet,
    *,
    embedder: Embedder,
    language: str,
    at: datetime,
    limit_queries: int | None = None,
    others: bool = False,
    progress: Progress = lambda *_: None,
) -> EvaluationReport:
    """Load, search and measure, in one transaction that is rolled back.

    `others` measures the installed baselines besides.
    """
    judged = [one for one in given.questions if given.judgements.get(one)]
    asked = {one: given.questions[one] for one in judged[:limit_queries]}
    total = len(given.passages)
    with transaction.atomic():
        scratch = load_scratch_collection(
            given.passages,
            language=language,
            embedder=embedder,
            at=at,
            progress=lambda done: progress("passages", done, total),
        )
        _refresh_statistics()
        search = _Search(scratch, embedder, language, at)
        found = _rank_all(asked, search, progress)
        transaction.set_rollback(True)
    if others:
        found |= _rank_others(given.passages, asked, embedder)
    candidates = search.candidates
    return EvaluationReport(
        passages=total,
        questions=len(asked),
        embedder=identity_of(embedder),
        channels={
            channel: quality(ranked, judgements=given.judgements)
            for channel, ranked in found.items()
        },
        contested=Contested(
            AskedSet(given.name, candidates, given.judgements),
            {channel: _ndcg(ranked, given) for channel, ranked in found.items()},
        ),
    )


def _ndcg(
    ranked: Mapping[str, Sequence[str]], given: EvaluationSet
) -> dict[str, float]:
    return {
        question: ndcg(ranking, judged=given.judgements[question], depth=10)
        for question, ranking in ranked.items()
    }


def _rank_others(
    passages: Sequence[ReadyPassage], asked: Mapping[str, str], embedder: Embedder
) -> dict[str, dict[str, Sequence[str]]]:
    """The rankings of each baseline that is installed."""
    finders = baselines(passages, embedder=embedder, depth=DEPTH)
    return {
        name: {question: find(text) for question, text in asked.items()}
        for name, find in finders.items()
    }


def _rank_all(
    asked: Mapping[str, str],
    search: Callable[[str, str], Mapping[str, Sequence[str]]],
    progress: Progress,
) -> dict[str, dict[str, Sequence[str]]]:
    """Return rankings of passage ids by channel and question."""
    found: dict[str, dict[str, Sequence[str]]] = defaultdict(dict)
    for count, (question_id, text) in enumerate(asked.items(), 1):
        for channel, ranking in search(question_id, text).items():
            found[channel][question_id] = ranking
        progress("questions", count, len(asked))
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """One question against the scratch collection, as the passages' own ids.

    What could have been found is kept in `candidates`, for weights to be fitted.
    """

    scratch: ScratchCollection
    embedder: Embedder
    language: str
    at: datetime
    candidates: dict[str, Candidates] = field(default_factory=dict)

    def __call__(self, question_id: str, text: str) -> dict[str, list[str]]:
        query = RetrievalQuery(
            text=text,
            collection_ids=(self.scratch.collection_id,),
            language=self.language,
            as_of=self.at,
            limit=DEPTH,
        )
        names = self.scratch.passage_ids
        found = rankings(query, embedder=self.embedder)
        self.candidates[question_id] = Candidates(found.parts, names)
        return {
            channel: [names[chunk_id] for chunk_id in getattr(found, channel)]
            for channel in CHANNELS
        }


def _refresh_statistics() -> None:
    """Tell the planner of the new rows, as autovacuum would.

    Only a table's owner may; for others PostgreSQL warns and goes on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE ingestion_chunk, ingestion_versionchunk,"
            " ingestion_chunkembedding, ingestion_chunkposting"
        )


def _existing(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise EvaluationSetInvalid(names[0])


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _json_lines(path: Path) -> Iterator[dict[str, str]]:
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                valid = isinstance(row["_id"], str) and isinstance(row["text"], str)
            except (ValueError, KeyError, TypeError):
                valid = False
            if not valid:
                raise EvaluationSetInvalid(path.name, number)
            yield row


def _judgements(path: Path) -> Judgements:
    """Read query id, passage id and grade, tab-separated, below a header."""
    judgements: Judgements = defaultdict(dict)
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            fields = line.rstrip("\n").split("\t")
            if number == 1 and not fields[-1].isdecimal():
                continue
            if len(fields) != 3 or not fields[2].isdecimal():  # noqa: PLR2004
                raise EvaluationSetInvalid(path.name, number)
            judgements[fields[0]][fields[1]] = int(fields[2])
    return dict(judgements)
