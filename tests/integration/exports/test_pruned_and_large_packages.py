"""Packages across what was pruned, and packages that no verifier would read."""

import json
from zipfile import ZipFile

import pytest

from audit.errors import ExportTooLarge
from audit.exports import building, closing, previewing, records
from audit.exports.previewing import preview
from audit.exports.records import State
from audit.exports.scopes import read
from audit.models import Entry
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


def entry_of(answer, kind):
    rows = Entry.objects.filter(type=kind)
    return next(row for row in rows if answer.encode() in bytes(row.body))


def marked_as_pruned(row):
    with tampering("audit_prunedentry") as execute:
        execute(
            "INSERT INTO audit_prunedentry (index, entry_id, leaf_hash)"
            " VALUES (%s, %s, %s)",
            [row.index, row.entry_id, bytes(row.leaf_hash)],
        )


def without_payload(row):
    with tampering("audit_payload") as execute:
        execute("DELETE FROM audit_payload WHERE entry_id = %s", [row.entry_id])


def manifest(office, export):
    with ZipFile(office.file(export)) as archive:
        return json.loads(archive.read("manifest.json"))


@pytest.fixture
def answer(office):
    answer = office.answer()
    office.log.sign()
    return answer


@pytest.mark.parametrize("content", ["ciphertext", "masked", "disclosed"])
def test_entry_is_packed_without_content_when_that_was_pruned(office, answer, content):
    row = entry_of(answer, "query.received")
    marked_as_pruned(row)
    without_payload(row)
    export = office.build("answer", content, answer_id=answer)
    assert export.state is State.BUILT
    told = {
        one["index"]: one.get("content") for one in manifest(office, export)["entries"]
    }
    assert told[row.index] == "pruned"
    assert set(told.values()) == {"pruned", None}
    assert office.verify(office.file(export)).returncode == 0


@pytest.mark.parametrize("content", ["masked", "disclosed"])
def test_package_fails_when_a_payload_is_gone_that_nobody_pruned(
    office, answer, content
):
    without_payload(entry_of(answer, "query.received"))
    export = office.build("answer", content, answer_id=answer)
    assert (export.state, export.failure_code) == (State.FAILED, "payload_corrupt")


def test_package_fails_at_its_end_when_no_verifier_would_read_its_manifest(
    office, answer, monkeypatch
):
    assert office.build("answer", answer_id=answer).state is State.BUILT
    monkeypatch.setattr(closing, "MAX_MANIFEST", 1_000)
    export = office.build("answer", answer_id=answer)
    assert (export.state, export.failure_code) == (State.FAILED, "export_too_large")
    assert not office.file(export).exists()


def test_package_fails_early_when_its_manifest_grows_too_large(office, monkeypatch):
    office.log.fill(900)
    monkeypatch.setattr(building, "MAX_MANIFEST", 20_000)
    export = office.start("entries", first="0", last="899")
    assert office.slice(export, 200) is State.FAILED
    assert records.by_id(export.id).failure_code == "export_too_large"
    assert records.by_id(export.id).looked_at < 900


def test_manifest_takes_at_least_what_the_preview_counts_with(office):
    office.log.fill(300)
    export = office.build("entries", first="0", last="299")
    with ZipFile(office.file(export)) as archive:
        size = archive.getinfo("manifest.json").file_size
    assert size > 300 * 270


@pytest.fixture
def small(monkeypatch):
    """As if a package could hold no more than twenty entries."""
    monkeypatch.setattr(previewing, "ENTRIES_AT_MOST", 20)


def test_preview_and_request_are_refused_when_a_package_would_be_too_large(
    office, small
):
    office.log.fill(30)
    fits, too_large = ({"first": "0", "last": last} for last in ("19", "20"))
    assert preview(read("entries", fits), is_over=lambda: False).entries == 20
    office.request("entries", **fits)
    with pytest.raises(ExportTooLarge):
        preview(read("entries", too_large), is_over=lambda: False)
    with pytest.raises(ExportTooLarge):
        office.request("entries", **too_large)


def test_what_is_not_signed_yet_makes_no_package_too_large(office, small):
    office.log.fill(20)
    office.request("entries", first="0", last="500")
    office.log.fill(1)
    with pytest.raises(ExportTooLarge):
        office.request("entries", first="0", last="500")


def test_preview_is_refused_as_soon_as_it_has_counted_too_many(office, small):
    since = office.log.tick()
    office.log.fill(20)
    until = office.log.tick()
    words = {"since": since.isoformat(), "until": until.isoformat()}
    told = preview(read("period", words), is_over=lambda: False)
    assert (told.entries, told.complete) == (20, True)
    office.log.fill(1)
    words["until"] = office.log.tick().isoformat()
    with pytest.raises(ExportTooLarge):
        preview(read("period", words), is_over=lambda: False)


def test_preview_ends_with_what_it_has_counted_when_its_time_is_over(office):
    office.log.fill(500)
    scope = read("entries", {"first": "0", "last": "499"})
    told = preview(scope, is_over=lambda: True)
    assert not told.complete
    assert 0 < told.entries < 500
