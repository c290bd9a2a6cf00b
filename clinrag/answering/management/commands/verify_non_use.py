"""Recompute a certificate of non-use from the entries of its range."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import canonical
from audit.errors import AuditError
from audit.notes import Verifier
from clinrag.answering.errors import CertificateInvalid
from clinrag.answering.impact.certificates import Certificate, verify


class Command(BaseCommand):
    help = (
        "Recompute a certificate of non-use from entries as JSON lines (of the list of"
        " entries) and the log's public key. Asks no database."
    )
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("certificate", type=Path)
        parser.add_argument("entries", type=Path, help="entries.jsonl")
        parser.add_argument("--vkey", action="append", required=True)

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            verifiers = [Verifier.from_vkey(vkey) for vkey in options["vkey"]]
            made = Certificate.from_json(options["certificate"].read_text("utf-8"))
            bodies = _bodies(options["entries"], made.first, made.last)
            verify(made, bodies, verifiers={one.name: one for one in verifiers})
        except (AuditError, CertificateInvalid, OSError, ValueError) as error:
            raise CommandError(f"It does not hold: {error}") from None
        self.stdout.write(
            f"It holds: entries {made.first} to {made.last}, {made.ended} of which end"
            f" a question, do not name version {made.version_id}."
        )


def _bodies(path: Path, first: int, last: int) -> Iterator[bytes]:
    """The exact bytes of the entries of the range: canonical JSON has one form."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            index, entry = _told(json.loads(line))
            if first <= index <= last:
                yield canonical.encode(entry)


def _told(line: object) -> tuple[int, dict[str, Any]]:
    """An entry with its index; raises CertificateInvalid for what is none."""
    match line:
        case {"index": int(index), "entry": dict(entry)}:
            return index, entry
    raise CertificateInvalid
