"""What an ODT's styles say of its text: what is hidden, struck, raised, or numbered.

Promises: a style is what it says itself, else what the one it is based on says; a list
is counted and written ("3.1.2", "a)", "iv.") as OpenDocument 1.3, part 3, sections
16.32 to 16.35 say. Will not: draw bullets, pictures, or numerals of other scripts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ingestion.parsers.numerals import counted_letters, repeated_letters, roman

URNS: Final = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
LONGEST_CHAIN: Final = 12
LEVELS: Final = 10
LARGEST: Final = 3999  # of Roman numerals
DUST_POINTS: Final = 2.0
STRIKE: Final = "style:text-line-through-style"
WHITE: Final = frozenset({"#ffffff", "#fff", "white"})
NO_GROUND: Final = frozenset({"", "transparent", *WHITE})
WRITTEN: Final[dict[str, Callable[[int], str]]] = {
    "1": str,
    "a": counted_letters,
    "A": lambda number: counted_letters(number).upper(),
    "i": roman,
    "I": lambda number: roman(number).upper(),
}


# The styles that text stands in, by family and name, the innermost first.
Around = tuple[tuple[str, str | None], ...]


def named(name: str) -> str:
    """Return "text:p" as the parser writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{URNS[prefix]}}}{local}"


def whole(text: str | None, default: int) -> int:
    """A number as it stands in a file: at most six digits, or the default."""
    if (
        text is None
        or not text.isascii()
        or not text.isdigit()
        or len(text) > len("999999")
    ):
        return default
    return int(text)


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered; `shown` levels are written together."""

    shape: str
    before: str
    after: str
    start: int
    shown: int
    is_synced: bool


@dataclass(frozen=True, slots=True)
class Look:
    """How text is shown."""

    is_hidden: bool
    is_struck: bool
    is_raised: bool


class Styles:
    """The styles of one document, by family and name."""

    def __init__(self, roots: list[Any]) -> None:
        self._styles: dict[tuple[str, str], Any] = {}
        self._looks: dict[Around, Look] = {}
        self._lists: dict[str, dict[int, Level]] = {}
        self.outline: dict[int, Level] = {}
        for root in roots:
            self._collect(root)

    def _collect(self, root: Any) -> None:
        for style in root.iter(named("style:style")):
            family = style.get(named("style:family")) or ""
            self._styles[family, style.get(named("style:name")) or ""] = style
        for style in root.iter(named("text:list-style")):
            self._lists[style.get(named("style:name")) or ""] = dict(_levels(style))
        for style in root.iter(named("text:outline-style")):
            self.outline = dict(_levels(style))

    def levels(self, name: str | None) -> dict[int, Level]:
        """How the levels of a list of that style are numbered."""
        return self._lists.get(name or "", {})

    def look(self, around: Around) -> Look:
        """How text looks that stands in these styles, the innermost first."""
        if around not in self._looks:
            self._looks[around] = Look(
                is_hidden=self._is_hidden(around),
                is_struck=(self._said(around, STRIKE) or "none") != "none",
                is_raised=_is_raised(self._said(around, "style:text-position") or ""),
            )
        return self._looks[around]

    def _is_hidden(self, around: Around) -> bool:
        if self._said(around, "text:display") == "none":
            return True
        size = self._said(around, "fo:font-size") or ""
        if size.endswith("pt") and _number(size[:-2], DUST_POINTS + 1) <= DUST_POINTS:
            return True
        color = (self._said(around, "fo:color") or "").lower()
        ground = (self._said(around, "fo:background-color") or "").lower()
        return color in WHITE and ground in NO_GROUND

    def is_recommendation(self, name: str | None) -> bool:
        chain = self._chain("paragraph", name)
        names = (style.get(named("style:name")) or "" for style in chain)
        return any("recommendation" in one.lower() for one in names)

    def list_of(self, name: str | None) -> str | None:
        """The list that a paragraph's style puts it in."""
        for style in self._chain("paragraph", name):
            found: str | None = style.get(named("style:list-style-name"))
            if found is not None:
                return found
        return None

    def _said(self, around: Around, attribute: str) -> str | None:
        for family, name in around:
            for style in self._chain(family, name):
                for properties in style:
                    found: str | None = properties.get(named(attribute))
                    if found is not None:
                        return found
        return None

    def _chain(self, family: str, name: str | None) -> list[Any]:
        chain: list[Any] = []
        while (family, name) in self._styles and len(chain) < LONGEST_CHAIN:
            chain.append(self._styles[family, name or ""])
            name = chain[-1].get(named("style:parent-style-name"))
        return chain


class Counter:
    """Counts the levels of one list, or of the headings."""

    def __init__(self, levels: dict[int, Level]) -> None:
        self._levels = levels
        self._counts: list[int | None] = [None] * (LEVELS + 1)

    def mark(self, level: int, *, start: int | None = None) -> str:
        """Count one paragraph and return its number with a space, "" for none."""
        if not 1 <= level <= LEVELS or level not in self._levels:
            return ""
        before = self._counts[level]
        first = self._levels[level].start if before is None else before + 1
        self._counts[level] = first if start is None else start
        self._counts[level + 1 :] = [None] * (LEVELS - level)
        text = "".join(self._written(level)).strip()
        return f"{text} " if text else ""

    def _written(self, level: int) -> Iterator[str]:
        own = self._levels[level]
        if own.shape not in WRITTEN:
            return
        yield own.before
        places = range(max(level - own.shown, 0) + 1, level + 1)
        shown = [place for place in places if place in self._levels]
        yield ".".join(filter(None, map(self._number, shown)))
        yield own.after

    def _number(self, place: int) -> str:
        level = self._levels[place]
        count = self._counts[place]
        count = level.start if count is None else count
        if level.shape not in WRITTEN:
            return ""
        if not 0 < count <= LARGEST:
            return str(count)
        if level.is_synced and level.shape in {"a", "A"}:
            letters = repeated_letters(count)
            return letters.upper() if level.shape == "A" else letters
        return WRITTEN[level.shape](count)


def _levels(style: Any) -> Iterator[tuple[int, Level]]:
    for element in style:
        place = whole(element.get(named("text:level")), 0)
        if not 1 <= place <= LEVELS:
            continue
        yield (
            place,
            Level(
                shape=element.get(named("style:num-format")) or "",
                before=element.get(named("style:num-prefix")) or "",
                after=element.get(named("style:num-suffix")) or "",
                start=whole(element.get(named("text:start-value")), 1),
                shown=max(whole(element.get(named("text:display-levels")), 1), 1),
                is_synced=element.get(named("style:num-letter-sync")) == "true",
            ),
        )


def _is_raised(position: str) -> bool:
    """Whether it is "super", or so many per cent up, "33% 58%" (20.402)."""
    place = position.split(" ", maxsplit=1)[0]
    return place == "super" or (place.endswith("%") and _number(place[:-1], 0) > 0)


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default
