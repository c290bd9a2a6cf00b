"""Sealing: what people wrote, encrypted beside the log and bound to its entry.

Each record is sealed with AES-256-GCM under a random key of its own. That data key is
wrapped by the keys of the subjects concerned, those and all others by the deployment's
(a file, or a transit engine), and committed in the database `keys` before the payload
is: an orphan key harms nobody and a payload without its key is lost. Whoever holds
database `keys`, the payload and the deployment's key reads it.
"""

from audit.sealing.data_keys import (
    create_data_key,
    destroy_keys,
    open_data_keys,
)
from audit.sealing.payloads import (
    KEY_SIZE,
    Revealed,
    Sealed,
    ciphertext_hash,
    commit,
    field_key,
    reveal,
    seal,
    unseal,
)
from audit.sealing.subjects import (
    KEYS,
    LONGEST_REFERENCE,
    check_reference,
    find_subject,
    open_subject,
)
from audit.sealing.wrappers import (
    FileWrapper,
    KeyWrapper,
    TransitWrapper,
    Wrapped,
    key_wrapper,
)

__all__ = [
    "KEYS",
    "KEY_SIZE",
    "LONGEST_REFERENCE",
    "FileWrapper",
    "KeyWrapper",
    "Revealed",
    "Sealed",
    "TransitWrapper",
    "Wrapped",
    "check_reference",
    "ciphertext_hash",
    "commit",
    "create_data_key",
    "destroy_keys",
    "field_key",
    "find_subject",
    "key_wrapper",
    "open_data_keys",
    "open_subject",
    "reveal",
    "seal",
    "unseal",
]
