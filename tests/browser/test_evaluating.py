"""An operator sees what an evaluation found worse, and lets it pass once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinrag.answering.evaluations.reports import record_evaluation
from clinrag.answering.evaluations.types import (
    Evaluation,
    Inputs,
    Kind,
    Measure,
    Row,
    Share,
)
from clinrag.answering.types import Outcome
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Inspect = Callable[[Page, str], list[str]]
RULES = "rules/4 grounding=drop identifiers=mask external_models=no prompt_tokens=6000"
INPUTS = Inputs("1" * 64, "e1", "words@1", "extractive", "t/1", "2" * 64, RULES, 8)
QUESTIONS = (
    "Above what dosage should an increase be avoided?",
    "How many days of opioids are usually enough for acute pain?",
)


def evaluation(cited: int) -> Evaluation:
    shares = {Measure.CITATION_RECALL: Share(cited, 1), Measure.ANSWERED: Share(1, 1)}
    rows = tuple(
        Row(f"q{n}", f"q{n}", text, (), Kind.PLAIN, Outcome.ANSWERED, 1, 40, shares)
        for n, text in enumerate(QUESTIONS)
    )
    return Evaluation("guidelines", INPUTS, rows)


def test_worse_figure_is_waived_by_keyboard_and_looks_right_in_light_and_dark(
    sign_in: SignIn, world: World, inspect: Inspect, live_server: Any
) -> None:
    by, at = world.actor("olena"), timezone.now()
    good = evaluation(1)
    record_evaluation(good, by=by, at=at)
    record_evaluation(evaluation(0), by=by, at=at, baseline=good)

    page = sign_in("sefa", "/evaluations/")
    assert inspect(page, "evaluations") == []
    page.get_by_role("row", name="gate closed").get_by_role("link").click()
    page.get_by_label("Why").fill("The source was withdrawn.")
    page.get_by_label("I know what became worse").press("Space")
    assert inspect(page, "evaluation") == []
    page.get_by_role("button", name="Waive").press("Enter")
    expect(page.locator("q")).to_have_text("The source was withdrawn.")

    page.get_by_role("link", name="Compare with the baseline").click()
    first = page.locator("section[aria-labelledby=changes-title] tbody tr").first
    expect(first).to_contain_text("worse")
    assert inspect(page, "evaluation-compare") == []
