"""Does what time brings about, once; the background worker does it every minute.

Closes authorizations that were not used in time, ends erasures that a crash left,
checks those whose backups have aged out, and brings the holds in database `keys` in
line with the others.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit.custody.rounds import keep


class Command(BaseCommand):
    help = "Expire authorizations, end and check erasures, mirror legal holds."

    def handle(self, **options: Any) -> None:
        del options
        done = keep(at=timezone.now())
        self.stdout.write(
            f"{done.mirrored} holds mirrored, {done.expired} authorizations expired,"
            f" {done.ended} erasures ended, {done.checked} checked,"
            f" {done.overdue} late reviews told"
        )
