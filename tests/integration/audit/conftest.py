"""A ledger with its two keys, and hands to write, sequence, sign and tamper with."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connections, transaction

from audit import ledger, verification
from audit.actors import Actor, ActorKind
from audit.events import AnswerLost, CollectionCreated, Event, QueryReceived
from audit.ledger import Receipt
from audit.management.commands.ledger_keys import create_deployment_key
from audit.notes import CheckpointText
from audit.sequencing import sequencer
from audit.signing.desk import SigningDesk
from audit.signing.files import SignerFiles
from audit.verification.report import VerificationReport

START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ADA = Actor(ActorKind.PERSON, "user:7", "Ada", "session")
ORIGIN = "clinrag.test/ledger"


def collection_created(number: int = 0) -> Event:
    return CollectionCreated(
        collection_id=str(number),
        slug=f"collection-{number}",
        name="Collection",
        specialty="cardiology",
        language="en",
        audience="everyone",
    )


def query_received(answer_id: str = "a1") -> Event:
    return QueryReceived(
        answer_id=answer_id,
        app="ward",
        purpose="treatment",
        collections=("cardiology",),
        as_of="2026-11-23T05:00:00Z",
        policy="default/1",
    )


def answer_lost(query: Receipt) -> Event:
    return AnswerLost(query_entry_id=str(query.entry_id), answer_id="a1")


@dataclass
class Ledger:
    """The ledger under test; its clock moves a second with each act."""

    files: SignerFiles
    at: datetime = START
    by: Actor = ADA
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    @property
    def vkey(self) -> str:
        return self.files.read_key().verifier.vkey

    def tick(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def append(self, event: Event | None = None, **sealed: str) -> Receipt:
        event = event or collection_created(next(self._numbers))
        with transaction.atomic():
            return ledger.append(event, by=self.by, at=self.tick(), sealed=sealed)

    def sequence(self) -> int:
        return sequencer.drain(at=self.tick())

    def desk(self) -> SigningDesk:
        return SigningDesk(self.files)

    def sign(self) -> CheckpointText | None:
        self.sequence()
        return self.desk().sign_new(at=self.tick())

    def fill(self, count: int) -> list[Receipt]:
        """This many entries, in the log and signed."""
        receipts = [self.append() for _ in range(count)]
        self.sign()
        return receipts

    def verify(self, **options: object) -> VerificationReport:
        return verification.verify(vkey=self.vkey, at=self.at, **options)


@pytest.fixture
def log(
    tmp_path: Path, settings: object, transactional_db: None, django_db_blocker: object
) -> Ledger:
    """An empty ledger over both databases, committed for real."""
    settings.CLINRAG_SIGNER_DIR = tmp_path / "signer"
    settings.CLINRAG_DEPLOYMENT_KEY_FILE = tmp_path / "deployment.key"
    create_deployment_key(settings.CLINRAG_DEPLOYMENT_KEY_FILE)
    files = SignerFiles(tmp_path / "signer")
    files.create_key(ORIGIN)
    return Ledger(files)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work` in threads with connections of their own; raises what they raise."""
    failures: list[BaseException] = []

    def one(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
