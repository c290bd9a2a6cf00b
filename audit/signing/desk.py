"""The signer: says in public how large the log is and what its root is.

Promises never to sign a tree that does not extend the one it signed last, by its own
memory outside the database, and to compute every new leaf hash from the entry's bytes
itself. Refuses and raises an alarm when the log is smaller or contradicts that memory:
history rewritten, a tail cut off, an old backup restored. Follows its own log into a
new key or shard only as `rotation` and `shards` allow. Trusts its own disk; knows
nothing about whether what an entry says is true.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from threading import Event
from typing import Final

from django.db import Error, connection

from audit import checkpoints
from audit.errors import (
    AuditError,
    HistoryRewritten,
    NoteInvalid,
    RotationInvalid,
    ShardRefused,
    SignerStateMissing,
    SignerStateStale,
    SignerStateUnwritten,
)
from audit.merkle import Frontier, leaf_hash
from audit.models import Alarm, Checkpoint
from audit.models.log import FIRST_SHARD
from audit.notes import CheckpointText, Note, Signer, open_checkpoint
from audit.patience import Backoff
from audit.signing.files import SignerFiles, SignerState
from audit.signing.reading import PAGE, LogEnd, bodies, log_end
from audit.signing.rotation import successor_in, waiting_key
from audit.signing.shards import check_first_leaf
from audit.statements import sign_together

logger = logging.getLogger(__name__)

IDLE_SECONDS: Final = 0.1
LOOK_AHEAD: Final = 8


@dataclass(frozen=True, slots=True)
class _Stage:
    """A tree to sign, and who signs: at a change of keys the old one and the new."""

    frontier: Frontier
    signers: tuple[Signer, ...]


class SigningDesk:
    """A signer at work: its key, its files, and what it signed last.

    With `publishes` off nothing goes into the database; the next desk puts the last
    checkpoint there. `remarks` gathers what was odd and stopped nothing.
    """

    def __init__(self, files: SignerFiles, *, publishes: bool = True) -> None:
        self._files = files
        self._state = files.read_state()
        self._signer: Signer = files.key_of(self._state)
        self._publishes = publishes
        self._is_published = False
        self.remarks: list[AuditError] = []
        if self._state is not None:
            self._check_state(self._state)

    @property
    def frontier(self) -> Frontier:
        """The tree as signed; empty before the first signature."""
        known = None if self._state is None else self._state.frontier
        return Frontier() if known is None else known

    @property
    def shard(self) -> int:
        return self._state_or_first().shard

    def sign_new(self, *, at: datetime) -> CheckpointText | None:
        """Sign the log as it stands, if it has grown; None if it has not.

        Raises HistoryRewritten, ShardRefused, SignerStateMissing, SignerStateStale or
        KeyFileInvalid, and then signs nothing.
        """
        try:
            return self._sign_new(at=at)
        except HistoryRewritten:
            # A restored backup has lost the last checkpoint, too: it is put back, so
            # that whoever verifies the database alone sees that something is missing.
            self._is_published = False
            raise

    def _sign_new(self, *, at: datetime) -> CheckpointText | None:
        self._signer = self._files.key_of(self._state)
        self._check_memory()
        self._publish(at=at)
        end, state = log_end(), self._state_or_first()
        if end.shard > state.shard:
            signer = self._enter(end)
            beginning = replace(
                state,
                frontier=Frontier(),
                shard=end.shard,
                first_index=end.first_index,
            )
            return self._sign_stages(beginning, end, signer, at=at)
        if (end.shard, end.first_index) != (state.shard, state.first_index):
            raise HistoryRewritten(f"shard {end.shard} after {state.shard}")
        return self._sign_stages(state, end, self._signer, at=at)

    def _enter(self, end: LogEnd) -> Signer:
        """Whether the new shard may be signed, and by whom. Raises ShardRefused."""
        if self._state is None:
            raise SignerStateMissing
        waiting = self._files.read_next_key() or self._signer
        first = list(bodies(end.first_index, end.first_index + min(end.size, 1)))
        if not first:
            raise ShardRefused("it is empty")
        check_first_leaf(first[0], end=end, state=self._state, waiting=waiting)
        return waiting

    def _sign_stages(
        self, state: SignerState, end: LogEnd, signer: Signer, *, at: datetime
    ) -> CheckpointText | None:
        signed = state.frontier
        if signed is None:
            raise HistoryRewritten("only a new shard can follow a memory that was lost")
        if end.size < signed.size:
            raise HistoryRewritten(f"smaller: {end.size} after {signed.size}")
        checkpoint = None
        # The list is whole, and so all is compared, before anything is signed.
        for stage in self._stages(signed, end, signer):
            checkpoint = self._sign(stage, state, at=at)
        return checkpoint

    def _stages(self, signed: Frontier, end: LogEnd, signer: Signer) -> list[_Stage]:
        """What is to be signed: each tree that ends with a change of keys, the last."""
        self.remarks.clear()
        stages: list[_Stage] = []
        frontier, start = signed, end.first_index
        new = bodies(start + signed.size, start + end.size)
        while page := list(islice(new, PAGE)):
            hashes = []
            for body in page:
                hashes.append(leaf_hash(body))
                successor = self._successor(body, signer)
                if successor is not None:
                    frontier, hashes = frontier.extend(hashes), []
                    stages.append(_Stage(frontier, (signer, successor)))
                    signer = successor
            frontier = frontier.extend(hashes)
        if (frontier.size, frontier.root()) != (end.size, end.root):
            raise HistoryRewritten(f"contradicts what was signed at {signed.size}")
        if frontier.size > (stages[-1].frontier if stages else signed).size:
            stages.append(_Stage(frontier, (signer,)))
        return stages

    def _successor(self, body: bytes, signer: Signer) -> Signer | None:
        try:
            verifier = successor_in(body, current=signer.verifier)
        except RotationInvalid as error:
            self.remarks.append(error)
            return None
        return None if verifier is None else waiting_key(self._files, verifier)

    def _sign(
        self, stage: _Stage, state: SignerState, *, at: datetime
    ) -> CheckpointText:
        frontier, last = stage.frontier, stage.signers[-1]
        said = CheckpointText(last.verifier.name, frontier.size, frontier.root())
        note = sign_together(said.to_text(), list(stage.signers))
        generation = 1 + (0 if self._state is None else self._state.generation)
        self._remember(
            replace(
                state,
                frontier=frontier,
                note=note,
                vkey=last.verifier.vkey,
                generation=generation,
            )
        )
        self._publish(at=at)
        return said

    def _remember(self, state: SignerState) -> None:
        """On the disk first: a checkpoint others have seen must not be forgotten."""
        self._files.write_state(state)
        self._state, self._is_published = state, False
        self._signer = self._files.key_of(state)

    def _publish(self, *, at: datetime) -> None:
        """Store the last checkpoint; after a crash it may have been signed only."""
        if self._state is None or self._is_published or not self._publishes:
            return
        said = CheckpointText.from_text(Note.parse(self._state.note).text)
        checkpoints.record(said, self._state.note, at=at, shard=self._state.shard)
        self._is_published = True

    def _state_or_first(self) -> SignerState:
        return SignerState(Frontier(), "") if self._state is None else self._state

    def _check_memory(self) -> None:
        """Nobody else has signed with this key: what is remembered is the newest."""
        if self._state is None:
            if Checkpoint.objects.exists():
                raise SignerStateMissing
            return
        beyond = Checkpoint.objects.filter(
            shard=self._state.shard, size__gte=self.frontier.size
        ).exclude(note=self._state.note)
        for row in beyond.order_by("size")[:LOOK_AHEAD]:
            if _is_signed_by(row.note, self._signer):
                raise SignerStateStale(f"signed at {row.size}")

    def _check_state(self, state: SignerState) -> None:
        if state.frontier is None:
            return
        said = open_checkpoint(state.note, self._signer.verifier)
        frontier = state.frontier
        if (said.size, said.root) != (frontier.size, frontier.root()):
            raise HistoryRewritten("the signer's own state contradicts its note")


def _is_signed_by(note: str, signer: Signer) -> bool:
    try:
        open_checkpoint(note, signer.verifier)
    except NoteInvalid:
        return False
    return True


def run(stop: Event, *, files: SignerFiles, now: Callable[[], datetime]) -> None:
    """Sign until `stop` is set; survives database restarts, refuses and goes on.

    Raises KeyFileInvalid without a usable key, SignerBusy if another signer runs.
    """
    with files.alone():
        desk = SigningDesk(files)
        backoff = Backoff(stop)
        while not stop.is_set():
            if _tick(desk, now=now):
                backoff.reset()
                stop.wait(IDLE_SECONDS)
            else:
                backoff.wait()
        connection.close()


def _tick(desk: SigningDesk, *, now: Callable[[], datetime]) -> bool:
    """Sign once; whether that went well."""
    at = now()
    try:
        signed = desk.sign_new(at=at)
    except AuditError as error:
        _refuse(error, desk, at=at)
        return False
    except OSError as error:
        # What cannot be remembered is not published.
        _refuse(SignerStateUnwritten(type(error).__name__), desk, at=at)
        return False
    except Error as error:
        code = type(error).__name__
        logger.warning("The signer cannot reach the log", extra={"code": code})
        connection.close()
        return False
    while desk.remarks:
        _refuse(desk.remarks.pop(), desk, at=at)
    if signed is not None:
        logger.info("Checkpoint signed", extra={"checkpoint_size": signed.size})
    return True


def _refuse(error: AuditError, desk: SigningDesk, *, at: datetime) -> None:
    size = desk.frontier.size
    logger.critical(
        "The signer refuses", extra={"alarm": error.code, "checkpoint_size": size}
    )
    try:
        raise_alarm(error, size=size, at=at, shard=desk.shard)
    except Error as failure:
        code = type(failure).__name__
        logger.warning("The alarm could not be stored", extra={"code": code})
        connection.close()


def raise_alarm(
    error: AuditError, *, size: int, at: datetime, shard: int = FIRST_SHARD
) -> None:
    """Keep the refusal in the database, once while it stays the same."""
    last = Alarm.objects.order_by("-id").first()
    found = (error.code, str(error), shard, size)
    if last is None or (last.kind, last.detail, last.shard, last.tree_size) != found:
        Alarm.objects.create(
            kind=error.code,
            detail=str(error),
            shard=shard,
            tree_size=size,
            raised_at=at,
        )
