"""The whole log read again, from a folder that an independent writer wrote."""

import zipfile

import pytest

from tests.unit.audit.folder_logs import (
    FolderLog,
    Key,
    b64,
    entry,
    entry_id,
    note,
    opening_text,
    pack,
    path_of,
    some_entries,
)

SIZES = [0, 1, 2, 255, 256, 257, 511, 512, 600]


@pytest.fixture
def check(run, tmp_path):
    def check(log, *options, vkey=None):
        log.write(tmp_path / "log")
        return run("fsck", tmp_path / "log", "--vkey", vkey or log.key.vkey, *options)

    return check


def told(found):
    return found["status"], found["layer"], found["index"], found["code"]


@pytest.mark.parametrize("size", SIZES)
def test_fsck_holds_for_logs_of_every_shape(check, size):
    log = FolderLog(some_entries(size))
    found = check(log, "--entries")
    assert found["holds"]
    assert (found["size"], found["entries"], found["pruned"]) == (size, size, 0)
    assert found["root"] == log.tree.mth(0, size).hex()


def test_fsck_holds_for_three_levels_of_tiles_and_several_processes(check):
    log = FolderLog([b"%d" % number for number in range(66_000)])
    assert check(log)["holds"]
    assert check(log, "--jobs", 2)["size"] == 66_000
    log.resources[path_of("entries", 255)] = pack([b"other"] * 256)
    assert told(check(log, "--jobs", 2)) == (1, "leaf", 255 * 256, "leaf_wrong")
    log = FolderLog(log.entries, log.key)
    log.resources[path_of(2, 0, 1)] = b"\x00" * 32
    assert told(check(log)) == (1, "tile", 0, "tile_wrong")
    log = FolderLog(log.entries, log.key)
    tile = bytearray(log.resources[path_of(1, 0)])
    tile[9 * 32] ^= 1
    log.resources[path_of(1, 0)] = bytes(tile)
    assert told(check(log)) == (1, "tile", 9 * 256, "tile_wrong")


def test_fsck_takes_a_full_tile_where_the_partial_one_was_dropped(check):
    small, large = FolderLog(some_entries(300)), FolderLog(some_entries(600))
    large.resources["checkpoint"] = note(small.text(), large.key).encode()
    large.resources[path_of(1, 0, 1)] = small.resources[path_of(1, 0, 1)]
    assert check(large, "--entries")["size"] == 300


@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 599])
def test_fsck_names_the_entry_when_one_byte_of_it_was_changed(check, index):
    log = FolderLog(some_entries(600))
    entries = list(log.entries)
    entries[index] = entries[index].replace(b"actor", b"actoR")
    number = index // 256
    some = entries[number * 256 : number * 256 + 256]
    log.resources[path_of("entries", number, len(some))] = pack(some)
    assert told(check(log)) == (1, "leaf", index, "leaf_wrong")


def test_fsck_blames_the_tile_when_only_its_hash_was_changed(check):
    log = FolderLog(some_entries(600))
    tile = bytearray(log.resources[path_of(0, 1)])
    tile[40 * 32] ^= 1
    log.resources[path_of(0, 1)] = bytes(tile)
    assert told(check(log)) == (1, "tile", 296, "tile_wrong")


def test_fsck_names_the_first_index_when_two_entries_were_swapped(check):
    log = FolderLog(some_entries(300))
    entries = list(log.entries)
    entries[7], entries[9] = entries[9], entries[7]
    log.resources[path_of("entries", 0)] = pack(entries[:256])
    assert told(check(log)) == (1, "leaf", 7, "leaf_wrong")


@pytest.mark.parametrize(
    ("spoil", "index", "code"),
    [
        (lambda data: data[:-1], 299, "bundle_length"),
        (lambda data: data + b"\x00", 299, "bundle_length"),
        (lambda data: data[:1], 256, "bundle_length"),
        (lambda data: b"", 256, "bundle_length"),
        (lambda data: b"\xff\xff" + data[2:], 256, "bundle_length"),
        (lambda data: b"\x00" * 20_000_000, 256, "too_large"),
        (None, 256, "bundle_missing"),
    ],
)
def test_fsck_names_the_bundle_when_it_does_not_come_apart(check, spoil, index, code):
    log = FolderLog(some_entries(300))
    name = path_of("entries", 1, 44)
    data = log.resources.pop(name)
    if spoil is not None:
        log.resources[name] = spoil(data)
    assert told(check(log)) == (1, "bundle", index, code)


