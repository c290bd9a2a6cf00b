"""How long each kind of process waits for its database.

Promises: pure values, in seconds. The server stops what takes too long (PostgreSQL,
"Client Connection Defaults"); TCP notices a machine that is gone (libpq, "Parameter
Key Words"); for a server that is there and says nothing, see `connection`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_MS: Final = 1000
# A machine that vanished is noticed after the first and these many more.
_KEEPALIVES_IDLE: Final = 30
_KEEPALIVES_INTERVAL: Final = 10
_KEEPALIVES_COUNT: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds; 0 sets the server no limit, and `silence` None the client none.

    `silence` is longer than `statement`: a server that can still speak ends its
    statement itself, and the connection lives on.
    """

    connect: int
    statement: int
    lock: int
    idle_in_transaction: int
    silence: float | None
    unacknowledged: int

    def options(self, given: Mapping[str, str]) -> dict[str, object]:
        """Connection parameters; those of the operator's address win."""
        own: dict[str, object] = {
            "connect_timeout": self.connect,
            "keepalives": 1,
            "keepalives_idle": _KEEPALIVES_IDLE,
            "keepalives_interval": _KEEPALIVES_INTERVAL,
            "keepalives_count": _KEEPALIVES_COUNT,
            "tcp_user_timeout": self.unacknowledged * _MS,
            "silence_seconds": self.silence,
        }
        of_server = f"{self._of_server()} {given.get('options', '')}".strip()
        return own | dict(given) | {"options": of_server}

    def _of_server(self) -> str:
        settings = {
            "statement_timeout": self.statement * _MS,
            "lock_timeout": self.lock * _MS,
            "idle_in_transaction_session_timeout": self.idle_in_transaction * _MS,
            # The other way round: a worker's machine that vanished must not keep its
            # session, and with it the locks that say it is still at work.
            "tcp_keepalives_idle": _KEEPALIVES_IDLE,
            "tcp_keepalives_interval": _KEEPALIVES_INTERVAL,
            "tcp_keepalives_count": _KEEPALIVES_COUNT,
        }
        return " ".join(f"-c {name}={value}" for name, value in settings.items())


# Somebody waits for the reply: a frozen server is told of within ten seconds, also if
# a request has to find out twice (once in a statement, once when it connects anew).
_WEB = Limits(
    connect=3,
    statement=6,
    lock=5,
    idle_in_transaction=60,
    silence=7,
    unacknowledged=10,
)
# Tasks end after ten minutes anyway; the sequencer and the signer take seconds.
_SERVICE = Limits(
    connect=10,
    statement=300,
    lock=60,
    idle_in_transaction=600,
    silence=315,
    unacknowledged=30,
)
# A migration or a verification takes what it takes, and somebody watches it. But who
# waits for a table's lock makes everybody behind wait too.
_COMMAND = Limits(
    connect=10,
    statement=0,
    lock=60,
    idle_in_transaction=0,
    silence=None,
    unacknowledged=30,
)

BY_PROCESS: Final[Mapping[str, Limits]] = MappingProxyType(
    {"web": _WEB, "service": _SERVICE, "command": _COMMAND}
)
