"""kill -9 of workers at random while real guidelines are taken in.

Real Celery workers, a real broker, the bundled embedder. Afterwards every file stands
with exactly the passages that a calm reading gives, each passage has one vector, every
version was put before its reviewers once, and no work or message is left over.
"""

import os
import random
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import Count, F, Sum

from ingestion import actions, queries, tasks
from ingestion.actions.leases import MOST_ATTEMPTS
from ingestion.chunking import ChunkingParameters, chunk, embedding_text
from ingestion.embedding import get_embedder
from ingestion.lifecycle import PROCESSING
from ingestion.models import (
    Chunk,
    ChunkEmbedding,
    DocumentVersion,
    OutboxMessage,
    VersionChunk,
    WorkPart,
)
from ingestion.parsers import ParseLimits, parse
from tests.conftest import REPOSITORY
from tests.factories.people import AUTHOR, MANAGER
from tests.integration.ingestion_lifecycle.conftest import T0
from tests.integration.ingestion_lifecycle.recorded import recorded
from tests.integration.ingestion_lifecycle.running import kill_group

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keys"]),
    pytest.mark.timeout(3600),
]

GUIDELINES = REPOSITORY / "clinrag" / "local" / "guidelines"
QUICK = {"LOST_AFTER": "1", "WAITED_LONG": "4"}
FEW_KILLS = 3
MOST_KILLS = 50


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path: Path) -> None:
    settings.CLINRAG_STORAGE_DIR = tmp_path / "documents"


@pytest.fixture
def kills() -> int:
    """A few, or fifty in `make attack`."""
    return min(int(os.environ.get("ATTACK_ROUNDS", FEW_KILLS)), MOST_KILLS)


def files(*, all_of_them: bool) -> list[Path]:
    kinds = ("*/*/*.md", "*/*/*.pdf") if all_of_them else ("nhs*/*/*.md",)
    found = sorted(path for kind in kinds for path in GUIDELINES.glob(kind))
    return found if all_of_them else found[:6]


def take_in(number: int, paths: list[Path]) -> None:
    """A collection of its own, a document for each folder, its files as editions."""
    collection = actions.create_collection(
        f"killed-{number}", name="Killed", specialty="general", language="en",
        audience="everyone", by=AUTHOR, at=T0,
    )  # fmt: skip
    documents = {
        folder: actions.register_document(
            collection.id, title=folder.name, by=AUTHOR, at=T0
        ).id
        for folder in sorted({path.parent for path in paths})
    }
    for path in paths:
        with transaction.atomic():
            version = actions.receive_version(
                documents[path.parent], filename=path.name, label="",
                data=path.read_bytes(), by=AUTHOR, at=T0,
            )  # fmt: skip
            tasks.enqueue(version.id)


def tick() -> None:
    """What beat does, in a second instead of five and fifteen."""
    tasks.relay_outbox.apply_async(expires=1)
    tasks.resume_stalled_versions.apply_async(expires=1)


def is_over() -> bool:
    return not DocumentVersion.objects.filter(status__in=PROCESSING).exists()


def test_nothing_is_lost_doubled_or_stuck_when_workers_are_killed(worker, kills):
    began, chosen = time.monotonic(), random.Random(kills)
    paths = files(all_of_them=kills > FEW_KILLS)
    take_in(0, paths)
    taken, found, ticked = 1, Counter(), 0.0
    running = [worker(**QUICK), worker(**QUICK)]
    while sum(found.values()) < kills:
        until = time.monotonic() + chosen.uniform(1.0, 9.0)
        while time.monotonic() < until:
            if time.monotonic() > ticked + 1:
                tick()
                ticked = time.monotonic()
            time.sleep(0.1)
        if is_over():
            take_in(taken, paths)
            taken += 1
            continue
        found[at_work()] += 1
        place = chosen.randrange(2)
        chosen.choice([kill_group, subprocess.Popen.kill])(running[place])
        kill_group(running[place])
        running[place] = worker(**QUICK)
    deadline = time.monotonic() + 900
    while not is_over():
        assert time.monotonic() < deadline, left_over()
        tick()
        time.sleep(1)
    assert_settled()
    figures = check_whole(paths, taken)
    gave_up = send_again()
    print(
        f"\nworkers killed {kills} times (at work then: {dict(found)}): {figures},"
        f" {gave_up} gave up, in {time.monotonic() - began:.0f} s"
    )


def at_work() -> str:
    stages = WorkPart.objects.filter(state="leased").values_list("stage", flat=True)
    return "+".join(sorted(set(stages))) or "between"


def left_over() -> list:
    return list(WorkPart.objects.filter(state__in=["waiting", "leased"]).values())


def assert_settled() -> None:
    deadline = time.monotonic() + 60
    while OutboxMessage.objects.exists():
        assert time.monotonic() < deadline
        tick()
        time.sleep(1)
    assert left_over() == []


def check_whole(paths: list[Path], taken: int) -> dict[str, int]:
    versions = list(DocumentVersion.objects.order_by("received_at", "pk"))
    assert len(versions) == len(paths) * taken
    embedder = get_embedder()
    calm = {path.name + path.parent.name: calm_hashes(path) for path in paths}
    for version in versions:
        if version.failure_code == "processing_gave_up":
            continue  # killed five times in one stage: it waits for a person
        assert version.status == "in_review", version.failure_code
        hashes = VersionChunk.objects.filter(version=version).order_by("position")
        assert (
            list(hashes.values_list("chunk__content_sha256", flat=True))
            == (calm[version.filename + version.document.title])
        )
    passages = Chunk.objects.filter(placements__version__status="in_review").distinct()
    counted = passages.annotate(vectors=Count("embeddings", distinct=True))
    assert not counted.exclude(vectors=1).exists()
    assert not passages.filter(lexeme_count=None).exists()
    terms = Chunk.objects.annotate(counted=Sum("postings__frequency"))
    assert not terms.exclude(counted=F("lexeme_count")).exists()
    for row in ChunkEmbedding.objects.select_related("chunk").order_by("?")[:20]:
        text = embedding_text(
            row.chunk.text, section_path=tuple(row.chunk.section_path)
        )
        (vector,) = embedder.embed_passages([text])
        assert list(row.embedding) == pytest.approx(vector, abs=1e-3)
    told = Counter(
        (one["type"], one["fields"]["version_id"]) for one in about_versions()
    )
    assert set(told.values()) == {1}
    assert WorkPart.objects.filter(attempts__gte=MOST_ATTEMPTS).count() == 0
    return {"files": len(versions), "passages": passages.count()}


def about_versions() -> list[dict]:
    kinds = {"version.received", "version.in_review", "version.failed"}
    return [entry for entry in recorded() if entry["type"] in kinds]


def calm_hashes(path: Path) -> list[str]:
    media_type = "application/pdf" if path.suffix == ".pdf" else "text/markdown"
    embedder = get_embedder()
    parsed = parse(path.read_bytes(), media_type=media_type, limits=ParseLimits())
    cut = chunk(
        parsed,
        parameters=ChunkingParameters(max_tokens=embedder.max_tokens),
        count_tokens=embedder.count_tokens,
    )
    return [draft.content_sha256 for draft in cut.chunks]


def send_again() -> int:
    """Versions killed five times in one stage wait for a person, and then go through."""
    given_up = DocumentVersion.objects.filter(status="failed")
    found = list(given_up.values_list("pk", flat=True))
    for version_id in found:
        actions.retry_version(version_id, by=MANAGER, at=T0)
        actions.process_version(version_id, now=lambda: T0)
        assert queries.version(version_id).status == "in_review"
    return len(found)
