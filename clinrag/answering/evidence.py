"""What the record says of how a question ended, and what it keeps sealed.

Promises: pure. The entry holds ids, hashes, scores and codes; whatever anybody wrote
goes into the sealed texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from audit.events import (
    AnswerFailed,
    AnswerRefused,
    AnswerReleased,
    QueryEnded,
    RetrievedChunk,
)
from clinrag.answering.run import Run
from clinrag.answering.types import AnswerResult, AnswerState, Outcome

_EVENTS: Mapping[AnswerState, type[QueryEnded]] = {
    AnswerState.RELEASED: AnswerReleased,
    AnswerState.REFUSED: AnswerRefused,
    AnswerState.FAILED: AnswerFailed,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended; `answer` is the result as text, None after a failure."""

    state: AnswerState
    outcome: Outcome
    reason: str | None
    result: AnswerResult | None = None
    answer: str | None = None


def terminal_event(run: Run, ending: Ending) -> QueryEnded:
    """The one entry that ends this question."""
    template = run.prompt.template if run.prompt else None
    return _EVENTS[ending.state](
        query_entry_id=str(run.query_entry_id),
        answer_id=str(run.id),
        outcome=ending.outcome.value,
        corpus_position=run.corpus_position,
        retrieved=_retrieved(run, ending),
        template=template.label if template else "",
        template_sha256=template.sha256 if template else "",
        prompt_sha256=run.prompt.sha256 if run.prompt else None,
        model=run.model,
        model_revision=run.drafted.model_revision if run.drafted else None,
        parameters=_parameters(run),
        policy=run.services.policy_label,
        verdicts=run.grounding.verdicts if run.grounding else (),
        reason=ending.reason,
        search=_search(run),
        format=run.brief.format.label,
        format_sha256=run.brief.format.sha256,
        style=run.brief.style.label,
        style_sha256=run.brief.style.sha256,
    )


def sealed_texts(run: Run, ending: Ending) -> dict[str, str] | None:
    """The texts to seal beside that entry; None when there are none."""
    texts = {
        "expanded_question": run.retrieval.expanded_text if run.retrieval else None,
        "prompt": run.prompt.text if run.prompt else None,
        "model_output": run.output,
        "answer": ending.answer,
    }
    return {name: text for name, text in texts.items() if text is not None} or None


def _parameters(run: Run) -> tuple[tuple[str, str], ...]:
    sent = run.drafted.parameters if run.drafted else ()
    if run.fell_back_because is None:
        return sent
    return (
        *sent,
        ("fallback_from", run.services.answerer.name),
        ("fallback_because", run.fell_back_because),
    )


def _search(run: Run) -> tuple[tuple[str, str], ...]:
    """What a replay needs to search in the same way; nothing before there was one."""
    found = run.retrieval
    if found is None:
        return ()
    return (
        ("embedder", found.embedder),
        ("path", found.path),
        ("candidates", str(found.candidates_considered)),
        ("limit", str(min(run.question.limit, run.services.policy.most_passages))),
        *found.parameters,
    )


def _retrieved(run: Run, ending: Ending) -> tuple[RetrievedChunk, ...]:
    cited = _cited_places(ending)
    return tuple(
        RetrievedChunk(
            chunk_id=str(passage.chunk_id),
            content_sha256=passage.content_sha256,
            version_id=str(passage.version_id),
            rank=passage.rank,
            score=f"{passage.score:.6f}",
            vector_score=_score(passage.vector_score),
            lexical_score=_score(passage.lexical_score),
            in_prompt=number in run.in_prompt,
            cited=(passage.version_id, passage.chunk_id) in cited,
        )
        for number, passage in enumerate(run.passages, start=1)
    )


def _cited_places(ending: Ending) -> frozenset[tuple[UUID, UUID]]:
    citations = ending.result.citations if ending.result else ()
    return frozenset((c.version_id, c.chunk_id) for c in citations)


def _score(value: float | None) -> str | None:
    """Scores as text: the canonical form of an entry knows no floats."""
    return None if value is None else f"{value:.6f}"
