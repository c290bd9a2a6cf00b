"""Changes the log's key: records that a new one follows, signed by both.

Run where the signer runs, as its system user, with the application's database role.
Two people must have agreed before. The signer goes over to the new key by itself and
destroys the old one; publish the new public key, which is printed.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actors import Actor, ActorKind
from audit.errors import AuditError
from audit.signing.changes import rotate_key
from audit.signing.files import SignerFiles

BY = Actor(ActorKind.SYSTEM, "command:rotate_log_key", "rotate_log_key", "shell")


class Command(BaseCommand):
    help = "Change the log's signing key, as two people agreed; print the new one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--authorization", type=UUID, required=True, metavar="ID")

    def handle(self, **options: Any) -> None:
        try:
            verifier = rotate_key(
                SignerFiles(Path(settings.CLINRAG_SIGNER_DIR)),
                authorization_id=options["authorization"],
                by=BY,
                at=datetime.now(UTC),
            )
        except AuditError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(verifier.vkey)
