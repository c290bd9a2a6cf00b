"""How strong a recommendation is, and what OCR read, is told wherever it is shown."""

from dataclasses import replace

import pytest

from clinrag.api.serializers.retrievals import RetrievedSerializer
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery
from clinrag.web.reading import text_of, weight_of
from ingestion import queries
from ingestion.actions import stages
from tests.integration.ingestion_lifecycle.conftest import DAY, T0

pytestmark = pytest.mark.django_db
GRADED = """# Pain

## Advice

We suggest ibuprofen for adults with acute pain who have no history of ulcers, and at
the lowest dose that helps (conditional recommendation, low certainty evidence).

## Background

Pain is common.
"""
TOLD = {"strength": "conditional", "certainty": "low"}


def found(collection, embedder) -> dict:
    query = RetrievalQuery(
        text="ibuprofen", as_of=T0 + DAY, collection_ids=(collection.id,), language="en"
    )
    passages = retrieve(query, embedder=embedder).passages
    return {one.section_path[-1]: one for one in passages}


def test_strength_and_certainty_are_carried_to_search_and_page(
    in_force, collection, embedder
):
    version = in_force(GRADED)
    advice = found(collection, embedder)["Advice"]
    shown = RetrievedSerializer(advice).data
    assert {name: shown[name] for name in TOLD} == TOLD
    assert shown["ocr_confidence"] is None
    labels = [
        segment.passage.label
        for segment in text_of(version, queries.passages_of(version.id))
        if segment.passage
    ]
    assert labels[0].endswith("· strength: conditional · certainty: low")
    assert labels[1].endswith("Background")


def test_passage_is_marked_everywhere_when_ocr_read_it(
    in_force, collection, embedder, monkeypatch
):
    read = stages.parse

    def out_of_a_picture(*arguments, **options):
        document = read(*arguments, **options)
        blocks = tuple(replace(one, confidence=0.83) for one in document.blocks)
        return replace(document, blocks=blocks)

    monkeypatch.setattr(stages, "parse", out_of_a_picture)
    version = in_force(GRADED)
    passage = found(collection, embedder)["Advice"]
    assert RetrievedSerializer(passage).data["ocr_confidence"] == 0.83
    for one in queries.passages_of(version.id):
        assert weight_of(one)[-1] == "read by OCR, 83 % sure"
