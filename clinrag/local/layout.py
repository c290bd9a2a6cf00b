"""The data directory: where everything on one machine is kept, and by whom used.

What an attacker who can write here gains: everything but the signed past. The
files in it are its owner's alone, and one supervisor at a time holds its lock.
"""

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from clinrag.local.errors import AlreadyRunning, UnsafeDirectory


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Names of the files in it; nothing is created but by `open_data_directory`."""

    root: Path

    @property
    def environment_file(self) -> Path:
        """What a second terminal needs to find the running servers."""
        return self.root / "env"

    @property
    def settings_file(self) -> Path:
        """What its owner sets for good, one `NAME=value` a line; never written here."""
        return self.root / "settings"

    @property
    def credentials_file(self) -> Path:
        return self.root / "credentials.json"

    @property
    def key_file(self) -> Path:
        """The demonstration app's key, for `curl`."""
        return self.root / "app-key"

    @property
    def told_file(self) -> Path:
        """What earlier runs of the demonstration did, to be told again."""
        return self.root / "told.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def secret(self, name: str) -> str:
        """A random value made once, 43 characters of base64url, 256 bits."""
        secrets_file = self.root / "secrets.json"
        known = read_json(secrets_file)
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            write_private(secrets_file, json.dumps(known, indent=1))
        return str(known[name])


def open_data_directory(root: Path) -> tuple[DataDirectory, IO[str]]:
    """Create or reopen it, and lock it until the returned file is closed.

    Raises AlreadyRunning if another supervisor holds the lock, UnsafeDirectory if
    the folder belongs to somebody else. The system frees the lock of a killed
    process, so nothing is ever left to remove by hand.
    """
    root.mkdir(parents=True, exist_ok=True)
    if root.stat().st_uid != os.getuid():
        raise UnsafeDirectory(f"{root} belongs to somebody else.")
    # Root's servers run as somebody else, who must get through, not look around.
    root.chmod(0o711 if os.getuid() == 0 else 0o700)
    lock = (root / "lock").open("a", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AlreadyRunning(f"{root} is in use; stop the other one first.") from None
    return DataDirectory(root), lock


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, and readable by its owner only."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    fresh.rename(file)


def read_json(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found
