"""The signer's own disk: its key, its memory, and the lock that keeps it alone.

Promises that what was signed is remembered before anybody sees it: the state is
written to a new file, flushed, and renamed over the old one. Whoever can write here
can make the signer forget; whoever can read the key can sign in the log's name.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from audit.durable_files import replace_file
from audit.errors import KeyFileInvalid, NoteInvalid, SignerBusy
from audit.merkle import Frontier
from audit.notes import Signer, Verifier


@dataclass(frozen=True, slots=True)
class SignerState:
    """The last tree that was signed, as far as needed to extend it, and its note."""

    frontier: Frontier
    note: str

    def to_json(self) -> str:
        hashes = [value.hex() for value in self.frontier.hashes]
        return json.dumps(
            {"size": self.frontier.size, "frontier": hashes, "note": self.note},
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> "SignerState":
        """Raises KeyFileInvalid if the text is no state."""
        try:
            data = json.loads(text)
            hashes = b"".join(bytes.fromhex(value) for value in data["frontier"])
            return cls(Frontier.from_bytes(data["size"], hashes), str(data["note"]))
        except (ValueError, KeyError, TypeError) as error:
            raise KeyFileInvalid("signer state") from error


@dataclass(frozen=True, slots=True)
class SignerFiles:
    """The signer's directory, 0700, owned by nobody else."""

    directory: Path

    @property
    def key_path(self) -> Path:
        return self.directory / "log.key"

    @property
    def vkey_path(self) -> Path:
        return self.directory / "log.vkey"

    @property
    def state_path(self) -> Path:
        return self.directory / "state.json"

    def create_key(self, name: str) -> Verifier:
        """The log's key, made if there is none yet; writes the public key beside it."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.key_path.exists():
            replace_file(self.key_path, Signer.generate(name).skey + "\n", mode=0o600)
        verifier = self.read_key().verifier
        replace_file(self.vkey_path, verifier.vkey + "\n", mode=0o644)
        return verifier

    def read_key(self) -> Signer:
        """Raises KeyFileInvalid if the key is absent, malformed or open to others."""
        try:
            if self.key_path.stat().st_mode & 0o077:
                raise KeyFileInvalid("the signer key is open to others")
            return Signer.from_skey(self.key_path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, NoteInvalid) as error:
            raise KeyFileInvalid("signer key") from error

    def read_state(self) -> SignerState | None:
        """What was signed last; None if nothing ever was, as far as this disk knows."""
        try:
            return SignerState.from_json(self.state_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def write_state(self, state: SignerState) -> None:
        replace_file(self.state_path, state.to_json(), mode=0o600)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the directory's lock. Raises SignerBusy if another signer has it."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.directory / "lock").open("w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SignerBusy from error
            yield
