"""Non-use certificates: that no answer recorded in a range of the log used an edition.

Promises: pure; whoever has the certificate and the entries of its range recomputes it
without this software's database: each entry's hash, with the hashes beside the range,
gives the root that a signed checkpoint states (RFC 9162, 2.1), and no entry that ends a
question names the edition among what was retrieved. Where the range goes on in another
shard, the entry that opened it says at which index, and that nothing signed was lost.

What it proves is what the log recorded: it says nothing of a question whose end stands
outside the range (their number is told), of a search without a question, of somebody
who read the document itself, or of the same words in another edition. That the log held
everything is promised by the software that wrote it, not by the certificate; so is the
index at which a later shard began, for a range that begins inside of it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, Final, Self
from uuid import UUID

from audit import merkle
from audit.events import TERMINAL_TYPES, EventType
from audit.notes import CheckpointText, Verifier, open_checkpoint
from audit.queries.shapes import fits
from clinrag.answering.errors import CertificateInvalid

FORMAT: Final = "clinrag-non-use/1"
FIRST_SHARD: Final = 1
ID_LENGTH: Final = 36
STATEMENT: Final = (
    "Of the entries with these indices, none that ends a question names this edition"
    " among the passages retrieved for it; so no answer that was given had it in its"
    " prompt or cites it."
)
LIMITS: Final = (
    "It covers what the log recorded in this range. It does not cover questions that"
    " end outside it, what was read for a question that failed or was lost before its"
    " answer, searches without a question, people who read the document itself, or the"
    " same words in another edition."
)


@dataclass(frozen=True, slots=True)
class Beside:
    """The hash of leaves outside the range, by their places in the shard's tree."""

    start: int
    end: int
    hash: str


