"""What a DOCX paragraph is, by its own properties, its style and its numbering.

Promises: built-in heading styles are known whatever language Word speaks, and
custom ones by their outline level or what they are based on.
Will not: draw numbers (`docx_numbering` does).
"""

import re
from typing import Any, Final

from docx.oxml.ns import qn

from ingestion.parsers.docx_numbering import LEVELS, Numbering
from ingestion.parsers.docx_numbering import value_of as _value

HEADING_NAME: Final = re.compile(r"heading (\d)", re.IGNORECASE)
LIST_NAME: Final = re.compile(r"list\b", re.IGNORECASE)
DEEPEST_HEADING: Final = 9
LONGEST_CHAIN: Final = 12


class Styles:
    """The styles and numbering of one document."""

    def __init__(self, styles: Any, numbering: Any) -> None:
        self._styles = {
            style.get(qn("w:styleId")): style for style in _all(styles, "w:style")
        }
        self._numbering = Numbering(numbering)

    def heading_level(self, paragraph: Any) -> int:
        """Return 1 to 9, or 0 for what is no heading."""
        for properties in self._properties(paragraph):
            level = _value(properties, "w:outlineLvl")
            if level is not None and level.isdecimal():
                return int(level) + 1 if int(level) < DEEPEST_HEADING else 0
        for name in self._names(paragraph):
            if name.lower() == "title":
                return 1
            found = HEADING_NAME.fullmatch(name)
            if found:
                return int(found[1])
        return 0

    def is_recommendation(self, paragraph: Any) -> bool:
        return any("recommendation" in name.lower() for name in self._names(paragraph))

    def number(self, paragraph: Any) -> tuple[int, str] | None:
        """Count a numbered paragraph; its level and mark, None for what is none."""
        found = self._numbered(paragraph)
        if found is None:
            return None
        number, level = found
        return level, self._numbering.mark(number, level)

    def is_listed(self, paragraph: Any) -> bool:
        return any(LIST_NAME.match(name) for name in self._names(paragraph))

    def _numbered(self, paragraph: Any) -> tuple[str, int] | None:
        """The list and the level; each may stand nearer to the paragraph."""
        holders = [
            numbering
            for properties in self._properties(paragraph)
            if (numbering := properties.find(qn("w:numPr"))) is not None
        ]
        number = _nearest(holders, "w:numId") or "0"
        if number == "0":  # numbering switched off
            return None
        text = _nearest(holders, "w:ilvl") or "0"
        level = int(text) if text.isdecimal() and len(text) == 1 else 0
        return number, min(level, LEVELS - 1)

    def _chain(self, paragraph: Any) -> list[Any]:
        chain: list[Any] = []
        wanted = _value(paragraph.find(qn("w:pPr")), "w:pStyle")
        while wanted in self._styles and len(chain) < LONGEST_CHAIN:
            chain.append(self._styles[wanted])
            wanted = _value(chain[-1], "w:basedOn")
        return chain

    def _properties(self, paragraph: Any) -> list[Any]:
        holders = [paragraph, *self._chain(paragraph)]
        found = (holder.find(qn("w:pPr")) for holder in holders)
        return [properties for properties in found if properties is not None]

    def _names(self, paragraph: Any) -> list[str]:
        names = (_value(style, "w:name") for style in self._chain(paragraph))
        return [name for name in names if name]


def _all(root: Any, name: str) -> list[Any]:
    return [] if root is None else list(root.iterfind(qn(name)))


def _nearest(holders: list[Any], name: str) -> str | None:
    return next((value for one in holders if (value := _value(one, name))), None)
