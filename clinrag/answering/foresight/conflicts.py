"""Sentences of other documents in force that may contradict what an edition changes.

Promises: looks where the search looks, from each changed sentence that states a limit,
a dose or a prohibition; two sentences are shown side by side only if they share words
that tell a subject, one of them outside title and heading, and state quantities of one
kind that leave no room for each other, or one forbids what the other recommends.
Will not: know that they contradict each other; it says possibly.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final
from uuid import UUID

from clinrag.answering.foresight.evidence import Supposing
from clinrag.answering.foresight.types import Conflict, Place
from clinrag.retrieval.search import QueryEmbedder, retrieve
from clinrag.retrieval.types import RetrievalQuery, RetrievedPassage
from ingestion.diffing.markers import negations_of, strengths_of
from ingestion.diffing.quantities import Quantity, is_same_amount, quantities_of
from ingestion.diffing.sentences import sentences_of
from ingestion.diffing.units import Dimension
from ingestion.queries import CollectionView, PassageView, passages_of

MOST_SENTENCES: Final = 60
MOST_CONFLICTS: Final = 40
PASSAGES: Final = 12
# Shared words that tell a subject: so many, and so large a share of the shorter one's.
FEWEST_SHARED: Final = 2
LIKE: Final = 0.3
BINDING: Final = 2
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
# Words of any guideline: that both sentences have them says nothing about a subject.
_EVERYWHERE: Final = frozenset(
    word.removesuffix("s")
    for line in (
        "about above according advice after also although always answer because",
        "before being below between both care carefully category caution clinician",
        "compared consider could daily days dose dosage each equal equivalent every",
        "evidence five four from given guidance guideline have health high higher",
        "hours however increase increased increasing into least less likely little",
        "long lower matter maximum medicine milligrams minimum mmhg more most much",
        "must nice nine only other over patient people person prescribe prescribed",
        "prescribing provider recommend recommendation recommended risk seven should",
        "significantly some such than that their them then there these they this",
        "those three total treatment type under until used using weeks were what",
        "when where which while will with within without would year",
    )
    for word in line.split()
)
FLOORS: Final = frozenset("≥>")
_QUANTIFIED: Final = frozenset({Dimension.DATE, Dimension.NUMBERING, Dimension.PLAIN})


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence where it stands, with what it states and what it is about."""

    place: Place
    text: str
    subject: frozenset[str]
    words: frozenset[str]
    quantities: tuple[Quantity, ...]
    forbids: bool
    binds: bool

    @property
    def says_something(self) -> bool:
        return bool(self.quantities) or self.forbids or self.binds

    @property
    def weight(self) -> tuple[bool, bool, bool]:
        """Limits first, then doses, then prohibitions."""
        limits = any(one.is_limit for one in self.quantities)
        return limits, any(one.is_dose for one in self.quantities), self.forbids


def changed_statements(version_id: UUID, *, older_id: UUID | None) -> list[Statement]:
    """What the edition states that the older one does not, the weightiest first."""
    known: set[str] = set()
    if older_id is not None:
        known = {
            _plain(one.text)
            for each in passages_of(older_id)
            for one in statements_of(each)
        }
    found: dict[str, Statement] = {}
    for passage in passages_of(version_id):
        for one in statements_of(passage):
            if one.says_something and _plain(one.text) not in known:
                found.setdefault(_plain(one.text), one)
    weighty = sorted(found.values(), key=lambda one: one.weight, reverse=True)
    return weighty[:MOST_SENTENCES]


def find_conflicts(
    ours: Statement,
    supposing: Supposing,
    *,
    collections: Sequence[CollectionView],
    embedder: QueryEmbedder,
) -> list[Conflict]:
    """What other documents in force state otherwise; raises what `retrieve` raises."""
    query = RetrievalQuery(
        text=ours.text,
        collection_ids=tuple(one.id for one in collections),
        language=collections[0].language,
        as_of=supposing.at,
        limit=PASSAGES,
        supposing=supposing.version_id,
    )
    found = retrieve(query, embedder=embedder).passages
    others = [one for one in found if one.document_id != supposing.document_id]
    return [
        conflict
        for passage in others
        for theirs in statements_of(passage)
        for conflict in compared(ours, theirs)
    ]


