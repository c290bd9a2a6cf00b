"""What changed between two editions, per section, per sentence and per word.

Promises: pure and deterministic; the marks of a section or a sentence spell its old
text when insertions are dropped and its new text when deletions are; sections and
sentences are found again by what they say, not by their numbers; every number, unit,
limit, negation and strength that changed is also among the risks, graded by the rules
in `rules`; how words are spaced (non-breaking and thin spaces, line breaks) changes
nothing.
Will not: know whether a change is right.
"""

from collections.abc import Sequence

from ingestion.diffing.assembling import section_changes
from ingestion.diffing.matching import match_sections, sections_of
from ingestion.diffing.risks import risks_of
from ingestion.diffing.types import (
    ChangeKind,
    Comparison,
    Counterpart,
    Grade,
    PassageLike,
    Risk,
    SectionChange,
    SentenceChange,
    Span,
)
from ingestion.diffing.words import WordMark, WordOp

__all__ = [
    "ChangeKind",
    "Comparison",
    "Counterpart",
    "Grade",
    "PassageLike",
    "Risk",
    "SectionChange",
    "SentenceChange",
    "Span",
    "WordMark",
    "WordOp",
    "compare",
]


def compare(old: Sequence[PassageLike], new: Sequence[PassageLike]) -> Comparison:
    """Compare the passages of two editions, each in its order."""
    matches = match_sections(sections_of(old), sections_of(new))
    sections = section_changes(matches)
    return Comparison(sections=sections, risks=risks_of(sections))
