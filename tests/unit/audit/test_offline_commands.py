"""`proof`, `consistency`, `export` and `monitor`, as a script would run them."""

import gzip
import hashlib
import hmac
import json
import os
import struct
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from audit.offline import bundle
from audit.offline.cli import main
from audit.offline.web import HttpSource
from tests.unit.audit.folder_logs import (
    ORIGIN,
    FolderLog,
    Key,
    b64,
    entry,
    is_well_told,
    note,
    path_of,
    some_entries,
)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = main([str(argument) for argument in [*arguments, "--json"]])
        found = json.loads(capsys.readouterr().out)
        assert found["status"] == status
        assert found["holds"] or is_well_told(found)
        return found

    return run


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def test_nothing_is_said_about_a_log_that_could_not_be_read(capsys, tmp_path):
    status = main(["fsck", str(tmp_path / "away"), "--vkey", Key(ORIGIN).vkey])
    assert status == 3
    assert capsys.readouterr().out.splitlines()[0] == "fsck: no verdict"


class TestProof:
    @pytest.fixture
    def log(self):
        witnesses = (Key("one.example", kind=4), Key("two.example", kind=4))
        return FolderLog(some_entries(300), witnesses=witnesses)

    @pytest.mark.parametrize("index", [0, 255, 256, 299])
    def test_it_holds_for_the_entry_s_bytes_and_no_others(self, run, write, log, index):
        proof, data = write("p", log.proof(index)), write("e", log.entries[index])
        found = run("proof", proof, data, "--vkey", log.key.vkey)
        assert (found["holds"], found["index"], found["size"]) == (True, index, 300)
        assert found["origin"] == ORIGIN
        assert found["root"] == log.tree.mth(0, 300).hex()
        write("e", log.entries[index] + b" ")
        found = run("proof", proof, data, "--vkey", log.key.vkey)
        told = found["status"], found["layer"], found["index"]
        assert told == (1, "leaf", index)

    def test_it_holds_with_any_of_the_keys_that_the_log_has_had(self, run, write, log):
        proof, data = write("p", log.proof(5)), write("e", log.entries[5])
        other = Key(log.key.name).vkey
        keys = ["--vkey", other, "--vkey", log.key.vkey]
        assert run("proof", proof, data, *keys)["holds"]
        assert run("proof", proof, data, *keys[:2])["code"] == "signature_missing"

    def test_the_key_may_lie_in_a_file(self, run, write, log):
        proof, data = write("p", log.proof(5)), write("e", log.entries[5])
        key = write("k", log.key.vkey + "\n")
        assert run("proof", proof, data, "--vkey", f"@{key}")["holds"]
        assert run("proof", proof, data, "--vkey", "@/none")["status"] == 3

    def test_the_policy_s_quorum_is_wanted(self, run, write, log):
        proof, data = write("p", log.proof(5)), write("e", log.entries[5])
        lines = [f"witness {k.name} {k.vkey}" for k in log.witnesses]
        lines.append(f"witness stranger {Key('s', kind=4).vkey}")
        groups = "group g 2 one.example two.example stranger\nquorum "
        policy = write("policy", "\n".join(lines) + f"\n{groups}g\n")
        options = ["--vkey", log.key.vkey, "--policy", policy]
        assert len(run("proof", proof, data, *options)["cosigned"]) == 2
        write("policy", "\n".join(lines) + f"\n{groups}stranger\n")
        assert run("proof", proof, data, *options)["code"] == "quorum_missed"

    def test_a_cosignature_that_does_not_hold_spoils_the_note(self, run, write, log):
        tail = log.note().partition("\n\n")[2]
        line = log.witnesses[0].line("another text\n")
        spoiled = log.proof(5).replace(tail.split("\n")[1] + "\n", line)
        proof, data = write("p", spoiled), write("e", log.entries[5])
        first = f"witness a {log.witnesses[0].vkey}\nquorum "
        policy = write("policy", first + "none\n")
        options = ["--vkey", log.key.vkey, "--policy", policy]
        assert run("proof", proof, data, *options)["code"] == "signature_invalid"
        write("p", log.proof(5))
        assert len(run("proof", proof, data, *options)["cosigned"]) == 1

    @pytest.mark.parametrize(
        ("old", "new", "status", "code"),
        [
            ("index 5", "index 4", 1, "path_wrong"),
            ("index 5", "index 300", 1, "index_beyond"),
            ("index 5", "index 05", 2, "number_invalid"),
            ("index 5", "index 9" + "0" * 5000, 2, "number_invalid"),
            ("index 5\n", "", 2, "proof_malformed"),
            ("tlog-proof@v1", "tlog-proof@v9", 2, "proof_malformed"),
            ("index 5\n", "index 5\nAAAA\n", 2, "proof_malformed"),
            ("index 5\n", "extra AA\nindex 5\n", 2, "base64_invalid"),
            ("\n", "\r\n", 2, "proof_malformed"),
        ],
    )
    def test_it_is_refused_when_spoiled(self, run, write, log, old, new, status, code):
        text = log.proof(5)
        assert old in text
        proof, data = write("p", text.replace(old, new)), write("e", log.entries[5])
        found = run("proof", proof, data, "--vkey", log.key.vkey)
        assert (found["status"], found["code"]) == (status, code)

    def test_it_is_refused_when_the_path_is_too_short_or_too_long(
        self, run, write, log
    ):
        lines = log.proof(5).split("\n")
        data = write("e", log.entries[5])
        for spoiled, code in [
            (lines[:2] + lines[3:], "path_short"),
            (lines[:3] + lines[2:], "path_long"),
        ]:
            proof = write("p", "\n".join(spoiled))
            assert run("proof", proof, data, "--vkey", log.key.vkey)["code"] == code

    def test_a_log_of_one_entry_needs_no_path(self, run, write):
        log = FolderLog([b"only"])
        proof, data = write("p", log.proof(0)), write("e", b"only")
        assert run("proof", proof, data, "--vkey", log.key.vkey)["holds"]


