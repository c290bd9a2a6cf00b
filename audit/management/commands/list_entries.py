"""Write entries of the log to a file or a pipe."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from audit.events import EventType
from audit.exports.lists import FORMS, entry_lines, every_entry


class Command(BaseCommand):
    help = "Write entries in the order of the log as CSV or JSON lines; nothing sealed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--form", choices=sorted(FORMS), default="csv")
        parser.add_argument("--after", type=int, default=-1, help="begin behind it")
        parser.add_argument("--until", type=int, help="end with this index")
        parser.add_argument(
            "--type", action="append", choices=sorted(EventType), help="repeatable"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        found = every_entry(
            after=options["after"], until=options["until"], types=options["type"]
        )
        for line in entry_lines(found, form=options["form"]):
            self.stdout.write(line, ending="")
