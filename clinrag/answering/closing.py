"""Writing down, in the clear, how an answer ended: its passages, references, citations.

Promises: three statements however many rows there are, in the caller's transaction,
from the very event that goes into the ledger; one row of references for each passage
with its strongest use. Written by hand, for every question waits for them. Will not:
write for an answer that is closed; triggers refuse that.
"""

import json
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from django.db import connection

from audit.events import QueryEnded
from clinrag.answering.errors import AnswerAlreadyClosed
from clinrag.answering.evidence import Ending
from clinrag.answering.impact.references import leading_places, strongest_uses
from clinrag.answering.models import Answer, Asker
from clinrag.answering.run import Run
from clinrag.answering.types import AnswerState

# Locks the answer, so that a rival has decided when this returns; reads its asker too.
_LOCK: Final = """
SELECT answer.state, (
    SELECT asker.id FROM answering_asker AS asker
    WHERE (asker.actor_id, asker.app, asker.unit) = (%s, %s, %s)
)
FROM answering_answer AS answer WHERE answer.id = %s FOR UPDATE OF answer
"""
_WRITE: Final = """
WITH passages AS (
    INSERT INTO answering_answerpassage (
        answer_id, rank, version_chunk_id, chunk_id, content_sha256, version_id,
        score, vector_score, lexical_score, in_prompt, cited
    )
    SELECT %(answer_id)s::uuid, told.*
    FROM jsonb_to_recordset(%(passages)s::jsonb) AS told (
        rank int, version_chunk_id bigint, chunk_id uuid, content_sha256 text,
        version_id uuid, score text, vector_score text, lexical_score text,
        in_prompt boolean, cited boolean
    )
), quoted AS (
    INSERT INTO answering_citation (
        answer_id, number, claim_position, verdict, document_id, version_id, chunk_id,
        content_sha256, char_start, char_end, page
    )
    SELECT %(answer_id)s::uuid, told.*
    FROM jsonb_to_recordset(%(citations)s::jsonb) AS told (
        number int, claim_position int, verdict text, document_id uuid,
        version_id uuid, chunk_id uuid, content_sha256 text, char_start int,
        char_end int, page int
    )
)
INSERT INTO answering_answerreference (
    answer_id, asked_at, asker_id, version_id, chunk_id, use, uses_of_version
)
SELECT %(answer_id)s::uuid, %(asked_at)s::timestamptz, %(asker_id)s::bigint, told.*
FROM jsonb_to_recordset(%(references)s::jsonb) AS told (
    version_id uuid, chunk_id uuid, use smallint, uses_of_version smallint
)
"""
_CLOSE: Final = """
UPDATE answering_answer SET
    state = %(state)s, outcome = %(outcome)s, reason = %(reason)s,
    entry_id = %(entry_id)s, leaf_hash = %(leaf_hash)s,
    corpus_position = %(corpus_position)s, answerer = %(answerer)s,
    model_revision = %(model_revision)s, parameters = %(parameters)s::jsonb,
    template = %(template)s, template_sha256 = %(template_sha256)s,
    prompt_sha256 = %(prompt_sha256)s, format = %(format)s,
    format_sha256 = %(format_sha256)s, style = %(style)s,
    style_sha256 = %(style_sha256)s, confidence = %(confidence)s,
    fallback_used = %(fallback_used)s, timings_ms = %(timings_ms)s::jsonb,
    finished_at = %(finished_at)s
WHERE id = %(answer_id)s AND state = %(open)s
"""
Row = dict[str, Any]


class Recorded(Protocol):
    """The receipt of the entry that ended the question."""

    @property
    def entry_id(self) -> UUID: ...

    @property
    def leaf_hash(self) -> bytes: ...

    @property
    def recorded_at(self) -> datetime: ...


def lock_open(answer_id: UUID) -> None:
    """Waits for a rival to decide; raises AnswerAlreadyClosed if one did.

    A missing row is left to the ledger's own rule.
    """
    rows = Answer.objects.select_for_update().filter(pk=answer_id)
    _check_open(rows.values_list("state", flat=True).first())


