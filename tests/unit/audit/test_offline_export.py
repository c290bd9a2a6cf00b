"""`export`: an evidence package, as a script would check it."""

import hashlib
import json
import os
import zipfile

import pytest

from tests.unit.audit.folder_logs import ORIGIN, Key
from tests.unit.audit.packages import SEALED, Packed, rotated


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
