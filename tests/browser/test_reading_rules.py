"""A knowledge manager sets how a collection's files are read, by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingestion import queries
from ingestion.queries import ReadingRules
from tests.browser.watching import too_wide, violations
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]


def test_rules_are_found_from_the_library_and_set_by_keyboard(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("mara", "/documents")
    page.get_by_role("link", name="Reading rules").press("Enter")
    page.get_by_label("Longest passage").fill("128")
    page.get_by_label("Paragraphs below this may join").fill("100")
    page.get_by_role("button", name="Set", exact=True).press("Enter")
    expect(page.get_by_text("at most half of that")).to_be_visible()
    assert violations(page) == []

    page.get_by_label("Longest passage").fill("128")
    page.get_by_label("Paragraphs below this may join").fill("16")
    page.get_by_label("Tracked changes").select_option("refuse")
    page.get_by_role("button", name="Set", exact=True).press("Enter")
    expect(page.get_by_text("New editions are read by these rules.")).to_be_visible()

    expect(page.get_by_label("Longest passage")).to_have_value("128")
    assert violations(page) == []
    shoot(page, "reading-rules")
    rules = queries.collection_by_slug("respiratory").rules
    assert rules == ReadingRules(128, 16, "refuse")


def test_policy_is_loosened_with_a_reason_that_auditors_see(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("sefa", "/collections/respiratory/policy")
    page.get_by_role("radio", name="some are shown").check()
    page.get_by_label("Reason").fill("The board agreed to see what is unsupported.")
    assert violations(page, "policy, set") == []
    page.get_by_role("button", name="Set", exact=True).press("Enter")
    expect(page.get_by_text("The board agreed")).to_be_visible()
    shoot(page, "policy")
    page.emulate_media(color_scheme="dark")
    assert violations(page, "policy, dark") == []
    assert too_wide(page, "policy", width=400) == []
    page.goto(live_server.url + "/custody")
    expect(page.get_by_text("Made less strict")).to_be_visible()
    assert violations(page, "custody with policies") == []
    shoot(page, "custody-policies")
