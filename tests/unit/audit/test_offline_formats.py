"""Keys, signatures and proofs at their limits, as the offline verifier reads them."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from audit.offline import bundle, cli, encoding, keys, notes, policy, proofs, tiles
from audit.offline.entries import Fact, Lives, read_facts
from audit.offline.fsck import LARGEST_LOG, Task, fsck
from audit.offline.keychain import (
    Keychain,
    Placed,
    read_opening,
    read_rotation,
    trusted_through,
)
from audit.offline.problems import Malformed, Missing, Rejected, Unequipped
from audit.offline.sources import FolderSource
from tests.unit.audit.folder_logs import (
    FolderLog,
    Key,
    b64,
    entry,
    note,
    opening_text,
    path_of,
    some_entries,
)

LOG = FolderLog(some_entries(3))
PUBLIC = keys.read_vkey(LOG.key.vkey)
WITNESS = keys.read_vkey(Key("w.example", kind=4).vkey)
STEP = b64(b"\x07" * 32)


def refusal_of(call, kind=Rejected):
    with pytest.raises(kind) as refusal:
        call()
    problem = refusal.value
    return problem.code, problem.layer, str(problem)


@pytest.mark.parametrize("length", [0, 63, 65, 71, 73])
@pytest.mark.parametrize("key", [PUBLIC, WITNESS])
def test_a_signature_of_another_length_is_refused(key, length):
    assert refusal_of(lambda: key.verify("x\n", bytes(length))) == (
        "signature_invalid", "", "a signature has a wrong length",
    )  # fmt: skip


def test_a_cosignature_of_a_time_beyond_the_largest_is_refused():
    late = b"\x80" + bytes(7) + bytes(64)
    assert refusal_of(lambda: WITNESS.verify("x\n", late))[2] == (
        "a signature has a wrong length"
    )
    latest = b"\x7f" + b"\xff" * 7 + bytes(64)
    assert refusal_of(lambda: WITNESS.verify("x\n", latest)) == (
        "signature_invalid", "signature", "the signature is not by this key",
    )  # fmt: skip


def test_a_log_s_signature_names_no_time_and_a_witness_s_does():
    witness = Key("w.example", kind=4)
    parsed = notes.read_note(note(LOG.text(), LOG.key, witness))
    assert parsed.times_signed_by(PUBLIC) == [None]
    assert parsed.times_signed_by(keys.read_vkey(witness.vkey)) == [1_700_000_000]
    assert parsed.times_signed_by(WITNESS) == []


def test_without_cryptography_no_signature_is_judged(monkeypatch):
    monkeypatch.setattr(keys, "IS_EQUIPPED", False)
    code, _, sentence = refusal_of(
        lambda: PUBLIC.verify("x\n", bytes(64)), kind=Unequipped
    )
    assert code == "cryptography_missing"
    assert sentence == (
        "the Python package `cryptography` is needed to check signatures:"
        " pip install cryptography"
    )
    assert Unequipped.status == 4


@pytest.mark.parametrize("length", [2000, 2001])
def test_a_key_has_a_longest_text(length):
    rest = len(Key("").vkey)
    vkey = Key("n" * (length - rest)).vkey
    assert len(vkey) == length
    if length == keys.MAX_VKEY:
        assert keys.read_vkey(f"{vkey}").vkey == vkey
    else:
        assert refusal_of(lambda: keys.read_vkey(vkey), Malformed)[0] == "vkey_invalid"


@pytest.mark.parametrize("count", [0, 1, 126, 127])
def test_a_path_has_a_longest_length(count):
    lines = [STEP] * count
    if count <= 2 * proofs.MAX_PATH:
        assert proofs.read_path(lines) == (b"\x07" * 32,) * count
    else:
        assert refusal_of(lambda: proofs.read_path(lines))[0] == "proof_malformed"


def test_a_proof_with_extra_is_read_and_the_extra_is_not_believed():
    text = LOG.proof(1).replace("index", "extra aGVsbG8=\nindex", 1)
    assert proofs.read_tlog_proof(text) == proofs.read_tlog_proof(LOG.proof(1))
    spoiled = text.replace("aGVsbG8=", "aGVsbG9=")
    assert refusal_of(lambda: proofs.read_tlog_proof(spoiled))[0] == "base64_invalid"


def test_a_note_is_read_up_to_its_limits_and_no_further():
    line = LOG.key.line(LOG.text())
    full = LOG.text() + "\n" + line * notes.MAX_SIGNATURES
    assert len(notes.read_note(full).signatures) == 100
    assert refusal_of(lambda: notes.read_note(full + line))[0] == "note_malformed"
    longest = "x" * (notes.MAX_SIZE - len(line) - 2) + f"\n\n{line}"
    assert notes.read_note(longest).text.startswith("x")
    assert refusal_of(lambda: notes.read_note("x" + longest))[0] == "note_malformed"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "000"),
        (999, "999"),
        (1000, "x001/000"),
        (1234067, "x001/x234/067"),
        (70_001_002, "x070/x001/002"),
    ],
)
def test_tiles_are_named_as_c2sp_names_them(number, name):
    assert tiles.tile_name(3, number) == f"tile/3/{name}" == path_of(3, number)
    assert tiles.tile_name("entries", number, 7) == f"tile/entries/{name}.p/7"


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        (0, [0, 0, 0]),
        (1, [1, 0, 0]),
        (256, [256, 1, 0]),
        (70_000, [256, 256, 1]),
    ],
)
def test_tiles_are_as_wide_as_c2sp_says(size, widths):
    assert [tiles.width_of(level, 0, size) for level in range(3)] == widths


def test_the_example_of_c2sp_has_its_widths():
    assert [tiles.width_of(0, n, 70_000) for n in (272, 273, 274)] == [256, 112, 0]
    assert [tiles.width_of(1, n, 70_000) for n in (0, 1, 2)] == [256, 17, 0]


def test_bundles_tell_where_they_break():
    two = b"\x00\x01a\x00\x02bc"
    assert tiles.split_bundle(two, 2) == [b"a", b"bc"]
    for data, count, index in [
        (two[:-1], 2, 1), (two[:4], 2, 1), (two[:3], 2, 1), (two[:2], 2, 0),
        (two, 3, 2), (two, 1, 0), (two + b"x", 2, 1), (b"", 1, 0), (b"\x00", 1, 0),
    ]:  # fmt: skip
        for take_apart in (tiles.split_bundle, tiles.hash_bundle):
            with pytest.raises(Rejected) as refusal:
                take_apart(data, count)
            problem = refusal.value
            assert (problem.code, problem.layer) == ("bundle_length", "bundle")
            assert problem.index == index


def test_text_and_numbers_have_limits():
    longest = b"x" * encoding.MAX_TEXT
    assert encoding.read_text(longest) == longest.decode()
    assert refusal_of(lambda: encoding.read_text(longest + b"x"))[0] == "too_large"
    assert refusal_of(lambda: encoding.read_text(b"\xff"))[0] == "not_utf8"
    assert encoding.read_decimal("9223372036854775807") == 2**63 - 1
    for text in ("9223372036854775808", "", "01", "1 ", "\u0663", "9" * 20):
        assert (
            refusal_of(lambda t=text: encoding.read_decimal(t))[0] == "number_invalid"
        )


@pytest.mark.parametrize(
    "text",
    ["", "x\n", "x\n3\n", f"x\n3\n{b64(bytes(31))}\n", f"\n3\n{b64(bytes(32))}\n"],
)
def test_a_note_that_is_no_checkpoint_is_refused(text):
    code, _, sentence = refusal_of(lambda: notes.Note(text, ()).tree())
    assert (code, sentence) == ("checkpoint_malformed", "this is no checkpoint")


class Nothing:
    """A log of which there is nothing but a checkpoint."""

    def __init__(self, size):
        text = f"{LOG.key.name}\n{size}\n{b64(bytes(32))}\n"
        self.note = note(text, LOG.key).encode()

    def read(self, name, *, limit):
        if name == "checkpoint":
            return self.note
        raise Missing("nothing", code="missing")

    def names(self):
        return ()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (LARGEST_LOG, ("bundle_missing", "bundle", "nothing")),
        (LARGEST_LOG + 1, ("too_large", "checkpoint", "no log is so long")),
    ],
)
def test_a_log_has_a_longest_length(size, told):
    assert refusal_of(lambda: fsck(Task(Nothing(size), PUBLIC))) == told


OLD, NEW = Key("log.example"), Key("log.example")
STATEMENT = f"clinrag key rotation\nlog.example\n{OLD.vkey}\n{NEW.vkey}\n"
ROTATED = {
    "old_vkey": OLD.vkey,
    "new_vkey": NEW.vkey,
    "statement": note(STATEMENT, OLD, NEW),
}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"old_vkey": 7}, "rotation_malformed"),
        ({"new_vkey": OLD.vkey}, "rotation_of_another"),
        ({"new_vkey": Key("other").vkey}, "rotation_of_another"),
        ({"new_vkey": Key("log.example").vkey}, "rotation_altered"),
        ({"statement": note(STATEMENT, OLD)}, "rotation_unsigned"),
        ({"statement": note(STATEMENT, NEW)}, "rotation_unsigned"),
    ],
)
def test_a_rotation_says_why_it_is_none(changed, code):
    rotation = read_rotation(7, ROTATED)
    assert (rotation.index, rotation.old.vkey) == (7, OLD.vkey)
    assert rotation.new.vkey == NEW.vkey
    assert refusal_of(lambda: read_rotation(7, ROTATED | changed))[0] == code


NEXT = Key("log.example/2")
BEFORE = note(f"log.example\n9\n{b64(bytes(32))}\n", NEW)
OPENED = {
    "shard": 2,
    "origin": NEXT.name,
    "vkey": NEXT.vkey,
    "hash": "sha-256",
    "first_index": 7,
    "predecessor_note": BEFORE,
    "recovered_size": 9,
    "lost_from": None,
    "requested_by": "anna",
    "approved_by": "ben",
}
HANDOVER = opening_text(OPENED)
OPENED["handover"] = note(HANDOVER, NEW, NEXT)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"hash": "md5"}, "opening_malformed"),
        ({"handover": note(HANDOVER, NEW)}, "opening_altered"),
        ({"first_index": 8}, "opening_altered"),
        ({"shard": 3}, "opening_altered"),
        ({"lost_from": 1}, "opening_altered"),
        ({"lost_from": float("nan")}, "opening_malformed"),
        ({"vkey": NEW.vkey}, "opening_altered"),
    ],
)
def test_an_opening_says_why_it_is_none(changed, code):
    assert read_opening(OPENED).key.vkey == NEXT.vkey
    assert refusal_of(lambda: read_opening(OPENED | changed))[0] == code
    assert refusal_of(lambda: read_opening(OPENED, "another"))[0] == "opening_altered"


def size_of(count, *signers):
    return notes.read_note(
        note(f"{signers[0].name}\n{count}\n{b64(bytes(32))}\n", *signers)
    )


def vouched(trust, count, *signers):
    try:
        return trust.signed(size_of(count, *signers)).size == count
    except Rejected as problem:
        return problem.code != "signature_missing"


CHANGE = Placed(OLD.name, 4, entry(1, type="log.key_rotated", **ROTATED))
START = Placed(NEXT.name, 0, entry(2, type="log.shard_opened", **OPENED))
SAID_BY = [(3, OLD), (4, OLD), (5, OLD, NEW), (6, NEW), (99, NEW), (1, NEXT)]
NOT_SAID_BY = [(4, NEW), (5, OLD), (5, NEW), (6, OLD), (99, OLD), (1, Key(NEXT.name))]


@pytest.mark.parametrize("given", [[OLD], [NEW], [OLD, NEW], [NEW, OLD]])
@pytest.mark.parametrize("entries", [[CHANGE, START], [START, CHANGE]])
def test_trust_passes_on_by_rotations_and_handovers_whatever_their_order(
    given, entries
):
    trust = trusted_through([keys.read_vkey(key.vkey) for key in given], entries)
    assert [vouched(trust, *said) for said in SAID_BY] == [True] * len(SAID_BY)
    assert [vouched(trust, *said) for said in NOT_SAID_BY] == [False] * 6


def test_trust_passes_to_nobody_when_the_chain_is_not_the_key_s():
    trust = trusted_through([PUBLIC], [CHANGE, START])
    assert not any(vouched(trust, *said) for said in SAID_BY)
    trust = trusted_through([keys.read_vkey(NEXT.vkey)], [CHANGE, START])
    assert [vouched(trust, *said) for said in SAID_BY] == [False] * 5 + [True]


@pytest.mark.parametrize("handover", [note(HANDOVER, NEXT), note(HANDOVER, OLD, NEXT)])
def test_trust_stays_with_a_shard_when_its_last_key_gave_no_way(handover):
    """Not even if a key signed the handover that had been changed before."""
    told = OPENED | {"handover": handover}
    start = Placed(NEXT.name, 0, entry(2, type="log.shard_opened", **told))
    trust = trusted_through([keys.read_vkey(OLD.vkey)], [CHANGE, start])
    assert vouched(trust, 9, NEW)
    assert not vouched(trust, 1, NEXT)


def test_trust_passes_to_no_shard_when_its_predecessor_s_last_note_is_not_sound():
    before = note(f"log.example\n9\n{b64(bytes(32))}\n", OLD)
    told = OPENED | {"predecessor_note": before}
    told["handover"] = note(opening_text(told), NEW, NEXT)
    start = Placed(NEXT.name, 0, entry(2, type="log.shard_opened", **told))
    trust = trusted_through([keys.read_vkey(OLD.vkey)], [CHANGE, start])
    assert vouched(trust, 9, NEW)
    assert not vouched(trust, 1, NEXT)


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(CHANGE, origin=NEXT.name),
        replace(CHANGE, data=b"{}"),
        replace(START, leaf=1),
        replace(START, origin="another"),
    ],
)
def test_trust_counts_statements_only_where_they_belong(elsewhere):
    """A copy in another tree, what is no entry, an opening that opens nothing."""
    trust = trusted_through([keys.read_vkey(OLD.vkey)], [elsewhere])
    assert vouched(trust, 99, OLD)
    assert not vouched(trust, 99, NEW)
    assert not vouched(trust, 1, NEXT)


def test_trust_counts_the_earliest_of_copies():
    copy = replace(CHANGE, leaf=7)
    trust = trusted_through([keys.read_vkey(NEW.vkey)], [copy, CHANGE])
    assert [vouched(trust, *said) for said in SAID_BY] == [True] * 5 + [False]
    assert not vouched(trust, 7, OLD)


def test_a_key_that_was_led_past_appoints_nobody_when_its_successor_is_given_too():
    thief = Key(OLD.name)
    text = f"clinrag key rotation\nlog.example\n{OLD.vkey}\n{thief.vkey}\n"
    told = {"old_vkey": OLD.vkey, "new_vkey": thief.vkey}
    forged = entry(3, type="log.key_rotated", **told, statement=note(text, OLD, thief))
    entries = [Placed(OLD.name, 1, forged), CHANGE]
    for given in ([NEW], [OLD, NEW], [NEW, OLD]):
        trust = trusted_through([keys.read_vkey(key.vkey) for key in given], entries)
        assert vouched(trust, 9, NEW)
        assert not vouched(trust, 9, thief)


def test_a_spoiled_signature_is_not_passed_over_for_another_key():
    trust = trusted_through([PUBLIC, keys.read_vkey(OLD.vkey)], [])
    text = f"{OLD.name}\n9\n{b64(bytes(32))}\n"
    spoiled = notes.read_note(text + "\n" + OLD.line("other\n") + OLD.line(text))
    assert refusal_of(lambda: trust.signed(spoiled))[0] == "signature_invalid"
    assert vouched(trust, 9, OLD)


def test_a_keychain_tells_what_it_could_not_follow():
    chain = Keychain(keys.read_vkey(OLD.vkey))
    chain.read(4, entry(4, type="log.key_rotated", **ROTATED | {"statement": "x"}))
    (warning,) = chain.warnings
    assert warning == "entry 4: no rotation of the key: this is no signed note"
    chain.read(5, entry(5, type="log.key_rotated", **ROTATED))
    assert chain.key.vkey == NEW.vkey
    chain.read(6, entry(6, type="log.shard_opened", **OPENED))
    assert chain.opening is None


def test_a_bad_cosignature_spoils_the_note_only_when_its_witness_is_known():
    one, two = Key("one", kind=4), Key("two", kind=4)
    text = LOG.text()
    spoiled = note(text, LOG.key) + one.line("other\n") + two.line(text)
    lines = f"witness b {two.vkey}\nquorum b\n"
    found = policy.read_policy(lines).check(notes.read_note(spoiled))
    assert found == {"b": 1_700_000_000}
    known = policy.read_policy(f"witness a {one.vkey}\n{lines}")
    with pytest.raises(Rejected, match=r"^the signature is not by this key$"):
        known.check(notes.read_note(spoiled))
    with pytest.raises(Malformed, match=r"^this is no policy: no quorum line$"):
        policy.read_policy("")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("witness a {w}\ngroup g any a\ngroup h any a\nquorum h", "a member of two groups"),
        ("witness a {w}\ngroup g 2 a\nquorum g", "a group that cannot be met"),
        ("witness a {w}\nwitness a {x}\nquorum a", "a name is defined twice"),
        ("quorum a", "a name is used before it is defined"),
        ("witness a {w}\nwitness b {w}\nquorum a", "a key of another kind, or one named twice"),
        ("witness a {l}\nquorum a", "a key of another kind, or one named twice"),
        ("quorums a", "a line that is none of a policy"),
        ("quorum none\x00", "too long, or a control character"),
    ],
)  # fmt: skip
def test_a_policy_says_why_it_is_none(lines, why):
    one, two = Key("w", kind=4).vkey, Key("x", kind=4).vkey
    text = lines.format(w=one, x=two, l=LOG.key.vkey)
    code, _, sentence = refusal_of(lambda: policy.read_policy(text))
    assert (code, sentence) == ("policy_malformed", f"this is no policy: {why}")


def test_a_witness_may_name_the_first_second_of_all():
    witness = Key("one", kind=4)
    text = LOG.text()
    signed = notes.read_note(note(text, LOG.key) + witness.line(text, time=0))
    found = policy.read_policy(f"witness a {witness.vkey}\nquorum a\n").check(signed)
    assert found == {"a": 0}


def test_tiles_prove_nothing_beyond_their_tree(tmp_path):
    source = FolderSource(LOG.write(tmp_path))
    prover = tiles.TileProver(source, 3)
    assert prover.inclusion(2) == LOG.tree.path(2, 0, 3)
    assert prover.consistency(3) == []
    for index in (-1, 3):
        code, _, sentence = refusal_of(lambda at=index: prover.inclusion(at))
        assert (code, sentence) == ("sizes", "no such leaf")
    for size in (-1, 0, 4):
        code, _, sentence = refusal_of(lambda old=size: prover.consistency(old))
        assert (code, sentence) == ("sizes", "no proof between these sizes")


def test_the_program_is_the_sources_and_nothing_else(tmp_path):
    bundle.build_zipapp(tmp_path / "verifier.pyz")
    assert (tmp_path / "verifier.pyz").stat().st_mode & 0o777 == 0o755
    data = (tmp_path / "verifier.pyz").read_bytes()
    assert data.startswith(b"#!/usr/bin/env python3\nPK")
    assert data == bundle.zipapp_bytes()
    here = Path(bundle.__file__).parent
    with zipfile.ZipFile(tmp_path / "verifier.pyz") as archive:
        members = {info.filename: info for info in archive.infolist()}
        packed = {name: archive.read(name) for name in members}
    start, parent = packed.pop("__main__.py"), packed.pop("audit/__init__.py")
    assert packed == {
        f"audit/offline/{file.name}": file.read_bytes() for file in here.glob("*.py")
    }
    assert b"from audit.offline.cli import main" in start
    assert b"Only the verifier" in parent
    assert list(members) == sorted(members)
    for info in members.values():
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert (info.external_attr >> 16, info.create_system) == (0o100644, 3)
        assert info.compress_type == zipfile.ZIP_STORED


def test_a_policy_names_logs_and_witnesses_with_and_without_their_address():
    one, two = Key("one", kind=4), Key("two", kind=4)
    text = f"log {LOG.key.vkey}\nlog {OLD.vkey} https://log.example\n"
    text += f"witness a {one.vkey}\nwitness b {two.vkey} https://two.example\n"
    read = policy.read_policy(text + "group g 2 a b\nquorum g\n")
    assert [key.vkey for key in read.logs] == [LOG.key.vkey, OLD.vkey]
    assert {name: key.vkey for name, key in read.witnesses.items()} == {
        "a": one.vkey,
        "b": two.vkey,
    }
    assert read.groups == {"g": policy.Group(2, ("a", "b"))}
    assert read.quorum == "g"


@pytest.mark.parametrize("at", ["2026-11-23T05:00:00Z", "2026-13-23T05:00:00.000000Z"])
def test_a_time_that_is_none_is_told_with_its_place(at):
    body = entry(7).replace(b"2026-11-23T05:00:07.000000Z", at.encode())
    with pytest.raises(Rejected, match=r"^the entry has no time in UTC$") as refusal:
        read_facts([entry(6), body], 30)
    problem = refusal.value
    assert (problem.code, problem.layer, problem.index) == ("entry_time", "entry", 31)


def test_answers_to_questions_before_the_log_s_beginning_are_counted():
    lives = Lives(is_whole=False)
    for index, question in enumerate("abc"):
        lives.add(Fact(index, "2026-11-23T05:00:00.000000Z", ends=question))
    assert (lives.before, lives.finish()) == (3, 0)


def test_the_command_line_is_the_one_that_scripts_know():
    """Options, their defaults, and what each is said to be."""
    (commands,) = (action.choices for action in cli.parser()._actions if action.choices)
    told = {
        name: {
            "about": command.description,
            "arguments": [
                [
                    action.option_strings or action.dest,
                    action.help,
                    action.metavar,
                    action.default,
                    action.required,
                    type(action).__name__,
                ]
                for action in command._actions[1:]
            ],
            "instead": [
                [action.dest for action in group._group_actions] + [group.required]
                for group in command._mutually_exclusive_groups
            ],
        }
        for name, command in commands.items()
    }
    known = Path(__file__).with_name("offline_command_line.json")
    assert told == json.loads(known.read_text("utf-8"))
