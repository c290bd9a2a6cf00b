"""Text as a person sees it: what every format needs alike.

Promises: spaces are single, words keep their characters; what no reader can see
(control, zero-width and tag characters) is gone, and said when it may be a trick.
Will not: change spelling, case, quotes or non-breaking spaces.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ingestion.errors import ChangesUnsettled
from ingestion.recommendations import grade_of
from ingestion.types import (
    Block,
    BlockKind,
    ParsedDocument,
    ParseWarning,
    TrackedChanges,
)

SPACES: Final = re.compile(r"[ \t\n\r\f\v\u0085\u2028\u2029]+")
# Soft hyphen, zero-width space and joiner marks, bidirectional controls, byte
# order mark; not U+200C and U+200D, which Persian, Hindi and emoji need.
UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
# Unicode tags spell ASCII that no font shows: only ever seen in smuggled text.
TAGS: Final = re.compile("[\U000e0000-\U000e007f]")
SUPERSCRIPTS: Final = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
SUPERSCRIPT_SOURCES: Final = frozenset("0123456789+-−()")
GRADED: Final = frozenset(
    {BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.RECOMMENDATION}
)
BARE_GRADE: Final = 160  # characters; shorter ones belong to what stands before them


def one_line(text: str) -> str:
    """Return the visible text on one line."""
    if text.isascii() and text.isprintable():  # nearly all text: several times as fast
        return " ".join(text.split())
    return SPACES.sub(" ", UNSEEN.sub("", text)).strip()


def several_lines(text: str) -> str:
    """Return the visible text with its line breaks."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(UNSEEN.sub("", line).rstrip() for line in lines).strip("\n")


def superscript(text: str) -> str:
    """Raise digits: 10<sup>9</sup> is 10⁹, never 109; words stay as they are."""
    if set(text.strip()) <= SUPERSCRIPT_SOURCES:
        return text.translate(SUPERSCRIPTS)
    return text


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first row is its header."""
    cells = [[_cell(cell) for cell in row] for row in rows]
    width = max((len(row) for row in cells), default=0)
    lines = [_row(row + [""] * (width - len(row))) for row in cells]
    lines.insert(1, _row(["---"] * width))
    return "\n".join(lines)


def tidy(document: ParsedDocument) -> ParsedDocument:
    """Clean every block, drop the empty ones, and warn of smuggled characters."""
    had_tags = any(TAGS.search(block.text) for block in document.blocks)
    blocks = (graded(replace(block, text=_clean(block))) for block in document.blocks)
    warnings = document.warnings
    if had_tags:
        warnings += (hidden_text_warning(),)
    return replace(
        document,
        title=one_line(document.title)[:500] if document.title else None,
        blocks=tuple(block for block in blocks if block.text),
        warnings=warnings,
    )


def graded(block: Block) -> Block:
    """The block with the strength and certainty it states.

    A paragraph that says more than its grade is a recommendation.
    """
    if block.kind not in GRADED:
        return block
    grade = grade_of(block.text)
    if grade.strength is None and block.kind is not BlockKind.RECOMMENDATION:
        return block
    is_one = block.kind is BlockKind.PARAGRAPH and len(block.text) > BARE_GRADE
    kind = BlockKind.RECOMMENDATION if is_one else block.kind
    return replace(block, kind=kind, strength=grade.strength, certainty=grade.certainty)


def hidden_text_warning(page: int | None = None) -> ParseWarning:
    return ParseWarning(
        "hidden_text_removed", "Text that a reader cannot see was left out.", page
    )


def struck_text_warning() -> ParseWarning:
    return ParseWarning("struck_text_removed", "Text that is struck out was left out.")


def settled(count: int, *, policy: str) -> Iterator[ParseWarning]:
    """What is said of changes that were read as settled, if there are any.

    Raises ChangesUnsettled when the policy is that an author settles them.
    """
    if not count:
        return
    if policy == TrackedChanges.REFUSE:
        raise ChangesUnsettled
    is_kept = policy == TrackedChanges.ACCEPT
    code = "tracked_changes_accepted" if is_kept else "tracked_changes_rejected"
    told = "accepted" if is_kept else "rejected"
    yield ParseWarning(code, f"Tracked changes were read as {told}: {count}.")


def title_of(blocks: Sequence[Block]) -> str | None:
    """Return the first visible heading; metadata is not visible and not believed."""
    headings = (block for block in blocks if block.kind is BlockKind.HEADING)
    first = next(headings, None)
    return first.text if first else None


def _clean(block: Block) -> str:
    text = TAGS.sub("", block.text)
    if block.kind in {BlockKind.TABLE, BlockKind.CODE}:
        return several_lines(text)
    return one_line(text)


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
