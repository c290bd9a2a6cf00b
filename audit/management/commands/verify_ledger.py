"""Derives the whole ledger again and says whether it holds.

Exit codes, for scripts:

    0  it holds
    1  it does not
    2  the command or a file given to it is malformed
    3  it holds, but recorded entries have waited too long for their place in it or
       for a signature
    4  the database or a file could not be read: nothing is said about the ledger
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, OperationalError

from audit.errors import AuditError
from audit.verification import Progress, Range, VerificationReport, verify

DOES_NOT_HOLD: Final = 1
MISUSED: Final = 2
LAGS: Final = 3
UNREADABLE: Final = 4
# An entry waits milliseconds; who waits this long waits for a process that is gone.
LONGEST_WAIT_SECONDS: Final = 60.0
LAGGING: Final = (
    "WARNING: recorded entries wait for their place in the log, and nothing above"
    " is about them. Is the sequencer running?"
)
UNSIGNED: Final = (
    "WARNING: entries of the log wait for a signature, and nobody outside could tell"
    " if they were others. Is the signer running?"
)


class Command(BaseCommand):
    help = (
        "Verify every entry, payload, tile, checkpoint and question of the ledger."
        " Exit codes: 0 holds, 1 does not hold, 2 malformed, 3 holds but lags behind,"
        " 4 could not be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line of JSON")
        parser.add_argument("--vkey", help="the log's public key, got from elsewhere")
        parser.add_argument(
            "--checkpoint", type=Path, help="a checkpoint note held elsewhere"
        )
        parser.add_argument(
            "--max-wait",
            type=float,
            default=LONGEST_WAIT_SECONDS,
            metavar="SECONDS",
            help="end with 3 if an entry has waited longer for place or signature",
        )

        parser.add_argument(
            "--from",
            type=int,
            dest="first",
            metavar="INDEX",
            help="check entries from here on only, under --checkpoint or the newest",
        )
        parser.add_argument(
            "--to", type=int, dest="end", metavar="INDEX", help="and before this one"
        )
        parser.add_argument(
            "--progress", action="store_true", help="tell on stderr how far it is"
        )

    def handle(self, **options: Any) -> None:
        only = _range(options["first"], options["end"])
        try:
            report = self._verify(only, **options)
        except (Error, OSError) as error:
            raise CommandError(_unread(error), returncode=UNREADABLE) from error
        except (AuditError, UnicodeDecodeError) as error:
            told = f"Nothing was verified: {error or type(error).__name__}"
            raise CommandError(told, returncode=MISUSED) from error
        self._tell_report(report, **options)

    def _verify(self, only: Range | None, **options: Any) -> VerificationReport:
        held: Path | None = options["checkpoint"]
        return verify(
            vkey=options["vkey"],
            held_checkpoint=held.read_text(encoding="utf-8") if held else None,
            at=datetime.now(UTC),
            only=only,
            on_progress=self._tell if options["progress"] else lambda _: None,
        )

    def _tell_report(self, report: VerificationReport, **options: Any) -> None:
        warnings = _warnings(report, longest=options["max_wait"])
        lags = bool(warnings)
        lines = [json.dumps(asdict(report) | {"lags": lags})]
        if not options["json"]:
            lines = [*describe(report), *warnings]
        for line in lines:
            self.stdout.write(line)
        if not report.ok or lags:
            raise SystemExit(LAGS if report.ok else DOES_NOT_HOLD)

    def _tell(self, progress: Progress) -> None:
        total = progress.total or 1
        share = f"{100 * progress.done // total:>3} %"
        self.stderr.write(f"{share} {progress.layer} {progress.done} of {total}")


def _range(first: int | None, end: int | None) -> Range | None:
    if first is None and end is None:
        return None
    if first is None or end is None or not 0 <= first < end:
        told = "--from and --to go together, the first below the second"
        raise CommandError(told, returncode=MISUSED)
    return Range(first, end)


def _unread(error: Exception) -> str:
    """One sentence; a database's own words only on connecting: others may quote."""
    why = type(error).__name__
    if isinstance(error, OperationalError | OSError):
        why = str(error).partition("\n")[0]
    return f"The ledger could not be read, so nothing is said about it: {why}"


def _warnings(report: VerificationReport, *, longest: float) -> list[str]:
    waits = {
        LAGGING: report.inbox.oldest_waits_seconds,
        UNSIGNED: report.unsigned.oldest_waits_seconds,
    }
    return [warning for warning, seconds in waits.items() if seconds > longest]


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
    lines += [
        f"DECLARED LOST entries {loss.first} to {loss.end - 1}, signed before and gone"
        f" when shard {loss.shard} was opened (authorization {loss.authorization_id})"
        for loss in report.lost
    ]
    lines.append(
        f"{'inbox':16} {report.inbox.waiting:>10} waiting, the oldest for"
        f" {report.inbox.oldest_waits_seconds:.0f} seconds"
    )
    if report.only is None:
        lines.append(
            f"{'unsigned':16} {report.unsigned.entries:>10} past the newest signature,"
            f" the oldest for {report.unsigned.oldest_waits_seconds:.0f} seconds"
        )
    what = "The ledger"
    if report.only is not None:
        what = f"The range from {report.only.first} to {report.only.end - 1}"
    verdict = f"{what} holds" if report.ok else f"{what} DOES NOT hold"
    tree = f"size {report.tree_size}, signed to {report.signed_size}"
    return [*lines, f"{verdict}: {tree}, root {report.root}"]
