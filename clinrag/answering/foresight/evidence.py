"""What logged questions would be given, now and once an edition is in force.

Promises: the very search that answers, twice at one moment, once with the edition
supposed in force; what is compared are passages, by id and rank, and the quantities
they state. Questions are opened through disclosure, on record, by the system; only ids
and words out of documents leave this module. Will not: ask a model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from audit import disclosure
from audit.actors import Actor, ActorKind
from audit.purposes import FORESIGHT
from clinrag.answering.foresight.types import Effect, TouchedAnswer
from clinrag.answering.impact.queries import touched_ids
from clinrag.answering.impact.types import Target
from clinrag.answering.models import Answer
from clinrag.answering.reach import TargetKind
from clinrag.answering.types import AnswerState
from clinrag.privacy.identifiers import screen
from clinrag.retrieval.search import QueryEmbedder, retrieve
from clinrag.retrieval.types import Retrieval, RetrievalQuery
from ingestion.diffing.quantities import quantities_of
from ingestion.diffing.units import Dimension
from ingestion.queries import collection_by_slug

MOST_TOUCHED: Final = 200
SAMPLE: Final = 50
PASSAGES: Final = 8
MOST_NUMBERS: Final = 12
SURFACE: Final = "foresight"
FORESEER: Final = Actor(
    kind=ActorKind.SYSTEM, id="task:foresight", name="Foresight", method="task"
)
_NOT_TOLD: Final = frozenset({Dimension.DATE, Dimension.NUMBERING})


@dataclass(frozen=True, slots=True)
class Supposing:
    """The edition supposed in force, and when."""

    version_id: UUID
    document_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Logged:
    """An answer to look at again."""

    answer_id: UUID
    is_of_document: bool


def answers_to_compare(older_id: UUID | None, *, collection: str) -> list[Logged]:
    """The newest that used the older edition, then as many as a sample of others."""
    touched: list[UUID] = []
    if older_id is not None:
        target = Target(TargetKind.VERSION, older_id)
        touched = list(islice(touched_ids(target), MOST_TOUCHED))
    ended = (AnswerState.RELEASED.value, AnswerState.REFUSED.value)
    others = Answer.objects.filter(collections__contains=[collection], state__in=ended)
    newest = others.exclude(pk__in=touched).order_by("-created_at", "-id")
    sample = newest.values_list("pk", flat=True)[:SAMPLE]
    return [Logged(one, True) for one in touched] + [
        Logged(one, False) for one in sample
    ]


def compare_answers(
    logged: Sequence[Logged],
    supposing: Supposing,
    *,
    embedder: QueryEmbedder,
    at: datetime,
) -> list[TouchedAnswer]:
    """Compare some answers; those whose words are erased are left out.

    Raises what `disclosure.read_sealed` and `retrieve` raise. Not to be called inside a
    transaction: that the questions were read is committed first, in one entry.
    """
    answers = Answer.objects.in_bulk([one.answer_id for one in logged])
    rows = [answers[one.answer_id] for one in logged if one.answer_id in answers]
    if not rows:
        return []
    texts = disclosure.read_sealed(
        [row.query_entry_id for row in rows],
        by=FORESEER,
        at=at,
        purpose=FORESIGHT,
        surface=SURFACE,
        subject_ids=tuple(str(row.id) for row in rows),
    )
    touched = {one.answer_id for one in logged if one.is_of_document}
    return [
        _compared(
            row,
            both(
                screen(texts[row.query_entry_id]["question"]).search_text,
                tuple(row.collections),
                supposing,
                embedder=embedder,
            ),
            is_of_document=row.id in touched,
        )
        for row in rows
        if row.query_entry_id in texts
    ]


def both(
    text: str,
    slugs: Sequence[str],
    supposing: Supposing,
    *,
    embedder: QueryEmbedder,
) -> tuple[Retrieval, Retrieval]:
    """What a question finds without the edition in force, and with it."""
    collections = [collection_by_slug(slug) for slug in slugs]
    query = RetrievalQuery(
        text=text,
        collection_ids=tuple(one.id for one in collections),
        language=collections[0].language,
        as_of=supposing.at,
        limit=PASSAGES,
    )
    before = retrieve(query, embedder=embedder)
    after = replace(query, supposing=supposing.version_id)
    return before, retrieve(after, embedder=embedder)


def _compared(
    row: Answer, found: tuple[Retrieval, Retrieval], *, is_of_document: bool
) -> TouchedAnswer:
    before, after = ({one.chunk_id: one for one in each.passages} for each in found)
    lost = [one for one in before if one not in after]
    come = [one for one in after if one not in before]
    gone = numbers_in(before[one].text for one in lost)
    new = numbers_in(after[one].text for one in come)
    numbers_lost = tuple(words for key, words in gone.items() if key not in new)
    numbers_come = tuple(words for key, words in new.items() if key not in gone)
    return TouchedAnswer(
        answer_id=row.id,
        effect=effect_of(
            list(before), list(after), differs=bool(numbers_lost or numbers_come)
        ),
        is_of_document=is_of_document,
        lost=tuple(lost),
        come=tuple(come),
        numbers_lost=numbers_lost[:MOST_NUMBERS],
        numbers_come=numbers_come[:MOST_NUMBERS],
    )


def effect_of(before: list[UUID], after: list[UUID], *, differs: bool) -> Effect:
    """What it means for an answer that it is given these passages instead of those."""
    if before == after:
        return Effect.UNCHANGED
    if set(before) == set(after):
        return Effect.ORDER
    return Effect.NUMBER if differs else Effect.EVIDENCE


def numbers_in(texts: Iterable[str]) -> dict[tuple[object, ...], str]:
    """Quantities by what they say, with how they are written."""
    return {
        (one.dimension, one.values, one.sign, one.unit, one.per): one.text
        for text in texts
        for one in quantities_of(text)
        if one.dimension not in _NOT_TOLD
    }
