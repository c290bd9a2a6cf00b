"""Compares every anchor kept elsewhere with the database; 1 if one contradicts it.

Follows changes of key from the keys given, by statements that the keys themselves
signed. Believes no key that only the database names.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import keychains
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
            help="a public key, brought from outside; once for each shard. Changes of"
            " it that both keys signed are followed among the log's entries",
        )
        parser.add_argument("--json", action="store_true", help="one line of JSON")

    def handle(self, **options: Any) -> None:
        try:
            given = [Verifier.from_vkey(vkey) for vkey in options["vkey"]]
            places = configuration.places()
            if not places:
                raise CommandError("No folder and no bucket is set to hold anchors.")
            report = compare(places, trusted=_followed(given))
        except AuditError as error:
            raise CommandError(str(error)) from error
        lines = [json.dumps(asdict(report))] if options["json"] else _lines(report)
        for line in lines:
            self.stdout.write(line)
        if not report.holds:
            sys.exit(1)


def _followed(given: Sequence[Verifier]) -> list[Verifier]:
    """These keys, and those before and after changes of them that both signed."""
    changes = keychains.rotations()
    found = (era.verifier for key in given for era in keychains.eras(key, changes))
    return list(dict.fromkeys([*given, *found]))


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
