"""Cosignatures in the database: stored once each, and served under their checkpoint.

Promises to store what it is given and to give back notes that any C2SP verifier reads.
Verifies nothing: the client has, before it stores, and who reads a cosigned note does,
with keys of their own.
"""

from audit import vouching
from audit.checkpoints import view
from audit.cosignatures import Cosignature as SignedLine
from audit.errors import NotYetSigned
from audit.models import Checkpoint, Cosignature
from audit.notes import Verifier


def record(shard: int, size: int, line: SignedLine) -> None:
    """Store a cosignature; one key has one under a checkpoint, so twice is once."""
    Cosignature.objects.bulk_create(
        [
            Cosignature(
                shard=shard,
                size=size,
                witness=line.witness.name,
                key_hash=line.witness.hash,
                at=line.at,
                line=line.line,
            )
        ],
        ignore_conflicts=True,
    )


def cosigned_size(witness: Verifier, *, shard: int) -> int:
    """The largest size of a shard that this key has cosigned; 0 if none."""
    rows = Cosignature.objects.filter(
        shard=shard, witness=witness.name, key_hash=witness.hash
    )
    return rows.order_by("-size").values_list("size", flat=True).first() or 0


def cosigned_note(shard: int, size: int) -> str:
    """The checkpoint's note with the lines of its witnesses.

    Raises NotYetSigned if there is no checkpoint of this size.
    """
    row = Checkpoint.objects.filter(shard=shard, size=size).first()
    if row is None:
        raise NotYetSigned
    lines = (each.line for each in vouching.cosignatures(shard, size))
    return view(row).note + "".join(lines)
