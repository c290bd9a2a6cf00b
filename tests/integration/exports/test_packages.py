"""A package: asked for by one, agreed to by another, checked by a stranger."""

import json
import re
import subprocess
import sys
from datetime import timedelta
from uuid import UUID, uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from audit import queries
from audit.actors import Actor, ActorKind
from audit.custody import authorizations
from audit.errors import (
    DeciderIsNotAPerson,
    ExportEmpty,
    ExportGone,
    ExportInvalid,
    ExportNotReady,
    ExportStateWrong,
    ExportUnknown,
    NotAuthorized,
    NotYetSigned,
)
from audit.exports import records
from audit.exports.records import State
from audit.models import Export
from tests.integration.audit.conftest import ADA
from tests.integration.exports.conftest import ANSWER, BOB, QUESTION

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

APP = Actor(ActorKind.APP, "key:3f2a", "Ward app", "api_key")


def members(office, export):
    with ZipFile(office.file(export)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def manifest(office, export):
    return json.loads(members(office, export)["manifest.json"])


def recorded(office, kind):
    office.log.sequence()
    return queries.entries(limit=50, types=[kind])


def test_package_of_an_answer_holds_before_the_verifier_inside_it(office):
    other, answer = office.answer(), office.answer()
    office.log.sign()
    export = office.build("answer", "disclosed", answer_id=answer)
    assert (export.state, export.entries_done) == (State.BUILT, 2)
    checked = office.verify(
        office.file(export), "--manifest-sha256", export.manifest_sha256, "--json"
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    counts = json.loads(checked.stdout)["counts"]
    assert (counts["entries"], counts["disclosed"]) == (2, 2)
    found = members(office, export)
    texts = b"".join(data for name, data in found.items() if "disclosed/" in name)
    assert QUESTION.encode() in texts
    assert ANSWER.encode() in texts
    assert other.encode() not in b"".join(found.values())
    assert f"answers/{answer}/fhir-bundle.json" in found
    assert f"answers/{answer}/prov.json" in found
    assert found["summary.pdf"].startswith(b"%PDF-")
    assert b"<h1>Evidence package</h1>" in found["summary.html"]
    assert office.file(export).stat().st_mode & 0o777 == 0o600


@pytest.fixture
def unpacked(office, tmp_path):
    """A package in the clear as its recipient has it: unpacked in a folder."""
    answer = office.answer()
    office.log.sign()
    export = office.build("answer", "disclosed", answer_id=answer)
    folder = tmp_path / "unpacked"
    with ZipFile(office.file(export)) as archive:
        archive.extractall(folder)
    return folder


def checked_as_printed(folder):
    """The last word of each line that the README's own program prints."""
    readme = (folder / "README.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    run = subprocess.run(
        [sys.executable, "-I", "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return [line.split()[-1] for line in run.stdout.splitlines()]


def test_recipe_of_the_readme_proves_each_text_as_it_is_printed(unpacked):
    assert checked_as_printed(unpacked) == ["True", "True"]


def test_recipe_of_the_readme_finds_a_text_that_was_changed(unpacked):
    changed = next(
        file
        for file in (unpacked / "disclosed").iterdir()
        if ANSWER in file.read_text()
    )
    changed.write_text(changed.read_text().replace(ANSWER, "No."))
    assert sorted(checked_as_printed(unpacked)) == ["False", "True"]


def test_readme_says_what_the_verifier_prints_and_names_each_file(unpacked, office):
    readme = (unpacked / "README.md").read_text()
    program = [sys.executable, "-I", unpacked / "verifier.pyz", "export", unpacked]
    checked = subprocess.run(
        [*program, "--vkey", office.log.vkey],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
    )
    word = checked.stdout.splitlines()[0].removeprefix("export: ")
    assert f'"{word}" and exit code {checked.returncode} mean' in readme
    named = {file.name for file in unpacked.iterdir()} - {"README.md"}
    assert {name for name in named if name not in readme} == set()


def test_summary_tells_words_and_one_form_of_time(unpacked):
    page = (unpacked / "summary.html").read_text()
    for code in ("answer_id", "asked_at", "T00:", "T05:", "+00:00", "<td>answer<"):
        assert code not in page
    assert "<td>Question asked</td><td>query.received</td><td>1</td>" in page
    assert "Sealed, in here in the clear" in page
    answer_id = next((unpacked / "answers").iterdir()).name
    assert f'<td>Answer</td><td class="whole">{answer_id}</td>' in page


def test_zip_is_read_by_unzip_too(office):
    answer = office.answer()
    office.log.sign()
    export = office.build("answer", answer_id=answer)
    subprocess.run(
        ["unzip", "-tq", office.file(export)], check=True, capture_output=True
    )


def test_any_changed_byte_of_any_member_is_found(office):
    answer = office.answer()
    office.log.sign()
    export = office.build("answer", "disclosed", answer_id=answer)
    found = members(office, export)
    known = ["--manifest-sha256", export.manifest_sha256]
    for name, data in found.items():
        changed = found | {name: data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]}
        forged = office.file(export).with_name("forged.zip")
        with ZipFile(forged, "w", ZIP_DEFLATED) as archive:
            for one, content in changed.items():
                archive.writestr(one, content)
        with ZipFile(forged) as archive:
            assert archive.read(name) != data
        program = office.file(export).with_name("honest.pyz")
        program.write_bytes(found["verifier.pyz"])
        checked = office.verify_with(program, forged, *known)
        assert checked.returncode != 0, name


def test_sealed_content_is_recorded_as_read_before_it_is_packed(office):
    answer = office.answer()
    office.log.sign()
    export = office.build("answer", "disclosed", answer_id=answer)
    (read,) = recorded(office, "content.disclosed")
    assert read.fields["purpose"] == "evidence_package"
    assert read.fields["surface"] == f"export:{export.id}"
    assert read.fields["answer_ids"] == [answer]
    assert len(read.fields["entry_ids"]) == 2
    assert read.actor.id == ADA.id


@pytest.mark.parametrize("content", ["none", "ciphertext"])
def test_nothing_is_read_when_content_stays_sealed(office, content):
    answer = office.answer()
    office.log.sign()
    export = office.build("answer", content, answer_id=answer)
    assert recorded(office, "content.disclosed") == []
    found = members(office, export)
    assert QUESTION.encode() not in b"".join(found.values())
    payloads = [name for name in found if name.startswith("payloads/")]
    assert len(payloads) == (2 if content == "ciphertext" else 0)
    assert office.verify(office.file(export)).returncode == 0


def test_identifiers_are_masked_and_no_key_to_guess_them_is_packed(office):
    answer = office.answer()
    office.log.sign()
    export = office.build("answer", "masked", answer_id=answer)
    found = members(office, export)
    everything = b"".join(found.values())
    assert b"943 476 5919" not in everything
    assert b"aspirin" in everything
    assert b"commit_key" not in b"".join(
        data for name, data in found.items() if name.startswith("masked/")
    )
    assert len(recorded(office, "content.disclosed")) == 1
    assert office.verify(office.file(export)).returncode == 0


def test_package_of_a_stretch_holds_exactly_its_entries(office):
    office.log.fill(9)
    export = office.build("entries", first="3", last="6")
    packed = [one["index"] for one in manifest(office, export)["entries"]]
    assert packed == [3, 4, 5, 6]
    assert office.verify(office.file(export)).returncode == 0


def test_package_of_a_period_holds_what_was_written_in_it(office):
    office.log.fill(4)
    since = office.log.tick()
    wanted = [office.log.append() for _ in range(3)]
    until = office.log.tick()
    office.log.fill(2)
    export = office.build("period", since=since.isoformat(), until=until.isoformat())
    packed = manifest(office, export)["entries"]
    assert len(packed) == len(wanted)


def test_package_of_an_edition_holds_the_answers_that_retrieved_it(office):
    version = uuid4()
    with_it = [office.answer(version_id=version) for _ in range(2)]
    without = office.answer()
    office.log.sign()
    export = office.build("version", version_id=str(version))
    text = b"".join(members(office, export).values()).decode("utf-8", "replace")
    assert all(answer in text for answer in with_it)
    assert without not in text
    assert export.entries_done == 4


def test_package_of_a_person_holds_what_was_sealed_for_him(office):
    his = office.answer(subjects=("mrn-1",))
    other = office.answer(subjects=("mrn-2",))
    office.log.sign()
    scope = records.scope_of_person("mrn-1")
    export = office.build("subject", "disclosed", **scope)
    text = b"".join(members(office, export).values()).decode("utf-8", "replace")
    assert his in text
    assert other not in text
    assert "mrn-1" not in text
    assert office.verify(office.file(export)).returncode == 0
    with pytest.raises(ExportEmpty):
        records.scope_of_person("mrn-3")


def test_killed_build_goes_on_where_its_progress_was_committed(office):
    office.log.fill(900)
    export = office.start("entries", first="0", last="899")
    assert office.slice(export, at_most=300) is State.BUILDING
    half = records.by_id(export.id)
    assert half.entries_done == 400
    assert half.to_look_at == 900
    draft = office.workshop.draft(export.id)
    for name in ("body", "directory", "names", "members"):
        with (draft / name).open("ab") as file:
            file.write(b"half a member that was never committed")
    while office.slice(export, at_most=300) is State.BUILDING:
        pass
    done = records.by_id(export.id)
    assert (done.state, done.entries_done) == (State.BUILT, 900)
    packed = [one["index"] for one in manifest(office, done)["entries"]]
    assert packed == list(range(900))
    assert office.verify(office.file(done)).returncode == 0
    assert not draft.exists()


def test_build_begins_again_when_its_files_are_gone(office):
    office.log.fill(600)
    export = office.start("entries", first="0", last="599")
    office.slice(export, at_most=200)
    for file in office.workshop.draft(export.id).iterdir():
        file.unlink()
    while office.slice(export) is State.BUILDING:
        pass
    assert records.by_id(export.id).entries_done == 600


def test_cancelled_build_stops_and_leaves_no_file(office):
    office.log.fill(900)
    export = office.start("entries", first="0", last="899")
    office.slice(export, at_most=200)
    records.cancel(export.id, by=ADA, at=office.log.tick())
    assert office.slice(export) is State.CANCELLED
    assert not office.file(export).exists()
    with pytest.raises(ExportStateWrong):
        records.cancel(export.id, by=ADA, at=office.log.tick())
    assert len(recorded(office, "export.cancelled")) == 1


def test_nothing_is_built_before_a_second_person_agrees(office):
    office.log.fill(3)
    asked = office.request("entries", first="0", last="2")
    with pytest.raises(NotAuthorized):
        records.start(asked.id, by=ADA, at=office.log.tick())
    with pytest.raises(DeciderIsNotAPerson):
        authorizations.approve(asked.authorization.id, by=APP, at=office.log.tick())
    office.agree(asked)
    started = records.start(asked.id, by=ADA, at=office.log.tick())
    assert started.state is State.BUILDING
    assert records.start(asked.id, by=ADA, at=office.log.tick()) == started


def test_agreement_is_not_good_for_another_scope(office):
    office.log.fill(3)
    agreed = office.agree(office.request("entries", first="0", last="1"))
    Export.objects.filter(pk=agreed.id).update(scope={"first": "0", "last": "2"})
    with pytest.raises(NotAuthorized):
        records.start(agreed.id, by=ADA, at=office.log.tick())


def test_same_request_id_gives_the_same_package(office):
    identity = uuid4()
    made = [
        records.request(
            "entries",
            scope={"first": "0", "last": "1"},
            content="none",
            reason="why",
            by=ADA,
            at=office.log.tick(),
            export_id=identity,
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert [one.id for one in records.recent()] == [identity]


def test_download_is_recorded_first_and_only_while_there_is_a_file(office):
    office.log.fill(2)
    export = office.start("entries", first="0", last="1")
    with pytest.raises(ExportNotReady):
        records.record_download(export.id, surface="api", by=BOB, at=office.log.at)
    office.slice(export)
    done = records.record_download(
        export.id, surface="api", by=BOB, at=office.log.tick()
    )
    assert done.downloads == 1
    (entry,) = recorded(office, "export.downloaded")
    assert (entry.actor.id, entry.fields["sha256"]) == (BOB.id, done.sha256)
    late = done.expires_at + timedelta(seconds=1)
    with pytest.raises(ExportGone):
        records.record_download(export.id, surface="api", by=BOB, at=late)
    assert records.expired(at=late) == [export.id]
    with pytest.raises(ExportUnknown):
        records.by_id(UUID(int=1))


def test_package_fails_by_name_when_nothing_belongs_to_it(office):
    office.log.fill(2)
    export = office.build("answer", answer_id=str(uuid4()))
    assert (export.state, export.failure_code) == (State.FAILED, "export_empty")
    assert not office.workshop.draft(export.id).exists()


def test_nothing_is_packed_before_anything_is_signed(office):
    agreed = office.agree(office.request("entries", first="0", last="1"))
    with pytest.raises(NotYetSigned):
        records.start(agreed.id, by=ADA, at=office.log.tick())


@pytest.mark.parametrize(
    ("kind", "content", "scope"),
    [
        ("everything", "none", {}),
        ("answer", "all", {"answer_id": str(UUID(int=1))}),
        ("answer", "none", {"answer_id": "7"}),
        ("answer", "none", {"answer_id": str(UUID(int=1)), "more": "x"}),
        ("entries", "none", {"first": "5", "last": "4"}),
        ("entries", "none", {"first": "-1", "last": "4"}),
        ("period", "none", {"since": "2026-01-01", "until": "2026-01-02"}),
        (
            "period",
            "none",
            {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        ),
    ],
)
def test_request_is_refused_when_its_scope_is_not_as_needed(
    office, kind, content, scope
):
    with pytest.raises(ExportInvalid):
        office.request(kind, content, **scope)
