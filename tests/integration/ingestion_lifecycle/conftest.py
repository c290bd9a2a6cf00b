"""A document whose editions go through the real actions, with a counting embedder."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion import actions
from ingestion.queries import CollectionView, DocumentView, VersionView
from tests.factories.embedder import CountingEmbedder
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.factories.signatures import SIGNED
from tests.integration.ingestion_lifecycle.running import worker

__all__ = ["worker"]

T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

GUIDELINE = """# Hypertension

## Lifestyle

Advise every adult to eat less salt, to move more and to drink less alcohol.

## Medicines

Offer an ACE inhibitor to adults under 55. Check the potassium after two weeks.

## Follow-up

See the person again after four weeks and measure both arms.
"""


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path: Path) -> None:
    settings.CLINRAG_STORAGE_DIR = tmp_path / "documents"


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def collection(db) -> CollectionView:
    return actions.create_collection(
        "cardiology",
        name="Cardiology",
        specialty="cardiology",
        language="en",
        audience="everyone",
        by=AUTHOR,
        at=T0,
    )


@pytest.fixture
def document(collection: CollectionView) -> DocumentView:
    return actions.register_document(
        collection.id, title="Hypertension", by=AUTHOR, at=T0
    )


@pytest.fixture
def receive(document: DocumentView) -> Callable[..., VersionView]:
    def receive(text: str | bytes = GUIDELINE, filename: str = "g.md") -> VersionView:
        data = text if isinstance(text, bytes) else text.encode()
        return actions.receive_version(
            document.id, filename=filename, data=data, label="", by=AUTHOR, at=T0
        )

    return receive


@pytest.fixture
def in_review(receive, embedder: CountingEmbedder) -> Callable[..., VersionView]:
    def in_review(text: str | bytes = GUIDELINE, filename: str = "g.md") -> VersionView:
        version = receive(text, filename)
        return actions.process_version(version.id, now=lambda: T0, embedder=embedder)

    return in_review


@pytest.fixture
def approved(in_review) -> Callable[..., VersionView]:
    def approved(text: str = GUIDELINE) -> VersionView:
        version = in_review(text)
        actions.review_version(
            version.id,
            decision="approve",
            meaning="Read.",
            by=REVIEWER,
            at=T0,
            signature=SIGNED,
        )
        return version

    return approved


@pytest.fixture
def in_force(approved) -> Callable[..., VersionView]:
    def in_force(text: str = GUIDELINE, at: datetime = T0) -> VersionView:
        return actions.activate_version(approved(text).id, by=MANAGER, at=at)

    return in_force
