"""Runs the sequencer until it is told to stop."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from audit.sequencing import sequencer
from audit.stopping import stop_on_signals


class Command(BaseCommand):
    help = "Give recorded entries their place in the log, until stopped."
    requires_system_checks: list[str] = []

    def handle(self, **_options: Any) -> None:
        sequencer.run(stop_on_signals(), now=lambda: datetime.now(UTC))
