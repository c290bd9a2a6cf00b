"""A compliance officer runs an answer again, and asks what it would say today."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audit import queries
from tests.browser.world import World, settle_ledger

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Inspect = Callable[[Page, str], list[str]]


def test_answer_is_run_again_by_keyboard_and_looks_right_in_light_and_dark(
    sign_in: SignIn, world: World, inspect: Inspect, live_server: Any
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}")
    page.get_by_role("button", name="Run it again").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/replay")

    rows = page.locator("section[aria-labelledby=stages-title] tbody tr")
    expect(rows).to_have_count(10)
    assert set(page.locator("tbody .badge").all_inner_texts()) == {"same"}
    expect(page.get_by_text("every stage is the same")).to_be_visible()
    assert inspect(page, "replay") == []

    page.get_by_role("button", name="What would it say today?").click()
    page.wait_for_url("**/today")
    expect(page.get_by_text("still supported").first).to_be_visible()
    assert inspect(page, "today") == []

    settle_ledger()
    (replayed,) = queries.entries(limit=50, types=["answer.replayed"])
    assert (replayed.fields["outcome"], replayed.actor.name) == (
        "same",
        "Olena Kovalenko",
    )
    surfaces = [
        one.fields["surface"]
        for one in queries.entries(limit=50, types=["content.disclosed"])
    ]
    assert surfaces == ["web.today", "web.replay", "web.evidence"]


def test_looking_at_the_page_reads_nothing_and_others_are_refused(
    sign_in: SignIn, world: World, live_server: Any
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}/replay")
    expect(page.get_by_role("button", name="Run it again")).to_be_visible()
    assert page.locator("tbody").count() == 0
    settle_ledger()
    assert queries.entries(limit=50, types=["content.disclosed"]) == []
    page.goto(f"{live_server.url}/answers/{world.answer.id}/today")
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
