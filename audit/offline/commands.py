"""What each subcommand does with its arguments: a dict of findings, or a Problem."""

import argparse
import time
from pathlib import Path

from audit.offline.fsck import Task, fsck
from audit.offline.keys import LOG, PublicKey
from audit.offline.merkle import check_consistency, check_inclusion, hash_leaf
from audit.offline.monitor import Watch, look, read_memory, write_memory
from audit.offline.notes import SignedTree, read_note, tree_signed_by
from audit.offline.package import Package
from audit.offline.places import (
    open_log,
    open_place,
    read_user_authorization,
    read_user_key,
    read_user_policy,
    read_user_text,
)
from audit.offline.problems import Malformed, Rejected
from audit.offline.proofs import read_consistency, read_tlog_proof
from audit.offline.sources import Source, read_file
from audit.offline.tiles import MAX_ENTRY, TileProver

Findings = dict[str, object]


def proof(given: argparse.Namespace) -> Findings:
    """The entry's bytes are in the log that the key signed for."""
    keys, policy = _keys(given.vkey), read_user_policy(given.policy)
    found = read_tlog_proof(read_user_text(given.proof))
    entry = read_file(Path(given.entry), limit=MAX_ENTRY)
    note = read_note(found.note)
    tree = tree_signed_by(note, keys)
    try:
        check_inclusion(
            hash_leaf(entry), found.index, tree.size, path=found.path, root=tree.root
        )
    except Rejected as problem:
        raise problem.at(layer="leaf", index=found.index) from None
    cosigned = {} if policy is None else policy.check(note)
    return _tree_facts(tree) | {"index": found.index, "cosigned": cosigned}


def consistency(given: argparse.Namespace) -> Findings:
    """The newer checkpoint's log holds all of the older one's."""
    keys = _keys(given.vkey)
    old = tree_signed_by(read_note(read_user_text(given.old)), keys)
    new = tree_signed_by(read_note(read_user_text(given.new)), keys)
    path: list[bytes] = []
    if given.proof is not None:
        path = list(read_consistency(read_user_text(given.proof)))
    elif 0 < old.size < new.size:
        path = TileProver(_log(given), new.size).consistency(old.size)
    try:
        check_consistency((old.size, old.root), (new.size, new.root), path=path)
    except Rejected as problem:
        raise problem.at(layer="checkpoint", index=min(old.size, new.size)) from None
    return _tree_facts(new) | {"previous_size": old.size}


def check_log(given: argparse.Namespace) -> Findings:
    """A whole log."""
    predecessor = given.predecessor and read_user_key(given.predecessor)
    (key,) = _keys([given.vkey])
    task = Task(
        source=_log(given),
        key=key,
        policy=read_user_policy(given.policy),
        held=[read_user_text(path) for path in given.held],
        wants_entries=given.entries,
        first_kept=given.minimum_index,
        jobs=given.jobs,
        predecessor=predecessor or None,
    )
    return fsck(task)


def export(given: argparse.Namespace) -> Findings:
    """An evidence package."""
    package = Package(
        open_place(given.package), _keys(given.vkey), read_user_policy(given.policy)
    )
    return package.check(manifest_sha256=given.manifest_sha256)


def monitor(given: argparse.Namespace) -> Findings:
    """A log again and again: run it by a timer."""
    state = Path(given.state)
    (key,) = _keys([given.vkey])
    policy = read_user_policy(given.policy)
    watch = Watch(_log(given), key, policy, given.max_age)
    memory, found = look(watch, read_memory(state), at=int(time.time()))
    write_memory(state, memory)
    if found["stale"]:
        raise Rejected(
            f"the log has stood still for {found['age']} seconds",
            code="log_stale",
            layer="checkpoint",
        )
    return found


def _keys(vkeys: list[str]) -> list[PublicKey]:
    keys = [read_user_key(vkey) for vkey in vkeys]
    if any(key.kind != LOG for key in keys):
        raise Malformed("this is a witness's key, not a log's", code="vkey_of_witness")
    return keys


def _log(given: argparse.Namespace) -> Source:
    authorization = read_user_authorization(
        given.authorization_file, given.authorization_env
    )
    return open_log(given.log, authorization=authorization)


def _tree_facts(tree: SignedTree) -> Findings:
    return {"origin": tree.origin, "size": tree.size, "root": tree.root.hex()}
