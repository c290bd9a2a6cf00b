import contextlib
import threading
from uuid import UUID

import pytest
from django.db import connection

from audit.sequencing import sequencer
from clinrag.answering import tasks
from clinrag.answering.errors import AnswerAlreadyClosed
from clinrag.answering.models import Answer
from clinrag.answering.sweeping import close_lost_answers
from clinrag.answering.tasks import SWEEPER
from tests.integration.answering.clinic import (
    GOOD_OLD,
    Clinic,
    ScriptedAnswerer,
    running_clinic,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


class Killed(BaseException):
    """As if the process had died here."""


@pytest.fixture
def clinic(transactional_db, settings, tmp_path) -> Clinic:
    return running_clinic(settings, tmp_path)


def sweep(clinic: Clinic) -> int:
    sequencer.drain(at=clinic.now())
    before = clinic.now()
    return close_lost_answers(before=before, by=SWEEPER, at=clinic.now())


def ends(query_entry_id: UUID) -> list[str]:
    from audit.models import ClosedQuery
    from audit.queries import entry

    rows = ClosedQuery.objects.filter(query_id=query_entry_id)
    return [entry(row.entry_id).type for row in rows]


def die(_prompt):
    raise Killed


def test_question_is_closed_as_lost_when_its_process_died(clinic):
    clinic.serve(ScriptedAnswerer(die))
    with pytest.raises(Killed):
        clinic.ask()
    answer = Answer.objects.get()
    assert answer.state == "open"
    assert sweep(clinic) == 1
    answer.refresh_from_db()
    assert (answer.state, answer.outcome) == ("lost", "")
    assert ends(answer.query_entry_id) == ["answer.lost"]
    assert sweep(clinic) == 0


def test_sweeper_leaves_alone_what_was_asked_recently(clinic):
    clinic.serve(ScriptedAnswerer(die))
    before = clinic.now()
    with pytest.raises(Killed):
        clinic.ask()
    sequencer.drain(at=clinic.now())
    assert close_lost_answers(before=before, by=SWEEPER, at=clinic.now()) == 0


def test_sweeper_leaves_alone_what_was_answered(clinic):
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    result = clinic.ask()
    assert sweep(clinic) == 0
    assert Answer.objects.get().entry_id == result.entry_id


def test_late_answer_is_withheld_when_the_sweeper_was_first(clinic):
    def swept_meanwhile(prompt):
        assert sweep(clinic) == 1
        return GOOD_OLD(prompt)

    clinic.serve(ScriptedAnswerer(swept_meanwhile))
    with pytest.raises(AnswerAlreadyClosed):
        clinic.ask()
    answer = Answer.objects.get()
    assert answer.state == "lost"
    assert not answer.citations.exists()
    assert ends(answer.query_entry_id) == ["answer.lost"]


def test_exactly_one_end_is_recorded_when_sweeper_and_answer_race(clinic):
    start = threading.Barrier(2)

    def race(prompt):
        sequencer.drain(at=clinic.now())
        thread.start()
        start.wait()
        return GOOD_OLD(prompt)

    def sweeper():
        start.wait()
        try:
            close_lost_answers(before=clinic.now(), by=SWEEPER, at=clinic.now())
        finally:
            connection.close()

    for _ in range(3):
        thread = threading.Thread(target=sweeper)
        clinic.serve(ScriptedAnswerer(race))
        with contextlib.suppress(AnswerAlreadyClosed):
            clinic.ask()
        thread.join()
    answers = list(Answer.objects.all())
    assert len(answers) == 3
    for answer in answers:
        (end,) = ends(answer.query_entry_id)
        assert end == f"answer.{answer.state}"


def test_task_closes_only_what_nobody_can_be_working_on(clinic, monkeypatch):
    asked = []
    monkeypatch.setattr(
        tasks, "close_lost_answers", lambda **given: asked.append(given) or 0
    )
    tasks.sweep_lost_answers()
    (given,) = asked
    assert (given["at"] - given["before"]).total_seconds() >= 240
