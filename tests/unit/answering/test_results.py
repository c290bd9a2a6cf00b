from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from clinrag.answering.results import (
    answer_text,
    distinct_citations,
    result_from_text,
    result_to_text,
)
from clinrag.answering.types import (
    AnswerResult,
    Citation,
    Claim,
    Confidence,
    Outcome,
    Verdict,
)

AT = datetime(2026, 11, 1, 12, 30, 5, 123, tzinfo=UTC)
ONE = Citation(
    number=1,
    document_id=UUID(int=1),
    document_title="Guideline “A”",
    publisher="CDC",
    version_id=UUID(int=2),
    version_label="2022",
    chunk_id=UUID(int=3),
    content_sha256="a" * 64,
    char_start=5,
    char_end=9,
    page=None,
    section_path=("One", "Two"),
    quote="5 µg",
    standing="in_force",
    in_force_from=AT,
)
TWO = replace(ONE, number=2, page=7, in_force_from=None)
CLAIMS = (
    Claim("Give 5 µg.", Verdict.SUPPORTED, (ONE, TWO)),
    Claim("Once.", Verdict.SUPPORTED, (ONE,)),
)
RESULT = AnswerResult(
    id=UUID(int=9),
    outcome=Outcome.ANSWERED,
    text=answer_text(CLAIMS),
    claims=CLAIMS,
    citations=distinct_citations(CLAIMS),
    reason=None,
    explanation=None,
    confidence=Confidence.HIGH,
    confidence_reasons=(),
    notices=("Mind the gap.",),
    as_of=AT,
    corpus_position="7",
    answerer="extractive",
    fallback_used=False,
    entry_id=UUID(int=10),
    leaf_hash="ff",
    disclaimer="Think.",
    created_at=AT,
)


def test_answer_text_numbers_its_citations():
    assert RESULT.text == "Give 5 µg. [1][2] Once. [1]"
    assert RESULT.citations == (ONE, TWO)


def test_result_is_the_same_when_read_back():
    text = result_to_text(RESULT)
    assert result_from_text(text, entry_id=UUID(int=10), leaf_hash="ff") == RESULT


def test_result_is_the_same_when_read_back_after_a_refusal():
    refused = replace(
        RESULT,
        outcome=Outcome.NO_EVIDENCE,
        text=None,
        claims=(),
        citations=(),
        confidence=None,
        reason="abstained",
        explanation="Nothing.",
    )
    text = result_to_text(refused)
    assert result_from_text(text, entry_id=UUID(int=10), leaf_hash="ff") == refused


def test_stored_result_leaves_out_what_its_own_entry_adds():
    assert "leaf_hash" not in result_to_text(RESULT)
