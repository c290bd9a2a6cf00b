"""Measure whether questions with a date get the text that was in force on it.

Promises: leaves nothing behind. It holds one long transaction open (minutes for two
hundred files), so it is not for a busy production database.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinrag.answering.types import Outcome
from clinrag.answering.version_questions import (
    VersionReport,
    VersionResult,
    evaluate_versions,
)
from clinrag.retrieval.errors import EvaluationSetInvalid
from ingestion.embedding import get_embedder


class Command(BaseCommand):
    help = "Ask questions with a date of editions with days, and compare with evidence"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("--top-k", type=int, default=8, metavar="K")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            report = evaluate_versions(
                options["folder"],
                embedder=get_embedder(),
                at=timezone.now(),
                top_k=options["top_k"],
                progress=lambda what, done: self.stderr.write(f"{what}: {done}"),
            )
        except EvaluationSetInvalid as error:
            raise CommandError(str(error)) from error
        written = as_json(report) if options["as_json"] else as_table(report)
        self.stdout.write(written)


def figures(report: VersionReport) -> dict[str, int]:
    """How many questions came out which way."""
    asked = [one for one in report.results if one.question.evidence is not None]
    others = [one for one in report.results if one.question.evidence is None]
    return {
        "questions": len(report.results),
        "answerable": len(asked),
        "evidence_found": sum(one.rank is not None for one in asked),
        "evidence_first": sum(one.rank == 1 for one in asked),
        "evidence_cited": sum(one.has_evidence for one in asked),
        "unanswerable": len(others),
        "refused": sum(one.outcome is not Outcome.ANSWERED for one in others),
        "forbidden_cited": sum(one.said_forbidden for one in report.results),
        "forbidden_found": sum(one.found_forbidden for one in report.results),
        "editions_mixed": sum(one.editions_mixed for one in report.results),
    }


def as_json(report: VersionReport) -> str:
    return json.dumps(
        {"figures": figures(report)} | asdict(report), default=str, ensure_ascii=False
    )


def as_table(report: VersionReport) -> str:
    """Return the figures and a line for each question, for people."""
    lines = [f"{report.editions} editions, the {report.top_k} best passages"]
    lines += [f"  {name:<16}{count:>4}" for name, count in figures(report).items()]
    lines += [f"left out: {name}" for name in report.left_out]
    return "\n".join([*lines, *(_line(one) for one in report.results)])


def _line(one: VersionResult) -> str:
    rank = "-" if one.rank is None else str(one.rank)
    wanted = "evidence" if one.question.evidence else "refusal"
    said = " CITES WHAT MUST NOT BE SAID" if one.said_forbidden else ""
    return f"{one.question.id}  {wanted:<8} rank {rank:>2}  {one.outcome}{said}"
