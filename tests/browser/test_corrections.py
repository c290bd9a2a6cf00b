"""A document is described anew, named anew and looked through; and seen as it was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from ingestion import actions, queries
from tests.browser.walking import walk
from tests.browser.world import TITLE, World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Inspect = Callable[[Page, str], list[str]]


def test_document_is_corrected_by_keyboard_and_what_was_said_stays(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", f"/documents/{world.document.id}")
    page.get_by_role("link", name="Correct", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_correct_title")).to_have_value(TITLE)
    page.fill("#id_correct_licence", "CC BY-SA 4.0")
    page.fill("#id_correct_reason", "The publisher says so since May.")
    page.locator("#id_correct_reason").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Corrected, and recorded.")
    expect(page.locator(".corrections")).to_contain_text("since May")
    corrected = queries.document(world.document.id)
    assert (corrected.licence, corrected.title) == ("CC BY-SA 4.0", TITLE)
    assert corrected.review_by == world.document.review_by


def test_correction_that_changes_nothing_is_told_as_that(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", f"/documents/{world.document.id}/correct")
    page.fill("#id_correct_reason", "Looked at again.")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing was changed.")
    assert queries.descriptions_of(world.document.id) == []


def test_language_that_is_none_is_refused_beside_its_field(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", f"/documents/{world.document.id}/correct")
    page.fill("#id_correct_language", "English")
    page.fill("#id_correct_reason", "It is English.")
    page.get_by_role("button", name="Record it").click()
    expect(page.locator("#id_correct_language_error")).to_be_visible()
    assert queries.document(world.document.id).language == "en"


def test_edition_is_named_anew_and_shown_as_it_was(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", f"/versions/{world.new.id}")
    page.get_by_role("link", name="Name it anew").click()
    page.fill("#id_label_label", "Second edition")
    page.fill("#id_label_reason", "As it is printed.")
    page.get_by_role("button", name="Record it").click()
    expect(page.locator(".head")).to_contain_text("Second edition")
    earlier = timezone.now() - timedelta(days=100)
    page.fill("#id_known_at", earlier.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Show", exact=True).click()
    notice = page.locator(".notice").filter(has_text="As it was on record")
    expect(notice).to_contain_text("2025 edition")
    expect(notice).to_contain_text("in force")
    page.goto(f"{live_server.url}/versions/{world.new.id}?known_at=2001-01-01T00:00")
    expect(page.locator("#main")).to_contain_text("was not on record then")


def test_library_shows_editions_as_of_another_day(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", "/documents")
    as_of = timezone.now() - timedelta(days=300)
    page.fill("#id_as_of", as_of.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr")).to_contain_text("2021 edition")
    page.get_by_role("link", name="Back to now").click()
    expect(page.locator("tbody tr")).to_contain_text("2025 edition")


def test_reminder_is_closed_with_the_document_and_a_note(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    at = timezone.now()
    assert actions.open_due_reminders(at=at, lead=timedelta(days=30)) == 1
    page = sign_in("mara", "/documents?review=due")
    page.get_by_role("link", name=TITLE).click()
    page.fill("#id_reminder_note", "Nothing new since the last edition.")
    again = timezone.localdate() + timedelta(days=365)
    page.fill("#id_reminder_review_by", again.isoformat())
    page.get_by_role("button", name="It was looked through").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded as looked through")
    assert queries.document(world.document.id).review_by == again
    assert queries.reminders() == []
    expect(page.get_by_text("To be looked through by")).to_have_count(0)


def test_correcting_is_for_who_may_take_in_documents(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("ravi", f"/documents/{world.document.id}")
    expect(page.get_by_role("link", name="Correct", exact=True)).to_have_count(0)
    reply = page.goto(f"{live_server.url}/documents/{world.document.id}/correct")
    assert reply is not None
    assert reply.status == 403


def test_pages_are_free_of_accessibility_violations(
    page: Page, live_server: Any, world: World, inspect: Inspect
) -> None:
    actions.open_due_reminders(at=timezone.now(), lead=timedelta(days=30))
    pages = {
        "correct": (f"/documents/{world.document.id}/correct", "mara"),
        "relabel": (f"/versions/{world.new.id}/label", "mara"),
        "reminded": (f"/documents/{world.document.id}", "mara"),
        "version-then": (f"/versions/{world.new.id}?known_at=2026-09-01T00:00", "mara"),
        "library-then": ("/documents?review=due&as_of=2026-09-01T00:00", "mara"),
    }
    found = []
    for name in walk(page, live_server.url, pages):
        found += inspect(page, name)
    assert found == []
