"""The numbers Word draws before paragraphs, which no run of text holds.

Promises: a level is counted, restarted, overridden and written as ECMA-376, part 1,
section 17.9 says ("3.1.2", "a)", "iv."); lists that share an abstract definition count
on, unless the list starts itself anew. Will not: draw bullets, pictures, or numerals of
other scripts: those are left out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from docx.oxml.ns import qn

from ingestion.parsers.numerals import repeated_letters, roman

PLACEHOLDER: Final = re.compile(r"%([1-9])")
LEVELS: Final = 9
LARGEST: Final = 3999  # of Roman numerals


WRITTEN: Final[dict[str, Callable[[int], str]]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": repeated_letters,  # 17.18.59
    "upperLetter": lambda number: repeated_letters(number).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
}


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered; `text` is like "%1.%2."."""

    shape: str
    text: str
    start: int
    restarts_below: int | None
    is_legal: bool


class Numbering:
    """The lists of one document, counted in the order they are asked for."""

    def __init__(self, root: Any) -> None:
        numbers = _all(root, "w:num")
        self._abstract = {
            number.get(qn("w:numId")): value_of(number, "w:abstractNumId") or ""
            for number in numbers
        }
        levels = _levels(root)
        self._levels = {
            number.get(qn("w:numId")): levels.get(
                value_of(number, "w:abstractNumId") or "", {}
            )
            | _overridden(number)
            for number in numbers
        }
        self._starts = {
            number.get(qn("w:numId")): dict(_starts(number)) for number in numbers
        }
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()

    def mark(self, number_id: str, level: int) -> str:
        """Count one paragraph and return its number with a space, "" for none."""
        levels = self._levels.get(number_id, {})
        if level not in levels:
            return ""
        counts = self._counts.setdefault(self._abstract[number_id], [None] * LEVELS)
        self._begin(number_id, counts)
        self._count(levels, level, counts)
        return _written(levels, level, counts)

    def _begin(self, number_id: str, counts: list[int | None]) -> None:
        """A list that starts itself anew takes the count back, once."""
        if number_id in self._begun:
            return
        self._begun.add(number_id)
        for level, start in self._starts[number_id].items():
            counts[level] = start - 1

    def _count(
        self, levels: dict[int, Level], level: int, counts: list[int | None]
    ) -> None:
        for above in range(level):
            if counts[above] is None and above in levels:
                counts[above] = levels[above].start
        before = counts[level]
        counts[level] = levels[level].start if before is None else before + 1
        for deeper in range(level + 1, LEVELS):
            limit = levels[deeper].restarts_below if deeper in levels else None
            if limit is None or level < limit:
                counts[deeper] = None


def value_of(element: Any, name: str) -> str | None:
    """The `w:val` of a child, None without one."""
    found = None if element is None else element.find(qn(name))
    value: str | None = None if found is None else found.get(qn("w:val"))
    return value


def _written(levels: dict[int, Level], level: int, counts: list[int | None]) -> str:
    own = levels[level]
    if own.shape not in WRITTEN:
        return ""

    def number(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        shown = levels.get(place, own)
        shape = "decimal" if own.is_legal else shown.shape
        count = counts[place]
        count = shown.start if count is None else count
        is_odd = shape not in WRITTEN or not 0 < count <= LARGEST
        return str(count) if is_odd else WRITTEN[shape](count)

    text = PLACEHOLDER.sub(number, own.text).strip()
    return f"{text} " if text else ""


def _all(root: Any, name: str) -> list[Any]:
    return [] if root is None else list(root.iterfind(qn(name)))


def _levels(root: Any) -> dict[str, dict[int, Level]]:
    return {
        abstract.get(qn("w:abstractNumId")): dict(_numbered(abstract))
        for abstract in _all(root, "w:abstractNum")
    }


def _numbered(holder: Any) -> Iterator[tuple[int, Level]]:
    for element in holder.iterfind(qn("w:lvl")):
        place = _whole(element.get(qn("w:ilvl")), 0)
        if place >= LEVELS:
            continue
        legal = element.find(qn("w:isLgl"))
        restart = value_of(element, "w:lvlRestart")
        yield (
            place,
            Level(
                shape=value_of(element, "w:numFmt") or "decimal",
                text=value_of(element, "w:lvlText") or "",
                start=_whole(value_of(element, "w:start"), 1),
                restarts_below=None if restart is None else _whole(restart, LEVELS),
                is_legal=legal is not None
                and legal.get(qn("w:val")) not in {"0", "false"},
            ),
        )


def _overridden(number: Any) -> dict[int, Level]:
    return {
        place: level
        for override in number.iterfind(qn("w:lvlOverride"))
        for place, level in _numbered(override)
    }


def _starts(number: Any) -> Iterator[tuple[int, int]]:
    for override in number.iterfind(qn("w:lvlOverride")):
        start = value_of(override, "w:startOverride")
        place = _whole(override.get(qn("w:ilvl")), LEVELS)
        if start is not None and place < LEVELS:
            yield place, _whole(start, 1)


def _whole(text: str | None, default: int) -> int:
    """A number as it stands in a file: at most six digits, or the default."""
    is_number = text is not None and text.isdecimal() and len(text) <= len("999999")
    return int(text) if is_number and text is not None else default
