"""Words that a claim puts where its source has others, and halves that it joins.

Promises: pure. A claim that copies its source but for a word or two does not
paraphrase it: "rubella" where "cytomegalovirus" stands is another statement, however
many words agree. So is one number for another, though the sentence may hold both.
Another form of the same word is no exchange.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final

from clinrag.answering.checking.routes import plain_route
from clinrag.answering.quantities import plainly
from clinrag.answering.wording import content_stems, words

EXCHANGED: Final = "word_exchanged"
MOST_WORDS: Final = 4  # on either side of an exchange
FEWEST_EQUAL: Final = 2  # words that agree beside it
FEWEST_JOINED: Final = 3  # words of each half
STEM: Final = 4  # letters
SHORT: Final = 2  # letters of an abbreviation that tells something: IV, CT, B
COPIED: Final = 0.6  # share of the claim's words that stand in the source in order
# Short words that turn a sentence round, though they carry no meaning by themselves.
_TELLING_WORDS: Final = """
may might can could will would should must shall or and nor over under above below
before after prior during until since with without all any some most many every more
less fewer least only always never often sometimes usually once twice thrice
"""
# What points back to something named before: a claim may name it as its title does.
_POINTING_WORDS: Final = """
it its they their this these that those the such drug medicine medication treatment
disease condition disorder infection syndrome is are he she
"""
_POINTING: Final = frozenset(_POINTING_WORDS.split())
# "side-effects" is "side effects", but "non-selective" is not "selective".
_HYPHEN: Final = re.compile(
    r"(?<![\w-])(?!(?:non|anti|pre|post|sub|hypo|hyper|intra|inter|extra|ultra|over"
    r"|under|semi|multi|trans|contra)-)(?P<one>[^\W\d_]{3,})-(?P<other>[^\W\d_]{3,})"
    r"(?![\w-])",
    re.IGNORECASE,
)
_AT_MOST: Final = re.compile(r"\b(?:up to|no more than|not more than)\b", re.IGNORECASE)
_AT_LEAST: Final = re.compile(r"\b(?:no|not) (?:less|fewer) than\b", re.IGNORECASE)
# How forms of one word end, after a beginning that they share.
_ENDING_WORDS: Final = """
s es e d ed ing ings er y ly ies ied ion ions ive ation ations al ally ic ical ia
a um ment ments ance ence ant ent able ée és ées ez ó ado ada ar
"""
_ENDINGS: Final = frozenset(["", *_ENDING_WORDS.split()])
_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-'][^\W\d_]+)*")
_ALIKE: Final = (
    frozenset({"may", "might", "can", "could"}),
    frozenset({"often", "usually"}),
    frozenset({"all", "every", "any"}),
)
_TELLING: Final = frozenset(_TELLING_WORDS.split())


def has_exchange(claim: str, sentence: str, *, context: str = "") -> bool:
    """Whether the claim copies the sentence and has other words in a place of it.

    What the `context`, its title and headings, names may stand for "this drug".
    """
    said, stated = _tokens(claim), _tokens(sentence)
    matcher = SequenceMatcher(None, said, stated, autojunk=False)
    blocks, more = matcher.get_opcodes(), Counter(said) - Counter(stated)
    short = _abbreviations(claim) | _abbreviations(sentence)
    named = frozenset(_tokens(context))
    equal = sum(i2 - i1 for tag, i1, i2, *_ in blocks if tag == "equal")
    if not said or equal < COPIED * len(said):
        return False
    beside = [i2 - i1 if tag == "equal" else 0 for tag, i1, i2, *_ in blocks]
    return any(
        _is_exchange(said[i1:i2], stated[j1:j2], more, short)
        for number, (tag, i1, i2, j1, j2) in enumerate(blocks)
        if tag == "replace"
        and not (_POINTING.issuperset(stated[j1:j2]) and named.issuperset(said[i1:i2]))
        and sum(beside[max(number - 1, 0) : number + 2]) >= FEWEST_EQUAL
    )


def has_form(word: str, others: set[str]) -> bool:
    """Whether another form of the word is among the others: "cramps", "cramping"."""
    return any(_is_form(word, other) for other in others)


def _tokens(text: str) -> tuple[str, ...]:
    plain = _HYPHEN.sub(r"\g<one> \g<other>", plainly(text))
    plain = _AT_LEAST.sub("at least", _AT_MOST.sub("at most", plain))
    return tuple(map(plain_route, _TOKEN.findall(plain)))


def is_spliced(claim: str, sentences: Sequence[str]) -> bool:
    """Whether the claim is a start of one sentence and an end of another.

    Whole sentences one after the other are no splice.
    """
    said, rows = words(claim), [_row(words(one)) for one in sentences]
    if any(_row(said) in row for row in rows):
        return False
    starts, ends = _cuts(said, rows), _cuts(said[::-1], [_turned(row) for row in rows])
    return any(
        one != other
        and start + end >= len(said)
        and not _meet(said, rows[one], rows[other], range(len(said) - end, start + 1))
        for one, start in starts.items()
        for other, end in ends.items()
    )


def _meet(said: tuple[str, ...], first: str, second: str, cuts: range) -> bool:
    """Whether the claim goes from the end of one row to the beginning of the other."""
    return any(
        first.endswith(_row(said[:cut])) and second.startswith(_row(said[cut:]))
        for cut in cuts
    )


def _cuts(said: tuple[str, ...], rows: Sequence[str]) -> dict[int, int]:
    """How many of the first words stand in a row in each sentence, FEWEST_JOINED up."""
    lengths = {
        number: max(
            (n for n in range(len(said) + 1) if _row(said[:n]) in row), default=0
        )
        for number, row in enumerate(rows)
    }
    return {number: n for number, n in lengths.items() if n >= FEWEST_JOINED}


def _row(several: tuple[str, ...]) -> str:
    return f" {' '.join(several)} " if several else ""


def _turned(row: str) -> str:
    return _row(tuple(row.split()[::-1]))


def _is_exchange(
    new: tuple[str, ...],
    old: tuple[str, ...],
    counts: Counter[str],
    short: frozenset[str],
) -> bool:
    """`counts` tells how often the claim has each word more than its source."""
    if max(len(new), len(old)) > MOST_WORDS:
        return False
    told, left = {one for one in new if counts[one] > 0}, set(old) - set(new)
    turns = told & _TELLING and left & _TELLING and not _are_alike(told, left)
    numbers = {_digits(one) for one in told} - {_digits(one) for one in left} - {""}
    content = [one for one in told if not has_form(one, left)]
    exchanged = _means(content, short) and _means(left, short)
    return bool(turns or exchanged or (numbers and any(map(_digits, left))))


def _digits(token: str) -> str:
    """A number without what parts its digits; "" for a word."""
    return re.sub(r"[.,]", "", token).lstrip("0") if token[0].isdigit() else ""


def _are_alike(told: set[str], left: set[str]) -> bool:
    return any(told & one and left & one for one in _ALIKE)


def _means(several: Iterable[str], short: frozenset[str]) -> bool:
    return any(one in short or content_stems(one) for one in several)


def _abbreviations(text: str) -> frozenset[str]:
    """Words of one or two capitals, in small letters; one letter behind a word."""
    if text.isupper():
        return frozenset()
    found = [one for one in _TOKEN.findall(plainly(text)) if not one[0].isdigit()]
    return frozenset(
        one.lower()
        for place, one in enumerate(found)
        if one.isupper() and len(one) <= SHORT and (place or len(one) == SHORT)
    )


def _is_form(word: str, other: str) -> bool:
    return any(
        word[:cut] == other[:cut] and word[cut:] in _ENDINGS and other[cut:] in _ENDINGS
        for cut in range(STEM, min(len(word), len(other)) + 1)
    )
