"""The log's public key, as this deployment knows it.

A key read from the machine under suspicion proves little: an auditor brings their own.
"""

from pathlib import Path

from django.conf import settings

from audit.signing.files import SignerFiles


def log_vkey() -> str | None:
    """The verifier key from the settings, else beside the signer's key, else None."""
    configured: str = settings.CLINRAG_SIGNER_PUBLIC_KEY
    if configured:
        return configured
    try:
        path = SignerFiles(Path(settings.CLINRAG_SIGNER_DIR)).vkey_path
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
