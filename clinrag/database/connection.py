"""A connection that gives up on a server that says nothing.

A server that is stopped (SIGSTOP, a hung disk, a frozen virtual machine) keeps its
sockets: no time-out of its own fires, and a Unix socket has none. psycopg waits in one
place for all it does once connected, so the limit is set there.
"""

from typing import Any, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus

CHECK_SECONDS = 0.1
RV = TypeVar("RV")


class PatientConnection(psycopg.Connection[Any]):
    """Waits `silence_seconds` for the end of a statement or fetch; None is for ever.

    Then it raises OperationalError and is closed: what the server would still say
    belongs to nobody. Whether a commit happened is then unknown.
    """

    silence_seconds: float | None = None

    @classmethod
    def connect(  # type: ignore[override]  # a parameter more
        cls,
        conninfo: str = "",
        *,
        silence_seconds: float | None = None,
        **parameters: Any,
    ) -> Self:
        """As in psycopg; `connect_timeout` limits this part."""
        connection = super().connect(conninfo, **parameters)
        connection.silence_seconds = silence_seconds
        return connection

    def wait(
        self,
        gen: PQGen[RV],
        interval: float = CHECK_SECONDS,
        timeout: float | None = None,
    ) -> RV:
        """As in psycopg, with a limit where the caller sets none."""
        limit = self.silence_seconds if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise
