"""Receipts: a proof as one text that stands alone, in the forms of C2SP.

Promises texts that verifiers written by others read: `tlog-proof@v1` for an entry, and
the request that a witness takes for growth. Checks nothing: the proofs it is given were
checked when they were made.
"""

from typing import Final

from audit.errors import SizeNotSigned
from audit.notes import encode_base64
from audit.queries import ConsistencyProof, InclusionProof
from audit.tlog_proofs import TlogProof

SUFFIX: Final = ".tlog-proof"


def encode_inclusion(proof: InclusionProof) -> str:
    """The proof as C2SP tlog-proof@v1; its index is that in the shard's tree."""
    return TlogProof(proof.leaf_index, proof.path, proof.checkpoint).encode()


def encode_consistency(proof: ConsistencyProof) -> str:
    """The proof as the body of C2SP tlog-witness add-checkpoint.

    Raises SizeNotSigned if there is no checkpoint of the newer size to end it with.
    """
    if proof.new_checkpoint is None:
        raise SizeNotSigned
    steps = [encode_base64(step) for step in proof.path]
    lines = [f"old {proof.old_size}", *steps, ""]
    return "".join(f"{line}\n" for line in lines) + proof.new_checkpoint
