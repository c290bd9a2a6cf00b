"""A document is read beside its source, at any moment, by keyboard and without script."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ingestion import actions
from ingestion.queries import VersionView
from tests.browser.test_looking import sign_in_as
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]
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
    return Paged(actions.process_version(version.id, now=lambda: at))


def test_source_is_drawn_beside_its_text(
    sign_in: SignIn, live_server: Any, world: World, paged: Paged, shoot: Shoot
) -> None:
    page = sign_in("mara", paged.url)
    expect(page.locator("[data-viewer]")).to_have_attribute("data-shown", "1")
    expect(page.locator("[data-canvas]")).to_be_visible()
    last = page.locator("[data-passage][data-page='2']").first
    last.locator("a").click()
    expect(page.locator("[data-viewer]")).to_have_attribute("data-shown", "2")
    page.wait_for_timeout(500)
    page.screenshot(path="/tmp/w_shots/document-view.png")
    shoot(page, "document-pages")


def test_rail(sign_in: SignIn, live_server: Any, world: World, shoot: Shoot) -> None:
    page = sign_in("mara", f"/documents/{world.document.id}")
    shoot(page, "document-rail")
