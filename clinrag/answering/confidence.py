"""How far to lean on an answer, by written rules.

Promises: pure; each rule that lowers the level is named in the reasons. It rates
how the answer came about, not whether medicine agrees with it.

Low: the best cited passage ranked below fifth, more was left out than kept, or a
statement is shown that its source does not support.
Medium: no approved document is cited, only the encounter; the fallback answered;
something was left out; no cited passage was found by both search channels; a cited
version is no longer in force. Otherwise high.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clinrag.answering.types import Confidence
from clinrag.retrieval.types import RetrievedPassage

WORST_GOOD_RANK = 5


@dataclass(frozen=True, slots=True)
class Signals:
    """What the rules look at."""

    cited: Sequence[RetrievedPassage]
    kept: int
    left_out: int
    fallback_used: bool
    all_in_force: bool
    flagged: int = 0


def rate(signals: Signals) -> tuple[Confidence, tuple[str, ...]]:
    """The level and the reasons that lowered it."""
    low, medium = _low(signals), _medium(signals)
    if low:
        return Confidence.LOW, (*low, *medium)
    if medium:
        return Confidence.MEDIUM, medium
    return Confidence.HIGH, ()


def _low(signals: Signals) -> tuple[str, ...]:
    rules = {
        "evidence_ranked_low": min((p.rank for p in signals.cited), default=0)
        > WORST_GOOD_RANK,
        "most_statements_left_out": signals.left_out > signals.kept,
        "unsupported_statements_shown": signals.flagged > 0,
    }
    return tuple(name for name, applies in rules.items() if applies)


def _medium(signals: Signals) -> tuple[str, ...]:
    rules = {
        "no_document_cited": not signals.cited,
        "fallback_answerer": signals.fallback_used,
        "statements_left_out": 0 < signals.left_out <= signals.kept,
        "found_by_one_channel": bool(signals.cited)
        and not any(map(_found_twice, signals.cited)),
        "version_no_longer_in_force": not signals.all_in_force,
    }
    return tuple(name for name, applies in rules.items() if applies)


def _found_twice(passage: RetrievedPassage) -> bool:
    return passage.vector_rank is not None and passage.lexical_rank is not None
