"""A reviewer reads what changed between two editions, and says what they think."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ingestion import actions, queries
from tests.browser.walking import sign_in_as
from tests.browser.world import World, receive

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]
Inspect = Callable[[Page, str], list[str]]
GUIDELINES = Path(__file__).parents[2] / "clinrag" / "local" / "guidelines"
CDC = GUIDELINES / "cdc-opioid" / "all-recommendations"


@pytest.fixture
def compare_url(world: World) -> str:
    return f"/compare/{world.new.id}/{world.draft.id}"


@pytest.fixture
def cdc_url(world: World) -> str:
    """The 2016 recommendations against the draft of 2022, which renumbered them."""
    by, at = world.actor("mara"), timezone.now()
    made = actions.register_document(
        world.document.collection_id,
        title="CDC guideline for prescribing opioids",
        by=by,
        at=at,
    )
    old, new = (
        receive(made.id, (CDC / name).read_bytes(), name[:3], by, at)
        for name in ("v02_2022-05-24.md", "v03_2022-11-28.md")
    )
    return f"/compare/{old.id}/{new.id}"


def test_dose_range_is_told_first_as_one_quantity(
    sign_in: SignIn, live_server: Any, world: World, compare_url: str, shoot: Shoot
) -> None:
    page = sign_in("jonas", compare_url)
    first = page.locator("#risks tbody tr").first
    expect(first.locator(".badge")).to_have_text("high")
    expect(first.locator("del")).to_have_text("100 to 200 micrograms a day")
    expect(first.locator("ins")).to_have_text("50 to 100 micrograms a day")
    shoot(page, "comparing")


def test_section_is_viewed_by_keyboard_and_counted(
    sign_in: SignIn, live_server: Any, world: World, compare_url: str
) -> None:
    page = sign_in("jonas", compare_url)
    expect(page.locator("#viewed-count")).to_contain_text("0 of 1 viewed")
    page.keyboard.press("n")
    expect(page.locator("[data-change]:focus")).to_have_count(1)
    page.keyboard.press("v")
    expect(page.locator("#viewed-count")).to_contain_text("1 of 1 viewed")
    expect(page.locator("[data-viewed]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-viewed]")).to_be_focused()
    page.reload()
    expect(page.locator("[data-viewed]")).to_have_attribute("aria-pressed", "true")


def test_selected_words_are_commented_on_answered_and_settled(
    sign_in: SignIn, live_server: Any, world: World, compare_url: str, shoot: Shoot
) -> None:
    page = sign_in("jonas", compare_url)
    page.locator("[data-text] ins").first.select_text()
    page.keyboard.press("c")
    page.keyboard.type("Half the dose: says who?")
    page.get_by_role("button", name="Comment", exact=True).click()
    thread = page.locator(".thread")
    expect(thread).to_contain_text("Half the dose: says who?")
    expect(page.locator("mark[data-thread]")).to_have_count(1)
    shoot(page, "comparing-comment")
    thread.locator("input[name=text]").fill("The panel of 2026.")
    thread.get_by_role("button", name="Reply").click()
    expect(page.locator(".thread")).to_contain_text("The panel of 2026.")
    page.locator(".thread").get_by_role("button", name="Resolve").click()
    expect(page.locator(".thread .badge")).to_have_text("resolved")
    page.locator(".thread .quoted a").click()
    expect(page.locator("mark").first).to_be_visible()
    (found,) = queries.comment_threads(world.new.id, world.draft.id)
    assert found.first.quote.strip() == page.locator("mark").first.inner_text().strip()


def test_words_that_do_not_stand_there_are_told_beside_the_field(
    sign_in: SignIn, live_server: Any, world: World, compare_url: str
) -> None:
    page = sign_in("jonas", compare_url)
    page.get_by_text("Comment", exact=True).first.click()
    page.fill("input[name=quote]", "words from elsewhere")
    page.fill("textarea[name=text]", "What?")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("do not stand in this section")
    expect(page.locator("textarea[name=text]")).to_have_value("What?")


def test_clinician_reads_without_reviewers_words_or_buttons(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("ravi", f"/compare/{world.old.id}/{world.new.id}")
    expect(page.locator("#risks tbody tr").first).to_be_visible()
    expect(page.locator("[data-viewed], [data-commenting]")).to_have_count(0)


def test_changes_of_a_renumbered_guideline_are_reached_by_keyboard(
    sign_in: SignIn, live_server: Any, world: World, cdc_url: str, shoot: Shoot
) -> None:
    page = sign_in("jonas", cdc_url)
    assert page.locator("[data-change]").count() > 20
    seen = set()
    for _ in range(5):
        page.keyboard.press("n")
        seen.add(page.evaluate("document.activeElement.id"))
    assert len(seen) == 5
    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.id") in seen
    expect(page.locator("nav .kind.added").first).to_be_visible()
    shoot(page, "comparing-cdc")
    page.set_viewport_size({"width": 390, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    shoot(page, "comparing-cdc-narrow")


def test_page_has_no_barrier_in_light_and_dark(
    page: Page,
    live_server: Any,
    world: World,
    compare_url: str,
    inspect: Inspect,
) -> None:
    sign_in_as(page, live_server.url, "jonas")
    page.goto(live_server.url + compare_url)
    page.get_by_text("Comment", exact=True).first.click()
    assert inspect(page, "comparing") == []


def test_page_prints_with_all_changes_and_without_controls(
    sign_in: SignIn, live_server: Any, world: World, compare_url: str, shoot: Shoot
) -> None:
    page = sign_in("jonas", compare_url)
    page.emulate_media(media="print")
    expect(page.locator("[data-viewed]")).to_be_hidden()
    expect(page.locator("[data-text] del").first).to_be_visible()
    shoot(page, "comparing-print")


def test_page_reads_and_views_without_script(
    chromium: Browser, live_server: Any, world: World, compare_url: str
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in_as(page, live_server.url, "jonas")
    page.goto(live_server.url + compare_url)
    expect(page.locator("[data-text] ins").first).to_be_visible()
    page.locator("[data-viewed]").click()
    expect(page.locator("[data-viewed]")).to_have_attribute("aria-pressed", "true")
    context.close()


def test_redline_is_downloaded_as_word_with_tracked_changes(
    sign_in: SignIn, live_server: Any, world: World, compare_url: str
) -> None:
    page = sign_in("jonas", compare_url)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Word").click()
    file = waiting.value
    assert (
        file.suggested_filename
        == "adult-asthma-in-primary-care-2026-draft-changes.docx"
    )
    body = ZipFile(BytesIO(Path(file.path()).read_bytes())).read("word/document.xml")
    assert b"<w:ins " in body
    assert b"<w:delText" in body
