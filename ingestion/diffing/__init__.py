"""What changed between two editions, per section and per word.

Promises: pure and deterministic; the marks of a section spell its old text when
insertions are dropped and its new text when deletions are; a changed number or unit
is never only a mark among others but is also listed by itself.
Will not: judge whether a change matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ingestion.diffing.matching import Match, Section, match_sections, sections_of
from ingestion.diffing.quantities import changed_quantities
from ingestion.diffing.words import WordMark, WordOp, mark_words

__all__ = [
    "ChangeKind",
    "Comparison",
    "PassageLike",
    "SectionChange",
    "WordMark",
    "WordOp",
    "compare",
]


class PassageLike(Protocol):
    """What is compared: a passage with its place in the outline."""

    @property
    def text(self) -> str: ...

    @property
    def section_path(self) -> Sequence[str]: ...

    @property
    def content_sha256(self) -> str: ...


class ChangeKind(StrEnum):
    """What happened to a section."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class SectionChange:
    """One section in the order of the new edition; removed ones where they stood.

    `numbers_changed` pairs a quantity of the old text with one of the new; either
    may be empty. `old_path` differs from `path` when the section was renamed.
    """

    kind: ChangeKind
    path: tuple[str, ...]
    old_text: str
    new_text: str
    words: tuple[WordMark, ...]
    numbers_changed: tuple[tuple[str, str], ...]
    old_path: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All sections of both editions."""

    sections: tuple[SectionChange, ...]

    @property
    def changes(self) -> tuple[SectionChange, ...]:
        return tuple(
            section
            for section in self.sections
            if section.kind is not ChangeKind.UNCHANGED
        )


def compare(old: Sequence[PassageLike], new: Sequence[PassageLike]) -> Comparison:
    """Compare the passages of two editions, each in its order."""
    matches = match_sections(sections_of(old), sections_of(new))
    return Comparison(sections=tuple(_change(match) for match in matches))


def _change(match: Match) -> SectionChange:
    old, new = match.old, match.new
    old_text, new_text = old.text if old else "", new.text if new else ""
    kind = _kind(match)
    is_reworded = kind in {ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED}
    words = mark_words(old_text, new_text) if is_reworded else ()
    is_both = kind is ChangeKind.CHANGED
    return SectionChange(
        kind=kind,
        path=_path(match),
        old_text=old_text,
        new_text=new_text,
        words=words,
        numbers_changed=changed_quantities(words) if is_both else (),
        old_path=old.path if old else None,
    )


def _kind(match: Match) -> ChangeKind:
    old, new = match.old, match.new
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.REMOVED
    if old.wording != new.wording:
        return ChangeKind.CHANGED
    return ChangeKind.MOVED if match.is_moved else ChangeKind.UNCHANGED


def _path(match: Match) -> tuple[str, ...]:
    section: Section | None = match.new or match.old
    return section.path if section else ()
