"""`proof` and `consistency`, as a script would run them."""

import pytest

from tests.unit.audit.folder_logs import ORIGIN, FolderLog, Key, some_entries


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
