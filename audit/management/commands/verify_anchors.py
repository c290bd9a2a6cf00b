"""Compares every anchor kept elsewhere with the database; 1 if one contradicts it."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.anchoring import configuration
from audit.anchoring.comparison import AnchorReport, compare
from audit.errors import AuditError
from audit.notes import Verifier


class Command(BaseCommand):
    help = "Compare the anchors in folder and bucket with the log in the database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--vkey",
            action="append",
            required=True,
            help="the log's public key, brought from outside; once for each shard",
        )
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, **options: Any) -> None:
        try:
            trusted = [Verifier.from_vkey(vkey) for vkey in options["vkey"]]
            places = configuration.places()
            if not places:
                raise CommandError("No folder and no bucket is set to hold anchors.")
            report = compare(places, trusted=trusted)
        except AuditError as error:
            raise CommandError(str(error)) from error
        lines = [json.dumps(asdict(report))] if options["json"] else _lines(report)
        for line in lines:
            self.stdout.write(line)
        if not report.holds:
            sys.exit(1)


def _lines(report: AnchorReport) -> list[str]:
    found = report.contradiction
    lines = [f"{report.compared} anchors compared, {report.lost} of entries known lost"]
    if found is not None:
        lines.append(
            f"CONTRADICTION ({found.reason}) at shard {found.shard}, size "
            f"{found.size}: {found.place}: {found.locator}"
        )
    lines += [f"unusable: {each}" for each in report.unusable]
    lines += [f"missing: {each}" for each in report.missing]
    return [*lines, "the anchors hold" if report.holds else "the anchors do not hold"]
