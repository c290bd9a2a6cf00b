"""Watched sources, as a knowledge manager works with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from ingestion import actions, tasks
from ingestion.lifecycle import Status
from ingestion.models import DocumentVersion, Source
from tests.browser.walking import sign_in_as
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

Shoot = Callable[[Page, str], None]
Inspect = Callable[[Page, str], list[str]]
TEXT = "# Gout\n\nOffer colchicine 500 micrograms twice a day.\n"


@pytest.fixture
def folder(tmp_path: Path, settings: Any, monkeypatch: Any) -> Path:
    """A place that may be watched; what is sent to a worker is done at once."""
    folder = tmp_path / "watched"
    folder.mkdir()
    settings.CLINRAG_SOURCE_FOLDERS = [str(folder)]
    settings.CLINRAG_SOURCE_SETTLE_SECONDS = 0.0
    monkeypatch.setattr(tasks.check_source, "delay", look)
    return folder


def look(source_id: str) -> None:
    at = timezone.now()
    actions.check_source(source_id, at=at, onward=lambda version_id: None)


def test_source_is_added_looked_at_and_paused_by_keyboard(
    page: Page, sign_in: Any, world: World, folder: Path
) -> None:
    (folder / "Gout in adults.md").write_text(TEXT)
    sign_in("mara", "/documents")
    page.get_by_role("link", name="Watched sources").click()
    page.locator("#id_name").fill("Shared guidelines")
    page.locator("#id_address").fill("/etc")
    page.get_by_role("button", name="Watch it").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("not among those the deployment")
    page.locator("#id_address").fill(str(folder))
    page.get_by_role("button", name="Watch it").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("It is watched.")
    page.get_by_role("button", name="Look now").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("Gout in adults.md")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#main")).to_contain_text("left alone from now on")
    expect(page.get_by_role("button", name="Look now")).to_have_count(0)


def test_finding_is_given_to_the_document_it_is_an_edition_of(
    page: Page, sign_in: Any, world: World, folder: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("clinrag.web.views.watched.enqueue", lambda version_id: None)
    (folder / "Gout in adults.md").write_text(TEXT)
    sign_in("mara", "/sources")
    page.locator("#id_name").fill("Shared guidelines")
    page.locator("#id_address").fill(str(folder))
    page.get_by_role("button", name="Watch it").click()
    page.get_by_role("button", name="Look now").click()
    expect(page.locator("#main")).to_contain_text("once its draft was rejected")
    found = DocumentVersion.objects.get(filename="Gout in adults.md")
    DocumentVersion.objects.filter(pk=found.pk).update(status=Status.REJECTED)
    page.reload()
    page.locator("#id_place_reason").fill("It is that guideline.")
    page.get_by_role("button", name="Read it as a draft there").click()
    expect(page.locator("#main")).to_contain_text("A new document needs this.")
    home = world.document.id
    page.locator("#id_place_document_id").select_option(str(home))
    page.get_by_role("button", name="Read it as a draft there").click()
    expect(page.locator("#main")).to_contain_text("read as a draft of that document")
    placed = DocumentVersion.objects.get(document_id=home, filename=found.filename)
    assert placed.content_sha256 == found.content_sha256
    assert placed.author_id == f"user:{world.people['mara'].pk}"


def test_pages_are_free_of_accessibility_violations(
    page: Page,
    live_server: Any,
    world: World,
    folder: Path,
    inspect: Inspect,
) -> None:
    (folder / "Gout in adults.md").write_text(TEXT)
    (folder / "Old notes.md").write_text(f"{TEXT}\nOld.\n")
    sign_in_as(page, live_server.url, "mara")
    page.goto(f"{live_server.url}/sources")
    page.locator("#id_name").fill("Shared guidelines")
    page.locator("#id_address").fill(str(folder))
    page.get_by_role("button", name="Watch it").click()
    page.get_by_role("button", name="Look now").click()
    (folder / "Old notes.md").unlink()
    page.get_by_role("button", name="Look now").click()
    found = inspect(page, "watched-source")
    page.goto(f"{live_server.url}/sources")
    expect(page.locator("#main")).to_contain_text("gone from its source")
    found += inspect(page, "watched-sources")
    assert found == []
    assert Source.objects.count() == 1
