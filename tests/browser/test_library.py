"""The library is narrowed, gone through and changed, by keyboard too."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ingestion import actions, queries
from tests.browser.walking import sign_in_as
from tests.browser.world import TITLE, World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]


@pytest.fixture
def other(world: World) -> queries.DocumentView:
    return actions.register_document(
        world.document.collection_id,
        title="Croup in children",
        publisher="Harbour Trust",
        by=world.actor("jonas"),
        at=timezone.now(),
    )


def test_line_tells_owner_passages_last_use_and_overdue_review(
    sign_in: SignIn, live_server: Any, world: World, other: Any, shoot: Shoot
) -> None:
    page = sign_in("mara", "/documents")
    line = page.locator("tbody tr").filter(has_text=TITLE)
    for words in ("2025 edition", "in force", "overdue", "Mara Lindqvist"):
        expect(line).to_contain_text(words)
    expect(line).to_contain_text(timezone.now().strftime("%b %Y"))
    empty = page.locator("tbody tr").filter(has_text="Croup")
    expect(empty).to_contain_text("none yet")
    expect(empty).to_contain_text("never")
    shoot(page, "library")


def test_filter_becomes_a_chip_that_removes_it(
    sign_in: SignIn, live_server: Any, world: World, other: Any
) -> None:
    page = sign_in("mara", "/documents")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.select_option("#owner", "me")
    page.select_option("#review", "overdue")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Review overdue").click()
    page.get_by_role("link", name="Owner: Mara Lindqvist").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.goto(live_server.url + "/documents?q=nothing+of+the+kind")
    page.get_by_role("link", name="Show all documents").click()
    expect(page.locator("tbody tr")).to_have_count(2)


def test_lines_are_chosen_by_keyboard_and_given_a_review_day(
    sign_in: SignIn, live_server: Any, world: World, other: Any
) -> None:
    page = sign_in("mara", "/documents")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("(1)")
    page.select_option("#id_bulk_change", "review_by")
    page.fill("#id_bulk_review_by", "2031-05-01")
    page.fill("#id_bulk_reason", "Panel meets every five years.")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("1 document changed.")
    assert str(queries.document(other.id).review_by) == "2031-05-01"
    page.get_by_role("link", name="Croup in children").click()
    expect(page.locator(".corrections")).to_contain_text("every five years")


def test_all_that_match_are_given_an_owner_without_script(
    chromium: Browser, live_server: Any, world: World, other: Any
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in_as(page, live_server.url, "mara")
    page.goto(live_server.url + "/documents?q=croup")
    page.select_option("#id_bulk_scope", "matching")
    page.select_option("#id_bulk_owner", label="Mara Lindqvist")
    page.fill("#id_bulk_reason", "Jonas is on leave.")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("tbody tr")).to_contain_text("Mara Lindqvist")
    context.close()


def test_list_is_downloaded_as_it_is_filtered(
    sign_in: SignIn, live_server: Any, world: World, other: Any
) -> None:
    page = sign_in("mara", "/documents?q=croup")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="All as CSV").click()
    lines = Path(waiting.value.path()).read_text().splitlines()
    assert len(lines) == 2
    assert "Croup in children" in lines[1]
