"""Verification of shards: each opened by its rules, each hole in the indices declared.

Promises that what was signed and is gone is either named by an opening that two people
agreed to, and then reported as such, or a failure.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from audit import offline
from audit.models import Entry, Shard
from audit.offline.keys import read_vkey
from audit.offline.notes import read_note
from audit.verification.keys import Keys
from audit.verification.opening_entries import OPENED, handover_text, read_opening
from audit.verification.report import Findings, Loss
from audit.verification.sections import Section

SHARD: Final = "shard"
HASH: Final = "sha-256"
COPIED: Final = (
    "origin", "vkey", "hash", "first_index", "predecessor_note", "recovered_size",
    "lost_from", "lost_to",
)  # fmt: skip


def check_openings(sections: Sequence[Section], keys: Keys, findings: Findings) -> None:
    """Check each shard's first entry, and that no other entry opens one."""
    rows = Shard.objects.in_bulk([section.shard for section in sections])
    if sections[0].first_index != 0:
        findings.fail(SHARD, 0, "the first shard is recorded to begin later")
    for before, section in pairwise(sections):
        findings.count(SHARD)
        opening = read_opening(section.first_index)
        problems = list(_problems(opening, rows[section.shard], before, keys))
        for problem in problems:
            findings.fail(SHARD, section.first_index, problem)
        if opening.get("lost_from") is not None and not problems:
            findings.lost.append(_loss(opening))
    firsts = [section.first_index for section in sections[1:]]
    stray = Entry.objects.filter(type=OPENED).exclude(index__in=firsts)
    for index in stray.values_list("index", flat=True)[:100]:
        findings.fail(SHARD, index, "an entry opens a shard that is none")


def _problems(
    opening: Mapping[str, Any], row: Shard, before: Section, keys: Keys
) -> Iterator[str]:
    if not opening:
        yield "the shard's first entry does not open it"
        return
    if not _is_copy(row, opening):
        yield "the shard is not recorded as its opening says"
    people = (opening.get("requested_by"), opening.get("approved_by"))
    if not all(people) or people[0] == people[1]:
        yield "the shard was not opened by two people"
    if opening.get("hash") != HASH:
        yield "the shard's hash is not known here"
    known = keys.eras.get(row.number)
    if not known or known[0].vkey != opening.get("vkey"):
        yield "no key known here vouches for the shard's key: get it from elsewhere"
    yield from _handover_problems(opening)
    yield from _hole_problems(opening, row, before, keys)


def _is_copy(row: Shard, opening: Mapping[str, Any]) -> bool:
    """Whether a shard is recorded as its first entry says, and by that entry."""
    entry = Entry.objects.filter(index=row.first_index).first()
    root = bytes(row.recovered_root or b"").hex()
    recorded = (row.entry_id, row.number, root)
    told = (
        entry and entry.entry_id,
        opening.get("shard"),
        opening.get("recovered_root"),
    )
    same_fields = all(opening.get(name) == getattr(row, name) for name in COPIED)
    return recorded == told and same_fields


def _handover_problems(opening: Mapping[str, Any]) -> Iterator[str]:
    try:
        note = read_note(str(opening.get("handover")))
        key = read_vkey(str(opening.get("vkey")))
        if note.text != handover_text(opening) or not note.times_signed_by(key):
            yield "the shard's key has not signed its opening"
    except offline.Rejected:
        yield "the handover to the shard is malformed"


def _hole_problems(
    opening: Mapping[str, Any], row: Shard, before: Section, keys: Keys
) -> Iterator[str]:
    """Whether all that was signed before is there or declared to be lost."""
    try:
        note = read_note(str(opening.get("predecessor_note")))
        said = note.tree()
        shard = row.number - 1
        signers = [read_vkey(vkey) for vkey in keys.of(shard, said.size)]
    except offline.Rejected:
        yield "the note of the shard before is malformed"
        return
    if not signers or not all(note.times_signed_by(key) for key in signers):
        yield "the note of the shard before is not signed by its key"
    lost, lost_to = opening.get("lost_from"), opening.get("lost_to")
    signed_end = before.first_index + said.size
    if shard != before.shard and type(lost_to) is int:
        # Of a shard that is gone nothing but its note says where it began.
        signed_end = max(lost_to, before.end + said.size)
    if lost is None:
        if before.end < row.first_index:
            yield f"entries {before.end} to {row.first_index - 1} are missing"
    elif not _lies_in(lost, before) or lost_to != signed_end:
        yield "the loss is not what was signed before"


def _lies_in(lost_from: Any, before: Section) -> bool:
    """Whether it is an index of this shard or its end; anything may stand there."""
    is_index = type(lost_from) is int
    return is_index and before.first_index <= lost_from <= before.end


def _loss(opening: Mapping[str, Any]) -> Loss:
    return Loss(
        int(opening["shard"]),
        int(opening["lost_from"]),
        int(opening["lost_to"]),
        str(opening.get("authorization_id")),
    )
