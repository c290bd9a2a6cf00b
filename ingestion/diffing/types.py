"""The values a comparison is made of.

Promises: frozen, plain, free of Django; spans count characters of the section's own
`old_text` or `new_text`. Will not: hold rows, or words for a page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ingestion.diffing.words import WordMark

Span = tuple[int, int]


class PassageLike(Protocol):
    """What is compared: a passage with its place in the outline."""

    @property
    def text(self) -> str: ...

    @property
    def section_path(self) -> Sequence[str]: ...

    @property
    def content_sha256(self) -> str: ...


class ChangeKind(StrEnum):
    """What happened to a section, or to a sentence."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    UNCHANGED = "unchanged"


class Grade(StrEnum):
    """How closely a change should be looked at, the closest first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Where a moved sentence stands in the other edition.

    `words` mark it from the old wording to the new one; empty if both say the same.
    """

    anchor: str
    path: tuple[str, ...]
    text: str
    words: tuple[WordMark, ...] = ()


@dataclass(frozen=True, slots=True)
class SentenceChange:
    """One sentence, with the white space after it; one of the texts may be empty.

    A sentence that moved stands twice: as gone where it stood and as new where it
    stands, each naming the other as its `counterpart`.
    """

    kind: ChangeKind
    old_text: str
    new_text: str
    old_span: Span
    new_span: Span
    words: tuple[WordMark, ...]
    counterpart: Counterpart | None = None


@dataclass(frozen=True, slots=True)
class SectionChange:
    """One section in the order of the new edition; removed ones where they stood.

    `numbers_changed` pairs a quantity of the old text with one of the new; either
    may be empty. `old_path` differs from `path` when the section was renamed.
    `anchor` names the section by its heading and words, so that it stays the same
    however the sections around it change.
    """

    kind: ChangeKind
    path: tuple[str, ...]
    old_text: str
    new_text: str
    words: tuple[WordMark, ...]
    numbers_changed: tuple[tuple[str, str], ...]
    old_path: tuple[str, ...] | None = None
    anchor: str = ""
    sentences: tuple[SentenceChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Risk:
    """A change that somebody may come to harm by, and why it is graded so.

    `rule` names a row of `ingestion.diffing.rules`. `section` counts the sections of
    the comparison; a span is None where the text is in a heading or not there.
    """

    rule: str
    kind: str
    grade: Grade
    reason: str
    old: str
    new: str
    section: int
    anchor: str
    path: tuple[str, ...]
    old_span: Span | None = None
    new_span: Span | None = None
    context: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All sections of both editions, and the risks, the gravest first."""

    sections: tuple[SectionChange, ...]
    risks: tuple[Risk, ...] = ()

    @property
    def changes(self) -> tuple[SectionChange, ...]:
        return tuple(
            section
            for section in self.sections
            if section.kind is not ChangeKind.UNCHANGED
        )
