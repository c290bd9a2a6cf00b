"""Impact and recalls, as a compliance officer works with them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clinrag.access.actors import actor_of_user
from clinrag.answering.impact.targets import version_target
from clinrag.answering.models import Recall
from clinrag.answering.reach import Severity
from clinrag.answering.recalls.actions import open_recall
from tests.browser.walking import walk
from tests.browser.watching import stops_missed, too_wide
from tests.browser.world import World

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

Shoot = Callable[[Page, str], None]
Inspect = Callable[[Page, str], list[str]]
REASON = "The starting dose is ten times too high."


@pytest.fixture
def recalled(world: World) -> Recall:
    recall_id = open_recall(
        version_target(world.new.id),
        reason=REASON,
        severity=Severity.CRITICAL,
        by=actor_of_user(world.people["olena"]),
        at=timezone.now(),
    )
    return Recall.objects.get(pk=recall_id)


def pages_of(world: World, recall: Recall) -> dict[str, str]:
    version = f"/versions/{world.new.id}"
    return {
        "impact": f"{version}/impact",
        "impact-of-change": f"{version}/impact?part=change",
        "recalls": "/recalls",
        "recall": f"/recalls/{recall.id}",
        "recall-new": f"{version}/recall",
        "non-use": f"/versions/{world.draft.id}/non-use?form=page",
        "answer-under-recall": f"/answers/{world.answer.id}",
        "version-impact": version,
    }


def test_recall_is_opened_acknowledged_and_closed_by_keyboard(
    page: Page, sign_in: Any, world: World, shoot: Shoot
) -> None:
    sign_in("olena", f"/versions/{world.new.id}")
    page.get_by_role("link", name="Answers it reached, and recalls").click()
    expect(page.locator("#main")).to_contain_text("Cited it")
    page.keyboard.press("/")
    expect(page.locator("#id_part")).to_be_focused()
    page.get_by_role("link", name="Open a recall").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Open the recall").click()
    page.locator("#id_reason").fill(REASON)
    page.get_by_role("button", name="Open the recall").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/recalls/*-*")
    expect(page.locator("#main")).to_contain_text(REASON)
    expect(page.locator("#main")).to_contain_text("waiting for acknowledgements")
    page.get_by_role("button", name="Acknowledge").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_contain_text("The acknowledgement is recorded.")
    page.locator("#id_note").fill("The publisher corrected it.")
    page.get_by_role("button", name="Close it").click()
    expect(page.locator("#main")).to_contain_text("The recall is closed.")
    expect(page.get_by_role("button", name="Close it")).to_have_count(0)


def test_answer_tells_that_it_is_under_recall(
    page: Page, sign_in: Any, world: World, recalled: Recall
) -> None:
    sign_in("olena", f"/answers/{world.answer.id}")
    expect(page.locator("#main")).to_contain_text("its text is under recall")


def test_pages_are_for_everyone_and_fit_paper(
    page: Page,
    live_server: Any,
    world: World,
    recalled: Recall,
    inspect: Inspect,
    shoot: Shoot,
) -> None:
    problems = []
    pages = {name: (path, "olena") for name, path in pages_of(world, recalled).items()}
    for name in walk(page, live_server.url, pages):
        problems += stops_missed(page, name) + too_wide(page, name)
        problems += inspect(page, name)
    assert problems == []
    page.set_viewport_size({"width": 800, "height": 1100})
    page.emulate_media(media="print")
    page.goto(live_server.url + pages_of(world, recalled)["non-use"])
    shoot(page, "non-use-print")
