"""Every page: readable by everyone, in light and dark, by keyboard and without script."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.walking import Pages, sign_in_as, walk
from tests.browser.watching import stops_missed, too_wide
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

Inspect = Callable[[Page, str], list[str]]
SignIn = Callable[..., Page]


MARKUP_OF_DJANGO = {"administration", "entries", "entry"}


def pages_of(world: World) -> Pages:
    return {
        "sign-in": ("/login", ""),
        "overview": ("/", "olena"),
        "answers": ("/answers", "olena"),
        "answers-none": ("/answers?outcome=injection_suspected", "olena"),
        "answer": (f"/answers/{world.answer.id}", "olena"),
        "refusal": (f"/answers/{world.refusal.id}", "olena"),
        "integrity": ("/integrity", "olena"),
        "documents": ("/documents", "mara"),
        "document": (f"/documents/{world.document.id}", "mara"),
        "upload": ("/upload", "mara"),
        "new-collection": ("/new-collection", "mara"),
        "version-in-force": (f"/versions/{world.new.id}", "mara"),
        "version-own-draft": (f"/versions/{world.draft.id}", "mara"),
        "version-failed": (f"/versions/{world.failed.id}", "mara"),
        "compare": (f"/compare/{world.old.id}/{world.new.id}", "mara"),
        "version-to-review": (f"/versions/{world.draft.id}", "jonas"),
        "ask": ("/ask", "ravi"),
        "forbidden": ("/integrity", "ravi"),
        "not-found": ("/nowhere", "ravi"),
        "administration": ("/admin/", "olena"),
        "entries": ("/admin/audit/entry/", "olena"),
        "entry": ("/admin/audit/entry/0/change/", "olena"),
    }


def test_every_page_is_for_everyone(
    page: Page, live_server: Any, world: World, inspect: Inspect
) -> None:
    """Free of violations in light and dark, worked by keyboard, and narrow if need be."""
    problems = []
    for name in walk(page, live_server.url, pages_of(world)):
        if name not in MARKUP_OF_DJANGO:
            problems += stops_missed(page, name) + too_wide(page, name)
        problems += inspect(page, name)
    assert problems == []


def test_first_tab_stop_skips_to_the_content(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/answers")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_pages_are_readable_when_scripts_are_off(
    chromium: Browser, live_server: Any, world: World
) -> None:
    plain = chromium.new_context(java_script_enabled=False)
    page = plain.new_page()
    sign_in_as(page, live_server.url, "olena")
    page.goto(f"{live_server.url}/answers/{world.answer.id}")
    assert page.locator("[data-source] mark").count() == len(world.answer.citations)
    page.goto(f"{live_server.url}/versions/{world.new.id}")
    assert "100 to 200 micrograms" in page.locator(".document-text").inner_text()
    plain.close()


def test_appearance_is_remembered_when_chosen(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/answers?outcome=answered")
    page.click("button[value=dark]")
    assert page.url == live_server.url + "/answers?outcome=answered"
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto(live_server.url + "/integrity")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_responses_are_neither_stored_nor_open_to_unsafe_sources(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena")
    response = page.goto(live_server.url + "/integrity")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "no-store" in response.headers["cache-control"]
    assert re.search(r"default-src 'none'", policy)


def test_print_shows_every_source_and_no_menu(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}")
    page.emulate_media(media="print")
    sources = page.locator("[data-source]")
    shown = [sources.nth(n).is_visible() for n in range(sources.count())]
    assert shown
    assert all(shown)
    assert not page.locator("header.top").is_visible()
