"""Labelled claims that no rule of the check was written with: what it is measured by.

Promises: the same folder gives the same bytes. Other passages than those of `making`,
the same perturbations with another seed, the statements of physicians that `making`
leaves out, sentences restated by rule (`restating`) and by hand, and statements that
physicians judged against a model's answer. Nobody should read them one by one.
"""

import gzip
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from clinrag.answering.evaluation.labelled import FOLDER, UNSEEN
from clinrag.answering.evaluation.making import (
    HALF_OF_IT,
    Made,
    Source,
    changed,
    claim_row,
    mixed,
    paragraphs_of,
    passage_row,
    read_rows,
    sentences_of,
    shared,
)
from clinrag.answering.evaluation.restating import RESTATEMENTS, Restatement

SEED: Final = 606
OF_A_KIND: Final = 18
STATEMENTS_USED: Final = 3  # by `making`, of each answer
BY_HAND: Final = "restated_by_hand.jsonl"
Row = dict[str, Any]


def unseen_rows(folder: Path) -> tuple[list[Row], list[Row]]:
    """The passages used and the claims about them. Raises OSError, ValueError."""
    sources = list(_of_corpora(folder / "retrieval"))
    chance = random.Random(SEED)  # noqa: S311  a reproducible choice, no secret
    chance.shuffle(sources)
    claims = [
        *changed(sources, chance, most=OF_A_KIND),
        *mixed(sources, chance, most=OF_A_KIND),
        *_restated(sources, chance),
        *_by_hand(),
        *_of_physicians(folder / "answers" / "kqa"),
        *_judged(folder / "answers" / "kqa"),
    ]
    used = {one.name: one for _, ones in claims for one in ones}
    rows = [{**row, "half": UNSEEN} for row, _ in claims]
    return [passage_row(one) for _, one in sorted(used.items())], rows


def _of_corpora(folder: Path) -> Iterator[Source]:
    for name, start, step in (("medquad", 3, 8), ("covidqa", 0, 2)):
        file = folder / name / "corpus.jsonl.gz"
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        for row in rows[start::step]:
            yield from paragraphs_of(row["_id"], row["title"], row["text"])


def _restated(sources: list[Source], chance: random.Random) -> Iterator[Made]:
    for kind, restate in RESTATEMENTS.items():
        shuffled = chance.sample(sources, len(sources))
        made = (_first_restated(kind, restate, one) for one in shuffled)
        yield from islice(filter(None, made), OF_A_KIND)


def _first_restated(kind: str, restate: Restatement, source: Source) -> Made | None:
    for sentence in source.sentences:
        claim = restate(sentence)
        if claim:
            quotes = [(1, sentence)]
            return claim_row(kind, claim, quotes, (source,), is_true=True)
    return None


def _by_hand() -> Iterator[Made]:
    for number, row in enumerate(read_rows(FOLDER / BY_HAND)):
        text = row["source"]
        source = Source(f"hand-{number}", f"hand-{number}", "", text, (text,))
        for is_true in (True, False):
            kind = "by_hand" if is_true else "by_hand_false"
            for claim in row[str(is_true).lower()]:
                yield claim_row(kind, claim, [(1, text)], (source,), is_true=is_true)


def _of_physicians(folder: Path) -> Iterator[Made]:
    for row in read_rows(folder / "questions.jsonl"):
        source = _answer(row["_id"], row["question"], row["answer"])
        statements = row["must_have"] + row["nice_to_have"]
        for one in statements[STATEMENTS_USED:]:
            yield from _drawn("paraphrase", one, source, is_true=True)


def _judged(folder: Path) -> Iterator[Made]:
    """What three physicians agree that a model's answer says, or denies."""
    kinds = {
        "Entailment": ("judged_said", True),
        "Contradiction": ("judged_denied", False),
    }
    for number, row in enumerate(read_rows(folder / "statement_judgements.jsonl")):
        agreed = set(row["labels"]) == {row["label"]}
        if agreed and row["label"] in kinds:
            kind, is_true = kinds[row["label"]]
            source = _answer(f"judged-{number}", row["question"], row["answer"])
            yield from _drawn(kind, row["statement"], source, is_true=is_true)


def _answer(name: str, question: str, text: str) -> Source:
    return Source(name, name, question, text, sentences_of(text))


def _drawn(kind: str, claim: str, source: Source, *, is_true: bool) -> Iterator[Made]:
    """The claim, citing the sentence with most of its words, if that has half."""
    quote = max(source.sentences, key=lambda one: shared(one, claim))
    if shared(quote, claim) >= HALF_OF_IT:
        yield claim_row(kind, claim, [(1, quote)], (source,), is_true=is_true)