def lock_run(run: Run) -> int | None:
    """As `lock_open`; tells under which number the asker is known, if he is."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [*_asked_by(run), run.id])
        state, asker_id = cursor.fetchone() or (None, None)
    _check_open(state)
    return asker_id


def write_rows(
    run: Run, ending: Ending, event: QueryEnded, *, asker_id: int | None
) -> None:
    """The rows that hang on the answer, while it is open."""
    references = _references(event)
    if references and asker_id is None:
        actor_id, app, unit = _asked_by(run)
        asker, _ = Asker.objects.get_or_create(app=app, unit=unit, actor_id=actor_id)
        asker_id = asker.pk
    parts = {
        "passages": _passages(run, event),
        "citations": _citations(ending),
        "references": references,
    }
    if not any(parts.values()):
        return
    written = {name: json.dumps(rows, default=str) for name, rows in parts.items()}
    about: Row = {
        "answer_id": run.id,
        "asked_at": run.started_at,
        "asker_id": asker_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, about | written)


def close(run: Run, ending: Ending, event: QueryEnded, receipt: Recorded) -> None:
    """The answer's own row, which nothing changes afterwards."""
    confidence = ending.result.confidence if ending.result else None
    told: Row = {
        "answer_id": run.id,
        "open": AnswerState.OPEN.value,
        "state": ending.state.value,
        "outcome": ending.outcome.value,
        "reason": ending.reason,
        "entry_id": receipt.entry_id,
        "leaf_hash": receipt.leaf_hash,
        "corpus_position": run.corpus_position,
        "answerer": run.model,
        "model_revision": event.model_revision,
        "parameters": json.dumps(event.parameters),
        "template": event.template,
        "template_sha256": event.template_sha256,
        "prompt_sha256": event.prompt_sha256,
        "format": event.format or "",
        "format_sha256": event.format_sha256 or "",
        "style": event.style or "",
        "style_sha256": event.style_sha256 or "",
        "confidence": confidence.value if confidence else "",
        "fallback_used": run.fallback_used,
        "timings_ms": json.dumps(run.timings_ms),
        "finished_at": receipt.recorded_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, told)


def _check_open(state: str | None) -> None:
    if state not in (None, AnswerState.OPEN.value):
        raise AnswerAlreadyClosed


def _asked_by(run: Run) -> tuple[str, str, str]:
    return run.by.id, run.question.app, run.question.unit


def _passages(run: Run, event: QueryEnded) -> list[Row]:
    return [
        {
            "rank": chunk.rank,
            "version_chunk_id": passage.version_chunk_id,
            "chunk_id": passage.chunk_id,
            "content_sha256": chunk.content_sha256,
            "version_id": passage.version_id,
            "score": chunk.score,
            "vector_score": chunk.vector_score,
            "lexical_score": chunk.lexical_score,
            "in_prompt": chunk.in_prompt,
            "cited": chunk.cited,
        }
        for passage, chunk in zip(run.passages, event.retrieved, strict=True)
    ]


def _references(event: QueryEnded) -> list[Row]:
    uses = strongest_uses(event.retrieved)
    leading = leading_places(uses)
    return [
        {
            "version_id": version_id,
            "chunk_id": chunk_id,
            "use": use.value,
            "uses_of_version": leading.get((version_id, chunk_id), 0),
        }
        for (version_id, chunk_id), use in uses.items()
    ]


def _citations(ending: Ending) -> list[Row]:
    return [
        {
            "number": citation.number,
            "claim_position": position,
            "verdict": claim.verdict.value,
            "document_id": citation.document_id,
            "version_id": citation.version_id,
            "chunk_id": citation.chunk_id,
            "content_sha256": citation.content_sha256,
            "char_start": citation.char_start,
            "char_end": citation.char_end,
            "page": citation.page,
        }
        for position, claim in enumerate(
            ending.result.claims if ending.result else (), start=1
        )
        for citation in claim.citations
    ]
