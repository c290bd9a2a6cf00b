"""The answers that a text reached: pages, counts, and all of them in turn.

Promises: newest first, by keyset, stable while new answers arrive; pages and counts
agree, whatever the filters. A page costs what it shows, not what there is. Will not:
open anything sealed, or decide who may ask.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from clinrag.answering.cursors import read_cursor, write_cursor
from clinrag.answering.impact.rows import RowReader
from clinrag.answering.impact.types import (
    ImpactFilters,
    ImpactPage,
    Target,
    TouchedAnswer,
)
from clinrag.answering.models import Asker

MOST_ROWS: Final = 1_000
EVERYTHING: Final = ImpactFilters()
_NEWEST: Final = (datetime.max.replace(tzinfo=UTC), UUID(int=(1 << 128) - 1))

# What is None is left out by the planner: parameters are literals to it.
_WANTED: Final = """
(%(since)s::timestamptz IS NULL OR asked_at >= %(since)s::timestamptz)
AND (%(until)s::timestamptz IS NULL OR asked_at < %(until)s::timestamptz)
AND (%(askers)s::bigint[] IS NULL OR asker_id = ANY(%(askers)s::bigint[]))
AND (asked_at, answer_id) < (%(at)s::timestamptz, %(id)s::uuid)
"""
_OF_VERSION: Final = f"""
SELECT asked_at, answer_id FROM answering_answerreference
WHERE version_id = %(version)s AND uses_of_version > 0
    AND uses_of_version & %(bits)s <> 0 AND {_WANTED}
ORDER BY asked_at DESC, answer_id DESC LIMIT %(limit)s
"""  # noqa: S608  # put together from constants
# The newest of each passage, then the newest of those: never all that there is.
_OF_CHUNKS: Final = f"""
SELECT DISTINCT asked_at, answer_id FROM unnest(%(chunks)s::uuid[]) AS wanted (chunk)
CROSS JOIN LATERAL (
    SELECT DISTINCT asked_at, answer_id FROM answering_answerreference
    WHERE chunk_id = chunk AND use = ANY(%(uses)s::smallint[]) AND {_WANTED}
    ORDER BY asked_at DESC, answer_id DESC LIMIT %(limit)s
) AS newest
ORDER BY asked_at DESC, answer_id DESC LIMIT %(limit)s
"""  # noqa: S608  # put together from constants


def touched_answers(
    target: Target,
    *,
    at: datetime,
    filters: ImpactFilters = EVERYTHING,
    limit: int = 50,
    cursor: str | None = None,
) -> ImpactPage:
    """A page of the answers that used the target; standings are those of `at`.

    Raises InvalidCursor.
    """
    reader = RowReader(target, at=at)
    return _page(reader, filters, limit=max(1, min(limit, MOST_ROWS)), cursor=cursor)


def every_touched_answer(
    target: Target, *, at: datetime, filters: ImpactFilters = EVERYTHING
) -> Iterator[TouchedAnswer]:
    """All of them, in the memory of one page."""
    reader, cursor = RowReader(target, at=at), None
    while True:
        page = _page(reader, filters, limit=MOST_ROWS, cursor=cursor)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _page(
    reader: RowReader, filters: ImpactFilters, *, limit: int, cursor: str | None
) -> ImpactPage:
    places = _places(reader.target, filters, limit=limit + 1, cursor=cursor)
    page = places[:limit]
    return ImpactPage(
        rows=tuple(reader.read([answer_id for _, answer_id in page])),
        next_cursor=write_cursor(*page[-1]) if len(places) > limit else None,
    )


def touched_ids(
    target: Target, *, filters: ImpactFilters = EVERYTHING
) -> Iterator[UUID]:
    """The ids alone, newest first."""
    cursor: str | None = None
    while True:
        places = _places(target, filters, limit=MOST_ROWS + 1, cursor=cursor)
        yield from (answer_id for _, answer_id in places[:MOST_ROWS])
        if len(places) <= MOST_ROWS:
            return
        cursor = write_cursor(*places[MOST_ROWS - 1])


def wanted_parameters(target: Target, filters: ImpactFilters) -> dict[str, Any]:
    """What the statements about a target are given."""
    return {
        "version": target.version_id,
        "chunks": sorted(target.chunk_ids),
        "uses": sorted(one.value for one in filters.uses),
        "bits": sum(one.bit for one in filters.uses),
        "since": filters.since,
        "until": filters.until,
        "askers": _askers(filters),
    }


def _askers(filters: ImpactFilters) -> list[int] | None:
    named = {"app": filters.app, "unit": filters.unit, "actor_id": filters.actor_id}
    wanted = Q(**{name: value for name, value in named.items() if value is not None})
    if not wanted:
        return None
    return list(Asker.objects.filter(wanted).values_list("pk", flat=True))


def _places(
    target: Target, filters: ImpactFilters, *, limit: int, cursor: str | None
) -> list[tuple[datetime, UUID]]:
    at, last_id = read_cursor(cursor) if cursor else _NEWEST
    given = wanted_parameters(target, filters)
    given |= {"limit": limit, "at": at, "id": last_id}
    statement = _OF_VERSION if target.is_whole_version else _OF_CHUNKS
    with connection.cursor() as db:
        db.execute(statement, given)
        return list(db.fetchall())
