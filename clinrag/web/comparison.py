"""Two editions side by side, as their page shows them.

Promises: changed, added, removed and moved sections in reading order, the risks first
and the gravest of them on top, each told once with all places it stands at; unchanged
sentences are folded away, never left out; what people viewed and said stands at its
section. Will not: compare anything itself; that is `ingestion.diffing`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from clinrag.web.comparison_text import Marked, Piece, pieces_of
from clinrag.web.labels import CHANGES, Words
from clinrag.web.risk_labels import GRADE_BADGES, KIND_WORDS
from ingestion.diffing import ChangeKind, Comparison, SectionChange, SentenceChange
from ingestion.diffing.types import Risk
from ingestion.queries import ThreadView

UNCHANGED = "unchanged"
SAYS_SOMETHING = re.compile(r"[^\s|:-]")  # not the line under a table's head
ROWS_SHOWN = 12
AROUND = 1  # sentences of context on either side of a change


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a moved sentence stood or stands, and how it was reworded."""

    is_from: bool
    anchor: str
    path: str
    words: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its marks; `number` counts changes within the section."""

    kind: str
    label: Words
    pieces: tuple[Piece, ...]
    number: int = 0
    moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Sentences that are shown, or folded away because nothing changed in them."""

    is_folded: bool
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One section that differs."""

    anchor: str
    kind: str
    glyph: str
    kind_label: Words
    title: str
    parents: str
    moved_from: str
    runs: tuple[Run, ...]
    is_viewed: bool
    grave: int
    threads: tuple[ThreadView, ...]

    @property
    def open_threads(self) -> int:
        return sum(not thread.is_resolved for thread in self.threads)


@dataclass(frozen=True, slots=True)
class RiskRow:
    """A risk, told once; `places` are the sections it stands in."""

    grade: str
    badge: str
    grade_label: Words
    kind: Words
    reason: Words
    old: str
    new: str
    context: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RiskGroup:
    """The risks of one grade; folded away when graver ones would be out of sight."""

    summary: str
    is_folded: bool
    rows: tuple[RiskRow, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was recorded about a comparison, and the range an address asks for."""

    viewed: frozenset[str] = frozenset()
    threads: Sequence[ThreadView] = ()
    marked: Marked | None = None


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """All that the page shows of a comparison."""

    sections: tuple[Section, ...]
    risks: tuple[RiskRow, ...]
    groups: tuple[RiskGroup, ...]
    grades: tuple[tuple[str, Words, int], ...]
    unchanged: int
    summary: str
    viewed: int


def comparison_page(found: Comparison, seen: Seen) -> ComparisonPage:
    """Lay out what changed; unchanged sections are only counted."""
    differing = [one for one in found.sections if one.kind != UNCHANGED]
    kinds = Counter(str(one.kind) for one in differing)
    grave = Counter(risk.anchor for risk in found.risks if risk.grade == "high")
    sections = tuple(_section(one, seen, grave[one.anchor]) for one in differing)
    rows = tuple(_rows(found.risks))
    return ComparisonPage(
        sections=sections,
        risks=rows,
        groups=tuple(_groups(rows)),
        grades=_grades(rows),
        unchanged=len(found.sections) - len(differing),
        summary=", ".join(
            f"{kinds[kind]} {label}"
            for kind, (_glyph, label) in CHANGES.items()
            if kinds[kind]
        ),
        viewed=sum(section.is_viewed for section in sections),
    )


def _grades(rows: Sequence[RiskRow]) -> tuple[tuple[str, Words, int], ...]:
    counts = Counter(row.grade for row in rows)
    return tuple(
        (badge, words, counts[grade]) for grade, (badge, words) in GRADE_BADGES.items()
    )


def _groups(rows: Sequence[RiskRow]) -> Iterator[RiskGroup]:
    shown = 0
    for grade, part in groupby(rows, key=lambda row: row.grade):
        group = tuple(part)
        is_folded = shown > 0 and (grade == "low" or shown + len(group) > ROWS_SHOWN)
        shown += len(group)
        _badge, words = GRADE_BADGES[grade]
        summary = _("%(n)d of %(grade)s risk") % {"n": len(group), "grade": words}
        yield RiskGroup(summary, is_folded, group)


