import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinrag.answering.answerers import wish_of
from clinrag.answering.formats.definitions import all_styles, find_format, find_style
from clinrag.answering.formats.fields import answer_fields, check_fields
from clinrag.answering.formats.rendering import marks, render, statement
from clinrag.answering.types import Claim, ContextCitation, Verdict
from clinrag.inference.filling import fill
from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)
from tests.unit.answering.formats import GUIDANCE, NOTE, QUESTION, brief_of, prompt_of

SOAP = find_format("soap_note")
PROMPT = prompt_of(brief_of("soap_note"), GUIDANCE)
TOLD = ContextCitation(1, 0, 4, "told")


def checked(text: str, field: str, *cited: tuple[int, str]):
    citations = tuple(DraftCitation(number, quote) for number, quote in cited)
    draft = DraftAnswer((DraftClaim(text, citations, field),), abstained=False)
    return check_fields(draft, PROMPT.evidence, form=SOAP).claims[0]


def test_statement_may_rest_on_the_encounter_alone():
    quote = "Start meloxicam 15 mg once daily."
    claim = checked(quote, "plan", (0, quote))
    assert (claim.verdict, claim.field) == (Verdict.SUPPORTED, "plan")
    (span,) = claim.spans
    assert NOTE[span.start : span.end] == quote


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Start meloxicam 75 mg once daily.", "Start meloxicam 15 mg once daily."),
        ("Start ibuprofen 15 mg once daily.", "Start meloxicam 15 mg once daily."),
        ("There is leg weakness.", "No leg weakness."),
        ("Low back pain for four days.", "Low back pain for nine days."),
    ],
)
def test_statement_from_the_encounter_is_held_to_it_as_to_any_source(text, quote):
    assert checked(text, "plan", (0, quote)).verdict is not Verdict.SUPPORTED


def test_guidance_is_no_finding_and_a_finding_no_guidance():
    finding = checked(GUIDANCE, "plan", (1, GUIDANCE))
    told = "Low back pain for four days."
    advice = checked(told, "guidance", (0, told))
    for claim in (finding, advice):
        assert claim.verdict is Verdict.UNSUPPORTED
        assert "source_not_for_field" in claim.problems


def test_statement_may_not_be_stitched_from_both_kinds_of_source():
    told = "Low back pain for four days."
    claim = checked(told, "subjective", (0, told), (1, GUIDANCE))
    assert claim.verdict is Verdict.UNSUPPORTED
    assert "sources_mixed" in claim.problems


def test_statement_without_a_quote_fills_no_field():
    assert checked("Low back pain.", "subjective").verdict is Verdict.UNSUPPORTED


def test_empty_field_says_whether_something_was_left_out():
    claims = (Claim("Pain.", Verdict.SUPPORTED, (), "subjective", (TOLD,)),)
    fields = answer_fields(claims, drafted=("subjective", "plan"), form=SOAP)
    said = {field.name: (field.claims, field.empty) for field in fields}
    assert said["subjective"] == ((1,), None)
    assert said["plan"] == ((), SOAP.left_out)
    assert said["objective"] == ((), SOAP.nothing)


def test_statement_cannot_become_markdown_or_markup():
    evil = "# x\n\n- [a](http://b) <b>1 < 2</b> & *c* `d`"
    shown = statement(evil, "text/markdown")
    assert "\n" not in shown
    assert "<" not in shown
    assert not re.search(r"(?<!\\)[#*`\[\]()]", shown)
    assert statement(evil, "text/plain") == " ".join(evil.split())


def test_plain_answer_reads_as_it_always_did():
    plain = find_format("plain_answer")
    claims = (
        Claim("Give 5 mg < 10 mg.", Verdict.SUPPORTED, ()),
        Claim("Once.", Verdict.PARTIAL, ()),
    )
    fields = answer_fields(claims, drafted=("claims",), form=plain)
    text = render(plain, find_style(""), fields, claims)
    assert text == "Give 5 mg < 10 mg.  Once.  (not supported by the text it cites)"


WORDS = st.text(min_size=1, max_size=30).filter(lambda text: text.split())
CLAIMS = st.lists(st.tuples(WORDS, st.sampled_from(SOAP.field_names)), max_size=6)


