"""Making the labelled claims out of real passages.

Promises: the same folder gives the same bytes. A true claim is a sentence of its
passage, the same in another spelling, or what a physician drew from it (K-QA); a false
one differs in one known way, or holds a planted clinical error (MEDEC). Copies only
sources whose licence allows it.
"""

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from clinrag.answering.evaluation.labelled import FITTED, HELD_OUT
from clinrag.answering.evaluation.perturbing import (
    PERTURBATIONS,
    Perturbation,
    respelt,
)
from clinrag.answering.wording import content_stems

SEED: Final = 20
OF_A_KIND: Final = 36
HALF_OF_IT: Final = 0.5  # below, no single sentence says what the statement does
GUIDELINES: Final = {"MIT", "CC0-1.0"}
SHORTEST, LONGEST = 50, 320  # characters of a sentence worth changing
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ü])")
_UNFIT: Final = re.compile(r"^[A-Z’'] ?[’']|[\[\]|#<>{}]|https?:|\?$|^\W")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of a document, and its sentences that may be changed."""

    name: str
    document: str
    title: str
    text: str
    sentences: tuple[str, ...]

    @property
    def half(self) -> str:
        digest = hashlib.sha256(self.document.encode()).digest()
        return FITTED if digest[0] % 2 else HELD_OUT


def labelled_rows(folder: Path) -> tuple[list[Row], list[Row]]:
    """The passages used and the claims about them. Raises OSError, ValueError."""
    sources = [*_of_guidelines(folder / "guidelines"), *_of_pages(folder / "retrieval")]
    chance = random.Random(SEED)  # noqa: S311  a reproducible choice, no secret
    chance.shuffle(sources)
    claims = [
        *changed(sources, chance, most=OF_A_KIND),
        *mixed(sources, chance, most=OF_A_KIND),
        *_of_physicians(folder / "answers"),
        *_of_planted_errors(folder / "answers"),
    ]
    rows = [row for row, _ in claims]
    used = {one.name: one for _, ones in claims for one in ones}
    return [passage_row(one) for _, one in sorted(used.items())], rows


Made = tuple[Row, tuple[Source, ...]]


# --- Where sentences come from -------------------------------------------------


def _of_guidelines(folder: Path) -> Iterator[Source]:
    newest = {}
    for row in read_rows(folder / "index.jsonl"):
        fit = row["licence"] in GUIDELINES and row["file"].endswith(".md")
        if fit and row["lang"] in {"en", "fr"}:
            newest[row["doc_id"]] = row
    for name, row in sorted(newest.items()):
        text = (folder.parent / row["file"]).read_text(encoding="utf-8")
        yield from paragraphs_of(name, row["title"], text)


def _of_pages(folder: Path) -> Iterator[Source]:
    with gzip.open(
        folder / "medquad" / "corpus.jsonl.gz", "rt", encoding="utf-8"
    ) as file:
        rows = [json.loads(line) for line in file]
    for row in rows[::8]:
        yield from paragraphs_of(row["_id"], row["title"], row["text"])


def paragraphs_of(name: str, title: str, text: str) -> Iterator[Source]:
    """Paragraphs of two to eight sentences, as they stand."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text)):
        sentences = _SENTENCE_END.split(paragraph.strip())
        fit = tuple(one for one in sentences if _is_fit(one))
        if len(fit) > 1 and len(sentences) <= 8:  # noqa: PLR2004  a paragraph
            yield Source(f"{name}#{number}", name, title, paragraph.strip(), fit)


def _is_fit(sentence: str) -> bool:
    long_enough = SHORTEST <= len(sentence) <= LONGEST and "\n" not in sentence
    return long_enough and sentence.endswith(".") and not _UNFIT.search(sentence)


# --- What is done to them ------------------------------------------------------


def changed(
    sources: list[Source], chance: random.Random, *, most: int
) -> Iterator[Made]:
    """One sentence, changed or not, cited as it stands."""
    kinds = {"verbatim": _same, "respelt": respelt, **PERTURBATIONS}
    for kind, change in kinds.items():
        shuffled = chance.sample(sources, len(sources))
        made = (_first_change(kind, change, one, chance) for one in shuffled)
        yield from islice(filter(None, made), most)


def _first_change(
    kind: str, change: Perturbation, source: Source, chance: random.Random
) -> Made | None:
    for sentence in chance.sample(source.sentences, len(source.sentences)):
        claim = change(sentence, chance)
        if claim and (claim != sentence or kind == "verbatim"):
            true = kind in {"verbatim", "respelt"}
            return claim_row(kind, claim, [(1, sentence)], (source,), is_true=true)
    return None


