"""Watched sources: what changes becomes a draft and a task, what is gone a question."""

import os
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from ingestion import actions, queries
from ingestion.errors import ReviewerIsAuthor
from ingestion.models import DocumentVersion, OwnerTask, Source, SourceCheck
from ingestion.sources.errors import (
    SourceExists,
    SourceInvalid,
    SourceRefused,
    TaskClosed,
)
from tests.factories.ingestion import make_review
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.factories.signatures import SIGNED
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded
from tests.integration.ingestion_lifecycle.watching import has, running, says

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
CHANGED = GUIDELINE.replace("four weeks", "two weeks")


@pytest.fixture
def folder(tmp_path, settings):
    folder = tmp_path / "watched"
    folder.mkdir()
    settings.CLINRAG_SOURCE_FOLDERS = [str(folder)]
    settings.CLINRAG_SOURCE_SETTLE_SECONDS = 0.0
    return folder


@pytest.fixture
def site(settings):
    settings.CLINRAG_SOURCE_PRIVATE_HOSTS = ["127.0.0.1"]
    settings.CLINRAG_SOURCE_SECONDS = 3.0
    with running() as site:
        yield site


@pytest.fixture
def watch(collection):
    def watch(kind, address, **fields):
        values = {"name": "Guidelines", "every_seconds": 3600, "by": MANAGER, "at": T0}
        return actions.add_source(
            collection.id, kind=kind, address=str(address), **(values | fields)
        )

    return watch


@pytest.fixture
def look(collection):
    """Look at a source now, whenever its next look were due."""
    clock = [timezone.now()]
    enqueued = []

    def look(source, *, after=HOUR):
        clock[0] += after
        actions.check_soon(source.id, at=clock[0])
        seen = actions.check_source(source.id, at=clock[0], onward=enqueued.append)
        look.at = clock[0]
        return seen

    look.enqueued = enqueued
    return look


def kinds(person=None):
    return [task.kind for task in queries.owner_tasks(person)]


def test_new_file_becomes_a_document_with_a_draft_and_a_task(folder, watch, look):
    source = watch("folder", folder)
    (folder / "Hypertension_in_adults.md").write_text(GUIDELINE)

    seen = look(source)

    (task,) = queries.owner_tasks(MANAGER.id)
    version = queries.version(task.version_id)
    assert (seen.outcome, seen.seen, seen.drafted) == ("changed", 1, 1)
    assert (task.kind, task.document_title) == ("drafted", "Hypertension in adults")
    assert (version.status, version.author_id) == ("received", f"source:{source.id}")
    assert look.enqueued == [version.id]
    assert [one["type"] for one in recorded()][-4:] == [
        "source.added",
        "document.registered",
        "version.received",
        "source.drafted",
    ]


def test_same_bytes_again_make_nothing(folder, watch, look):
    source = watch("folder", folder)
    path = folder / "g.md"
    path.write_text(GUIDELINE)
    look(source)
    entries = len(recorded())

    untouched = look(source)
    path.write_text(GUIDELINE)
    os.utime(path, (1, 1))
    written_anew = look(source)

    assert {untouched.outcome, written_anew.outcome} == {"unchanged"}
    assert DocumentVersion.objects.count() == 1
    assert len(recorded()) == entries
    assert SourceCheck.objects.count() == 3


def test_change_is_a_draft_to_compare_with_the_edition_in_force(
    folder, watch, look, in_force, document
):
    older = in_force()
    source = watch("folder", folder, document_id=document.id)
    (folder / "g.md").write_text(GUIDELINE)
    known = look(source)
    (folder / "g.md").write_text(CHANGED)

    seen = look(source)

    (task,) = queries.owner_tasks(AUTHOR.id)
    assert (known.drafted, seen.drafted) == (0, 1)
    assert (task.document_id, task.older_id) == (document.id, older.id)
    assert queries.version(older.id).status == "in_force"
    assert queries.version(task.version_id).number == 2


def test_disappearance_is_asked_once_and_coming_back_closes_it(folder, watch, look):
    source = watch("folder", folder)
    (folder / "a.md").write_text(GUIDELINE)
    (folder / "b.md").write_text(CHANGED)
    look(source)
    (folder / "a.md").unlink()

    gone, still_gone = look(source), look(source)
    asked = kinds()
    (folder / "a.md").write_text(GUIDELINE)
    back = look(source)

    assert (gone.missing, still_gone.missing, back.returned) == (1, 0, 1)
    assert asked.count("missing") == 1
    assert kinds() == ["drafted", "drafted"]
    assert DocumentVersion.objects.count() == 2
    last = recorded()[-1]
    assert (last["type"], last["fields"]["kind"]) == ("source.task_closed", "missing")


def test_moved_file_is_known_by_its_content(folder, watch, look):
    source = watch("folder", folder)
    (folder / "a.md").write_text(GUIDELINE)
    (folder / "b.md").write_text(CHANGED)
    look(source)
    (folder / "2026").mkdir()
    (folder / "a.md").rename(folder / "2026" / "Bluthochdruck – Erwachsene ä.md")

    seen = look(source)

    names = {item.name for item in queries.items_of(source.id)}
    assert (seen.moved, seen.drafted, seen.missing) == (1, 0, 0)
    assert names == {"2026/Bluthochdruck – Erwachsene ä.md", "b.md"}


