import base64
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, notes, offline
from audit.cosignatures import Cosigner
from audit.errors import KeyFileInvalid, NoteInvalid

# From the documentation of golang.org/x/mod/sumdb/note.
GO_SKEY = (
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
)
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
SIGNER = notes.Signer.generate("clinrag.test/ledger")
VKEY = SIGNER.verifier.vkey


def signed(size=3, root=b"\x11" * 32, origin="clinrag.test/ledger"):
    return SIGNER.sign(notes.CheckpointText(origin, size, root).to_text())


def test_signer_makes_the_very_note_of_the_go_implementation():
    assert notes.Signer.from_skey(GO_SKEY).sign(GO_TEXT) == GO_NOTE


def test_verifier_opens_the_note_of_the_go_implementation():
    verifier = notes.Verifier.from_vkey(GO_VKEY)
    assert notes.open_note(GO_NOTE, [verifier]) == GO_TEXT
    assert verifier.vkey == GO_VKEY


def test_keys_survive_being_written_down():
    again = notes.Signer.from_skey(SIGNER.skey)
    assert again.verifier == SIGNER.verifier == notes.Verifier.from_vkey(VKEY)
    assert SIGNER.skey not in repr(SIGNER)


def test_checkpoint_reads_back_and_names_its_origin():
    found = notes.open_checkpoint(signed(), SIGNER.verifier)
    assert found == notes.CheckpointText("clinrag.test/ledger", 3, b"\x11" * 32)
    assert offline.verify_checkpoint(signed(), VKEY) == offline.SignedTree(
        found.origin, found.size, found.root
    )


def test_checkpoint_ignores_extension_lines():
    note = SIGNER.sign(signed().partition("\n\n")[0] + "\nextension\n")
    assert notes.open_checkpoint(note, SIGNER.verifier).size == 3
    assert offline.verify_checkpoint(note, VKEY).size == 3


def test_note_opens_when_a_stranger_signed_too():
    note = signed() + notes.Signer.generate("witness").sign("x\n").split("\n\n")[1]
    assert notes.open_checkpoint(note, SIGNER.verifier).size == 3
    assert offline.verify_checkpoint(note, VKEY).size == 3


def rejected(note, vkey=VKEY):
    with pytest.raises(NoteInvalid):
        notes.open_checkpoint(note, notes.Verifier.from_vkey(vkey))
    with pytest.raises(offline.Rejected):
        offline.verify_checkpoint(note, vkey)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n3\n", "\n4\n"),
        lambda note: note.replace("clinrag.test", "clinrag.tesu", 1),
        lambda note: note.split("\n\n")[0] + "\n",
        lambda note: note.rstrip("\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note[:-3] + ("B" if note[-3] == "A" else "A") + "=\n",
        lambda note: note + "rubbish\n",
        lambda note: "",
        lambda note: "\n\n\n",
    ],
)
def test_checkpoint_is_refused_when_the_note_is_spoiled(spoil):
    rejected(spoil(signed()))


@pytest.mark.parametrize(
    "text",
    [
        "clinrag.test/ledger\n03\n" + base64.b64encode(b"\x11" * 32).decode() + "\n",
        "clinrag.test/ledger\n-3\n" + base64.b64encode(b"\x11" * 32).decode() + "\n",
        "clinrag.test/ledger\n3\n" + base64.b64encode(b"\x11" * 31).decode() + "\n",
        "clinrag.test/ledger\n3\nno base64\n",
        "clinrag.test/ledger\n3\n",
        "another.log/ledger\n3\n" + base64.b64encode(b"\x11" * 32).decode() + "\n",
    ],
)
def test_checkpoint_is_refused_when_a_signed_text_is_none(text):
    rejected(SIGNER.sign(text))


def test_checkpoint_is_refused_when_another_key_of_that_name_signed():
    rejected(signed(), notes.Signer.generate("clinrag.test/ledger").verifier.vkey)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "\ud800\n"])
