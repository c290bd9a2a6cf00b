"""Where a passage stands on the pages of its file."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingestion import parsed_files
from ingestion.chunking import ChunkingParameters, chunk
from ingestion.parsers import ParseLimits, parse
from ingestion.queries.places import places_in
from ingestion.sniffing import PDF
from ingestion.types import Block, BlockKind, Box, PageSize, ParsedDocument

GUIDELINES = Path(__file__).parents[3] / "clinrag" / "local" / "guidelines"
SUMMARY = GUIDELINES / "cdc-opioid-files" / "summary-2022" / "v01_2022-11-02.pdf"


def cut(parsed: ParsedDocument):
    return chunk(
        parsed,
        parameters=ChunkingParameters(),
        count_tokens=lambda text: len(text.split()),
    )


@pytest.fixture(scope="module")
def summary() -> ParsedDocument:
    return parse(SUMMARY.read_bytes(), media_type=PDF, limits=ParseLimits())


def test_every_passage_of_a_real_guideline_stands_on_its_pages(summary):
    chunked = cut(summary)

    for one in chunked.chunks:
        found = places_in(
            summary, text=chunked.text, start=one.char_start, end=one.char_end
        )
        assert [page.page for page in found] == list(
            range(one.page_from or 0, (one.page_to or 0) + 1)
        ), one.text
        assert all(page.boxes and page.width == 612 for page in found)


def test_part_of_a_line_has_part_of_its_box():
    block = Block(
        BlockKind.LIST_ITEM,
        "Give 5 mg. Then stop.",
        page=1,
        boxes=(Box(1, 100.0, 50.0, 310.0, 60.0, 0, 21),),
        confidence=0.71,
    )
    parsed = ParsedDocument(None, (block,), 1, (), "a/1", (PageSize(600.0, 800.0),))
    text = "- Give 5 mg. Then stop."

    start = text.index("Then")
    ((page),) = places_in(parsed, text=text, start=start, end=len(text))
    (box,) = page.boxes

    assert 190 < box.left < 230
    assert (box.right, box.bottom, box.top) == (310.0, 50.0, 60.0)
    assert box.confidence == 0.71


def test_words_told_twice_stand_where_they_were_said_first():
    def row(page: int, text: str) -> Block:
        box = Box(page, 10.0, 10.0, 90.0, 20.0, 0, len(text))
        return Block(BlockKind.PARAGRAPH, text, page=page, boxes=(box,))

    parsed = ParsedDocument(
        None, (row(1, "Offer:"), row(2, "one"), row(3, "two")), 3, (), "a/1"
    )
    text = "Offer:\n\none\n\nOffer:\n\ntwo"
    found = places_in(parsed, text=text, start=text.rindex("Offer"), end=len(text))

    assert [page.page for page in found] == [1, 3]


def test_file_parsed_before_places_were_kept_has_none(summary):
    old = replace(
        summary,
        blocks=tuple(replace(block, boxes=()) for block in summary.blocks),
        page_sizes=(),
    )
    assert places_in(old, text=cut(old).text, start=0, end=100) == ()


def test_parsed_file_is_read_as_it_was_written(summary):
    assert parsed_files.read(parsed_files.written(summary)) == summary


def test_parsed_file_is_read_when_it_was_written_before_there_were_boxes():
    old = (
        b'{"title":null,"blocks":[{"kind":"paragraph","text":"a","level":0,"page":1}],'
        b'"pages":1,"warnings":[{"code":"c","message":"m","page":null}],"parser":"x/1"}'
    )
    (block,) = parsed_files.read(old).blocks

    assert block == Block(BlockKind.PARAGRAPH, "a", page=1)
