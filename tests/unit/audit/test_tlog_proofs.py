import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import notes
from audit.errors import ProofInvalid
from audit.tlog_proofs import MAX_EXTRA_SIZE, MAX_PATH, TlogProof

SIGNER = notes.Signer.generate("clinrag.test/ledger")
NOTE = SIGNER.sign(
    notes.CheckpointText(SIGNER.verifier.name, 9, b"\x11" * 32).to_text()
)
STEP = b"\x07" * 32
LINE = base64.b64encode(STEP).decode()
PROOF = TlogProof(index=5, path=(STEP, b"\x08" * 32), checkpoint=NOTE)


def test_proof_is_written_as_c2sp_shows_it():
    expected = f"c2sp.org/tlog-proof@v1\nextra aGVsbG8=\nindex 5\n{LINE}\n\n" + NOTE
    proof = TlogProof(index=5, path=(STEP,), checkpoint=NOTE, extra=b"hello")
    assert proof.encode() == expected
    assert TlogProof.decode(expected) == proof


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=MAX_PATH),
    st.none() | st.binary(max_size=200),
)
def test_proof_survives_being_written_down(index, path, extra):
    proof = TlogProof(index, tuple(path), NOTE, extra)
    assert TlogProof.decode(proof.encode()) == proof


def test_proof_carries_as_much_extra_as_is_allowed_and_no_more():
    largest = b"\x01" * MAX_EXTRA_SIZE
    kept = TlogProof(0, (), NOTE, largest)
    assert TlogProof.decode(kept.encode()).extra == largest
    with pytest.raises(ProofInvalid) as refusal:
        TlogProof(0, (), NOTE, largest + b"\x01").encode()
    assert refusal.value.args == ("too large",)


@pytest.mark.parametrize(
    "proof",
    [
        TlogProof(-1, (), NOTE),
        TlogProof(2**63, (), NOTE),
        TlogProof(0, (b"short",), NOTE),
        TlogProof(0, (STEP,) * (MAX_PATH + 1), NOTE),
        TlogProof(0, (), "no note"),
        TlogProof(0, (), NOTE + NOTE[:-1]),
    ],
)
def test_encode_refuses_when_no_proof_can_hold_it(proof):
    with pytest.raises(ProofInvalid):
        proof.encode()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("tlog-proof@v1", "tlog-proof@v2", "header"),
        ("c2sp.org/tlog-proof@v1\n", "", "header"),
        ("index 5\n", "", "index"),
        ("index 5", "index 05", "index"),
        ("index 5", "index -5", "index"),
        ("index 5", "index 5 ", "index"),
        ("index 5", "index " + "9" * 5000, "index"),
        ("index 5", "index 9223372036854775808", "index"),
        ("index 5", "extra aGk=\nextra aGk=\nindex 5", "index"),
        ("index 5", "extra aGl=\nindex 5", "base64"),
        ("index 5\n", "index 5\r\n", "index"),
        (LINE, LINE[:-2] + "d=", "base64"),
        (LINE, LINE[:-4], "path"),
        (LINE, base64.b64encode(b"\x07" * 31).decode(), "path"),
        (LINE, LINE + "\n" + LINE[:-2], "base64"),
        (f"\n\n{SIGNER.verifier.name}", f"\n{SIGNER.verifier.name}", "base64"),
        ("— ", "- ", "checkpoint"),
        (NOTE, "", "checkpoint"),
        ("\n\n", "\n", "length"),
    ],
)
def test_decode_refuses_when_the_proof_is_spoiled(old, new, reason):
    text = PROOF.encode()
    assert old in text
    with pytest.raises(ProofInvalid) as refusal:
        TlogProof.decode(text.replace(old, new))
    assert refusal.value.args == (reason,)


def test_decode_refuses_when_there_is_nothing_but_a_header():
    with pytest.raises(ProofInvalid, match="header"):
        TlogProof.decode("c2sp.org/tlog-proof@v1")


def test_decode_refuses_when_the_text_is_too_large():
    largest = notes.MAX_NOTE_SIZE + 2 * MAX_EXTRA_SIZE
    for size, reason in [(largest, "header"), (largest + 1, "too large")]:
        with pytest.raises(ProofInvalid) as refusal:
            TlogProof.decode("x" * size)
        assert refusal.value.args == (reason,)


def test_encode_says_what_is_wrong_when_it_would_not_read_back_the_same():
    with pytest.raises(ProofInvalid) as refusal:
        TlogProof(0, [STEP], NOTE).encode()
    assert refusal.value.args == ("not a proof",)


def test_proof_carries_the_longest_path_and_the_largest_index():
    proof = TlogProof(2**63 - 1, (STEP,) * MAX_PATH, NOTE)
    assert TlogProof.decode(proof.encode()) == proof


@given(st.text(max_size=200))
def test_decode_only_ever_refuses_rubbish(text):
    with pytest.raises(ProofInvalid):
        TlogProof.decode(text)
