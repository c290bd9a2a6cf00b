"""The built-in answerer: it answers in the words of the passages, or not at all.

Promises: every quote is a verbatim piece of its passage; the same passages and
question give the same draft; and it abstains when no passage speaks of what was
asked. Needs no model server. Does not summarise, combine or conclude, and knows
no medicine: it compares words and vectors. The weights and floors were fitted to the
labelled questions whose figures README.md gives, so none of those is held out.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clinrag.inference.asking import asks_for_amount, tells_amount
from clinrag.inference.sentences import Statement, one_line, statements_of
from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)
from clinrag.inference.words import (
    content_words,
    coverage,
    holds,
    wordings_of,
    words_of,
)

Embed = Callable[[list[str]], list[list[float]]]

MAX_CLAIMS = 3
MAX_OF_NEAR = 6
MAX_COMPARED = 24
FEWEST_WORDS = 4

# What counts besides closeness in meaning: the question's words in the statement and
# around it, an amount where one is asked for, and the rank of the passage.
OWN_WORDS = 0.4
PASSAGE_WORDS = 0.2
AMOUNT = 0.1
RANK = 0.02
NEARLY_AS_GOOD = 0.92
GOES_ON = 0.5

# Below these there is no answer: meaning and words together, and each by itself.
LEAST_TOGETHER = 1.0
LEAST_CLOSENESS = 0.5
LEAST_COVERAGE = 0.3
WORDS_AGAINST_MEANING = 0.5

# The same for a passage as a whole, of those found first.
MOST_NEAR = 2
LEAST_NEAR = 0.5
LEAST_NEAR_COVERAGE = 0.2
LEAST_NEAR_TOGETHER = 0.8
NEAR_WORDS = 0.3
MOST_OUTSTANDING = 0.3

NOTHING = DraftAnswer(claims=(), abstained=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question wants, in each of its wordings, and what each word weighs."""

    text: str
    wordings: tuple[tuple[str, ...], ...]
    weights: dict[str, float]
    amount: bool

    def share_in(self, text: str) -> float:
        """Return the share of the wording that the text holds most of, 0 to 1."""
        words = words_of(text)
        return max(coverage(one, words, self.weights) for one in self.wordings)


@dataclass(frozen=True, slots=True)
class _Scored:
    """A statement and how well it answers; higher is better.

    `closeness` is the cosine of question and statement, `coverage` the weighted share
    of the question's words that its passage and headings hold.
    """

    statement: Statement
    score: float
    closeness: float
    coverage: float


def extract(
    question: str, passages: Sequence[EvidencePassage], *, embed: Embed
) -> DraftAnswer:
    """Answer with up to MAX_CLAIMS statements of the passages, or abstain.

    The passages come best first. Raises what `embed` raises.
    """
    wanted = content_words(question)
    if not wanted or not passages:
        return NOTHING
    weights = _weights(wanted, passages)
    wordings = wordings_of(question)
    asked = _Asked(question, wordings, weights, asks_for_amount(question))
    scored = _scored(asked, passages, embed)
    near = _near_passages(asked, passages, embed)
    answering = [
        one for one in scored if _answers(one) or one.statement.passage.number in near
    ]
    if not answering:
        return NOTHING
    chosen = _completed(_chosen(answering, near), asked)
    return DraftAnswer(claims=tuple(map(_claim, chosen)), abstained=False)


def _answers(one: _Scored) -> bool:
    together = one.closeness + WORDS_AGAINST_MEANING * one.coverage
    return (
        one.closeness >= LEAST_CLOSENESS
        and one.coverage >= LEAST_COVERAGE
        and together >= LEAST_TOGETHER
    )


def _near_passages(
    asked: _Asked, passages: Sequence[EvidencePassage], embed: Embed
) -> frozenset[int]:
    """The first passages that as a whole are about what was asked.

    A question in a patient's words is nearer to a page of answer than to any of its
    sentences.
    """
    first = passages[: MOST_NEAR + 1]
    question, *vectors = embed([asked.text, *(one.text for one in first)])
    close = [_cosine(question, vector) for vector in vectors]
    return frozenset(
        one.number
        for place, one in enumerate(first[:MOST_NEAR])
        if _is_near(close, place, asked.share_in(_context(one)))
    )