class TestConsistency:
    @pytest.fixture
    def log(self):
        return FolderLog(some_entries(600))

    @pytest.mark.parametrize("old", [0, 1, 255, 256, 257, 512, 599, 600])
    def test_it_holds_by_proof_and_by_tiles(self, run, write, log, tmp_path, old):
        older, newer = write("old", log.note(old)), write("new", log.note())
        proof = write("proof", log.consistency(old) if old else "")
        key = ["--vkey", log.key.vkey]
        assert run("consistency", older, newer, *key, "--proof", proof)["holds"]
        request = f"old {old}\n{proof.read_text()}\n{log.note()}"
        sent = write("request", request)
        assert run("consistency", older, newer, *key, "--proof", sent)["holds"]
        folder = log.write(tmp_path / "log")
        found = run("consistency", older, newer, *key, "--log", folder)
        assert (found["holds"], found["previous_size"]) == (True, old)

    def test_it_fails_when_history_was_rewritten(self, run, write, log, tmp_path):
        older, newer = write("old", log.note(300, b"\x01" * 32)), write("n", log.note())
        proof = write("proof", log.consistency(300))
        key = ["--vkey", log.key.vkey]
        found = run("consistency", older, newer, *key, "--proof", proof)
        assert (found["status"], found["code"]) == (1, "log_forked")
        assert (found["layer"], found["index"]) == ("checkpoint", 300)
        folder = log.write(tmp_path / "log")
        found = run("consistency", older, newer, *key, "--log", folder)
        assert found["code"] == "log_forked"

    def test_it_fails_when_the_log_shrank_or_forked_at_one_size(self, run, write, log):
        newer, proof = write("new", log.note()), write("proof", "")
        key = ["--vkey", log.key.vkey, "--proof", proof]
        older = write("old", log.note(601, b"\x01" * 32))
        assert run("consistency", older, newer, *key)["code"] == "log_shrunk"
        write("old", log.note(600, b"\x01" * 32))
        assert run("consistency", older, newer, *key)["code"] == "log_forked"
        write("old", log.note(0, b"\x01" * 32))
        assert run("consistency", older, newer, *key)["code"] == "path_wrong"

    def test_it_says_malformed_when_the_proof_is_none(self, run, write, log):
        older, newer = write("old", log.note(300)), write("new", log.note())
        key = ["--vkey", log.key.vkey, "--proof"]
        for content in ("AAAA", "rubbish!", b"\xff", "old 01\n", "\nAAAA\n"):
            found = run("consistency", older, newer, *key, write("proof", content))
            assert found["status"] == 2


SEALED = {"commit_key": "ab" * 32, "texts": {"question": "Wie viel Aspirin?"}}


