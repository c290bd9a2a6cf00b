"""Steps that the clock takes at many rows, each by itself.

Promises: what one row meets stops no other, and is told in the log by the row's id and
the error's code. Will not: write what an error says, which may quote a row; or hide an
error that is neither the database's nor a refusal.
"""

import logging
from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import Error

from audit.errors import AuditError

logger = logging.getLogger(__name__)


def take_each(
    row_ids: Iterable[UUID],
    step: Callable[[UUID], bool],
    *,
    kind: str,
    refusals: tuple[type[Exception], ...] = (),
) -> int:
    """At how many the step, which is one transaction, did something.

    `kind` says in the log what the rows are; `refusals` are those of the caller's own
    package, besides the ledger's.
    """
    caught: tuple[type[Exception], ...] = (AuditError, Error, *refusals)
    return sum(_alone(one, step, kind=kind, caught=caught) for one in row_ids)


def _alone(
    row_id: UUID,
    step: Callable[[UUID], bool],
    *,
    kind: str,
    caught: tuple[type[Exception], ...],
) -> bool:
    try:
        return step(row_id)
    except caught as error:
        code = getattr(error, "code", type(error).__name__)
        logger.error("%s %s waits for the next round: %s", kind, row_id, code)  # noqa: TRY400
        return False
