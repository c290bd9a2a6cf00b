"""The signer: says in public how large the log is and what its root is.

Promises never to sign a tree that does not extend the one it signed last, by its own
memory outside the database, and to compute every new leaf hash from the entry's bytes
itself. Refuses and raises an alarm when the log is smaller or contradicts that memory:
history rewritten, a tail cut off, an old backup restored. Trusts its own disk; knows
nothing about whether what an entry says is true.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Event
from typing import Final

from django.db import Error, connection

from audit import checkpoints, merkle
from audit.errors import AuditError, HistoryRewritten, SignerStateMissing
from audit.merkle import Frontier
from audit.models import Alarm, Checkpoint, Entry, Head
from audit.notes import CheckpointText, Signer, open_checkpoint
from audit.patience import Backoff
from audit.signing.files import SignerFiles, SignerState

logger = logging.getLogger(__name__)

PAGE: Final = 1000
IDLE_SECONDS: Final = 0.1


class SigningDesk:
    """A signer at work: its key, its files, and what it signed last."""

    def __init__(self, files: SignerFiles) -> None:
        self._files = files
        self._signer: Signer = files.read_key()
        self._state = files.read_state()
        self._is_published = False
        if self._state is not None:
            self._check_state(self._state)

    @property
    def frontier(self) -> Frontier:
        """The tree as signed; empty before the first signature."""
        return Frontier() if self._state is None else self._state.frontier

    def sign_new(self, *, at: datetime) -> CheckpointText | None:
        """Sign the log as it stands, if it has grown; None if it has not.

        Raises HistoryRewritten or SignerStateMissing, and then signs nothing.
        """
        self._check_memory()
        self._publish(at=at)
        size, root = _head()
        signed = self.frontier
        if size < signed.size:
            raise HistoryRewritten(f"smaller: {size} after {signed.size}")
        frontier = signed.extend(_leaf_hashes(signed.size, size))
        if frontier.root() != root or frontier.size != size:
            raise HistoryRewritten(f"contradicts what was signed at {signed.size}")
        return self._sign(frontier, at=at) if size > signed.size else None

    def adopt(self) -> None:
        """Rebuild a lost memory from the log, up to the last checkpoint.

        For an operator who has compared that checkpoint with one held elsewhere: the
        database is believed once. Raises HistoryRewritten if the entries do not fit it.
        """
        last = checkpoints.latest()
        if last is None:
            return
        said = open_checkpoint(last.note, self._signer.verifier)
        frontier = Frontier().extend(_leaf_hashes(0, said.size))
        if (frontier.size, frontier.root()) != (said.size, said.root):
            raise HistoryRewritten("entries do not fit the last checkpoint")
        self._remember(SignerState(frontier, last.note))

    def _sign(self, frontier: Frontier, *, at: datetime) -> CheckpointText:
        origin = self._signer.verifier.name
        checkpoint = CheckpointText(origin, frontier.size, frontier.root())
        note = self._signer.sign(checkpoint.to_text())
        self._remember(SignerState(frontier, note))
        self._publish(at=at)
        return checkpoint

    def _remember(self, state: SignerState) -> None:
        """On the disk first: a checkpoint others have seen must not be forgotten."""
        self._files.write_state(state)
        self._state = state
        self._is_published = False

    def _publish(self, *, at: datetime) -> None:
        """Store the last checkpoint; after a crash it may have been signed only."""
        if self._state is None or self._is_published:
            return
        said = open_checkpoint(self._state.note, self._signer.verifier)
        checkpoints.record(said, self._state.note, at=at)
        self._is_published = True

    def _check_memory(self) -> None:
        if self._state is None and Checkpoint.objects.exists():
            raise SignerStateMissing

    def _check_state(self, state: SignerState) -> None:
        said = open_checkpoint(state.note, self._signer.verifier)
        frontier = state.frontier
        if (said.size, said.root) != (frontier.size, frontier.root()):
            raise HistoryRewritten("the signer's own state contradicts its note")


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
        _refuse(error, size=desk.frontier.size, at=at)
        return False
    except OSError as error:
        # What cannot be remembered is not published: the disk is full, or gone.
        code = type(error).__name__
        logger.critical("The signer cannot keep its state", extra={"alarm": code})
        return False
    except Error as error:
        code = type(error).__name__
        logger.warning("The signer cannot reach the log", extra={"code": code})
        connection.close()
        return False
    if signed is not None:
        logger.info("Checkpoint signed", extra={"checkpoint_size": signed.size})
    return True


def _refuse(error: AuditError, *, size: int, at: datetime) -> None:
    logger.critical(
        "The signer refuses", extra={"alarm": error.code, "checkpoint_size": size}
    )
    try:
        raise_alarm(error, size=size, at=at)
    except Error as failure:
        code = type(failure).__name__
        logger.warning("The alarm could not be stored", extra={"code": code})
        connection.close()


def raise_alarm(error: AuditError, *, size: int, at: datetime) -> None:
    """Keep the refusal in the database, once while it stays the same."""
    last = Alarm.objects.order_by("-id").first()
    found = (error.code, str(error), size)
    if last is None or (last.kind, last.detail, last.tree_size) != found:
        Alarm.objects.create(
            kind=error.code, detail=str(error), tree_size=size, raised_at=at
        )


def _head() -> tuple[int, bytes]:
    head = Head.objects.first()
    return (0, merkle.EMPTY_ROOT) if head is None else (head.size, bytes(head.root))


def _leaf_hashes(start: int, end: int) -> Iterator[bytes]:
    """Leaf hashes from the entries' bytes. Raises HistoryRewritten at a gap."""
    expected = start
    while expected < end:
        rows = Entry.objects.filter(index__gte=expected, index__lt=end)
        page = rows.order_by("index").values_list("index", "body")[:PAGE]
        for index, body in page:
            if index != expected:
                break
            yield merkle.leaf_hash(bytes(body))
            expected += 1
        else:
            if page:
                continue
        raise HistoryRewritten(f"entry {expected} is missing")
