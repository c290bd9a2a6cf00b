"""A verifier for outsiders: Python's library and `cryptography`, nothing else.

Needs no database and no Django, and shares no code with what writes the log. Trusts
public keys and nothing else: it says whether an entry is in the log that the key signed
for, whether one signed log extends another, and where a whole log first goes wrong. It
cannot say whether the log's owner shows everybody the same log, nor what was never
written. `python -m audit.offline --help` tells how it is run.
"""

from audit.offline.canonical import read_canonical
from audit.offline.merkle import HASH_SIZE, Tree, hash_children, hash_leaf
from audit.offline.notes import SignedTree, verify_checkpoint
from audit.offline.problems import Malformed, Problem, Rejected, Unreadable
from audit.offline.proofs import verify_consistency, verify_inclusion

__all__ = [
    "HASH_SIZE",
    "Malformed",
    "Problem",
    "Rejected",
    "SignedTree",
    "Tree",
    "Unreadable",
    "hash_children",
    "hash_leaf",
    "read_canonical",
    "verify_checkpoint",
    "verify_consistency",
    "verify_inclusion",
]
