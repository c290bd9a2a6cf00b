"""Every page: readable by everyone, in light and dark, by keyboard and without script."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.watching import violations
from tests.browser.world import PASSWORD, World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

Shoot = Callable[[Page, str], None]
SignIn = Callable[..., Page]

TABBABLE = """() => {
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  const shown = all.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled);
  shown.forEach((e, n) => e.dataset.stop = n);
  return shown.length;
}"""
FOCUSED = """() => {
  const e = document.activeElement;
  const look = getComputedStyle(e);
  return {stop: e.dataset.stop ?? null, tag: e.tagName, type: e.type ?? '',
          ring: look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0};
}"""


def pages_of(world: World) -> dict[str, tuple[str, str]]:
    """Each page's address and who looks at it."""
    return {
        "overview": ("/", "olena"),
        "answers": ("/answers", "olena"),
        "answers-none": ("/answers?outcome=injection_suspected", "olena"),
        "answer": (f"/answers/{world.answer.id}", "olena"),
        "refusal": (f"/answers/{world.refusal.id}", "olena"),
        "integrity": ("/integrity", "olena"),
        "documents": ("/documents", "mara"),
        "document": (f"/documents/{world.document.id}", "mara"),
        "upload": ("/upload", "mara"),
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


def look_at_all(
    page: Page, server: str, world: World, look: Callable[[str], None]
) -> None:
    """Open every page as whoever looks at it."""
    looking = ""
    for name, (path, username) in pages_of(world).items():
        if username != looking:
            sign_in_as(page, server, username)
            looking = username
        page.goto(server + path)
        look(name)


def sign_in_as(page: Page, server: str, username: str) -> None:
    chosen = [one for one in page.context.cookies() if one["name"] == "theme"]
    page.context.clear_cookies()
    page.context.add_cookies(chosen)
    page.goto(server + "/login")
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.click("button:has-text('Sign in')")
    page.wait_for_url(server + "/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_free_of_accessibility_violations(
    unwatched: Page, live_server: Any, world: World, shoot: Shoot, scheme: str
) -> None:
    page = unwatched
    page.emulate_media(color_scheme=scheme)
    page.goto(live_server.url + "/login")
    problems = violations(page, "sign-in")
    shoot(page, f"sign-in-{scheme}")

    def look(name: str) -> None:
        problems.extend(violations(page, name))
        shoot(page, f"{name}-{scheme}")

    look_at_all(page, live_server.url, world, look)
    assert problems == []


def test_every_control_is_reached_by_tab_and_shows_its_focus(
    page: Page, live_server: Any, world: World
) -> None:
    problems: list[str] = []

    def look(name: str) -> None:
        if name in {"entries", "entry", "administration"}:
            return  # Django's own markup
        page.evaluate("document.activeElement.blur()")
        count = page.evaluate(TABBABLE)
        reached = set()
        for _press in range(3 * count + 20):
            page.keyboard.press("Tab")
            focused = page.evaluate(FOCUSED)
            if focused["stop"] is None:
                continue
            if not focused["ring"]:
                problems.append(f"{name}: no ring on stop {focused}")
            reached.add(int(focused["stop"]))
            if len(reached) == count:
                break
        missed = set(range(count)) - reached
        if missed:
            problems.append(f"{name}: {missed} of {count} not reached")

    look_at_all(page, live_server.url, world, look)
    assert problems == []


def test_pages_reflow_when_the_window_is_narrow(
    page: Page, live_server: Any, world: World, shoot: Shoot
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    wide: list[str] = []

    def look(name: str) -> None:
        if name in {"entries", "entry", "administration"}:
            return  # Django's own layout
        shoot(page, f"{name}-narrow")
        width = page.evaluate("document.scrollingElement.scrollWidth")
        if width > 320:
            wide.append(f"{name}: {width}")

    look_at_all(page, live_server.url, world, look)
    assert wide == []


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
