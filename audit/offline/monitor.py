"""Watches one log from outside: each checkpoint extends the one seen before.

Remembers the last checkpoint in a small file of its own; whoever can change that file
can make it forget. Sees a log that forks, shrinks or stands still, and a key that signs
after the entry that changed it: the entries since the last look are read for that, the
first time all of them. `entries_read` is false if some are not to be had: then a key
that was changed is not noticed. Does not see that
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
from audit.offline.notes import Note, SignedTree, read_note
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
    signed = _signed(watch, note, key, old)
    tree = signed.tree
    if old is not None:
        _check_extends(watch.source, old, tree)
    cosigned = {} if watch.policy is None else watch.policy.check(note)
    is_new = memory is None or old is None or tree.size > old.size
    seen_at = at if is_new or memory is None else memory.seen_at
    fresh_at = max([seen_at, *(time for time in cosigned.values() if time <= at)])
    now = Memory(signed.key.vkey, _joined(note), seen_at)
    if memory is not None and not is_new:
        now = replace(memory, vkey=signed.key.vkey)
    found = {
        "origin": tree.origin,
        "size": tree.size,
        "root": tree.root.hex(),
        "previous_size": None if old is None else old.size,
        "signed_by": signed.key.key_id.hex(),
        "entries_read": signed.is_read,
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


@dataclass(frozen=True, slots=True)
class _Signed:
    """A tree, the key that signs the log now, and whether every new entry was read."""

    tree: SignedTree
    key: PublicKey
    is_read: bool


def _signed(
    watch: Watch, note: Note, key: PublicKey, old: SignedTree | None
) -> _Signed:
    """Who signed the tree, after the changes of key in the entries not seen before.

    A key that was changed there may not sign what comes after. Entries that nobody may
    read are passed over if the key that is known has signed.
    """
    is_known = bool(note.times_signed_by(key))
    chain = Keychain(key)
    try:
        tree = note.tree()
        is_read = _follow(watch.source, old, tree.size, chain)
    except Malformed as problem:
        raise as_rejected(problem, layer="checkpoint") from None
    except Unreadable:
        if not is_known:
            raise
        is_read = False
    return _Signed(chain.signed(note), chain.key, is_read)


def _follow(source: Source, old: SignedTree | None, size: int, chain: Keychain) -> bool:
    """Read the new entries' changes of key; False if not all entries were there.

    Both keys' signatures speak for a change. Entries that were pruned hold none.
    """
    # The last entry seen may be the change itself: its size has both signatures.
    first = 0 if old is None else max(old.size - 1, 0) // WIDTH
    end = (size + WIDTH - 1) // WIDTH
    # A size that nobody signed must not keep us reading.
    within = min(end, first + MOST_BUNDLES)
    found = [
        _read_changes(source, number, size, chain) for number in range(first, within)
    ]
    return all(found) and within == end


def _read_changes(source: Source, number: int, size: int, chain: Keychain) -> bool:
    width = width_of(0, number, size)
    try:
        data, count = read_bundle(source, number, width)
    except Missing:
        return False
    if LOG_EVENT in data:
        for at, entry in enumerate(split_bundle(data, count)[:width]):
            if LOG_EVENT in entry:
                chain.read(number * WIDTH + at, entry)
    return True


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
