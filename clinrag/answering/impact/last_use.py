"""When editions were last used by an answer.

Promises: one look into an index for each edition, however often it was used. Will not:
say by whom or for what.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

_LAST: Final = """
SELECT wanted.version_id, (
    SELECT max(asked_at) FROM answering_answerreference AS reference
    WHERE reference.version_id = wanted.version_id
) FROM unnest(%(versions)s::uuid[]) AS wanted (version_id)
"""


def last_uses(version_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """The newest question whose answer used a passage of each edition, if any did."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, {"versions": list(version_ids)})
        return {version_id: at for version_id, at in cursor.fetchall() if at}
