"""Work that ends its worker is counted; a dead worker's version is found at once."""

import time

import pytest

from ingestion import actions, queries
from ingestion.actions.leases import MOST_ATTEMPTS
from ingestion.errors import EmbeddingFailed
from ingestion.models import PartState, WorkPart
from tests.conftest import as_role
from tests.factories.embedder import CountingEmbedder
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import DAY, T0
from tests.integration.ingestion_lifecycle.recorded import recorded_types

pytestmark = pytest.mark.django_db

LONG_TEXT = "\n\n".join(
    f"# Part {n}\n\n" + f"Advice {n} is to rest and to drink enough. " * 40
    for n in range(60)
)


class Killed(BaseException):
    """Ends a stage as a kill does: past every `except Exception`."""


def attempts(version_id, stage: str = "parse") -> tuple[int, bool]:
    row = WorkPart.objects.filter(version=version_id, stage=stage).earliest("number")
    return row.attempts, row.state == PartState.LEASED


@pytest.fixture
def deadly(monkeypatch):
    def killed(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr("ingestion.actions.stages.parse", killed)


def die(version_id, *, times: int, **options: object) -> None:
    for _ in range(times):
        with pytest.raises(Killed):
            actions.advance_version(version_id, at=T0, **options)


def test_version_fails_when_every_worker_at_it_was_killed(receive, deadly):
    version_id = receive().id
    die(version_id, times=MOST_ATTEMPTS)
    assert attempts(version_id) == (MOST_ATTEMPTS, True)

    assert actions.advance_version(version_id, at=T0) == "failed"

    version = queries.version(version_id)
    assert version.failure_code == "processing_gave_up"
    assert "again and again" in version.failure_message
    assert recorded_types()[-1] == "version.failed"


def test_version_goes_on_when_the_last_worker_allowed_is_not_killed(
    receive, deadly, monkeypatch
):
    version_id = receive().id
    die(version_id, times=MOST_ATTEMPTS - 1)
    monkeypatch.undo()

    assert actions.advance_version(version_id, at=T0) == "parsed"
    assert attempts(version_id) == (0, False)


def test_count_begins_anew_when_a_person_sends_the_version_again(receive, deadly):
    version_id = receive().id
    die(version_id, times=MOST_ATTEMPTS)
    actions.advance_version(version_id, at=T0)

    actions.retry_version(version_id, by=MANAGER, at=T0)

    assert attempts(version_id) == (0, False)
    die(version_id, times=1)


def test_version_is_embedded_when_each_worker_was_killed_after_a_batch(receive):
    class Mortal(CountingEmbedder):
        def embed_passages(self, texts):
            if self.embedded:
                raise Killed
            return super().embed_passages(texts)

    version_id = receive(LONG_TEXT).id
    for _ in range(2):
        actions.advance_version(version_id, at=T0, embedder=CountingEmbedder())
    deaths = 0
    while queries.version(version_id).status == "chunked":
        try:
            actions.embed_version(version_id, at=T0, embedder=Mortal())
        except Killed:
            deaths += 1

    assert deaths > MOST_ATTEMPTS
    assert queries.version(version_id).status == "embedded"


def test_refused_embedding_is_no_attempt(receive):
    version_id = receive().id
    for _ in range(2):
        actions.advance_version(version_id, at=T0, embedder=CountingEmbedder())

    for _ in range(MOST_ATTEMPTS + 1):
        with pytest.raises(EmbeddingFailed):
            actions.embed_version(
                version_id, at=T0, embedder=CountingEmbedder(fail_after=0)
            )

    assert attempts(version_id, "embed") == (0, False)


def test_part_of_a_stage_is_no_attempt_when_it_ends_in_order(receive):
    version_id, embedder = receive(LONG_TEXT).id, CountingEmbedder()
    for _ in range(3):
        actions.advance_version(version_id, at=T0, embedder=embedder, at_most=16)

    assert queries.version(version_id).status == "chunked"
    assert attempts(version_id, "embed") == (0, False)


def claim(*, begun: object = T0, waiting: object = T0) -> list:
    found = actions.claim_stalled(
        begun_before=begun, waiting_since=waiting, at=T0 + DAY, limit=9
    )
    return [(one.version_id, one.status) for one in found]


def test_waiting_version_is_claimed_once_when_it_waited_long(receive):
    version = receive()

    assert claim(begun=T0 + DAY) == []
    assert claim(waiting=T0 + DAY) == [(version.id, "received")]
    assert claim(waiting=T0 + DAY) == []


def test_begun_version_is_claimed_once_when_its_worker_is_gone(receive, deadly):
    version = receive()
    die(version.id, times=1)

    assert claim(begun=T0 + DAY) == [(version.id, "received")]
    assert claim(begun=T0 + DAY) == []
    assert attempts(version.id) == (1, False)


def test_begun_version_is_left_alone_while_its_worker_lives(
    receive, deadly, postgres, db
):
    version = receive()
    die(version.id, times=1)
    part = WorkPart.objects.get(version=version.id)
    key = int.from_bytes(part.id.bytes[:8], signed=True)

    with as_role(postgres, "clinrag_app") as worker:
        worker.execute("SELECT pg_advisory_lock(%s)", [key])
        assert claim(begun=T0 + DAY, waiting=T0 + DAY) == []

    # The lock goes with the connection, as soon as the server has noticed its end.
    deadline, claimed = time.monotonic() + 10, []
    while not claimed and time.monotonic() < deadline:
        claimed = claim(begun=T0 + DAY)
    assert claimed == [(version.id, "received")]
