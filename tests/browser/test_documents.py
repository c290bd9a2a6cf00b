"""A document is read beside its source, at any moment, by keyboard and without script."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ingestion import actions
from ingestion.queries import VersionView
from tests.browser.walking import sign_in_as
from tests.browser.world import World
from tests.factories.embedder import CountingEmbedder

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]
Inspect = Callable[[Page, str], list[str]]
GUIDELINES = Path(__file__).parents[2] / "clinrag" / "local" / "guidelines"
SUMMARY = GUIDELINES / "cdc-opioid-files" / "summary-2022" / "v01_2022-11-02.pdf"


@dataclass(frozen=True)
class Paged:
    """A document whose source has pages."""

    version: VersionView

    @property
    def url(self) -> str:
        return f"/documents/{self.version.document_id}"


@pytest.fixture
def paged(world: World) -> Paged:
    by, at = world.actor("mara"), timezone.now()
    made = actions.register_document(
        world.document.collection_id,
        title="CDC guideline: summary for clinicians",
        publisher="Centers for Disease Control and Prevention",
        by=by,
        at=at,
    )
    version = actions.receive_version(
        made.id,
        filename=SUMMARY.name,
        data=SUMMARY.read_bytes(),
        label="November 2022",
        by=by,
        at=at,
    )
    embedder = CountingEmbedder(max_tokens=128)  # nothing is searched for here
    done = actions.process_version(version.id, now=lambda: at, embedder=embedder)
    return Paged(done)


def shown_page(page: Page) -> Any:
    return expect(page.locator("[data-viewer]"))


def test_passage_shows_its_place_in_the_page_and_the_page_its_passage(
    sign_in: SignIn, live_server: Any, world: World, paged: Paged, shoot: Shoot
) -> None:
    page = sign_in("mara", paged.url)
    shown_page(page).to_have_attribute("data-shown", "1")
    passage = page.locator("[data-passage][data-page='2']").nth(2)
    passage.locator("a").click()
    shown_page(page).to_have_attribute("data-shown", "2")
    marked = page.locator(".sheet .place.current")
    expect(marked.first).to_be_visible()
    assert marked.first.get_attribute("data-position") == passage.get_attribute(
        "data-passage"
    )
    shoot(page, "document-pages")
    other = page.locator(".sheet .place:not(.current)").last
    wanted = other.get_attribute("data-position")
    other.click()
    expect(page.locator(f"#passage-{wanted}")).to_have_class(re.compile("current"))
    expect(page.locator(f"#passage-{wanted}")).to_be_in_viewport()


def test_passages_and_pages_are_gone_through_by_keyboard(
    sign_in: SignIn, live_server: Any, world: World, paged: Paged
) -> None:
    page = sign_in("mara", paged.url)
    shown_page(page).to_have_attribute("data-shown", "1")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("#passage-1 > a")).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator("#passage-0 > a")).to_be_focused()
    page.keyboard.press("ArrowRight")
    shown_page(page).to_have_attribute("data-shown", "2")
    page.fill("[data-number]", "22")
    page.keyboard.press("Enter")
    shown_page(page).to_have_attribute("data-shown", "22")
    page.get_by_role("button", name="Previous page").click()
    shown_page(page).to_have_attribute("data-shown", "21")


def test_link_to_a_passage_opens_its_page(
    sign_in: SignIn, live_server: Any, world: World, paged: Paged
) -> None:
    page = sign_in("mara", paged.url)
    last = page.locator("[data-passage][data-page='3']").first
    name = last.get_attribute("id")
    page.goto(live_server.url + "/")
    page.goto(f"{live_server.url}{paged.url}#{name}")
    shown_page(page).to_have_attribute("data-shown", "3")
    expect(page.locator(f"#{name}")).to_be_in_viewport()


def test_source_that_is_gone_says_so_and_leaves_the_text(
    sign_in: SignIn, live_server: Any, world: World, paged: Paged
) -> None:
    page = sign_in("mara", "/")
    page.route("**/source", lambda route: route.abort())
    page.goto(live_server.url + paged.url)
    expect(page.locator("[data-state]")).to_contain_text("Download it instead")
    expect(page.locator("[data-passage]").first).to_be_visible()


def test_edition_that_applied_then_is_opened(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    url = f"/documents/{world.document.id}"
    page = sign_in("mara", url)
    shoot(page, "document-rail")
    expect(page.locator(".rail .chosen")).to_contain_text("2025 edition")
    then = (timezone.now() - timedelta(days=300)).strftime("%Y-%m-%dT%H:%M")
    page.get_by_text("At another time").click()
    page.fill("#id_as_of", then)
    page.get_by_role("button", name="Show", exact=True).click()
    chosen = page.locator(".rail .chosen")
    expect(chosen).to_contain_text("2021 edition")
    expect(chosen.locator(".badge")).to_have_text("in force")
    page.fill("#id_known_at", "2000-01-01T00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".problem, .rail-panel")).to_be_visible()


def test_clinician_finds_no_draft_on_the_rail(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("ravi", f"/documents/{world.document.id}")
    expect(page.locator(".rail > li")).to_have_count(2)
    page = sign_in("mara", f"/documents/{world.document.id}")
    expect(page.locator(".rail > li")).to_have_count(4)


def test_page_has_no_barrier_in_light_and_dark(
    page: Page,
    live_server: Any,
    world: World,
    paged: Paged,
    inspect: Inspect,
) -> None:
    sign_in_as(page, live_server.url, "mara")
    page.goto(live_server.url + paged.url)
    shown_page(page).to_have_attribute("data-shown", "1")
    page.get_by_text("At another time").click()
    assert inspect(page, "document-pages") == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_page_prints_the_text_and_reads_without_script(
    chromium: Browser, live_server: Any, world: World, paged: Paged, shoot: Shoot
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in_as(page, live_server.url, "mara")
    page.goto(live_server.url + paged.url)
    expect(page.locator("[data-passage]").first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    assert Path(waiting.value.path()).read_bytes() == SUMMARY.read_bytes()
    page.emulate_media(media="print")
    expect(page.locator(".source-pane")).to_be_hidden()
    expect(page.locator("[data-passage]").last).to_be_visible()
    shoot(page, "document-print")
    context.close()
