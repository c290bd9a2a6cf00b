"""The background work of packages: twice does no harm, lost is found, old is deleted."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import ledger, tasks
from audit.errors import LedgerUnavailable
from audit.exports import records
from audit.exports.building import ATTEMPTS, Workshop, build_slice
from audit.exports.proving import choose_bounds
from audit.exports.records import State
from audit.models import Checkpoint, Entry, Export
from tests.integration.audit.conftest import ADA, in_threads

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def sent(monkeypatch, office, settings):
    """What is given to the broker, which is not there."""
    settings.CLINRAG_EXPORT_DIR = office.workshop.folder
    sent: list[str] = []
    monkeypatch.setattr(
        tasks.build_export, "apply_async", lambda args: sent.append(args[0])
    )
    return sent


def begun(office, entries=20):
    office.log.fill(entries)
    return office.start("entries", first="0", last=str(entries - 1))


def test_task_builds_and_the_same_task_again_changes_nothing(office, sent):
    export = begun(office)
    tasks.build_export.run(str(export.id))
    done = records.by_id(export.id)
    assert done.state is State.BUILT
    bytes_before = office.file(export).read_bytes()
    tasks.build_export.run(str(export.id))
    assert records.by_id(export.id) == done
    assert office.file(export).read_bytes() == bytes_before
    assert sent == []


def test_long_package_is_continued_by_another_task(office, sent, monkeypatch):
    monkeypatch.setattr(tasks, "ENTRIES_A_TASK", 200)
    export = begun(office, 500)
    tasks.build_export.run(str(export.id))
    assert sent == [str(export.id)]
    while sent:
        tasks.build_export.run(sent.pop())
    assert records.by_id(export.id).entries_done == 500


def test_two_tasks_at_once_build_one_package(office, sent):
    export = begun(office, 400)

    results = []

    def run(_: int) -> None:
        while records.by_id(export.id).state is State.BUILDING:
            at = timezone.now()
            results.append(build_slice(export.id, office.workshop, at=at, at_most=200))
            time.sleep(0.05)

    in_threads(2, run)
    done = records.by_id(export.id)
    assert (done.state, done.entries_done) == (State.BUILT, 400)
    assert set(results) <= {None, State.BUILDING, State.BUILT}
    assert office.verify(office.file(done)).returncode == 0


def test_package_whose_task_was_lost_is_sent_again(office, sent):
    export = begun(office)
    tasks.resume_stalled_exports.run()
    long_ago = timezone.now() - tasks.LOST_AFTER - timedelta(seconds=1)
    Export.objects.filter(pk=export.id).update(attended_at=long_ago)
    sent.clear()
    tasks.resume_stalled_exports.run()
    assert sent == [str(export.id)]


def test_file_is_deleted_when_its_time_is_over_and_not_before(office, sent):
    export = begun(office)
    tasks.build_export.run(str(export.id))
    tasks.remove_expired_exports.run()
    assert office.file(export).exists()
    Export.objects.filter(pk=export.id).update(expires_at=timezone.now())
    tasks.remove_expired_exports.run()
    assert not office.file(export).exists()
    assert records.by_id(export.id).state is State.REMOVED


def test_cancelled_draft_is_deleted_with_its_package(office, sent, monkeypatch):
    monkeypatch.setattr(tasks, "ENTRIES_A_TASK", 200)
    export = begun(office, 500)
    tasks.build_export.run(str(export.id))
    draft = office.workshop.draft(export.id)
    assert draft.exists()
    tasks.remove_expired_exports.run()
    assert draft.exists()
    records.cancel(export.id, by=ADA, at=office.log.tick())
    tasks.remove_expired_exports.run()
    assert not draft.exists()


def test_workshop_is_made_from_the_settings(settings, tmp_path):
    policy = tmp_path / "policy"
    policy.write_text("quorum none\n")
    settings.CLINRAG_WITNESS_POLICY = str(policy)
    made = tasks.workshop()
    assert isinstance(made, Workshop)
    assert made.policy == "quorum none\n"
    assert made.mask("NHS number 943 476 5919") == "NHS number [national_id]"


class Stuck(Exception):
    """What no part of the software expects."""


def masking_fails(office):
    def fail(text: str) -> str:
        raise Stuck

    return replace(office.workshop, mask=fail)


def readings(office):
    office.log.sequence()
    return Entry.objects.filter(type="content.disclosed").count()


def attempt(office, export, workshop):
    return build_slice(export.id, workshop, at=office.log.tick(), at_most=1000)


def begun_in_the_clear(office):
    answer = office.answer()
    office.log.sign()
    return office.start("answer", "masked", answer_id=answer)


def test_package_fails_by_name_and_reads_no_more_when_it_stops_again_and_again(office):
    export = begun_in_the_clear(office)
    workshop = masking_fails(office)
    for _ in range(ATTEMPTS):
        with pytest.raises(Stuck):
            attempt(office, export, workshop)
    assert readings(office) == ATTEMPTS
    for _ in range(2):
        assert attempt(office, export, workshop) is State.FAILED
    assert records.by_id(export.id).failure_code == "building_stopped"
    assert readings(office) == ATTEMPTS
    assert not office.workshop.draft(export.id).exists()


def test_package_is_built_when_only_some_attempts_stopped(office):
    export = begun_in_the_clear(office)
    for _ in range(ATTEMPTS - 1):
        with pytest.raises(Stuck):
            attempt(office, export, masking_fails(office))
    assert attempt(office, export, office.workshop) is State.BUILT


def test_attempt_is_attended_from_its_start_when_it_stops(office):
    export = begun_in_the_clear(office)
    with pytest.raises(Stuck):
        attempt(office, export, masking_fails(office))
    begun_at = office.log.tick() - timedelta(seconds=30)
    assert records.unattended(before=begun_at) == []


def test_ledger_that_is_away_uses_up_no_attempt(office, monkeypatch):
    export = begun_in_the_clear(office)

    def away(*_arguments, **_options):
        raise LedgerUnavailable

    with monkeypatch.context() as while_away:
        while_away.setattr(ledger, "append", away)
        for _ in range(ATTEMPTS + 1):
            with pytest.raises(LedgerUnavailable):
                attempt(office, export, office.workshop)
    assert attempt(office, export, office.workshop) is State.BUILT


def test_file_is_deleted_when_its_package_was_cancelled_as_it_was_closed(office, sent):
    """The process that closed it died before it could see that."""
    export, kept = begun(office), begun(office)
    records.cancel(export.id, by=ADA, at=office.log.tick())
    for one in (export, kept):
        office.workshop.folder.mkdir(exist_ok=True)
        office.file(one).write_bytes(b"PK")
    other = office.workshop.folder / "notes.zip"
    other.write_bytes(b"PK")
    tasks.remove_expired_exports.run()
    assert not office.file(export).exists()
    assert office.file(kept).exists()
    assert other.exists()


def test_start_reads_only_the_newest_checkpoint_of_a_shard(office):
    for _ in range(3):
        office.log.fill(5)
        office.log.sign()
    newest = Checkpoint.objects.order_by("-size").first()
    assert choose_bounds() == {str(newest.shard): newest.size}
    with CaptureQueriesContext(connection) as captured:
        choose_bounds()
    (query,) = [one["sql"] for one in captured if "audit_checkpoint" in one["sql"]]
    assert "DISTINCT ON" in query
