"""The proof of an answer's entry, checked here as an outsider would check it.

Promises: verification runs in `audit.offline`, which shares no code with what wrote
the ledger, against the log's public key; the receipt is a C2SP tlog-proof, which with
the entry's bytes and that key is all it needs. Will not: prove that this server shows
everybody the same log, nor what was never recorded.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from audit import offline, queries
from audit.errors import AuditError, NotYetSequenced, NotYetSigned
from audit.publication.receipts import encode_inclusion
from audit.queries import EntryView, InclusionProof
from audit.signing.public_key import log_vkey


@dataclass(frozen=True, slots=True)
class Check:
    """One step of the verification: `done`, `failed` or `pending`."""

    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A value the proof rests on."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked, on what, and the receipt to check it elsewhere."""

    checks: tuple[Check, ...]
    facts: tuple[Fact, ...] = ()
    note: str = ""
    receipt: str = ""
    entry_bytes: bytes = b""


def proof_of(entry_id: UUID | None, *, leaf_hash: str) -> Proof:
    """Prove the entry of an answer; says what is missing where something is.

    `leaf_hash` is what the asker was given, in hexadecimal.
    """
    if entry_id is None:
        return Proof((Check("pending", _("The answer has no final entry yet.")),))
    try:
        entry = queries.entry(entry_id)
        proof = queries.inclusion_proof(entry_id)
    except (NotYetSequenced, NotYetSigned) as error:
        return Proof((Check("pending", str(error)),))
    except AuditError as error:
        return Proof((Check("failed", str(error)),))
    key = log_vkey(origin=proof.checkpoint.partition("\n")[0]) or ""
    return Proof(
        checks=(_leaf_check(entry, leaf_hash), *_tree_checks(entry, proof, key)),
        facts=_facts(proof, key),
        note=proof.checkpoint,
        receipt=encode_inclusion(proof),
        entry_bytes=entry.entry_bytes,
    )


def _leaf_check(entry: EntryView, leaf_hash: str) -> Check:
    derived = offline.hash_leaf(entry.entry_bytes).hex()
    if hmac.compare_digest(derived, leaf_hash):
        return Check(
            "done", _("The entry's bytes hash to the leaf the asker was given.")
        )
    return Check(
        "failed", _("The entry's bytes do not hash to the leaf the asker got.")
    )


def _tree_checks(entry: EntryView, proof: InclusionProof, key: str) -> list[Check]:
    if not key:
        return [Check("pending", _("The log's public key is not configured here."))]
    try:
        tree = offline.verify_checkpoint(proof.checkpoint, key)
        offline.verify_inclusion(
            proof.checkpoint,
            key,
            entry.entry_bytes,
            index=proof.leaf_index,
            path=proof.path,
        )
    except offline.Rejected as error:
        return [Check("failed", _("Rejected: %(why)s.") % {"why": error})]
    place = {"index": proof.leaf_index, "size": tree.size}
    return [
        Check("done", _("It is entry %(index)d of the %(size)d signed for.") % place),
        Check(
            "done",
            _("The checkpoint carries the signature of %(origin)s.")
            % {"origin": tree.origin},
        ),
    ]


def _facts(proof: InclusionProof, key: str) -> tuple[Fact, ...]:
    return (
        Fact(_("Entry"), str(proof.index)),
        Fact(_("Leaf hash"), proof.leaf_hash.hex()),
        Fact(_("Root"), proof.root.hex()),
        Fact(_("Public key"), key or "–"),
    )
