"""Real workers, killed while they foresee: the report is whole all the same, and one."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from clinrag.answering import tasks
from clinrag.answering.foresight import queries
from clinrag.answering.foresight.reports import digest_of, request_foresight
from clinrag.answering.foresight_states import ReportState
from clinrag.answering.models import ForesightReport
from tests.factories.people import REVIEWER
from tests.integration.answering.clinic import QUESTION, Clinic, recorded
from tests.integration.answering.test_foresight import OTHER, draft
from tests.integration.ingestion_lifecycle import running
from tests.integration.ingestion_lifecycle.running import kill_group, until, worker

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])
__all__ = ["worker"]
Start = Callable[..., subprocess.Popen]


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    return tmp_path / "stopped"


@pytest.fixture
def foreseer(worker, settings, stopped, monkeypatch) -> Start:
    """Start the project's worker, whose steps are its own for two seconds."""
    module = "tests.integration.answering.foreseeing_app"
    monkeypatch.setattr(running, "APPLICATION", module)
    key_file = str(settings.CLINRAG_DEPLOYMENT_KEY_FILE)

    def start(**changes: str) -> subprocess.Popen:
        return worker(
            CLINRAG_DEPLOYMENT_KEY_FILE=key_file,
            STOPPED=str(stopped),
            LEASE="2",
            **changes,
        )

    return start


def whole_worker(process: subprocess.Popen, _stopped: Path) -> None:
    """As when its machine goes: nobody gives anything back."""
    kill_group(process)


def process_at_work(_process: subprocess.Popen, stopped: Path) -> None:
    """As for want of memory: its worker lives, and the task is delivered again."""
    os.kill(int(stopped.read_text()), signal.SIGKILL)


@pytest.mark.parametrize(
    ("step", "kill"),
    [
        ("_compare_some", whole_worker),
        pytest.param("_finish", process_at_work, marks=pytest.mark.long),
    ],
)
def test_report_is_worked_out_once_when_a_worker_is_killed_at_it(
    clinic: Clinic, foreseer: Start, stopped: Path, step: str, kill: Callable
):
    answers = {clinic.ask(QUESTION).id, clinic.ask(OTHER).id}
    version = draft(clinic)
    first = foreseer(STOP_AT=step)
    report_id = request_foresight(version.id, by=REVIEWER, at=timezone.now())
    tasks.foresee_soon(report_id)
    until(lambda: stopped.exists() and stopped.read_text())

    kill(first, stopped)
    assert queries.report(report_id).state is ReportState.RUNNING
    if first.poll() is not None:
        foreseer()
    until(lambda: is_done_by_the_clock(report_id))

    found = queries.report(report_id)
    assert found.state is ReportState.DONE
    assert {one.answer_id for one in found.answers} == answers
    assert len(found.answers) == len(answers)
    (entry,) = recorded("version.foreseen")
    row = ForesightReport.objects.get(pk=report_id)
    assert entry["fields"]["report_sha256"] == found.sha256 == digest_of(row)


def is_done_by_the_clock(report_id) -> bool:
    """Send the clock's task as beat does."""
    tasks.resume_foresight.apply_async(expires=1)
    time.sleep(0.9)
    return queries.report(report_id).state is not ReportState.RUNNING
