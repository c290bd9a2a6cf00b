"""Laws of the chunker, over documents that Hypothesis makes up, and its examples."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.chunking import (
    CHUNKER,
    ChunkingParameters,
    chunk,
    content_hash,
    sized,
)
from ingestion.chunking.measure import embedding_text
from ingestion.chunking.units import units_of
from ingestion.types import Block, BlockKind, ChunkedDocument, ParsedDocument

USUAL = ChunkingParameters()
SMALL = ChunkingParameters(max_tokens=40, min_tokens=10)
H, P, L, T = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE,
)


def count_words(text: str) -> int:
    return len(text.split())


def parsed(*blocks: Block) -> ParsedDocument:
    return ParsedDocument(
        title=None, blocks=blocks, pages=None, warnings=(), parser="test/1"
    )


def cut(*blocks: Block, parameters: ChunkingParameters = USUAL) -> ChunkedDocument:
    return chunk(parsed(*blocks), parameters=parameters, count_tokens=count_words)


def texts(document: ChunkedDocument) -> list[str]:
    return [part.text for part in document.chunks]


word = st.text("abcdefghij", min_size=1, max_size=8)
sentence = st.lists(word, min_size=1, max_size=30).map(
    lambda words: " ".join(words).capitalize() + "."
)
prose = st.lists(sentence, min_size=1, max_size=5).map(" ".join)
page = st.one_of(st.none(), st.integers(1, 4))
row = st.lists(word, min_size=2, max_size=2).map(
    lambda cells: f"| {' | '.join(cells)} |"
)
table = st.lists(row, min_size=2, max_size=12).map(
    lambda rows: "\n".join([rows[0], "| --- | --- |", *rows[1:]])
)
block = st.one_of(
    st.builds(Block, st.just(H), word, level=st.integers(1, 4), page=page),
    st.builds(Block, st.just(P), prose, page=page),
    st.builds(Block, st.just(P), word.map(lambda w: f"{w}:"), page=page),
    st.builds(Block, st.just(L), prose, level=st.integers(0, 3), page=page),
    st.builds(Block, st.just(T), table, page=page),
)
document = st.lists(block, max_size=15).map(tuple)


@given(document)
def test_chunks_hold_every_word_of_every_block_when_blocks_are_any(blocks):
    result = cut(*blocks, parameters=SMALL)

    held = " ".join(
        " ".join(part.section_path) + " " + part.text for part in result.chunks
    )
    for made in blocks:
        assert set(made.text.split()) <= set(held.split()) | set(result.text.split())
        if made.kind is not H:
            assert set(made.text.split()) <= set(held.split())


@given(document)
def test_spans_are_exact_and_ordered_when_blocks_are_any(blocks):
    result = cut(*blocks, parameters=SMALL)

    end = 0
    for position, part in enumerate(result.chunks):
        assert result.text[part.char_start : part.char_end] == part.text
        assert part.char_start >= end
        assert part.position == position
        end = part.char_end


@given(document)
def test_chunks_stay_within_the_limit_when_blocks_are_any(blocks):
    result = cut(*blocks, parameters=SMALL)

    for part in result.chunks:
        whole = embedding_text(part.text, section_path=part.section_path)
        rows = part.text.count("\n") - 1
        assert count_words(whole) <= SMALL.max_tokens or rows <= 1


@given(document)
def test_chunks_are_the_same_when_cut_again(blocks):
    assert cut(*blocks, parameters=SMALL) == cut(*blocks, parameters=SMALL)


@given(document, st.integers(0, 500))
def test_identities_do_not_change_when_pages_do(blocks, shift):
    moved = [replace(made, page=None) for made in blocks]

    before = {
        p.content_sha256 for p in cut(*[replace(b, page=1) for b in blocks]).chunks
    }
    after = {p.content_sha256 for p in cut(*moved).chunks}

    assert before == after


@settings(max_examples=30)
@given(st.integers(0, 199))
def test_few_identities_change_when_one_paragraph_is_added(place):
    blocks = [Block(P, numbered_paragraph(n)) for n in range(200)]
    edited = [*blocks[:place], Block(P, "A new rule of six words."), *blocks[place:]]

    before = {part.content_sha256 for part in cut(*blocks).chunks}
    after = {part.content_sha256 for part in cut(*edited).chunks}

    assert len(after - before) <= 5


def numbered_paragraph(number: int) -> str:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return f"Paragraph {number} says " + " ".join(
        digest[i : i + 4] for i in range(0, 64, 4)
    )


def test_identities_stay_when_a_section_moves():
    def section(name: str) -> list[Block]:
        return [Block(H, name, level=2), Block(P, f"All about {name}, in some words.")]

    title = Block(H, "Guideline", level=1)
    before = cut(title, *section("Dose"), *section("Risk"), *section("Follow-up"))
    after = cut(title, *section("Follow-up"), *section("Dose"), *section("Risk"))

    assert {p.content_sha256 for p in before.chunks} == {
        p.content_sha256 for p in after.chunks
    }


def test_identities_stay_when_the_title_changes():
    body = [Block(H, "Dose", level=2), Block(P, "Take 5 mg.")]

    before = cut(Block(H, "Draft guideline", level=1), *body)
    after = cut(Block(H, "Guideline", level=1), *body)

    assert before.chunks[0].content_sha256 == after.chunks[0].content_sha256
    assert before.chunks[0].section_path == ("Dose",)


def test_identity_ignores_spacing_and_ligatures_and_nothing_else():
    one = content_hash("Dose  of ﬁve mg", section_path=("A",))

    assert one == content_hash("Dose\nof five\u00a0mg", section_path=("A",))
    assert one == content_hash("Dose of five\u2009mg", section_path=("A\u202f",))
    assert one != content_hash("Dose of five mg", section_path=("B",))
    assert one != content_hash("dose of five mg", section_path=("A",))
    assert CHUNKER == "structure/2"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("10⁹/L", "109/L"), ("5½ tablets", "51⁄2 tablets"), ("CO₂", "CO2"), ("1①", "11")],
)
def test_identity_differs_when_a_digit_was_raised_or_a_fraction_glued(right, wrong):
    assert content_hash(right, section_path=()) != content_hash(wrong, section_path=())


def test_sections_are_never_joined_when_both_are_small():
    result = cut(
        Block(H, "One", level=2),
        Block(P, "a b"),
        Block(H, "Two", level=2),
        Block(P, "c d"),
    )

    assert [(p.section_path, p.text) for p in result.chunks] == [
        (("One",), "a b"),
        (("Two",), "c d"),
    ]
    assert result.text == "## One\n\na b\n\n## Two\n\nc d"


def test_list_keeps_its_lead_in_when_it_is_cut():
    items = [Block(L, f"condition {n} " + "w " * 8) for n in range(8)]
    result = cut(Block(P, "Never give it in:"), *items, parameters=SMALL)

    assert len(result.chunks) > 1
    assert all(text.startswith("Never give it in:\n- ") for text in texts(result))


def test_nested_items_keep_their_parents_when_a_list_is_cut():
    nested = [Block(L, f"child {n} " + "w " * 8, level=1) for n in range(6)]
    result = cut(Block(L, "parent applies if:"), *nested, parameters=SMALL)

    assert len(result.chunks) > 1
    assert all(text.startswith("- parent applies if:\n  - ") for text in texts(result))


def test_table_is_whole_when_it_fits_and_repeats_its_header_when_cut():
    rows = [f"| drug{n} | {n} mg |" for n in range(30)]
    head = "| Drug | Dose |\n| --- | --- |"
    whole = Block(T, "\n".join([head, *rows[:3]]))
    long = Block(T, "\n".join([head, *rows]))

    assert texts(cut(whole)) == [whole.text]
    parts = texts(cut(long, parameters=SMALL))
    assert len(parts) > 1
    assert all(part.startswith(head) for part in parts)
    assert [line for part in parts for line in part.split("\n")[2:]] == rows


def test_table_keeps_its_caption():
    made = Block(T, "| a | b |\n| --- | --- |\n| 1 | 2 |")

    assert texts(cut(Block(P, "Table 1. Doses."), made)) == [
        "Table 1. Doses.\n\n" + made.text
    ]


@pytest.mark.parametrize(
    "grade",
    [
        "Grade: A",
        "(Strong recommendation, moderate-certainty evidence)",
        "Level of evidence: IIa",
        "Recommendation category: A; evidence type: 3",
        "[1B]",
        "Class I, level of evidence B",
        "Quality of evidence: very low",
    ],
)
def test_recommendation_keeps_its_grade(grade):
    long = "Clinicians should offer it. " + "word " * 50
    result = cut(Block(P, long.strip()), Block(P, grade), Block(P, long.strip()))

    assert result.chunks[0].text.endswith(grade)


def test_long_paragraph_is_cut_between_sentences():
    made = "Give 5 mg p.o. b.i.d. in adults. " * 12
    parts = texts(cut(Block(P, made.strip()), parameters=SMALL))

    assert len(parts) > 1
    assert all(part.endswith("adults.") for part in parts)


def test_paragraph_is_one_when_it_runs_over_the_page():
    result = cut(Block(P, "Watch for signs of", page=3), Block(P, "overdose.", page=4))

    (only,) = result.chunks
    assert (only.text, only.page_from, only.page_to) == (
        "Watch for signs of overdose.",
        3,
        4,
    )


def test_word_is_cut_when_it_alone_is_endless():
    result = cut(Block(P, "x" * 100_000), parameters=SMALL)

    assert max(map(len, texts(result))) <= 40 * 12
    assert result.text == "x" * 100_000


def test_heading_over_nothing_is_a_paragraph_when_it_reads_as_a_sentence():
    result = cut(
        Block(H, "Do not use in pregnancy.", level=2), Block(H, "For pain", level=2)
    )

    assert texts(result) == ["Do not use in pregnancy."]
    assert "For pain" in result.text


@pytest.mark.timeout(20)
def test_blocks_are_grouped_in_time_when_a_list_has_very_many_items():
    items = [Block(BlockKind.LIST_ITEM, "ab")] * 100_000

    (unit,) = units_of(items)

    assert len(unit.body) == len(items)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({}, CHUNKER),
        ({"max_tokens": 256}, CHUNKER),
        ({"max_tokens": 8192, "min_tokens": 32}, CHUNKER),
        ({"max_tokens": 128}, f"{CHUNKER};max=128"),
        ({"max_tokens": 128, "min_tokens": 0}, f"{CHUNKER};max=128;min=0"),
    ],
)
def test_sizes_have_a_name_only_when_they_are_not_the_usual(asked, name):
    parameters = sized(256, **asked)
    assert parameters.chunker == name
    assert parameters.max_tokens == min(256, asked.get("max_tokens", 256))


def test_passage_has_another_identity_when_cut_by_other_sizes():
    blocks = (Block(H, "Dose", level=1), Block(P, "Give five mg twice a day."))
    usual = cut(*blocks)
    same = cut(*blocks, parameters=sized(256, max_tokens=512))
    other = cut(*blocks, parameters=sized(256, max_tokens=128))
    assert same == usual
    assert [one.text for one in other.chunks] == [one.text for one in usual.chunks]
    assert other.chunks[0].content_sha256 != usual.chunks[0].content_sha256
    assert other.chunker == f"{CHUNKER};max=128"


def test_passage_says_each_strength_once_and_the_least_confidence():
    def stated(text, **said):
        return Block(L, text, **said)

    page = cut(
        Block(H, "Advice", level=1),
        stated("Treat.", strength="strong", certainty="low", confidence=0.9),
        stated("Wait.", strength="strong", confidence=0.6),
        stated("Ask.", strength="conditional"),
    )
    (only,) = page.chunks
    assert (only.strength, only.certainty) == ("strong; conditional", "low")
    assert only.confidence == 0.6
    plain = cut(Block(H, "Advice", level=1), Block(P, "Treat.")).chunks[0]
    assert (plain.strength, plain.certainty, plain.confidence) == ("", "", None)
