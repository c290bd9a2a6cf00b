"""A circuit breaker: leave a failing server alone for a while.

Promises: after `threshold` failures in a row nobody is let through for
`rest_seconds`; then one caller at a time may try, and the first success closes the
circuit again. Safe for threads. Does not know what a failure is.
"""

import threading
from collections.abc import Callable

from clinrag.inference.errors import ModelUnavailable


class CircuitBreaker:
    """Counts failures in a row; `clock` returns seconds that only ever grow."""

    def __init__(
        self, *, threshold: int, rest_seconds: float, clock: Callable[[], float]
    ) -> None:
        self._threshold = threshold
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until = 0.0

    def check(self) -> None:
        """Raise ModelUnavailable while the circuit is open.

        Past the rest, the caller that is let through moves the rest forward, so
        that the others wait for what it finds out.
        """
        with self._lock:
            if self._failures < self._threshold:
                return
            if self._clock() < self._closed_until:
                raise ModelUnavailable("circuit_open")
            self._closed_until = self._clock() + self._rest_seconds

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._closed_until = self._clock() + self._rest_seconds
