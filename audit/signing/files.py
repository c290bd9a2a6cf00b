"""The signer's own disk: its keys, its memory, and the lock that keeps it alone.

Promises that what was signed is remembered before anybody sees it: the state is
written to a new file, flushed, and renamed over the old one, and only by whoever has
seen the generation before. Whoever can write here can make the signer forget; whoever
can read the key can sign in the log's name.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.durable_files import replace_file
from audit.errors import KeyFileInvalid, NoteInvalid, SignerBusy, SignerStateStale
from audit.merkle import Frontier
from audit.models.log import FIRST_SHARD
from audit.notes import Signer, Verifier


@dataclass(frozen=True, slots=True)
class SignerState:
    """The last tree that was signed, as far as needed to extend it, and its note.

    `frontier` is None after the memory was lost: then only the note is known, as a
    held one, and nothing but the next shard can follow it. `vkey` is the key that
    signs next; empty, in a state of an earlier version, for the one there is.
    `generation` counts the writings.
    """

    frontier: Frontier | None
    note: str
    shard: int = FIRST_SHARD
    first_index: int = 0
    vkey: str = ""
    generation: int = 0

    def to_json(self) -> str:
        tree = None if self.frontier is None else _tree_to_json(self.frontier)
        return json.dumps(
            {
                "generation": self.generation,
                "shard": self.shard,
                "first_index": self.first_index,
                "vkey": self.vkey,
                **(tree or {"size": None, "frontier": None}),
                "note": self.note,
            },
            indent=1,
        )

    @classmethod
    def from_json(cls, text: str) -> "SignerState":
        """Raises KeyFileInvalid if the text is no state."""
        try:
            data = json.loads(text)
            return cls(
                _tree_from_json(data),
                str(data["note"]),
                int(data.get("shard", FIRST_SHARD)),
                int(data.get("first_index", 0)),
                str(data.get("vkey", "")),
                int(data.get("generation", 0)),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KeyFileInvalid("signer state") from error


def _tree_to_json(frontier: Frontier) -> dict[str, object]:
    hashes = [value.hex() for value in frontier.hashes]
    return {"size": frontier.size, "frontier": hashes}


def _tree_from_json(data: dict[str, Any]) -> Frontier | None:
    if data["frontier"] is None:
        return None
    hashes = b"".join(bytes.fromhex(value) for value in data["frontier"])
    return Frontier.from_bytes(data["size"], hashes)


@dataclass(frozen=True, slots=True)
class SignerFiles:
    """The signer's directory, 0700, owned by nobody else."""

    directory: Path

    @property
    def key_path(self) -> Path:
        return self.directory / "log.key"

    @property
    def next_key_path(self) -> Path:
        """The key that waits to take over, by rotation or as a new shard's."""
        return self.directory / "log.key.next"

    @property
    def vkey_path(self) -> Path:
        return self.directory / "log.vkey"

    @property
    def state_path(self) -> Path:
        return self.directory / "state.json"

    def create_key(self, name: str) -> Verifier:
        """The log's key, made if there is none yet; writes the public key beside it."""
        self._make_directory()
        if not self.key_path.exists():
            replace_file(self.key_path, Signer.generate(name).skey + "\n", mode=0o600)
        signer = self.read_key()
        self._tell_public_key(signer)
        return signer.verifier

    def create_next_key(self, name: str) -> Signer:
        """A new key beside the one in use, in place of one that waited there."""
        self._make_directory()
        signer = Signer.generate(name)
        replace_file(self.next_key_path, signer.skey + "\n", mode=0o600)
        return signer

    def read_key(self) -> Signer:
        """Raises KeyFileInvalid if the key is absent, malformed or open to others."""
        return _read_key(self.key_path)

    def read_next_key(self) -> Signer | None:
        """The key that waits to take over, if one does. Raises KeyFileInvalid."""
        return _read_key(self.next_key_path) if self.next_key_path.exists() else None

    def _take_next_key(self) -> None:
        """Put the waiting key in place of the old one, which is destroyed.

        What was an old key's could only be used to forge. It is overwritten first,
        though a disk may keep what was written over.
        """
        if self.key_path.exists():
            _overwrite(self.key_path)
        self.next_key_path.replace(self.key_path)

    def discard_change(self, *, forget: bool) -> None:
        """Take back a key that is not to be used, and a memory made for it."""
        self.next_key_path.unlink(missing_ok=True)
        if forget:
            self.state_path.unlink(missing_ok=True)

    def key_of(self, state: SignerState | None) -> Signer:
        """The key that signs next; makes or finishes the change to it.

        Raises KeyFileInvalid if it is not here.
        """
        if state is None or not state.vkey:
            return self.read_key()
        waiting = self.read_next_key()
        if waiting is not None and waiting.verifier.vkey == state.vkey:
            self._take_next_key()
        signer = self.read_key()
        if signer.verifier.vkey != state.vkey:
            raise KeyFileInvalid("not the key that signs next")
        self._tell_public_key(signer)
        return signer

    def _tell_public_key(self, signer: Signer) -> None:
        text = signer.verifier.vkey + "\n"
        path = self.vkey_path
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            replace_file(path, text, mode=0o644)

    def read_state(self) -> SignerState | None:
        """What was signed last; None if nothing ever was, as far as this disk knows."""
        try:
            return SignerState.from_json(self.state_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def write_state(self, state: SignerState) -> None:
        """Remember a state, the one after that on the disk.

        Raises SignerStateStale, and changes nothing, if another has been written since
        its predecessor was read.
        """
        with self._locked("state.lock", wait=True):
            found = self.read_state()
            if state.generation != 1 + (0 if found is None else found.generation):
                raise SignerStateStale
            replace_file(self.state_path, state.to_json(), mode=0o600)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the directory's lock. Raises SignerBusy if another signer has it."""
        with self._locked("lock", wait=False):
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the right to change keys. Raises SignerBusy if another has it."""
        with self._locked("change.lock", wait=False):
            yield

    @contextmanager
    def _locked(self, name: str, *, wait: bool) -> Iterator[None]:
        self._make_directory()
        with (self.directory / name).open("w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError as error:
                raise SignerBusy from error
            yield

    def _make_directory(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def _read_key(path: Path) -> Signer:
    try:
        if path.stat().st_mode & 0o077:
            raise KeyFileInvalid("the signer key is open to others")
        return Signer.from_skey(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NoteInvalid) as error:
        raise KeyFileInvalid("signer key") from error


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
