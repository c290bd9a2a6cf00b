"""What a person does while a look goes on stands, and a look goes on where it was cut."""

from datetime import timedelta
from itertools import islice

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ingestion import actions, queries
from ingestion.actions import watching
from ingestion.models import OwnerTask, Source, SourceItem
from ingestion.sources.folder import WatchedFolder
from tests.factories.people import AUTHOR, MANAGER
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE, T0
from tests.integration.ingestion_lifecycle.test_refused_findings import (
    found,
    place,
    reject,
)
from tests.integration.ingestion_lifecycle.test_sources import (
    CHANGED,
    HOUR,
    folder,
    look,
    watch,
)

__all__ = ["folder", "found", "look", "watch"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def meanwhile(monkeypatch):
    """Have something done while the next look goes on, after it took what is known."""

    def meanwhile(step):
        plain = WatchedFolder.look

        def look(self, known, *, at):
            glimpses = plain(self, known, at=at)
            monkeypatch.setattr(WatchedFolder, "look", plain)
            step()
            return glimpses

        monkeypatch.setattr(WatchedFolder, "look", look)

    return meanwhile


def test_new_edition_goes_where_its_file_was_placed_while_the_look_went_on(
    found, look, folder, document, meanwhile
):
    source, version_id = found
    reject(version_id)
    (folder / "g.md").write_text(CHANGED)
    meanwhile(lambda: place(source, look, document_id=document.id))

    seen = look(source)

    item = SourceItem.objects.select_related("version").get()
    assert seen.drafted == 1
    assert {item.document_id, item.version.document_id} == {document.id}
    assert item.version.number == 2


def test_disappearance_is_asked_of_who_owns_where_its_file_was_placed(
    found, look, folder, document, meanwhile
):
    source, version_id = found
    reject(version_id)
    (folder / "g.md").unlink()
    meanwhile(lambda: place(source, look, document_id=document.id))

    look(source)

    asked = OwnerTask.objects.get(kind="missing")
    assert (asked.document_id, asked.owner_id) == (document.id, AUTHOR.id)
    assert asked.version_id == SourceItem.objects.get().version_id


def test_documents_are_fetched_of_what_is_read_and_of_nothing_else(folder, watch, look):
    for number in range(4):
        (folder / f"{number}.md").write_text(f"# Number {number}\n\nText.\n")
    source = watch("folder", folder)
    look(source)

    def fetched():
        with CaptureQueriesContext(connection) as asked:
            look(source)
        known = 'FROM "ingestion_sourceitem"'
        told = [one["sql"] for one in asked if known in one["sql"]]
        return ["ingestion_documentversion" in one for one in told]

    untouched = fetched()
    (folder / "2.md").write_text(CHANGED)

    assert untouched == [False]
    assert fetched() == [False, True]


def test_look_writes_as_the_role_of_the_application(found, look, folder):
    source, _ = found
    (folder / "g.md").write_text(CHANGED)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE clinrag_app")
        changed = look(source)
        (folder / "g.md").unlink()
        gone = look(source)
        cursor.execute("RESET ROLE")

    assert (changed.code, changed.drafted, gone.missing) == ("", 1, 1)


def test_look_that_is_asked_for_while_one_goes_on_follows_it(
    folder, watch, look, meanwhile
):
    source = watch("folder", folder)
    asked_at = timezone.now() + 2 * HOUR
    meanwhile(lambda: actions.check_soon(source.id, at=asked_at))

    look(source)

    assert Source.objects.get().next_check_at == asked_at


def test_what_is_set_while_a_look_goes_on_holds_from_its_end(
    folder, watch, look, meanwhile
):
    source = watch("folder", folder)
    (folder / "g.md").write_text(GUIDELINE)

    def set_anew():
        actions.change_source(
            source.id, every_seconds=60, owner_id=AUTHOR.id, by=MANAGER, at=T0
        )

    meanwhile(set_anew)

    look(source)

    next_check_at = Source.objects.get().next_check_at
    assert timedelta(0) < next_check_at - look.at < timedelta(seconds=90)
    assert [one.owner_id for one in queries.owner_tasks()] == [AUTHOR.id]


def test_new_edition_behind_many_files_written_anew_is_read_within_a_few_looks(
    folder, watch, look, monkeypatch
):
    monkeypatch.setattr(watching, "MOST_READ", 2)
    source = watch("folder", folder)
    for number in range(4):
        (folder / f"{number}.md").write_text(f"# Number {number}\n\nText.\n")
    (folder / "5.docx").write_bytes(b"PK\x03\x04 half of it")
    due_looks(source, after=timezone.now())
    for path in folder.iterdir():
        path.chmod(0o600)
    (folder / "6.md").write_text(GUIDELINE)

    seen = due_looks(source, after=timezone.now() + 2 * HOUR)

    assert [one.drafted for one in seen] == [0, 0, 1, 0]
    assert Source.objects.get().next_check_at > seen[-1].at


@pytest.mark.parametrize("known_before", [False, True])
def test_source_of_a_document_stays_with_it_when_another_has_the_same_bytes(
    folder, watch, look, receive, collection, known_before
):
    other = receive(CHANGED).document_id
    document = actions.register_document(
        collection.id, title="Knee pain", by=AUTHOR, at=T0
    )
    source = watch("folder", folder, document_id=document.id)
    if known_before:
        (folder / "g.md").write_text(GUIDELINE)
        look(source)
    (folder / "g.md").write_text(CHANGED)

    twin = look(source)
    item = SourceItem.objects.get()
    (folder / "g.md").write_text(CHANGED + "\nMore.\n")
    newer = look(source)

    assert (twin.drafted, newer.drafted) == (0, 1)
    assert item.document_id == document.id
    assert queries.version(look.enqueued[-1]).document_id == document.id
    assert len(queries.versions_of(other)) == 1


def due_looks(source, *, after):
    """One after another at the same moment, until none is due."""
    seen = iter(lambda: actions.check_source(source.id, at=after, onward=id), None)
    return list(islice(seen, 20))
