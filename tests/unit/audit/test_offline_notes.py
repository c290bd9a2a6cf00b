"""Signed notes taken apart; C2SP signed-note."""

import pytest

from audit.offline.keys import read_vkey
from audit.offline.notes import Signature, read_note, tree_signed_by
from audit.offline.problems import Malformed, Rejected
from tests.unit.audit.folder_logs import FolderLog, Key, b64, note, some_entries

KEY = Key("log.example")


def told(text):
    with pytest.raises(Malformed) as refusal:
        read_note(text)
    return refusal.value.code, str(refusal.value)


def test_a_text_ends_at_the_last_blank_line():
    text = "first\n\nsecond\n\n\nthird\n"
    found = read_note(note(text, KEY))
    assert found.text == text
    assert [line.name for line in found.signatures] == [KEY.name]
    assert found.times_signed_by(Key("other.example")) == []


def test_a_signature_is_written_as_it_was_read():
    line = KEY.line("text\n")
    (signature,) = read_note(f"text\n\n{line}").signatures
    assert signature.to_line() == line
    assert (signature.name, signature.key_id) == (KEY.name, KEY.key_id)


@pytest.mark.parametrize(
    "line",
    ["—", "— ", f"- name {b64(bytes(68))}", f"— a+b {b64(bytes(68))}",
     f"—  {b64(bytes(68))}", f"—name {b64(bytes(68))}", f"— name {b64(bytes(4))}",
     "— name "],
)  # fmt: skip
def test_a_line_that_is_no_signature_is_told(line):
    refusal = told(f"text\n\n{line}\n")
    assert refusal == ("note_malformed", "a malformed signature line")


def test_the_least_signature_has_a_byte():
    (signature,) = read_note(f"text\n\n— name {b64(bytes(5))}\n").signatures
    assert signature == Signature("name", bytes(4), b"\x00")


def test_what_follows_a_name_is_its_base64_to_the_end_of_the_line():
    encoded = b64(bytes(68))
    assert told(f"text\n\n— name {encoded} {encoded}\n")[0] == "base64_invalid"


class TestTreeSignedBy:
    @pytest.fixture
    def log(self):
        return FolderLog(some_entries(3), KEY, (Key("w.example", kind=4),))

    def refused(self, text, *keys):
        with pytest.raises(Rejected) as refusal:
            tree_signed_by(read_note(text), [read_vkey(key.vkey) for key in keys])
        problem = refusal.value
        return problem.code, problem.layer, str(problem)

    def test_one_of_the_keys_is_enough(self, log):
        keys = [read_vkey(key.vkey) for key in (Key(KEY.name), KEY)]
        tree = tree_signed_by(read_note(log.note()), keys)
        assert (tree.origin, tree.size, tree.root) == (
            KEY.name, 3, log.tree.mth(0, 3),
        )  # fmt: skip

    def test_another_key_of_its_name_has_not_signed(self, log):
        told = "the checkpoint is not signed by this key"
        for keys in ([], [Key(KEY.name)], list(log.witnesses)):
            refusal = self.refused(log.note(), *keys)
            assert refusal == ("signature_missing", "signature", told)

    def test_a_key_speaks_for_its_own_origin(self, log):
        other = Key("other.example")
        refusal = self.refused(note(log.text(), other), other)
        told = "the checkpoint is of another log"
        assert refusal == ("origin_differs", "signature", told)