@pytest.mark.parametrize(
    ("name", "data", "index", "code"),
    [
        (path_of(0, 1, 44), b"", 256, "tile_length"),
        (path_of(0, 1, 44), b"\x00" * 9000, 256, "too_large"),
        (path_of(0, 1, 44), None, 256, "tile_missing"),
        (path_of(1, 0, 1), None, 0, "tile_missing"),
        (path_of(1, 0, 1), b"\x00" * 31, 0, "tile_length"),
    ],
)
def test_fsck_names_the_tile_when_it_cannot_be_read(check, name, data, index, code):
    log = FolderLog(some_entries(300))
    del log.resources[name]
    if data is not None:
        log.resources[name] = data
    assert told(check(log)) == (1, "tile", index, code)


def test_fsck_objects_when_the_whole_log_was_written_anew(check):
    log = FolderLog(some_entries(300))
    rewritten = FolderLog([b"x", *log.entries[1:]], log.key)
    rewritten.resources["checkpoint"] = log.note().encode()
    assert told(check(rewritten)) == (1, "checkpoint", 256, "root_wrong")


def test_fsck_objects_when_a_checkpoint_held_elsewhere_says_otherwise(check, tmp_path):
    log = FolderLog(some_entries(300))
    held = tmp_path / "held"
    held.write_text(log.note(200), encoding="utf-8")
    assert check(log, "--held", held)["held"][0]["size"] == 200
    rewritten = FolderLog([b"x", *log.entries[1:]], log.key)
    assert told(check(rewritten, "--held", held)) == (1, "held", 200, "log_forked")
    cut = FolderLog(log.entries[:150], log.key)
    assert told(check(cut, "--held", held)) == (1, "held", 150, "log_shrunk")


def test_fsck_objects_when_another_key_signed(check):
    log = FolderLog(some_entries(3))
    stranger = Key(log.key.name)
    assert told(check(log, vkey=stranger.vkey)) == (
        1, "signature", None, "signature_missing",
    )  # fmt: skip
    log.resources["checkpoint"] = note(log.text(), Key("other.log")).encode()
    assert check(log)["code"] == "signature_missing"


def test_fsck_objects_when_the_signature_is_not_over_this_text(check):
    log = FolderLog(some_entries(3))
    tail = log.note().partition("\n\n")[2]
    log.resources["checkpoint"] = (log.text(2) + "\n" + tail).encode()
    assert told(check(log)) == (1, "signature", None, "signature_invalid")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "note_malformed"),
        (b"\xff", "not_utf8"),
        (b"\n\n\n\n", "note_malformed"),
        (b"a\r\n3\n\n\n", "note_malformed"),
        (b"x" * 1_000_001, "too_large"),
    ],
)
def test_fsck_objects_when_the_checkpoint_is_none(check, data, code):
    log = FolderLog(some_entries(3))
    log.resources["checkpoint"] = data
    assert told(check(log)) == (1, "checkpoint", None, code)


def test_fsck_says_unreadable_when_there_is_no_log(run, tmp_path):
    key = Key("x").vkey
    assert run("fsck", tmp_path / "none", "--vkey", key)["status"] == 3
    assert run("fsck", tmp_path, "--vkey", key)["status"] == 3


def test_fsck_says_malformed_when_the_key_is_a_witness_s(check):
    log = FolderLog(some_entries(3))
    assert check(log, vkey=Key("w", kind=4).vkey)["code"] == "vkey_of_witness"
    assert check(log, vkey="rubbish")["status"] == 2


def test_fsck_reads_on_when_old_entries_were_pruned(check):
    log = FolderLog(some_entries(600))
    del log.resources[path_of("entries", 0)]
    assert told(check(log)) == (1, "bundle", 0, "bundle_missing")
    found = check(log, "--minimum-index", 256, "--entries")
    assert (found["entries"], found["pruned"]) == (344, 256)
    assert told(check(log, "--minimum-index", 255))[1] == "bundle"


