"""An evidence package changed after it was built.

Caught by the verifier inside it, and by any other copy of that verifier, since a
thorough forger changes the one inside. Without the log's key he cannot make one anew.
"""

import hashlib
from zipfile import ZIP_STORED, ZipFile

import pytest

from audit.exports.building import Workshop
from clinrag.privacy.identifiers import mask
from tests.attacks.yard import ORIGIN
from tests.integration.exports.conftest import Office


@pytest.fixture
def package(log, tmp_path):
    """Its file, and the hash of its manifest that was handed over beside it."""
    office = Office(log, Workshop(tmp_path / "packages", mask, ORIGIN, vkey=log.vkey))
    answer = office.answer()
    log.sign()
    export = office.build("answer", "disclosed", answer_id=answer)
    return office.file(export), export.manifest_sha256


def members(file):
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rebuilt(file, contents):
    other = file.with_name("altered.zip")
    with ZipFile(other, "w", ZIP_STORED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return other


def test_every_member_that_is_changed_left_out_or_added_is_found(package, auditor):
    file, _ = package
    contents = members(file)
    assert auditor.export(rebuilt(file, contents))["holds"]
    for name, data in contents.items():
        changed = data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]
        for forged in (contents | {name: changed}, without(contents, name)):
            found = auditor.export(rebuilt(file, forged))
            assert not found["holds"], name
    found = auditor.export(rebuilt(file, contents | {"more.txt": b"more"}))
    assert not found["holds"]


def without(contents, name):
    return {other: data for other, data in contents.items() if other != name}


def test_forger_who_mends_the_manifest_is_found_by_what_is_signed(package, auditor):
    file, sha256 = package
    contents = members(file)
    assert auditor.export(file, "--manifest-sha256", sha256)["holds"]
    entries = [n for n in contents if n.startswith("entries/") or "entry" in n]
    assert entries, sorted(contents)
    for name in entries:
        forged = dict(contents)
        forged[name] = forged[name].replace(b"ward", b"bard")
        if forged[name] == contents[name]:
            continue
        manifest = forged["manifest.json"].decode()
        old, new = (hashlib.sha256(c[name]).hexdigest() for c in (contents, forged))
        forged["manifest.json"] = manifest.replace(old, new).encode()
        found = auditor.export(rebuilt(file, forged))
        assert not found["holds"], name
        assert not auditor.export(rebuilt(file, forged), "--manifest-sha256", sha256)[
            "holds"
        ]
