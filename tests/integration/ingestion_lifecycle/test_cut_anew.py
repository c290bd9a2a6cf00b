"""What is told of a version whose text was cut anew: the cut that is searched."""

from dataclasses import replace

import pytest

from ingestion import queries
from ingestion.actions import recutting, stages
from ingestion.models import DocumentVersion, VersionChunk
from ingestion.queries.library import passage_counts
from ingestion.queries.page_places import passages_on_page
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE

pytestmark = pytest.mark.django_db


@pytest.fixture
def cut_anew(monkeypatch, embedder):
    """Cut a version by a newer chunker, which leaves the section on medicines as it is.

    The passage of that section so stands in both cuts, at the same position.
    """
    cut = stages.chunk

    def paged(*arguments, **options):
        found = cut(*arguments, **options)
        return replace(
            found, chunks=tuple(replace(one, page_from=1) for one in found.chunks)
        )

    def reworded(*arguments, **options):
        found = paged(*arguments, **options)
        chunks = [
            replace(one, text=f"Now: {one.text}") if "potassium" in one.text else one
            for one in found.chunks
        ]
        return replace(found, chunks=tuple(chunks))

    def cut_anew(version_id, *, chunker: str = "structure/99", number: int = 2):
        monkeypatch.setattr("ingestion.chunking.CHUNKER", chunker)
        row = DocumentVersion.objects.get(pk=version_id)
        recutting.recut(row, cut=number, embedder=embedder)
        DocumentVersion.objects.filter(pk=version_id).update(cut=number)
        row.refresh_from_db()
        return row

    monkeypatch.setattr(stages, "chunk", paged)
    monkeypatch.setattr(recutting, "chunk", reworded)
    return cut_anew


def test_one_cut_is_told_of_everywhere_when_a_text_was_cut_anew(in_review, cut_anew):
    version_id = in_review().id
    row = cut_anew(version_id)
    searched = queries.passages_of(version_id)
    assert VersionChunk.objects.filter(version=row).count() == 2 * len(searched) == 6

    placed = queries.placed_chunks(version_id)
    pairs = [(version_id, one.chunk_id) for one in searched]

    assert [one.chunk_id for one in placed] == [one.chunk_id for one in searched]
    assert [one.position for one in passages_on_page(version_id, page=1)] == [0, 1, 2]
    assert passage_counts([version_id]) == {version_id: 3}
    assert stages.ready_for_review(row).chunk_count == 3
    assert queries.passages(pairs) == searched
    assert [queries.passage(*one) for one in pairs] == searched


def test_passage_of_an_old_cut_is_found_once_for_whoever_cited_it(in_review, cut_anew):
    version_id = in_review().id
    old = queries.passages_of(version_id)
    cut_anew(version_id)
    cut_anew(version_id, chunker="structure/100", number=3)

    found = queries.passages((version_id, one.chunk_id) for one in old)

    assert [one.text for one in found] == [one.text for one in old]
    kept = [one for one in found if "potassium" in one.text]
    searched = {one.version_chunk_id for one in queries.passages_of(version_id)}
    assert {one.version_chunk_id for one in kept} <= searched
    assert [one.version_chunk_id for one in found if one not in kept] == [
        one.version_chunk_id for one in old if "potassium" not in one.text
    ]


def test_passage_of_a_cut_no_longer_searched_is_new_when_an_edition_has_it_again(
    in_review, cut_anew
):
    first = in_review().id
    again = in_review(f"{GUIDELINE}\nTake care.\n").id  # by the same chunker
    known = [one.is_new for one in queries.placed_chunks(again)]
    assert known.count(True) == 1

    cut_anew(first)

    # The section on medicines keeps its passage, which so is in both cuts.
    assert [one.is_new for one in queries.placed_chunks(again)] == [True, False, True]
    cut_anew(again)
    assert [one.is_new for one in queries.placed_chunks(again)] == known
