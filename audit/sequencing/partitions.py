"""Partitions made ahead of need: entries by block, payloads by month.

Promises that a missing right or a lock held by somebody stops nothing while there is
still room. Makes no partition itself: a function of the tables' owner does, so that
no process needs to own a table.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import Error, connection, transaction

logger = logging.getLogger(__name__)

LOOK_AFTER_ENTRIES: Final = 1 << 18
LOOK_EVERY: Final = timedelta(hours=1)


class Room:
    """Remembers when it was last seen to, and how much was filled since."""

    def __init__(self) -> None:
        self._filled = 0
        self._looked_at: datetime | None = None

    def fill(self, entries: int) -> None:
        self._filled += entries

    def see_to(self, *, at: datetime) -> None:
        """Have partitions made at first, after a quarter of a block, and each hour.

        There is a whole block and a year to spare, so a failure is only logged. Raises
        Error if the connection is lost.
        """
        fresh = self._looked_at is not None and at - self._looked_at < LOOK_EVERY
        if self._filled < LOOK_AFTER_ENTRIES and fresh:
            return
        self._filled, self._looked_at = 0, at
        try:
            with transaction.atomic():
                made = make_partitions()
        except Error as error:
            # A server that is gone says nothing about partitions: no alarm for that.
            if not connection.is_usable():
                raise
            code = type(error).__name__
            logger.critical("No partition could be made", extra={"code": code})
            return
        if made:
            logger.info("Partitions made ahead", extra={"entries": made})


def make_partitions() -> int:
    """Make what is missing, in the caller's transaction; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_partitions()")
        made: int = cursor.fetchone()[0]
        return made
