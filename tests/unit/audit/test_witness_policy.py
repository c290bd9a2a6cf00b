from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.cosignatures import Cosigner
from audit.errors import NoteInvalid
from audit.witnessing.errors import PolicyInvalid
from audit.witnessing.policy import Policy
from clinrag.checks import check_witness_policy
from tests.logs import SmallLog

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
LOG = SmallLog()
WITNESSES = {name: Cosigner.generate(f"witness.example/{name}") for name in "abcdef"}
VKEY = {name: witness.verifier.vkey for name, witness in WITNESSES.items()}
DEFINED = f"log {LOG.vkey} https://log.example\n" + "".join(
    f"witness {name} {vkey}\n" for name, vkey in VKEY.items()
)
NESTED = DEFINED + (
    "group X 2 a b c\n"
    "group Y any d e\n"
    "  # either may be asleep\n\n"
    "\tgroup both  all\tX Y \n"
    "quorum both\n"
)


def cosigned(*names: str, size: int = 5, log: SmallLog = LOG) -> str:
    text = log.text(size)
    lines = [WITNESSES[name].cosign(text, at=AT) for name in names]
    return log.note(size) + "".join(lines)


@pytest.mark.parametrize(
    ("names", "is_met"),
    [
        ("abd", True),
        ("ace", True),
        ("abcde", True),
        ("bcdf", True),
        ("ab", False),
        ("ade", False),
        ("def", False),
        ("", False),
    ],
)
def test_quorum_is_met_when_enough_of_each_group_cosigned(names, is_met):
    assert Policy.parse(NESTED).is_met(cosigned(*names)) is is_met


@given(st.sets(st.sampled_from("abcde")), st.integers(1, 5))
@settings(deadline=None)
def test_threshold_counts_each_witness_once(names, threshold):
    policy = Policy.parse(f"{DEFINED}group g {threshold} a b c d e\nquorum g\n")
    # The same witness twice, and one that is in no group, add nothing.
    note = cosigned(*sorted(names), *sorted(names), "f")
    assert policy.is_met(note) is (len(names) >= threshold)


def test_quorum_may_be_one_witness_or_none():
    assert Policy.parse(DEFINED + "quorum c\n").is_met(cosigned("c"))
    assert not Policy.parse(DEFINED + "quorum c\n").is_met(cosigned("a"))
    assert Policy.parse(DEFINED + "quorum none\n").is_met(cosigned())


def test_policy_knows_addresses():
    text = DEFINED.replace(VKEY["a"], f"{VKEY['a']} https://w.example/sub")
    policy = Policy.parse(text + "quorum a\n")
    assert policy.logs[0].url == "https://log.example"
    assert policy.witnesses[0].url == "https://w.example/sub"
    assert policy.witnesses[1].url is None


def test_names_are_octets_and_not_characters():
    kelvin = f"witness \u212a {VKEY['a']}\nquorum \u212a\n"
    assert Policy.parse(kelvin).quorum == "\u212a"
    latin = kelvin.encode().replace("\u212a".encode(), b"\xff\xa0")
    assert Policy.parse(latin).quorum.encode(errors="surrogateescape") == b"\xff\xa0"
    with pytest.raises(PolicyInvalid):
        Policy.parse(kelvin.replace("quorum \u212a", "quorum K"))


def test_checkpoint_of_another_log_counts_for_nothing():
    policy = Policy.parse(DEFINED + "quorum a\n")
    other = SmallLog(LOG.origin)
    with pytest.raises(NoteInvalid):
        policy.is_met(cosigned("a", log=other))


def test_log_that_signs_for_another_origin_counts_for_nothing():
    policy = Policy.parse(DEFINED + "quorum none\n")
    text = LOG.text(5).replace(LOG.origin, "log.example/two")
    with pytest.raises(NoteInvalid):
        policy.is_met(LOG.signer.sign(text))


def test_cosignature_that_does_not_hold_spoils_the_note():
    policy = Policy.parse(DEFINED + "quorum a\n")
    wrong = WITNESSES["b"].cosign(LOG.text(6), at=AT)
    with pytest.raises(NoteInvalid):
        policy.is_met(cosigned("a") + wrong)


