"""An answer is called unsafe, assigned, and scored by keyboard beside its evidence."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinrag.answering.models import AnswerRemark
from tests.browser.watching import too_wide
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Inspect = Callable[[Page, str], list[str]]
Shoot = Callable[[Page, str], None]
Look = Callable[[Page, str], None]


@pytest.fixture
def look(inspect: Inspect, shoot: Shoot) -> Look:
    """In both schemes, on a phone and on paper."""

    def look(page: Page, name: str) -> None:
        assert inspect(page, name) == []
        page.emulate_media(color_scheme="light")
        assert too_wide(page, name, width=400) == []
        page.set_viewport_size({"width": 400, "height": 860})
        shoot(page, f"{name}-narrow")
        page.set_viewport_size({"width": 1280, "height": 860})
        page.emulate_media(media="print")
        shoot(page, f"{name}-print")
        page.emulate_media(media="screen")

    return look


def flagged_by_who_asked(page: Page, look: Look) -> None:
    page.get_by_text("Say whether it helped").click()
    page.get_by_role("radio", name="unsafe").check()
    page.get_by_label("Why, if it is wrong or unsafe").select_option("wrong_dose")
    page.locator("#feedback_words").fill("The dose is too high.")
    look(page, "own-answer")
    page.get_by_role("button", name="Say so").click()
    expect(page.locator(".remarks")).to_contain_text("The dose is too high.")


def test_answer_is_flagged_assigned_and_scored_by_keyboard(
    sign_in: SignIn, world: World, look: Look, live_server: Any
) -> None:
    flagged_by_who_asked(sign_in("ravi", f"/answers/{world.answer.id}"), look)
    page = sign_in("olena", "/reviews")
    look(page, "reviews")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/answers/**")
    page.get_by_label("Ask for a review").select_option(label="Jonas Weber")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("main")).to_contain_text("Jonas Weber, by")

    page = sign_in("jonas", "/reviews?show=mine")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/*-*")
    for key in "2415":
        page.keyboard.press(key)
    page.keyboard.press("ArrowDown")
    look(page, "scoring")
    page.get_by_role("button", name="Record the review").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews")
    made = AnswerRemark.objects.get(kind="review")
    assert (made.scores, made.verdict) == ([2, 4, 1, 5], "minor_issues")
    assert len(made.flags) == 1
    page.goto(live_server.url + "/reviews/agreement")
    look(page, "agreement")