def _rows(risks: Sequence[Risk]) -> Iterator[RiskRow]:
    """The same change in ten recommendations is one row with ten places."""
    same: dict[tuple[str, str, str, str], list[Risk]] = {}
    for risk in risks:
        same.setdefault((risk.rule, risk.old, risk.new, risk.context), []).append(risk)
    for group in same.values():
        first = group[0]
        badge, words = GRADE_BADGES[str(first.grade)]
        yield RiskRow(
            grade=str(first.grade),
            badge=badge,
            grade_label=words,
            kind=KIND_WORDS.get(first.kind, first.kind),
            reason=_(first.reason),
            old=first.old,
            new=first.new,
            context=first.context,
            places=tuple(
                dict.fromkeys((one.anchor, _place(one.path)) for one in group)
            ),
        )


def _place(path: Sequence[str]) -> str:
    return path_words(path[-2:]) or _("Beginning")


def _section(change: SectionChange, seen: Seen, grave: int) -> Section:
    kind = str(change.kind)
    glyph, label = CHANGES.get(kind, ("?", kind))
    path = list(change.path)
    threads = [one for one in seen.threads if one.first.section == change.anchor]
    return Section(
        anchor=change.anchor,
        kind=kind,
        glyph=glyph,
        kind_label=label,
        title=path[-1] if path else _("Beginning"),
        parents=path_words(path[:-1]),
        moved_from=_moved_from(change),
        runs=tuple(_runs(change, threads, seen.marked)),
        is_viewed=change.anchor in seen.viewed,
        grave=grave,
        threads=tuple(threads),
    )


def _moved_from(change: SectionChange) -> str:
    is_elsewhere = change.old_path is not None and change.old_path != change.path
    return path_words(change.old_path or ()) if is_elsewhere else ""


def _runs(
    change: SectionChange, threads: Iterable[ThreadView], marked: Marked | None
) -> Iterator[Run]:
    sentences = list(_sentences(change, threads, marked))
    shown = _shown(sentences)
    for is_shown, part in groupby(
        zip(shown, sentences, strict=True), key=lambda pair: pair[0]
    ):
        run = tuple(sentence for _, sentence in part)
        yield Run(not is_shown and len(run) > 1, run)


def _shown(sentences: Sequence[Sentence]) -> list[bool]:
    """Changes, what people marked, and a sentence around them; all if none changed."""
    told = [
        one.kind != UNCHANGED or any(piece.is_marked for piece in one.pieces)
        for one in sentences
    ]
    if not any(told):
        return [False] * len(told)
    return [
        any(told[max(0, place - AROUND) : place + AROUND + 1])
        for place in range(len(told))
    ]


def _sentences(
    change: SectionChange, threads: Iterable[ThreadView], marked: Marked | None
) -> Iterator[Sentence]:
    ranges = [Marked.of_comment(thread.first) for thread in threads]
    if marked and marked.section == change.anchor:
        ranges.append(marked)
    is_whole = change.kind in {ChangeKind.ADDED, ChangeKind.REMOVED}
    number = 0
    for one in change.sentences:
        if not SAYS_SOMETHING.search(one.old_text + one.new_text):
            continue
        kind = str(one.kind)
        number += kind != UNCHANGED and not (is_whole and kind == change.kind)
        yield Sentence(
            kind=kind,
            label=CHANGES[kind][1],
            pieces=pieces_of(one, ranges),
            number=number if kind != UNCHANGED else 0,
            moved=_moved(one),
        )


def _moved(one: SentenceChange) -> Moved | None:
    other = one.counterpart
    if other is None:
        return None
    is_from = bool(one.new_text)
    words = other.words if is_from else ()
    return Moved(
        is_from=is_from,
        anchor=other.anchor,
        path=_place(other.path),
        words=tuple(Piece(str(mark.op), mark.text) for mark in words),
    )


def path_words(path: Sequence[str]) -> str:
    """A section's place in words."""
    return " › ".join(path)
