"""Two readers of one policy format, written apart, refuse and count alike."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.cosignatures import Cosigner
from audit.offline.notes import read_note
from audit.offline.policy import read_policy
from audit.offline.problems import Problem
from audit.witnessing.errors import PolicyInvalid
from audit.witnessing.policy import Policy
from tests.logs import SmallLog

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
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


def ours(text: str, note: str) -> bool | None:
    try:
        return Policy.parse(text).is_met(note)
    except PolicyInvalid:
        return None


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
