"""Reading answers: lists and views in the clear, texts only through disclosure.

Promises: values out, never rows; `sealed_answer` leaves its entry in the ledger
before anything is opened. Whether the reader may read is decided at the edge.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from audit import disclosure
from audit import queries as ledger
from audit.actors import Actor
from audit.custody import break_glass
from audit.custody.break_glass import BreakGlassView
from audit.exports.answers import AnswerRecord
from clinrag.answering.cursors import read_cursor, write_cursor
from clinrag.answering.errors import AnswerErased, UnknownAnswer
from clinrag.answering.models import Answer, AnswerPassage, Citation
from clinrag.answering.results import result_from_text
from clinrag.answering.types import (
    AnswerFilters,
    AnswerPage,
    AnswerResult,
    AnswerRow,
    AnswerState,
    AnswerView,
    CitationRow,
    RetrievedRow,
    SealedAnswer,
    Verdict,
)

MOST_ROWS = 200
EVERYTHING = AnswerFilters()


def answers(
    filters: AnswerFilters = EVERYTHING, *, limit: int = 50, cursor: str | None = None
) -> AnswerPage:
    """Answers newest first; stable while new ones arrive. Raises InvalidCursor."""
    limit = max(1, min(limit, MOST_ROWS))
    rows = _listed().filter(_wanted(filters))
    if cursor is not None:
        rows = rows.filter(_beyond(cursor))
    found = list(rows[: limit + 1])
    page = found[:limit]
    more = len(found) > limit
    return AnswerPage(
        rows=tuple(_row(answer) for answer in page),
        next_cursor=write_cursor(page[-1].created_at, page[-1].id) if more else None,
    )


def answer_view(answer_id: UUID) -> AnswerView:
    """What is known of an answer in the clear; raises UnknownAnswer."""
    answer = _listed().filter(pk=answer_id).first()
    if answer is None:
        raise UnknownAnswer
    return AnswerView(
        row=_row(answer),
        purpose=answer.purpose,
        corpus_position=answer.corpus_position,
        policy=answer.policy,
        template=answer.template,
        template_sha256=answer.template_sha256,
        prompt_sha256=answer.prompt_sha256,
        model_revision=answer.model_revision,
        parameters=tuple((name, value) for name, value in answer.parameters),
        timings_ms=tuple(answer.timings_ms.items()),
        leaf_hash=bytes(answer.leaf_hash).hex() if answer.leaf_hash else None,
        format=answer.format,
        format_sha256=answer.format_sha256,
        style=answer.style,
        style_sha256=answer.style_sha256,
        retrieved=_retrieved(answer.id),
        citations=_citations(answer.id),
    )


def sealed_answer(
    answer_id: UUID,
    *,
    by: Actor,
    at: datetime,
    purpose: str,
    surface: str,
    reason: str | None = None,
) -> SealedAnswer:
    """The words behind an answer, after this reading is on record.

    Raises UnknownAnswer, AnswerErased, or what `disclosure.read_sealed` raises. Not
    to be called inside a transaction.
    """
    entry_ids = sealed_entries(answer_view(answer_id).row)
    texts = disclosure.read_sealed(
        entry_ids,
        by=by,
        at=at,
        purpose=purpose,
        surface=surface,
        subject_ids=(str(answer_id),),
        reason=reason,
    )
    if len(texts) < len(entry_ids):
        raise AnswerErased
    return opened_answer(answer_id, texts[entry_ids[0]], texts.get(entry_ids[-1], {}))


def open_in_emergency(
    answer_id: UUID, *, reason: str, by: Actor, at: datetime
) -> BreakGlassView:
    """Let a person without the permission read one answer, for an hour, to be reviewed.

    Raises UnknownAnswer, or what `break_glass` raises. Not to be called inside a
    transaction.
    """
    row = answer_view(answer_id).row
    return break_glass.break_glass(
        answer_id, entry_ids=sealed_entries(row), reason=reason, by=by, at=at
    )


def record_of(answer_id: UUID) -> AnswerRecord | None:
    """What the ledger says of an answer; None while open. Raises UnknownAnswer."""
    row = answer_view(answer_id).row
    if row.entry_id is None:
        return None
    return AnswerRecord.read(
        ledger.entry(row.query_entry_id), ledger.entry(row.entry_id)
    )


def every_answer(filters: AnswerFilters = EVERYTHING) -> Iterator[AnswerRow]:
    """All answers, newest first, page by page; a list of any length fits in memory."""
    cursor: str | None = None
    while True:
        page = answers(filters, limit=MOST_ROWS, cursor=cursor)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def sealed_entries(row: AnswerRow) -> list[UUID]:
    """The entries beside which its words are sealed: asked, and ended if it was."""
    found = [row.query_entry_id]
    if row.entry_id and ledger.entry(row.entry_id).has_sealed:
        found.append(row.entry_id)
    return found


def answers_citing(version_id: UUID, *, limit: int = 50) -> AnswerPage:
    """Answers that cite a version, newest first."""
    return answers(AnswerFilters(version_id=version_id), limit=limit)


def opened_answer(
    answer_id: UUID, asked: dict[str, str], ended: dict[str, str]
) -> SealedAnswer:
    """The words from what stood sealed beside each of its two entries."""
    return SealedAnswer(
        question=asked["question"],
        masked_question=asked["masked_question"],
        context=asked.get("context"),
        masked_context=asked.get("masked_context"),
        expanded_question=ended.get("expanded_question"),
        prompt=ended.get("prompt"),
        model_output=ended.get("model_output"),
        result=_result(answer_id, ended.get("answer")),
    )


def _result(answer_id: UUID, text: str | None) -> AnswerResult | None:
    if text is None:
        return None
    answer = Answer.objects.get(pk=answer_id)
    if answer.entry_id is None or answer.leaf_hash is None:
        return None
    return result_from_text(
        text, entry_id=answer.entry_id, leaf_hash=bytes(answer.leaf_hash).hex()
    )


def _listed() -> QuerySet[Answer]:
    rows = Answer.objects.annotate(
        citation_count=Count("citations__number", distinct=True)
    )
    return rows.order_by("-created_at", "-id")


def _wanted(filters: AnswerFilters) -> Q:
    wanted = Q()
    for lookup, value in (
        ("created_at__gte", filters.since),
        ("created_at__lt", filters.until),
        ("actor_id", filters.actor_id),
        ("app", filters.app),
        ("outcome", filters.outcome),
        ("state", filters.state),
    ):
        if value is not None:
            wanted &= Q(**{lookup: value})
    if filters.collection_slug is not None:
        wanted &= Q(collections__contains=[filters.collection_slug])
    if filters.version_id is not None:
        cites = Citation.objects.filter(
            answer_id=OuterRef("pk"), version_id=filters.version_id
        )
        wanted &= Q(Exists(cites))
    return wanted


def _beyond(cursor: str) -> Q:
    at, last_id = read_cursor(cursor)
    return Q(created_at__lt=at) | Q(created_at=at, id__lt=last_id)


def _row(answer: Answer) -> AnswerRow:
    return AnswerRow(
        id=answer.id,
        state=AnswerState(answer.state),
        outcome=answer.outcome,
        reason=answer.reason,
        app=answer.app,
        actor_id=answer.actor_id,
        actor_name=answer.actor_name,
        collections=tuple(answer.collections),
        as_of=answer.as_of,
        answerer=answer.answerer,
        confidence=answer.confidence,
        fallback_used=answer.fallback_used,
        citation_count=getattr(answer, "citation_count", 0),
        query_entry_id=answer.query_entry_id,
        entry_id=answer.entry_id,
        created_at=answer.created_at,
        finished_at=answer.finished_at,
    )


def _retrieved(answer_id: UUID) -> tuple[RetrievedRow, ...]:
    rows = AnswerPassage.objects.filter(answer_id=answer_id).order_by("rank")
    return tuple(
        RetrievedRow(
            version_chunk_id=row.version_chunk_id,
            chunk_id=row.chunk_id,
            content_sha256=row.content_sha256,
            version_id=row.version_id,
            rank=row.rank,
            score=row.score,
            vector_score=row.vector_score,
            lexical_score=row.lexical_score,
            in_prompt=row.in_prompt,
            cited=row.cited,
        )
        for row in rows
    )


def _citations(answer_id: UUID) -> tuple[CitationRow, ...]:
    rows = Citation.objects.filter(answer_id=answer_id)
    return tuple(
        CitationRow(
            number=row.number,
            claim_position=row.claim_position,
            verdict=Verdict(row.verdict),
            document_id=row.document_id,
            version_id=row.version_id,
            chunk_id=row.chunk_id,
            content_sha256=row.content_sha256,
            char_start=row.char_start,
            char_end=row.char_end,
            page=row.page,
        )
        for row in rows.order_by("claim_position", "number")
    )
