"""`monitor`: a log looked at again and again, as a timer would."""

import json

import pytest

from tests.unit.audit.folder_logs import (
    ORIGIN,
    FolderLog,
    Key,
    entry,
    note,
    path_of,
    some_entries,
)


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

    def test_it_says_malformed_when_its_memory_holds_a_note_of_another_log(
        self, look, log, tmp_path
    ):
        look(log, size=300)
        memory = json.loads((tmp_path / "state").read_text())
        other = FolderLog(some_entries(3), Key("other.example"))
        memory |= {"note": other.note()}
        (tmp_path / "state").write_text(json.dumps(memory))
        found = look(log)
        told = found["status"], found["code"], found["message"]
        assert told == (2, "memory_malformed", "the memory is of another log")

    def test_a_log_whose_checkpoint_is_none_speaks_against_itself(
        self, look, log, tmp_path
    ):
        text = f"{ORIGIN}\n700\n"
        log.resources["checkpoint"] = note(text, log.key).encode()
        found = look(log)
        told = found["status"], found["layer"], found["code"], found["message"]
        assert told == (
            1, "checkpoint", "checkpoint_malformed", "this is no checkpoint",
        )  # fmt: skip
