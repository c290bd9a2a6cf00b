"""What a source holds that is no document, looks that break, and where a file belongs."""

from datetime import timedelta

import pytest

from ingestion import actions, queries
from ingestion.actions import watching
from ingestion.errors import DocumentNotFound
from ingestion.lifecycle import Status
from ingestion.models import DocumentVersion, Source, SourceCheck
from ingestion.sources.errors import ItemNotFound, ItemSettled
from ingestion.sources.folder import WatchedFolder
from tests.factories.ingestion import make_collection, make_document
from tests.factories.people import MANAGER, make_person
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE
from tests.integration.ingestion_lifecycle.recorded import recorded
from tests.integration.ingestion_lifecycle.test_sources import (
    CHANGED,
    folder,
    kinds,
    look,
    site,
    watch,
)
from tests.integration.ingestion_lifecycle.watching import has, says

__all__ = ["folder", "look", "site", "watch"]
pytestmark = pytest.mark.django_db
OWNER = make_person(7, "Olga Owner")
SIGN_IN = b"<html><body>Please sign in</body></html>"


@pytest.fixture
def reads(monkeypatch):
    """The names of files that were read."""
    names = []
    read = WatchedFolder.read

    def counted(self, glimpse):
        names.append(glimpse.name)
        return read(self, glimpse)

    monkeypatch.setattr(WatchedFolder, "read", counted)
    return names


def test_damaged_file_is_read_again_only_once_it_changed(folder, watch, look, reads):
    (folder / "a.docx").write_bytes(b"PK\x03\x04 half of it")
    source = watch("folder", folder)

    first, second = look(source), look(source)
    (folder / "a.docx").write_bytes(b"PK\x03\x04 a little more of it")
    third = look(source)

    assert reads == ["a.docx", "a.docx"]
    told = ("file_corrupt", 1)
    assert [(one.code, one.refused) for one in (first, second, third)] == [told] * 3


def test_file_that_became_a_document_again_is_taken(folder, watch, look, reads):
    file = folder / "a.md"
    file.write_text(GUIDELINE)
    source = watch("folder", folder)
    look(source)
    file.write_bytes(b"%PDF-1.7 not Markdown any more")
    refused, still = look(source), look(source)
    file.write_text(CHANGED)

    taken = look(source)

    assert (refused.refused, still.refused, taken.refused) == (1, 1, 0)
    assert (taken.code, taken.drafted) == ("", 1)
    assert reads == ["a.md"] * 3


def test_page_in_a_documents_place_is_not_sent_again_while_it_is_the_same(
    site, watch, look
):
    site.answers["/g.md"] = has(GUIDELINE.encode(), '"one"')
    source = watch("http", site.url())
    look(source)
    site.answers["/g.md"] = has(SIGN_IN, '"sign in"')
    seen = [look(source), look(source, after=timedelta(days=2))]
    site.answers["/g.md"] = has(GUIDELINE.encode(), '"one"')

    back = look(source, after=timedelta(days=2))

    assert [(one.outcome, one.code) for one in seen] == [
        ("failed", "source_answers_oddly")
    ] * 2
    assert site.asked[2][1]["If-None-Match"] == '"sign in"'
    assert (back.outcome, back.code) == ("unchanged", "")


def test_younger_page_in_a_documents_place_hides_no_older_document(site, watch, look):
    """By its date alone the document would be unmodified since the page."""
    dated = {"Last_Modified": "Mon, 02 Feb 2026 00:00:00 GMT"}
    site.answers["/g.md"] = says(GUIDELINE.encode())
    source = watch("http", site.url())
    look(source)
    site.answers["/g.md"] = says(SIGN_IN, **dated)

    look(source)
    look(source, after=timedelta(days=2))

    assert "If-Modified-Since" not in site.asked[2][1]


def test_look_that_breaks_is_on_record_and_gives_its_lease_back(
    folder, watch, look, monkeypatch
):
    (folder / "g.md").write_text(GUIDELINE)
    source = watch("folder", folder)

    def broken(*_arguments, **_fields):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(watching, "receive_version", broken)
        with pytest.raises(ZeroDivisionError):
            look(source)
    row = SourceCheck.objects.get()

    assert (row.outcome, row.code) == ("failed", "source_look_broke")
    assert Source.objects.get().leased_until is None
    assert look(source).drafted == 1


def test_look_ends_when_it_ended(folder, watch, look, monkeypatch):
    source = watch("folder", folder)
    slow = WatchedFolder.look

    def slowly(self, known, *, at):
        pause()
        return slow(self, known, at=at)

    monkeypatch.setattr(WatchedFolder, "look", slowly)

    seen = look(source)

    assert seen.finished_at - seen.at >= timedelta(seconds=0.2)


def pause():
    with watching.transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")


@pytest.fixture
def found(folder, watch, look):
    """A source, and the edition it brought."""
    (folder / "g.md").write_text(GUIDELINE)
    source = watch("folder", folder)
    look(source)
    return source, look.enqueued[0]


def place(source, look, **fields):
    values = {"name": "g.md", "document_id": None, "reason": "It is that guideline."}
    return actions.place_found(
        source.id,
        **(values | fields),
        by=MANAGER,
        at=look.at,
        onward=look.enqueued.append,
    )


def reject(version_id):
    DocumentVersion.objects.filter(pk=version_id).update(status=Status.REJECTED)


def test_rejected_finding_becomes_an_edition_of_the_document_that_is_chosen(
    found, look, folder, document
):
    source, version_id = found
    with pytest.raises(ItemSettled):
        place(source, look, document_id=document.id)
    reject(version_id)

    placed = place(source, look, document_id=document.id, owner_id=OWNER.id)
    (folder / "g.md").write_text(CHANGED)
    look(source)

    assert placed.document_id == document.id
    assert placed.author_id == MANAGER.id
    assert queries.document(document.id).owner_id == OWNER.id
    assert len(queries.versions_of(document.id)) == 2
    assert look.enqueued[1] == placed.id
    drafts = [one for one in recorded() if one["type"] == "source.drafted"]
    assert all(str(document.id) in str(one) for one in drafts[1:])
    assert kinds(OWNER.id) == ["drafted", "drafted"]


def test_rejected_finding_becomes_a_new_document_with_its_owner(found, look):
    source, version_id = found
    reject(version_id)

    placed = place(source, look, title="Knee pain", owner_id=OWNER.id)
    home = queries.document(placed.document_id)

    assert (home.title, home.owner_id) == ("Knee pain", OWNER.id)
    assert kinds(OWNER.id) == ["drafted"]
    assert queries.version(version_id).status == "rejected"


def test_finding_goes_nowhere_that_is_not_its_collections(found, look):
    source, version_id = found
    reject(version_id)
    elsewhere = make_document(collection=make_collection(slug="elsewhere"))

    with pytest.raises(DocumentNotFound):
        place(source, look, document_id=elsewhere.id)
    with pytest.raises(ItemNotFound):
        place(source, look, name="h.md", title="Knee pain")

    assert [one.document_id for one in queries.items_of(source.id)] != [elsewhere.id]
