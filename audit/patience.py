"""Waiting longer after each failure, up to a few seconds, and stopping at once."""

import random
from threading import Event
from typing import Final

FIRST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 5.0


class Backoff:
    """Doubles its wait at each failure, with jitter so that twins spread out."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._seconds = FIRST_SECONDS

    def wait(self) -> None:
        """Wait, or return at once when asked to stop."""
        self._stop.wait(self._seconds * random.uniform(0.5, 1.0))  # noqa: S311
        self._seconds = min(2 * self._seconds, LONGEST_SECONDS)

    def reset(self) -> None:
        self._seconds = FIRST_SECONDS
