"""The built-in answerer for documents of several fields: it chooses, word for word.

Promises: every statement is a verbatim piece of the encounter or of a passage, and its
own quote; the same sources give the same fields; a field for which nothing plainly fits
stays empty. From a note it takes what stands under the headings of a field; from a
dialogue what its speakers say in its words, and no questions; from passages what
answers the question. Does not summarise, conclude or reword: a dialogue stays spoken.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clinrag.inference.extractive import Embed, extract
from clinrag.inference.sentences import one_line, statements_of
from clinrag.inference.types import (
    ENCOUNTER,
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
    FieldWish,
)
from clinrag.inference.words import content_words

MOST_OF_NOTE: Final = 40  # as many as a model may write into one field
MOST_OF_DIALOGUE: Final = 8
FEWEST_CONTENT_WORDS: Final = 2
LONGEST_HEADING: Final = 60

_TURN = re.compile(r"^\[?(?P<speaker>[A-Za-z_ ]{2,20})(?:\]|:)[ \t]*(?P<said>\S.*)$")
_SENTENCE = re.compile(r"[^.?!]+(?:[.?!](?=\S)[^.?!]*)*[.?!]*")


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading of a note, folded, and where its line begins and ends."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Told:
    """A statement of a note, `text[start:end]`, and the heading it is under."""

    under: str
    line: int
    start: int
    end: int


def fill(
    wishes: Sequence[FieldWish],
    *,
    question: str,
    encounter: EvidencePassage | None,
    passages: Sequence[EvidencePassage],
    embed: Embed,
) -> DraftAnswer:
    """Fill the fields, or abstain when nothing fits any. Raises what `embed` raises."""
    claims = [
        *(_from_encounter(encounter.text, wishes) if encounter else ()),
        *_from_passages(question, passages, wishes, embed),
    ]
    places = {wish.name: place for place, wish in enumerate(wishes)}
    ordered = sorted(claims, key=lambda claim: places[claim.field])
    return DraftAnswer(claims=tuple(ordered), abstained=not ordered)


def _from_passages(
    question: str,
    passages: Sequence[EvidencePassage],
    wishes: Sequence[FieldWish],
    embed: Embed,
) -> Iterator[DraftClaim]:
    """What answers the question, each under the field whose words it has most."""
    taking = [wish for wish in wishes if wish.takes_passages]
    if not taking:
        return
    for claim in extract(question, passages, embed=embed).claims:
        yield replace(claim, field=_closest(claim.text, taking).name)


def _from_encounter(text: str, wishes: Sequence[FieldWish]) -> list[DraftClaim]:
    taking = [wish for wish in wishes if wish.takes_encounter]
    if is_dialogue(text):
        return list(_from_dialogue(text, taking))
    return list(_from_note(text, taking))


def is_dialogue(text: str) -> bool:
    """Tell whether most lines begin with who speaks."""
    lines = [line for line in text.splitlines() if line.strip()]
    spoken = sum(line.startswith("[") and bool(_TURN.match(line)) for line in lines)
    return spoken > len(lines) / 2


def _from_note(text: str, wishes: Sequence[FieldWish]) -> Iterator[DraftClaim]:
    """The statements under the headings of a field, in reading order."""
    owners = {name: wish.name for wish in reversed(wishes) for name in wish.headings}
    counts: dict[str, int] = {}
    for told in _told(text, list(_headings(text))):
        owner = owners.get(told.under)
        if owner is None:
            continue
        counts[owner] = counts.get(owner, 0) + 1
        if counts[owner] <= MOST_OF_NOTE:
            yield _claim(text[told.start : told.end].strip(), owner)


def _told(text: str, headings: Sequence[_Heading]) -> list[_Told]:
    """What a note says, each with enough words to be checked.

    "No fever." alone says too little: it goes with the statement before it in its line,
    or with the heading right above it, or is left out.
    """
    found: list[_Told] = []
    for statement in statements_of(EvidencePassage(ENCOUNTER, text)):
        above = [one for one in headings if one.start <= statement.line]
        start = text.index(statement.quote, found[-1].end if found else 0)
        end = start + len(statement.quote)
        if not above or end <= above[-1].end:
            continue
        told = _Told(above[-1].name, statement.line, start, end)
        if len(content_words(statement.quote)) >= FEWEST_CONTENT_WORDS:
            found.append(told)
        elif found and found[-1].line == told.line:
            found[-1] = replace(found[-1], end=end)
        elif not text[above[-1].end : start].strip():
            found.append(replace(told, start=above[-1].start))
    return found


def _headings(text: str) -> Iterator[_Heading]:
    """Lines that only name what follows: in capitals, or ending in a colon."""
    start = 0
    for line in text.splitlines(keepends=True):
        body = line.strip().strip("#*_ \t")
        if (
            body
            and len(body) <= LONGEST_HEADING
            and (body.isupper() or body[-1] == ":")
        ):
            yield _Heading(body.rstrip(":").casefold(), start, start + len(line))
        start += len(line)


def _from_dialogue(text: str, wishes: Sequence[FieldWish]) -> Iterator[DraftClaim]:
    """What a field's speakers say in its words; most of its words first to stay."""
    chosen: dict[str, list[tuple[int, int, str]]] = {wish.name: [] for wish in wishes}
    for place, (speaker, said) in enumerate(_spoken(text)):
        able = [
            wish for wish in wishes if speaker in wish.speakers or not wish.speakers
        ]
        if not able:
            continue
        best = _closest(said, able)
        weight = _weight(said, best)
        if weight:
            chosen[best.name].append((-weight, place, said))
    for name, found in chosen.items():
        kept = sorted(sorted(found)[:MOST_OF_DIALOGUE], key=lambda one: one[1])
        yield from (_claim(said, name) for _, _, said in kept)


def _spoken(text: str) -> Iterator[tuple[str, str]]:
    """Who says which sentence; questions, and what says nothing, are left out."""
    for line in text.splitlines():
        turn = _TURN.match(line)
        if turn is None:
            continue
        for sentence in _SENTENCE.findall(turn["said"]):
            said = sentence.strip()
            tells = len(content_words(said)) >= FEWEST_CONTENT_WORDS
            if tells and not said.endswith("?"):
                yield turn["speaker"].casefold().strip(), said


def _closest(text: str, wishes: Sequence[FieldWish]) -> FieldWish:
    """The field whose words the text has most; the first of those alike."""
    return max(wishes, key=lambda wish: _weight(text, wish))


def _weight(text: str, wish: FieldWish) -> int:
    lower = text.casefold()
    return sum(bool(re.search(cue, lower)) for cue in wish.cues)


def _claim(quote: str, field: str) -> DraftClaim:
    return DraftClaim(one_line(quote), (DraftCitation(ENCOUNTER, quote),), field)
