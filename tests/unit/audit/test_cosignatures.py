import base64
from datetime import UTC, datetime

import pytest

from audit import notes
from audit.cosignatures import Cosigner, cosignatures_of
from audit.errors import KeyFileInvalid, NoteInvalid
from audit.offline.keys import WITNESS, read_vkey
from audit.offline.notes import read_note

LOG = notes.Signer.generate("log.test")
NAME = "witness.test/w1"
COSIGNER = Cosigner.generate(NAME)
AT = datetime(2026, 11, 23, 5, 0, 7, 999_999, tzinfo=UTC)
TEXT = "log.test\n3\n" + base64.b64encode(b"\x11" * 32).decode() + "\n"
NOTE = LOG.sign(TEXT)


def test_cosignature_is_made_as_c2sp_says_and_read_by_both():
    line = COSIGNER.cosign(TEXT, at=AT)
    dash, name, encoded = line.rstrip("\n").split(" ")
    material = base64.b64decode(encoded)
    assert (dash, name, line[-1]) == ("—", NAME, "\n")
    assert material[:4] == COSIGNER.verifier.hash
    assert int.from_bytes(material[4:12], "big") == int(AT.timestamp())
    assert len(material) == 4 + 8 + 64
    (found,) = cosignatures_of(NOTE + line, [COSIGNER.verifier])
    assert (found.witness, found.line) == (COSIGNER.verifier, line)
    assert found.at == AT.replace(microsecond=0)
    key = read_vkey(COSIGNER.verifier.vkey)
    assert key.kind == WITNESS
    assert read_note(NOTE + line).times_signed_by(key) == [int(AT.timestamp())]


def test_cosigned_message_is_the_one_of_the_specification():
    expected = "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n"
    said = notes.cosigned_message("example.com/behind-the-sofa\n", 1_679_315_147)
    assert said == expected


def test_the_newest_of_one_witness_counts_whatever_the_order():
    earlier = COSIGNER.cosign(TEXT, at=AT.replace(year=2025))
    later = COSIGNER.cosign(TEXT, at=AT)
    for lines in (earlier + later, later + earlier):
        (found,) = cosignatures_of(NOTE + lines, [COSIGNER.verifier])
        assert found.line == later


def test_only_witnesses_that_are_asked_for_count():
    other = Cosigner.generate("other.test")
    note = NOTE + COSIGNER.cosign(TEXT, at=AT) + other.cosign(TEXT, at=AT)
    found = cosignatures_of(note, [LOG.verifier, other.verifier])
    assert [one.witness for one in found] == [other.verifier]
    both = cosignatures_of(note, [other.verifier, COSIGNER.verifier])
    assert [one.witness for one in both] == [COSIGNER.verifier, other.verifier]


def test_a_cosignature_over_another_text_is_refused():
    line = COSIGNER.cosign(TEXT.replace("3", "4"), at=AT)
    with pytest.raises(NoteInvalid):
        cosignatures_of(NOTE + line, [COSIGNER.verifier])


def test_a_cosignature_with_another_time_is_refused():
    line = COSIGNER.cosign(TEXT, at=AT)
    material = bytearray(base64.b64decode(line.split(" ")[2]))
    for change in (1, 0x80):
        changed = bytearray(material)
        changed[11 if change == 1 else 4] ^= change
        encoded = base64.b64encode(changed).decode()
        with pytest.raises(NoteInvalid):
            cosignatures_of(NOTE + f"— {NAME} {encoded}\n", [COSIGNER.verifier])


def test_a_time_before_1970_cannot_be_cosigned():
    assert COSIGNER.cosign(TEXT, at=datetime(1970, 1, 1, tzinfo=UTC))
    with pytest.raises(NoteInvalid) as refusal:
        COSIGNER.cosign(TEXT, at=datetime(1969, 12, 31, tzinfo=UTC))
    assert refusal.value.args == ("cosignature",)


def test_cosigner_survives_being_written_down_and_shows_no_secret():
    again = Cosigner.from_skey(f" {COSIGNER.skey}\n")
    assert again.verifier == COSIGNER.verifier
    assert again.cosign(TEXT, at=AT) == COSIGNER.cosign(TEXT, at=AT)
    assert repr(COSIGNER) == f"Cosigner({NAME!r})"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda skey: "",
        lambda skey: skey[:-4],
        lambda skey: skey.replace("PRIVATE", "private"),
        lambda skey: skey.replace(NAME, "other"),
        lambda skey: LOG.skey,
    ],
)
def test_cosigner_key_is_refused_when_it_does_not_fit_together(spoil):
    with pytest.raises(KeyFileInvalid) as refusal:
        Cosigner.from_skey(spoil(COSIGNER.skey))
    assert refusal.value.args == ("cosigner key",)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "\ud800", "a\x00b"])
def test_generate_refuses_when_a_note_cannot_carry_the_name(name):
    with pytest.raises(NoteInvalid) as refusal:
        Cosigner.generate(name)
    assert refusal.value.args == ("key name",)


def test_a_time_beyond_all_calendars_is_refused():
    text = TEXT.encode()
    key = COSIGNER._key
    said = b"cosignature/v1\ntime %d\n" % (2**62) + text
    material = COSIGNER.verifier.hash + (2**62).to_bytes(8, "big") + key.sign(said)
    line = f"— {NAME} {base64.b64encode(material).decode()}\n"
    with pytest.raises(NoteInvalid) as refusal:
        cosignatures_of(NOTE + line, [COSIGNER.verifier])
    assert refusal.value.args == ("cosignature",)


def test_of_two_cosignatures_of_one_moment_the_first_counts():
    line = COSIGNER.cosign(TEXT, at=AT)
    padded = line.replace("\n", "\n" + line)
    (found,) = cosignatures_of(NOTE + padded, [COSIGNER.verifier])
    assert found.line == line


@pytest.mark.parametrize("kind", [b"\x01", b"\x05", b""])
def test_a_private_key_of_another_kind_makes_no_cosigner(kind):
    *start, encoded = COSIGNER.skey.split("+", 4)
    material = base64.b64decode(encoded)
    assert Cosigner.from_skey(COSIGNER.skey).verifier == COSIGNER.verifier
    other = base64.b64encode(kind + material[1:]).decode()
    with pytest.raises(KeyFileInvalid):
        Cosigner.from_skey("+".join([*start, other]))
