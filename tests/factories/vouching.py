"""What vouches for checkpoints, as rows."""

from datetime import UTC, datetime

from audit.models import Anchor, Cosignature, QuorumMet, Timestamp, VoucherHealth

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def make_cosignature(shard: int = 1, size: int = 1, **fields: object) -> Cosignature:
    given = {"witness": "witness.example/a", "key_hash": b"\x01\x02\x03\x04", "at": AT}
    given["line"] = f"— {given['witness']} AQIDBAUGBwg=\n"
    return Cosignature.objects.create(shard=shard, size=size, **given | fields)


def make_quorum_met(shard: int = 1, size: int = 1, **fields: object) -> QuorumMet:
    given = {"policy_sha256": bytes(32), "at": AT}
    return QuorumMet.objects.create(shard=shard, size=size, **given | fields)


def make_timestamp(shard: int = 1, size: int = 1, **fields: object) -> Timestamp:
    given = {"authority": "https://tsa.example", "token": b"token", "gen_time": AT}
    return Timestamp.objects.create(shard=shard, size=size, **given | fields)


def make_anchor(shard: int = 1, size: int = 1, **fields: object) -> Anchor:
    given = {"place": "folder", "locator": "0001.note", "at": AT}
    return Anchor.objects.create(shard=shard, size=size, **given | fields)


def make_voucher_health(name: str = "a", **fields: object) -> VoucherHealth:
    given = {"kind": "witness", "succeeded_at": AT}
    return VoucherHealth.objects.create(name=name, **given | fields)
