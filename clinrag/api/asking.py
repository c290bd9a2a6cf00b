"""Asking once: the pipeline behind an Idempotency-Key.

A request that was seen before gets the answer that the first one led to, read
back through a recorded disclosure. A request whose process died is finished by
the next one with the same key, and never leads to two answers: the answer's id
is chosen with the claim.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from audit import purposes
from clinrag.access.errors import IdempotencyTwinRunning
from clinrag.access.idempotency import Claim, claim, release, take_over
from clinrag.access.idempotency import finish as bind_to_answer
from clinrag.answering.errors import (
    AnswerErased,
    ModelFailed,
    PipelineFailed,
    RecordedFailure,
    UnknownAnswer,
)
from clinrag.answering.pipeline import draft, finish, prepare, receive
from clinrag.answering.queries import answer_view, sealed_answer
from clinrag.answering.run import Run
from clinrag.answering.services import build_services
from clinrag.answering.types import AnswerResult, AnswerRow, AnswerState, Question
from clinrag.api.callers import Caller
from clinrag.api.errors import AnswerLost, AnswerNotReady

# What questions had from the first. Any later field is left out while it is empty: a
# request repeated across an upgrade would else be refused as another one.
FORMER: Final = frozenset(
    {
        "text", "collection_slugs", "as_of", "purpose", "app", "idempotency_key",
        "limit", "subject",
    }
)  # fmt: skip

SURFACE = "api"
REPEATED = purposes.REPEATED_REQUEST


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer that an earlier request with the same key led to."""

    result: AnswerResult


@dataclass(frozen=True, slots=True)
class Asking:
    """A question on record, which has to come to an end: `conclude`."""

    run: Run
    claimed: Claim | None


def ask(question: Question, *, caller: Caller, key: str | None) -> Asking | Asked:
    """Put the question on record, once per key.

    Raises what the pipeline's `receive` raises, IdempotencyKeyReused or
    IdempotencyTwinRunning.
    """
    if key is None:
        return _receive(question, caller=caller, claimed=None)
    claimed = claim(
        key, actor_id=caller.actor.id, body=_body(question), at=timezone.now()
    )
    if not claimed.first:
        earlier = _earlier(claimed, caller=caller)
        if earlier is not None:
            return Asked(earlier)
        claimed = take_over(claimed, at=timezone.now())
    return _receive(question, caller=caller, claimed=claimed)


def answer(asking: Asking) -> AnswerResult:
    """All the rest, for a caller that waits. Raises what `conclude` raises."""
    prepare(asking.run)
    draft(asking.run)
    return conclude(asking)


def conclude(asking: Asking) -> AnswerResult:
    """Record the end, and bind the key to it. Raises what `finish` raises."""
    try:
        result = finish(asking.run)
    except RecordedFailure:
        _settle(asking.claimed)
        raise
    _settle(asking.claimed)
    return result


def read_result(
    row: AnswerRow, *, caller: Caller, at: datetime, purpose: str
) -> AnswerResult:
    """Open a closed answer after recording that it is read.

    Raises AnswerNotReady, AnswerLost, AnswerErased, and ModelFailed or
    PipelineFailed for an answer that failed.
    """
    if row.entry_id is None:
        raise AnswerNotReady
    if row.state is AnswerState.LOST:
        raise AnswerLost(answer_id=row.id, entry_id=row.entry_id)
    if row.state is AnswerState.FAILED:
        raise _failure_of(row, row.entry_id)
    opened = sealed_answer(
        row.id, by=caller.actor, at=at, purpose=purpose, surface=SURFACE
    )
    if opened.result is None:
        raise AnswerErased
    return opened.result


def _receive(question: Question, *, caller: Caller, claimed: Claim | None) -> Asking:
    try:
        run = receive(
            question,
            by=caller.actor,
            now=timezone.now,
            services=build_services(),
            answer_id=claimed.answer_id if claimed else None,
        )
    except Exception:
        _give_up(claimed)
        raise
    return Asking(run, claimed)


def _earlier(claimed: Claim, *, caller: Caller) -> AnswerResult | None:
    """What the first request led to; None if it never reached the ledger."""
    try:
        row = answer_view(claimed.answer_id).row
    except UnknownAnswer:
        return None
    try:
        return read_result(row, caller=caller, at=timezone.now(), purpose=REPEATED)
    except AnswerNotReady:
        raise IdempotencyTwinRunning from None


def _settle(claimed: Claim | None) -> None:
    if claimed is not None:
        bind_to_answer(claimed)


def _give_up(claimed: Claim | None) -> None:
    """Let the key be used again if the question was refused before its record."""
    if claimed is None:
        return
    try:
        answer_view(claimed.answer_id)
    except UnknownAnswer:
        release(claimed)


def _failure_of(row: AnswerRow, entry_id: UUID) -> RecordedFailure:
    reason = row.reason or ""
    kind = (
        ModelFailed if reason.startswith(("model_", "embedding_")) else PipelineFailed
    )
    return kind(answer_id=row.id, entry_id=entry_id, reason=reason)


def _body(question: Question) -> bytes:
    """The question as it was understood, so that spacing in JSON does not matter."""
    asked = asdict(question)
    told = {name: value for name, value in asked.items() if value or name in FORMER}
    return json.dumps(told, sort_keys=True, default=str).encode()
