"""How well the built-in answerer chooses sentences, beside two answers without thought.

Promises: pure but for the embedder. A question of K-QA is asked of all of its
physicians' answers, the eight nearest in meaning as passages; its own answer among them
for an answerable question, left out for one that has no answer. Counted is which of the
statements that an answer must have stand in what was chosen (most of the statement's
content words in one sentence), and which chosen sentences hold one of them.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clinrag.answering.wording import content_stems
from clinrag.inference.extractive import MAX_CLAIMS, Embed, extract
from clinrag.inference.sentences import statements_of
from clinrag.inference.types import EvidencePassage

PASSAGES: Final = 8
HELD: Final = 0.6  # of a statement's content words
Answer = Callable[[str, Sequence[EvidencePassage]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, its physician's answer, and what an answer must say."""

    name: str
    text: str
    answer: str
    must_have: tuple[str, ...]

    @property
    def is_fitted(self) -> bool:
        """Whether it is in the first half, by a hash of its name."""
        return hashlib.sha256(self.name.encode()).digest()[0] % 2 == 1


@dataclass(frozen=True, slots=True)
class ExtractionScore:
    """Averages over questions; `answered` counts those with any sentence chosen."""

    name: str
    asked: int
    answered: int
    recall: float
    precision: float

    @property
    def f1(self) -> float:
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """A question with the passages it is asked of."""

    asked: AskedQuestion
    passages: tuple[EvidencePassage, ...]


def read_questions(file: Path) -> tuple[AskedQuestion, ...]:
    """Those of a K-QA file. Raises OSError, ValueError, KeyError."""
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return tuple(
        AskedQuestion(
            row["_id"], row["question"], row["answer"], tuple(row["must_have"])
        )
        for row in rows
    )


def trials(
    questions: Sequence[AskedQuestion], *, embed: Embed, answerable: bool
) -> tuple[Trial, ...]:
    """Each question with its nearest passages."""
    answers = embed([one.answer for one in questions])
    asked = embed([one.text for one in questions])
    return tuple(
        Trial(
            one,
            _nearest(number, questions, asked[number], answers, answerable=answerable),
        )
        for number, one in enumerate(questions)
    )


def _nearest(
    own: int,
    questions: Sequence[AskedQuestion],
    asked: Sequence[float],
    answers: Sequence[Sequence[float]],
    *,
    answerable: bool,
) -> tuple[EvidencePassage, ...]:
    """The passages nearest to the question, with or without its own answer."""
    others = [n for n in range(len(questions)) if answerable or n != own]
    ranked = sorted(others, key=lambda n: (-_dot(asked, answers[n]), n))
    return tuple(
        EvidencePassage(number, questions[n].answer)
        for number, n in enumerate(ranked[:PASSAGES], start=1)
    )


def first_sentences(_question: str, passages: Sequence[EvidencePassage]) -> list[str]:
    """As many sentences from the top as the answerer may choose."""
    return [one.quote for one in statements_of(passages[0])][:MAX_CLAIMS]


def top_chunk(_question: str, passages: Sequence[EvidencePassage]) -> list[str]:
    """All of the passage that was found first."""
    return [one.quote for one in statements_of(passages[0])]


def chosen_by(embed: Embed) -> Answer:
    """The built-in answerer's sentences."""

    def choose(question: str, passages: Sequence[EvidencePassage]) -> list[str]:
        draft = extract(question, passages, embed=embed)
        return [quote.quote for claim in draft.claims for quote in claim.citations]

    return choose


def score(name: str, trials: Iterable[Trial], answer: Answer) -> ExtractionScore:
    found = [(one.asked, answer(one.asked.text, one.passages)) for one in trials]
    recalls = [_recall(asked.must_have, chosen) for asked, chosen in found]
    precisions = [_precision(asked.must_have, chosen) for asked, chosen in found]
    return ExtractionScore(
        name,
        asked=len(found),
        answered=sum(bool(chosen) for _, chosen in found),
        recall=_mean(recalls),
        precision=_mean(precisions),
    )


def shown_rightly(
    trials: Iterable[Trial], answer: Answer, *, answerable: bool
) -> tuple[int, int]:
    """How many sentences hold a statement that was wanted, of all that were shown.

    None does where the question's own answer was left out.
    """
    right = shown = 0
    for one in trials:
        chosen = answer(one.asked.text, one.passages)
        shown += len(chosen)
        if answerable:
            wanted = one.asked.must_have
            right += sum(any(_says(w, said) for w in wanted) for said in chosen)
    return right, shown


def _recall(must_have: Sequence[str], chosen: Sequence[str]) -> float:
    return _mean(
        [any(_says(one, sentence) for sentence in chosen) for one in must_have]
    )


def _precision(must_have: Sequence[str], chosen: Sequence[str]) -> float:
    return _mean(
        [any(_says(one, sentence) for one in must_have) for sentence in chosen]
    )


def _says(statement: str, sentence: str) -> bool:
    wanted = content_stems(statement)
    return len(wanted & content_stems(sentence)) >= HELD * max(len(wanted), 1)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
