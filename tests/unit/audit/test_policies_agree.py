"""Two readers of one policy format, written apart, refuse and count alike.

They do so also for notes with lines that do not hold: C2SP signed-note has a verifier
ignore the lines of keys it does not know, and refuse a note for one of a key it knows.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.cosignatures import Cosigner
from audit.errors import NoteInvalid
from audit.notes import decode_base64, encode_base64
from audit.offline.notes import read_note
from audit.offline.policy import read_policy
from audit.offline.problems import Problem
from audit.witnessing.errors import PolicyInvalid
from audit.witnessing.policy import Policy
from tests.logs import SmallLog

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LOG = SmallLog()
WITNESSES = {name: Cosigner.generate(f"witness.example/{name}") for name in "abcd"}
LINES = {name: each.cosign(LOG.text(5), at=AT) for name, each in WITNESSES.items()}
NAMES = st.sampled_from(["a", "b", "c", "d", "g", "h", "none"])
WITNESS = st.sampled_from(sorted(WITNESSES)).flatmap(
    lambda key: st.sampled_from([key, key, key, "g", "none"]).map(
        lambda name: f"witness {name} {WITNESSES[key].verifier.vkey}"
    )
)
GROUP = st.builds(
    lambda name, count, members: f"group {name} {count} {' '.join(members)}",
    st.sampled_from("gh"),
    st.sampled_from(["any", "all", "1", "2", "3", "0", "01"]),
    st.lists(NAMES, min_size=1, max_size=4),
)
QUORUM = st.builds(lambda name: f"quorum {name}", NAMES)
DEFINED = [f"witness {n} {each.verifier.vkey}" for n, each in WITNESSES.items()]
POLICIES = st.one_of(
    st.lists(st.one_of(WITNESS, GROUP, QUORUM), max_size=9),
    st.tuples(GROUP, GROUP, QUORUM).map(lambda rest: [*DEFINED, *rest]),
    st.tuples(GROUP, QUORUM).map(lambda rest: [*DEFINED, *rest]),
)


@given(POLICIES, st.sets(st.sampled_from(sorted(WITNESSES))))
@settings(deadline=None)
def test_readers_agree_on_what_is_a_policy_and_when_it_is_met(lines, names):
    text = "".join(f"{line}\n" for line in [f"log {LOG.vkey}", *lines])
    note = LOG.note(5) + "".join(LINES[name] for name in sorted(names))
    assert ours(text, note) == theirs(text, note)


def altered(line: str, *, at: int = 0, bit: int = 1, keep: int | None = None) -> str:
    """The line under the same name, with one bit of its material another, or cut."""
    dash, name, encoded = line.split()
    material = bytearray(decode_base64(encoded))
    material[at] ^= bit
    return f"{dash} {name} {encode_base64(bytes(material[:keep]))}\n"


def line_under(note: str) -> str:
    return note.rpartition("\n\n")[2]


STRANGER = Cosigner.generate("witness.example/stranger")
NAMESAKE = Cosigner.generate("witness.example/d")
OTHER_LOG = SmallLog(LOG.origin)
IGNORED = {
    "nothing": "",
    "a witness that is not known": STRANGER.cosign(LOG.text(5), at=AT),
    "it, on another text": STRANGER.cosign(LOG.text(6), at=AT),
    "another key of a known name": NAMESAKE.cosign(LOG.text(5), at=AT),
    "it, on another text too": NAMESAKE.cosign(LOG.text(6), at=AT),
    "a known name and another id": altered(LINES["d"]),
    "another log of this name": line_under(OTHER_LOG.note(6)),
    "the same cosignature again": LINES["a"],
    "another time": WITNESSES["a"].cosign(LOG.text(5), at=LATER),
}
SPOILING = {
    "a cosignature on another text": WITNESSES["d"].cosign(LOG.text(6), at=AT),
    "another time than the signed one": altered(LINES["d"], at=11),
    "a time past all bounds": altered(LINES["d"], at=4, bit=0x80),
    "a bit of the signature": altered(LINES["d"], at=-1),
    "a short cosignature": altered(LINES["d"], at=-1, keep=-1),
    "a time and no signature": altered(LINES["d"], at=-1, keep=12),
    "half a time": altered(LINES["d"], at=-1, keep=8),
    "a good one's double": WITNESSES["a"].cosign(LOG.text(6), at=AT),
    "the log's line of another size": line_under(LOG.note(6)),
    "a short line of the log": altered(line_under(LOG.note(5)), at=-1, keep=-1),
}
KNOWN = "".join(f"{line}\n" for line in [f"log {LOG.vkey}", *DEFINED])
QUORUMS = ["quorum none\n", "quorum a\n", "group g 2 a b d\nquorum g\n"]


@pytest.mark.parametrize("quorum", QUORUMS)
@pytest.mark.parametrize("case", IGNORED)
def test_both_readers_ignore_a_line_when_its_key_is_not_known(case, quorum):
    for note in notes_with(IGNORED[case]):
        found = ours(KNOWN + quorum, note), theirs(KNOWN + quorum, note)
        assert found == (True, True)


@pytest.mark.parametrize("quorum", QUORUMS)
@pytest.mark.parametrize("case", SPOILING)
def test_both_readers_refuse_a_note_when_a_line_of_a_known_key_fails(case, quorum):
    for note in notes_with(SPOILING[case]):
        found = ours(KNOWN + quorum, note), theirs(KNOWN + quorum, note)
        assert found == (False, False)
    assert theirs(KNOWN + quorum, LOG.note(5) + LINES["a"] + LINES["b"])


@given(
    st.permutations([*LINES.values(), *IGNORED.values(), *SPOILING.values()]),
    st.integers(0, 6),
    st.sampled_from(QUORUMS),
)
@settings(deadline=None)
def test_both_readers_say_the_same_of_lines_in_any_order(lines, count, quorum):
    note = LOG.note(5) + "".join(lines[:count])
    assert ours(KNOWN + quorum, note) == theirs(KNOWN + quorum, note)


def notes_with(line: str) -> list[str]:
    """A note that two witnesses cosigned, and the line before theirs or after."""
    cosigned = LINES["a"] + LINES["b"]
    return [LOG.note(5) + line + cosigned, LOG.note(5) + cosigned + line]


def ours(text: str, note: str) -> bool | None:
    try:
        policy = Policy.parse(text)
    except PolicyInvalid:
        return None
    try:
        return policy.is_met(note)
    except NoteInvalid:
        return False


def theirs(text: str, note: str) -> bool | None:
    try:
        policy = read_policy(text)
    except Problem:
        return None
    try:
        policy.check(read_note(note))
    except Problem:
        return False
    return True
