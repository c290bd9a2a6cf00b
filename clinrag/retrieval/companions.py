"""Passages that belong to one another: cut apart, or the same words once more.

Promises: pure; a function of scores and places in the text in force. A short section is
cut into passages so that an edit embeds few anew, and a list may be cut from the line
that announces it; then one half answers and the other holds the question's words. So
what stands beside one of the best in the same section, and with it is no longer than
one passage may be or is announced by it, is lifted to just behind it. And what says
word for word the same as a better one of its document (one table under each of twelve
headings) gives way to those that say something else. Will not: reach across sections or
versions, or take anything out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from clinrag.retrieval.fusion import SCORE_DIGITS, Ranked

# How many of the best bring their companions, and how near behind those come.
LEADING: Final = 1
LIFTED_TO: Final = 0.95
# What repeats a better one counts half.
REPEATED: Final = 0.5
# Two passages are together no longer than one may be (tokens of the embedder).
LONGEST_TOGETHER: Final = 256

# As they are recorded with every search.
COUNTED: Final = (
    ("companions_of", str(LEADING)),
    ("companions_lifted_to", str(LIFTED_TO)),
    ("repeats_count", str(REPEATED)),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands, and what it is like.

    `announces` tells that it ends in a colon, `text_sha256` is over its words alone.
    """

    chunk_id: UUID
    version_id: UUID
    cut: int
    position: int
    document_id: UUID
    section_path: Sequence[str]
    tokens: int
    text_sha256: str
    announces: bool


def arranged(
    ranked: Sequence[Ranked], leading: Collection[UUID], places: Mapping[UUID, Place]
) -> tuple[Ranked, ...]:
    """Order anew: companions of the leading behind them, then what repeats, behind."""
    return without_repeats(with_companions(ranked, leading, places), places)


def companions_of(leader: Place, places: Collection[Place]) -> list[Place]:
    """What stands beside it in its section, as far as one passage could hold it all.

    Text under no heading is no section: its neighbours were measured to lead astray.
    """
    if not leader.section_path:
        return []
    beside = {
        one.position: one
        for one in places
        if (one.version_id, one.cut) == (leader.version_id, leader.cut)
        and list(one.section_path) == list(leader.section_path)
    }
    return [*_in_row(leader, beside, step=1), *_in_row(leader, beside, step=-1)]


def _in_row(
    leader: Place, beside: Mapping[int, Place], *, step: int
) -> Iterator[Place]:
    """Away from the leader, until it is too long; an announced one is never too far."""
    last, tokens = leader, leader.tokens
    while (one := beside.get(last.position + step)) is not None:
        tokens += one.tokens
        announced = step > 0 and last.announces
        if tokens > LONGEST_TOGETHER and not announced:
            return
        yield one
        last = one


def with_companions(
    ranked: Sequence[Ranked], leading: Collection[UUID], places: Mapping[UUID, Place]
) -> tuple[Ranked, ...]:
    """Order anew: companions of the leading come close behind them.

    All of the ranked that stand beside a leading one have a place.
    """
    scores = {one.chunk_id: one.score for one in ranked}
    lifted = dict(scores)
    for leader in (places[one] for one in leading):
        least = round(LIFTED_TO * scores[leader.chunk_id], SCORE_DIGITS)
        for one in companions_of(leader, places.values()):
            lifted[one.chunk_id] = max(lifted[one.chunk_id], least)
    return _ordered(replace(one, score=lifted[one.chunk_id]) for one in ranked)


def without_repeats(
    ranked: Sequence[Ranked], places: Mapping[UUID, Place]
) -> tuple[Ranked, ...]:
    """Order anew: what was said before in the same document counts half."""
    said: set[tuple[UUID, str]] = set()
    told = []
    for one in ranked:
        place = places.get(one.chunk_id)
        words = (place.document_id, place.text_sha256) if place else None
        share = REPEATED if words in said else 1.0
        told.append(replace(one, score=round(one.score * share, SCORE_DIGITS)))
        if words:
            said.add(words)
    return _ordered(told)


def _ordered(ranked: Iterable[Ranked]) -> tuple[Ranked, ...]:
    return tuple(sorted(ranked, key=lambda one: (-one.score, one.chunk_id)))
