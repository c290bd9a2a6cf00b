"""Whatever the bytes: a verdict with a stable code, never a crash, never a false yes."""

import json
import re
import string
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import canonical, notes, offline, tlog_proofs
from audit.errors import AuditError, NoteInvalid
from audit.offline import curve, keys, policy, proofs, tiles
from audit.offline.cli import main
from audit.offline.fsck import Task, fsck
from audit.offline.keychain import Keychain, check_opening, read_rotation
from audit.offline.notes import read_note
from audit.offline.package import Package, imprint, read_json
from audit.offline.problems import Malformed, Missing, Problem
from tests.unit.audit.folder_logs import (
    FolderLog,
    Key,
    b64,
    entry,
    is_well_told,
    path_of,
    some_entries,
)
from tests.unit.audit.packages import Packed

ANY = settings(deadline=None, suppress_health_check=list(HealthCheck))
LOG = FolderLog(some_entries(260), witnesses=(Key("w.example", kind=4),))
PUBLIC = keys.read_vkey(LOG.key.vkey)
PACKED = Packed().seal()
POLICY = (
    f"log {LOG.key.vkey} https://x\nwitness a {LOG.witnesses[0].vkey}\n"
    f"witness b {Key('b', kind=4).vkey}\n\n# a comment\ngroup g 1 a b\nquorum g\n"
)


class Held:
    """Evidence held in memory."""

    def __init__(self, resources):
        self.resources = resources

    def read(self, name, *, limit):
        if name not in self.resources:
            raise Missing("missing", code="missing")
        if len(self.resources[name]) > limit:
            raise Malformed("too large", code="too_large")
        return self.resources[name]

    def names(self):
        return self.resources.keys()


@st.composite
def mutated(draw, data):
    """The bytes with a few of them flipped, cut out, doubled or replaced."""
    data = bytearray(data)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw(st.sampled_from(["flip", "cut", "double", "insert", "end"]))
        if kind == "flip" and data:
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut":
            del data[at : at + draw(st.integers(1, 40))]
        elif kind == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 40))]
        elif kind == "insert":
            data[at:at] = draw(
                st.sampled_from(
                    [
                        b"\n",
                        b"\r\n",
                        b"=",
                        b"\x00",
                        b"0",
                        b"-",
                        b"\xff",
                        b"9" * 5000,
                        b"\n\n",
                        b" ",
                        b"+",
                        b"\xc2\x85",
                        b"\xed\xa0\x80",
                        b"[" * 500,
                    ]
                )
            )
        elif kind == "end":
            del data[at:]
    return bytes(data)


def refused(call, *expected):
    """What it returns, or None after a refusal with a stable code."""
    try:
        return call()
    except Problem as problem:
        return check_code(problem)
    except expected:
        return None


def check_code(problem):
    assert is_well_told({"code": problem.code, "message": problem})


def decoded(data):
    return data.decode("utf-8", "surrogateescape")


@ANY
@given(mutated(LOG.note().encode()))
def test_both_readers_of_notes_agree_on_every_mutation(data):
    text = decoded(data)
    verifier = notes.Verifier.from_vkey(LOG.key.vkey)
    ours = refused(lambda: notes.open_checkpoint(text, verifier), AuditError)
    theirs = refused(lambda: offline.verify_checkpoint(text, LOG.key.vkey))
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert (ours.size, ours.root) == (260, LOG.tree.mth(0, 260))
        assert (theirs.size, theirs.root) == (260, LOG.tree.mth(0, 260))


@ANY
@given(st.sampled_from([LOG.key.vkey, LOG.witnesses[0].vkey]).flatmap(
    lambda vkey: mutated(vkey.encode())
))  # fmt: skip
def test_both_readers_of_keys_agree_on_every_mutation(data):
    text = decoded(data)
    ours = refused(lambda: notes.Verifier.from_vkey(text), AuditError)
    theirs = refused(lambda: keys.read_vkey(text))
    assert (ours is None) == (theirs is None)
    if ours is not None:
        assert (ours.name, ours.public) == (theirs.name, theirs.public)


