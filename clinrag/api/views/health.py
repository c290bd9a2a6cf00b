"""Says whether the process is alive, and whether it can do its work.

`/livez` asks nothing of anybody: a process that answers it needs no restart.
`/readyz` names each check and says in a fixed word whether it holds; addresses,
versions and error texts stay inside.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.queries import check_can_record, entries_after, ledger_state

# An entry waits milliseconds; who waits this long waits for a process that is gone.
LONGEST_LAG: Final = timedelta(seconds=60)

# Anybody who can write entries can cause these, and they stop no signature.
TOLD_ONLY: Final = frozenset({"rotation_invalid"})

logger = logging.getLogger(__name__)
_migrated: set[str] = set()


class CheckFailed(Exception):
    """One check does not hold."""


@require_safe
def livez(_request: HttpRequest) -> JsonResponse:
    """Always fine while the process answers."""
    return _no_store(JsonResponse({"status": "alive"}))


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every check holds, 503 when one does not."""
    checks = {name: _holds(name, check) for name, check in CHECKS.items()}
    ready = all(checks.values())
    body = {
        "status": "ready" if ready else "not_ready",
        "checks": {name: "ok" if ok else "failed" for name, ok in checks.items()},
    }
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    response = _no_store(JsonResponse(body, status=status.value))
    if not ready:
        response.headers["Retry-After"] = "5"
    return response


def check_database() -> None:
    """The records can be read."""
    _select_one("default")


def check_keys_database() -> None:
    """The keys to sealed content can be read."""
    _select_one("keys")


def check_migrations() -> None:
    """Both databases are as this release expects; asked until it is so once."""
    for alias in ("default", "keys"):
        if alias not in _migrated:
            executor = MigrationExecutor(connections[alias])
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise CheckFailed
            _migrated.add(alias)


def check_cache() -> None:
    """Redis answers."""
    cache.get("readyz")


def check_ledger() -> None:
    """An entry could be recorded now."""
    check_can_record()


def check_sequencer(at: datetime) -> None:
    """No entry has waited for its index too long."""
    oldest = ledger_state().oldest_inbox_at
    if oldest is not None and at - oldest > LONGEST_LAG:
        raise CheckFailed


def check_signer(at: datetime) -> None:
    """No sequenced entry has waited for its signature too long."""
    state = ledger_state()
    if state.signed_size >= state.tree_size:
        return
    waiting = entries_after(state.first_index + state.signed_size - 1, limit=1)
    if waiting and at - waiting[0].at > LONGEST_LAG:
        raise CheckFailed


def check_alarms() -> None:
    """The signer does not refuse the log; unless the operator has said: serve on."""
    standing = set(ledger_state().alarms) - TOLD_ONLY
    if standing and not settings.CLINRAG_READY_DESPITE_ALARMS:
        raise CheckFailed


CHECKS: Final[dict[str, Callable[[], None]]] = {
    "database": check_database,
    "keys_database": check_keys_database,
    "migrations": check_migrations,
    "cache": check_cache,
    "ledger": check_ledger,
    "sequencer": lambda: check_sequencer(timezone.now()),
    "signer": lambda: check_signer(timezone.now()),
    "alarms": check_alarms,
}


def _holds(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:  # noqa: BLE001  whatever it is, the check does not hold
        logger.warning("a readiness check failed", extra={"code": name})
        return False
    return True


def _select_one(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT 1")


def _no_store(response: JsonResponse) -> JsonResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
