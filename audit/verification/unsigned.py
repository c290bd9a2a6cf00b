"""Verification of what no signature covers: how much of the log, and for how long.

An entry says itself when it was written, and unsigned it may say anything: a log of
which somebody took all checkpoints away is told from one that is young by nothing but a
checkpoint held elsewhere. What is shown here is what shows.
"""

from datetime import datetime
from typing import Final

from django.db import connection

from audit.verification.report import Findings, Unsigned
from audit.verification.sections import Section

# Infinite times are refused by the check of the entry; Python has none.
_PAST: Final = """
SELECT count(*), min(at) FILTER (WHERE at > %(first)s AND at < %(last)s)
FROM audit_entry WHERE index >= %(start)s AND index < %(end)s
"""
_FIRST: Final = "0001-01-02 00:00+00"
_LAST: Final = "9999-12-30 00:00+00"


def look_past_signatures(
    section: Section, at: datetime, findings: Findings
) -> Unsigned:
    """Count the entries of a shard past its largest verified checkpoint."""
    start = section.first_index + findings.signed(section.shard)
    bounds: dict[str, int | str] = {
        "start": start,
        "end": section.end,
        "first": _FIRST,
        "last": _LAST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAST, bounds)
        entries, oldest = cursor.fetchone()
    waits = 0.0 if oldest is None else (at - oldest).total_seconds()
    return Unsigned(entries, max(0.0, waits))
