"""Asking while the ledger is gone, and ways around it.

Caught before anything leaves: no entry, no model call; no entry of the end, no answer.
The database is really killed under the question.
"""

import ast
from pathlib import Path

import pytest
from django.db import Error, connections

from audit.errors import LedgerUnavailable
from audit.models import Entry
from clinrag.answering.errors import AnsweringError
from clinrag.answering.sweeping import close_lost_answers
from clinrag.answering.tasks import SWEEPER
from clinrag.answering.types import Outcome
from tests.attacks.yard import wait_until
from tests.integration.answering.clinic import (
    GOOD_OLD,
    ScriptedAnswerer,
    running_clinic,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clinic(log, settings, tmp_path):
    clinic = running_clinic(settings, tmp_path / "clinic")
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    return clinic


def model_calls(clinic):
    return len(clinic.services.answerer.prompts)


@pytest.fixture
def power(site):
    """The database's; on again however the test ends."""
    yield site.yard
    connections.close_all()
    site.yard.start_postmaster()


def test_model_is_not_asked_when_the_ledger_is_gone(clinic, power):
    assert clinic.ask().outcome is Outcome.ANSWERED
    before = model_calls(clinic)
    power.kill_postmaster()
    with pytest.raises((LedgerUnavailable, Error)):
        clinic.ask()
    assert model_calls(clinic) == before
    connections.close_all()
    power.start_postmaster()
    assert clinic.ask().outcome is Outcome.ANSWERED


def test_answer_does_not_leave_when_the_ledger_goes_while_the_model_thinks(
    clinic, power, log
):
    """Streaming too: nothing of the text is given out before its entry is committed."""

    def think(prompt):
        power.kill_postmaster()
        return GOOD_OLD(prompt)

    clinic.serve(ScriptedAnswerer(think))
    with pytest.raises((LedgerUnavailable, AnsweringError, Error)):
        clinic.ask()
    assert model_calls(clinic) == 1
    connections.close_all()
    power.start_postmaster()
    wait_until(lambda: Entry.objects.count() >= 0)
    clinic.sign()
    assert not Entry.objects.filter(type="answer.released").exists()
    at = clinic.now()
    assert close_lost_answers(before=at, by=SWEEPER, at=at) == 1
    clinic.sign()
    assert Entry.objects.filter(type="answer.lost").count() == 1


def calls_of(file, names):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in names
    }


MODEL_CALLS = {"draft", "adraft", "complete", "acomplete"}


# The one place in the pipeline, after the question is committed, and what it goes
# through; rehearsals know the built-in answerer alone (held in tests/invariants);
# exports have drafts of their own, of files; the client's two calls are one.
KNOWN_CALLERS = {
    "clinrag/inference/client.py",
    "clinrag/answering/answerers.py",
    "clinrag/answering/pipeline.py",
    "clinrag/answering/rehearsal.py",
    "clinrag/answering/replay/drafting.py",
    "audit/exports/building.py",
}


def callers(root):
    return {
        str(file.relative_to(root))
        for package in ("clinrag", "audit", "ingestion")
        for file in (root / package).rglob("*.py")
        if calls_of(file, MODEL_CALLS)
    }


def test_model_is_called_from_known_places_only(tmp_path):
    """A new path to the model fails here; that of the pipeline is watched at run time."""
    found = callers(ROOT)
    assert found == KNOWN_CALLERS
    (tmp_path / "clinrag").mkdir()
    (tmp_path / "clinrag" / "shortcut.py").write_text("model.draft(1)\n")
    assert callers(tmp_path) == {"clinrag/shortcut.py"}


def test_question_is_committed_when_the_model_is_called(clinic, site):
    seen = []

    def look(prompt):
        seen.extend(
            site.rows(
                "SELECT count(*) FROM audit_inboxentry"
                " WHERE convert_from(body, 'UTF8') LIKE '%%query.received%%'"
            )
        )
        return GOOD_OLD(prompt)

    clinic.serve(ScriptedAnswerer(look))
    clinic.ask()
    assert seen == [(1,)]
