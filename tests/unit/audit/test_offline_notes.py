"""Signed notes taken apart; C2SP signed-note."""

import pytest

from audit.offline.notes import Signature, read_note
from audit.offline.problems import Malformed
from tests.unit.audit.folder_logs import Key, b64, note

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
