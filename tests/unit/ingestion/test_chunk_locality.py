"""An edit embeds what it touches: the law over made-up rows, the bar over a guideline."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.chunking import ChunkingParameters, chunk
from ingestion.chunking.cutting import cuts
from ingestion.types import Block, BlockKind, ParsedDocument

PARAGRAPHS = 2000
EDITED = 20  # one in a hundred
H, P, L, T = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE,
)


def count_tokens(text: str) -> int:
    """WordPiece makes four tokens or more of three words of such texts."""
    return -(-4 * len(text.split()) // 3)


def identities(blocks: list[Block]) -> set[str]:
    document = ParsedDocument(
        title=None, blocks=tuple(blocks), pages=None, warnings=(), parser="test/1"
    )
    cut = chunk(document, parameters=ChunkingParameters(), count_tokens=count_tokens)
    return {one.content_sha256 for one in cut.chunks}


def words(seed: str, count: int) -> str:
    letters = hashlib.shake_256(seed.encode()).hexdigest(3 * count)
    return " ".join(letters[at : at + 6] for at in range(0, len(letters), 6))


def guideline(*, shortest: int, longest: int, to_a_section: int) -> list[Block]:
    sizes = random.Random(4)
    blocks = [Block(H, "Guideline", level=1)]
    for number in range(PARAGRAPHS):
        if number % to_a_section == 0:
            blocks.append(Block(H, f"Section {number // to_a_section}", level=2))
        size = sizes.randint(shortest, longest)
        blocks.append(Block(P, f"{words(f'p{number}', size)}."))
    return blocks


def edited(blocks: list[Block], *, how: str, seed: int) -> list[Block]:
    chance = random.Random(seed)
    made = list(blocks)
    places = [place for place, one in enumerate(blocks) if one.kind is P]
    for place in sorted(chance.sample(places, EDITED), reverse=True):
        new = Block(P, f"{words(f'{how}{seed}{place}', 10)}.")
        match how:
            case "a word":
                made[place] = Block(P, f"{made[place].text[:-1]} 90mg.")
            case "rewritten":
                made[place] = new
            case "added":
                made.insert(place, new)
            case "removed":
                del made[place]
    return made


SHAPES = {
    "short": guideline(shortest=5, longest=15, to_a_section=25),
    "short, one section": guideline(shortest=5, longest=15, to_a_section=PARAGRAPHS),
    "short, four to a section": guideline(shortest=5, longest=15, to_a_section=4),
    "short and long": guideline(shortest=5, longest=150, to_a_section=25),
    "longer than the embedder reads": guideline(
        shortest=200, longest=400, to_a_section=25
    ),
}


@pytest.mark.parametrize("how", ["a word", "rewritten", "added", "removed"])
@pytest.mark.parametrize("shape", SHAPES)
def test_two_in_a_hundred_passages_are_new_at_most_when_one_paragraph_is(shape, how):
    before = identities(SHAPES[shape])

    for seed in range(2):
        after = identities(edited(SHAPES[shape], how=how, seed=seed))

        assert len(after - before) <= 0.02 * len(after)


@pytest.mark.parametrize("shape", ["short", "short and long"])
def test_no_passage_is_new_when_sections_only_move(shape):
    title, *rest = SHAPES[shape]
    starts = [place for place, one in enumerate(rest) if one.kind is H]
    ends = [*starts[1:], len(rest)]
    sections = [rest[start:end] for start, end in zip(starts, ends, strict=True)]
    random.Random(1).shuffle(sections)

    moved = [title, *(one for section in sections for one in section)]

    assert moved != SHAPES[shape]
    assert identities(moved) == identities(SHAPES[shape])


def long_row(kind: BlockKind, numbers: list[int]) -> list[Block]:
    if kind is T:
        rows = [f"| {words(f'r{n}', 4)} | {n} mg |" for n in numbers]
        return [Block(T, "\n".join(["| Drug | Dose |", "| --- | --- |", *rows]))]
    items = [words(f"r{number}", 8) for number in numbers]
    return [Block(P, "Never give it in:"), *(Block(L, item) for item in items)]


@settings(max_examples=20)
@given(place=st.integers(0, 299), kind=st.sampled_from([L, T]))
def test_few_passages_of_a_long_list_or_table_are_new_when_a_row_is_added(place, kind):
    numbers = list(range(300))
    before = identities(long_row(kind, numbers))

    after = identities(long_row(kind, [*numbers[:place], 999, *numbers[place:]]))

    assert len(before) > 10
    assert len(after - before) <= 4


row = st.lists(st.integers(1, 12), min_size=1, max_size=80)


@given(row, st.integers(12, 60))
def test_parts_cover_the_row_within_the_budget_when_sizes_are_any(sizes, budget):
    def fits(start: int, end: int) -> bool:
        return sum(sizes[start:end]) <= budget

    texts = [f"{place} {size}" for place, size in enumerate(sizes)]
    parts = cuts(texts, sizes=sizes, budget=budget, fits=fits)

    assert [place for part in parts for place in range(*part)] == list(
        range(len(sizes))
    )
    assert all(fits(*part) for part in parts)


@pytest.mark.timeout(20)
def test_a_row_of_very_many_pieces_is_cut_in_time():
    count = 200_000
    texts = [str(place) for place in range(count)]

    parts = cuts(
        texts, sizes=[1] * count, budget=60, fits=lambda start, end: end - start <= 60
    )

    assert 20 < count / len(parts) <= 60
