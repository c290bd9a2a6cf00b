import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from clinrag.answering.results import (
    distinct_citations,
    result_from_text,
    result_to_text,
)
from clinrag.answering.types import (
    AnswerField,
    AnswerResult,
    Citation,
    Claim,
    Confidence,
    ContextCitation,
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
    text="Give 5 µg. [1][2] Once. [1]",
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


def test_citations_are_told_once_by_number():
    assert RESULT.citations == (ONE, TWO)


def test_result_from_before_formats_is_read_as_a_plain_answer():
    stored = json.loads(result_to_text(RESULT))
    for name in ("format", "style", "media_type", "fields"):
        del stored[name]
    for claim in stored["claims"]:
        del claim["field"], claim["context_citations"]
    read = result_from_text(json.dumps(stored), entry_id=UUID(int=10), leaf_hash="ff")
    assert read == RESULT


def test_document_is_the_same_when_read_back():
    told = ContextCitation(1, 4, 9, "pain.")
    claim = Claim("Pain.", Verdict.SUPPORTED, (), "subjective", (told,))
    fields = (
        AnswerField("subjective", "Subjective", (1,), None),
        AnswerField("plan", "Plan", (), "Nothing."),
    )
    note = replace(RESULT, claims=(claim,), fields=fields, format="soap_note/1")
    text = result_to_text(note)
    assert result_from_text(text, entry_id=UUID(int=10), leaf_hash="ff") == note


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
