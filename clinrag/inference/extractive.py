"""The built-in answerer: it answers in the words of the passages, or not at all.

Promises: every quote is a verbatim piece of its passage; the same passages and
question give the same draft; and it abstains when the passages do not speak of what
was asked. Needs no model server. Does not summarise, combine or conclude, and knows
no medicine: it compares words and vectors. The floors below were chosen on one half
of labelled questions and read on the other; see README.md.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clinrag.inference.sentences import Statement, one_line, statements_of
from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)
from clinrag.inference.words import content_words, coverage, holds, words_of

Embed = Callable[[list[str]], list[list[float]]]

MAX_CLAIMS = 3
MAX_COMPARED = 24
FEWEST_WORDS = 4

NOTHING = DraftAnswer(claims=(), abstained=True)

# How much of the question's meaning the passage with its headings must hold, and how
# close in meaning the best statement must be, for there to be an answer at all.
LEAST_COVERAGE = 0.6
LEAST_CLOSENESS = 0.35
NEARLY_AS_GOOD = 0.92


@dataclass(frozen=True, slots=True)
class _Scored:
    """A statement and how well it answers; higher is better."""

    statement: Statement
    score: float
    closeness: float
    coverage: float


def extract(
    question: str, passages: Sequence[EvidencePassage], *, embed: Embed
) -> DraftAnswer:
    """Answer with up to MAX_CLAIMS statements of the passages, or abstain.

    Raises what `embed` raises.
    """
    wanted = content_words(question)
    if not wanted or not passages:
        return NOTHING
    weights = _weights(wanted, passages)
    covering = [
        passage
        for passage in passages
        if coverage(wanted, words_of(_context(passage)), weights) >= LEAST_COVERAGE
    ]
    scored = _scored(question, _statements(covering), wanted, weights, embed)
    if not scored or scored[0].closeness < LEAST_CLOSENESS:
        return NOTHING
    return DraftAnswer(
        claims=tuple(_claim(one.statement) for one in _best(scored)), abstained=False
    )


def _context(passage: EvidencePassage) -> str:
    return " ".join((passage.title, *passage.section_path, passage.text))


def _weights(
    wanted: Sequence[str], passages: Sequence[EvidencePassage]
) -> dict[str, float]:
    """Rare words weigh more, and those no passage holds weigh most."""
    texts = [words_of(_context(passage)) for passage in passages]
    return {
        word: math.log(
            1 + len(texts) / (0.5 + sum(holds(text, word) for text in texts))
        )
        for word in wanted
    }


def _statements(passages: Iterable[EvidencePassage]) -> list[Statement]:
    found = [
        statement
        for passage in passages
        for statement in statements_of(passage)
        if len(statement.quote.split()) >= FEWEST_WORDS
    ]
    return found[:MAX_COMPARED]


def _scored(
    question: str,
    statements: Sequence[Statement],
    wanted: Sequence[str],
    weights: dict[str, float],
    embed: Embed,
) -> list[_Scored]:
    """Best first; ties go to the passage found first, then to reading order."""
    if not statements:
        return []
    asked, *vectors = embed([question, *(one.text for one in statements)])
    scored = []
    for statement, vector in zip(statements, vectors, strict=True):
        closeness = sum(a * b for a, b in zip(asked, vector, strict=True))
        covered = coverage(wanted, words_of(statement.text), weights)
        prior = 0.15 / statement.passage.number
        score = 0.6 * closeness + 0.4 * covered + prior
        scored.append(_Scored(statement, score, closeness, covered))
    return sorted(scored, key=lambda one: -one.score)


def _best(scored: Sequence[_Scored]) -> list[_Scored]:
    """The best statement, and those nearly as good from the same passage."""
    best = scored[0]
    return [
        one
        for one in scored[:MAX_CLAIMS]
        if one.score >= NEARLY_AS_GOOD * best.score
        and one.statement.passage == best.statement.passage
    ]


def _claim(statement: Statement) -> DraftClaim:
    citation = DraftCitation(statement.passage.number, statement.quote)
    return DraftClaim(one_line(statement.quote), (citation,))