@settings(max_examples=60)
@given(CLAIMS, st.sampled_from(all_styles()))
def test_document_is_checked_statements_and_fixed_words_whatever_they_say(told, style):
    """With each statement put where a blank stood, the words around it are the same."""
    claims = tuple(
        Claim(text, Verdict.SUPPORTED, (), field, (TOLD,)) for text, field in told
    )
    blanks = tuple(
        replace(claim, text=f"blank{n}blank") for n, claim in enumerate(claims)
    )
    fields = answer_fields(claims, drafted=(), form=SOAP)
    blank = render(SOAP, style, fields, blanks)
    for number, claim in enumerate(claims):
        shown = statement(claim.text, SOAP.media_type)
        assert blank.count(f"blank{number}blank") == 1
        blank = blank.replace(f"blank{number}blank", shown)
    assert render(SOAP, style, fields, claims).split("\n") == blank.split("\n")


SENTENCES = ["Low back pain for four days.", "No leg weakness.", GUIDANCE, "Give 5 mg."]
QUOTED = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(SENTENCES)), max_size=2)
DRAFTED = st.lists(
    st.tuples(st.sampled_from(SENTENCES), st.sampled_from(SOAP.field_names), QUOTED),
    max_size=5,
)


@settings(max_examples=80)
@given(DRAFTED)
def test_no_field_is_filled_without_evidence_of_its_kind_whatever_is_drafted(told):
    draft = DraftAnswer(
        tuple(
            DraftClaim(text, tuple(DraftCitation(*one) for one in cited), field)
            for text, field, cited in told
        ),
        abstained=not told,
    )
    texts = {one.number: one.text for one in PROMPT.evidence}
    for claim in check_fields(draft, PROMPT.evidence, form=SOAP).supported:
        assert claim.spans
        kinds = {"context" if s.passage_number == 0 else "passage" for s in claim.spans}
        assert kinds <= set(SOAP.field(claim.field).sources)
        assert len(kinds) == 1
        for span in claim.spans:
            assert texts[span.passage_number][span.start : span.end]


def _embed(texts: list[str]) -> list[list[float]]:
    return [[1.0, 0.0] for _ in texts]


def filled(context: str, form: str = "soap_note") -> dict[str, list[str]]:
    from_format = find_format(form)
    draft = fill(
        [wish_of(field) for field in from_format.fields],
        question=QUESTION,
        encounter=EvidencePassage(0, context) if context else None,
        passages=[EvidencePassage(1, GUIDANCE, "Back pain")],
        embed=_embed,
    )
    found: dict[str, list[str]] = {}
    for claim in draft.claims:
        found.setdefault(claim.field, []).append(claim.text)
        source = context if claim.citations[0].passage_number == 0 else GUIDANCE
        assert all(citation.quote in source for citation in claim.citations)
    return found


def test_built_in_answerer_takes_what_stands_under_a_fields_headings():
    assert filled(NOTE) == {
        "subjective": ["Low back pain for four days."],
        "objective": ["Blood pressure is 142/88.", "No leg weakness."],
        "plan": ["Start meloxicam 15 mg once daily."],
        "guidance": [GUIDANCE],
    }


def test_built_in_answerer_loses_no_short_statement():
    found = filled("CC\n\nCough.\n\nEXAM\n\nOxygen saturation is 96 %. No fever.\n")
    assert found["subjective"] == ["CC Cough."]
    assert found["objective"] == ["Oxygen saturation is 96 %. No fever."]


def test_built_in_answerer_takes_what_speakers_say_and_no_questions():
    dialogue = (
        "[doctor] do you have any chest pain ?\n[patient] no .\n"
        "[patient] i hurt my back four days ago . it is a dull pain .\n"
        "[doctor] on your exam there is pain to palpation .\n"
        "[doctor] i'm going to prescribe meloxicam 15 mg once a day .\n"
    )
    found = filled(dialogue)
    assert found["subjective"] == [
        "i hurt my back four days ago .", "it is a dull pain .",
    ]  # fmt: skip
    assert found["objective"] == ["on your exam there is pain to palpation ."]
    assert found["plan"] == ["i'm going to prescribe meloxicam 15 mg once a day ."]
    assert "assessment" not in found


def test_built_in_answerer_leaves_all_but_guidance_empty_without_an_encounter():
    assert filled("") == {"guidance": [GUIDANCE]}


def test_marks_tell_the_two_kinds_of_source_apart():
    assert marks(Claim("Pain.", Verdict.SUPPORTED, (), "plan", (TOLD,))) == "[C1]"
