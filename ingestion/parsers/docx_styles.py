"""What a DOCX paragraph is, by its own properties, its style and its numbering.

Promises: built-in heading styles are known whatever language Word speaks, and
custom ones by their outline level or what they are based on.
Will not: render numbers beyond plain decimals.
"""

import re
from collections import Counter
from typing import Any, Final

from docx.oxml.ns import qn

HEADING_NAME: Final = re.compile(r"heading (\d)", re.IGNORECASE)
LIST_NAME: Final = re.compile(r"list\b", re.IGNORECASE)
DEEPEST_HEADING: Final = 9
LONGEST_CHAIN: Final = 12
BULLET: Final = "bullet"


class Styles:
    """The styles and numbering of one document."""

    def __init__(self, styles: Any, numbering: Any) -> None:
        self._styles = {
            style.get(qn("w:styleId")): style for style in _all(styles, "w:style")
        }
        self._abstract = {
            number.get(qn("w:numId")): _value(number, "w:abstractNumId")
            for number in _all(numbering, "w:num")
        }
        self._formats = _formats(numbering)
        self._counted: Counter[tuple[str, int]] = Counter()

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

    def list_item(self, paragraph: Any) -> tuple[int, str] | None:
        """Return level and mark of a list item, None for what is none."""
        for properties in self._properties(paragraph):
            numbering = properties.find(qn("w:numPr"))
            if numbering is not None:
                return self._numbered(numbering)
        if any(LIST_NAME.match(name) for name in self._names(paragraph)):
            return 0, ""
        return None

    def _numbered(self, numbering: Any) -> tuple[int, str] | None:
        number = _value(numbering, "w:numId") or "0"
        if number == "0":  # numbering switched off
            return None
        text = _value(numbering, "w:ilvl") or "0"
        level = int(text) if text.isdecimal() else 0
        shape = self._formats.get((self._abstract.get(number) or "", level), BULLET)
        if shape != "decimal":
            return level, ""
        self._counted[number, level] += 1
        for deeper in range(level + 1, DEEPEST_HEADING + 1):
            self._counted.pop((number, deeper), None)
        return level, f"{self._counted[number, level]}. "

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


def _formats(numbering: Any) -> dict[tuple[str, int], str]:
    return {
        (abstract.get(qn("w:abstractNumId")), place): _value(level, "w:numFmt") or ""
        for abstract in _all(numbering, "w:abstractNum")
        for place, level in enumerate(abstract.iterfind(qn("w:lvl")))
    }


def _value(element: Any, name: str) -> str | None:
    found = None if element is None else element.find(qn(name))
    value: str | None = None if found is None else found.get(qn("w:val"))
    return value