def test_sign_refuses_when_a_note_cannot_carry_the_text(text):
    with pytest.raises(NoteInvalid):
        SIGNER.sign(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
def test_generate_refuses_when_a_note_cannot_carry_the_name(name):
    with pytest.raises(NoteInvalid):
        notes.Signer.generate(name)


@pytest.mark.parametrize("skey", ["", GO_SKEY[:-4], GO_SKEY.replace("c74f", "c74e")])
def test_signer_key_is_refused_when_it_does_not_fit_together(skey):
    with pytest.raises((KeyFileInvalid, NoteInvalid)):
        notes.Signer.from_skey(skey)


@given(st.text(max_size=200))
def test_open_checkpoint_only_ever_refuses_rubbish(note):
    rejected(note)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_openssl_accepts_the_signature(tmp_path):
    text, _, tail = signed().partition("\n\n")
    signature = base64.b64decode(tail.split(" ")[2])[4:]
    prefix = bytes.fromhex("302a300506032b6570032100")
    (tmp_path / "key").write_bytes(prefix + SIGNER.verifier.public)
    (tmp_path / "text").write_text(text + "\n", encoding="utf-8")
    (tmp_path / "signature").write_bytes(signature)
    command = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key"
    found = subprocess.run(
        [*command.split(), "-in", "text", "-sigfile", "signature"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Verified Successfully" in found.stdout, found.stderr


class TestOfflineProofs:
    ENTRIES = [f"entry {number}".encode() for number in range(9)]
    LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
    SUBTREE = staticmethod(merkle.subtree_of(LEAVES))

    def note(self, size):
        return signed(size, merkle.root(self.LEAVES[:size]))

    def test_inclusion_holds_for_every_entry_and_no_other_bytes(self):
        for index, entry in enumerate(self.ENTRIES):
            path = merkle.inclusion_path(index, 9, self.SUBTREE)
            proof = {"index": index, "path": path}
            offline.verify_inclusion(self.note(9), VKEY, entry, **proof)
            with pytest.raises(offline.Rejected):
                offline.verify_inclusion(self.note(9), VKEY, entry + b"!", **proof)
            with pytest.raises(offline.Rejected):
                offline.verify_inclusion(
                    self.note(9), VKEY, entry, index=index, path=path[1:]
                )

    def test_consistency_holds_for_every_pair_and_no_other_path(self):
        for old in range(1, 10):
            path = merkle.consistency_path(old, 9, self.SUBTREE)
            offline.verify_consistency(self.note(old), self.note(9), VKEY, path=path)
            with pytest.raises(offline.Rejected):
                offline.verify_consistency(
                    self.note(old), self.note(9), VKEY, path=[*path, b"\x00" * 32]
                )

    def test_consistency_is_refused_when_history_was_rewritten(self):
        path = merkle.consistency_path(4, 9, self.SUBTREE)
        forged = signed(4, b"\x22" * 32)
        with pytest.raises(offline.Rejected):
            offline.verify_consistency(forged, self.note(9), VKEY, path=path)

    def test_consistency_is_refused_when_the_log_shrank(self):
        with pytest.raises(offline.Rejected):
            offline.verify_consistency(self.note(9), self.note(4), VKEY, path=[])


ENCODED_ROOT = base64.b64encode(b"\x11" * 32).decode()
NAME = "clinrag.test/ledger"


def reason_of(call, error=NoteInvalid):
    with pytest.raises(error) as refusal:
        call()
    (reason,) = refusal.value.args
    return reason


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("no empty line\n", "no signatures"),
        (signed()[:-1], "no signatures"),
        (signed() + "rubbish\n", "signature line"),
        (signed().replace("— ", "— \x00"), "text"),
        (signed().replace("ledger\n", "ledger\ud800\n", 1), "text"),
        (signed().replace("ledger\n3", "ledger\r\n3"), "text"),
        ("x\n\n— name AAAAAA==\n", "signature line"),
        ("x\n\n— name AAAA\n", "signature line"),
        ("x\n\n— name AAAAAB==\n", "base64"),
        ("x\n\n— name A=A=\n", "base64"),
        ("x\n\n— other AAAAAAA=\n", "no signature by a trusted key"),
    ],
)
def test_note_says_why_it_is_refused(note, reason):
    found = reason_of(lambda: notes.open_note(note, [SIGNER.verifier]))
    assert found == reason


def test_note_is_read_up_to_its_limits_and_no_further():
    text, _, line = signed().partition("\n\n")
    full = f"{text}\n\n" + line * notes.MAX_SIGNATURES
    assert notes.open_note(full, [SIGNER.verifier]) == text + "\n"
    assert reason_of(lambda: notes.Note.parse(full + line)) == "too many signatures"
    rest = notes.MAX_NOTE_SIZE - len(f"\n\n{line}".encode())
    longest = "é" * (rest // 2) + "x" * (rest % 2) + f"\n\n{line}"
    assert len(longest.encode()) == notes.MAX_NOTE_SIZE
    assert notes.Note.parse(longest).text.startswith("é")
    assert reason_of(lambda: notes.Note.parse("x" + longest)) == "too large"


def test_note_tells_who_signed_each_once_and_in_order():
    other = notes.Signer.generate("other")
    text, _, line = signed().partition("\n\n")
    note = other.sign(text + "\n") + line + line
    parsed = notes.Note.parse(note)
    both = [SIGNER.verifier, other.verifier]
    assert parsed.verified(both) == (other.verifier, SIGNER.verifier)
    assert [one.name for one in parsed.signatures] == ["other", NAME, NAME]
    assert parsed.signatures[1].key_hash == SIGNER.verifier.hash


def test_note_is_spoiled_when_a_second_signature_by_a_trusted_key_is_bad():
    bad = SIGNER.sign("another\n").partition("\n\n")[2]
    assert reason_of(
        lambda: notes.open_checkpoint(signed() + bad, SIGNER.verifier)
    ) == ("signature")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{NAME}\n3\n{ENCODED_ROOT}\n\n", "checkpoint"),
        (f"{NAME}\n3\n{ENCODED_ROOT}\nx\n\ny\n", "checkpoint"),
        (f"\n3\n{ENCODED_ROOT}\n", "checkpoint"),
        (f"{NAME}\n3\n{ENCODED_ROOT}", "checkpoint"),
        (f"{NAME}\n+3\n{ENCODED_ROOT}\n", "checkpoint"),
        (f"{NAME}\n{2**63}\n{ENCODED_ROOT}\n", "checkpoint"),
        (f"{NAME}\n{'9' * 5000}\n{ENCODED_ROOT}\n", "checkpoint"),
        (f"{NAME}\n3\n{ENCODED_ROOT[:-4]}\n", "checkpoint"),
        (f"{NAME}\n3\n{ENCODED_ROOT[:-2]}F=\n", "base64"),
    ],
)
def test_checkpoint_text_says_why_it_is_refused(text, reason):
    assert reason_of(lambda: notes.CheckpointText.from_text(text)) == reason


