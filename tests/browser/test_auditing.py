"""What a compliance officer does: find an answer, see all behind it, prove it."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from audit import queries, tasks
from audit.models import Alarm, VoucherHealth
from audit.signing.public_key import log_vkey
from audit.verification import Progress, runs, verify
from clinrag.access.models import User
from tests.browser.world import (
    QUESTION,
    UNANSWERABLE,
    World,
    settle_ledger,
)
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

SignIn = Callable[..., Page]
Shoot = Callable[[Page, str], None]


# What somebody who owns the tables could do, the leaf's own hash included.
REWRITE = r"""
    WITH forged AS (
        SELECT index, convert_to(
            replace(convert_from(body, 'UTF8'), 'Respiratory', 'Expiratory'), 'UTF8'
        ) AS body
        FROM audit_entry WHERE type = 'collection.created'
    )
    UPDATE audit_entry SET body = forged.body, leaf_hash = sha256('\x00' || forged.body)
    FROM forged WHERE audit_entry.index = forged.index
"""


def disclosures() -> list[dict[str, Any]]:
    settle_ledger()
    found = queries.entries(limit=50, types=["content.disclosed"])
    return [{"by": one.actor.name, **one.fields} for one in found]


def test_wrong_password_is_refused_with_a_sentence(
    page: Page, live_server: Any, world: World, shoot: Shoot
) -> None:
    page.goto(live_server.url + "/login")
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type("olena")
    page.keyboard.press("Tab")
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    shoot(page, "sign-in-refused")


def test_sign_in_is_locked_after_repeated_failures(
    page: Page, live_server: Any, world: World
) -> None:
    for _attempt in range(6):
        page.goto(live_server.url + "/login")
        page.fill("#id_username", "olena")
        page.fill("#id_password", "guess")
        page.click("button:has-text('Sign in')")
    expect(page.get_by_role("alert")).to_contain_text("Too many")


def test_sign_out_ends_the_session(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena")
    page.click("button:has-text('Sign out')")
    page.goto(live_server.url + "/answers")
    assert page.url.startswith(live_server.url + "/login?next=/answers")


def test_answer_is_found_by_keyboard_and_opened(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/answers")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tr.current")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/answers/{world.answer.id}")
    expect(page.locator(".question")).to_have_text(QUESTION)


def test_list_is_narrowed_by_filters_that_show_as_chips(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/answers")
    page.select_option("#id_outcome", "no_evidence")
    page.select_option("#id_collection", "respiratory")
    page.click("button:has-text('Filter')")
    expect(page.locator(".chips li")).to_have_count(3)
    outcomes = page.locator("tbody .badge").all_inner_texts()
    assert set(outcomes) <= {"no evidence"}
    page.click(".chips a:has-text('Outcome')")
    assert "outcome" not in page.url
    assert "collection=respiratory" in page.url


def test_list_shows_no_word_of_a_question(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/answers")
    text = page.content()
    assert QUESTION not in text
    assert UNANSWERABLE not in text
    assert disclosures() == []


def test_evidence_shows_the_cited_words_within_their_edition(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}")
    citation = page.locator("[data-cite]").first
    citation.focus()
    source = page.locator("[data-source]:visible")
    expect(source).to_have_count(1)
    quotes = {one.quote for one in world.answer.citations}
    assert source.locator("mark").inner_text() in quotes
    expect(source).to_contain_text("2025 edition")
    source.get_by_text("Open in the whole text").click()
    page.wait_for_url("**/versions/**")
    assert page.locator("mark").first.inner_text() in "".join(quotes)


def test_evidence_lists_every_retrieved_passage_with_its_use(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}")
    table = page.locator("section[aria-labelledby=retrieved-title] tbody tr")
    assert table.count() >= 2
    uses = page.locator("section[aria-labelledby=retrieved-title] td:nth-child(4)")
    assert "cited" in uses.all_inner_texts()[0]
    expect(page.locator(".proof li.done")).to_have_count(3)
    expect(page.locator("section[aria-labelledby=prompt-title]")).to_contain_text(
        QUESTION
    )


def test_reading_evidence_leaves_an_entry_with_the_purpose_chosen(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}")
    first = disclosures()
    assert [(one["by"], one["purpose"]) for one in first] == [
        ("Olena Kovalenko", "audit_review")
    ]
    page.select_option("#purpose", "incident_investigation")
    page.click("form.purpose button")
    page.goto(f"{live_server.url}/answers/{world.refusal.id}")
    latest = disclosures()[0]
    assert latest["purpose"] == "incident_investigation"
    assert latest["answer_ids"] == [str(world.refusal.id)]


def test_receipt_verifies_with_the_offline_verifier_alone(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}")
    proof, entry = tmp_path / "receipt.tlog-proof", tmp_path / "entry"
    for name, file in (("Receipt", proof), ("entry's exact bytes", entry)):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        download.value.save_as(file)
    check = ["proof", str(proof), str(entry), "--vkey", log_vkey() or ""]
    assert offline_program(*check) == 0
    entry.write_bytes(entry.read_bytes().replace(b"answer", b"answes", 1))
    assert offline_program(*check) == 1
    assert QUESTION not in proof.read_text()


def offline_program(*arguments: str) -> int:
    command = [sys.executable, "-m", "audit.offline", *arguments]
    return subprocess.run(command, check=False, capture_output=True).returncode


def test_raw_json_holds_everything_and_is_recorded(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path
) -> None:
    page = sign_in("olena", f"/answers/{world.answer.id}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Raw JSON").click()
    download.value.save_as(tmp_path / "answer.json")
    raw = json.loads((tmp_path / "answer.json").read_text())
    assert raw["sealed"]["question"] == QUESTION
    assert raw["answer"]["row"]["outcome"] == "answered"
    assert len(disclosures()) == 2


def test_older_answer_shows_its_edition_as_superseded(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("olena", f"/answers?version={world.old.id}")
    page.locator("tbody a").first.click()
    source = page.locator("[data-source]:visible")
    expect(source).to_contain_text("2021 edition")
    expect(source.locator(".badge").last).to_have_text("superseded")
    shoot(page, "answer-superseded")


def latest_run() -> str:
    return str(runs.recent(at=timezone.now(), limit=1)[0].id)


def test_ledger_is_verified_by_a_worker_while_the_page_may_be_left(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("olena", "/integrity")
    expect(page.locator(".light")).to_contain_text("Signature verified to entry")
    page.get_by_role("button", name="Verify now").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".run").first).to_contain_text("waits for a worker")
    run_id = UUID(latest_run())
    runs.begin(run_id, at=timezone.now())
    runs.note(run_id, Progress("entry", 7, 22), at=timezone.now())
    expect(page.locator(".run").first).to_contain_text("7 of 22 entries")
    page.reload()
    expect(page.locator(".run progress").first).to_have_attribute("value", "7")
    shoot(page, "integrity-verifying")
    runs.finish(run_id, verify(at=timezone.now()), at=timezone.now())
    expect(page.locator(".run").first).to_contain_text("nothing altered")
    expect(page.locator(".light")).to_contain_text("Derived again from its bytes")
    shoot(page, "integrity-verified")


def test_range_of_entries_is_verified_alone(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/integrity")
    page.fill("#id_first", "3")
    page.fill("#id_last", "5000")
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_role("alert")).to_contain_text("See the fields marked below")
    page.fill("#id_last", "9")
    page.get_by_role("button", name="Verify now").click()
    tasks.run_verification(latest_run())
    expect(page.locator(".run").first).to_contain_text("Entries 3 to 9")
    expect(page.locator(".run").first).to_contain_text("all 7 entries")


def test_verification_names_the_entry_that_was_altered(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    page = sign_in("olena", "/integrity")
    with tampering("audit_entry") as execute:
        execute(REWRITE)
    page.get_by_role("button", name="Verify now").click()
    expect(page.locator(".run").first).to_contain_text("waits for a worker")
    tasks.run_verification(latest_run())
    expect(page.locator(".run").first).to_contain_text("Verification failed")
    expect(page.locator(".light")).to_contain_text("The last verification failed")
    shoot(page, "integrity-failed")
    page.goto(live_server.url + "/")
    expect(page.locator(".light.bad")).to_be_visible()


def test_verifier_and_key_are_downloaded_and_check_a_checkpoint(
    sign_in: SignIn, live_server: Any, world: World, tmp_path: Path
) -> None:
    page = sign_in("olena", "/integrity")
    for name, file in (
        ("Offline verifier", "verifier.pyz"),
        ("Public key", "log.vkey"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == file
        download.value.save_as(tmp_path / file)
    assert (tmp_path / "log.vkey").read_text().strip() == log_vkey()
    helped = subprocess.run(
        [sys.executable, tmp_path / "verifier.pyz", "--help"],
        capture_output=True,
        check=False,
    )
    assert helped.returncode == 0


def test_alarm_and_silent_witness_reach_the_overview(
    sign_in: SignIn, live_server: Any, world: World, shoot: Shoot
) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    VoucherHealth.objects.create(
        name="witness lake, shard 1",
        kind="witness",
        failing_since=long_ago,
        failed_at=long_ago,
        failure_code="voucher_unreachable",
    )
    page = sign_in("olena")
    expect(page.locator(".light.warn")).to_contain_text("Witness lake")
    Alarm.objects.create(
        kind="history_rewritten",
        detail="size 3 below 9",
        tree_size=999,
        raised_at=timezone.now(),
    )
    page.reload()
    expect(page.locator(".light.bad")).to_contain_text("contradicts, what has been")
    page.goto(live_server.url + "/integrity")
    expect(page.locator("#main")).to_contain_text("size 3 below 9")
    shoot(page, "integrity-alarm")


def test_administration_shows_the_ledger_and_offers_no_change(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/admin/audit/entry/")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    expect(page.locator(".addlink, .deletelink, [name=_save]")).to_have_count(0)
    page.goto(live_server.url + "/admin/audit/entry/0/change/")
    expect(page.locator("pre")).to_contain_text('"type"')
    expect(page.locator(".deletelink, [name=_save]")).to_have_count(0)


def test_overview_counts_lead_to_the_lists_they_count(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena")
    figure = page.locator(".stats a", has_text="answered").first
    number = int(figure.locator(".figure").inner_text())
    figure.click()
    expect(page.locator("tbody tr")).to_have_count(number)


def test_page_is_refused_with_the_request_id_when_a_role_is_missing(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("ravi", "/ask")
    response = page.goto(live_server.url + "/answers")
    assert response is not None
    assert response.status == 403
    request_id = response.headers["x-request-id"]
    expect(page.locator(".problem")).to_contain_text(request_id)


def test_form_is_refused_kindly_when_its_token_is_missing(
    sign_in: SignIn, live_server: Any, world: World
) -> None:
    page = sign_in("olena", "/integrity")
    page.evaluate(
        "document.querySelectorAll('[name=csrfmiddlewaretoken]')"
        ".forEach(field => field.remove())"
    )
    page.evaluate("document.querySelector('form[action=\"/logout\"]').submit()")
    expect(page.locator("h1")).to_have_text("This form has expired")
    assert User.objects.filter(username="olena").exists()
