"""Ask questions whose answer is known, and say what the answers are worth.

Promises: the report is on record before it is printed. With `--gate` the exit code is
1 when a measure is worse than the baseline's beyond the tolerance and nobody waived
it, 2 when nothing could be measured. A folder's editions leave nothing behind, but one
long transaction is open meanwhile (minutes for two hundred files).
"""

import getpass
import json
import sys
import time
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from audit.errors import AuditError
from clinrag.answering.errors import AnsweringError
from clinrag.answering.evaluations.asking import TOP_K, Asking, evaluate
from clinrag.answering.evaluations.encoding import as_file, from_file
from clinrag.answering.evaluations.errors import BaselineInvalid
from clinrag.answering.evaluations.figures import Figure, figures, latency
from clinrag.answering.evaluations.orders import with_orders
from clinrag.answering.evaluations.queries import evaluation_report
from clinrag.answering.evaluations.reports import record_evaluation
from clinrag.answering.evaluations.sets import golden_set, read_folder
from clinrag.answering.evaluations.types import Evaluation, QuestionSet, ReportView, Row
from clinrag.answering.services import build_services
from ingestion.errors import IngestionError

CLOSED: Final = 1
FAILED: Final = 2


class Command(BaseCommand):
    help = "Ask questions whose answer is known, and judge the answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        given = parser.add_mutually_exclusive_group(required=True)
        given.add_argument("folder", nargs="?", type=Path, help="a question set")
        given.add_argument(
            "--golden", metavar="COLLECTION", help="its golden questions"
        )
        parser.add_argument(
            "--orders", type=Path, metavar="FILE", help="orders to a model, as well"
        )
        parser.add_argument("--top-k", type=int, default=TOP_K, metavar="K")
        parser.add_argument(
            "--gate", metavar="BASELINE", help="a report's id, or a file of --json"
        )
        parser.add_argument(
            "--at-most-worse", type=_share, default=Decimal("0.02"), metavar="SHARE"
        )
        parser.add_argument("--by", metavar="USER", help="username of who asks")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            report = self._recorded(options)
        except (AnsweringError, IngestionError, AuditError) as error:
            message = f"{error} [{error.code}]"
            raise CommandError(message, returncode=FAILED) from None
        told = json.dumps(as_json(report), ensure_ascii=False)
        self.stdout.write(told if options["as_json"] else as_table(report))
        gate = report.evaluation.gate
        if gate is not None and not gate.is_open:
            sys.exit(CLOSED)

    def _recorded(self, options: dict[str, Any]) -> ReportView:
        wanted = options["gate"]
        baseline = _baseline(wanted) if wanted else None
        asking = Asking(
            services=build_services(),
            at=timezone.now(),
            clock=time.perf_counter,
            top_k=options["top_k"],
            progress=lambda what, done: self.stderr.write(f"{what}: {done}"),
        )
        report_id = record_evaluation(
            evaluate(_question_set(options), asking),
            by=_actor(options["by"]),
            at=timezone.now(),
            baseline=baseline,
            tolerance=options["at_most_worse"],
        )
        return evaluation_report(report_id)


def as_json(report: ReportView) -> dict[str, Any]:
    """The report as `--gate` takes it, with its id and figures."""
    rows, spent = report.evaluation.rows, latency(report.evaluation.rows)
    told = {
        str(one.measure): [one.share.hits, one.share.of, one.low, one.high]
        for one in figures(rows)
    }
    times = {"median": spent.median, "p95": spent.p95}
    named = {"id": str(report.id), "figures": told, "milliseconds": times}
    return named | as_file(report.evaluation)


def as_table(report: ReportView) -> str:
    """The figures and a line for each question, for people."""
    evaluation = report.evaluation
    spent = latency(evaluation.rows)
    lines = [f"{evaluation.set_name}: {len(evaluation.rows)} questions"]
    lines += [f"  {name:<20} {value}" for name, value in evaluation.inputs.pairs]
    lines += [_figure(one) for one in figures(evaluation.rows)]
    lines.append(f"{'milliseconds':<20} median {spent.median}, p95 {spent.p95}")
    lines += [_line(row) for row in evaluation.rows]
    return "\n".join([*lines, *_gate_lines(evaluation), f"Report {report.id}"])


def _figure(one: Figure) -> str:
    counts = f"{one.share.hits:>4} of {one.share.of:<4}"
    bounds = f"{one.share.value:.3f} ({one.low:.3f} to {one.high:.3f})"
    return f"{one.measure:<20} {counts} {bounds}"


def _line(row: Row) -> str:
    rank = "-" if row.rank is None else str(row.rank)
    short = [
        f"{measure} {share.hits}/{share.of}"
        for measure, share in row.shares.items()
        if share.hits != (0 if measure.is_better_when_lower else share.of)
    ]
    return f"{row.id}  rank {rank:>2}  {row.outcome:<12} {', '.join(short)}".rstrip()


def _gate_lines(evaluation: Evaluation) -> list[str]:
    gate = evaluation.gate
    if gate is None:
        return []
    waived = [f"worse, but waived: {name}" for name in gate.waived]
    worse = [f"WORSE: {name}" for name in gate.worse if name not in gate.waived]
    return [*waived, *worse, f"The gate is {'open' if gate.is_open else 'CLOSED'}."]


def _question_set(options: dict[str, Any]) -> QuestionSet:
    slug, orders = options["golden"], options["orders"]
    found = golden_set(slug) if slug else read_folder(options["folder"])
    return with_orders(found, orders) if orders else found


def _baseline(named: str) -> Evaluation:
    """A report that is stored here, or a file that was written elsewhere."""
    try:
        return evaluation_report(UUID(named)).evaluation
    except ValueError:
        pass
    try:
        told = json.loads(Path(named).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BaselineInvalid from None
    return from_file(told)


def _share(written: str) -> Decimal:
    try:
        share = Decimal(written)
    except InvalidOperation:
        raise ValueError from None
    if not 0 <= share < 1:
        raise ValueError
    return share


def _actor(username: str | None) -> Actor:
    if username is None:
        name = getpass.getuser()
        return Actor(ActorKind.SYSTEM, "command:evaluate_answers", name, "shell")
    user = get_user_model().objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError("There is no active user of that name.", returncode=FAILED)
    name = user.get_full_name() or user.get_username()
    return Actor(ActorKind.PERSON, f"user:{user.pk}", name, "shell")
