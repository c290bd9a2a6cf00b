"""What a reader must see beside an answer: high-alert medicines, and sources at odds.

Promises: pure. Groups of medicines are data with their source and a version
(`checking/data/high_alert.json`), found word by word in the claims released. Two cited
sentences of different documents are compared as foresight compares editions; possibly
they disagree: it compares words and numbers. Will not: keep anything back for it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from clinrag.answering.foresight.conflicts import Statement, compared, statements_of
from clinrag.answering.types import Disagreement, Flag
from clinrag.answering.wording import words
from clinrag.retrieval.types import RetrievedPassage

_FILE: Final = Path(__file__).parent / "checking" / "data" / "high_alert.json"
_DATA: Final = json.loads(_FILE.read_text(encoding="utf-8"))
LIST: Final = f"high_alert/{_DATA['version']}"


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """A citation's number, its passage, and `passage.text[start:end]`."""

    number: int
    passage: RetrievedPassage
    start: int
    end: int


def flags_of(claims: Sequence[str]) -> tuple[Flag, ...]:
    """Which groups of high-alert medicines the claims name, and which claims do."""
    said = [frozenset(words(one)) for one in claims]
    found = []
    for group in _DATA["groups"]:
        named = frozenset(group["words"])
        places = tuple(n for n, one in enumerate(said, start=1) if one & named)
        if places:
            found.append(Flag(group["code"], group["title"], LIST, places))
    return tuple(found)


def disagreements_of(cited: Sequence[CitedSpan]) -> tuple[Disagreement, ...]:
    """Cited sentences of different documents that may contradict each other."""
    found: dict[tuple[int, int], Disagreement] = {}
    for one, other in combinations(cited, 2):
        if one.passage.document_id != other.passage.document_id:
            for each in _between(one, other):
                found.setdefault(each.citations, each)
    return tuple(found.values())


def sentences(
    flags: Sequence[Flag], conflicts: Sequence[Disagreement]
) -> tuple[str, ...]:
    """Both as sentences for people."""
    told = [_told(one) for one in conflicts]
    if flags:
        named = ", ".join(one.title for one in flags)
        told.append(f"High-alert medicines are named: {named}. Check dose and route.")
    return tuple(told)


def _between(one: CitedSpan, other: CitedSpan) -> Iterator[Disagreement]:
    for ours in _stated(one):
        for theirs in _stated(other):
            for each in compared(ours, theirs):
                yield Disagreement(
                    each.kind,
                    (one.number, other.number),
                    each.our_words,
                    each.their_words,
                )


def _stated(cited: CitedSpan) -> Iterator[Statement]:
    """The sentences that the quote touches."""
    return (
        one
        for one in statements_of(cited.passage)
        if one.place.start < cited.end and cited.start < one.place.end
    )


def _told(one: Disagreement) -> str:
    first, second = one.citations
    if one.kind == "quantity":
        return (
            f"The sources may disagree: [{first}] says {one.first_says}, "
            f"[{second}] says {one.second_says}. Read both."
        )
    return (
        f"The sources may disagree: one of [{first}] and [{second}] advises against "
        "what the other recommends. Read both."
    )
