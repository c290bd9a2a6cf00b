"""While editions take each other's place, no evidence holds two of a document, or none.

Three documents go through cut-overs, at once, back-dated and scheduled a moment ahead,
while several connections search and ask without a pause and another brings on record
what time did. Each look at the corpus, and each recorded answer, must hold exactly one
edition of each document. 100 cut-overs by default; `CUT_OVERS=1000` for the long run.
"""

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from time import sleep
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from clinrag.answering.answerers import ExtractiveAnswerer
from clinrag.answering.models import AnswerPassage
from clinrag.answering.pipeline import answer_question
from clinrag.answering.policy import Policy
from clinrag.answering.services import Services
from clinrag.answering.types import Question
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery
from ingestion import actions
from ingestion.actions.passages import store_passages
from ingestion.lifecycle import Status
from ingestion.models import Collection, Document, DocumentVersion
from tests.factories.ingestion import make_document, make_document_version
from tests.factories.people import MANAGER
from tests.integration.answering.clinic import ASKER, open_clinic
from tests.integration.retrieval.corpus import EMBEDDER, chunked, embed_all

CUT_OVERS = int(os.environ.get("CUT_OVERS", "100"))
pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keys"]),
    pytest.mark.timeout(300 + 2 * CUT_OVERS),
]
DOCUMENTS = 3
SEARCHERS = 3
AHEAD = timedelta(milliseconds=30)
QUESTION = "How much water should be drunk every day?"


@pytest.fixture
def collection(settings, tmp_path) -> Collection:
    open_clinic(settings, tmp_path)
    return Collection.objects.get(slug="pain")


def editions_of(document: Document, count: int) -> list[DocumentVersion]:
    return [an_edition(document, number) for number in range(count)]


def an_edition(document: Document, number: int) -> DocumentVersion:
    version = make_document_version(document, status=Status.APPROVED)
    text = f"Water: {number} glasses should be drunk every day."
    store_passages(version, chunked=chunked([text]))
    embed_all(version)
    return version


class Askers:
    """Whoever asks while editions change; `looks` counts, `wrong` keeps what was wrong."""

    def __init__(self, collection: Collection, documents: set[UUID]) -> None:
        self.collection, self.documents = collection, documents
        self.over = Event()
        self.looks: Counter[str] = Counter()
        self.wrong: list[object] = []

    def until_over(self, ask: Callable[[], None]) -> None:
        try:
            while not self.over.is_set():
                ask()
        finally:
            connections.close_all()

    def search(self) -> None:
        query = RetrievalQuery(
            text=QUESTION,
            collection_ids=(self.collection.id,),
            language="en",
            as_of=timezone.now(),
            limit=50,
        )
        found = retrieve(query, embedder=EMBEDDER).passages
        held = Counter(passage.document_id for passage in found)
        self.looks["searched"] += 1
        if held != Counter(self.documents):
            self.wrong.append(found)

    def ask(self) -> None:
        services = Services(EMBEDDER, ExtractiveAnswerer(EMBEDDER), None, Policy())
        question = Question(text=QUESTION, collection_slugs=("pain",))
        answer_question(question, by=ASKER, now=timezone.now, services=services)
        self.looks["asked"] += 1

    def settle(self) -> None:
        actions.settle_versions(at=timezone.now())
        sleep(0.02)


def cut_over(version: DocumentVersion, number: int) -> None:
    now = timezone.now()
    shift = (timedelta(0), -timedelta(milliseconds=1), AHEAD)[number % 3]
    actions.activate_version(version.id, by=MANAGER, at=now, in_force_from=now + shift)
    if shift > timedelta(0):
        sleep(shift.total_seconds())  # or the next one would begin before it


def test_every_look_sees_one_edition_of_each_document(collection):
    documents = [make_document(collection) for _ in range(DOCUMENTS)]
    rounds = [editions_of(one, CUT_OVERS // DOCUMENTS + 1) for one in documents]
    in_order = [version for turn in zip(*rounds, strict=True) for version in turn]
    for version in in_order[:DOCUMENTS]:
        cut_over(version, 0)
    askers = Askers(collection, {one.id for one in documents})
    tasks = [askers.search] * SEARCHERS + [askers.ask, askers.settle]

    with ThreadPoolExecutor(len(tasks)) as pool:
        running = [pool.submit(askers.until_over, task) for task in tasks]
        try:
            for number, version in enumerate(in_order[DOCUMENTS:]):
                cut_over(version, number)
        finally:
            askers.over.set()
        for future in running:
            future.result()
    actions.settle_versions(at=timezone.now())

    print(f"{len(in_order) - DOCUMENTS} cut-overs, {dict(askers.looks)}")
    assert askers.wrong == []
    assert askers.looks["searched"] > CUT_OVERS / 10
    assert_answers_hold_one_each(askers)
    last = {version.id for version in in_order[-DOCUMENTS:]}
    rows = DocumentVersion.objects.filter(status=Status.IN_FORCE)
    assert set(rows.values_list("id", flat=True)) == last


def assert_answers_hold_one_each(askers: Askers) -> None:
    home = dict(DocumentVersion.objects.values_list("id", "document_id"))
    held: dict[UUID, list[UUID]] = {}
    for answer, version in AnswerPassage.objects.values_list("answer_id", "version_id"):
        held.setdefault(answer, []).append(home[version])
    assert len(held) == askers.looks["asked"] > 0
    assert all(Counter(found) == Counter(askers.documents) for found in held.values())