def _same(sentence: str, _chance: random.Random) -> str:
    return sentence


def mixed(sources: list[Source], chance: random.Random, *, most: int) -> Iterator[Made]:
    """Sentences and quotes that do not belong together."""
    for half in (FITTED, HELD_OUT):
        mine = [one for one in sources if one.half == half]
        others = chance.sample(mine, len(mine))
        pairs = [
            (one, other)
            for one, other in zip(mine, others, strict=True)
            if one.title != other.title
            and not set(one.sentences) & set(other.sentences)
        ]
        for one, other in pairs[: most // 2]:
            yield from _pair_claims(one, other, chance)


def _pair_claims(one: Source, other: Source, chance: random.Random) -> Iterator[Made]:
    first, second = one.sentences[:2]
    foreign = chance.choice(other.sentences)
    stitched = f"{_first_half(first)} {_second_half(second)}"
    both = (one, other)
    cut = chance.choice([first[1:], f"{first[:-3]}.", _letter_lost(first)])
    for kind, claim, quotes in (
        ("fabricated_quote", foreign, [(1, foreign)]),
        ("fabricated_claim", foreign, [(1, first)]),
        ("misattributed", first, [(2, first)]),
        ("misattributed_passage", first, [(2, foreign)]),
        ("stitched_quote", stitched, [(1, stitched)]),
        ("stitched_claim", stitched, [(1, first), (1, second)]),
        ("off_by_one_quote", first, [(1, cut)]),
    ):
        yield claim_row(kind, claim, quotes, both, is_true=False)


def _letter_lost(sentence: str) -> str:
    word = max(sentence.split(), key=len)
    return sentence.replace(word, word[:2] + word[3:], 1)


def _first_half(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[: len(words) // 2])


def _second_half(sentence: str) -> str:
    words = sentence.split()
    return " ".join(words[len(words) // 2 :])


# --- What people wrote ---------------------------------------------------------


def _of_physicians(folder: Path) -> Iterator[Made]:
    """Statements that physicians drew from their own answers: true paraphrases."""
    for row in read_rows(folder / "kqa" / "questions.jsonl"):
        text = str(row["answer"])
        sentences = sentences_of(text)
        source = Source(row["_id"], row["_id"], row["question"], text, sentences)
        for statement in (row["must_have"] + row["nice_to_have"])[:3]:
            quote = max(sentences, key=lambda one: shared(one, statement))
            if shared(quote, statement) >= HALF_OF_IT:
                quotes = [(1, quote)]
                yield claim_row(
                    "paraphrase", statement, quotes, (source,), is_true=True
                )


def _of_planted_errors(folder: Path) -> Iterator[Made]:
    """The wrong sentence, citing the right one of the corrected text."""
    for row in read_rows(folder / "medec" / "texts.jsonl"):
        wrong, right = row["error_sentence"], row["corrected_sentence"]
        if not row["error"] or not right or str(row["text"]).count(wrong) != 1:
            continue
        text = row["text"].replace(wrong, right)
        source = Source(row["_id"], row["_id"], "", text, (right,))
        if int(hashlib.sha256(row["_id"].encode()).hexdigest(), 16) % 4 == 0:
            yield claim_row(
                "planted_error", wrong, [(1, right)], (source,), is_true=False
            )


def sentences_of(text: str) -> tuple[str, ...]:
    return tuple(_SENTENCE_END.split(text))


def shared(sentence: str, statement: str) -> float:
    """The share of the statement's content words that the sentence has."""
    wanted = content_stems(statement)
    return len(wanted & content_stems(sentence)) / max(len(wanted), 1)


# --- Rows ----------------------------------------------------------------------


def claim_row(
    kind: str,
    claim: str,
    quotes: list[tuple[int, str]],
    sources: tuple[Source, ...],
    *,
    is_true: bool,
) -> Made:
    row = {
        "kind": kind,
        "is_true": is_true,
        "half": sources[0].half,
        "passages": [one.name for one in sources],
        "claim": claim,
        "quotes": [list(quote) for quote in quotes],
    }
    return row, sources


def passage_row(source: Source) -> Row:
    return {"id": source.name, "title": source.title, "text": source.text}


def read_rows(file: Path) -> Iterable[Row]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
