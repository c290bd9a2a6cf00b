"""The log's public keys, as this deployment knows them.

A key read from the machine under suspicion proves little: an auditor brings their own.
"""

from pathlib import Path

from django.conf import settings

from audit import checkpoints, keychains
from audit.errors import NoteInvalid
from audit.notes import Verifier
from audit.shards import tree
from audit.signing.files import SignerFiles


def log_vkey(*, origin: str | None = None) -> str | None:
    """The key that signed last, in the shard of this origin or in the newest.

    Followed from the key in the settings, else the one beside the signer's; None
    without one, or if nothing leads from it to that shard.
    """
    known = _known_vkey()
    if known is None:
        return None
    try:
        verifier = Verifier.from_vkey(known)
    except NoteInvalid:
        return known
    keys = keychains.newest_keys(verifier, before=_signed_end())
    found = keys.get(origin) if origin else list(keys.values())[-1]
    return None if found is None else found.vkey


def _signed_end() -> int:
    """The index that signed entries end before: a change counts from there on."""
    newest = checkpoints.latest()
    place = None if newest is None else tree(newest.shard)
    if newest is None:
        return 0
    return newest.size + (0 if place is None else place.first_index)


def _known_vkey() -> str | None:
    configured: str = settings.CLINRAG_SIGNER_PUBLIC_KEY
    if configured:
        return configured
    try:
        path = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR)).vkey_path
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
