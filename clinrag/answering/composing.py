"""From checked claims to the result that leaves.

Promises: every citation is a span of its version's text, numbered once in order of
appearance; every refusal has a reason and a sentence. Writes nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from clinrag.answering import reasons
from clinrag.answering.answerers import EXTRACTIVE
from clinrag.answering.confidence import Signals, rate
from clinrag.answering.formats.fields import answer_fields
from clinrag.answering.formats.rendering import render
from clinrag.answering.grounding import CheckedClaim, QuotedSpan
from clinrag.answering.release import Decision
from clinrag.answering.results import distinct_citations
from clinrag.answering.run import Run
from clinrag.answering.types import (
    AnswerResult,
    Citation,
    Claim,
    ContextCitation,
    Outcome,
)
from clinrag.answering.warning import (
    CitedSpan,
    disagreements_of,
    flags_of,
    sentences,
)
from clinrag.inference.types import ENCOUNTER
from clinrag.retrieval.types import RetrievedPassage
from ingestion import queries as corpus
from ingestion.lifecycle import Standing

_NO_ENTRY = UUID(int=0)


def released(run: Run, decision: Decision, *, at: datetime) -> AnswerResult:
    """The result of an answered question."""
    claims = _claims(run, decision.claims, at=at)
    citations = distinct_citations(claims)
    drafted = run.grounding.factual if run.grounding else ()
    form, style = run.brief.format, run.brief.style
    fields = answer_fields(claims, drafted=(one.field for one in drafted), form=form)
    flags = flags_of([one.text for one in claims])
    conflicts = disagreements_of(_cited_spans(run, claims))
    in_force = all(c.standing == Standing.IN_FORCE for c in citations)
    level, why = rate(
        Signals(
            cited=_cited_passages(run, decision),
            kept=len(decision.supported),
            left_out=decision.left_out,
            flagged=decision.flagged,
            fallback_used=run.fallback_used,
            all_in_force=in_force,
        )
    )
    return replace(
        _blank(run, Outcome.ANSWERED),
        text=render(form, style, fields, claims),
        media_type=form.media_type,
        fields=fields,
        claims=claims,
        citations=citations,
        confidence=level,
        confidence_reasons=why,
        notices=(
            *_notices(run, decision.left_out, in_force=in_force),
            *_flagged(decision.flagged),
            *sentences(flags, conflicts),
        ),
        flags=flags,
        conflicts=conflicts,
    )


def refused(run: Run, outcome: Outcome, reason: str) -> AnswerResult:
    """The result of a question that is not answered, by rule."""
    return replace(
        _blank(run, outcome),
        reason=reason,
        explanation=reasons.sentence(reason),
        notices=_notices(run, 0, in_force=True),
    )


def _blank(run: Run, outcome: Outcome) -> AnswerResult:
    return AnswerResult(
        id=run.id,
        outcome=outcome,
        text=None,
        claims=(),
        citations=(),
        reason=None,
        explanation=None,
        confidence=None,
        confidence_reasons=(),
        notices=(),
        as_of=run.as_of,
        corpus_position=run.corpus_position,
        answerer=run.model,
        fallback_used=run.fallback_used,
        entry_id=_NO_ENTRY,
        leaf_hash="",
        disclaimer=run.services.policy.disclaimer,
        created_at=run.started_at,
        format=run.brief.format.label,
        style=run.brief.style.label,
    )


def _claims(
    run: Run, checked: tuple[CheckedClaim, ...], *, at: datetime
) -> tuple[Claim, ...]:
    """Passages are numbered by themselves, and so are places of the encounter."""
    spans = dict.fromkeys(span for claim in checked for span in claim.spans)
    told = [span for span in spans if span.passage_number == ENCOUNTER]
    found = [span for span in spans if span.passage_number != ENCOUNTER]
    versions = {run.passage(span.passage_number).version_id for span in found}
    worth = corpus.standings(versions, at)
    cited = {
        span: _citation(run, span, number, worth=worth)
        for number, span in enumerate(found, 1)
    }
    quoted = {span: _context_citation(run, span, n) for n, span in enumerate(told, 1)}
    return tuple(
        Claim(
            claim.text,
            claim.verdict,
            tuple(cited[span] for span in claim.spans if span in cited),
            claim.field,
            tuple(quoted[span] for span in claim.spans if span in quoted),
        )
        for claim in checked
    )


def _context_citation(run: Run, span: QuotedSpan, number: int) -> ContextCitation:
    quote = run.brief.context[span.start : span.end]
    return ContextCitation(number, span.start, span.end, quote)


def _citation(
    run: Run, span: QuotedSpan, number: int, *, worth: Mapping[UUID, Standing]
) -> Citation:
    passage = run.passage(span.passage_number)
    return Citation(
        number=number,
        document_id=passage.document_id,
        document_title=passage.document_title,
        publisher=passage.publisher,
        version_id=passage.version_id,
        version_label=passage.version_label,
        chunk_id=passage.chunk_id,
        content_sha256=passage.content_sha256,
        char_start=passage.char_start + span.start,
        char_end=passage.char_start + span.end,
        page=passage.page_from,
        section_path=passage.section_path,
        quote=passage.text[span.start : span.end],
        standing=worth[passage.version_id].value,
        in_force_from=passage.in_force_from,
        strength=passage.strength,
        certainty=passage.certainty,
        ocr_confidence=passage.ocr_confidence,
    )


def _cited_passages(run: Run, decision: Decision) -> tuple[RetrievedPassage, ...]:
    spans = (span for claim in decision.supported for span in claim.spans)
    numbers = {span.passage_number for span in spans} - {ENCOUNTER}
    return tuple(run.passage(number) for number in sorted(numbers))


def _cited_spans(run: Run, claims: tuple[Claim, ...]) -> list[CitedSpan]:
    """Each citation with the passage it is of."""
    of = {(one.version_id, one.chunk_id): one for one in run.passages}
    return [
        CitedSpan(
            one.number,
            found,
            one.char_start - found.char_start,
            one.char_end - found.char_start,
        )
        for one in distinct_citations(claims)
        if (found := of.get((one.version_id, one.chunk_id)))
    ]


def _notices(run: Run, left_out: int, *, in_force: bool) -> tuple[str, ...]:
    said = {
        "The language model could not be used; the statements below were chosen "
        "word for word from the documents.": run.fallback_used,
        _left_out(left_out): left_out > 0,
        "A cited version is no longer in force today.": not in_force,
        "What looked like a person's identifiers was removed from the question: "
        f"{', '.join(run.screening.kinds)}.": bool(run.screening.findings),
        "What looked like a person's identifiers was removed from the encounter.": bool(
            run.context and run.context.findings
        ),
        "The house style orders and names the parts; the statements stand as in their "
        "sources.": bool(run.brief.style.rules) and run.model == EXTRACTIVE,
    }
    return tuple(sentence for sentence, applies in said.items() if applies)


def _flagged(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    statements = "1 statement is" if count == 1 else f"{count} statements are"
    return (f"{statements} shown that the cited text does not support, marked so.",)


def _left_out(count: int) -> str:
    statements = "1 statement was" if count == 1 else f"{count} statements were"
    return (
        f"{statements} left out because the cited text does not support what was said."
    )
