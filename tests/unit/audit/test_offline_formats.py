"""Keys, signatures and proofs at their limits, as the offline verifier reads them."""

import pytest

from audit.offline import keys, notes, proofs
from audit.offline.problems import Malformed, Rejected, Unequipped
from tests.unit.audit.folder_logs import FolderLog, Key, b64, note, some_entries

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
