"""Certificates of non-use that somebody made up: each leaves a use out, none holds."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from audit import canonical, merkle
from audit.events import QueryReceived, ShardOpened, encode_fields
from audit.notes import CheckpointText, Signer
from clinrag.answering.errors import CertificateInvalid
from clinrag.answering.impact.certificates import (
    Beside,
    Certificate,
    Part,
    Scan,
    beside,
    verify,
)

EDITION = "0198c0de-0000-7000-8000-00000000abcd"
OTHER = str(UUID(int=2))


@dataclass
class Claim:
    """A certificate and the entries it is handed over with."""

    certificate: Certificate
    bodies: list[bytes]


@dataclass
class Log:
    """Two shards: the first has four entries, the second follows at index four."""

    signers: tuple[Signer, Signer]
    shards: tuple[list[bytes], list[bytes]]

    def part(self, number: int, *, start: int, end: int, **lies: Any) -> Part:
        leaves = [merkle.leaf_hash(body) for body in self.shards[number - 1]]
        return Part(
            shard=lies.get("shard", number),
            first_index=lies.get("first_index", 4 * (number - 1)),
            start=start,
            end=end,
            checkpoint=note(self.signers[number - 1], leaves[: lies.get("size")]),
            beside=tuple(
                Beside(low, high, merkle.root(leaves[low:high]).hex())
                for low, high in beside(start, end - 1, lies.get("size", len(leaves)))
            ),
        )

    def claim(self, *taken: tuple[Part, list[bytes]], first: int = 0) -> Claim:
        bodies = [body for _part, mine in taken for body in mine]
        return Claim(made(bodies, [part for part, _ in taken], first=first), bodies)

    def check(self, claim: Claim) -> None:
        keys = {one.verifier.name: one.verifier for one in self.signers}
        verify(claim.certificate, claim.bodies, verifiers=keys)


def note(signer: Signer, leaves: list[bytes]) -> str:
    text = CheckpointText(signer.verifier.name, len(leaves), merkle.root(leaves))
    return signer.sign(text.to_text())


def entry(kind: str, number: int, fields: dict[str, Any]) -> bytes:
    found = {"type": kind, "id": str(UUID(int=number)), "fields": fields}
    return canonical.encode(found)


def question(number: int) -> bytes:
    asked = QueryReceived(
        answer_id=str(UUID(int=number)),
        app="Ward app",
        purpose="care",
        collections=(),
        as_of="",
        policy="p",
    )
    return entry("query.received", number, encode_fields(asked))


def end(number: int, version_id: str) -> bytes:
    chunk = {
        "chunk_id": OTHER,
        "content_sha256": "",
        "version_id": version_id,
        "rank": 1,
        "score": "1",
        "cited": True,
    }
    fields = {
        "query_entry_id": str(UUID(int=number)),
        "answer_id": OTHER,
        "outcome": "answered",
        "retrieved": [chunk],
        "template": "t",
        "template_sha256": "",
        "model": "m",
        "policy": "p",
    }
    return entry("answer.released", 100 + number, fields)


def opening(signer: Signer, **lies: Any) -> bytes:
    said = ShardOpened(
        shard=2,
        origin=signer.verifier.name,
        vkey=signer.verifier.vkey,
        first_index=4,
        predecessor_note="",
        predecessor_vkey="",
        recovered_size=4,
        recovered_root="",
        handover="",
        authorization_id="",
        requested_by="",
        approved_by="",
    )
    return entry("log.shard_opened", 50, encode_fields(replace(said, **lies)))


def made(bodies: list[bytes], parts: list[Part], *, first: int) -> Certificate:
    scan = Scan.of(EDITION)
    for body in bodies:
        scan.read(body)
    return Certificate(
        version_id=EDITION,
        document_id=OTHER,
        content_sha256=sha256(b"").hexdigest(),
        issued_at="",
        first=first,
        last=first + len(bodies) - 1,
        received=scan.received,
        ended=scan.ended,
        open=len(scan.questions),
        leaves_sha256=scan.digest(),
        parts=tuple(parts),
    )


@pytest.fixture
def log() -> Callable[..., Log]:
    one, two = Signer.generate("test/one"), Signer.generate("test/two")

    def build(*, first: str = OTHER, second: str = OTHER, **lies: Any) -> Log:
        before = [question(1), end(1, OTHER), question(2), end(2, first)]
        after = [opening(two, **lies), question(3), end(3, second), question(4)]
        return Log((one, two), (before, after))

    return build


def test_certificate_over_two_shards_holds(log: Any) -> None:
    given = log()
    one, two = given.part(1, start=0, end=4), given.part(2, start=0, end=4)
    before, after = given.shards
    given.check(given.claim((one, before), (two, after)))
    given.check(given.claim((given.part(2, start=1, end=3), after[1:3]), first=5))


@pytest.mark.parametrize("form", [str.upper, "{{{}}}".format, "urn:uuid:{}".format])
def test_certificate_is_refused_when_the_edition_is_written_another_way(
    log: Any, form: Any
) -> None:
    given = log(second=EDITION)
    one, two = given.part(1, start=0, end=4), given.part(2, start=0, end=4)
    claim = given.claim((one, given.shards[0]), (two, given.shards[1]))
    claim.certificate = replace(claim.certificate, version_id=form(EDITION))
    with pytest.raises(CertificateInvalid):
        given.check(claim)


def test_certificate_is_refused_when_one_shard_stands_in_for_another(log: Any) -> None:
    given = log(second=EDITION)
    before = given.shards[0]
    one = given.part(1, start=0, end=4)
    again = given.part(1, start=0, end=4, shard=2, first_index=4)
    given.check(given.claim((one, before)))
    with pytest.raises(CertificateInvalid):
        given.check(given.claim((one, before), (again, before)))


def test_certificate_is_refused_when_a_later_shard_is_said_to_begin_earlier(
    log: Any,
) -> None:
    """Its first leaves, with the use, are left out between the two."""
    given = log(second=EDITION)
    before, after = given.shards
    one = given.part(1, start=0, end=4)
    rest = given.part(2, start=3, end=4, first_index=1)
    with pytest.raises(CertificateInvalid):
        given.check(given.claim((one, before), (rest, after[3:])))


def test_certificate_is_refused_when_the_end_of_a_shard_is_left_out(log: Any) -> None:
    given = log(first=EDITION)
    before, after = given.shards
    short = given.part(1, start=0, end=3)
    two = given.part(2, start=0, end=4, first_index=3)
    with pytest.raises(CertificateInvalid):
        given.check(given.claim((short, before[:3]), (two, after)))


def test_certificate_is_refused_when_signed_entries_were_lost_between_shards(
    log: Any,
) -> None:
    given = log(lost_from=4, lost_to=5)
    before, after = given.shards
    one, two = given.part(1, start=0, end=4), given.part(2, start=0, end=4)
    given.check(given.claim((one, before)))
    with pytest.raises(CertificateInvalid):
        given.check(given.claim((one, before), (two, after)))


def test_certificate_is_refused_when_the_first_shard_begins_elsewhere(log: Any) -> None:
    given = log()
    before = given.shards[0]
    moved = given.part(1, start=0, end=4, first_index=4)
    with pytest.raises(CertificateInvalid):
        given.check(given.claim((moved, before), first=4))


@pytest.mark.parametrize(
    "lie", [{"first": "0"}, {"last": 3.0}, {"received": True}, {"version_id": 7}]
)
def test_certificate_is_refused_when_a_number_is_none(log: Any, lie: Any) -> None:
    given = log()
    claim = given.claim((given.part(1, start=0, end=4), given.shards[0]))
    given.check(claim)
    claim.certificate = replace(claim.certificate, **lie)
    with pytest.raises(CertificateInvalid):
        given.check(claim)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"type": [], "fields": {}, "id": ""}',
        b'{"type": "answer.released", "fields": [], "id": ""}',
        b'{"type": "answer.lost", "fields": {}, "id": ""}',
        end(9, EDITION).replace(b'"retrieved":[', b'"retrieved":[7,'),
        end(9, EDITION).replace(b"version_id", b"version"),
    ],
)
def test_entry_that_the_writer_would_not_write_proves_nothing(body: Any) -> None:
    with pytest.raises(CertificateInvalid):
        Scan.of(EDITION).read(body)