@dataclass(frozen=True, slots=True)
class Part:
    """A shard's share of the range; `start` and `end` (not included) are leaves."""

    shard: int
    first_index: int
    start: int
    end: int
    checkpoint: str
    beside: tuple[Beside, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """Entries `first` to `last`, both included.

    `ended` of them end a question; of `received` questions `open` end elsewhere.
    `leaves_sha256` is over their leaf hashes in order.
    """

    version_id: str
    document_id: str
    content_sha256: str
    issued_at: str
    first: int
    last: int
    received: int
    ended: int
    open: int
    leaves_sha256: str
    parts: tuple[Part, ...]
    format: str = FORMAT
    statement: str = STATEMENT
    limits: str = LIMITS

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises CertificateInvalid."""
        try:
            told = json.loads(text)
            parts = tuple(_part(one) for one in told.pop("parts"))
            found = cls(**told, parts=parts)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise CertificateInvalid from None
        said = found.format, found.statement, found.limits
        if said != (FORMAT, STATEMENT, LIMITS) or not _is_typed(found):
            raise CertificateInvalid
        return found


@dataclass(slots=True)
class Scan:
    """What reading a range entry by entry finds, in memory of 32 bytes an entry."""

    version_id: str
    leaves: bytearray
    questions: set[str]
    openings: dict[int, dict[str, Any]]
    received: int = 0
    ended: int = 0
    uses: int = 0

    @classmethod
    def of(cls, version_id: str) -> Self:
        return cls(version_id, bytearray(), set(), {})

    def read(self, body: bytes) -> None:
        """Take one entry's exact bytes. Raises CertificateInvalid if it is none."""
        kind, told, entry_id = _read(body)
        if kind == EventType.QUERY_RECEIVED:
            self.received += 1
            self.questions.add(entry_id)
        elif kind == EventType.LOG_SHARD_OPENED:
            self.openings[len(self.leaves) // merkle.HASH_SIZE] = told
        elif kind in TERMINAL_TYPES:
            self.ended += 1
            self.questions.discard(told["query_entry_id"])
            used = told.get("retrieved", ())
            self.uses += any(self._is_of_it(one["version_id"]) for one in used)
        self.leaves += merkle.leaf_hash(body)

    def _is_of_it(self, version_id: str) -> bool:
        """However an id is written, it is the same edition."""
        if len(version_id) == len(self.version_id) == ID_LENGTH:  # by far the most
            return version_id.lower() == self.version_id.lower()
        return _plain(version_id) == _plain(self.version_id)

    def hashes(self) -> list[bytes]:
        size = merkle.HASH_SIZE
        return [
            bytes(self.leaves[at : at + size])
            for at in range(0, len(self.leaves), size)
        ]

    def digest(self) -> str:
        return hashlib.sha256(self.leaves).hexdigest()


def verify(
    certificate: Certificate,
    bodies: Iterable[bytes],
    *,
    verifiers: Mapping[str, Verifier],
) -> None:
    """Recompute a certificate from the exact bytes of the entries of its range.

    `verifiers` are the keys trusted, by the log's name in the checkpoint; get them some
    other way than with the certificate. Raises CertificateInvalid.
    """
    if not _is_typed(certificate) or _plain(certificate.version_id) is None:
        raise CertificateInvalid
    scan = Scan.of(certificate.version_id)
    for body in bodies:
        scan.read(body)
    hashes = scan.hashes()
    told = (certificate.received, certificate.ended, certificate.open)
    if scan.uses or told != (scan.received, scan.ended, len(scan.questions)):
        raise CertificateInvalid
    whole = certificate.last - certificate.first + 1
    if len(hashes) != whole or scan.digest() != certificate.leaves_sha256:
        raise CertificateInvalid
    for part, leaves in _shares(certificate, hashes):
        _check_part(part, leaves, verifiers)
    check_shards(certificate.parts, scan.openings)


def beside(first: int, last: int, size: int) -> list[tuple[int, int]]:
    """The subtrees outside leaves `first` to `last`, left to right."""
    return list(_beside(first, last + 1, 0, size))


def _beside(first: int, end: int, low: int, high: int) -> Iterator[tuple[int, int]]:
    if high <= first or low >= end:
        yield low, high
    elif low < first or high > end:
        middle = low + merkle.largest_power_below(high - low)
        yield from _beside(first, end, low, middle)
        yield from _beside(first, end, middle, high)


def root_of(part: Part, leaves: Sequence[bytes], size: int) -> bytes:
    """The root of the tree, from the leaves of the range and what stands beside."""
    known = {(one.start, one.end): bytes.fromhex(one.hash) for one in part.beside}

    def root(low: int, high: int) -> bytes:
        if (low, high) in known:
            return known[low, high]
        if part.start <= low and high <= part.end:
            return merkle.root(leaves[low - part.start : high - part.start])
        if high - low < 2:  # noqa: PLR2004  # one leaf, and nobody tells its hash
            raise CertificateInvalid
        middle = low + merkle.largest_power_below(high - low)
        return merkle.node_hash(root(low, middle), root(middle, high))

    return root(0, size)


def _shares(
    certificate: Certificate, hashes: Sequence[bytes]
) -> Iterator[tuple[Part, Sequence[bytes]]]:
    """The parts with their leaves; together they are the range, without a gap."""
    index = certificate.first
    for part in certificate.parts:
        begins, length = part.first_index + part.start, part.end - part.start
        if begins != index or length < 1:
            raise CertificateInvalid
        at = index - certificate.first
        yield part, hashes[at : at + length]
        index += length
    if index != certificate.last + 1:
        raise CertificateInvalid


def check_shards(
    parts: Sequence[Part], openings: Mapping[int, Mapping[str, Any]]
) -> None:
    """Each shard begins where its own first entry says, and the one before ended there.

    Otherwise leaves could be left out between two shards, or a shard be named twice.
    Raises CertificateInvalid; also where signed entries were lost between two.
    """
    if parts[0].shard == FIRST_SHARD and parts[0].first_index != 0:
        raise CertificateInvalid
    first = parts[0].first_index + parts[0].start
    for before, part in pairwise(parts):
        begins = (part.shard, part.first_index, _origin(part.checkpoint))
        said = openings.get(part.first_index - first, {})
        told = tuple(said.get(name) for name in ("shard", "first_index", "origin"))
        if told != begins or part.start or part.shard != before.shard + 1:
            raise CertificateInvalid
        if before.end != _size(before.checkpoint) or said.get("lost_from") is not None:
            raise CertificateInvalid


def _check_part(
    part: Part, leaves: Sequence[bytes], verifiers: Mapping[str, Verifier]
) -> None:
    origin = _origin(part.checkpoint)
    if origin not in verifiers or part.start < 0:
        raise CertificateInvalid
    checkpoint = _opened(part.checkpoint, verifiers[origin])
    places = [(one.start, one.end) for one in part.beside]
    if part.end > checkpoint.size or places != beside(
        part.start, part.end - 1, checkpoint.size
    ):
        raise CertificateInvalid
    if root_of(part, leaves, checkpoint.size) != checkpoint.root:
        raise CertificateInvalid


def _opened(note: str, verifier: Verifier) -> CheckpointText:
    try:
        return open_checkpoint(note, verifier)
    except Exception:  # noqa: BLE001  # whatever is wrong with it, it proves nothing
        raise CertificateInvalid from None


def _part(told: dict[str, Any]) -> Part:
    if set(told) != {one.name for one in fields(Part)}:
        raise CertificateInvalid
    places = tuple(Beside(**one) for one in told.pop("beside"))
    return Part(**told, beside=places)


def _read(body: bytes) -> tuple[str, dict[str, Any], str]:
    """Kind, fields and id of an entry that has the shape of its kind."""
    try:
        entry = json.loads(body)
        kind, told, entry_id = entry["type"], entry["fields"], entry["id"]
        is_one = type(kind) is str and type(entry_id) is str and fits(kind, told)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CertificateInvalid from None
    if not is_one:
        raise CertificateInvalid
    return kind, told, entry_id


def _is_typed(one: Any) -> bool:
    """Whether words are words and numbers numbers, whoever wrote them."""
    parts = [*getattr(one, "parts", ()), *getattr(one, "beside", ())]
    return all(map(_is_typed, parts)) and all(
        type(getattr(one, field.name)) is field.type
        for field in fields(one)
        if field.type in (str, int)
    )


def _plain(version_id: str) -> str | None:
    """The one form of an id; None if it is none."""
    try:
        return str(UUID(version_id))
    except ValueError:
        return None


def _origin(note: str) -> str:
    return note.partition("\n")[0]


def _size(note: str) -> int:
    """What a checkpoint that was opened already says."""
    return int(note.split("\n", 2)[1])
