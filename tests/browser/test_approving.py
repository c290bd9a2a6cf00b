"""A reviewer sees what an edition will do, and signs with the password."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinrag.answering.foresight import golden, queries
from clinrag.answering.foresight.reports import request_foresight, work_on_report
from clinrag.answering.foresight_states import Expects
from ingestion import actions
from ingestion.embedding import get_embedder
from tests.browser.watching import violations
from tests.browser.world import PASSWORD, QUESTION, World, publish

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]
Inspect = Callable[[Page, str], list[str]]
RIVAL = """# Inhaled corticosteroids

## Starting dose

Start adults with asthma on a low dose of inhaled corticosteroid, 400 to 800
micrograms a day.
"""


@pytest.fixture
def foreseen(world: World) -> str:
    """A draft whose report is done, another authority, a golden question."""
    by, other, at = world.actor("mara"), world.actor("jonas"), timezone.now()
    rival = actions.register_document(
        world.document.collection_id, title="Another authority", by=by, at=at
    )
    publish(rival.id, RIVAL, "2024", by, other, days_ago=10)
    golden.keep_golden_question(
        "respiratory",
        text=QUESTION,
        expects=Expects.PASSAGE,
        quotation="100 to 200 micrograms a day",
        by=by,
        at=at,
    )
    report_id = request_foresight(world.draft.id, by=other, at=timezone.now())
    while work_on_report(report_id, embedder=get_embedder(), now=timezone.now):
        pass
    assert queries.report(report_id).sha256
    return f"/versions/{world.draft.id}/approve"


def test_reviewer_sees_what_the_edition_does_and_signs_by_keyboard(
    sign_in: SignIn, world: World, foreseen: str, shoot: Shoot, inspect: Inspect
) -> None:
    page = sign_in("jonas", foreseen)
    expect(page.locator("#risks tbody tr").first).to_contain_text("micrograms")
    expect(page.locator("#foresight")).to_contain_text("never stood in this document")
    expect(page.locator("#conflicts .conflict").first).to_contain_text("400 to 800")
    expect(page.locator("#answers tbody tr").first).to_be_visible()
    expect(page.locator("#golden")).to_contain_text(QUESTION)
    expect(page.locator("[name=acknowledged]")).to_have_count(0)
    assert inspect(page, "approving") == []
    page.emulate_media(media="print")
    shoot(page, "approving-print")
    page.emulate_media(media="screen")
    page.locator("[name=password]").focus()
    page.keyboard.type("not it")
    page.locator("button[value=approve]").press("Enter")
    expect(page.locator("#problem")).to_be_visible()
    assert violations(page) == []
    page.locator("[name=password]").focus()
    page.keyboard.type(PASSWORD)
    page.locator("button[value=approve]").press("Enter")
    expect(page.locator("body")).to_contain_text("signed and recorded")


def test_approving_unforeseen_asks_for_an_acknowledgement(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("jonas", f"/versions/{world.draft.id}/approve")
    expect(page.locator("#foresight")).to_contain_text("not worked out yet")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("button[value=approve]").click()
    expect(page.locator("#problem")).to_contain_text("sign that you know")
    page.locator("[name=acknowledged]").check()
    page.locator("[name=password]").fill(PASSWORD)
    assert violations(page) == []
    page.locator("button[value=approve]").click()
    expect(page.locator("body")).to_contain_text("signed and recorded")


def test_author_is_told_that_somebody_else_signs(
    sign_in: SignIn, live_server: Any, world: World, foreseen: str
) -> None:
    page = sign_in("mara", foreseen)
    expect(page.locator("#signature")).to_contain_text("two people")
    expect(page.locator("[name=password]")).to_have_count(0)
    assert violations(page) == []


def test_golden_questions_are_kept_taken_from_a_file_and_retired(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("jonas", "/collections/respiratory/golden")
    page.locator("[name=text]").fill(QUESTION)
    page.locator("[name=quotation]").fill("100 to 200 micrograms")
    page.get_by_role("button", name="Keep", exact=True).press("Enter")
    expect(page.locator("tbody th")).to_have_text([QUESTION])
    rows = b"question,expects,quotation\nWrite a poem?,refusal,\n"
    file = {"name": "golden.csv", "mimeType": "text/csv", "buffer": rows}
    page.locator("[name=file]").set_input_files(file)
    page.get_by_role("button", name="Take in").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert violations(page) == []
    shoot(page, "golden")
    page.get_by_role("button", name=f"Retire {QUESTION}").click()
    expect(page.locator("tbody th")).to_have_text(["Write a poem?"])