LINES = {
    "unknown word": ("wittness a x\n", 8),
    "log without key": ("log\n", 8),
    "log with two addresses": (f"log {SmallLog().vkey} a b\n", 8),
    "log key of a witness": (f"log {Cosigner.generate('w').verifier.vkey}\n", 8),
    "log twice": (f"log {LOG.vkey}\n", 8),
    "witness key of a log": (f"witness x {SmallLog().vkey}\n", 8),
    "witness key broken": (f"witness x {VKEY['a'][:-3]}\n", 8),
    "witness twice": (f"witness x {VKEY['a']}\n", 8),
    "witness name twice": (f"witness a {Cosigner.generate('w').verifier.vkey}\n", 8),
    "witness named none": (f"witness none {Cosigner.generate('w').verifier.vkey}\n", 8),
    "group without members": ("group g any\n", 8),
    "group of unknown": ("group g any x\n", 8),
    "group of none": ("group g any a none\n", 8),
    "group of itself": ("group g any g\n", 8),
    "group zero": ("group g 0 a\n", 8),
    "group too many": ("group g 3 a b\n", 8),
    "group leading zero": ("group g 01 a b\n", 8),
    "group some": ("group g some a b\n", 8),
    "member twice": ("group g any a a\n", 8),
    "member of two groups": ("group g any a\ngroup h any b a\n", 9),
    "group name taken": ("group a any b\n", 8),
    "quorum unknown": ("quorum x\n", 8),
    "quorum before": ("quorum g\ngroup g any a\n", 8),
    "two quorums": ("quorum a\nquorum a\n", 9),
    "two quorum names": ("quorum a b\n", 8),
    "control character": ("# \x00\n", 8),
    "carriage return": ("quorum a\r\n", 8),
    "no newline at the end": ("quorum a", 8),
}


@pytest.mark.parametrize("case", LINES)
def test_faulty_line_is_named(case):
    lines, number = LINES[case]
    with pytest.raises(PolicyInvalid, match=rf"line {number}:"):
        Policy.parse(DEFINED + lines + "quorum none\n" * ("quorum" not in lines))


def test_policy_without_quorum_is_refused():
    with pytest.raises(PolicyInvalid, match="no quorum"):
        Policy.parse(DEFINED)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_octets_crash_the_reader(data):
    try:
        Policy.parse(data)
    except PolicyInvalid:
        return


def test_own_witness_in_the_quorum_is_refused():
    with pytest.raises(PolicyInvalid, match="line 5: a witness of one's own"):
        Policy.parse(NESTED, own=[VKEY["d"]])


def test_own_witness_under_another_name_is_refused():
    renamed = Cosigner._from_private("not-ours.example", WITNESSES["d"]._key)
    with pytest.raises(PolicyInvalid, match="one's own"):
        Policy.parse(NESTED, own=[renamed.verifier.vkey])


def test_own_witness_outside_the_quorum_may_stand_in_the_policy():
    assert Policy.parse(NESTED, own=[VKEY["f"]]).is_met(cosigned("a", "b", "d"))


def test_policy_is_read_from_a_file(tmp_path):
    path = tmp_path / "policy"
    path.write_text(NESTED)
    assert Policy.read(path) == Policy.parse(NESTED)
    with pytest.raises(PolicyInvalid, match="FileNotFoundError"):
        Policy.read(tmp_path / "absent")
    with pytest.raises(PolicyInvalid, match="not public keys"):
        Policy.read(path, own=["rubbish"])


def test_system_check_refuses_a_witness_of_ones_own(tmp_path, settings):
    settings.CLINRAG_WITNESS_POLICY = ""
    assert check_witness_policy(None) == []
    path = tmp_path / "policy"
    path.write_text(NESTED)
    settings.CLINRAG_WITNESS_POLICY = str(path)
    assert check_witness_policy(None) == []
    settings.CLINRAG_OWN_WITNESSES = [VKEY["a"]]
    (found,) = check_witness_policy(None)
    assert found.is_serious()
    assert found.id == "clinrag.E006"
