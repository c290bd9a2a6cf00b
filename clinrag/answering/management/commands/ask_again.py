"""What all answers that rest on an edition would be told today, on the shell."""

import argparse
import json
from collections import Counter
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.errors import AuditError
from audit.purposes import OFFERED
from clinrag.answering.errors import AnsweringError
from clinrag.answering.replay.counterfactual import (
    MOST,
    NotAsked,
    ask_all_today,
    worst_first,
)
from clinrag.answering.replay.record import Reading
from clinrag.answering.replay.today import Change, Today
from clinrag.answering.services import build_services
from clinrag.retrieval.errors import RetrievalError
from ingestion.errors import IngestionError
from ingestion.management.accounts import actor_named


class Command(BaseCommand):
    help = (
        "Ask the questions of all answers that cited or were shown an edition again,"
        " over what is in force now; the worst change first. Each batch is a reading on"
        " record, by somebody with read_ledger; no words of a question or an answer are"
        " printed. Exits with 1 when anything is worse than other words, or was not"
        " asked again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("version_id", type=UUID)
        parser.add_argument("--by", required=True, metavar="USER", help="who reads")
        parser.add_argument(
            "--purpose",
            default="quality_assurance",
            choices=[one.code for one in OFFERED],
        )
        parser.add_argument("--most", type=int, default=MOST, help="answers at most")
        parser.add_argument("--json", action="store_true", help="one line an answer")

    def handle(self, *_: Any, **options: Any) -> None:
        found: list[Today] = []
        failed: list[NotAsked] = []
        reading = _reading(options["by"], options["purpose"])
        try:
            for progress in ask_all_today(
                options["version_id"],
                reading,
                services=build_services(),
                most=options["most"],
            ):
                found += progress.found
                failed += progress.failed
                self.stderr.write(f"{progress.done} answers looked at")
        except (AnsweringError, AuditError, IngestionError, RetrievalError) as error:
            raise CommandError(f"{error} [{error.code}]", returncode=2) from None
        tell = _as_json if options["json"] else _as_text
        for one in worst_first(found):
            self.stdout.write(tell(one))
        for missed in failed:
            self.stderr.write(f"not asked     {missed.answer_id} [{missed.code}]")
        self.stderr.write(_counts(found, failed))
        worse = any(one.change.gravity < Change.ANSWERED.gravity for one in found)
        if worse or failed:
            raise SystemExit(1)


def _reading(username: str, purpose: str) -> Reading:
    who = actor_named(username, permission="read_ledger")
    return Reading(who, timezone.now(), purpose, "shell.ask_again")


def _as_json(one: Today) -> str:
    fields = {
        "answer_id": str(one.answer_id),
        "change": one.change.value,
        "outcome_then": one.outcome_then,
        "outcome_today": one.outcome_today,
        "lost": [str(chunk_id) for chunk_id in one.lost],
        "come": [str(chunk_id) for chunk_id in one.come],
    }
    return json.dumps(fields)


def _as_text(one: Today) -> str:
    then, today = one.outcome_then, one.outcome_today
    return f"{one.change.value:13} {one.answer_id} {then} -> {today}"


def _counts(found: list[Today], failed: list[NotAsked]) -> str:
    counts = Counter(one.change for one in found)
    told = [f"{counts[one]} {one.value}" for one in Change if counts[one]]
    told += [f"{len(failed)} not asked"] if failed else []
    return ", ".join(told) or "No answer rests on this edition."