def test_fsck_reads_a_zip_as_it_reads_a_folder(run, tmp_path):
    log = FolderLog(some_entries(300))
    with zipfile.ZipFile(tmp_path / "log.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in log.resources.items():
            archive.writestr(name, data)
    assert run("fsck", tmp_path / "log.zip", "--vkey", log.key.vkey)["size"] == 300


def policy_of(*witnesses, quorum):
    lines = [f"witness w{at} {key.vkey}" for at, key in enumerate(witnesses)]
    return "\n".join([*lines, *quorum]) + "\n"


def test_fsck_counts_the_witnesses_of_the_policy(check, tmp_path):
    one, two = Key("one.example", kind=4), Key("two.example", kind=4)
    log = FolderLog(some_entries(3), witnesses=(one,))
    policy = tmp_path / "policy"
    policy.write_text(policy_of(one, two, quorum=["group g any w0 w1", "quorum g"]))
    assert check(log, "--policy", policy)["cosigned"] == {"w0": 1_700_000_000}
    policy.write_text(policy_of(one, two, quorum=["group g all w0 w1", "quorum g"]))
    assert told(check(log, "--policy", policy)) == (
        1, "witness", None, "quorum_missed",
    )  # fmt: skip


class TestEntries:
    def log(self, *entries):
        return FolderLog([entry(0, type="query.received"), *entries])

    def end(self, number, question):
        return entry(number, type="answer.released", query_entry_id=entry_id(question))

    def test_each_question_ends_once(self, check):
        assert check(self.log(self.end(1, 0)), "--entries")["open_questions"] == 0
        assert check(self.log(), "--entries")["open_questions"] == 1

    @pytest.mark.parametrize(
        ("more", "layer", "index", "code"),
        [
            ([b"{}"], "entry", 1, "entry_unknown_members"),
            ([b'{"a":1.5}'], "entry", 1, "entry_not_json"),
            ([b'{"a":1,"a":1}'], "entry", 1, "entry_not_canonical"),
            ([b"[]"], "entry", 1, "entry_not_canonical"),
            ([b""], "entry", 1, "entry_not_json"),
        ],
    )
    def test_what_is_no_entry_is_named(self, check, more, layer, index, code):
        assert told(check(self.log(*more), "--entries")) == (1, layer, index, code)
        assert check(self.log(*more))["holds"]

    def test_a_question_that_ends_twice_is_named(self, check):
        log = self.log(self.end(1, 0), self.end(2, 0))
        assert told(check(log, "--entries")) == (1, "life", 2, "life_broken")

    def test_an_answer_to_a_question_not_asked_is_named(self, check):
        log = self.log(self.end(1, 9))
        assert told(check(log, "--entries")) == (1, "life", 1, "life_broken")

    def test_an_answer_without_a_question_is_named(self, check):
        log = self.log(entry(1, type="answer.lost"))
        assert told(check(log, "--entries")) == (1, "entry", 1, "answer_unasked")

    def test_a_question_asked_twice_is_named(self, check):
        log = self.log(entry(0, type="query.received"))
        assert told(check(log, "--entries")) == (1, "life", 1, "life_broken")

    def test_a_question_left_open_for_long_is_named(self, check):
        late = entry(15 * 60 + 1)
        assert told(check(self.log(late), "--entries")) == (
            1, "life", 0, "life_broken",
        )  # fmt: skip
        assert check(self.log(entry(15 * 60)), "--entries")["holds"]

    def test_an_entry_without_a_time_is_named(self, check):
        timeless = entry(1).replace(b"T05:", b"T99:")
        found = check(self.log(timeless), "--entries")
        assert told(found) == (1, "entry", 1, "entry_time")


class TestRotation:
    def rotated(self, old, new, *signers, text=None, **changed):
        text = text or (f"clinrag key rotation\n{old.name}\n{old.vkey}\n{new.vkey}\n")
        fields = {
            "old_vkey": old.vkey,
            "new_vkey": new.vkey,
            "statement": note(text, *(signers or (old, new))),
        }
        return entry(1, type="log.key_rotated", **(fields | changed))

    def log(self, old, new, *, rotation, signed_by):
        log = FolderLog([entry(0), rotation, entry(2)], key=old)
        log.resources["checkpoint"] = note(log.text(), signed_by).encode()
        return log

    def test_the_chain_is_followed_when_both_keys_signed_the_rotation(self, check):
        old, new = Key("log.example"), Key("log.example")
        log = self.log(old, new, rotation=self.rotated(old, new), signed_by=new)
        found = check(log)
        assert found["rotations"] == [{"index": 1, "key_id": new.key_id.hex()}]
        assert found["signed_by"] == new.key_id.hex()
        assert not found["signed_by_given_key"]
        assert check(log, vkey=new.vkey)["warnings"] == []

    def test_each_checkpoint_needs_the_key_of_its_size(self, check, tmp_path):
        old, new = Key("log.example"), Key("log.example")
        log = self.log(old, new, rotation=self.rotated(old, new), signed_by=new)
        held = tmp_path / "held"
        for size, signers, holds in [
            (1, [old], True), (1, [new], False), (2, [old], False), (2, [new], False),
            (2, [old, new], True), (3, [old], False), (3, [new], True),
        ]:  # fmt: skip
            held.write_text(note(log.text(size), *signers), encoding="utf-8")
            for given in (old, new):
                found = check(log, "--held", held, vkey=given.vkey)
                assert found["holds"] is holds

    @pytest.mark.parametrize("copies", [0, 1])
    def test_a_retired_key_speaks_not_for_who_trusts_its_successor(self, check, copies):
        """It signs another successor in a fork, and adds its public change of key."""
        old, new, other = (Key("log.example") for _ in range(3))
        rotation = self.rotated(old, new)
        forked = [self.rotated(old, other), *[rotation] * (1 + copies)]
        log = FolderLog([entry(0), *forked, entry(3)], key=other)
        assert check(log, vkey=new.vkey)["code"] == "signature_missing"
        log.resources["checkpoint"] = note(log.text(), new).encode()
        assert check(log, vkey=new.vkey)["holds"]

    def test_a_retired_key_alone_signs_no_log_that_ends_with_its_change(self, check):
        old, new = Key("log.example"), Key("log.example")
        log = FolderLog([entry(0), self.rotated(old, new)], key=old)
        assert check(log, vkey=new.vkey)["code"] == "signature_missing"
        log.resources["checkpoint"] = note(log.text(), old, new).encode()
        assert check(log, vkey=new.vkey)["holds"]

    def test_two_rotations_are_followed_both_ways(self, check):
        keys = [Key("log.example") for _ in range(3)]
        log = FolderLog(
            [self.rotated(keys[0], keys[1]), self.rotated(keys[1], keys[2])]
        )
        log.resources["checkpoint"] = note(
            log.text().replace(log.key.name, "log.example"), keys[2], keys[1]
        ).encode()
        for key in keys:
            found = check(log, vkey=key.vkey)
            assert [rotation["index"] for rotation in found["rotations"]] == [0, 1]

    def test_the_old_key_alone_no_longer_does(self, check):
        old, new = Key("log.example"), Key("log.example")
        log = self.log(old, new, rotation=self.rotated(old, new), signed_by=old)
        assert check(log)["code"] == "signature_missing"

    @pytest.mark.parametrize("case", ["old", "new", "text", "name", "fields", "kind"])
    def test_a_rotation_that_not_both_agreed_to_takes_nothing_over(self, check, case):
        old, new = Key("log.example"), Key("log.example")
        other = Key("other.example")
        rotation = {
            "old": lambda: self.rotated(old, new, new),
            "new": lambda: self.rotated(old, new, old),
            "text": lambda: self.rotated(old, new, text="something else\n"),
            "name": lambda: self.rotated(old, other),
            "fields": lambda: self.rotated(old, new, statement=7),
            "kind": lambda: self.rotated(old, Key("log.example", kind=4)),
        }[case]()
        found = check(self.log(old, new, rotation=rotation, signed_by=old))
        assert found["holds"]
        assert found["rotations"] == []
        assert len(found["warnings"]) == 1
        log = self.log(old, new, rotation=rotation, signed_by=new)
        assert check(log)["code"] == "signature_missing"


class TestShard:
    def opened(self, old, new, *, signers=None, said=None, **changed):
        before = note(f"{old.name}\n9\n{b64(bytes(32))}\n", old)
        fields = {
            "shard": 2,
            "origin": new.name,
            "vkey": new.vkey,
            "hash": "sha-256",
            "first_index": 7,
            "predecessor_note": before,
            "recovered_size": 7,
            "recovered_root": "00",
            "lost_from": 7,
            "lost_to": 9,
            "authorization_id": "a",
            "requested_by": "anna",
            "approved_by": "ben",
        }
        said = said or opening_text(fields)
        fields["handover"] = note(said, *(signers or (old, new)))
        return entry(0, type="log.shard_opened", **(fields | changed))

    @pytest.fixture
    def keys(self):
        return Key("log.example"), Key("log.example/2")

    def test_the_shard_says_what_it_follows(self, check, keys):
        old, new = keys
        log = FolderLog([self.opened(old, new), TestEntries().end(1, 5)], key=new)
        shard = check(log, "--entries")["shard"]
        assert (shard["lost_from"], shard["predecessor_size"]) == (7, 9)
        assert not shard["predecessor_checked"]
        shard = check(log, "--predecessor", old.vkey)["shard"]
        assert shard == {
            "shard": 2,
            "first_index": 7,
            "recovered_size": shard["recovered_size"],
            "recovered_root": shard["recovered_root"],
            "lost_from": 7,
            "lost_to": shard["lost_to"],
            "predecessor_origin": "log.example",
            "predecessor_size": 9,
            "predecessor_checked": True,
            "handed_over": True,
        }

    def test_the_shard_says_when_the_old_key_was_lost(self, check, keys):
        old, new = keys
        log = FolderLog([self.opened(old, new, signers=[new])], key=new)
        shard = check(log, "--predecessor", old.vkey)["shard"]
        assert not shard["handed_over"]

    def test_the_shard_is_refused_when_another_key_signed_before(self, check, keys):
        old, new = keys
        log = FolderLog([self.opened(old, new)], key=new)
        found = check(log, "--predecessor", Key("log.example").vkey)
        assert told(found) == (1, "shard", 0, "opening_invalid")

    @pytest.mark.parametrize(
        "changed",
        [
            {"approved_by": "anna"},
            {"approved_by": ""},
            {"origin": "log.example/3"},
            {"hash": "md5"},
            {"first_index": 8},
            {"lost_from": 6},
            {"lost_from": None, "lost_to": None},
            {"recovered_root": "01"},
            {"authorization_id": "b"},
            {"more": 1},
            {"predecessor_note": "rubbish"},
            {"predecessor_note": None},
            {"said": "clinrag shard opening\n"},
            {"signers": [Key("log.example")]},
        ],
    )
    def test_the_shard_is_refused_when_its_opening_is_wrong(self, check, keys, changed):
        old, new = keys
        log = FolderLog([self.opened(old, new, **changed)], key=new)
        assert told(check(log)) == (1, "shard", 0, "opening_invalid")

    def test_the_shard_is_refused_when_it_was_opened_for_another(self, check, keys):
        old, new = keys
        log = FolderLog([self.opened(old, new)], key=Key("log.example/3"))
        assert told(check(log)) == (1, "shard", 0, "opening_invalid")


def test_fsck_tells_what_a_checkpoint_held_elsewhere_says(check, tmp_path):
    log = FolderLog(some_entries(9))
    (tmp_path / "held").write_text(log.note(5), encoding="utf-8")
    found = check(log, "--held", tmp_path / "held")
    assert found["held"] == [{"size": 5, "root": log.tree.mth(0, 5).hex()}]


def test_fsck_passes_by_what_only_looks_like_an_entry_about_the_log(check):
    odd = [b'{"type":"log.', b'"type":"log.key_rotated"', b'\xff"type":"log.']
    log = FolderLog([entry(0), *odd, entry(4)])
    found = check(log)
    assert (found["size"], found["rotations"], found["warnings"]) == (5, [], [])
    assert told(check(log, "--entries"))[:3] == (1, "entry", 1)


def test_fsck_blames_the_entry_when_no_tile_above_can_be_asked(check):
    log = FolderLog(some_entries(300))
    name = path_of(0, 0)
    tile = bytearray(log.resources[name])
    tile[7 * 32] ^= 1
    log.resources[name] = bytes(tile)
    log.resources[path_of(1, 0, 1)] = b"short"
    assert told(check(log)) == (1, "leaf", 7, "leaf_wrong")


def test_fsck_names_the_tile_above_that_is_not_that_of_the_one_below(check):
    log = FolderLog(some_entries(600))
    name = path_of(1, 0, 2)
    tile = bytearray(log.resources[name])
    tile[40] ^= 1
    log.resources[name] = bytes(tile)
    found = check(log)
    assert told(found) == (1, "tile", 256, "tile_wrong")
    assert found["message"].startswith("a stored hash of level 1 is not that of")
