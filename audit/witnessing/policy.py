"""Which witnesses must have cosigned a checkpoint: a C2SP tlog-policy file.

Promises to read that format strictly, to say the line at fault, and never to count a
witness that the log's operator runs, when told which those are. Does not judge whether
two witnesses are independent of each other: whoever writes the policy does.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.errors import NoteInvalid
from audit.notes import COSIGNATURE, ED25519, CheckpointText, Note, Verifier
from audit.witnessing.errors import PolicyInvalid

MAX_SIZE: Final = 1_000_000
MAX_DEFINITIONS: Final = 1000
NONE: Final = "none"
_ALLOWED: Final = re.compile(rb"[\x09\x0a\x20-\x7e\x80-\xff]*")
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class KnownLog:
    """A log whose checkpoints the policy accepts."""

    key: Verifier
    url: str | None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness, under the name it has within the policy."""

    name: str
    key: Verifier
    url: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these members must have cosigned."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that was read without fault; `quorum` names a witness, group or none."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    @classmethod
    def parse(cls, text: str | bytes, *, own: Collection[str] = ()) -> "Policy":
        """Read a policy file; `own` are vkeys of witnesses that may not count.

        Raises PolicyInvalid with the number of the line at fault.
        """
        data = text.encode() if isinstance(text, str) else text
        reader = _Reader()
        for line in _lines(data):
            reader.number += 1
            reader.read(line)
        policy = reader.finish()
        for witness in policy.counting(own):
            place = reader.lines[witness.name]
            raise PolicyInvalid(f"line {place}: a witness of one's own in the quorum")
        return policy

    @classmethod
    def read(cls, path: Path, *, own: Collection[str] = ()) -> "Policy":
        """The policy in a file. Raises PolicyInvalid, also if there is no file."""
        try:
            return cls.parse(path.read_bytes(), own=own)
        except OSError as error:
            raise PolicyInvalid(f"cannot be read: {type(error).__name__}") from error
        except NoteInvalid as error:
            raise PolicyInvalid("one's own witnesses are not public keys") from error

    def counting(self, own: Collection[str]) -> tuple[Witness, ...]:
        """The witnesses in the quorum whose public key is among these vkeys.

        Another name does not make another key. Raises NoteInvalid for a bad vkey.
        """
        keys = {Verifier.from_vkey(vkey).public for vkey in own}
        names = self._named_by_quorum()
        return tuple(
            witness
            for witness in self.witnesses
            if witness.name in names and witness.key.public in keys
        )

    def cosigned_by(self, note: str) -> frozenset[str]:
        """The policy's names of the witnesses that cosigned this checkpoint.

        Raises NoteInvalid unless one of the policy's logs signed it as its own, or if
        a signature by a known key does not hold.
        """
        parsed = Note.parse(note)
        logs = [log.key for log in self.logs]
        keys = [witness.key for witness in self.witnesses]
        signers = set(parsed.verified([*logs, *keys]))
        origin = CheckpointText.from_text(parsed.text).origin
        if not any(key in signers and key.name == origin for key in logs):
            raise NoteInvalid("no signature by a log of the policy")
        return frozenset(each.name for each in self.witnesses if each.key in signers)

    def is_met(self, note: str) -> bool:
        """Whether enough witnesses cosigned. Raises NoteInvalid as `cosigned_by`."""
        witnessed = set(self.cosigned_by(note)) | {NONE}
        # A group names only what stands above it, so one pass is enough.
        for group in self.groups:
            if len(witnessed.intersection(group.members)) >= group.threshold:
                witnessed.add(group.name)
        return self.quorum in witnessed

    def _named_by_quorum(self) -> set[str]:
        names = {self.quorum}
        for group in reversed(self.groups):
            if group.name in names:
                names.update(group.members)
        return names


@dataclass
class _Reader:
    """A policy file being read, line by line."""

    number: int = 0
    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    lines: dict[str, int] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)

    def read(self, line: str) -> None:
        # Not `split()`: that takes a Unicode space inside a name for a border.
        match re.split(r"[ \t]+", line.strip(" \t")):
            case [""]:
                return
            case [word, *_] if word.startswith("#"):
                return
            case ["log", vkey, *url] if len(url) <= 1:
                self.read_log(vkey, url)
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self.read_witness(name, vkey, url)
            case ["group", name, threshold, *members] if members:
                self.read_group(name, threshold, members)
            case ["quorum", name]:
                self.read_quorum(name)
            case _:
                raise self.fault("not a line of a policy")

    def read_log(self, vkey: str, url: Sequence[str]) -> None:
        key = self.key(vkey, ED25519)
        if any(log.key.public == key.public for log in self.logs):
            raise self.fault("the same log twice")
        self.check_count(self.logs)
        self.logs.append(KnownLog(key, url[0] if url else None))

    def read_witness(self, name: str, vkey: str, url: Sequence[str]) -> None:
        key = self.key(vkey, COSIGNATURE)
        if any(witness.key.public == key.public for witness in self.witnesses):
            raise self.fault("the same witness twice")
        self.check_count(self.witnesses)
        self.define(name)
        self.witnesses.append(Witness(name, key, url[0] if url else None))

    def read_group(self, name: str, threshold: str, members: Sequence[str]) -> None:
        for member in members:
            self.check_defined(member)
            if member in self.members:
                raise self.fault("a member of a group already")
            self.members.add(member)
        self.check_count(self.groups)
        wanted = self.threshold(threshold, len(members))
        self.define(name)
        self.groups.append(Group(name, wanted, tuple(members)))

    def read_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise self.fault("a second quorum")
        if name != NONE:
            self.check_defined(name)
        self.quorum = name

    def finish(self) -> Policy:
        if self.quorum is None:
            raise self.fault("no quorum line")
        logs, witnesses = tuple(self.logs), tuple(self.witnesses)
        return Policy(logs, witnesses, tuple(self.groups), self.quorum)

    def threshold(self, word: str, count: int) -> int:
        if word in {"any", "all"}:
            return 1 if word == "any" else count
        if not _THRESHOLD.fullmatch(word) or int(word) > count:
            raise self.fault("a threshold is any, all, or a number of the members")
        return int(word)

    def key(self, vkey: str, kind: bytes) -> Verifier:
        try:
            key = Verifier.from_vkey(vkey)
        except NoteInvalid as error:
            raise self.fault("not a public key") from error
        if key.kind != kind:
            raise self.fault("a key of another kind than this line needs")
        return key

    def define(self, name: str) -> None:
        if name == NONE or name in self.lines:
            raise self.fault("a name that is taken")
        self.lines[name] = self.number

    def check_defined(self, name: str) -> None:
        if name not in self.lines:
            raise self.fault("a name that no line above defines")

    def check_count(self, found: Sequence[object]) -> None:
        if len(found) >= MAX_DEFINITIONS:
            raise self.fault("too many definitions")

    def fault(self, what: str) -> PolicyInvalid:
        return PolicyInvalid(f"line {self.number}: {what}")


def _lines(data: bytes) -> list[str]:
    """The file's lines; octets above 0x7F stay what they are, as the format says."""
    if len(data) > MAX_SIZE:
        raise PolicyInvalid("too large")
    if not data.endswith(b"\n"):
        # A file cut off in transit could end in a shorter, laxer rule.
        last = data.count(b"\n") + 1
        raise PolicyInvalid(f"line {last}: no newline at the end")
    *lines, _end = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not _ALLOWED.fullmatch(line):
            raise PolicyInvalid(f"line {number}: a control character")
    return [line.decode(errors="surrogateescape") for line in lines]
