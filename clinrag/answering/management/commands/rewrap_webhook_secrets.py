"""Wraps the webhooks' secrets anew under the newest wrapping key.

Run it beside `rewrap_keys`, which moves what is sealed: these secrets stand in the
database of the answers, not in `keys`, and the application's own role may move them.
It may be stopped and run again; when it says that none is left here and `rewrap_keys`
says so there, the old wrapping key may go.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.errors import AuditError
from audit.sealing import key_wrapper
from clinrag.answering.recalls.endpoints import rewrap


class Command(BaseCommand):
    help = "Wrap the webhooks' secrets anew under the newest wrapping key."

    def handle(self, *_: Any, **__: Any) -> None:
        wrapper, total = key_wrapper(), 0
        try:
            while moved := rewrap(wrapped_by=wrapper):
                total += moved
        except AuditError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{total} webhook secrets wrapped anew, none left")
