"""Runs a small C2SP witness until it is told to stop; it uses no database.

A witness that the log's own operator runs vouches for nothing: run it for somebody
else's log, or let somebody else run it for this one.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.errors import AuditError
from audit.witnessing import program


class Command(BaseCommand):
    help = "Witness other people's logs over HTTP, until stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        program.add_arguments(parser)

    def handle(self, **options: Any) -> None:
        try:
            program.run(options, say=self._say, now=lambda: datetime.now(UTC))
        except (AuditError, OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
