"""Verification across entries: ids are used once, questions end once, no orphans.

The columns used here have been compared with the entries' bytes before.
"""

from datetime import datetime
from typing import Final

from django.db import connection

from audit.events import TERMINAL_TYPES
from audit.verification.report import Findings, Range

_ENDS: Final = [kind.value for kind in sorted(TERMINAL_TYPES)]
_ASKED: Final = "SELECT count(*) FROM audit_entry WHERE type = 'query.received'"
_CONTRADICTIONS: Final = {
    "the question has no end": """
        SELECT index FROM audit_entry AS asked
        WHERE type = 'query.received' AND at < %(late_before)s AND NOT EXISTS (
            SELECT FROM audit_closedquery WHERE query_id = asked.entry_id
        ) ORDER BY index LIMIT 100""",
    "the question has a second end": """
        SELECT index FROM (
            SELECT index, row_number() OVER (PARTITION BY query_id ORDER BY index)
            FROM audit_entry WHERE type = ANY(%(ends)s)
        ) AS ends (index, place) WHERE place > 1
        ORDER BY index LIMIT 100""",
    "the end of a question that was not asked before": """
        SELECT index FROM audit_entry AS ending
        WHERE type = ANY(%(ends)s) AND NOT EXISTS (
            SELECT FROM audit_entry AS asked
            WHERE asked.entry_id = ending.query_id
              AND asked.type = 'query.received' AND asked.index < ending.index
        ) AND NOT EXISTS (
            SELECT FROM audit_prunedentry AS asked
            WHERE asked.entry_id = ending.query_id AND asked.index < ending.index
        ) ORDER BY index LIMIT 100""",
    "the end of a question that is not marked as closed by it": """
        SELECT index FROM audit_entry AS ending
        WHERE type = ANY(%(ends)s) AND NOT EXISTS (
            SELECT FROM audit_closedquery AS closed
            WHERE closed.query_id = ending.query_id
              AND closed.entry_id = ending.entry_id
        ) ORDER BY index LIMIT 100""",
    "the question is marked as closed by an entry that does not end it": """
        SELECT asked.index FROM audit_closedquery AS closed
        LEFT JOIN audit_entry AS asked ON asked.entry_id = closed.query_id
        WHERE NOT EXISTS (
            SELECT FROM audit_entry AS ending WHERE ending.entry_id = closed.entry_id
              AND ending.type = ANY(%(ends)s) AND ending.query_id = closed.query_id
        ) AND NOT EXISTS (
            SELECT FROM audit_inboxentry AS ending, audit_describe(ending.body) AS told
            WHERE ending.entry_id = closed.entry_id
              AND told.type = ANY(%(ends)s) AND told.query_id = closed.query_id
        ) AND NOT EXISTS (
            SELECT FROM audit_prunedentry AS ending
            WHERE ending.entry_id = closed.entry_id
              AND ending.entry_id <> closed.query_id
              AND ending.index > coalesce(asked.index, -1)
        ) LIMIT 100""",
}
# Counted by the server, which may spill to its disk: here the set of all ids would
# grow with the log.
_REPEATED: Final = """
SELECT later.index
FROM (
    SELECT entry_id FROM audit_entry GROUP BY entry_id HAVING count(*) > 1 LIMIT 100
) AS repeated
JOIN audit_entry AS later USING (entry_id)
WHERE EXISTS (
    SELECT FROM audit_entry AS earlier
    WHERE earlier.entry_id = later.entry_id AND earlier.index < later.index
) ORDER BY later.index LIMIT 100
"""
_REPEATED_HERE: Final = """
SELECT index FROM audit_entry AS later
WHERE index >= %(first)s AND index < %(end)s AND EXISTS (
    SELECT FROM audit_entry AS earlier
    WHERE earlier.entry_id = later.entry_id AND earlier.index < later.index
) ORDER BY index LIMIT 100
"""
_BETWEEN: Final = """
SELECT index FROM audit_entry WHERE index >= %(first)s AND index < %(end)s
ORDER BY index LIMIT 10
"""
_BEYOND: Final = """
SELECT index FROM audit_entry
WHERE index >= coalesce((SELECT first_index + size FROM audit_head), 0)
ORDER BY index LIMIT 10
"""
_ORPHANS: Final = """
SELECT count(*) FROM audit_payload WHERE NOT EXISTS (
    SELECT FROM audit_entry WHERE audit_entry.entry_id = audit_payload.entry_id
) AND NOT EXISTS (
    SELECT FROM audit_inboxentry
    WHERE audit_inboxentry.entry_id = audit_payload.entry_id
) AND NOT EXISTS (
    SELECT FROM audit_prunedentry
    WHERE audit_prunedentry.entry_id = audit_payload.entry_id
)
"""


def check_queries(late_before: datetime, findings: Findings) -> None:
    """Each question has one end, at the latest some time after it was asked."""
    findings.count("query", _numbers(_ASKED)[0])
    for message, statement in _CONTRADICTIONS.items():
        for index in _numbers(statement, ends=_ENDS, late_before=late_before):
            findings.fail("query", index, message)
    if orphans := _numbers(_ORPHANS)[0]:
        message = f"{orphans} sealed contents belong to no entry"
        findings.fail("payload", None, message)


def check_ids(only: Range | None, findings: Findings) -> None:
    """No id is used twice; in a range, none that was used before."""
    if only is None:
        indices = _numbers(_REPEATED)
    else:
        indices = _numbers(_REPEATED_HERE, first=only.first, end=only.end)
    for index in indices:
        findings.fail("entry", index, "the id has been used before")


def check_between(between: Range, findings: Findings) -> None:
    """No entry lies between the recorded end of a shard and its successor."""
    for index in _numbers(_BETWEEN, first=between.first, end=between.end):
        findings.fail("shard", index, "an entry lies between two shards")


def check_beyond(findings: Findings) -> None:
    """Entries past the head; one statement, since the log goes on growing."""
    for index in _numbers(_BEYOND):
        findings.fail("head", index, "an entry lies beyond the recorded size")


def _numbers(statement: str, **parameters: datetime | int | list[str]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [number for (number,) in cursor.fetchall()]
