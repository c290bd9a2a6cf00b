"""Files come in, one or several, and the queue tells how each of them is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ingestion import actions, queries
from ingestion.lifecycle import Status
from ingestion.queries import VersionView
from tests.browser.walking import sign_in_as
from tests.browser.world import EDITION_2025, World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]
Inspect = Callable[[Page, str], list[str]]
DROP = """(files) => {
  const carried = new DataTransfer();
  for (const [name, text] of files) carried.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    document.querySelector("h1").dispatchEvent(
      new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: carried}));
  }
}"""


def received() -> list[VersionView]:
    return queries.versions_in(Status.RECEIVED)


def test_several_files_dropped_anywhere_become_editions_of_their_own(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("mara", "/upload")
    files = [["copd-care.md", "# COPD"], ["croup_in_children.md", "# Croup"]]
    page.evaluate(DROP, files)
    expect(page.locator("[data-chosen] li")).to_have_count(2)
    expect(page.locator("#id_document")).to_be_focused()
    page.get_by_role("button", name="Receive the files").click()
    expect(page.get_by_role("status").first).to_contain_text("2 files received.")
    found = {(one.document_title, one.label) for one in received()}
    assert found == {
        ("copd care", "copd care"),
        ("croup in children", "croup in children"),
    }
    expect(page.locator(".line")).to_have_count(4)
    shoot(page, "queue")


def test_several_files_are_taken_without_script_and_twins_are_linked(
    chromium: Browser, live_server: Any, world: World, tmp_path: Path
) -> None:
    files = [tmp_path / "one.md", tmp_path / "again.md"]
    files[0].write_text("# A new text")
    files[1].write_text(EDITION_2025)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in_as(page, live_server.url, "mara")
    page.goto(live_server.url + f"/upload?document={world.document.id}")
    page.set_input_files("#id_file", files)
    page.fill("#id_label", "needed when there is no script")
    page.get_by_role("button", name="Receive the files").click()
    expect(page.get_by_role("alert")).to_contain_text("2025 edition")
    page.get_by_role("link", name="Open the edition it belongs to").click()
    page.wait_for_url(f"**/versions/{world.new.id}")
    assert [one.label for one in received()] == ["one"]
    context.close()


def test_progress_is_kept_over_a_reload_and_follows_by_itself(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    at = timezone.now()
    version = actions.receive_version(
        world.document.id, filename="next.md", data=b"# Next\n\nRest.\n",
        label="Next", by=world.actor("mara"), at=at,
    )  # fmt: skip
    page = sign_in("mara", "/upload?show=working")
    line = page.locator(f"#line-{version.id}")
    expect(line).to_contain_text("Reading the file")
    actions.parse_version(version.id, at=at)
    expect(line).to_contain_text("Cutting the text")
    page.reload()
    expect(line).to_contain_text("Cutting the text")
    actions.process_version(version.id, now=timezone.now)
    expect(page.locator("#queue")).to_contain_text("No edition is in this state.")


def test_work_is_cancelled_and_goes_on_again_by_keyboard(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    version = actions.receive_version(
        world.document.id, filename="next.md", data=b"# Next\n\nRest.\n",
        label="Next", by=world.actor("mara"), at=timezone.now(),
    )  # fmt: skip
    page = sign_in("mara", "/upload")
    line = page.locator(f"#line-{version.id}")
    line.get_by_role("button", name="Cancel").focus()
    page.wait_for_timeout(2500)
    expect(line.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(line.locator(".badge")).to_have_text("failed")
    expect(line).to_contain_text("cancelled")
    line.get_by_role("button", name="Try again").press("Enter")
    expect(line.locator(".badge")).to_have_text("received")


def test_held_edition_is_decided_by_a_reviewer_with_a_reason(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    by, at = world.actor("mara"), timezone.now()
    version = actions.receive_version(
        world.document.id, filename="held.md", data=b"# Held\n\nRest.\n",
        label="Held", by=by, at=at,
    )  # fmt: skip
    actions.parse_version(version.id, at=at)
    actions.hold_version(
        version.id, code="identifiers_found", findings={"name": 2}, by=by, at=at
    )
    page = sign_in("jonas", "/upload?show=needing")
    page.locator(f"#line-{version.id}").get_by_text("Look and decide").click()
    expect(page.locator(".notice.warn")).to_contain_text("name: 2")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    shoot(page, "version-held")
    page.fill("#id_hold_reason", "Names of the authors.")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.locator(".head .badge")).to_have_text("read")
    expect(page.locator(".rail")).to_contain_text("Names of the authors.")


def test_queue_has_no_barrier_in_light_and_dark(
    page: Page, live_server: Any, world: World, inspect: Inspect
) -> None:
    sign_in_as(page, live_server.url, "mara")
    page.goto(live_server.url + "/upload")
    assert inspect(page, "queue") == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