class Packed:
    """An evidence package of two entries, one of them sealed."""

    def __init__(self):
        commit = hmac.digest(
            bytes.fromhex(SEALED["commit_key"]),
            b"question\x00" + SEALED["texts"]["question"].encode(),
            "sha256",
        ).hex()
        sealed = {
            "ct_hash": hashlib.sha256(b"ciphertext").hexdigest(),
            "pt_commit": {"question": commit},
        }
        document = json.loads(entry(1, type="query.received")) | {"sealed": sealed}
        body = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        self.log = FolderLog([entry(0), body, entry(2)])
        checkpoint = self.log.note().encode()
        prefix = bytes.fromhex("3031300d060960864801650304020105000420")
        self.files = {
            "entries/0.json": self.log.entries[0],
            "entries/1.json": body,
            "proofs/0": self.log.proof(0).encode(),
            "proofs/1": self.log.proof(1).encode(),
            "payloads/1": b"ciphertext",
            "disclosed/1": json.dumps(SEALED).encode(),
            "checkpoints/3": checkpoint,
            "stamps/3": b"der" + prefix + hashlib.sha256(checkpoint).digest() + b"der",
        } | {f"log/{name}": data for name, data in self.log.resources.items()}
        self.manifest = {
            "format": "clinrag.package/1",
            "entries": [
                {"index": 0, "entry": "entries/0.json", "proof": "proofs/0"},
                {
                    "index": 1,
                    "entry": "entries/1.json",
                    "proof": "proofs/1",
                    "payload": "payloads/1",
                    "disclosed": "disclosed/1",
                },
            ],
            "checkpoints": ["checkpoints/3"],
            "timestamps": [{"token": "stamps/3", "over": "checkpoints/3"}],
            "log": "log/",
        }

    def seal(self):
        self.manifest["files"] = {
            name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()
        }
        return self

    def members(self):
        manifest = json.dumps(self.manifest).encode()
        return self.files | {"manifest.json": manifest}

    def write(self, folder):
        for name, data in self.members().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder

    def write_zip(self, path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.members().items():
                archive.writestr(name, data)
        return path


def rotated(old, new, *, place):
    """A package of a log of three entries, one of which changes the key."""
    text = f"clinrag key rotation\n{ORIGIN}\n{old.vkey}\n{new.vkey}\n"
    entries = some_entries(3)
    entries[place] = entry(
        place,
        type="log.key_rotated",
        old_vkey=old.vkey,
        new_vkey=new.vkey,
        statement=note(text, old, new),
    )
    return Changed(FolderLog(entries, old), place)


class Changed(Packed):
    """A package about one entry of a log, that lies at this place."""

    def __init__(self, log, place):
        self.log, self.place = log, place
        self.files = {"entry": log.entries[place]}
        member = {"index": place, "entry": "entry", "proof": f"proofs/{place}"}
        self.manifest = {
            "format": "clinrag.package/1",
            "entries": [member],
            "checkpoints": [],
        }

    def prove(self, size, *signers):
        path = self.log.tree.path(self.place, 0, size)
        lines = "".join(f"{b64(digest)}\n" for digest in path)
        proof = f"c2sp.org/tlog-proof@v1\nindex {self.place}\n{lines}\n"
        proof += note(self.log.text(size), *signers)
        self.files[f"proofs/{self.place}"] = proof.encode()

    def add_checkpoint(self, size, *signers):
        name = f"checkpoints/{len(self.manifest['checkpoints'])}"
        self.files[name] = note(self.log.text(size), *signers).encode()
        self.manifest["checkpoints"].append(name)


class TestExport:
    @pytest.fixture
    def packed(self):
        return Packed().seal()

    @pytest.fixture
    def check(self, run, tmp_path):
        def check(packed, *options):
            folder = packed.write(tmp_path / "package")
            return run("export", folder, "--vkey", packed.log.key.vkey, *options)

        return check

    def test_it_holds_as_folder_and_as_zip(self, run, check, packed, tmp_path):
        counts = check(packed)["counts"]
        assert counts == {
            "files": len(packed.files), "entries": 2, "payloads": 1,
            "disclosed": 1, "checkpoints": 1, "timestamps": 1,
        }  # fmt: skip
        path = packed.write_zip(tmp_path / "package.zip")
        found = run("export", path, "--vkey", packed.log.key.vkey)
        assert found["counts"] == counts
        assert found["signed_trees"][0]["size"] == 3

    def test_fsck_reads_the_log_inside(self, run, packed, tmp_path):
        path = packed.write_zip(tmp_path / "package.zip")
        assert run("fsck", path, "--vkey", packed.log.key.vkey)["size"] == 3
        del packed.manifest["log"]
        path = packed.write_zip(tmp_path / "package.zip")
        found = run("fsck", path, "--vkey", packed.log.key.vkey)
        assert found["code"] == "package_without_log"

    def test_the_manifest_must_be_the_known_one(self, check, packed):
        known = hashlib.sha256(packed.members()["manifest.json"]).hexdigest()
        assert check(packed, "--manifest-sha256", known)["holds"]
        found = check(packed, "--manifest-sha256", "0" * 64)
        assert (found["status"], found["layer"]) == (1, "manifest")

    @pytest.mark.parametrize("name", ["payloads/1", "stamps/3", "log/checkpoint"])
    def test_a_changed_file_is_named(self, check, packed, name):
        packed.files[name] += b"x"
        found = check(packed)
        assert (found["layer"], found["code"]) == ("manifest", "manifest_wrong")
        assert found["message"].startswith(f"{name} is not the file")

    def test_an_added_file_is_named(self, check, packed):
        packed.files["new"] = b""
        assert check(packed)["message"] == "new is not in the manifest"

    def test_a_missing_file_is_named(self, check, packed):
        packed.manifest["files"]["gone"] = "0" * 64
        found = check(packed)
        assert (found["layer"], found["code"]) == ("manifest", "manifest_wrong")
        assert found["message"] == "gone is missing"

    def test_a_manifest_that_lists_itself_is_refused(self, check, packed):
        packed.manifest["files"]["manifest.json"] = "0" * 64
        assert check(packed)["message"] == "the manifest lists itself"

    def test_each_checkpoint_and_stamp_is_counted(self, check, packed):
        packed.files["checkpoints/2"] = packed.log.note(2).encode()
        packed.manifest["checkpoints"].append("checkpoints/2")
        packed.manifest["timestamps"] *= 2
        found = check(packed.seal())
        assert found["counts"]["checkpoints"] == 2
        assert found["counts"]["timestamps"] == 2
        assert [tree["size"] for tree in found["signed_trees"]] == [2, 3]
        assert {tree["origin"] for tree in found["signed_trees"]} == {
            "clinrag.test/folder"
        }

    @pytest.mark.parametrize(
        ("name", "data", "layer", "code"),
        [
            ("payloads/1", b"other", "payload", "payload_wrong"),
            ("entries/1.json", b"{}", "leaf", "path_wrong"),
            (
                "disclosed/1",
                json.dumps(SEALED | {"texts": {"question": "x"}}).encode(),
                "disclosed",
                "disclosed_wrong",
            ),
            ("disclosed/1", b'{"a":1,"a":1}', "entry", "json_malformed"),
            ("disclosed/1", b'{"commit_key":"xx","texts":{"a":"b"}}', "entry", "package_malformed"),
            ("disclosed/1", b'{"commit_key":"ab","texts":{"a":"\\ud800"}}', "entry", "package_malformed"),
            ("proofs/1", b"\xff", "entry", "not_utf8"),
        ],
    )  # fmt: skip
    def test_what_was_forged_and_sealed_again_is_named(
        self, check, packed, name, data, layer, code
    ):
        packed.files[name] = data
        found = check(packed.seal())
        assert (found["layer"], found["index"], found["code"]) == (layer, 1, code)

    def test_a_proof_of_another_index_is_named(self, check, packed):
        packed.manifest["entries"][1]["index"] = 2
        found = check(packed)
        assert (found["layer"], found["code"]) == ("proof", "index_differs")

    def test_an_entry_of_a_later_shard_names_its_leaf(self, check, packed):
        packed.manifest["entries"][1] |= {"index": 901, "leaf": 1}
        assert check(packed)["holds"]
        packed.manifest["entries"][1]["leaf"] = 2
        found = check(packed)
        assert (found["index"], found["code"]) == (901, "index_differs")

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_a_change_of_key_in_the_package_is_followed(self, run, tmp_path, place):
        old, new = Key(ORIGIN), Key(ORIGIN)
        packed = rotated(old, new, place=place)
        signers = {size: [old] if size <= place else [new] for size in range(4)}
        signers[place + 1] = [old, new]
        for size, keys in signers.items():
            packed.add_checkpoint(size, *keys)
        packed.prove(3, *signers[3])
        folder = packed.seal().write(tmp_path / "package")
        for given in ([old], [new], [old, new]):
            vkeys = [part for key in given for part in ("--vkey", key.vkey)]
            assert run("export", folder, *vkeys)["counts"]["checkpoints"] == 4
        stranger = Key(ORIGIN).vkey
        assert run("export", folder, "--vkey", stranger)["code"] == "signature_missing"

    @pytest.mark.parametrize("given", ["old", "new", "both"])
    @pytest.mark.parametrize("signers", ["old", "both"])
    def test_a_key_that_was_changed_vouches_for_nothing_later(
        self, run, tmp_path, given, signers
    ):
        """Neither for a checkpoint beside the proofs nor for a proof."""
        old, new = Key(ORIGIN), Key(ORIGIN)
        by = {"old": [old], "new": [new], "both": [old, new]}
        vkeys = [part for key in by[given] for part in ("--vkey", key.vkey)]
        packed = rotated(old, new, place=1)
        packed.prove(3, new)
        packed.add_checkpoint(3, *by[signers])
        found = run("export", packed.seal().write(tmp_path / "a"), *vkeys)
        assert found["holds"] is (signers == "both")
        packed = rotated(old, new, place=1)
        packed.prove(3, *by[signers])
        found = run("export", packed.seal().write(tmp_path / "b"), *vkeys)
        assert found["holds"] is (signers == "both")
        if signers == "old":
            told = found["status"], found["code"], found["layer"], found["index"]
            assert told == (1, "signature_missing", "signature", 1)

    def test_a_change_of_key_cannot_be_said_to_lie_further_on(self, run, tmp_path):
        """Its place is that of its proof, under a tree that the new key signed."""
        old, new = Key(ORIGIN), Key(ORIGIN)
        packed = rotated(old, new, place=1)
        packed.prove(3, new)
        packed.add_checkpoint(3, old)
        body = packed.files["proofs/1"].decode()
        packed.files["proofs/1"] = body.replace("index 1\n", "index 3\n").encode()
        packed.manifest["entries"][0] |= {"leaf": 3}
        found = run("export", packed.seal().write(tmp_path / "a"), "--vkey", new.vkey)
        assert found["status"] == 1
        packed.manifest["entries"][0] |= {"leaf": 1}
        found = run("export", packed.seal().write(tmp_path / "b"), "--vkey", new.vkey)
        assert found["status"] == 1

    @pytest.mark.parametrize(
        "proof", [b"", b"\xff", b"c2sp.org/tlog-proof@v1\nindex 1\n\nx\n\ny\n"]
    )
    def test_a_change_of_key_without_a_proof_is_named(self, run, tmp_path, proof):
        old, new = Key(ORIGIN), Key(ORIGIN)
        packed = rotated(old, new, place=1)
        packed.prove(3, new)
        packed.files["proofs/1"] = proof
        found = run("export", packed.seal().write(tmp_path / "a"), "--vkey", new.vkey)
        assert (found["status"], found["layer"], found["index"]) == (2, "entry", 1)

    def test_a_stamp_of_something_else_is_named(self, check, packed):
        packed.files["stamps/3"] = b"der"
        assert check(packed.seal())["code"] == "timestamp_wrong"

    @pytest.mark.parametrize(
        "changed",
        [
            {"format": "other"},
            {"files": []},
            {"files": {"a": 1}},
            {"entries": {}},
            {"entries": [7]},
            {"entries": [{"index": "1", "entry": "a", "proof": "b"}]},
            {"checkpoints": [7]},
            {"timestamps": [7]},
        ],
    )
    def test_a_manifest_in_another_form_is_malformed(self, check, packed, changed):
        packed.manifest |= changed
        found = check(packed)
        assert (found["status"], found["code"]) == (2, "package_malformed")

    @pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\\b", "a/../../b"])
    def test_a_name_that_leads_elsewhere_is_refused(self, check, packed, name):
        packed.manifest["files"][name] = "0" * 64
        assert check(packed)["code"] == "name_unsafe"

    def test_a_link_out_of_the_folder_is_not_followed(self, check, packed, tmp_path):
        (tmp_path / "secret").write_bytes(b"ciphertext")
        folder = packed.write(tmp_path / "package")
        (folder / "payloads/1").unlink()
        (folder / "payloads/1").symlink_to(tmp_path / "secret")
        del packed.files["payloads/1"]
        assert check(packed)["code"] == "link"
        (folder / "payloads/1").unlink()
        (folder / "payloads").rmdir()
        (tmp_path / "1").write_bytes(b"ciphertext")
        (folder / "payloads").symlink_to(tmp_path)
        assert check(packed)["code"] == "link"

    def test_a_pipe_is_not_waited_for(self, check, packed, tmp_path):
        folder = packed.write(tmp_path / "package")
        (folder / "payloads/1").unlink()
        os.mkfifo(folder / "payloads/1")
        del packed.files["payloads/1"]
        assert check(packed)["code"] == "manifest_wrong"

    def test_a_zip_bomb_is_refused(self, run, packed, tmp_path):
        packed.files["bomb"] = b"\x00" * (257 << 20)
        packed.manifest["files"]["bomb"] = "0" * 64
        path = packed.write_zip(tmp_path / "package.zip")
        assert path.stat().st_size < 1_000_000
        found = run("export", path, "--vkey", packed.log.key.vkey)
        assert found["code"] == "too_large"

    def test_a_zip_that_names_a_member_twice_is_refused(self, run, packed, tmp_path):
        path = packed.write_zip(tmp_path / "package.zip")
        with (
            zipfile.ZipFile(path, "a") as archive,
            pytest.warns(UserWarning, match="Dup"),
        ):
            archive.writestr("payloads/1", b"other")
        found = run("export", path, "--vkey", packed.log.key.vkey)
        assert (found["status"], found["code"]) == (2, "zip")

    def test_what_spoils_a_zip_is_told(self, run, packed, tmp_path):
        path = tmp_path / "package.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in packed.members().items():
                archive.writestr(name, content)
        path.write_bytes(path.read_bytes().replace(b"ciphertext", b"cyphertext"))
        found = run("export", path, "--vkey", packed.log.key.vkey)
        assert found["status"] == 3
        assert found["message"].startswith("payloads/1 could not be read (Bad")
        path.write_bytes(b"PK rubbish")
        found = run("export", path, "--vkey", packed.log.key.vkey)
        assert found["message"] == "package.zip could not be read (BadZipFile)"

    @pytest.mark.parametrize(
        ("name", "data", "message"),
        [
            ("disclosed/1", b'{"commit_key":7,"texts":{}}', "nothing to compare with"),
            (
                "disclosed/1",
                b'{"commit_key":"x","texts":{"a":"b"}}',
                "no commitment key",
            ),
            ("disclosed/1", b"[]", "this is not an object in JSON"),
        ],
    )
    def test_why_a_disclosure_is_none_is_told(self, check, packed, name, data, message):
        packed.files[name] = data
        assert check(packed.seal())["message"] == message

    def test_an_entry_that_seals_nothing_shows_nothing(self, check, packed):
        packed.manifest["entries"][0] |= {"payload": "payloads/1"}
        found = check(packed)
        assert (found["index"], found["code"]) == (0, "nothing_sealed")
        assert found["message"] == "the entry seals nothing"

    def test_a_zip_that_holds_too_much_is_refused(
        self, run, packed, tmp_path, monkeypatch
    ):
        path = packed.write_zip(tmp_path / "package.zip")
        given = ("export", path, "--vkey", packed.log.key.vkey)
        size = sum(map(len, packed.members().values()))
        monkeypatch.setattr("audit.offline.sources.MAX_UNPACKED", size)
        monkeypatch.setattr("audit.offline.sources.MAX_MEMBERS", len(packed.members()))
        assert run(*given)["holds"]
        monkeypatch.setattr("audit.offline.sources.MAX_UNPACKED", size - 1)
        found = run(*given)
        assert (found["status"], found["code"]) == (2, "too_large")
        assert found["message"] == "the zip unpacks to too much"
        many = len(packed.members()) - 1
        monkeypatch.setattr("audit.offline.sources.MAX_MEMBERS", many)
        found = run(*given)
        assert found["code"] == "zip"
        assert found["message"] == "the zip holds too many names, or one twice"

    def test_an_address_is_no_package(self, run):
        given = ("--vkey", Key("x").vkey)
        assert run("export", "http://127.0.0.1:1/", *given)["code"] == "unreadable"


class TestMonitor:
    @pytest.fixture
    def log(self):
        return FolderLog(some_entries(700))

    @pytest.fixture
    def look(self, run, tmp_path, monkeypatch):
        def look(log, *options, size=None, at=1_800_000_000, vkey=None):
            if size is not None:
                log = FolderLog(log.entries[:size], log.key, log.witnesses)
            monkeypatch.setattr("audit.offline.commands.time.time", lambda: at)
            folder = log.write(tmp_path / "log")
            state = ["--state", tmp_path / "state", *options]
            return run("monitor", folder, "--vkey", vkey or log.key.vkey, *state)

        return look

    def test_it_follows_a_log_that_grows(self, look, log):
        assert look(log, size=0)["previous_size"] is None
        for size, before in [(1, 0), (255, 1), (300, 255), (300, 300), (700, 300)]:
            found = look(log, size=size)
            assert (found["size"], found["previous_size"]) == (size, before)

    def test_it_alarms_and_remembers_when_the_log_shrinks(self, look, log):
        look(log)
        for _ in range(2):
            found = look(log, size=300)
            assert (found["status"], found["code"]) == (1, "log_shrunk")
        assert look(log)["holds"]

    @pytest.mark.parametrize("size", [300, 700])
    def test_it_alarms_when_history_is_rewritten(self, look, log, size):
        look(log, size=size)
        found = look(FolderLog([b"x", *log.entries[1:]], log.key))
        assert (found["code"], found["index"]) == ("log_forked", size)

    def test_it_alarms_when_the_tiles_are_not_the_log_s(self, look, log, tmp_path):
        look(log, size=300)
        tile = bytearray(log.resources[path_of(0, 1)])
        tile[50 * 32] ^= 1
        log.resources[path_of(0, 1)] = bytes(tile)
        assert look(log)["code"] == "log_forked"
        del log.resources[path_of(0, 2, 188)]
        (tmp_path / "log" / path_of(0, 2, 188)).unlink()
        assert look(log)["status"] == 1

    def test_it_alarms_when_the_log_stands_still(self, look, log):
        assert look(log, "--max-age", 60)["holds"]
        assert look(log, "--max-age", 60, at=1_800_000_060)["age"] == 60
        found = look(log, "--max-age", 60, at=1_800_000_061)
        assert (found["status"], found["code"]) == (1, "log_stale")
        assert look(log, at=1_800_000_061)["stale"] is False

    def test_it_tells_what_it_saw(self, look, log, tmp_path):
        found = look(log)
        assert found["origin"] == ORIGIN
        assert found["root"] == log.tree.mth(0, 700).hex()
        assert (found["previous_size"], found["cosigned"]) == (None, {})
        found = look(log, "--max-age", 60, at=1_800_000_061)
        assert (found["code"], found["layer"]) == ("log_stale", "checkpoint")

    def test_it_says_so_when_it_cannot_remember(self, look, log, tmp_path):
        (tmp_path / "state.new").mkdir()
        found = look(log)
        assert (found["status"], found["code"]) == (3, "memory_unwritable")
        assert found["message"] == "the memory could not be written (IsADirectoryError)"

    def test_a_fresh_cosignature_shows_that_the_log_is_alive(self, look, tmp_path):
        witness = Key("w.example", kind=4)
        log = FolderLog(some_entries(3), witnesses=(witness,))
        policy = tmp_path / "policy"
        policy.write_text(f"witness w {witness.vkey}\nquorum w\n")
        options = ["--max-age", 60, "--policy", policy]
        look(log, *options, at=1_600_000_000)
        assert look(log, *options, at=1_700_000_010)["age"] == 10
        found = look(log, *options, at=1_699_999_990)
        assert found["code"] == "log_stale"
        found = look(log, *options, at=1_700_000_000)
        assert (found["age"], found["cosigned"]) == (0, {"w": 1_700_000_000})

    @pytest.mark.parametrize("place", [255, 511, 600])
    def test_it_follows_a_rotation_of_the_key(self, look, log, place):
        """Also when it was the last entry seen, signed by both keys, and fills a tile."""
        look(log, size=100)
        new = Key(log.key.name)
        text = f"clinrag key rotation\n{new.name}\n{log.key.vkey}\n{new.vkey}\n"
        rotation = entry(
            place,
            type="log.key_rotated",
            old_vkey=log.key.vkey,
            new_vkey=new.vkey,
            statement=note(text, log.key, new),
        )
        grown = FolderLog([*log.entries[:place], rotation], log.key)
        grown.resources["checkpoint"] = note(grown.text(), new).encode()
        assert look(grown)["code"] == "signature_missing"
        grown.resources["checkpoint"] = note(grown.text(), log.key, new).encode()
        assert look(grown)["size"] == place + 1
        silent = FolderLog([*grown.entries, b"x"], log.key)
        silent.resources["checkpoint"] = note(silent.text(), new).encode()
        assert look(silent)["size"] == place + 2
        silent = FolderLog([*silent.entries, b"y"], log.key)
        assert look(silent)["code"] == "signature_missing"

    def changed(self, log, place, *signers):
        """The log with a change of its key at a place, and the key that it has then."""
        new = Key(log.key.name)
        text = f"clinrag key rotation\n{new.name}\n{log.key.vkey}\n{new.vkey}\n"
        rotation = entry(
            place,
            type="log.key_rotated",
            old_vkey=log.key.vkey,
            new_vkey=new.vkey,
            statement=note(text, log.key, new),
        )
        entries = [*log.entries[:place], rotation, *log.entries[place + 1 :]]
        return FolderLog(entries, log.key), new

    @pytest.mark.parametrize("seen", [None, 10, 255, 256, 257, 300])
    @pytest.mark.parametrize("place", [0, 255, 256, 300])
    def test_a_key_that_was_changed_signs_nothing_later(self, look, log, seen, place):
        grown, new = self.changed(log, place)
        if seen is not None:
            signers = [log.key] * (seen <= place + 1) + [new] * (seen > place)
            grown.resources["checkpoint"] = note(grown.text(seen), *signers).encode()
            assert look(grown)["size"] == seen
        grown.resources["checkpoint"] = note(grown.text(), log.key).encode()
        found = look(grown)
        assert (found["status"], found["code"]) == (1, "signature_missing")
        grown.resources["checkpoint"] = note(grown.text(), new).encode()
        found = look(grown)
        assert (found["size"], found["signed_by"]) == (700, new.key_id.hex())
        assert found["entries_read"]

    def test_a_key_signs_up_to_its_change(self, look, log):
        """Though the full bundle, where the partial was dropped, holds the change."""
        grown, new = self.changed(log, 20)
        for name in [name for name in grown.resources if ".p/" in name]:
            del grown.resources[name]
        grown.resources["checkpoint"] = note(grown.text(10), log.key).encode()
        found = look(grown)
        assert (found["size"], found["signed_by"]) == (10, log.key.key_id.hex())
        grown.resources["checkpoint"] = note(grown.text(10), new).encode()
        assert look(grown)["code"] == "signature_missing"

    def test_it_says_when_entries_are_not_to_be_had(self, look, log, tmp_path):
        name = path_of("entries", 0)
        assert look(log)["entries_read"]
        (tmp_path / "state").unlink()
        del log.resources[name]
        (tmp_path / "log" / name).unlink()
        assert look(log)["entries_read"] is False
        (tmp_path / "state").unlink()
        (tmp_path / "log" / name).symlink_to(tmp_path / "log" / "checkpoint")
        assert look(log)["entries_read"] is False
        assert look(log, vkey=Key(log.key.name).vkey)["holds"], "known by its memory"
        (tmp_path / "state").unlink()
        assert look(log, vkey=Key(log.key.name).vkey)["code"] == "link"

    def test_it_reads_no_more_than_a_log_can_have_grown(self, look, log, monkeypatch):
        monkeypatch.setattr("audit.offline.monitor.MOST_BUNDLES", 2)
        assert look(log, size=512)["entries_read"]
        assert look(log)["entries_read"]
        monkeypatch.setattr("audit.offline.monitor.MOST_BUNDLES", 0)
        assert look(log)["entries_read"] is False

    @pytest.mark.parametrize("state", ["", "[]", "{}", '{"vkey":1}', "[" * 99_999])
    def test_it_says_malformed_when_its_memory_is(self, look, log, tmp_path, state):
        look(log)
        (tmp_path / "state").write_text(state)
        found = look(log)
        assert (found["status"], found["code"]) == (2, "memory_malformed")

    def test_it_says_so_when_the_memory_is_of_another_log(self, look, log):
        look(log)
        other = FolderLog(some_entries(3), Key("other.example"))
        assert look(other)["code"] == "signature_missing"


class Handler(BaseHTTPRequestHandler):
    """Serves a log; misbehaves under names that ask for it."""

    def do_GET(self):
        body = self.server.resources.get(self.path[1:])
        act = self.server.acts.get(self.path[1:])
        if act is not None:
            act(self)
        elif body is None:
            self.send_error(404)
        else:
            self.answer(gzip.compress(body), {"Content-Encoding": "gzip"})

    def answer(self, body, headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def redirect(self):
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_):
        pass


class TestWeb:
    @pytest.fixture
    def server(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.log = FolderLog(some_entries(300))
        server.resources, server.acts = server.log.resources, {}
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        server.server_close()
        thread.join()

    @pytest.fixture
    def check(self, run, server):
        def check():
            address = f"http://127.0.0.1:{server.server_port}/"
            return run("fsck", address, "--vkey", server.log.key.vkey)

        return check

    def test_fsck_reads_a_log_over_http(self, check):
        assert check()["size"] == 300

    @pytest.mark.parametrize(
        ("act", "status", "code"),
        [
            (lambda h: h.redirect(), 3, "unreadable"),
            (lambda h: h.send_error(500), 3, "unreadable"),
            (lambda h: h.send_error(404), 3, "missing"),
            (lambda h: h.wfile.write(b"rubbish\r\n"), 3, "unreadable"),
            (lambda h: h.answer(b"x", {"Content-Length": "9"}), 3, "unreadable"),
            (lambda h: h.answer(b"x", {"Content-Encoding": "gzip"}), 3, "unreadable"),
            (
                lambda h: h.answer(
                    gzip.compress(b"x" * 99)[:-9], {"Content-Encoding": "gzip"}
                ),
                3,
                "unreadable",
            ),
            (
                lambda h: h.answer(
                    gzip.compress(b"\x00" * 50_000_000), {"Content-Encoding": "gzip"}
                ),
                1,
                "too_large",
            ),
            (lambda h: h.answer(b"\x00" * 1_100_000, {}), 1, "too_large"),
        ],
    )
    def test_fsck_ends_when_the_server_misbehaves(
        self, check, server, act, status, code
    ):
        server.acts["checkpoint"] = act
        found = check()
        assert (found["status"], found["code"]) == (status, code)

    def test_fsck_ends_when_the_server_says_nothing(self, check, server, monkeypatch):
        done = threading.Event()
        server.acts["checkpoint"] = lambda h: done.wait(5)
        monkeypatch.setattr("audit.offline.places.HttpSource", impatient)
        assert check()["status"] == 3
        done.set()

    def test_fsck_ends_when_the_server_drips(self, check, server, monkeypatch):
        monkeypatch.setattr("audit.offline.web.LONGEST", 0.0)
        assert check()["code"] == "too_slow"

    def test_a_protected_log_is_read_with_an_authorization(
        self, run, server, tmp_path, monkeypatch
    ):
        """From a file or the environment; of all commands that read an address."""
        asked = []

        def guard(handler):
            asked.append(handler.headers["Authorization"])
            if asked[-1] != "Bearer s3cret":
                handler.send_error(401)
                return
            handler.answer(server.resources[handler.path[1:]], {})

        server.acts |= dict.fromkeys(server.resources, guard)
        address = f"http://127.0.0.1:{server.server_port}/"
        key = ("--vkey", server.log.key.vkey)
        state = ("--state", tmp_path / "state")
        older = tmp_path / "older"
        newer = tmp_path / "newer"
        older.write_text(server.log.note(7), encoding="utf-8")
        newer.write_text(server.log.note(), encoding="utf-8")
        (tmp_path / "secret").write_text("Bearer s3cret\n")
        monkeypatch.setenv("LOG_AUTHORIZATION", "Bearer s3cret")
        for given in (
            ("--authorization-file", tmp_path / "secret"),
            ("--authorization-env", "LOG_AUTHORIZATION"),
        ):
            assert run("fsck", address, *key, *given, "--entries")["size"] == 300
            assert run("monitor", address, *key, *state, *given)["entries_read"]
            consistent = ("consistency", older, newer, "--log", address)
            assert run(*consistent, *key, *given)["previous_size"] == 7
        assert set(asked) == {"Bearer s3cret"}
        assert run("fsck", address, *key)["code"] == "unreadable"
        assert asked[-1] is None

    def test_an_authorization_goes_nowhere_else(self, run, server, tmp_path):
        asked = []
        elsewhere = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        elsewhere.resources, elsewhere.acts = (
            server.resources,
            {
                name: lambda handler: asked.append(handler.path)
                for name in [*server.resources, "elsewhere"]
            },
        )
        thread = threading.Thread(target=elsewhere.serve_forever, daemon=True)
        thread.start()

        def redirect(handler):
            handler.send_response(302)
            to = f"http://127.0.0.1:{elsewhere.server_port}{handler.path}"
            handler.send_header("Location", to)
            handler.end_headers()

        server.acts["checkpoint"] = redirect
        (tmp_path / "secret").write_text("Bearer s3cret\n")
        found = run(
            "fsck", f"http://127.0.0.1:{server.server_port}/",
            "--vkey", server.log.key.vkey,
            "--authorization-file", tmp_path / "secret",
        )  # fmt: skip
        elsewhere.shutdown()
        elsewhere.server_close()
        thread.join()
        assert (found["status"], found["code"]) == (3, "unreadable")
        assert asked == []

    @pytest.mark.parametrize(
        ("address", "is_sent"),
        [
            ("http://example.org/", False),
            ("http://127.0.0.1.example.org/", False),
            ("http://localhost:1/", True),
            ("http://[::1]:1/", True),
            ("https://127.0.0.1:1/", True),
        ],
    )
    def test_an_authorization_is_not_sent_in_clear(
        self, run, tmp_path, address, is_sent
    ):
        (tmp_path / "secret").write_text("Bearer s3cret")
        given = ("--authorization-file", tmp_path / "secret")
        found = run("fsck", address, "--vkey", Key("x").vkey, *given)
        told = (3, "unreadable") if is_sent else (2, "authorization_in_clear")
        assert (found["status"], found["code"]) == told

    @pytest.mark.parametrize(
        "said",
        ["", "s3cret", "Bearer ", "Bearer s3cret\nX: y", "Bearer s3cret\rX",
         "Bearer \u00e9", "\u00e9 s3cret", "Bearer s3\x00cret", "Bearer " + "x" * 8_186,
         " Bearer s3cret", "Bear(er s3cret"],
    )  # fmt: skip
    def test_an_authorization_that_is_none_is_refused_and_not_told(
        self, run, tmp_path, monkeypatch, said
    ):
        address = ("http://127.0.0.1:1/", "--vkey", Key("x").vkey)
        (tmp_path / "secret").write_text(said, encoding="utf-8", newline="")
        found = run("fsck", *address, "--authorization-file", tmp_path / "secret")
        assert (found["status"], found["code"]) == (2, "authorization_malformed")
        assert "s3cret" not in str(found)
        monkeypatch.delenv("LOG_AUTHORIZATION", raising=False)
        found = run("fsck", *address, "--authorization-env", "LOG_AUTHORIZATION")
        assert found["code"] == "authorization_malformed"
        found = run("fsck", *address, "--authorization-file", tmp_path / "none")
        assert found["code"] == "missing"

    def test_the_longest_authorization_is_sent(self, run, tmp_path):
        (tmp_path / "secret").write_text("Bearer " + "x" * 8_185 + "\r\n")
        found = run(
            "fsck", "http://127.0.0.1:1/", "--vkey", Key("x").vkey,
            "--authorization-file", tmp_path / "secret",
        )  # fmt: skip
        assert found["code"] == "unreadable"

    @pytest.mark.parametrize(
        "address", ["http://", "http://[x", "http://a b/", "HTTP:///x", "http://\u00e9"]
    )
    def test_an_address_that_is_none_is_malformed(self, run, address):
        found = run("fsck", address, "--vkey", Key("x").vkey)
        assert (found["status"], found["code"]) == (2, "address")

    @pytest.mark.parametrize("place", ["file:///etc", "ftp://x/", "gopher://x"])
    def test_only_http_is_spoken(self, run, place):
        assert run("fsck", place, "--vkey", Key("x").vkey)["status"] == 3


def impatient(prefix, *, authorization):
    return HttpSource(prefix, timeout=0.2, authorization=authorization)


class TestProgram:
    def test_it_is_one_file_that_runs_alone(self, tmp_path):
        bundle.build_zipapp(tmp_path / "verifier.pyz")
        log = FolderLog(some_entries(3))
        folder = log.write(tmp_path / "log")
        command = [tmp_path / "verifier.pyz", "fsck", folder, "--vkey", log.key.vkey]
        done = subprocess.run(
            [sys.executable, "-I", *command],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert "fsck: holds" in done.stdout

    def test_its_bytes_are_the_same_each_time(self):
        assert bundle.zipapp_bytes() == bundle.zipapp_bytes()
        assert bundle.zipapp_bytes().startswith(b"#!/usr/bin/env python3\nPK")

    def test_it_says_what_it_needs_when_cryptography_is_missing(self, tmp_path):
        bundle.build_zipapp(tmp_path / "verifier.pyz")
        (tmp_path / "cryptography.py").write_text("raise ImportError\n")
        log = FolderLog(some_entries(3))
        folder = log.write(tmp_path / "log")
        start = (
            "import sys, runpy; sys.path.insert(0, sys.argv.pop(1));"
            "runpy.run_path(sys.argv.pop(1), run_name='__main__')"
        )
        command = [tmp_path, tmp_path / "verifier.pyz", "fsck", folder]
        done = subprocess.run(
            [sys.executable, "-c", start, *command, "--vkey", log.key.vkey],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 4, done.stderr
        assert "pip install cryptography" in done.stdout

    def test_it_tells_people_too_and_keeps_the_log_s_words_off_the_terminal(
        self, capsys, tmp_path
    ):
        key = Key("red\x7f\u202e.example")
        log = FolderLog(some_entries(3), key)
        folder = log.write(tmp_path / "log")
        assert main(["fsck", str(folder), "--vkey", key.vkey]) == 0
        told = capsys.readouterr().out
        assert "origin: red\\u007f\\u202e.example" in told
        (folder / path_of("entries", 0, 3)).write_bytes(struct.pack(">H", 9))
        assert main(["fsck", str(folder), "--vkey", key.vkey]) == 1
        told = capsys.readouterr().out
        assert "DOES NOT HOLD" in told
        assert "index: 0" in told

    @pytest.mark.parametrize(
        "arguments",
        [[], ["fsck"], ["what"], ["fsck", "x", "--vkey", "y", "--jobs", "0"],
         ["fsck", "x", "--vkey", "y", "--minimum-index", "٣"],
         ["fsck", "x", "--vkey", "y", "--jobs", "9" * 99]],
    )  # fmt: skip
    def test_it_says_how_it_is_used_when_it_is_not(self, arguments, capsys):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2
        capsys.readouterr()

    def test_a_fault_of_its_own_is_no_verdict(self, run, monkeypatch, tmp_path):
        def fail(_place, *, authorization):
            raise ZeroDivisionError

        monkeypatch.setattr("audit.offline.commands.open_log", fail)
        found = run("fsck", tmp_path, "--vkey", Key("x").vkey)
        assert (found["status"], found["code"]) == (3, "fault")
