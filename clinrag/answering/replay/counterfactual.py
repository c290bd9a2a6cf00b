"""What all answers that rest on an edition would be told today, the worst first.

Promises: the answers that cited it or had it in the prompt, the newest first, batch by
batch; each batch is one entry about the reading, and what is told of it names no
question. An answer that cannot be asked again is told of with the code of why, and the
others are. Bounded by what the caller takes. Will not: keep anything.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from clinrag.answering.errors import AnsweringError
from clinrag.answering.impact.queries import touched_ids
from clinrag.answering.impact.targets import version_target
from clinrag.answering.impact.types import ImpactFilters
from clinrag.answering.reach import Reach
from clinrag.answering.replay.record import Reading, Recorded, read_records
from clinrag.answering.replay.today import Today, compare_with_today
from clinrag.answering.services import Services
from clinrag.retrieval.errors import RetrievalError
from ingestion.errors import IngestionError

BATCH: Final = 25
MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class NotAsked:
    """An answer that could not be asked again, and the code of why."""

    answer_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many answers were looked at, and what came of the last batch.

    Answers that were erased, pruned or never ended are looked at and told of by none.
    """

    done: int
    found: tuple[Today, ...]
    failed: tuple[NotAsked, ...] = ()


def ask_all_today(
    version_id: UUID, reading: Reading, *, services: Services, most: int = MOST
) -> Iterator[Progress]:
    """Ask again, a batch at a time. Not to be called inside a transaction.

    Raises VersionNotFound, and what `disclosure.read_sealed` raises.
    """
    done = 0
    shown = ImpactFilters(uses=Reach.IN_PROMPT.uses)
    ids = islice(touched_ids(version_target(version_id), filters=shown), most)
    for batch in _batches(ids):
        came = [
            _compared(one, services=services, at=reading.at)
            for one in read_records(batch, reading)
        ]
        done += len(batch)
        yield Progress(
            done,
            found=tuple(one for one in came if isinstance(one, Today)),
            failed=tuple(one for one in came if isinstance(one, NotAsked)),
        )


def _compared(one: Recorded, *, services: Services, at: datetime) -> Today | NotAsked:
    """What came of it; a collection that is gone stops no other answer."""
    try:
        return compare_with_today(one, services=services, at=at)
    except (AnsweringError, IngestionError, RetrievalError) as error:
        return NotAsked(one.view.row.id, error.code)


def worst_first(found: Iterable[Today]) -> list[Today]:
    """By what changed, the worst first; those alike in the order they came."""
    return sorted(found, key=lambda one: one.change.gravity)


def _batches(ids: Iterable[UUID]) -> Iterator[tuple[UUID, ...]]:
    rest = iter(ids)
    while batch := tuple(islice(rest, BATCH)):
        yield batch
