"""Two editions side by side, as their page shows them.

Promises: changed, added, removed and moved sections in reading order, the numbers
that changed first. Will not: compare anything itself; that is `ingestion.diffing`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinrag.web.labels import CHANGES, Words
from ingestion.diffing import Comparison, SectionChange

UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of words: `insert`, `delete` or `equal`."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section that differs; `words` carry their mark."""

    number: int
    kind: str
    glyph: str
    kind_label: Words
    title: str
    parents: str
    moved_from: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class ChangedNumber:
    """A number that is another one now, and the section it stands in."""

    section: int
    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """All that the page shows of a comparison."""

    sections: tuple[Section, ...]
    numbers: tuple[ChangedNumber, ...]
    unchanged: int
    summary: str


def comparison_page(found: Comparison) -> ComparisonPage:
    """Lay out what changed; unchanged sections are only counted."""
    differing = [one for one in found.sections if one.kind != UNCHANGED]
    numbered = list(enumerate(differing, start=1))
    kinds = Counter(str(one.kind) for one in differing)
    return ComparisonPage(
        sections=tuple(_section(number, one) for number, one in numbered),
        numbers=tuple(
            ChangedNumber(number, _path(one.path) or _("Beginning"), old, new)
            for number, one in numbered
            for old, new in one.numbers_changed
        ),
        unchanged=len(found.sections) - len(differing),
        summary=", ".join(
            f"{kinds[kind]} {label}"
            for kind, (_glyph, label) in CHANGES.items()
            if kinds[kind]
        ),
    )


def _section(number: int, change: SectionChange) -> Section:
    kind = str(change.kind)
    glyph, label = CHANGES.get(kind, ("?", kind))
    path = list(change.path)
    return Section(
        number=number,
        kind=kind,
        glyph=glyph,
        kind_label=label,
        title=path[-1] if path else _("Beginning"),
        parents=_path(path[:-1]),
        moved_from=_path(change.old_path or ()) if _is_elsewhere(change) else "",
        words=_words(change),
    )


def _is_elsewhere(change: SectionChange) -> bool:
    return change.old_path is not None and change.old_path != change.path


def _words(change: SectionChange) -> tuple[Word, ...]:
    if not change.words:
        return (Word("equal", change.new_text or change.old_text),)
    return tuple(Word(str(mark.op), mark.text) for mark in change.words)


def _path(path: Sequence[str]) -> str:
    return " › ".join(path)
