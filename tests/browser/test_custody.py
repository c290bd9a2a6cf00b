"""What two people do together: packages, emergencies, requests about the log."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from audit import tasks
from audit.signing.public_key import log_vkey
from tests.browser.world import QUESTION, World, ask, settle_ledger

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]
REASON = "The ombudsman asks what was answered."


def ask_for_package(page: Page, world: World) -> str:
    """Through the three steps, by the keyboard; the package's id."""
    page.get_by_role("link", name="New package").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="One answer").focus()
    page.keyboard.press("Enter")
    page.locator("#id_answer_id").focus()
    page.keyboard.type(str(world.answer.id))
    page.get_by_label("Questions and answers in full").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("h1")).to_have_text("What it would hold")
    expect(page.locator("#main")).to_contain_text("2 with sealed content")
    page.fill("#id_reason", REASON)
    page.get_by_role("button", name="Ask for it").click()
    page.wait_for_url("**/custody/packages/*-*")
    return page.url.rpartition("/")[2]


def take_along(page: Page, file: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(file)
    settle_ledger()
    page.reload()


def test_package_is_asked_for_agreed_to_built_and_verified(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot, tmp_path: Path
) -> None:
    page = sign_in("olena", "/custody/packages")
    package_id = ask_for_package(page, world)
    beside = page.locator("section[aria-labelledby=next-title]")
    expect(beside).to_contain_text("You asked for this")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    shoot(page, "package-waiting")

    page = sign_in("paul", "/custody")
    expect(page.locator("tbody")).to_contain_text(REASON)
    page.get_by_role("link", name="Decide").click()
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url(f"**/custody/packages/{package_id}")
    expect(page.locator("#progress")).to_contain_text("a worker begins")
    page.reload()
    tasks.build_export.apply(args=[package_id]).get()
    expect(page.locator(".head .badge")).to_have_text("ready")

    file = tmp_path / "evidence.zip"
    take_along(page, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    expect(page.locator("section[aria-labelledby=file-title]")).to_contain_text(digest)
    downloads = page.locator("section[aria-labelledby=downloads-title] tbody")
    expect(downloads).to_contain_text("Paul Adeyemi")
    assert verdict(file, tmp_path) == 0


def verdict(file: Path, folder: Path) -> int:
    """What the verifier in the package says of it, given the log's key."""
    with ZipFile(file) as archive:
        archive.extract("verifier.pyz", folder)
    command = [folder / "verifier.pyz", "export", "--vkey", log_vkey() or "", file]
    done = subprocess.run([sys.executable, *command], check=False)
    return done.returncode


def test_request_is_refused_by_another_person_with_a_reason(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("sefa", "/custody")
    page.select_option("#id_action", "key_rotation")
    page.fill("#id_reason", "Its yearly change is due.")
    page.get_by_role("button", name="Ask a second person").click()
    expect(page.locator("tbody").first).to_contain_text("You asked for this")
    page = sign_in("olena", "/custody")
    page.get_by_role("link", name="Decide").click()
    page.evaluate("document.querySelectorAll('form').forEach(f => f.noValidate = true)")
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("alert")).to_contain_text("See the fields marked below")
    page.fill("#id_reason", "It was changed last month.")
    page.get_by_role("button", name="Refuse").click()
    expect(page.locator(".head .badge")).to_have_text("refused")


def test_agreed_change_of_the_key_shows_the_command_to_run(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("sefa", "/custody")
    page.fill("#id_reason", "Its yearly change is due.")
    page.get_by_role("button", name="Ask a second person").click()
    page = sign_in("olena", "/custody")
    page.get_by_role("link", name="Decide").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("pre")).to_contain_text("manage.py rotate_log_key")


def test_answer_is_opened_in_an_emergency_and_reviewed_by_another(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("noor", f"/answers/{world.answer.id}")
    expect(page.locator("h1")).to_have_text("This answer is closed to you")
    assert QUESTION not in page.content()
    shoot(page, "break-glass")
    page.locator("#id_reason").focus()
    page.keyboard.type("The patient in room four is unconscious.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_have_text(QUESTION)
    expect(page.locator("#main")).to_contain_text("Another person reviews it by")
    shoot(page, "emergency-answer")
    settle_ledger()

    page = sign_in("olena", "/custody/emergencies")
    expect(page.locator("tbody .badge")).to_have_text("to be reviewed")
    shoot(page, "emergencies")
    page.get_by_role("link", name="Noor Haddad", exact=True).click()
    expect(page.locator("blockquote")).to_contain_text("unconscious")
    page.get_by_label("justified", exact=True).check()
    page.fill("#id_note", "Confirmed with the ward.")
    shoot(page, "emergency")
    page.get_by_role("button", name="Record the review").click()
    expect(page.locator("tbody .badge")).to_have_text("justified")


def test_preview_of_a_person_leaves_no_reference_in_the_address(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/custody/packages/new?kind=subject")
    page.fill("#id_reference", "nobody-known")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("No signed entry belongs")
    assert "nobody" not in page.url


def test_custody_pages_are_closed_when_the_role_is_missing(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("ravi", "/ask")
    for path in ("/custody", "/custody/packages", "/custody/emergencies"):
        response = page.goto(live_server.url + path)
        assert response is not None
        assert response.status == 403


def decide(page: Page) -> None:
    page.get_by_role("link", name="Decide").first.click()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".head .badge")).to_have_text("approved")


def ask_for_erasure(page: Page, server: str, world: World) -> None:
    page.goto(server + "/custody/erasures")
    page.fill("#id_value", str(world.refusal.id))
    page.fill("#id_reason", "The person withdrew their consent.")
    page.get_by_role("button", name="Ask a second person").click()
    expect(page.locator("tbody").first).to_contain_text("You asked for this")


def ask_for_release(page: Page, server: str) -> str:
    """The address of the hold."""
    page.goto(server + "/custody/retention")
    page.get_by_role("link", name="an answer").click()
    page.fill("#id_reason", "The claim was settled.")
    page.get_by_role("button", name="Ask a second person").click()
    expect(page.locator("#main")).to_contain_text("waits for a second person")
    return page.url


def approve_under(hold_id: str, page: Page) -> None:
    """Both pages, before and after the decision, name what is in its way."""
    page.get_by_role("link", name="Decide").click()
    expect(page.locator(".notice.warn a")).to_have_text(hold_id)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".notice.warn a")).to_have_text(hold_id)
    expect(page.get_by_role("button", name="Erase it now")).to_have_count(0)


def test_hold_says_what_is_missing_beside_the_field(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/custody/retention")
    page.fill("#id_hold_value", "not an id")
    page.fill("#id_hold_reason", "Claim 2026/118.")
    page.get_by_role("button", name="Hold it").click()
    expect(page.get_by_role("alert")).to_contain_text("See the fields marked below")
    expect(page.locator("#id_hold_value_error")).to_have_text("This is not an id.")


def test_hold_stops_an_erasure_until_two_people_release_it(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("olena", "/custody/retention")
    page.fill("#id_hold_value", str(world.refusal.id))
    page.fill("#id_hold_reason", "Claim 2026/118.")
    page.get_by_role("button", name="Hold it").click()
    expect(page.locator("tbody").first).to_contain_text("Claim 2026/118.")
    hold_id = page.locator("tbody th a").first.get_attribute("href").split("/")[-1]
    ask_for_erasure(page, live_server.url, world)
    expect(page.locator(".notice.warn")).to_contain_text(hold_id)
    approve_under(hold_id, sign_in("paul", "/custody"))
    page.goto(live_server.url + "/custody/erasures")
    page.get_by_role("button", name="Erase it now").click()
    expect(page.locator(".notice.bad")).to_contain_text("A legal hold covers")

    hold = ask_for_release(page, live_server.url)
    decide(sign_in("olena", "/custody"))
    page.goto(hold)
    page.get_by_role("button", name="Release it now").click()
    expect(page.locator(".head .badge")).to_have_text("released")
    page.goto(live_server.url + "/custody/erasures")
    page.get_by_role("row").filter(has_text="Erase it now").get_by_role(
        "link"
    ).first.click()
    expect(page.locator(".notice.warn")).to_have_count(0)
    shoot(page, "erasure-next")
    page.get_by_role("button", name="Erase it now").click()
    expect(page.locator(".notice.ok")).to_contain_text("Erased for good")
    page.goto(f"{live_server.url}/answers/{world.refusal.id}")
    expect(page.locator(".notice.warn")).to_contain_text("rased")
    shoot(page, "answer-erased")


def test_access_log_is_narrowed_and_taken_along(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path
) -> None:
    page = sign_in("paul", f"/answers/{world.answer.id}")
    page = sign_in("olena", f"/answers/{world.answer.id}")
    settle_ledger()
    page.get_by_role("link", name="Who read it").click()
    rows = page.locator("section[data-keys] tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Paul Adeyemi").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("the evidence page")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    download.value.save_as(tmp_path / "log.csv")
    lines = (tmp_path / "log.csv").read_text().splitlines()
    assert len(lines) == 2
    assert "audit_review" in lines[1]


def test_account_of_disclosures_keeps_the_reference_out_of_the_address(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot, tmp_path: Path
) -> None:
    asked = ask(QUESTION, world.people["ravi"], subject="mrn-5521")
    page = sign_in("olena", f"/answers/{asked.id}")
    settle_ledger()
    page.goto(live_server.url + "/custody/readings")
    page.fill("#id_reference", "mrn-5521")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("h1")).to_have_text("Account of disclosures")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "mrn" not in page.url
    shoot(page, "account")
    page.goto(live_server.url + "/custody/readings")
    page.fill("#id_reference", "mrn-5521")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    download.value.save_as(tmp_path / "account.csv")
    text = (tmp_path / "account.csv").read_text()
    assert "Olena Kovalenko" in text
    assert "mrn-5521" not in text


def test_floor_is_added_and_content_kept_for_longer(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/custody/retention")
    page.fill("#id_floor_years", "30")
    page.fill("#id_floor_applies_from", "2020-01-01")
    page.fill("#id_floor_source", "State records act")
    page.get_by_role("button", name="Add the floor").click()
    expect(page.locator("section[aria-labelledby=floors-title]")).to_contain_text(
        "30 years"
    )


def test_requirements_say_what_holds_them_and_that_this_is_no_advice(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/custody/requirements")
    expect(page.locator(".notice")).to_contain_text("Not legal advice")
    row = page.locator("#hipaa-audit-controls")
    expect(row).to_contain_text("20 Apr 2005")
    row.locator("summary").click()
    expect(row.locator(".tests li").first).to_contain_text("tests/")
