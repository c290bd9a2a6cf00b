"""Register where an app is told of recalls."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.errors import AuditError
from audit.sealing import key_wrapper
from clinrag.answering.errors import AnsweringError
from clinrag.answering.recalls.endpoints import register_endpoint
from clinrag.answering.recalls.services import outbound_rules
from ingestion.management.accounts import actor_named


class Command(BaseCommand):
    help = "Register where an app is told of recalls; prints its secret, once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("app", help="The name of the app's key.")
        parser.add_argument("url")
        parser.add_argument("--by", required=True, metavar="USER")

    def handle(self, *_: Any, **options: Any) -> None:
        by = actor_named(options["by"], permission="administer")
        try:
            made = register_endpoint(
                options["url"],
                app=options["app"],
                wrapped_by=key_wrapper(),
                rules=outbound_rules(),
                by=by,
                at=timezone.now(),
            )
        except (AnsweringError, AuditError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{made.view.id}\n{made.secret}")