def gravest(conflicts: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """Each pair of sentences once, the most alike first."""
    best: dict[tuple[Place, Place], Conflict] = {}
    for one in conflicts:
        best.setdefault((one.ours, one.theirs), one)
    ranked = sorted(best.values(), key=lambda one: (one.kind, -one.likeness))
    return tuple(ranked[:MOST_CONFLICTS])


def statements_of(passage: PassageView | RetrievedPassage) -> Iterator[Statement]:
    """The sentences of a passage; its title and heading tell the subject of each."""
    heading = passage.section_path[-1] if passage.section_path else ""
    about = f"{passage.document_title} {heading}"
    for one in sentences_of(passage.text):
        text = one.text.rstrip()
        told = strengths_of(text)
        yield Statement(
            place=Place(
                passage.version_id, passage.chunk_id, one.start, one.start + len(text)
            ),
            text=text,
            subject=_subject(f"{about} {text}"),
            words=_subject(text),
            quantities=tuple(
                q for q in quantities_of(text) if q.dimension not in _QUANTIFIED
            ),
            forbids=any(m.family == "prohibition" for m in negations_of(text)),
            binds=any(m.rung > BINDING for m in told),
        )


def _subject(text: str) -> frozenset[str]:
    words = {word.casefold().removesuffix("s") for word in _WORD.findall(text)}
    return frozenset(words - _EVERYWHERE)


def compared(ours: Statement, theirs: Statement) -> Iterator[Conflict]:
    """In what the second may contradict the first."""
    likeness = _likeness(ours.subject, theirs.subject)
    if not ours.words & theirs.words:  # alike by title and heading alone
        return
    if likeness < LIKE or _plain(ours.text) == _plain(theirs.text):
        return
    pairs = list(_differing(ours.quantities, theirs.quantities))
    if pairs:
        yield Conflict(
            "quantity",
            ours.place,
            theirs.place,
            ", ".join(dict.fromkeys(one.text for one, _ in pairs)),
            ", ".join(dict.fromkeys(one.text for _, one in pairs)),
            round(likeness, 3),
        )
    elif ours.forbids != theirs.forbids and _recommends(theirs, ours):
        yield Conflict("strength", ours.place, theirs.place, "", "", round(likeness, 3))


def _recommends(theirs: Statement, ours: Statement) -> bool:
    """One forbids; the other asks for it, about much the same thing."""
    permitting = theirs if ours.forbids else ours
    alike = _likeness(ours.subject, theirs.subject)
    return permitting.binds and alike > 2 * LIKE


def _likeness(ours: frozenset[str], theirs: frozenset[str]) -> float:
    shared = ours & theirs
    if len(shared) < FEWEST_SHARED:
        return 0.0
    return len(shared) / min(len(ours), len(theirs))


def _differing(
    ours: Sequence[Quantity], theirs: Sequence[Quantity]
) -> Iterator[tuple[Quantity, Quantity]]:
    """Quantities of one kind that no sentence shares with the other."""
    for one in ours:
        alike = [other for other in theirs if _is_one_kind(one, other)]
        if alike and not any(_agree(one, other) for other in alike):
            yield from ((one, other) for other in alike)


def _is_one_kind(one: Quantity, other: Quantity) -> bool:
    """Limits with limits, doses with doses, of one dimension and for one time.

    A limit often tells its time apart from its number: "120 mg (or so) per day".
    """
    same = one.dimension is other.dimension and one.is_limit == other.is_limit
    near = one.factor is not None and other.factor is not None
    rates = {_rate(one), _rate(other)}
    timed = len(rates) == 1 or (one.is_limit and () in rates)
    return same and timed and (one.unit == other.unit or near)


def _rate(one: Quantity) -> tuple[str, ...]:
    return tuple(part for part in one.per if part != "1")


def _agree(one: Quantity, other: Quantity) -> bool:
    """The same amount, stretches with something in common, or limits that leave room.

    What is high from 140 on leaves room to a target below 140, but 130 does not.
    """
    if (one.values, one.unit) == (other.values, other.unit):
        return True
    if is_same_amount(one, other):
        return True
    ours, theirs = _reach(one), _reach(other)
    if ours is None or theirs is None:
        return False
    meet = ours[0] <= theirs[1] and theirs[0] <= ours[1]
    if _is_against(one, other):
        return not meet or ours[0] == theirs[1] or theirs[0] == ours[1]
    return meet and (one.is_range or other.is_range)


def _is_against(one: Quantity, other: Quantity) -> bool:
    """One is a floor, the other a ceiling."""
    return {one.sign in FLOORS, other.sign in FLOORS} == {True, False} and (
        one.is_limit and other.is_limit
    )


def _reach(one: Quantity) -> tuple[float, float] | None:
    """From where to where it reaches, in its smallest unit; None for what is no number.

    Of a pair of limits (140/90) the first counts.
    """
    try:
        ends = [
            float(value) * (one.factor or 1.0) for value in one.values if value != "–"
        ]
    except ValueError:
        return None
    low, high = ends[0], ends[-1] if one.is_range else ends[0]
    if one.sign in FLOORS:
        return low, inf
    return (-inf, high) if one.is_limit else (low, high)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[*_#>|-]", " ", text).split()).casefold()
