"""Packages across what was pruned, and packages that no verifier would read."""

import json
from zipfile import ZipFile

import pytest

from audit.exports import building, closing, records
from audit.exports.records import State
from audit.exports.scopes import read
from audit.models import Entry
from clinrag.web.packages import preview_of
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


def test_preview_tells_when_a_package_would_be_too_large(office, monkeypatch):
    office.log.fill(30)
    scope = read("entries", {"first": "0", "last": "19"})
    assert not preview_of(scope).too_large
    monkeypatch.setattr("clinrag.web.packages.ENTRIES_AT_MOST", 19)
    assert preview_of(scope).too_large
