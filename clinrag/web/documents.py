"""What was written in a format, laid out for a page.

Promises: the parts in the order of the house style, each statement under its part; the
encounter with the exact spans that are quoted. Will not: read sealed content.
"""

from dataclasses import dataclass
from itertools import pairwise

from clinrag.answering.errors import QuestionInvalid
from clinrag.answering.formats.definitions import find_format, find_style
from clinrag.answering.types import AnswerField, AnswerResult, Claim, ContextCitation


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, and its statements or why there are none."""

    title: str
    claims: tuple[Claim, ...]
    empty: str | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the encounter; `numbers` are of the quotes that begin with it."""

    text: str
    quoted: bool
    numbers: tuple[int, ...]


def parts_of(result: AnswerResult | None) -> list[Part]:
    """The parts of an answer; one without a title for an answer older than formats."""
    if result is None or not result.claims:
        return []
    if not result.fields:
        return [Part("", result.claims, None)]
    claims = result.claims
    return [
        Part(
            field.title, tuple(claims[place - 1] for place in field.claims), field.empty
        )
        for field in _ordered(result)
    ]


def encounter_of(result: AnswerResult | None, context: str | None) -> list[Piece]:
    """The masked encounter in pieces, cut where a quote begins or ends."""
    if not context:
        return []
    quotes = _quotes(result)
    ends = (place for one in quotes for place in (one.char_start, one.char_end))
    cuts = sorted({0, len(context), *ends})
    return [
        Piece(
            text=context[start:end],
            quoted=any(one.char_start <= start < one.char_end for one in quotes),
            numbers=tuple(one.number for one in quotes if one.char_start == start),
        )
        for start, end in pairwise(cuts)
    ]


def _quotes(result: AnswerResult | None) -> list[ContextCitation]:
    claims = result.claims if result else ()
    by_number = {one.number: one for claim in claims for one in claim.context_citations}
    return sorted(by_number.values(), key=lambda one: one.number)


def _ordered(result: AnswerResult) -> tuple[AnswerField, ...]:
    """As the style orders them, or as they stand if it is not on disk any more."""
    try:
        form, style = find_format(result.format), find_style(result.style)
    except QuestionInvalid:
        return result.fields
    fields = {field.name: field for field in result.fields}
    return tuple(fields[field.name] for field in style.ordered(form))
