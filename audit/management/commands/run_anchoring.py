"""Has checkpoints vouched for elsewhere until it is told to stop."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.anchoring import configuration, rounds
from audit.errors import AuditError
from audit.stopping import stop_on_signals


class Command(BaseCommand):
    help = "Have new checkpoints cosigned, time-stamped and anchored, until stopped."
    requires_system_checks: list[str] = []

    def handle(self, **_options: Any) -> None:
        try:
            plan = configuration.plan()
        except AuditError as error:
            raise CommandError(str(error)) from error
        if plan.is_empty:
            raise CommandError(
                "Nobody is set to vouch for the log: see CLINRAG_WITNESS_POLICY, "
                "CLINRAG_TIMESTAMP_URL and CLINRAG_ANCHOR_FOLDER in deploy/env.sample."
            )
        rounds.run(
            stop_on_signals(),
            plan=plan,
            seconds=settings.CLINRAG_ANCHORING_SECONDS,
            now=lambda: datetime.now(UTC),
        )
