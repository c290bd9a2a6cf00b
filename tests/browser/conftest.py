"""A real Chromium before a real server, and a small world for it to look at.

Chromium comes from the distribution (`apt-get install chromium`). Without one the
tests are skipped and say so; with CLINRAG_BROWSER_TESTS set they fail instead.
Screenshots are kept only when BROWSER_SCREENSHOTS names a folder.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from django.conf import settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    expect,
    sync_playwright,
)

from tests.browser.watching import Watch, violations
from tests.browser.world import PASSWORD, World, build_world
from tests.snapshots import once

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
DEMANDED = bool(os.environ.get("CLINRAG_BROWSER_TESTS"))
MISSING = (
    f"there is no Chromium at {CHROMIUM}: install it (apt-get install chromium),"
    " or name another in CHROMIUM"
)
SHOTS = os.environ.get("BROWSER_SCREENSHOTS", "")

DATABASES = ("default", "keys")
SCHEMES: tuple[Literal["dark", "light"], ...] = ("light", "dark")

SignIn = Callable[..., Page]


expect.set_options(timeout=20_000)  # other work may share the machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists() and not DEMANDED:
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """For these tests alone: other tests run event loops of their own."""
    if not CHROMIUM.exists():
        pytest.fail(MISSING)
    # The driver runs an event loop in this thread; Django would take that for
    # asynchronous code and refuse to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=arguments
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """The server warns of a missing folder, though finders serve the files here."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def world(
    chromium: Browser,
    transactional_db: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Built for the first test of a process, and put back for the others."""
    places = {
        "CLINRAG_SIGNER_DIR": tmp_path / "signer",
        "CLINRAG_DEPLOYMENT_KEY_FILE": tmp_path / "keys" / "deployment.key",
        "CLINRAG_STORAGE_DIR": tmp_path / "documents",
        "CLINRAG_EXPORT_DIR": tmp_path / "exports",
    }
    for name, place in places.items():
        monkeypatch.setattr(settings, name, place)
    return once("browser", build_world, folder=tmp_path, aliases=DATABASES)


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test if a page broke its policy, threw, left, or the server failed."""
    seen = Watch()
    yield seen
    seen.check()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(
        viewport={"width": 1280, "height": 860},
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",  # colours are looked at, not their way there
    )
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    opened = context.new_page()
    watch.follow(opened)
    return opened


@pytest.fixture
def sign_in(page: Page, live_server: Any, world: World) -> SignIn:
    """Signs somebody in by keyboard, and leaves the page where it was sent."""

    def sign_in(username: str, path: str = "/") -> Page:
        page.context.clear_cookies()
        page.goto(live_server.url + "/login?next=" + path)
        expect(page.locator("#id_username")).to_be_focused()
        page.keyboard.type(username)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(live_server.url + path)
        return page

    return sign_in


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    def shoot(page: Page, name: str) -> None:
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)

    return shoot


@pytest.fixture
def inspect(
    watch: Watch, shoot: Callable[[Page, str], None]
) -> Callable[[Page, str], list[str]]:
    """What axe-core objects to in a page, in the light and in the dark."""

    def inspect(page: Page, name: str) -> list[str]:
        found = []
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            with watch.paused(page):
                found += violations(page, f"{name}, {scheme}")
            shoot(page, f"{name}-{scheme}")
        return found

    return inspect
