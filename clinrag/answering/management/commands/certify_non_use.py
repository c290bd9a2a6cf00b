"""Certify that no answer in a range of the log used a version."""

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from clinrag.answering.errors import AnsweringError
from clinrag.answering.impact.issuing import certify_non_use
from ingestion.errors import IngestionError


class Command(BaseCommand):
    help = "Write a certificate, as JSON, that no answer in a range used a version."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("version", type=UUID)
        parser.add_argument("--first", type=int, default=0, metavar="INDEX")
        parser.add_argument("--last", type=int, default=None, metavar="INDEX")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            made = certify_non_use(
                options["version"],
                at=timezone.now(),
                first=options["first"],
                last=options["last"],
            )
        except (AnsweringError, IngestionError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(made.to_json(), ending="")
