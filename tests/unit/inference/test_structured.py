"""What counts as a draft answer, and what is refused whole."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.inference.errors import ModelReturnedRubbish
from clinrag.inference.structured import parse_draft
from clinrag.inference.types import DraftAnswer, DraftCitation, DraftClaim

CLAIM = {"text": "Give 5 mg.", "citations": [{"passage": 1, "quote": "5 mg"}]}
DRAFT = DraftAnswer(
    claims=(DraftClaim("Give 5 mg.", (DraftCitation(1, "5 mg"),)),), abstained=False
)
GOOD = json.dumps({"abstained": False, "claims": [CLAIM]})


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```",
        f"<think>Hm, {{}}.</think>\n{GOOD}",
    ],
)
def test_parse_draft_reads_the_answer_when_it_is_wrapped_as_models_do(text):
    assert parse_draft(text) == DRAFT


def test_parse_draft_reads_an_abstention():
    text = json.dumps({"abstained": True, "claims": []})

    assert parse_draft(text) == DraftAnswer(claims=(), abstained=True)


BAD = [
    "",
    "The answer is 5 mg.",
    f"Here you are: {GOOD}",
    f"{GOOD} {GOOD}",
    GOOD[:-3],
    "[]",
    "null",
    "[" * 100_000,
    '{"abstained": false}',
    '{"abstained": false, "claims": []}',
    '{"abstained": "no", "claims": []}',
    '{"abstained": true, "abstained": true, "claims": []}',
    json.dumps({"abstained": True, "claims": [CLAIM]}),
    json.dumps({"abstained": False, "claims": [CLAIM], "note": "x"}),
    json.dumps({"abstained": False, "claims": [CLAIM] * 41}),
    json.dumps({"abstained": False, "claims": [{"text": "x"}]}),
    json.dumps({"abstained": False, "claims": [CLAIM | {"text": " "}]}),
    json.dumps({"abstained": False, "claims": [CLAIM | {"text": 5}]}),
    *(
        json.dumps({"abstained": False, "claims": [CLAIM | {"citations": [citation]}]})
        for citation in (
            {"passage": 0, "quote": "x"},
            {"passage": True, "quote": "x"},
            {"passage": 1.0, "quote": "x"},
            {"passage": "1", "quote": "x"},
            {"passage": 1, "quote": ""},
            {"passage": 1},
            "1",
        )
    ),
]


@pytest.mark.parametrize("text", BAD)
def test_parse_draft_refuses_what_does_not_follow_the_schema(text):
    with pytest.raises(ModelReturnedRubbish) as caught:
        parse_draft(text)

    assert caught.value.__context__ is None


@given(st.text(max_size=300))
def test_parse_draft_either_reads_or_refuses_whatever_it_is_given(text):
    with suppress(ModelReturnedRubbish):
        parse_draft(text)


@given(st.integers(0, len(GOOD) - 1))
def test_parse_draft_refuses_an_answer_cut_anywhere(length):
    with pytest.raises(ModelReturnedRubbish):
        parse_draft(GOOD[:length])
