"""Entries into a package: exact bytes, proof, content as agreed, provenance.

Promises that sealed content is recorded as read, in the name of who asked for the
package, before it is opened, and that the commitment keys leave only with texts that
leave whole. Members and their meaning: `audit.offline.package`, which reads them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit import disclosure, purposes
from audit.actors import Actor
from audit.events import TERMINAL_TYPES
from audit.exports import fhir, prov
from audit.exports.answers import AnswerRecord
from audit.exports.archive import Archive
from audit.exports.facts import Facts
from audit.exports.lists import csv_line, entry_cells
from audit.exports.proving import Prover
from audit.exports.scopes import Content
from audit.exports.selecting import entry_unless_pruned
from audit.models import Payload, PrunedEntry
from audit.queries import EntryView
from audit.sealing import Revealed

MEMBERS: Final = "members"
TABLE: Final = "table"
# In one entry about a reading, whose ids have to fit into 64 KiB.
READ_TOGETHER: Final = 100

Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reader:
    """In whose name sealed content is read, when, and for which package."""

    by: Actor
    at: datetime
    surface: str


@dataclass(frozen=True, slots=True)
class _Contents:
    """What of a page's sealed content can be packed, by the ids of its entries."""

    opened: Mapping[UUID, Revealed]
    payloads: Mapping[UUID, bytes]
    pruned: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Packer:
    """Adds entries to an archive."""

    archive: Archive
    prover: Prover
    facts: Facts
    content: Content
    reader: Reader
    mask: Mask
    origin: str

    def pack(self, entries: Sequence[EntryView]) -> int:
        """Add a page of entries; how many of them could be proved and are in."""
        sealed = [one for one in entries if one.has_sealed]
        inside = self._contents(sealed)
        done = 0
        for one in entries:
            done += self._pack(one, inside)
        asked = {str(one.id): one for one in entries}
        for one in entries:
            if one.type in TERMINAL_TYPES and self.prover.covers(one):
                self._add_provenance(one, asked)
        return done

    def _open(self, sealed: Sequence[EntryView]) -> dict[UUID, Revealed]:
        found: dict[UUID, Revealed] = {}
        for start in range(0, len(sealed), READ_TOGETHER):
            together = sealed[start : start + READ_TOGETHER]
            found |= disclosure.reveal_sealed(
                [one.id for one in together],
                by=self.reader.by,
                at=self.reader.at,
                purpose=purposes.EVIDENCE_PACKAGE,
                surface=self.reader.surface,
                subject_ids=_answers_of(together),
            )
        return found

    def _contents(self, sealed: Sequence[EntryView]) -> _Contents:
        """Entries that were pruned after this page was read have nothing to open."""
        if self.content is Content.NONE:
            return _Contents({}, {}, frozenset())
        gone = _pruned([one.id for one in sealed])
        kept = [one for one in sealed if one.id not in gone]
        opened = self._open(kept) if self.content.is_read else {}
        return _Contents(opened, self._payloads(kept), gone)

    def _payloads(self, sealed: Sequence[EntryView]) -> Mapping[UUID, bytes]:
        if self.content is not Content.CIPHERTEXT or not sealed:
            return {}
        rows = Payload.objects.in_bulk([one.id for one in sealed])
        return {key: bytes(row.ciphertext) for key, row in rows.items()}

    def _pack(self, one: EntryView, inside: _Contents) -> bool:
        proved = self.prover.prove(one)
        if proved is None:
            self.facts.unproved += 1
            return False
        bound, proof = proved
        member: dict[str, Any] = {
            "index": one.index,
            "shard": bound.shard,
            "leaf": proof.index,
            "entry": f"entries/{one.index}.json",
            "proof": f"proofs/{one.index}.tlog-proof",
        }
        self.archive.add(member["entry"], one.entry_bytes)
        self.archive.add(member["proof"], proof.encode().encode())
        self._add_content(one, member, inside)
        self.archive.spool(MEMBERS, (json.dumps(member) + "\n").encode())
        self.archive.spool(TABLE, csv_line(entry_cells(one)).encode())
        self.facts.count(one)
        return True

    def _add_content(
        self,
        one: EntryView,
        member: dict[str, Any],
        inside: _Contents,
    ) -> None:
        opened, payload = inside.opened.get(one.id), inside.payloads.get(one.id)
        if payload is not None:
            member["payload"] = f"payloads/{one.id}.bin"
            self.archive.add(member["payload"], payload)
            self.facts.contents["ciphertext"] += 1
        elif opened is not None and self.content is Content.DISCLOSED:
            member["disclosed"] = f"disclosed/{one.index}.json"
            shown = {"commit_key": opened.commit_key, "texts": opened.texts}
            self.archive.add(member["disclosed"], _json(shown))
            self.facts.contents["disclosed"] += 1
        elif opened is not None:
            texts = {name: self.mask(text) for name, text in opened.texts.items()}
            self.archive.add(f"masked/{one.index}.json", _json({"texts": texts}))
            self.facts.contents["masked"] += 1
        elif one.id in inside.pruned:
            member["content"] = "pruned"
            self.facts.contents["pruned"] += 1
        elif one.has_sealed:
            kept_back = "not asked for" if self.content is Content.NONE else "erased"
            self.facts.contents[kept_back] += 1

    def _add_provenance(self, ended: EntryView, among: Mapping[str, EntryView]) -> None:
        question = ended.fields["query_entry_id"]
        asked = among.get(question) or entry_unless_pruned(UUID(question))
        if asked is None:
            self.facts.contents["of pruned questions"] += 1
            return
        answer = AnswerRecord.read(asked, ended)
        self.facts.count_answer(answer)
        folder = f"answers/{answer.answer_id}"
        told = fhir.bundle(answer, origin=self.origin)
        self.archive.add(f"{folder}/fhir-bundle.json", _json(told))
        document = prov.document(answer, origin=self.origin)
        self.archive.add(f"{folder}/prov.json", _json(document))


def _pruned(entry_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those whose payloads were dropped by rule; one that only lacks is not among them.

    A whole month of payloads goes at once, at the latest with the last of its entries.
    """
    rows = PrunedEntry.objects.filter(entry_id__in=entry_ids)
    gone = set(rows.values_list("entry_id", flat=True))
    left = Payload.objects.filter(pk__in=gone).values_list("pk", flat=True)
    return frozenset(gone.difference(left))


def _answers_of(entries: Sequence[EntryView]) -> tuple[str, ...]:
    found = (one.fields.get("answer_id") for one in entries)
    return tuple(dict.fromkeys(str(one) for one in found if one))


def _json(value: object) -> bytes:
    # Without indents: those take ten times as long.
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
