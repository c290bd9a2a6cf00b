"""Pages about custody: accessible in both schemes, by keyboard, narrow, and in print."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.custody_world import Custody, furnish
from tests.browser.test_looking import (
    FOCUSED,
    TABBABLE,
    sign_in_as,
)
from tests.browser.watching import violations
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

Shoot = Callable[[Page, str], None]


def pages_of(world: World, custody: Custody) -> dict[str, tuple[str, str]]:
    return {
        "overview-custody": ("/", "olena"),
        "integrity-custody": ("/integrity", "olena"),
        "checkpoints": ("/integrity/checkpoints", "olena"),
        "waiting": ("/custody", "olena"),
        "authorization": (f"/custody/requests/{custody.waiting}", "olena"),
        "packages": ("/custody/packages", "olena"),
        "package-kind": ("/custody/packages/new", "olena"),
        "package-new": ("/custody/packages/new?kind=period", "olena"),
        "package": (f"/custody/packages/{custody.package}", "olena"),
        "access-log": ("/custody/readings", "olena"),
        "emergencies": ("/custody/emergencies", "olena"),
        "emergency": (f"/custody/emergencies/{custody.emergency}", "olena"),
        "retention": ("/custody/retention", "olena"),
        "hold": (f"/custody/retention/holds/{custody.hold}", "olena"),
        "erasures": ("/custody/erasures", "olena"),
        "requirements": ("/custody/requirements", "olena"),
        "overview-operator": ("/", "sefa"),
        "waiting-operator": ("/custody", "sefa"),
        "break-glass": (f"/answers/{world.answer.id}", "ravi"),
    }


@pytest.fixture
def custody(world: World) -> Custody:
    return furnish(world)


def look_at_all(
    page: Page,
    server: str,
    world: World,
    custody: Custody,
    look: Callable[[str], None],
) -> None:
    looking = ""
    for name, (path, username) in pages_of(world, custody).items():
        if username != looking:
            sign_in_as(page, server, username)
            looking = username
        response = page.goto(server + path)
        assert response is not None
        assert response.status == 200, (name, response.status)
        look(name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_free_of_accessibility_violations(
    unwatched: Page,
    live_server: Any,
    world: World,
    custody: Custody,
    shoot: Shoot,
    scheme: str,
) -> None:
    unwatched.emulate_media(color_scheme=scheme)
    problems: list[str] = []

    def look(name: str) -> None:
        problems.extend(violations(unwatched, name))
        shoot(unwatched, f"{name}-{scheme}")

    look_at_all(unwatched, live_server.url, world, custody, look)
    assert problems == []


def test_every_control_is_reached_by_tab_and_shows_its_focus(
    page: Page, live_server: Any, world: World, custody: Custody
) -> None:
    problems: list[str] = []

    def look(name: str) -> None:
        page.evaluate("document.activeElement.blur()")
        count = page.evaluate(TABBABLE)
        reached, without = walk(page, count)
        problems.extend(f"{name}: no ring on {stop}" for stop in without)
        missed = set(range(count)) - reached - choices_of_one_stop(page)
        if missed:
            problems.append(f"{name}: {missed} of {count} not reached")

    look_at_all(page, live_server.url, world, custody, look)
    assert problems == []


def walk(page: Page, count: int) -> tuple[set[int], list[str]]:
    """The stops that Tab reaches, and those that do not show it."""
    reached: set[int] = set()
    without: list[str] = []
    for _press in range(3 * count + 20):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["stop"] is None:
            continue
        if not focused["ring"]:
            without.append(str(focused))
        reached.add(int(focused["stop"]))
        if len(reached) == count:
            break
    return reached, without


def choices_of_one_stop(page: Page) -> set[int]:
    """Radio buttons: Tab reaches the group, arrows go on within it."""
    stops = page.eval_on_selector_all(
        "input[type=radio]", "all => all.map(e => e.dataset.stop)"
    )
    return {int(stop) for stop in stops if stop is not None}


def test_pages_reflow_when_the_window_is_narrow(
    page: Page, live_server: Any, world: World, custody: Custody, shoot: Shoot
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    wide: list[str] = []

    def look(name: str) -> None:
        shoot(page, f"{name}-narrow")
        width = page.evaluate("document.scrollingElement.scrollWidth")
        if width > 320:
            wide.append(f"{name}: {width}")

    look_at_all(page, live_server.url, world, custody, look)
    assert wide == []


def test_print_shows_the_requirements_without_menus(
    page: Page, live_server: Any, world: World
) -> None:
    sign_in_as(page, live_server.url, "olena")
    page.goto(live_server.url + "/custody/requirements")
    page.emulate_media(media="print")
    expect(page.locator("table.matrix tbody tr").first).to_be_visible()
    expect(page.locator("nav.subplaces")).not_to_be_visible()
    expect(page.locator("header.top")).not_to_be_visible()
