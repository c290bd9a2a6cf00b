"""Runs the signer until it is told to stop."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import AuditError
from audit.signing import desk
from audit.signing.files import SignerFiles
from audit.stopping import stop_on_signals


class Command(BaseCommand):
    help = "Sign the log as it grows, until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--adopt",
            action="store_true",
            help="the signer's state was lost: believe the database once, after "
            "comparing its last checkpoint with one held elsewhere",
        )

    def handle(self, **options: Any) -> None:
        files = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR))
        try:
            if options["adopt"]:
                with files.alone():
                    desk.SigningDesk(files).adopt()
            desk.run(stop_on_signals(), files=files, now=lambda: datetime.now(UTC))
        except AuditError as error:
            raise CommandError(str(error)) from error
