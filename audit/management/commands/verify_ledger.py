"""Derives the whole ledger again and says whether it holds."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.verification import VerificationReport, verify


class Command(BaseCommand):
    help = "Verify every entry, payload, tile, checkpoint and question of the ledger."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line of JSON")
        parser.add_argument("--vkey", help="the log's public key, got from elsewhere")
        parser.add_argument(
            "--checkpoint", type=Path, help="a checkpoint note held elsewhere"
        )

    def handle(self, **options: Any) -> None:
        held: Path | None = options["checkpoint"]
        report = verify(
            vkey=options["vkey"],
            held_checkpoint=held.read_text(encoding="utf-8") if held else None,
            at=datetime.now(UTC),
        )
        lines = [json.dumps(asdict(report))] if options["json"] else describe(report)
        for line in lines:
            self.stdout.write(line)
        if not report.ok:
            raise SystemExit(1)


def describe(report: VerificationReport) -> list[str]:
    """The report as people read it."""
    lines = [
        f"{result.layer:16} {result.checked:>10} checked {result.failed:>6} failed"
        for result in report.layers
    ]
    lines += [
        f"FAILED {failure.layer} {failure.index}: {failure.message}"
        for failure in report.failures
    ]
    verdict = "The ledger holds" if report.ok else "The ledger DOES NOT hold"
    return [*lines, f"{verdict}: size {report.tree_size}, root {report.root}"]
