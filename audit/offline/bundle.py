"""Packs the verifier into one file that Python runs: `python3 verifier.pyz …`.

The bytes depend on the sources alone, so two people who build it can compare hashes.
"""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Final

_START: Final = '''"""The verifier of a ClinRAG ledger."""

import sys

if sys.version_info < (3, 11):
    sys.stdout.write("Python 3.11 or later is needed\\n")
    sys.exit(4)

from audit.offline.cli import main

if __name__ == "__main__":
    sys.exit(main())
'''
_PARENT: Final = '"""Only the verifier, `audit.offline`, is in this file."""\n'
_SHEBANG: Final = b"#!/usr/bin/env python3\n"
# The oldest moment that a zip can hold.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = 0o100644 << 16
_UNIX: Final = 3


def zipapp_bytes() -> bytes:
    """The whole file; the same bytes for the same sources."""
    buffer = BytesIO(_SHEBANG)
    buffer.seek(0, 2)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for name, text in sorted(_members().items()):
            archive.writestr(_described(name), text)
    return buffer.getvalue()


def build_zipapp(path: Path) -> None:
    """Write the verifier to `path`. Raises OSError."""
    path.write_bytes(zipapp_bytes())
    path.chmod(0o755)


def _members() -> dict[str, str]:
    sources = Path(__file__).parent.glob("*.py")
    found = {f"audit/offline/{file.name}": file.read_text("utf-8") for file in sources}
    return found | {"__main__.py": _START, "audit/__init__.py": _PARENT}


def _described(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MOMENT)
    info.external_attr, info.create_system = _MODE, _UNIX
    return info