@pytest.mark.parametrize("size", [0, 1, 2**63 - 1])
@pytest.mark.parametrize("extensions", [(), ("one",), ("one", "two words")])
def test_checkpoint_text_survives_being_written_down(size, extensions):
    text = notes.CheckpointText(NAME, size, b"\x11" * 32, extensions)
    assert notes.CheckpointText.from_text(text.to_text()) == text
    assert text.to_text().count("\n") == 3 + len(extensions)


def test_checkpoint_of_another_origin_is_refused_by_that_reason():
    note = signed(origin="another.log")
    assert reason_of(lambda: notes.open_checkpoint(note, SIGNER.verifier)) == "origin"


@pytest.mark.parametrize(
    ("vkey", "reason"),
    [
        ("", "verifier key"),
        (VKEY.replace("+", " +", 1), "verifier key"),
        (VKEY[:-1], "base64"),
        (VKEY.replace("clinrag", "klinrag"), "verifier key"),
        ("\ud800" + VKEY, "verifier key"),
        ("+" + VKEY.split("+", 1)[1], "verifier key"),
    ],
    ids=["empty", "space in name", "cut", "another name", "surrogate", "no name"],
)
def test_verifier_key_says_why_it_is_refused(vkey, reason):
    assert reason_of(lambda: notes.Verifier.from_vkey(vkey)) == reason


