"""Reads a published log from its first byte to its signature, and compares it all.

The layers, in the order in which they are met: `checkpoint` (the note cannot be read,
or the entries do not give its root), `signature`, `bundle`, `leaf`, `tile`, `entry`,
`life`, `shard`, `held` (a checkpoint held elsewhere contradicts), `witness`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audit.offline.encoding import read_text
from audit.offline.entries import Lives
from audit.offline.keychain import Keychain, check_opening
from audit.offline.keys import PublicKey
from audit.offline.notes import MAX_SIZE, Note, SignedTree, read_note
from audit.offline.policy import Policy
from audit.offline.problems import Malformed, Problem, Rejected
from audit.offline.reading import digests
from audit.offline.sources import Source
from audit.offline.tiles import CHECKPOINT, WIDTH, TileProver
from audit.offline.walk import Climb, Log

LARGEST_LOG: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be checked, and what is trusted for it.

    `held` are signed notes kept outside; `first_kept` the index below which entries
    were pruned; `predecessor` the key of the shard before.
    """

    source: Source
    key: PublicKey
    policy: Policy | None = None
    held: Sequence[str] = ()
    wants_entries: bool = False
    first_kept: int = 0
    jobs: int = 1
    predecessor: PublicKey | None = None


def fsck(task: Task) -> dict[str, object]:
    """Check everything; what was found, or the first Problem raised."""
    note = read_checkpoint_note(task.source)
    tree = _tree(note)
    is_signed = bool(note.times_signed_by(task.key))
    chain = Keychain(task.key)
    log = Log(task.source, tree.size, task.first_kept)
    found = _walk(task, log, tree, chain)
    chain.signed(note)
    facts: dict[str, object] = {
        "origin": tree.origin,
        "size": tree.size,
        "root": tree.root.hex(),
        "signed_by": chain.key.key_id.hex(),
        "signed_by_given_key": is_signed,
        "rotations": [
            {"index": rotation.index, "key_id": rotation.new.key_id.hex()}
            for rotation in chain.rotations
        ],
        "warnings": chain.warnings,
    }
    if chain.opening is not None:
        facts["shard"] = check_opening(
            chain.opening, origin=tree.origin, predecessor=task.predecessor
        )
    facts["held"] = [_check_held(log, held, chain) for held in task.held]
    if task.policy is not None:
        facts["cosigned"] = task.policy.check(note)
    return facts | found


def read_checkpoint_note(source: Source) -> Note:
    """The log's checkpoint, taken apart; raises Problem."""
    try:
        return read_note(read_text(source.read(CHECKPOINT, limit=MAX_SIZE)))
    except Malformed as problem:
        raise as_rejected(problem, layer="checkpoint") from None


def _tree(note: Note) -> SignedTree:
    try:
        tree = note.tree()
    except Malformed as problem:
        raise as_rejected(problem, layer="checkpoint") from None
    if tree.size > LARGEST_LOG:
        raise Rejected("no log is so long", code="too_large", layer="checkpoint")
    return tree


def as_rejected(problem: Problem, *, layer: str) -> Rejected:
    """What a log itself serves and nobody can read speaks against the log."""
    return Rejected(
        str(problem),
        code=problem.code,
        layer=problem.layer or layer,
        index=problem.index,
    )


def _walk(task: Task, log: Log, tree: SignedTree, chain: Keychain) -> dict[str, object]:
    """Read all of it; raises the first Problem."""
    climb, lives = Climb(log), Lives(is_whole=not task.first_kept)
    kept = 0
    try:
        for digest in digests(log, wants_entries=task.wants_entries, jobs=task.jobs):
            climb.add(digest.bundle)
            kept += digest.bundle.held and digest.bundle.width
            for index, data in digest.about_log:
                chain.read(index, data)
                lives.is_whole = lives.is_whole and chain.opening is None
            for fact in digest.facts:
                lives.add(fact)
    except Malformed as problem:
        raise as_rejected(problem, layer="tile") from None
    if climb.tree.root() != tree.root:
        raise Rejected(
            "the entries do not give the root of the checkpoint",
            code="root_wrong",
            layer="checkpoint",
            index=tree.size - tree.size % WIDTH if tree.size else None,
        )
    found: dict[str, object] = {"entries": kept, "pruned": tree.size - kept}
    if task.wants_entries:
        found["open_questions"] = lives.finish()
    return found


def _check_held(log: Log, held: str, chain: Keychain) -> dict[str, object]:
    """A note held elsewhere is of this log and says what the log says of itself."""
    parsed = read_note(held)
    tree = chain.signed(parsed)
    if tree.size > log.size:
        raise Rejected(
            "the log has shrunk below a checkpoint held elsewhere",
            code="log_shrunk",
            layer="held",
            index=log.size,
        )
    if TileProver(log.source, log.size).root(tree.size) != tree.root:
        raise Rejected(
            "a checkpoint held elsewhere has another root",
            code="log_forked",
            layer="held",
            index=tree.size,
        )
    return {"size": tree.size, "root": tree.root.hex()}