@ANY
@given(mutated(LOG.proof(77).encode()))
def test_both_readers_of_proofs_agree_on_every_mutation(data):
    text = decoded(data)
    ours = refused(lambda: tlog_proofs.TlogProof.decode(text), AuditError)
    theirs = refused(lambda: proofs.read_tlog_proof(text))
    if ours is not None:
        assert theirs is not None
        assert (ours.index, ours.path, ours.checkpoint) == (
            theirs.index, theirs.path, theirs.note,
        )  # fmt: skip
    if theirs is not None and theirs != proofs.read_tlog_proof(LOG.proof(77)):
        tree = refused(
            lambda: offline.verify_inclusion(
                theirs.note, LOG.key.vkey, LOG.entries[77],
                index=theirs.index, path=theirs.path,
            )
        )  # fmt: skip
        assert tree is None or theirs.path == tuple(LOG.tree.path(77, 0, 260))


@ANY
@given(st.sampled_from(sorted(LOG.resources)), st.data())
def test_fsck_holds_only_for_the_log_itself(name, data):
    spoiled = data.draw(mutated(LOG.resources[name]))
    source = Held(LOG.resources | {name: spoiled})
    found = refused(lambda: fsck(Task(source, PUBLIC, wants_entries=True)))
    if found is not None and name != "checkpoint":
        assert spoiled == LOG.resources[name]
    if found is not None:
        assert found["root"] == LOG.tree.mth(0, 260).hex()


@ANY
@given(mutated(tiles_bundle := LOG.resources["tile/entries/000"]))
def test_bundles_come_apart_the_same_both_ways(data):
    split = refused(lambda: tiles.split_bundle(data, 256))
    hashed = refused(lambda: tiles.hash_bundle(data, 256))
    assert (split is None) == (hashed is None)
    if split is not None:
        leaves = [sha256(b"\x00" + part).digest() for part in split]
        assert hashed == leaves
        assert (leaves == LOG.tree.leaves[:256]) == (data == tiles_bundle)


@ANY
@given(mutated(entry(1, type="query.received", a=["ü", 1, None, {"b": True}])))
def test_both_readers_of_entries_agree_on_every_mutation(data):
    ours = refused(lambda: canonical.decode_object(data), AuditError)
    theirs = refused(lambda: offline.read_canonical(data))
    assert ours == theirs


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda more: st.lists(more, max_size=4) | st.dictionaries(st.text(), more),
    max_leaves=12,
)


@ANY
@given(JSON)
def test_both_readers_of_entries_agree_on_any_json(value):
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    data = data.encode("utf-8", "surrogatepass")
    ours = refused(lambda: canonical.decode_object(data), AuditError)
    assert ours == refused(lambda: offline.read_canonical(data))


@pytest.mark.parametrize("depth", [31, 32, 33, 34, 400])
@pytest.mark.parametrize(("pair", "deepest"), [("[]", 32), (('{"a":', "}"), 31)])
def test_both_readers_of_entries_stop_at_the_same_depth(depth, pair, deepest):
    inner = pair[0] * depth + ("1" if pair[0] != "[" else "") + pair[1] * depth
    data = f'{{"a":{inner}}}'.encode()
    ours = refused(lambda: canonical.decode_object(data), AuditError)
    theirs = refused(lambda: offline.read_canonical(data))
    assert (ours is None) == (theirs is None) == (depth > deepest)


@ANY
@given(mutated(POLICY.encode()))
def test_policies_are_read_or_refused(data):
    found = refused(lambda: policy.read_policy(decoded(data)))
    if found is not None:
        refused(lambda: found.check(read_note(LOG.note())))


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "quorum a",
        "quorum none\nquorum none",
        "witness a {w}\nwitness a {x}\nquorum a",
        "witness a {w}\nwitness b {w}\nquorum a",
        "witness none {w}\nquorum none",
        "witness a {l}\nquorum a",
        "log {w}\nquorum none",
        "log {l}\nlog {l}\nquorum none",
        "witness a {w}\ngroup g 0 a\nquorum g",
        "witness a {w}\ngroup g 2 a\nquorum g",
        "witness a {w}\ngroup g 01 a\nquorum g",
        "witness a {w}\ngroup g any\nquorum g",
        "witness a {w}\ngroup g any a a\nquorum g",
        "witness a {w}\ngroup a any a\nquorum a",
        "witness a {w}\ngroup g any a\ngroup h any a\nquorum h",
        "group g any g\nquorum g",
        "quorum g\nwitness g {w}",
        "witness a {w} url more\nquorum a",
        "Quorum none",
        "quorum none\x00",
        "quorum none\r",
        "\n" * 1001 + "quorum none",
    ],
)
def test_policies_are_refused_when_they_are_not_in_the_form_of_c2sp(lines):
    text = lines.format(
        w=LOG.witnesses[0].vkey, x=Key("x", kind=4).vkey, l=LOG.key.vkey
    )
    with pytest.raises(Malformed) as refusal:
        policy.read_policy(text)
    assert refusal.value.code == "policy_malformed"