def test_verifier_key_may_stand_between_spaces():
    assert notes.Verifier.from_vkey(f" {VKEY}\n") == SIGNER.verifier


def test_verifier_of_small_order_verifies_nothing():
    verifier = notes.Verifier("log", b"\x01" + bytes(31))
    assert reason_of(lambda: verifier.verify("x\n", bytes(64))) == "verifier key"
    assert not notes.is_safe_key(SIGNER.verifier.public + b"\x00")
    assert not notes.is_safe_key(SIGNER.verifier.public[:31])


def test_signature_of_another_length_is_refused():
    for signature in (b"", b"x" * 63, b"x" * 65):
        assert reason_of(lambda s=signature: SIGNER.verifier.verify("x\n", s)) == (
            "signature"
        )
    for length in (71, 73):
        with pytest.raises(NoteInvalid) as refusal:
            notes.cosigned_at(bytes(length))
        assert refusal.value.args == ("cosignature",)
    assert notes.cosigned_at(b"\x7f" + b"\xff" * 7 + bytes(64)) == 2**63 - 1
    assert reason_of(lambda: notes.cosigned_at(b"\x80" + bytes(71))) == "cosignature"


def test_key_hash_is_that_of_the_specification():
    public = notes.Verifier.from_vkey(GO_VKEY).public
    assert notes.key_hash("PeterNeumann", public).hex() == "c74f20a3"
    other = notes.key_hash("PeterNeumann", public, notes.COSIGNATURE)
    assert other.hex() != "c74f20a3"


@pytest.mark.parametrize(
    ("skey", "reason"),
    [
        ("", "signer key"),
        (GO_SKEY[:-4], "signer key"),
        (GO_SKEY[:-1], "signer key"),
        (GO_SKEY.replace("c74f", "c74e"), "signer key"),
        (GO_SKEY.replace("+AYEK", "+BIEK"), "signer key"),
    ],
)
def test_signer_key_says_why_it_is_refused(skey, reason):
    assert reason_of(lambda: notes.Signer.from_skey(skey), KeyFileInvalid) == reason


def test_signer_shows_its_name_and_reads_its_key_between_spaces():
    assert repr(SIGNER) == f"Signer({NAME!r})"
    assert notes.Signer.from_skey(f" {GO_SKEY}\n").skey == GO_SKEY
    assert reason_of(lambda: notes.Signer.generate("a b")) == "key name"
    assert reason_of(lambda: SIGNER.sign("no newline")) == "text"
    assert reason_of(lambda: SIGNER.sign("\ud800\n")) == "text"


def test_a_text_may_hold_an_empty_line_since_the_last_one_ends_it():
    signer = notes.Signer.generate("log.test")
    text = "a\n\nb\n"
    assert notes.open_note(signer.sign(text), [signer.verifier]) == text


def test_a_key_says_whether_it_is_a_log_s_or_a_witness_s():
    witness = Cosigner.generate("w.test").verifier
    log = notes.Signer.generate("log.test").verifier
    for known, kind in ((witness, notes.COSIGNATURE), (log, notes.ED25519)):
        read = notes.Verifier.from_vkey(known.vkey)
        assert (read, read.kind) == (known, kind)
