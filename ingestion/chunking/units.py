"""The blocks of one section as units that belong together.

Promises: words ending in a colon stay with what they introduce, a bare grade with
its recommendation, the items of a list with each other, and a paragraph that runs
on over the page with its rest.
Will not: look at lengths.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingestion.chunking.pieces import LINE_JOINT, WORD_JOINT, Piece, Unit, UnitKind
from ingestion.types import Block, BlockKind

GRADE_CHARACTERS: Final = 160
CAPTION_CHARACTERS: Final = 300
# GRADE, SIGN, USPSTF, ACC/AHA and CDC ways to state strength and evidence.
GRADE: Final = re.compile(
    r"""^[\[(]?\s*(?:
        (?:recommendation\s+)?(?:grade|category|strength|class|level|certainty|quality)
        (?:\s+of\s+(?:the\s+)?(?:recommendation|evidence)s?)?
        \s*[:=–-]?\s*
        (?:[A-D]\b|[1-5][a-c+-]*\b|I{1,3}[ab]?\b|IV\b
           |very\s+low|low|moderate|high|strong|weak|conditional|expert)
      | (?:strong|weak|conditional|discretionary)\s+recommendation\b
      | evidence\s+(?:type|level|grade|quality)\s*[:=–-]?\s*\w+
      | [12][A-D]\s*[\])]?$
    )""",
    re.IGNORECASE | re.VERBOSE,
)
STATEMENTS: Final = frozenset({BlockKind.PARAGRAPH, BlockKind.RECOMMENDATION})
LEADS_IN: Final = re.compile(r"[:：]['\")\]]*$")
CAPTION: Final = re.compile(
    r"^(?:table|tableau|tabelle|tabla|tabela)\s+\w", re.IGNORECASE
)
ENDS: Final = re.compile(r"[.!?:;。؟]['\")\]”’]*$")
ORDINAL: Final = re.compile(r"^(?:\d+|[A-Za-z]|[ivxIVX]+)[.)]\s")


@dataclass(slots=True)
class _Growing:
    """A unit that blocks are still joining: a list of a million items is one."""

    kind: UnitKind
    body: list[Piece]
    lead: tuple[Piece, ...]


def units_of(blocks: Sequence[Block]) -> list[Unit]:
    """Group blocks in order; every block's text is in exactly one unit."""
    units: list[_Growing] = []
    lead: list[Piece] = []
    for index, block in enumerate(blocks):
        follower = blocks[index + 1] if index + 1 < len(blocks) else None
        if not lead and _joined(units, block):
            continue
        if follower is not None and _introduces(block, follower, first=not units):
            lead.append(_piece(block))
            continue
        units.append(_Growing(_kind(block), [_piece(block)], tuple(lead)))
        lead = []
    return [Unit(kind=one.kind, body=tuple(one.body), lead=one.lead) for one in units]


def _joined(units: list[_Growing], block: Block) -> bool:
    """Add the block to the last unit if it belongs there."""
    if not units:
        return False
    piece = _joining_piece(units[-1], block)
    if piece is None:
        return False
    units[-1].body.append(piece)
    return True


def _joining_piece(last: _Growing, block: Block) -> Piece | None:
    if block.kind is BlockKind.LIST_ITEM:
        return _piece(block) if last.kind is UnitKind.LIST else None
    if block.kind not in STATEMENTS or last.kind is UnitKind.TABLE:
        return None
    if _runs_on(last.body[-1], block):
        level = last.body[-1].level
        return _with_grade(
            Piece(block.text, page=block.page, joint=WORD_JOINT, level=level), block
        )
    if _is_grade(block):
        return _piece(block)
    return None


def _runs_on(piece: Piece, block: Block) -> bool:
    if piece.page is None or block.page != piece.page + 1:
        return False
    return block.text[:1].islower() and not ENDS.search(piece.text)


def _introduces(block: Block, follower: Block, *, first: bool) -> bool:
    if block.kind not in STATEMENTS:
        return False
    if LEADS_IN.search(block.text) or (first and _is_grade(block)):
        return True
    if follower.kind is BlockKind.LIST_ITEM:
        return not ENDS.search(block.text)
    is_short = len(block.text) <= CAPTION_CHARACTERS
    return (
        follower.kind is BlockKind.TABLE
        and is_short
        and bool(CAPTION.match(block.text))
    )


def _is_grade(block: Block) -> bool:
    return len(block.text) <= GRADE_CHARACTERS and bool(GRADE.match(block.text))


def _kind(block: Block) -> UnitKind:
    match block.kind:
        case BlockKind.TABLE:
            return UnitKind.TABLE
        case BlockKind.LIST_ITEM:
            return UnitKind.LIST
        case _:
            return UnitKind.PROSE


def _piece(block: Block) -> Piece:
    if block.kind is not BlockKind.LIST_ITEM:
        return _with_grade(Piece(block.text, page=block.page), block)
    mark = "" if ORDINAL.match(block.text) else "- "
    indent = "  " * block.level
    text = f"{indent}{mark}{block.text}"
    return _with_grade(
        Piece(text, page=block.page, joint=LINE_JOINT, level=block.level), block
    )


def _with_grade(piece: Piece, block: Block) -> Piece:
    """The piece, with what the block says of how sure it is."""
    if (block.strength, block.certainty, block.confidence) == (None, None, None):
        return piece
    return replace(
        piece,
        strength=block.strength,
        certainty=block.certainty,
        confidence=block.confidence,
    )
