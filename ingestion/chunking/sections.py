"""A document's blocks as sections with their path of headings.

Promises: every block but a heading is in exactly one section; a sole first heading
of the first level is the title and no part of any path, so that a new title leaves
identities alone; a heading over nothing that reads as a sentence is a paragraph.
Will not: guess headings; parsers do.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingestion.types import Block, BlockKind

SENTENCE_WORDS: Final = 8
SENTENCE_END: Final = re.compile(r"[.!?;。؟]['\")\]]*$")


@dataclass(frozen=True, slots=True)
class Section:
    """Headings that stand right above these blocks; the path leads to them."""

    path: tuple[str, ...]
    headings: tuple[Block, ...]
    blocks: tuple[Block, ...]


def sections_of(blocks: Sequence[Block]) -> list[Section]:
    """Cut the blocks at their headings; a section may have no blocks."""
    told = _with_statements(blocks)
    title = _title(told)
    sections: list[Section] = []
    trail: list[Block] = []
    start = 0
    for index, block in enumerate(told):
        if block.kind is not BlockKind.HEADING:
            continue
        _close(sections, trail, told[start:index], title)
        trail = [above for above in trail if above.level < block.level] + [block]
        start = index
    _close(sections, trail, told[start:], title)
    return sections


def _close(
    sections: list[Section],
    trail: Sequence[Block],
    blocks: Sequence[Block],
    title: Block | None,
) -> None:
    if not blocks:
        return
    headed = blocks[0].kind is BlockKind.HEADING
    sections.append(
        Section(
            path=tuple(above.text for above in trail if above is not title),
            headings=tuple(blocks[:1]) if headed else (),
            blocks=tuple(blocks[1:] if headed else blocks),
        )
    )


def _title(blocks: Sequence[Block]) -> Block | None:
    tops = [
        block
        for block in blocks
        if block.kind is BlockKind.HEADING and block.level <= 1
    ]
    return tops[0] if len(tops) == 1 and tops[0] is blocks[0] else None


def _with_statements(blocks: Sequence[Block]) -> list[Block]:
    followers = [*blocks, None][1:]
    return [
        replace(block, kind=BlockKind.PARAGRAPH, level=0)
        if _is_bare(block, follower) and _reads_as_sentence(block.text)
        else block
        for block, follower in zip(blocks, followers, strict=True)
    ]


def _is_bare(block: Block, follower: Block | None) -> bool:
    if block.kind is not BlockKind.HEADING:
        return False
    if follower is None:
        return True
    return follower.kind is BlockKind.HEADING and follower.level <= block.level


def _reads_as_sentence(text: str) -> bool:
    return len(text.split()) >= SENTENCE_WORDS or bool(SENTENCE_END.search(text))
