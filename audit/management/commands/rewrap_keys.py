"""Wraps every key anew under the newest wrapping key, a batch at a time.

Run it as the owner of the tables of database `keys` (as migrations are), after a new
line was put on top of the deployment key's file, after the transit key was rotated, or
to move from one to the other. It may be stopped and run again. When it says that none
is left, and `rewrap_webhook_secrets` says so of the secrets outside database `keys`,
the old wrapping key may go. Its address comes from CLINRAG_KEYS_DATABASE_URL.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.sealing import key_wrapper
from audit.sealing.rewrapping import BATCH, rewrap_batch


class Command(BaseCommand):
    help = "Wrap all data and subject keys anew under the newest wrapping key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="keys at a time")

    def handle(self, **options: Any) -> None:
        wrapper, total, left = key_wrapper(), 0, 1
        while left:
            batch = rewrap_batch(wrapped_by=wrapper, limit=options["batch"])
            total, left = total + batch.done, batch.left
        self.stdout.write(
            f"{total} keys wrapped anew, none left in database keys; before the old "
            "wrapping key goes, run rewrap_webhook_secrets too"
        )