def test_policies_nest_groups_and_count_them():
    (witness,) = LOG.witnesses
    note = read_note(LOG.note())
    others = "".join(f"witness {n} {Key(n, kind=4).vkey}\n" for n in "bcd")
    start = f"\t witness  a\t{witness.vkey} \n{others}group one any a b\n"
    for rest, is_met in [
        ("group two all c d\ngroup all any one two\nquorum all", True),
        ("group two all c d\ngroup all all one two\nquorum all", False),
        ("group two 1 one c d\nquorum two", True),
        ("group two 2 one c d\nquorum two", False),
        ("quorum one", True),
        ("quorum a", True),
        ("quorum b", False),
        ("quorum none", True),
    ]:
        found = refused(lambda rest=rest: policy.read_policy(start + rest).check(note))
        assert found == ({"a": 1_700_000_000} if is_met else None)


ROTATION = {"old_vkey": "a", "new_vkey": "b", "statement": "c"}


@ANY
@given(st.dictionaries(st.sampled_from([*ROTATION, "x"]), JSON | st.text()))
def test_rotations_and_openings_are_refused_whatever_they_hold(fields):
    assert refused(lambda: read_rotation(0, fields)) is None
    assert refused(lambda: check_opening(fields, origin="x", predecessor=None)) is None


@ANY
@given(mutated(entry(1, type="log.key_rotated", **ROTATION)))
def test_keychains_do_not_move_whatever_they_read(data):
    chain = Keychain(PUBLIC)
    refused(lambda: chain.read(0, data))
    assert chain.key == PUBLIC


@ANY
@given(st.sampled_from(sorted(PACKED.members())), st.data())
def test_packages_hold_only_as_they_were_packed(name, data):
    members = PACKED.members()
    members[name] = data.draw(mutated(members[name]))
    known = sha256(PACKED.members()["manifest.json"]).hexdigest()
    package = Package(Held(members), [keys.read_vkey(PACKED.log.key.vkey)])
    found = refused(lambda: package.check(manifest_sha256=known))
    assert (found is not None) == (members == PACKED.members())


@ANY
@given(mutated(PACKED.members()["manifest.json"]))
def test_packages_are_refused_or_hold_when_their_manifest_is_another(data):
    members = PACKED.members() | {"manifest.json": data}
    package = Package(Held(members), [keys.read_vkey(PACKED.log.key.vkey)])
    refused(package.check)


@ANY
@given(JSON)
def test_packages_are_refused_whatever_json_their_manifest_is(value):
    if isinstance(value, dict):
        value = PACKED.manifest | {"entries": list(value.values())}
    data = json.dumps(value).encode()
    members = PACKED.files | {"manifest.json": data}
    package = Package(Held(members), [keys.read_vkey(PACKED.log.key.vkey)])
    found = refused(package.check)
    assert found is None or value["entries"] == []


@ANY
@given(st.binary(max_size=200))
def test_rubbish_is_refused_by_every_reader(data):
    text = decoded(data)
    for read in (
        lambda: read_note(text),
        lambda: keys.read_vkey(text),
        lambda: proofs.read_tlog_proof(text),
        lambda: policy.read_policy(text),
        lambda: read_json(data),
    ):
        refused(read)
    assert imprint(data) is None


