"""Words that carry a question's meaning, and whether two words are the same one.

Promises: pure, small and without a dictionary of medicine: what is not a function
word of English or French counts. Does not understand; "dose" and "dosage" differ.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

_WORD = re.compile(r"[^\W_]+")
_FUNCTION_WORDS = frozenset(
    (Path(__file__).parent / "data" / "function_words.txt")
    .read_text(encoding="utf-8")
    .split()
)
_WRITTEN_OUT = re.compile(r"(\S+) \(([^()]+)\)")
_SHORTEST_STEM = 4
_SHARED_SHARE = 0.7


def content_words(text: str) -> tuple[str, ...]:
    """Return the words that carry meaning, folded, each once, in order."""
    found = dict.fromkeys(_WORD.findall(folded(text)))
    return tuple(word for word in found if word not in _FUNCTION_WORDS)


def wordings_of(question: str) -> tuple[tuple[str, ...], ...]:
    """Return the content words of each way to read a question.

    Where an abbreviation is written out behind it, "AF (atrial fibrillation)", either
    the short or the long form is meant, and no passage need hold both.
    """
    short = content_words(_WRITTEN_OUT.sub(r"\1", question))
    long = content_words(_WRITTEN_OUT.sub(r"\2", question))
    return tuple(dict.fromkeys(one for one in (short, long) if one))


def folded(text: str) -> str:
    """Return the text in lower case and without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one))


@lru_cache(maxsize=65_536)
def same_word(one: str, other: str) -> bool:
    """Tell whether two folded words look like forms of one word.

    They share a beginning of four letters or more that is most of the shorter one:
    "prescribed" and "prescription", not "hypertension" and "hyperthyroidism".
    """
    if one == other:
        return True
    shorter = min(len(one), len(other))
    if shorter < _SHORTEST_STEM or one.isdecimal() or other.isdecimal():
        return False
    needed = max(_SHORTEST_STEM, round(_SHARED_SHARE * shorter))
    return one[:needed] == other[:needed]


def words_of(text: str) -> frozenset[str]:
    """Return all words of a text, folded."""
    return frozenset(_WORD.findall(folded(text)))


def holds(words: Collection[str], word: str) -> bool:
    return word in words or any(same_word(word, other) for other in words)


def coverage(
    wanted: Sequence[str], words: Collection[str], weights: dict[str, float]
) -> float:
    """Return which share of the wanted words' weight the words hold, 0 to 1."""
    total = sum(weights[word] for word in wanted)
    if not total:
        return 0.0
    return sum(weights[word] for word in wanted if holds(words, word)) / total


def missing(wanted: Iterable[str], words: Collection[str]) -> tuple[str, ...]:
    return tuple(word for word in wanted if not holds(words, word))
