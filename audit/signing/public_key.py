"""The log's public key, as this deployment knows it.

A key read from the machine under suspicion proves little: an auditor brings their own.
"""

from pathlib import Path

from django.conf import settings

from audit import keychains
from audit.errors import NoteInvalid
from audit.notes import Verifier
from audit.signing.files import SignerFiles


def log_vkey() -> str | None:
    """The key that signs the log now, followed from the one this deployment knows.

    That is the key in the settings, else the one beside the signer's, else none.
    """
    known = _known_vkey()
    if known is None:
        return None
    try:
        verifier = Verifier.from_vkey(known)
    except NoteInvalid:
        return known
    return keychains.handed_over(verifier).vkey


def _known_vkey() -> str | None:
    configured: str = settings.CLINRAG_SIGNER_PUBLIC_KEY
    if configured:
        return configured
    try:
        path = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR)).vkey_path
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
