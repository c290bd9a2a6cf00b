"""Does what time brings about: run it every few minutes, from a timer or a beat.

Closes authorizations that were not used in time, ends erasures that a crash left,
checks those whose backups have aged out, and brings the holds in database `keys` in
line. Each part may fail alone; the next run does it again.
"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from audit.actors import Actor, ActorKind
from audit.custody import authorizations, erasure, holds

CUSTODIAN = Actor(ActorKind.SYSTEM, "task:custody", "Custody", "task")


class Command(BaseCommand):
    help = "Expire authorizations, end and check erasures, mirror legal holds."

    def handle(self, **options: Any) -> None:
        del options
        at = timezone.now()
        mirrored = holds.mirror(at=at)
        expired = authorizations.expire_old(by=CUSTODIAN, at=at)
        ended = erasure.resume(by=CUSTODIAN, at=at)
        checked = erasure.check_due(by=CUSTODIAN, at=at)
        self.stdout.write(
            f"{mirrored} holds mirrored, {expired} authorizations expired,"
            f" {ended} erasures ended, {checked} checked"
        )
