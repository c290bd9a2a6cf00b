"""What vouches for the log, as stored in the database, for whoever asks.

Promises plain values that outlive the database. A row here proves nothing: a line, a
token or an anchor counts once it was checked against a key held elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime

from audit.models import Anchor, Cosignature, QuorumMet, Timestamp, VoucherHealth


@dataclass(frozen=True, slots=True)
class CosignatureView:
    """A witness's signature line; `at` by the witness's clock."""

    shard: int
    size: int
    witness: str
    key_hash: bytes
    at: datetime
    line: str


@dataclass(frozen=True, slots=True)
class TimestampView:
    """An RFC 3161 token, DER; `gen_time` by the authority's clock."""

    shard: int
    size: int
    authority: str
    token: bytes
    gen_time: datetime


@dataclass(frozen=True, slots=True)
class AnchorView:
    """Where a checkpoint was written to, outside the database."""

    shard: int
    size: int
    place: str
    locator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Vouching:
    """All that vouches for one checkpoint."""

    cosignatures: tuple[CosignatureView, ...]
    timestamps: tuple[TimestampView, ...]
    anchors: tuple[AnchorView, ...]


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint, and when it was vouched for."""

    shard: int
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HealthView:
    """How one witness, authority or place does; `failing_since` None if it does well.

    `kind` is witness, timestamp or anchor. `failure_code` is the last failure's, also
    after it has passed.
    """

    name: str
    kind: str
    succeeded_at: datetime | None
    failing_since: datetime | None
    failed_at: datetime | None
    failure_code: str


@dataclass(frozen=True, slots=True)
class VouchingState:
    """The newest checkpoint of each kind of voucher, and how each voucher does."""

    quorum: Vouched | None
    timestamp: Vouched | None
    anchor: Vouched | None
    health: tuple[HealthView, ...]


def for_checkpoint(shard: int, size: int) -> Vouching:
    """What vouches for this checkpoint; empty if nothing does, or it is unknown."""
    return Vouching(
        cosignatures=cosignatures(shard, size),
        timestamps=tuple(
            TimestampView(shard, size, row.authority, bytes(row.token), row.gen_time)
            for row in Timestamp.objects.filter(shard=shard, size=size).order_by(
                "authority"
            )
        ),
        anchors=tuple(
            AnchorView(shard, size, row.place, row.locator, row.at)
            for row in Anchor.objects.filter(shard=shard, size=size).order_by("place")
        ),
    )


def cosignatures(shard: int, size: int) -> tuple[CosignatureView, ...]:
    """The cosignatures under this checkpoint, by the names of their keys."""
    rows = Cosignature.objects.filter(shard=shard, size=size)
    return tuple(
        CosignatureView(shard, size, row.witness, bytes(row.key_hash), row.at, row.line)
        for row in rows.order_by("witness", "key_hash")
    )


def state() -> VouchingState:
    """For overviews: how far the log is vouched for, and what does not work."""
    quorum = QuorumMet.objects.order_by("-shard", "-size").first()
    token = Timestamp.objects.order_by("-shard", "-size").first()
    anchor = Anchor.objects.order_by("-shard", "-size").first()
    return VouchingState(
        quorum=Vouched(quorum.shard, quorum.size, quorum.at) if quorum else None,
        timestamp=Vouched(token.shard, token.size, token.gen_time) if token else None,
        anchor=Vouched(anchor.shard, anchor.size, anchor.at) if anchor else None,
        health=tuple(map(_health, VoucherHealth.objects.order_by("kind", "name"))),
    )


def _health(row: VoucherHealth) -> HealthView:
    return HealthView(
        name=row.name,
        kind=row.kind,
        succeeded_at=row.succeeded_at,
        failing_since=row.failing_since,
        failed_at=row.failed_at,
        failure_code=row.failure_code,
    )
