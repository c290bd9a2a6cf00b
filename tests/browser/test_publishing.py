"""What a knowledge manager and a reviewer do: add, check, put in force, withdraw."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from ingestion import actions, queries
from tests.browser.world import (
    DRAFT_2026,
    EDITION_2025,
    PASSWORD,
    QUESTION,
    World,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]


def version_at(page: Page) -> UUID:
    return UUID(page.url.rpartition("/")[2])


def upload(page: Page, file: Path, *, label: str, document: str) -> None:
    page.set_input_files("#id_file", file)
    page.fill("#id_label", label)
    page.select_option("#id_document", label=document)
    page.click("button:has-text('Receive the file')")


def test_upload_shows_its_progress_until_it_is_in_review(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path, shoot: Shoot
) -> None:
    file = tmp_path / "asthma-2027.md"
    file.write_text(EDITION_2025.replace("4 weeks", "3 weeks"))
    page = sign_in("mara", f"/upload?document={world.document.id}")
    upload(page, file, label="2027 edition", document=world.document.title)
    page.wait_for_url("**/versions/**")
    expect(page.locator("#progress")).to_contain_text("Reading the file")
    version_id = version_at(page)
    actions.parse_version(version_id, at=timezone.now())
    expect(page.locator("#progress")).to_contain_text("Cutting the text")
    actions.chunk_version(version_id, at=timezone.now())
    expect(page.locator("#progress")).to_contain_text("Embedding")
    page.reload()
    expect(page.locator("#progress")).to_contain_text("Embedding")
    shoot(page, "progress")
    actions.process_version(version_id, now=timezone.now)
    expect(page.locator(".head .badge")).to_have_text("in review")
    expect(page.locator("#progress")).to_have_count(0)


def test_new_document_is_described_with_its_first_edition(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "copd.txt"
    file.write_text("Offer pulmonary rehabilitation to people with COPD.")
    page = sign_in("mara", "/upload")
    page.set_input_files("#id_file", file)
    page.fill("#id_label", "First edition")
    page.fill("#id_title", "COPD in primary care")
    page.click("button:has-text('Receive the file')")
    page.wait_for_url("**/versions/**")
    expect(page.locator("h1")).to_have_text("COPD in primary care")


def test_upload_says_what_is_missing_beside_each_field(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("mara", "/upload")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.click("button:has-text('Receive the file')")
    expect(page.get_by_role("alert")).to_contain_text("See the fields marked below")
    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    shoot(page, "upload-problems")


def test_same_file_twice_leads_to_its_twin(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path
) -> None:
    file = tmp_path / "again.md"
    file.write_text(EDITION_2025)
    page = sign_in("mara", "/upload")
    upload(page, file, label="Again", document=world.document.title)
    page.get_by_role("link", name="Open the edition it belongs to").click()
    page.wait_for_url(f"**/versions/{world.new.id}")


def test_file_that_is_too_large_is_on_record_with_what_to_do(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 100_000
    file = tmp_path / "enormous.md"
    file.write_bytes(b"Rest and drink enough. " * 10_000)
    page = sign_in("mara", "/upload")
    upload(page, file, label="Enormous", document=world.document.title)
    page.wait_for_url("**/versions/**")
    notice = page.locator(".notice.bad")
    expect(notice).to_contain_text("file_too_large")
    expect(notice).to_contain_text("Split the document")


def test_failed_file_shows_code_sentence_and_what_to_do(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", f"/versions/{world.failed.id}")
    notice = page.locator(".notice.bad")
    expect(notice).to_contain_text("file_empty")
    expect(notice).to_contain_text("The file is empty.")
    expect(notice).to_contain_text("upload it again")
    expect(page.locator("ol.stages .stopped")).to_have_count(1)


def test_author_is_told_why_somebody_else_has_to_review(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", f"/versions/{world.draft.id}")
    expect(page.locator("section[aria-labelledby=next-title]")).to_contain_text(
        "two people"
    )
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def test_draft_is_compared_approved_and_put_in_force_by_two_people(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("jonas", f"/versions/{world.draft.id}")
    page.get_by_role("link", name="Compare with 2025 edition").first.click()
    numbers = page.locator("section[aria-labelledby=risks-title]")
    expect(numbers).to_contain_text("100")
    expect(numbers.locator("ins").first).to_contain_text("50")
    shoot(page, "compare-draft")
    page.goto(f"{live_server.url}/versions/{world.draft.id}")
    page.get_by_role("link", name="What it will do").click()
    page.fill("#id_sign_comment", "Doses checked against the source.")
    page.check("#id_sign_acknowledged")
    page.fill("#id_sign_password", PASSWORD)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".head .badge")).to_have_text("approved")
    page = sign_in("mara", f"/versions/{world.draft.id}")
    shoot(page, "version-approved")
    page.get_by_role("button", name="Put in force").click()
    expect(page.locator(".head .badge")).to_have_text("in force")
    assert queries.version(world.new.id).status == "superseded"
    page = sign_in("ravi", "/ask")
    page.fill("#id_question", QUESTION)
    page.click("button:has-text('Ask')")
    expect(page.locator("ol.answer")).to_contain_text("50 to 100 micrograms")
    assert DRAFT_2026


def test_edition_is_returned_and_comes_back_for_review(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("jonas", f"/versions/{world.draft.id}")
    page.get_by_role("link", name="What it will do").click()
    page.fill("#id_sign_password", PASSWORD)
    page.get_by_role("button", name="Return with questions").click()
    expect(page.locator(".head .badge")).to_have_text("returned")
    page.get_by_role("button", name="Ask for review").click()
    expect(page.locator(".head .badge")).to_have_text("in review")


def test_edition_is_withdrawn_with_a_reason(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("mara", f"/versions/{world.new.id}")
    page.fill("#id_withdraw_reason", "Dose table misprinted.")
    page.get_by_role("button", name="Withdraw this edition").click()
    expect(page.locator(".head .badge")).to_have_text("withdrawn")
    expect(page.locator(".notice.warn")).to_contain_text("Dose table misprinted.")
    shoot(page, "version-withdrawn")


def test_comparison_marks_words_and_lists_changed_numbers_first(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("mara", f"/compare/{world.old.id}/{world.new.id}")
    numbers = page.locator("section[aria-labelledby=risks-title] tbody tr")
    assert numbers.count() >= 2
    expect(page.locator("nav .kind.added")).to_have_count(1)
    expect(page.locator("ins").first).to_have_css("text-decoration-line", "underline")
    expect(page.locator("del").first).to_have_css(
        "text-decoration-line", "line-through"
    )


def test_clinician_sees_only_what_was_in_force(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("ravi", f"/documents/{world.document.id}")
    expect(page.locator(".rail > li")).to_have_count(2)
    response = page.goto(f"{live_server.url}/versions/{world.draft.id}")
    assert response is not None
    assert response.status == 404


def test_question_is_refused_with_its_reason_when_nothing_supports_it(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("ravi", "/ask")
    page.fill("#id_question", "Which screw fixes a broken scaphoid?")
    page.click("button:has-text('Ask')")
    expect(page.locator("#result")).to_contain_text("No answer")
    shoot(page, "ask-refused")


def test_question_is_answered_with_passages_that_open(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("ravi", "/ask")
    page.fill("#id_question", QUESTION)
    page.click("button:has-text('Ask')")
    expect(page.locator("ol.answer")).to_contain_text("100 to 200 micrograms")
    shoot(page, "ask-answered")
    page.locator("[data-source]:visible").get_by_text("Open in the whole").click()
    expect(page.locator("mark").first).to_be_visible()