@settings(parent=ANY, max_examples=30)
@given(mutated(PACKED.log.resources["checkpoint"]), st.binary(max_size=50))
def test_the_program_never_ends_in_a_traceback(
    tmp_path_factory, capsys, checkpoint, rubbish
):
    folder = tmp_path_factory.mktemp("log")
    PACKED.log.write(folder)
    (folder / "checkpoint").write_bytes(checkpoint)
    (folder / "rubbish").write_bytes(rubbish)
    vkey, bad = PACKED.log.key.vkey, str(folder / "rubbish")
    for arguments in (
        ["fsck", str(folder), "--vkey", vkey],
        ["fsck", bad, "--vkey", vkey],
        ["fsck", str(folder), "--vkey", vkey, "--held", bad, "--policy", bad],
        ["export", bad, "--vkey", vkey],
        ["proof", bad, bad, "--vkey", f"@{bad}"],
        [
            "consistency",
            bad,
            str(folder / "checkpoint"),
            "--vkey",
            vkey,
            "--proof",
            bad,
        ],
        ["monitor", str(folder), "--vkey", vkey, "--state", bad],
    ):
        status = main([*arguments, "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["status"] == status
        assert told.get("code") != "fault"


@ANY
@given(st.integers(0, 2**256 - 1))
def test_both_judge_keys_alike(number):
    public = number.to_bytes(32, "little")
    if curve.is_sound(public):
        assert notes.is_safe_key(public)


P = 2**255 - 19


def torsion():
    """All encodings of points of small order, canonical or not: 8 points, 14 spellings."""
    found = set()
    for y in range(2**255 - P):
        for spelling in (y, y + P, P - 1 - y):
            found |= {spelling, spelling | 1 << 255}
    eighths = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
    eighth = int.from_bytes(bytes.fromhex(eighths), "little") % (1 << 255)
    for y in (eighth, P - eighth):
        found |= {y, y | 1 << 255}
    return [number for number in found if number < 1 << 256]


def is_of_small_order(number):
    y = number % (1 << 255) % P
    d = -121665 * pow(121666, -1, P) % P
    x_squared = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    # 2P has y = 1, -1 or 0 iff P has order 1, 2, 4 or 8.
    double = (y * y + x_squared) * pow(1 - d * x_squared * y * y, -1, P) % P
    return double in (0, 1, P - 1)


def test_both_refuse_every_key_of_small_order_and_every_second_spelling():
    for number in torsion():
        public = number.to_bytes(32, "little")
        if number % (1 << 255) >= P or is_of_small_order(number):
            assert not curve.is_sound(public)
            assert not notes.is_safe_key(public)


@pytest.mark.parametrize("number", [0, 1, P - 1, P, P + 1, 1 << 255, (1 << 255) + 1])
@pytest.mark.parametrize("kind", [1, 4])
def test_a_vkey_that_anybody_can_sign_for_is_refused(number, kind):
    material = bytes([kind]) + number.to_bytes(32, "little")
    key_id = sha256(b"log\n" + material).hexdigest()[:8]
    vkey = f"log+{key_id}+{b64(material)}"
    with pytest.raises(Malformed) as refusal:
        keys.read_vkey(vkey)
    assert refusal.value.code == "vkey_unsafe"
    with pytest.raises(NoteInvalid):
        notes.Verifier.from_vkey(vkey)


@pytest.mark.parametrize("material", [b"", b"\x01", b"\x02" + b"\x07" * 32])
def test_a_vkey_of_another_kind_or_length_is_refused(material):
    key_id = sha256(b"log\n" + material).hexdigest()[:8]
    vkey = f"log+{key_id}+{b64(material)}"
    with pytest.raises(Malformed):
        keys.read_vkey(vkey)
    with pytest.raises(NoteInvalid):
        notes.Verifier.from_vkey(vkey)


def test_base64_has_one_spelling():
    for spelling in ("AA", "AB==", "AA=", "A A=", "AAA=\n", "=AAA", "AA-_", "é"):
        with pytest.raises(Malformed):
            proofs.read_base64(spelling)
        with pytest.raises(NoteInvalid):
            notes.decode_base64(spelling)
    assert proofs.read_base64("AAA=") == notes.decode_base64("AAA=") == b"\x00\x00"
    assert set(b64(bytes(range(256)))) <= set(string.ascii_letters + "0123456789+/=")


def spoils(data):
    """The faults of hand and wire: too short, too long, ends of line, numbers, forms."""
    yield from (b"", data[:-1], data + b"x", data * 2, data[::-1], b"x" * 3_000_000)
    yield from (b"\xff" + data, b"\xef\xbb\xbf" + data, bytes(100))
    for old, new in [
        (b"\n", b"\r\n"), (b"\n\n", b"\n"), (b"=", b""), (b"=", b"A"), (b"A", b"-"),
        (b"\n3\n", b"\n0\n"), (b"\n3\n", b"\n1\n"), (b"\n3\n", b"\n03\n"),
        (b"\n3\n", b"\n-1\n"), (b"\n3\n", b"\n" + b"9" * 30 + b"\n"),
        (b"index 1", b"index 2"), (b"index 1", b"index 3"), (b"index 1", b"index 01"),
        ("\u2014".encode(), b"-"), (b'{"', b'{ "'), (b":", b":1.5,"), (b'"}', b'\\ud800"}'),
        (b'"type"', b'"at"'),
    ]:  # fmt: skip
        yield data.replace(old, new)


TOLD = re.compile(r"[a-z][a-z0-9_]*")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("log/checkpoint", ["fsck", "log", "--entries"]),
        (f"log/{path_of('entries', 0, 3)}", ["fsck", "log", "--entries"]),
        (f"log/{path_of(0, 0, 3)}", ["fsck", "log"]),
        ("log/checkpoint", ["monitor", "log", "--state", "new"]),
        ("state", ["monitor", "log", "--state", "state"]),
        ("proofs/1", ["proof", "proofs/1", "entries/1.json"]),
        ("entries/1.json", ["proof", "proofs/1", "entries/1.json"]),
        ("log/checkpoint", ["consistency", "old", "log/checkpoint", "--log", "log"]),
        ("old", ["consistency", "old", "log/checkpoint", "--proof", "steps"]),
        ("steps", ["consistency", "old", "log/checkpoint", "--proof", "steps"]),
        ("manifest.json", ["export", "."]),
        ("entries/1.json", ["export", "."]),
        ("proofs/1", ["export", "."]),
        ("checkpoints/3", ["export", "."]),
        ("disclosed/1", ["export", "."]),
        ("policy", ["fsck", "log", "--policy", "policy"]),
        ("key", ["fsck", "log", "--vkey", "@key"]),
        ("secret", ["fsck", "http://127.0.0.1:1/", "--authorization-file", "secret"]),
    ],
)
def test_each_command_refuses_what_was_spoiled_by_a_known_code(
    name, command, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    sound = PACKED.members() | {
        "old": PACKED.log.note(2).encode(),
        "steps": PACKED.log.consistency(2).encode(),
        "policy": f"log {PACKED.log.key.vkey}\nquorum none\n".encode(),
        "key": PACKED.log.key.vkey.encode(),
        "secret": b"Bearer s3cret",
    }
    PACKED.log.write(tmp_path / "log")
    for member, data in sound.items():
        (tmp_path / member).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / member).write_bytes(data)
    key = [] if "--vkey" in command else ["--vkey", PACKED.log.key.vkey]
    if command[0] == "export":
        for extra in ("old", "steps", "policy", "key", "secret"):
            (tmp_path / extra).unlink()
    if name == "state":
        assert main([*command, *key, "--json"]) == 0
        sound["state"] = (tmp_path / "state").read_bytes()
    capsys.readouterr()
    data = sound.get(name) or (tmp_path / name).read_bytes()
    for spoiled in spoils(data):
        (tmp_path / name).write_bytes(spoiled)
        status = main([*command, *key, "--json"])
        told = json.loads(capsys.readouterr().out)
        assert told["status"] == status
        if not told["holds"]:
            assert TOLD.fullmatch(told["code"])
            assert told["code"] not in {"fault", "rejected"}
        elif spoiled != data:
            assert is_harmless(name, spoiled, data), spoiled[:80]


def is_harmless(name, spoiled, data):
    """What may be otherwise: white space of JSON, ends of line, a policy's other lines."""
    if name in {"state", "manifest.json"}:
        return json.loads(spoiled) == json.loads(data)
    if name == "policy":
        return b"quorum none" in spoiled
    return name == "steps" and spoiled.rstrip(b"\n") == data.rstrip(b"\n")
