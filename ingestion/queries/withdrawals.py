"""Whether text that was read has been withdrawn since.

Promises: what it says holds until the caller's transaction ends, for a withdrawal
waits for the rows held here, while other readers do not. Will not: judge what a
withdrawal means for an answer.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

# In one order, as many answers cite the same versions.
_HOLD: Final = """
SELECT id, withdrawn_at FROM ingestion_documentversion WHERE id = ANY(%s)
ORDER BY id FOR SHARE
"""


def withdrawn_among(
    version_ids: Collection[UUID], *, since: datetime | None
) -> frozenset[UUID]:
    """Those of the versions that were withdrawn at `since` or later; at all, if None.

    To be called in a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [list(version_ids)])
        withdrawn = [(pk, at) for pk, at in cursor.fetchall() if at is not None]
    return frozenset(pk for pk, at in withdrawn if since is None or at >= since)
