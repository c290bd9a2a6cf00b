"""The background work of packages: twice does no harm, lost is found, old is deleted."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from audit import tasks
from audit.exports import records
from audit.exports.building import Workshop, build_slice
from audit.exports.records import State
from audit.models import Export
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
