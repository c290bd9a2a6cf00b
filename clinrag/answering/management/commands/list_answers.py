"""Write the list of answers to a file or a pipe."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from audit.exports.lists import FORMS
from clinrag.answering.lists import answer_lines


class Command(BaseCommand):
    help = "Write all answers, newest first, as CSV or JSON lines; nothing sealed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--form", choices=sorted(FORMS), default="csv")

    def handle(self, *_: Any, **options: Any) -> None:
        for line in answer_lines(options["form"]):
            self.stdout.write(line, ending="")
