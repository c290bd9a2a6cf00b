"""What a recorded question would be told today."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinrag.answering.models import Answer
from clinrag.answering.replay import counterfactual
from clinrag.answering.replay.record import Reading, read_record
from clinrag.answering.replay.today import (
    Change,
    Today,
    ask_today,
    compare_with_today,
)
from clinrag.answering.types import Verdict
from clinrag.retrieval.errors import SearchTimedOut
from ingestion import actions, queries
from tests.factories.access import make_user
from tests.factories.people import MANAGER, make_person
from tests.integration.answering.clinic import (
    GOOD_OLD,
    NEW,
    OLD,
    Clinic,
    ScriptedAnswerer,
    recorded,
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
AUDITOR = make_person(8, "Ada Auditor")


def today(clinic: Clinic, answer_id: Any) -> Today:
    reading = Reading(AUDITOR, clinic.now(), "audit_review", "test")
    return ask_today(answer_id, reading, services=clinic.services)


@pytest.fixture
def auditor(db):
    return make_user("ada", roles=("compliance_officer",))


@pytest.fixture
def answered(clinic):
    return clinic.ask()


def test_answer_is_the_same_while_the_corpus_is(clinic, answered):
    before, rows = len(recorded()), Answer.objects.count()

    found = today(clinic, answered.id)

    assert found.change is Change.SAME
    assert [one.text for one in found.statements_then] == list(found.statements_today)
    assert all(one.holds for one in found.statements_then)
    assert (found.lost, found.come, found.numbers_lost) == ((), (), ())
    # One reading on record, and no answer.
    assert [one["type"] for one in recorded()[before:]] == ["content.disclosed"]
    assert Answer.objects.count() == rows


def test_number_that_stands_nowhere_any_more_is_the_worst(clinic, answered):
    clinic.put_in_force(NEW, "2022")

    found = today(clinic, answered.id)

    assert found.change is Change.NUMBER
    assert found.numbers_lost == ("≥90 MME/day",)
    assert not all(one.holds for one in found.statements_then)
    assert len(found.lost) == 1


def test_statement_without_support_is_told_when_no_number_is_lost(clinic):
    answer = clinic.ask("May opioids and benzodiazepines be prescribed concurrently?")
    clinic.put_in_force(OLD.replace("concurrently", "in one visit"), "2022")

    found = today(clinic, answer.id)

    assert found.change is Change.EVIDENCE_LOST
    assert found.numbers_lost == ()


def test_answer_that_would_be_refused_says_so(clinic, answered):
    for version in queries.versions_of(clinic.document.id):
        actions.withdraw_version(version.id, reason="Old.", by=MANAGER, at=clinic.now())

    found = today(clinic, answered.id)

    assert found.outcome_today == "no_evidence"
    assert found.change in {Change.NUMBER, Change.EVIDENCE_LOST}
    assert found.statements_today == ()


def test_refusal_that_would_be_an_answer_says_so(clinic):
    refused = clinic.ask("Which antiviral treats influenza in pregnancy?")
    assert refused.outcome == "no_evidence"
    told = "Oseltamivir is the antiviral that treats influenza in pregnancy."
    clinic.put_in_force(f"{OLD}\n## Influenza\n\n{told}\n", "2022")

    found = today(clinic, refused.id)

    assert found.change is Change.ANSWERED
    assert found.statements_today == (told,)


def test_all_answers_of_an_edition_are_asked_again_the_worst_first(
    clinic, capsys, monkeypatch, auditor
):
    monkeypatch.setattr("clinrag.answering.replay.counterfactual.BATCH", 2)
    old = queries.versions_of(clinic.document.id)[0]
    same = clinic.ask("How many days of opioids are often sufficient in acute pain?")
    worst = clinic.ask()
    also_worst = clinic.ask(
        "Should dosage be increased to 90 MME/day when opioids are prescribed?"
    )
    clinic.put_in_force(NEW, "2022")
    before = len(recorded())

    with pytest.raises(SystemExit) as ended:
        call_command("ask_again", str(old.id), "--json", by=auditor.username)

    assert ended.value.code == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_answer = {one["answer_id"]: one["change"] for one in told}
    assert by_answer[str(worst.id)] == "number"
    assert by_answer[str(also_worst.id)] == "number"
    assert by_answer[str(same.id)] in {"same", "words"}
    assert told[-1]["answer_id"] == str(same.id)
    # Three answers in batches of two: two readings, and nothing else.
    types = [one["type"] for one in recorded()[before:]]
    assert types == ["content.disclosed"] * 2


def test_edition_that_no_answer_rests_on_is_told_of_in_a_sentence(
    clinic, capsys, auditor
):
    version = clinic.put_in_force(NEW, "2022")
    call_command("ask_again", str(version.id), by=auditor.username)
    assert "No answer rests on this edition." in capsys.readouterr().err


def test_asking_again_is_by_somebody_who_may_read_all_answers(clinic, auditor):
    version = queries.versions_of(clinic.document.id)[0]
    make_user("nina", roles=("clinician",))
    with pytest.raises(CommandError, match="do not allow: read_ledger"):
        call_command("ask_again", str(version.id), by="nina")
    clinic.ask()
    with suppress(SystemExit):
        call_command("ask_again", str(version.id), by=auditor.username)
    assert recorded("content.disclosed")[-1]["actor"]["id"] == f"user:{auditor.pk}"


def test_answer_that_cannot_be_asked_again_stops_no_other(
    clinic, capsys, monkeypatch, auditor
):
    version = queries.versions_of(clinic.document.id)[0]
    gone, kept = clinic.ask(), clinic.ask("How long is acute pain treated?")
    ask = counterfactual.compare_with_today

    def failing(one, **how):
        if one.view.row.id == gone.id:
            raise SearchTimedOut
        return ask(one, **how)

    monkeypatch.setattr(counterfactual, "compare_with_today", failing)
    with pytest.raises(SystemExit):
        call_command("ask_again", str(version.id), "--json", by=auditor.username)
    told = capsys.readouterr()
    assert f"{gone.id} [{SearchTimedOut.code}]" in told.err
    if kept.outcome == "answered":
        assert str(kept.id) in told.out


def test_statement_that_was_marked_then_has_no_evidence_to_lose(clinic, monkeypatch):
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    answer = clinic.ask()
    recorded_then = read_record(
        answer.id, Reading(AUDITOR, clinic.now(), "audit_review", "test")
    )
    result = recorded_then.sealed.result
    assert result is not None
    marked = replace(
        result.claims[0],
        text="Nobody should ever have opioids.",
        verdict=Verdict.PARTIAL,
        citations=(),
    )
    flagged = replace(
        recorded_then,
        sealed=replace(
            recorded_then.sealed,
            result=replace(result, claims=(*result.claims, marked)),
        ),
    )
    found = compare_with_today(flagged, services=clinic.services, at=clinic.now())
    assert [one.is_lost for one in found.statements_then] == [False, False]
    assert not found.statements_then[1].was_supported
    assert found.change in {Change.SAME, Change.WORDS}


def test_note_that_tells_the_encounter_is_no_refusal_when_documents_are_gone(clinic):
    answer = clinic.ask(
        format="soap_note/1",
        style="clinic_us/1",
        context="PLAN\n\nContinues oxycodone 20 mg twice daily.",
    )
    assert answer.outcome == "answered"
    for version in queries.versions_of(clinic.document.id):
        actions.withdraw_version(version.id, reason="Old.", by=MANAGER, at=clinic.now())

    found = today(clinic, answer.id)

    assert found.outcome_today == "answered"
    assert found.change is not Change.REFUSED
