"""Verification across entries: every question ends exactly once, nothing is orphaned.

The columns used here have been compared with the entries' bytes before.
"""

from datetime import datetime
from typing import Final

from django.db import connection

from audit.events import TERMINAL_TYPES
from audit.verification.report import Findings

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
        ) ORDER BY index LIMIT 100""",
    "the end of a question that is not marked as closed by it": """
        SELECT index FROM audit_entry AS ending
        WHERE type = ANY(%(ends)s) AND NOT EXISTS (
            SELECT FROM audit_closedquery AS closed
            WHERE closed.query_id = ending.query_id
              AND closed.entry_id = ending.entry_id
        ) ORDER BY index LIMIT 100""",
    "the question is marked as closed by an entry that does not exist": """
        SELECT asked.index FROM audit_closedquery AS closed
        LEFT JOIN audit_entry AS asked ON asked.entry_id = closed.query_id
        WHERE NOT EXISTS (
            SELECT FROM audit_entry WHERE entry_id = closed.entry_id
        ) AND NOT EXISTS (
            SELECT FROM audit_inboxentry WHERE entry_id = closed.entry_id
        ) LIMIT 100""",
}
_ORPHANS: Final = """
SELECT count(*) FROM audit_payload WHERE NOT EXISTS (
    SELECT FROM audit_entry WHERE audit_entry.entry_id = audit_payload.entry_id
) AND NOT EXISTS (
    SELECT FROM audit_inboxentry
    WHERE audit_inboxentry.entry_id = audit_payload.entry_id
)
"""


def check_queries(late_before: datetime, findings: Findings) -> None:
    """Each question has one end, at the latest some time after it was asked."""
    findings.count("query", _numbers(_ASKED)[0])
    for message, statement in _CONTRADICTIONS.items():
        for index in _numbers(statement, late_before):
            findings.fail("query", index, message)
    if orphans := _numbers(_ORPHANS)[0]:
        message = f"{orphans} sealed contents belong to no entry"
        findings.fail("payload", None, message)


def _numbers(statement: str, late_before: datetime | None = None) -> list[int]:
    parameters = {"ends": _ENDS, "late_before": late_before}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [number for (number,) in cursor.fetchall()]
