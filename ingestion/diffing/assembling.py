"""Matches and alignments into the changes that are told.

Promises: a section's marks are its sentences' marks one after the other, so both
spell the same texts. Will not: match or align.
"""

from collections.abc import Sequence
from itertools import chain

from ingestion.diffing.aligning import Aligned, Place, align
from ingestion.diffing.matching import Match, Section
from ingestion.diffing.quantities import pair_quantities, quantities_of
from ingestion.diffing.sentences import Sentence
from ingestion.diffing.types import (
    ChangeKind,
    Counterpart,
    SectionChange,
    SentenceChange,
    Span,
)
from ingestion.diffing.words import WordMark, mark_words, merged

REWORDING = {ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED}


def section_changes(matches: Sequence[Match]) -> tuple[SectionChange, ...]:
    """Return a change for each match, in their order."""
    aligned = align(matches)
    teller = _Teller(matches, aligned)
    return tuple(teller.section(number) for number in range(len(matches)))


class _Teller:
    """Tells one section after another, knowing where moved sentences stand."""

    def __init__(self, matches: Sequence[Match], aligned: Sequence[Aligned]) -> None:
        self._matches = matches
        self._aligned = aligned
        self._anchors = _unique_anchors(matches)

    def section(self, number: int) -> SectionChange:
        match = self._matches[number]
        sentences = tuple(self._sentences(number))
        kind = _kind(match, sentences, anchor=self._anchors[number])
        is_told = kind is not ChangeKind.UNCHANGED
        marks = chain.from_iterable(sentence.words for sentence in sentences)
        return SectionChange(
            kind=kind,
            path=_place_of(match).path,
            old_text=match.old.text if match.old else "",
            new_text=match.new.text if match.new else "",
            words=merged(marks) if is_told else (),
            numbers_changed=_numbers_changed(sentences),
            old_path=match.old.path if match.old else None,
            anchor=self._anchors[number],
            sentences=sentences,
        )

    def _sentences(self, number: int) -> list[SentenceChange]:
        one = self._aligned[number]
        at_old = at_new = 0
        told: list[SentenceChange] = []
        for i, j in one.in_order():
            before = one.old[i] if i is not None else None
            after = one.new[j] if j is not None else None
            spans = _span(before, at_old), _span(after, at_new)
            at_old, at_new = spans[0][1], spans[1][1]
            other = self._other(one, i, j)
            told.append(_sentence(before, after, spans=spans, other=other))
        return told

    def _other(self, one: Aligned, i: int | None, j: int | None) -> Counterpart | None:
        if i is not None and j is None and i in one.moved_to:
            to = one.moved_to[i]
            after = self._aligned[to[0]].new[to[1]]
            return self._counterpart(to, after, one.old[i], after, is_new=True)
        if j is not None and i is None and j in one.moved_from:
            come = one.moved_from[j]
            before = self._aligned[come[0]].old[come[1]]
            return self._counterpart(come, before, before, one.new[j], is_new=False)
        return None

    def _counterpart(
        self,
        place: Place,
        other: Sentence,
        old: Sentence,
        new: Sentence,
        *,
        is_new: bool,
    ) -> Counterpart:
        match = self._matches[place[0]]
        stands = match.new if is_new else match.old
        is_same = old.wording == new.wording
        return Counterpart(
            anchor=self._anchors[place[0]],
            path=(stands or _place_of(match)).path,
            text=other.text,
            words=() if is_same else mark_words(old.text, new.text),
        )


def _unique_anchors(matches: Sequence[Match]) -> list[str]:
    """Name sections that say the same under the same heading by their order."""
    seen: dict[str, int] = {}
    anchors: list[str] = []
    for match in matches:
        anchor = _place_of(match).anchor
        seen[anchor] = seen.get(anchor, 0) + 1
        anchors.append(anchor if seen[anchor] == 1 else f"{anchor}-{seen[anchor]}")
    return anchors


def _place_of(match: Match) -> Section:
    section = match.new or match.old
    if section is None:
        raise ValueError("a match without sections")
    return section


def _span(sentence: Sentence | None, at: int) -> Span:
    return (sentence.start, sentence.end) if sentence else (at, at)


def _sentence(
    old: Sentence | None,
    new: Sentence | None,
    *,
    spans: tuple[Span, Span],
    other: Counterpart | None,
) -> SentenceChange:
    old_text, new_text = old.text if old else "", new.text if new else ""
    return SentenceChange(
        kind=_sentence_kind(old, new, is_moved=other is not None),
        old_text=old_text,
        new_text=new_text,
        old_span=spans[0],
        new_span=spans[1],
        words=mark_words(old_text, new_text),
        counterpart=other,
    )


def _sentence_kind(
    old: Sentence | None, new: Sentence | None, *, is_moved: bool
) -> ChangeKind:
    if is_moved:
        return ChangeKind.MOVED
    if old is None:
        return ChangeKind.ADDED
    if new is None:
        return ChangeKind.REMOVED
    is_same = old.wording == new.wording
    return ChangeKind.UNCHANGED if is_same else ChangeKind.CHANGED


def _kind(
    match: Match, sentences: Sequence[SentenceChange], *, anchor: str
) -> ChangeKind:
    if match.old is None:
        return ChangeKind.ADDED
    if match.new is None:
        return ChangeKind.REMOVED
    if match.old.wording == match.new.wording:
        return ChangeKind.MOVED if match.is_moved else ChangeKind.UNCHANGED
    is_reordered = all(_is_only_moved(sentence, anchor) for sentence in sentences)
    return ChangeKind.MOVED if is_reordered else ChangeKind.CHANGED


def _is_only_moved(sentence: SentenceChange, anchor: str) -> bool:
    if sentence.kind in REWORDING:
        return False
    other = sentence.counterpart
    return other is None or (other.anchor == anchor and not other.words)


def _numbers_changed(
    sentences: Sequence[SentenceChange],
) -> tuple[tuple[str, str], ...]:
    return tuple(
        (before.text if before else "", after.text if after else "")
        for sentence in sentences
        if sentence.kind is ChangeKind.CHANGED
        for before, after in pair_quantities(
            quantities_of(sentence.old_text), quantities_of(sentence.new_text)
        )
    )


def marks_of(section: SectionChange) -> tuple[WordMark, ...]:
    """Return the marks of all sentences, also of a section that is the same."""
    return merged(chain.from_iterable(one.words for one in section.sentences))
