"""Measure the search on a BEIR-like folder, by channel and fused.

Promises: leaves nothing behind, whatever happens. It holds one long transaction open
(minutes for thousands of passages), so it is not for a busy production database.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinrag.retrieval.errors import EvaluationSetInvalid
from clinrag.retrieval.evaluation import (
    EvaluationReport,
    evaluate,
    read_evaluation_set,
)
from ingestion.embedding import get_embedder

COLUMNS = ("ndcg_at_10", "recall_at_5", "recall_at_10", "recall_at_20", "mrr_at_10")
STEPS = 20


class Command(BaseCommand):
    help = "Measure the search on a folder of corpus.jsonl, queries.jsonl and qrels.tsv"

    _step = ("", 0)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("--limit-queries", type=int, metavar="N")
        parser.add_argument("--language", default="en")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            given = read_evaluation_set(options["folder"])
        except EvaluationSetInvalid as error:
            raise CommandError(str(error)) from error
        report = evaluate(
            given,
            embedder=get_embedder(),
            language=options["language"],
            at=timezone.now(),
            limit_queries=options["limit_queries"],
            progress=self._progress,
        )
        written = as_json(report) if options["as_json"] else as_table(report)
        self.stdout.write(written)

    def _progress(self, what: str, done: int, total: int) -> None:
        """Write a line at each twentieth of the way."""
        step = (what, done * STEPS // max(1, total))
        if step != self._step:
            self._step = step
            self.stderr.write(f"{what}: {done} of {total}")


def as_json(report: EvaluationReport) -> str:
    return json.dumps(asdict(report))


def as_table(report: EvaluationReport) -> str:
    """Return the figures as a table for people."""
    about = f"{report.passages} passages, {report.questions} questions"
    lines = [
        f"{about}, {report.embedder}",
        "channel  " + " ".join(f"{name:>12}" for name in COLUMNS),
    ]
    for channel, measured in report.channels.items():
        figures = asdict(measured)
        cells = " ".join(f"{figures[name]:>12.4f}" for name in COLUMNS)
        lines.append(f"{channel:<9}{cells}")
    return "\n".join(lines)
