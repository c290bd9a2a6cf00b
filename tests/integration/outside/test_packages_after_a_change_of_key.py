"""A package made after the log's key changed, checked from either key, and forged."""

import json
from hashlib import sha256
from zipfile import ZipFile

import pytest

from audit.notes import Note
from audit.offline.cli import main
from tests.integration.audit.test_changes import rotate
from tests.integration.exports.conftest import log, office

__all__ = ["log", "office"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def export(capsys):
    def export(folder, vkey):
        status = main(["export", str(folder), "--vkey", vkey, "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["status"] == status
        return told

    return export


def seal(folder, name, data):
    """Replace a member, and its hash in the manifest."""
    (folder / name).write_bytes(data)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][name] = sha256(data).hexdigest()
    path.write_text(json.dumps(manifest))


def test_a_package_holds_from_either_key_but_by_the_old_one_alone_it_does_not(
    office, export, tmp_path
):
    log, folder = office.log, tmp_path / "package"
    old = log.files.read_key()
    office.answer()
    log.sign()
    rotate(log)
    log.sign()
    answer = office.answer()
    log.sign()
    new = log.files.read_key()
    built = office.build("answer", answer_id=answer)
    with ZipFile(office.file(built)) as archive:
        archive.extractall(folder)
    (name,) = json.loads((folder / "manifest.json").read_text())["checkpoints"]
    note = (folder / name).read_text("utf-8")
    assert Note.parse(note).verified([old.verifier, new.verifier]) == (new.verifier,)
    for vkey in (old.verifier.vkey, new.verifier.vkey):
        assert export(folder, vkey)["holds"]
    text = note.partition("\n\n")[0] + "\n"
    seal(folder, name, old.sign(text).encode())
    for vkey in (old.verifier.vkey, new.verifier.vkey):
        found = export(folder, vkey)
        assert (found["status"], found["code"]) == (1, "signature_missing")
    seal(folder, name, new.sign(text).encode())
    assert export(folder, old.verifier.vkey)["holds"]
