"""A witness's own directory: its key, the logs it follows, what it cosigned last.

Promises that what was cosigned is on the disk before it is given out, and that a
damaged file is told from an absent one. Whoever can write here can make the witness
forget, and it would then cosign a fork; whoever reads the key can cosign anything. So
it belongs to one user, on a machine that the log's operator does not run.
"""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from audit.cosignatures import Cosigner
from audit.durable_files import replace_file
from audit.errors import KeyFileInvalid, NoteInvalid
from audit.notes import ED25519, Verifier
from audit.witnessing.errors import WitnessStateInvalid
from audit.witnessing.submissions import SignedCheckpoint

LogKeys = Mapping[str, tuple[Verifier, ...]]
"""The keys that speak for each origin: several while a log changes its key."""


def origin_hash(origin: str) -> str:
    """How the witness names a log in addresses and files; C2SP tlog-witness."""
    return sha256(origin.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class WitnessFiles:
    """The witness's directory, 0700, owned by nobody else."""

    directory: Path

    @property
    def key_path(self) -> Path:
        return self.directory / "witness.key"

    @property
    def logs_path(self) -> Path:
        """Verifier keys of the logs it follows, one a line; its operator writes it."""
        return self.directory / "logs"

    def latest_path(self, origin: str) -> Path:
        return self.directory / f"{origin_hash(origin)}.checkpoint"

    def create_key(self, name: str) -> Verifier:
        """The witness's key, made if there is none yet. Raises KeyFileInvalid."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.key_path.exists():
            replace_file(self.key_path, Cosigner.generate(name).skey + "\n", mode=0o600)
        return self.read_key().verifier

    def read_key(self) -> Cosigner:
        """Raises KeyFileInvalid if the key is absent, malformed or open to others."""
        try:
            if self.key_path.stat().st_mode & 0o077:
                raise KeyFileInvalid("the witness's key is open to others")
            return Cosigner.from_skey(self.key_path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise KeyFileInvalid("witness key") from error

    def read_logs(self) -> LogKeys:
        """The keys of the logs it follows. Raises WitnessStateInvalid with the line."""
        try:
            lines = self.logs_path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise WitnessStateInvalid("no file of logs to follow") from error
        found: dict[str, tuple[Verifier, ...]] = {}
        for number, line in enumerate(lines, start=1):
            if line.strip() and not line.lstrip().startswith("#"):
                key = _read_log(line, number)
                found[key.name] = (*found.get(key.name, ()), key)
        return found

    def read_latest(self, origin: str) -> str | None:
        """The note that was cosigned last; None if none ever was.

        Raises WitnessStateInvalid: a damaged memory must not pass for an empty one.
        """
        try:
            note = self.latest_path(origin).read_text(encoding="utf-8")
            found = SignedCheckpoint.parse(note)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, NoteInvalid) as error:
            raise WitnessStateInvalid("checkpoint") from error
        if found.said.origin != origin:
            raise WitnessStateInvalid("checkpoint of another log")
        return note

    def write_latest(self, origin: str, note: str) -> None:
        """Remember a cosigned note; on the disk on return. Raises OSError."""
        replace_file(self.latest_path(origin), note, mode=0o644)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the directory's lock. Raises WitnessStateInvalid if somebody has it."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.directory / "lock").open("w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise WitnessStateInvalid("another witness runs here") from error
            yield


def _read_log(line: str, number: int) -> Verifier:
    try:
        key = Verifier.from_vkey(line)
    except NoteInvalid as error:
        raise WitnessStateInvalid(f"logs, line {number}") from error
    if key.kind != ED25519:
        raise WitnessStateInvalid(f"logs, line {number}: not a log's key")
    return key
