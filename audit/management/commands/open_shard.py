"""Opens the log's next shard: planned, or after a restore that lost entries.

Run where the signer runs, as its system user, with the application's database role,
while signer and sequencer are stopped; start both afterwards. Two people must have
agreed before. If the signer's disk was lost, name a checkpoint held elsewhere and the
key that signed it. Prints as JSON what the new shard says of the one before.
"""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actors import Actor, ActorKind
from audit.errors import AuditError
from audit.signing.changes import HeldNote, open_shard
from audit.signing.files import SignerFiles

BY = Actor(ActorKind.SYSTEM, "command:open_shard", "open_shard", "shell")


class Command(BaseCommand):
    help = "Open the log's next shard, as two people agreed; print its opening."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--authorization", type=UUID, required=True, metavar="ID")
        parser.add_argument(
            "--held-note", type=Path, help="the signer's memory is lost: this was last"
        )
        parser.add_argument("--vkey", help="the key that signed the held note")

    def handle(self, **options: Any) -> None:
        try:
            opening = open_shard(
                SignerFiles(Path(settings.CLINRAG_SIGNER_DIR)),
                authorization_id=options["authorization"],
                by=BY,
                at=datetime.now(UTC),
                held=_held(options["held_note"], options["vkey"]),
            )
        except AuditError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(asdict(opening)))


def _held(path: Path | None, vkey: str | None) -> HeldNote | None:
    if path is None:
        return None
    if not vkey:
        raise CommandError("--held-note needs --vkey, the key that signed it")
    return HeldNote(path.read_text(encoding="utf-8"), vkey)
