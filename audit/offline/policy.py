"""Which logs and witnesses count, and how many of them: C2SP tlog-policy.

The file is read strictly: one quorum, no name twice, no key twice, no member of two
groups. A name may be any text without white space.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from audit.offline.keys import LOG, WITNESS, PublicKey, read_vkey
from audit.offline.notes import Note
from audit.offline.problems import Malformed, Rejected

MAX_LINES: Final = 1_000
NOBODY: Final = "none"
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_COUNT: Final = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Group:
    """That at least `count` of these witnesses and groups have signed."""

    count: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs and witnesses by their keys, groups by name, and the name that decides."""

    logs: tuple[PublicKey, ...]
    witnesses: dict[str, PublicKey]
    groups: dict[str, Group]
    quorum: str

    def check(self, note: Note) -> dict[str, int]:
        """When which witness cosigned, in POSIX seconds; raises Rejected.

        A line under the name and id of a known log or witness that does not hold spoils
        the note, as C2SP signed-note advises: whoever can add a line could as well take
        the others away. Lines by keys that the policy does not name are ignored.
        """
        for log in self.logs:
            note.times_signed_by(log)
        signed = self._times(note)
        if self.quorum != NOBODY and not self._is_met(self.quorum, signed):
            raise Rejected(
                "too few of the policy's witnesses cosigned the checkpoint",
                code="quorum_missed",
                layer="witness",
            )
        return signed

    def _times(self, note: Note) -> dict[str, int]:
        found = {}
        for name, key in self.witnesses.items():
            if times := note.times_signed_by(key):
                found[name] = max(time or 0 for time in times)
        return found

    def _is_met(self, name: str, signed: dict[str, int]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in signed
        return sum(self._is_met(it, signed) for it in group.members) >= group.count


@dataclass(slots=True)
class _Reading:
    """What the lines so far have said."""

    logs: list[PublicKey] = field(default_factory=list)
    witnesses: dict[str, PublicKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    grouped: set[str] = field(default_factory=set)
    quorum: str = ""

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(_key(vkey, LOG, self.logs))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                key = _key(vkey, WITNESS, list(self.witnesses.values()))
                self.witnesses[self._new(name)] = key
            case ["group", name, count, *members] if members:
                self.groups[self._new(name)] = self._group(count, members)
            case ["quorum", name] if not self.quorum:
                self.quorum = name if name == NOBODY else self._known(name)
            case _:
                raise _malformed("a line that is none of a policy")

    def _group(self, count: str, members: list[str]) -> Group:
        for member in members:
            if self._known(member) in self.grouped:
                raise _malformed("a member of two groups")
            self.grouped.add(member)
        needed = {"any": 1, "all": len(members)}.get(count)
        if needed is None:
            needed = int(count) if _COUNT.fullmatch(count) else 0
        if not 1 <= needed <= len(members):
            raise _malformed("a group that cannot be met")
        return Group(needed, tuple(members))

    def _new(self, name: str) -> str:
        if name == NOBODY or name in self.witnesses or name in self.groups:
            raise _malformed("a name is defined twice")
        return name

    def _known(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise _malformed("a name is used before it is defined")
        return name


def read_policy(text: str) -> Policy:
    """Read a policy file; raises Malformed."""
    lines = text.split("\n")
    if len(lines) > MAX_LINES or _FORBIDDEN.search(text):
        raise _malformed("too long, or a control character")
    reading = _Reading()
    for line in lines:
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            reading.read(words)
    if not reading.quorum:
        raise _malformed("no quorum line")
    return Policy(
        tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum
    )


def _key(vkey: str, kind: int, others: list[PublicKey]) -> PublicKey:
    key = read_vkey(vkey)
    if key.kind != kind or key.public in {other.public for other in others}:
        raise _malformed("a key of another kind, or one named twice")
    return key


def _malformed(reason: str) -> Malformed:
    return Malformed(f"this is no policy: {reason}", code="policy_malformed")