def test_share_that_is_not_mounted_is_a_failure_and_no_disappearance(
    folder, watch, look
):
    source = watch("folder", folder)
    for name, text in (("a.md", GUIDELINE), ("b.md", CHANGED)):
        (folder / name).write_text(text)
    look(source)
    for path in folder.iterdir():
        path.unlink()

    seen = [look(source) for _ in range(3)]

    assert [(one.outcome, one.code) for one in seen] == [
        ("failed", "source_emptied")
    ] * 3
    assert kinds().count("failing") == 1
    assert "missing" not in kinds()
    row = Source.objects.get()
    assert row.next_check_at - look.at >= 8 * HOUR
    (folder / "a.md").write_text(GUIDELINE)
    look(source)
    assert "failing" not in kinds()


def test_link_out_of_the_folder_is_not_followed(folder, watch, look, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text(CHANGED)
    source = watch("folder", folder)
    (folder / "g.md").write_text(GUIDELINE)
    (folder / "link.md").symlink_to(outside / "secret.md")
    (folder / "below").symlink_to(outside)
    os.mkfifo(folder / "pipe.md")

    seen = look(source)

    assert (seen.seen, seen.drafted) == (1, 1)
    with pytest.raises(SourceRefused):
        watch("folder", outside)
    with pytest.raises(SourceRefused):
        watch("folder", f"{folder}/../outside")


def test_file_that_is_being_written_is_left_for_later(folder, watch, look, settings):
    settings.CLINRAG_SOURCE_SETTLE_SECONDS = 7200.0
    source = watch("folder", folder)
    (folder / "g.md").write_text(GUIDELINE)

    early, later = look(source), look(source, after=2 * HOUR)

    assert (early.seen, early.drafted, later.drafted) == (1, 0, 1)


def test_address_is_asked_conditionally_and_a_change_is_a_draft(
    site, watch, look, document
):
    site.answers["/g.md"] = has(GUIDELINE.encode(), '"one"')
    source = watch("http", site.url(), document_id=document.id)
    first, same = look(source), look(source)
    site.answers["/g.md"] = has(CHANGED.encode(), '"two"')

    changed = look(source)

    assert (first.drafted, same.outcome, changed.drafted) == (1, "unchanged", 1)
    assert site.asked[1][1]["If-None-Match"] == '"one"'
    assert not {"Cookie", "Authorization"} & set(site.asked[1][1])
    assert [one.number for one in queries.versions_of(document.id)] in ([1, 2], [2, 1])


@pytest.mark.parametrize("status", [404, 410])
def test_address_that_is_gone_is_asked_about(site, watch, look, status):
    site.answers["/g.md"] = says(GUIDELINE.encode())
    source = watch("http", site.url())
    look(source)
    site.answers["/g.md"] = says(status=status)

    gone = look(source)
    site.answers["/g.md"] = says(GUIDELINE.encode())
    back = look(source)

    assert (gone.missing, back.returned) == (1, 1)
    assert kinds() == ["drafted"]


def test_only_one_looks_at_a_time_and_a_paused_source_is_left_alone(
    folder, watch, look
):
    source = watch("folder", folder)
    later = timezone.now() + HOUR
    Source.objects.update(leased_until=timezone.now() + HOUR)
    busy = look(source)
    Source.objects.update(leased_until=None)
    actions.change_source(source.id, is_paused=True, by=MANAGER, at=later)
    paused = look(source)
    actions.change_source(source.id, is_paused=False, by=MANAGER, at=later)

    assert (busy, paused) == (None, None)
    assert look(source).outcome == "unchanged"


def test_who_added_a_source_cannot_approve_what_it_brings(
    folder, watch, look, embedder
):
    source = watch("folder", folder)
    (folder / "g.md").write_text(GUIDELINE)
    look(source)
    version_id = look.enqueued[0]
    actions.process_version(version_id, now=lambda: look.at, embedder=embedder)

    with pytest.raises(ReviewerIsAuthor):
        actions.review_version(
            version_id,
            decision="approve",
            meaning="Read.",
            by=MANAGER,
            at=look.at,
            signature=SIGNED,
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        make_review(DocumentVersion.objects.get(pk=version_id), reviewer_id=MANAGER.id)
    actions.review_version(
        version_id,
        decision="approve",
        meaning="Read.",
        by=REVIEWER,
        at=look.at,
        signature=SIGNED,
    )

    assert queries.version(version_id).status == "approved"
    assert kinds() == []


def test_task_is_closed_once_with_a_note(folder, watch, look):
    (folder / "g.md").write_text(GUIDELINE)
    look(watch("folder", folder))
    (task,) = queries.owner_tasks()

    with pytest.raises(SourceInvalid):
        actions.close_task(task.id, note=" ", by=MANAGER, at=look.at)
    actions.close_task(task.id, note="Seen.", by=MANAGER, at=look.at)
    with pytest.raises(TaskClosed):
        actions.close_task(task.id, note="Again.", by=MANAGER, at=look.at)

    assert kinds() == []


def test_source_is_added_once_and_with_sense(folder, watch):
    watch("folder", folder)
    with pytest.raises(SourceExists):
        watch("folder", folder)
    for wrong in ({"name": ""}, {"every_seconds": 5}):
        with pytest.raises(SourceInvalid):
            watch("folder", folder / "below", **wrong)


@pytest.mark.parametrize("table", [Source, SourceCheck, OwnerTask])
def test_what_was_watched_and_found_stays(folder, watch, look, table):
    (folder / "g.md").write_text(GUIDELINE)
    look(watch("folder", folder))
    (task,) = queries.owner_tasks()
    actions.close_task(task.id, note="Seen.", by=MANAGER, at=look.at)
    change = {
        Source: {"added_by": "user:99"},
        SourceCheck: {"outcome": "unchanged"},
        OwnerTask: {"note": "Never seen."},
    }[table]

    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        table.objects.all()._raw_delete("default")
