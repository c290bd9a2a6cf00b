"""Pages about custody: accessible in both schemes, by keyboard, narrow, and in print."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.custody_world import Custody, furnish
from tests.browser.walking import Pages, sign_in_as, walk
from tests.browser.watching import stops_missed, too_wide
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

Inspect = Callable[[Page, str], list[str]]


def pages_of(world: World, custody: Custody) -> Pages:
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
        "break-glass": (f"/answers/{world.answer.id}", "noor"),
    }


@pytest.fixture
def custody(world: World) -> Custody:
    return furnish(world)


def test_every_page_is_for_everyone(
    page: Page, live_server: Any, world: World, custody: Custody, inspect: Inspect
) -> None:
    """Free of violations in light and dark, worked by keyboard, and narrow if need be."""
    problems = []
    for name in walk(page, live_server.url, pages_of(world, custody)):
        problems += stops_missed(page, name) + too_wide(page, name)
        problems += inspect(page, name)
    assert problems == []


def test_print_shows_the_requirements_without_menus(
    page: Page, live_server: Any, world: World
) -> None:
    sign_in_as(page, live_server.url, "olena")
    page.goto(live_server.url + "/custody/requirements")
    page.emulate_media(media="print")
    expect(page.locator("table.matrix tbody tr").first).to_be_visible()
    expect(page.locator("nav.subplaces")).not_to_be_visible()
    expect(page.locator("header.top")).not_to_be_visible()
