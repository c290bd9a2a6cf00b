"""Runs the signer until it is told to stop."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.errors import AuditError
from audit.signing import desk
from audit.signing.files import SignerFiles
from audit.stopping import stop_on_signals


class Command(BaseCommand):
    help = "Sign the log as it grows, until stopped."
    requires_system_checks: list[str] = []

    def handle(self, **_options: Any) -> None:
        files = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR))
        try:
            desk.run(stop_on_signals(), files=files, now=lambda: datetime.now(UTC))
        except AuditError as error:
            raise CommandError(str(error)) from error
