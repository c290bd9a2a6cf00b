"""Watches one log from outside: each checkpoint extends the one seen before.

Remembers the last checkpoint in a small file of its own; whoever can change that file
can make it forget. Sees a log that forks, shrinks or stands still. Does not see that
somebody else is shown another log: compare its file with theirs, or ask for witnesses.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from audit.offline.encoding import read_text
from audit.offline.fsck import as_rejected, read_checkpoint_note
from audit.offline.keychain import Keychain
from audit.offline.keys import PublicKey, read_vkey
from audit.offline.merkle import check_consistency
from audit.offline.notes import Note, SignedTree, read_note, tree_signed_by
from audit.offline.policy import Policy
from audit.offline.problems import Malformed, Missing, Rejected, Unreadable
from audit.offline.reading import LOG_EVENT
from audit.offline.sources import Source, read_file
from audit.offline.tiles import (
    WIDTH,
    TileProver,
    read_bundle,
    split_bundle,
    width_of,
)

FORMAT: Final = "clinrag.monitor/1"
MAX_STATE: Final = 2_000_000
MOST_BUNDLES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Memory:
    """The key trusted now, the last note, and when it was first seen (POSIX)."""

    vkey: str
    note: str
    seen_at: int
    format: str = FORMAT


def read_memory(path: Path) -> Memory | None:
    """What was remembered, None if nothing was; raises Malformed or Unreadable."""
    try:
        data = json.loads(read_text(read_file(path, limit=MAX_STATE)))
        memory = Memory(**data)
        is_sound = isinstance(memory.seen_at, int) and memory.format == FORMAT
        read_note(memory.note)
        read_vkey(memory.vkey)
    except Missing:
        return None
    except (ValueError, TypeError, AttributeError, RecursionError):
        is_sound = False
    if not is_sound:
        raise Malformed("this is no memory of a monitor", code="memory_malformed")
    return memory


def write_memory(path: Path, memory: Memory) -> None:
    """Replace the file whole, so that a crash leaves the old one."""
    beside = path.with_name(path.name + ".new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(asdict(memory), file, ensure_ascii=True, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise Unreadable(
            f"the memory could not be written ({type(error).__name__})",
            code="memory_unwritable",
        ) from None


@dataclass(frozen=True, slots=True)
class Watch:
    """What is watched, by which key at first, and how old it may be in seconds."""

    source: Source
    key: PublicKey
    policy: Policy | None = None
    max_age: int | None = None


def look(
    watch: Watch, memory: Memory | None, *, at: int
) -> tuple[Memory, dict[str, object]]:
    """Fetch the checkpoint and compare; what to remember, and what was found.

    `at` is in POSIX seconds. Raises Problem: then the old memory stays. `stale` among
    the findings is an alarm too, and what was seen is remembered nevertheless.
    """
    note = read_checkpoint_note(watch.source)
    key = watch.key if memory is None else read_vkey(memory.vkey)
    old = _remembered(memory, key)
    tree, key = _signed(watch, note, key, old)
    if old is not None:
        _check_extends(watch.source, old, tree)
    cosigned = {} if watch.policy is None else watch.policy.check(note)
    is_new = memory is None or old is None or tree.size > old.size
    seen_at = at if is_new or memory is None else memory.seen_at
    fresh_at = max([seen_at, *(time for time in cosigned.values() if time <= at)])
    now = Memory(key.vkey, _joined(note), seen_at)
    if memory is not None and not is_new:
        now = replace(memory, vkey=key.vkey)
    found = {
        "origin": tree.origin,
        "size": tree.size,
        "root": tree.root.hex(),
        "previous_size": None if old is None else old.size,
        "cosigned": cosigned,
        "age": at - fresh_at,
        "stale": watch.max_age is not None and at - fresh_at > watch.max_age,
    }
    return now, found


def _remembered(memory: Memory | None, key: PublicKey) -> SignedTree | None:
    if memory is None:
        return None
    # Signed perhaps by the key before a rotation that has been followed since.
    tree = read_note(memory.note).tree()
    if tree.origin != key.name:
        raise Malformed("the memory is of another log", code="memory_malformed")
    return tree


def _joined(note: Note) -> str:
    lines = [line.to_line() for line in note.signatures]
    return note.text + "\n" + "".join(lines)


def _signed(
    watch: Watch, note: Note, key: PublicKey, old: SignedTree | None
) -> tuple[SignedTree, PublicKey]:
    """The tree and the key that signed it, after any rotation in the new entries."""
    if note.times_signed_by(key):
        return tree_signed_by(note, [key]), key
    chain = Keychain(key)
    try:
        tree = note.tree()
        # The last entry seen may be the change itself: its size has both signatures.
        first = 0 if old is None else max(old.size - 1, 0) // WIDTH
        for number in range(first, _end(first, tree.size)):
            _follow(watch.source, number, tree.size, chain)
    except Malformed as problem:
        raise as_rejected(problem, layer="checkpoint") from None
    return chain.signed(note), chain.key


def _end(first: int, size: int) -> int:
    """Where to stop: a size that nobody signed must not keep us reading."""
    return min((size + WIDTH - 1) // WIDTH, first + MOST_BUNDLES)


def _follow(source: Source, number: int, size: int, chain: Keychain) -> None:
    """Read one bundle's rotations; both keys' signatures speak for themselves."""
    data, count = read_bundle(source, number, width_of(0, number, size))
    if LOG_EVENT not in data:
        return
    for at, entry in enumerate(split_bundle(data, count)):
        if LOG_EVENT in entry:
            chain.read(number * WIDTH + at, entry)


def _check_extends(source: Source, old: SignedTree, new: SignedTree) -> None:
    """Raises Rejected if the log forked or shrank."""
    path: list[bytes] = []
    if 0 < old.size < new.size:
        try:
            path = TileProver(source, new.size).consistency(old.size)
        except (Malformed, Missing) as problem:
            raise as_rejected(problem, layer="tile") from None
    try:
        check_consistency((old.size, old.root), (new.size, new.root), path=path)
    except Rejected as problem:
        raise problem.at(layer="checkpoint", index=min(old.size, new.size)) from None
