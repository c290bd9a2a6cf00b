"""Verification: derives the whole ledger again from its bytes and compares.

Promises to name the first places where the stored ledger contradicts itself, and the
layer that shows it. Shares no code with the writer. Trusts the public key it is given
and, if given, a checkpoint held elsewhere: without one, a database rewritten as a
whole together with a stolen signing key passes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from audit import offline
from audit.models import Checkpoint, Entry, Head
from audit.signing.public_key import log_vkey
from audit.verification.entries import EntryChecks
from audit.verification.inbox import look_into_inbox
from audit.verification.queries import check_queries
from audit.verification.report import Findings, VerificationReport
from audit.verification.tiles import check_tiles

PAGE: Final = 2000
OPEN_QUERY_BOUND: Final = timedelta(minutes=15)
_BEFORE_ANY: Final = -(2**63)
_BEYOND: Final = """
SELECT index FROM audit_entry
WHERE index >= coalesce((SELECT size FROM audit_head), 0)
ORDER BY index LIMIT 10
"""


@dataclass(frozen=True, slots=True)
class _Claim:
    """That the log had this root at this size, and who says so."""

    size: int
    root: bytes
    layer: str


@dataclass(slots=True)
class _Walk:
    """The tree as far as it has been read, and what it is to be compared with."""

    findings: Findings
    claims: list[_Claim]
    tree: offline.Tree = field(default_factory=offline.Tree)

    def add(self, leaf_hashes: Sequence[bytes]) -> None:
        """Grow the tree, stopping at each claimed size to compare."""
        while self.claims and self.claims[0].size <= self.tree.size + len(leaf_hashes):
            claim = self.claims.pop(0)
            here = claim.size - self.tree.size
            self.tree.add(leaf_hashes[:here])
            leaf_hashes = leaf_hashes[here:]
            self._compare(claim)
        self.tree.add(leaf_hashes)

    def finish(self) -> None:
        for claim in self.claims:
            self.findings.fail(claim.layer, claim.size, "the log ends before this size")

    def _compare(self, claim: _Claim) -> None:
        self.findings.count(claim.layer)
        if self.tree.root() != claim.root:
            message = "the entries do not give this root"
            self.findings.fail(claim.layer, claim.size, message)


def verify(
    *,
    vkey: str | None = None,
    held_checkpoint: str | None = None,
    at: datetime,
) -> VerificationReport:
    """Derive everything again; raises nothing because of what it finds.

    `vkey` is the log's public key, by default the one this deployment knows; without
    one every checkpoint counts as unsigned.
    `held_checkpoint` is a note kept outside the database. `at` is the time against
    which open questions are late and entries wait.
    """
    findings = Findings()
    inbox = look_into_inbox(at, findings)
    vkey = vkey or log_vkey()
    claims = [
        *_stored_claims(vkey, findings),
        *_held_claims(held_checkpoint, vkey, findings),
    ]
    head = Head.objects.first()
    claims += _head_claims(head)
    size = 0 if head is None else head.size
    walk = _Walk(findings, sorted(claims, key=lambda claim: claim.size))
    _walk_entries(size, walk, findings)
    walk.finish()
    _check_beyond(findings)
    check_tiles(size, findings)
    check_queries(at - OPEN_QUERY_BOUND, findings)
    return findings.report(size=walk.tree.size, root=walk.tree.root(), inbox=inbox)


def _walk_entries(size: int, walk: _Walk, findings: Findings) -> None:
    """Read the log in order."""
    checks = EntryChecks(findings)
    for page in _pages(size):
        checks.check_page(page)
        walk.add([offline.hash_leaf(bytes(row.body)) for row in page])
    if checks.expected_index != size:
        message = f"the log ends here, not at its recorded size {size}"
        findings.fail("index", checks.expected_index, message)


def _pages(size: int) -> Iterator[list[Entry]]:
    last = _BEFORE_ANY
    while True:
        rows = Entry.objects.filter(index__gt=last, index__lt=size)
        page = list(rows.order_by("index")[:PAGE])
        if not page:
            return
        yield page
        last = page[-1].index


def _stored_claims(vkey: str | None, findings: Findings) -> list[_Claim]:
    claims = []
    for row in Checkpoint.objects.order_by("size").iterator(chunk_size=PAGE):
        _check_signature(row, vkey, findings)
        claims.append(_Claim(row.size, bytes(row.root), "checkpoint"))
    return claims


def _check_signature(row: Checkpoint, vkey: str | None, findings: Findings) -> None:
    findings.count("signature")
    if vkey is None:
        findings.fail("signature", row.size, "there is no public key to check it with")
        return
    try:
        tree = offline.verify_checkpoint(row.note, vkey)
    except offline.Rejected as rejection:
        findings.fail("signature", row.size, str(rejection))
        return
    if (tree.size, tree.root) != (row.size, bytes(row.root)):
        findings.fail("signature", row.size, "the note says something else")


def _held_claims(
    note: str | None, vkey: str | None, findings: Findings
) -> list[_Claim]:
    if note is None:
        return []
    try:
        tree = offline.verify_checkpoint(note, vkey or "")
    except offline.Rejected as rejection:
        findings.fail("held checkpoint", None, str(rejection))
        return []
    return [_Claim(tree.size, tree.root, "held checkpoint")]


def _head_claims(head: Head | None) -> list[_Claim]:
    return [] if head is None else [_Claim(head.size, bytes(head.root), "head")]


def _check_beyond(findings: Findings) -> None:
    """Entries past the head; one statement, since the log goes on growing."""
    with connection.cursor() as cursor:
        cursor.execute(_BEYOND)
        for (index,) in cursor.fetchall():
            findings.fail("head", index, "an entry lies beyond the recorded size")
