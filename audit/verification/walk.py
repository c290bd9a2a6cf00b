"""Verification: derives the ledger again from its bytes and compares.

Promises to name the first places where the stored ledger contradicts itself, and the
layer that shows it, with the same memory for a long log as for a short one. Shares no
code with the writer. Trusts the public key it is given and, if given, a checkpoint held
elsewhere: without one, a database rewritten as a whole together with a stolen signing
key passes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from audit import checkpoints, offline
from audit.signing.public_key import log_vkey
from audit.verification.claims import Claim
from audit.verification.erasures import check_erasures
from audit.verification.inbox import look_into_inbox
from audit.verification.keys import read_keys
from audit.verification.openings import check_openings
from audit.verification.pruned import check_pruned
from audit.verification.queries import (
    check_between,
    check_beyond,
    check_ids,
    check_queries,
)
from audit.verification.report import (
    Checked,
    Findings,
    Progress,
    Range,
    VerificationReport,
)
from audit.verification.sections import Section, Walk, read_sections
from audit.verification.tree import DerivedTree
from audit.verification.unsigned import look_past_signatures

OPEN_QUERY_BOUND: Final = timedelta(minutes=15)
# The signer is a second behind: a log that was never signed for so long was unsigned.
UNSIGNED_BOUND: Final = timedelta(minutes=1)
AFTER_ALL: Final = 2**63 - 1
HELD: Final = "held checkpoint"


def verify(
    *,
    vkey: str | None = None,
    held_checkpoint: str | None = None,
    at: datetime,
    only: Range | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> VerificationReport:
    """Derive everything again; raises nothing because of what it finds.

    `vkey` is the log's public key, by default the one this deployment knows; without
    one every checkpoint counts as unsigned. `held_checkpoint` is a note kept outside
    the database. `at` is the time against which open questions are late and entries
    wait. `only` a range is checked entry by entry, and shown to be under the held
    checkpoint or else the newest stored one; nothing is said about the rest.
    `on_progress` is called after each page; what it raises ends the verification.
    Raises ValueError for an empty range or one below 0.
    """
    if only is not None and not 0 <= only.first < only.end:
        raise ValueError("an empty range")
    findings = Findings()
    keys = read_keys(vkey or log_vkey(), findings)
    walk = Walk(findings, keys, on_progress)
    inbox = look_into_inbox(at, findings)
    if only is None:
        checked = _check_all(walk, held_checkpoint, at)
        on_progress(Progress("query", 0, 1))
        check_queries(at - OPEN_QUERY_BOUND, findings)
        check_erasures(findings, at=at)
    else:
        checked = _check_part(walk, only, held_checkpoint)
    check_ids(only, findings)
    check_pruned(findings, at=at)
    return findings.report(checked, inbox=inbox, only=only)


def _check_all(walk: Walk, held_note: str | None, at: datetime) -> Checked:
    """Check each shard, and that nothing lies between or after; the newest's tree."""
    sections = read_sections()
    check_openings(sections, walk.keys, walk.findings)
    walk.total = sum(section.size for section in sections)
    held, held_section = _held(walk, held_note, sections)
    tree = DerivedTree()
    for section in sections:
        tree = walk.check_whole(section, held if section is held_section else None)
    for section, following in pairwise(sections):
        between = Range(section.end, following.first_index)
        check_between(between, walk.findings)
    check_beyond(walk.findings)
    newest = sections[-1]
    unsigned = look_past_signatures(newest, at, walk.findings)
    is_late = unsigned.oldest_waits_seconds > UNSIGNED_BOUND.total_seconds()
    if is_late and walk.keys.eras and not walk.findings.signed(newest.shard):
        message = "no entry is under a signature"
        walk.findings.fail("signature", newest.first_index, message)
    return Checked(newest.shard, tree.size, tree.root(), unsigned)


def _check_part(walk: Walk, only: Range, held_note: str | None) -> Checked:
    """Check a range under one checkpoint; the tree that was compared with it."""
    sections = read_sections()
    check_openings(sections, walk.keys, walk.findings)
    walk.total = only.end - only.first
    over, section = _held(walk, held_note, sections)
    if held_note is None:
        over, section = _newest(walk, only, sections)
    if over is None or section is None:
        return _nothing()
    covered = section.first_index + over.size
    if not section.first_index <= only.first < only.end <= covered:
        message = "the checkpoint does not cover the range"
        walk.findings.fail(over.layer, only.first, message)
        return _nothing()
    tree = walk.check_part(section, only, over)
    return Checked(section.shard, tree.size, tree.root())


def _nothing() -> Checked:
    return Checked(0, 0, DerivedTree().root())


def _held(
    walk: Walk, note: str | None, sections: Sequence[Section]
) -> tuple[Claim | None, Section | None]:
    """What a checkpoint kept elsewhere says, and of which shard."""
    if note is None:
        return None, None
    try:
        said = walk.keys.open(note)
    except offline.Rejected as rejection:
        walk.findings.fail(HELD, None, str(rejection))
        return None, None
    # One shard has what was signed, under whatever name this database knows it.
    found = [one for one in sections if one.origin == said.origin or len(sections) == 1]
    if not found:
        walk.findings.fail(HELD, None, "the log has no shard of this origin")
        return None, None
    walk.findings.cover(found[0].shard, said.size)
    return Claim(said.size, said.root, HELD), found[0]


def _newest(
    walk: Walk, only: Range, sections: Sequence[Section]
) -> tuple[Claim | None, Section | None]:
    """The newest stored checkpoint of the shard in which the range begins."""
    under = [one for one in sections if one.first_index <= only.first]
    section = under[-1] if under else sections[0]
    row = checkpoints.latest(shard=section.shard)
    if row is None:
        walk.findings.fail("checkpoint", only.first, "no checkpoint covers the range")
        return None, None
    if walk.keys.check(row, walk.findings):
        walk.findings.cover(section.shard, row.size)
    return Claim(row.size, row.root, "checkpoint"), section
