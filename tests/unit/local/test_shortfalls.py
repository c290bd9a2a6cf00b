"""What the demonstration takes for a shortfall, and what not."""

from typing import Any

import pytest

from clinrag.local.client import Reply
from clinrag.local.demo import outcome_of, shortfalls
from clinrag.local.story import (
    CHANGE_QUESTIONS,
    FIRST_QUESTIONS,
    NEXT_QUESTIONS,
    QuestionPlan,
)

PLANS = [*FIRST_QUESTIONS, *NEXT_QUESTIONS, *CHANGE_QUESTIONS]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_answer_that_was_erased_since_is_no_shortfall(plan: QuestionPlan) -> None:
    found: dict[str, Any] = {"outcome": "", "text": None, "citations": []}
    gone = outcome_of(Reply(410, {"code": "answer_erased"}))
    assert shortfalls(plan, found | {"outcome": gone}) == []
    other = outcome_of(Reply(410, {"code": "export_gone"}))
    assert f"{plan.name}: HTTP 410 instead of {plan.outcome}" in shortfalls(
        plan, found | {"outcome": other}
    )
