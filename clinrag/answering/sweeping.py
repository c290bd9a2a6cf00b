"""Closing questions whose process died before it could.

Promises: goes by the ledger, not by our own table; safe to run twice and beside a
late finisher: whoever comes second finds the answer closed and writes nothing.
"""

from datetime import datetime
from uuid import UUID

from audit import queries as ledger
from audit.actors import Actor
from audit.queries import EntryView
from clinrag.answering.errors import AnswerAlreadyClosed
from clinrag.answering.recording import record_lost


def close_lost_answers(
    *, before: datetime, by: Actor, at: datetime, limit: int = 1_000
) -> int:
    """Records `answer.lost` for questions open since `before`; returns how many."""
    return sum(
        _close(query, by=by, at=at) for query in ledger.open_queries(before, limit)
    )


def _close(query: EntryView, *, by: Actor, at: datetime) -> bool:
    try:
        record_lost(
            query_entry_id=query.id,
            answer_id=UUID(query.fields["answer_id"]),
            by=by,
            at=at,
        )
    except AnswerAlreadyClosed:
        return False
    return True
