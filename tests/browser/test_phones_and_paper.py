"""The pages of documents and what they reach, on a phone and on paper."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from clinrag.answering.foresight.reports import request_foresight, work_on_report
from clinrag.answering.impact.targets import version_target
from clinrag.answering.reach import Severity
from clinrag.answering.recalls.actions import open_recall
from ingestion import actions
from ingestion.embedding import get_embedder
from tests.browser.walking import Pages, walk
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

Shoot = Callable[[Page, str], None]
Inspect = Callable[[Page, str], list[str]]
PHONE = {"width": 390, "height": 844}
PAPER = {"width": 718, "height": 1000}  # A4 with its margins, at 96 dots an inch
# What is wider than the window and is not in something that scrolls.
CUT = """() => [...document.querySelectorAll('#main *')].filter(e => {
  const box = e.getBoundingClientRect();
  if (!box.width || box.right <= innerWidth + 1) return false;
  for (let p = e; p && p.id !== 'main'; p = p.parentElement) {
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)
        && p !== e) return false;
  }
  return true;
}).slice(0, 3).map(e => e.outerHTML.slice(0, 120))"""
LEFT_OVER = """() => [...document.querySelectorAll(
  'button, input, select, textarea, .top, .foot')]
  .filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def pages(world: World, tmp_path: Path, settings: Any) -> Pages:
    at = timezone.now()
    actions.open_due_reminders(at=at, lead=timedelta(days=30))
    recall_id = open_recall(
        version_target(world.old.id),
        reason="The dose was halved.",
        severity=Severity.MAJOR,
        by=world.actor("olena"),
        at=at,
    )
    report_id = request_foresight(world.draft.id, by=world.actor("jonas"), at=at)
    while work_on_report(report_id, embedder=get_embedder(), now=timezone.now):
        pass
    source_id = _watched(world, tmp_path / "watched guidelines", settings)
    compared = f"/compare/{world.old.id}/{world.new.id}"
    return {
        "library": ("/documents", "mara"),
        "queue": ("/upload", "mara"),
        "document": (f"/documents/{world.document.id}", "mara"),
        "version": (f"/versions/{world.new.id}", "mara"),
        "draft": (f"/versions/{world.draft.id}", "mara"),
        "compare": (compared, "mara"),
        "sources": ("/sources", "mara"),
        "source": (f"/sources/{source_id}", "mara"),
        "correct": (f"/documents/{world.document.id}/correct", "mara"),
        "approve": (f"/versions/{world.draft.id}/approve", "jonas"),
        "impact": (f"/versions/{world.old.id}/impact", "olena"),
        "recalls": ("/recalls", "olena"),
        "recall": (f"/recalls/{recall_id}", "olena"),
    }


def _watched(world: World, folder: Path, settings: Any) -> str:
    folder.mkdir()
    settings.CLINRAG_SOURCE_FOLDERS = [str(folder)]
    settings.CLINRAG_SOURCE_SETTLE_SECONDS = 0.0
    (folder / "Croup in children under five years of age.md").write_text("# Croup\n")
    (folder / "damaged.docx").write_bytes(b"PK\x03\x04 half of it")
    at = timezone.now()
    made = actions.add_source(
        world.document.collection_id,
        kind="folder",
        name="Guidelines of the regional network",
        address=str(folder),
        every_seconds=3600,
        by=world.actor("mara"),
        at=at,
    )
    actions.check_source(made.id, at=at, onward=lambda version_id: None)
    return str(made.id)


def test_nothing_is_cut_off_on_a_phone(
    page: Page, live_server: Any, pages: Pages, inspect: Inspect
) -> None:
    page.set_viewport_size(PHONE)
    found = []
    for name in walk(page, live_server.url, pages):
        found += [f"{name}: {cut}" for cut in page.evaluate(CUT)]
        found += inspect(page, f"phone-{name}")
    assert found == []


def test_paper_holds_the_page_without_its_controls(
    page: Page, live_server: Any, pages: Pages, shoot: Shoot
) -> None:
    page.set_viewport_size(PAPER)
    found = []
    for name in walk(page, live_server.url, pages):
        page.emulate_media(media="print")
        shoot(page, f"print-{name}")
        found += [f"{name}: cut {cut}" for cut in page.evaluate(CUT)]
        found += [f"{name}: shown {left}" for left in page.evaluate(LEFT_OVER)]
        assert page.locator("h1").is_visible(), name
        page.emulate_media(media="screen")
    assert found == []
