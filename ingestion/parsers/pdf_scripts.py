"""Raised and lowered figures, so that 10⁹ is never 109 and a note's mark no dose.

Promises: the text keeps its length; only figures and single letters that touch a word
are measured, and they are changed only when they are small and off the line.
Will not: raise words.
"""

import re
from typing import Final

from ingestion.parsers.pdf_glyphs import Glyphs

# Figures that touch something, and a lone letter after a figure or a full stop.
CANDIDATE: Final = re.compile(
    r"(?<=[^\s\d])[-−+]?\d+(?:[,–]\d+)*|\d{2,}|\d+(?=[^\s\d.,:;)\]/%-])"
    r"|(?<=[\d.,;)])[a-z*†‡§](?![A-Za-z])"
)
LETTER: Final = re.compile(r"[^\W\d_]")
PLAIN: Final = "0123456789+-−()abcdefghijklmnoprstuvwxyz"
RAISED: Final = str.maketrans(PLAIN, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
LOWERED: Final = str.maketrans("0123456789+-−", "₀₁₂₃₄₅₆₇₈₉₊₋₋")
SMALL: Final = 0.85
UP: Final = 0.12
DOWN: Final = 0.06
DESCENT: Final = 0.22  # of the type's height, near enough for every text face
MOST: Final = 400  # candidates measured in one line: a line of the law, not an attack


def with_scripts(glyphs: Glyphs, start: int, line: str) -> str:
    """Return the line with its raised and lowered figures written as such."""
    spans = [found.span() for found in CANDIDATE.finditer(line)][:MOST]
    if not spans:
        return line
    base = _base(glyphs, start, line)
    if base is None:
        return line
    characters = list(line)
    for begin, end in spans:
        if not _may_differ(glyphs, start, (begin, end), base):
            continue
        for place in range(begin, end):
            characters[place] = _written(glyphs, start + place, line[place], base)
    return "".join(characters)


def raised(text: str) -> str:
    """Return the figures and letters as they are written above the line."""
    return text.translate(RAISED)


def _base(glyphs: Glyphs, start: int, line: str) -> tuple[float, float] | None:
    """The height and the foot of the line's ordinary letters: the tallest of three."""
    first = LETTER.search(line)
    if first is None:
        return None
    last = len(line) - LETTER.search(line[::-1]).start() - 1  # type: ignore[union-attr]
    sampled = {first.start(), (first.start() + last) // 2, last}
    return max(_stance(glyphs, start + place) for place in sampled)


def _stance(glyphs: Glyphs, index: int) -> tuple[float, float]:
    _, bottom, _, top = glyphs.box(index)
    height = top - bottom
    return height, bottom + DESCENT * height


def _may_differ(
    glyphs: Glyphs, start: int, span: tuple[int, int], base: tuple[float, float]
) -> bool:
    ends = {span[0], span[1] - 1}
    return any(_stance(glyphs, start + end)[0] < base[0] * SMALL for end in ends)


def _written(
    glyphs: Glyphs, index: int, character: str, base: tuple[float, float]
) -> str:
    height, foot = _stance(glyphs, index)
    if height >= base[0] * SMALL:
        return character
    if foot > base[1] + UP * base[0]:
        return raised(character)
    if foot < base[1] - DOWN * base[0]:
        return character.translate(LOWERED)
    return character
