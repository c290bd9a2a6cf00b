"""Tell to whom a person's content was disclosed: the reference is read, not given."""

import argparse
import sys
from datetime import UTC, datetime
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.errors import AuditError
from audit.exports.accounting import disclosures
from audit.exports.lists import csv_line

COLUMNS = ("at", "index", "type", "actor_id", "actor_name", "purpose", "surface")


class Command(BaseCommand):
    help = "Account for disclosures of a person's content as CSV; nothing sealed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--since", type=_moment, required=True)
        parser.add_argument("--until", type=_moment, required=True, help="not included")

    def handle(self, *_: Any, **options: Any) -> None:
        since, until = options["since"], options["until"]
        try:
            found = disclosures(_reference(), since=since, until=until)
        except AuditError as error:
            raise CommandError(f"{error} [{error.code}]") from None
        self.stdout.write(csv_line(COLUMNS), ending="")
        for one in found:
            cells = [getattr(one, name) for name in COLUMNS]
            self.stdout.write(csv_line(cells), ending="")


def _reference() -> str:
    """Asked for, or read from a pipe: arguments are seen by all, and remembered."""
    if sys.stdin.isatty():
        return getpass("The reference under which it was sealed: ")
    return sys.stdin.readline().rstrip("\r\n")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
