"""How many answers a text reached, counted by the database: no page caps it.

Promises: an answer counts once, whatever number of passages it used; the names with
the most answers first, the rest of them left out beyond a hundred.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection

from clinrag.answering.impact.queries import EVERYTHING, wanted_parameters
from clinrag.answering.impact.types import ImpactCounts, ImpactFilters, Tally, Target
from clinrag.answering.models import Asker

MOST_NAMES: Final = 100
_WANTED: Final = """
(%(since)s::timestamptz IS NULL OR asked_at >= %(since)s::timestamptz)
AND (%(until)s::timestamptz IS NULL OR asked_at < %(until)s::timestamptz)
AND (%(askers)s::bigint[] IS NULL OR asker_id = ANY(%(askers)s::bigint[]))
"""
_TALLY: Final = """
SELECT asker_id, to_char(month AT TIME ZONE 'UTC', 'YYYY-MM'), sum(answers)::bigint,
    (sum(answers) FILTER (WHERE uses & 1 <> 0))::bigint,
    (sum(answers) FILTER (WHERE uses & 2 <> 0))::bigint,
    (sum(answers) FILTER (WHERE uses & 4 <> 0))::bigint
FROM tallied GROUP BY 1, 2
"""
# Grouped by what has few values first: words are made of months at the end.
_GROUPED: Final = """
SELECT asker_id, date_trunc('month', asked_at, 'UTC') AS month, uses,
    count(*) AS answers
FROM {touched} AS touched WHERE uses & %(bits)s <> 0 GROUP BY 1, 2, 3
"""
_LEADING: Final = f"""(
    SELECT asker_id, asked_at, uses_of_version AS uses FROM answering_answerreference
    WHERE version_id = %(version)s AND uses_of_version > 0 AND {_WANTED}
)"""  # noqa: S608  # put together from constants
_GATHERED: Final = f"""(
    SELECT asked_at, answer_id, min(asker_id) AS asker_id,
        bit_or(1 << (use - 1)) AS uses
    FROM answering_answerreference
    WHERE chunk_id = ANY(%(chunks)s::uuid[]) AND {_WANTED}
    GROUP BY asked_at, answer_id
)"""  # noqa: S608  # put together from constants
_OF_VERSION: Final = f"WITH tallied AS ({_GROUPED.format(touched=_LEADING)}) {_TALLY}"
_OF_CHUNKS: Final = f"WITH tallied AS ({_GROUPED.format(touched=_GATHERED)}) {_TALLY}"


@dataclass(frozen=True, slots=True)
class _Part:
    """The answers of one asker in one month."""

    asker_id: int
    month: str
    answers: int
    cited: int
    in_prompt: int
    cut: int


def count_touched(
    target: Target, *, filters: ImpactFilters = EVERYTHING
) -> ImpactCounts:
    """Counts of the answers `touched_answers` would list; months are those of UTC."""
    parts = _parts(target, filters)
    askers = Asker.objects.in_bulk({one.asker_id for one in parts})
    return ImpactCounts(
        answers=sum(one.answers for one in parts),
        cited=sum(one.cited for one in parts),
        in_prompt=sum(one.in_prompt for one in parts),
        cut=sum(one.cut for one in parts),
        by_app=_tally((askers[one.asker_id].app, one.answers) for one in parts),
        by_unit=_tally((askers[one.asker_id].unit, one.answers) for one in parts),
        by_actor=_tally((askers[one.asker_id].actor_id, one.answers) for one in parts),
        by_month=_in_order((one.month, one.answers) for one in parts),
    )


def answers_by_app(target: Target, *, filters: ImpactFilters) -> dict[str, int]:
    """Every app whose answers used the target, with their number."""
    parts = _parts(target, filters)
    askers = Asker.objects.in_bulk({one.asker_id for one in parts})
    found: Counter[str] = Counter()
    for one in parts:
        found[askers[one.asker_id].app] += one.answers
    return dict(sorted(found.items()))


def _parts(target: Target, filters: ImpactFilters) -> list[_Part]:
    statement = _OF_VERSION if target.is_whole_version else _OF_CHUNKS
    with connection.cursor() as cursor:
        cursor.execute(statement, wanted_parameters(target, filters))
        return [
            _Part(asker_id, month, *(number or 0 for number in numbers))
            for asker_id, month, *numbers in cursor.fetchall()
        ]


def _tally(parts: Iterable[tuple[str, int]]) -> tuple[Tally, ...]:
    found: Counter[str] = Counter()
    for name, answers in parts:
        found[name] += answers
    most = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:MOST_NAMES]
    return tuple(Tally(name, answers) for name, answers in most)


def _in_order(parts: Iterable[tuple[str, int]]) -> tuple[Tally, ...]:
    found: Counter[str] = Counter()
    for name, answers in parts:
        found[name] += answers
    return tuple(Tally(name, answers) for name, answers in sorted(found.items()))