def _is_near(close: Sequence[float], place: int, coverage: float) -> bool:
    """Close in meaning, in words, and closer than what was found next.

    Where much is alike, all of it is a little like the question; what answers it stands
    out. Being next to another page of the same subject takes nothing away.
    """
    stands_out = max(close[place] - max(close[place + 1 :], default=0.0), 0.0)
    together = close[place] + NEAR_WORDS * coverage + min(stands_out, MOST_OUTSTANDING)
    return (
        close[place] >= LEAST_NEAR
        and coverage >= LEAST_NEAR_COVERAGE
        and together >= LEAST_NEAR_TOGETHER
    )


def _context(passage: EvidencePassage) -> str:
    return " ".join((passage.title, *passage.section_path, passage.text))


def _weights(
    wanted: Sequence[str], passages: Sequence[EvidencePassage]
) -> dict[str, float]:
    """Rare words weigh more, and those that no passage holds weigh most."""
    texts = [words_of(_context(passage)) for passage in passages]
    return {
        word: math.log(
            1 + len(texts) / (0.5 + sum(holds(text, word) for text in texts))
        )
        for word in wanted
    }


def _scored(
    asked: _Asked, passages: Sequence[EvidencePassage], embed: Embed
) -> list[_Scored]:
    """Best first; ties go to the passage found first, then to reading order."""
    around = {passage.number: asked.share_in(_context(passage)) for passage in passages}
    compared = _most_promising(asked, passages, around)
    if not compared:
        return []
    question, *vectors = embed([asked.text, *(one.text for one in compared)])
    scored = [
        _score(asked, statement, closeness, around[statement.passage.number])
        for statement, closeness in zip(
            compared, (_cosine(question, vector) for vector in vectors), strict=True
        )
    ]
    return sorted(scored, key=lambda one: -one.score)


def _score(
    asked: _Asked, statement: Statement, closeness: float, around: float
) -> _Scored:
    score = (
        closeness
        + OWN_WORDS * asked.share_in(statement.text)
        + PASSAGE_WORDS * around
        + AMOUNT * (asked.amount and tells_amount(statement.quote))
        - RANK * (statement.passage.number - 1)
    )
    return _Scored(statement, score, closeness, around)


def _most_promising(
    asked: _Asked, passages: Iterable[EvidencePassage], around: dict[int, float]
) -> list[Statement]:
    """Return the statements worth a vector, in reading order: each takes time."""
    found = [
        statement
        for passage in passages
        if around[passage.number] >= LEAST_COVERAGE or passage.number <= MOST_NEAR
        for statement in statements_of(passage)
        if len(statement.quote.split()) >= FEWEST_WORDS
    ]
    by_words = sorted(
        range(len(found)),
        key=lambda place: (
            -asked.share_in(found[place].text)
            - PASSAGE_WORDS * around[found[place].passage.number],
            place,
        ),
    )
    return [found[place] for place in sorted(by_words[:MAX_COMPARED])]


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _chosen(answering: Sequence[_Scored], near: frozenset[int]) -> list[Statement]:
    """Take the best statement and others nearly as good, none twice.

    A passage that is an answer as a whole goes on with what is less good by itself.
    """
    best = answering[0]
    distinct = {
        one_line(one.statement.quote).casefold(): one.statement
        for one in reversed(answering)
        if one.score >= _floor(one, best, near) * best.score
    }
    most = MAX_OF_NEAR if best.statement.passage.number in near else MAX_CLAIMS
    return list(reversed(distinct.values()))[:most]


def _floor(one: _Scored, best: _Scored, near: frozenset[int]) -> float:
    number = one.statement.passage.number
    goes_on = number in near and number == best.statement.passage.number
    return GOES_ON if goes_on else NEARLY_AS_GOOD


def _completed(chosen: list[Statement], asked: _Asked) -> list[Statement]:
    """Where an amount is asked for, add the one that the best's paragraph tells."""
    best = chosen[0]
    if not asked.amount or any(tells_amount(one.quote) for one in chosen):
        return chosen
    mates = [
        one
        for one in statements_of(best.passage)
        if one.line == best.line and one not in chosen and tells_amount(one.quote)
    ]
    return [best, *mates[:1], *chosen[1:]][: max(MAX_CLAIMS, len(chosen))]


def _claim(statement: Statement) -> DraftClaim:
    number = statement.passage.number
    quotes = [statement.quote]
    if len(statement.lead_in.split()) >= FEWEST_WORDS:
        quotes.insert(0, statement.lead_in)
    return DraftClaim(
        statement.text, tuple(DraftCitation(number, quote) for quote in quotes)
    )
