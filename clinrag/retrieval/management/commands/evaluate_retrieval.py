"""Measure the search on BEIR-like folders: by channel, fused, and beside others.

Promises: leaves nothing behind, whatever happens. It holds one long transaction open
(minutes for thousands of passages), so it is not for a busy production database.
"""

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinrag.retrieval.comparison import FUSED, HeldOut, as_used, held_out
from clinrag.retrieval.errors import EvaluationSetInvalid
from clinrag.retrieval.evaluation import (
    EvaluationReport,
    evaluate,
    read_evaluation_set,
)
from clinrag.retrieval.fitting import Interval
from ingestion.embedding import get_embedder

COLUMNS = ("ndcg_at_10", "recall_at_5", "recall_at_10", "recall_at_20", "mrr_at_10")
STEPS = 20

Reports = Mapping[str, EvaluationReport]


class Command(BaseCommand):
    help = "Measure the search on folders of corpus.jsonl, queries.jsonl and qrels.tsv"

    _step = ("", 0)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("--limit-queries", type=int, metavar="N")
        parser.add_argument("--language", default="en")
        parser.add_argument(
            "--baselines",
            action="store_true",
            help="measure bm25s, LangChain and LlamaIndex, where they are installed, "
            "and compare on questions that the weights were not fitted on",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            sets = [read_evaluation_set(one) for one in options["folders"]]
        except EvaluationSetInvalid as error:
            raise CommandError(str(error)) from error
        reports = {
            given.name: evaluate(
                given,
                embedder=get_embedder(),
                language=options["language"],
                at=timezone.now(),
                limit_queries=options["limit_queries"],
                others=options["baselines"],
                progress=self._progress,
            )
            for given in sets
        }
        held = _held_out(reports) if options["baselines"] else ()
        written = as_json if options["as_json"] else as_table
        self.stdout.write(written(reports, held))

    def _progress(self, what: str, done: int, total: int) -> None:
        """Write a line at each twentieth of the way."""
        step = (what, done * STEPS // max(1, total))
        if step != self._step:
            self._step = step
            self.stderr.write(f"{what}: {done} of {total}")


def _held_out(reports: Reports) -> tuple[HeldOut, ...]:
    return held_out([one.contested for one in reports.values()])


def as_json(reports: Reports, held: Sequence[HeldOut]) -> str:
    return json.dumps(
        {
            "sets": {name: _plain(one) for name, one in reports.items()},
            "held_out": [asdict(one) for one in held],
        }
    )


def _plain(report: EvaluationReport) -> dict[str, Any]:
    return {
        "passages": report.passages,
        "questions": report.questions,
        "embedder": report.embedder,
        "channels": {name: asdict(one) for name, one in report.channels.items()},
        "ahead": {name: asdict(one) for name, one in as_used(report.contested).items()},
    }


def as_table(reports: Reports, held: Sequence[HeldOut]) -> str:
    """Return the figures as tables for people."""
    lines = [line for name, one in reports.items() for line in _table(name, one)]
    return "\n".join([*lines, *(_held_line(one) for one in held)])


def _table(name: str, report: EvaluationReport) -> list[str]:
    about = f"{report.passages} passages, {report.questions} questions"
    lines = [
        f"{name}: {about}, {report.embedder}",
        f"{'channel':<12}"
        + " ".join(f"{column:>12}" for column in COLUMNS)
        + "  fused is ahead by (95 %)",
    ]
    ahead = as_used(report.contested)
    for channel, measured in report.channels.items():
        figures = asdict(measured)
        cells = " ".join(f"{figures[column]:>12.4f}" for column in COLUMNS)
        lines.append(f"{channel:<12}{cells}  {_interval(ahead.get(channel))}".rstrip())
    return lines


def _held_line(one: HeldOut) -> str:
    others = ", ".join(
        f"{name} {one.ndcg_at_10[name]:.4f} ({_interval(by)})"
        for name, by in one.ahead.items()
    )
    return (
        f"{one.set}, {one.questions} questions, fitted on {one.fitted_on}"
        f" (vector {one.weights.vector}, closeness {one.weights.closeness}):"
        f" fused {one.ndcg_at_10[FUSED]:.4f}; {others}"
    )


def _interval(by: Interval | None) -> str:
    return "" if by is None else f"{by.mean:+.4f} [{by.low:+.4f}, {by.high:+.4f}]"
