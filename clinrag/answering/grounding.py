"""Does the cited text say what the claim says? One verdict per claim.

Promises: pure and deterministic. A claim is supported only if every quote stands word
for word in a passage that was in the prompt, and one cited sentence, with what it
stands under, holds what the claim says: most of its words, every number with its unit,
comparison and frequency beside the same words, every medicine, the people it is for,
what it denies, how surely, and on which condition. A claim of several sentences is
checked sentence by sentence, so that halves of two are not stitched into one. Nothing
is attached to fill a gap, no quote is repaired. It compares wording: it cannot know
whether the source is right, or understood rightly. README.md lists the codes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clinrag.answering.checking import conditions, polarity, routes, terms
from clinrag.answering.checking.alike import alike
from clinrag.answering.checking.coordination import in_order_of
from clinrag.answering.checking.exchanges import (
    EXCHANGED,
    has_exchange,
    has_form,
    is_spliced,
)
from clinrag.answering.checking.medicines import medicines
from clinrag.answering.checking.neighbours import OUT_OF_PLACE, out_of_place
from clinrag.answering.checking.order import is_reordered
from clinrag.answering.checking.places import (
    Place,
    QuotedSpan,
    places_of,
    sentence_around,
)
from clinrag.answering.folding import Folded, find_span, fold, fold_text
from clinrag.answering.quantities import missing_quantities, quantities
from clinrag.answering.types import Verdict
from clinrag.answering.wording import content_stems, words
from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)

__all__ = ["CheckedClaim", "Grounding", "QuotedSpan", "check_claims", "sentence_around"]

# The share of a claim's content words that its sentence must hold: fitted to one half
# of the labelled set, reported on the other (`manage.py evaluate_grounding`).
FULL_COVERAGE: Final = 0.65
SOME_COVERAGE: Final = 0.35
FEW_WORDS: Final = 3  # content words: one of so few that is not there says much
ENOUGH_WORDS: Final = 5
STITCHES: Final = 2  # content words that only another cited sentence has

NOT_ALL: Final = "not_all_in_source"
LITTLE: Final = "little_in_source"
STITCHED: Final = "drawn_from_two_sentences"
# What is wrong with a claim whose source says part of it, and nothing against it.
_SAYS_PART: Final = frozenset(
    {
        *("quote_not_found", NOT_ALL, STITCHED, EXCHANGED),
        *(terms.POPULATION_DROPPED, conditions.CONDITION, routes.ROUTE_DROPPED),
    }
)
# Sentences about the answer itself: they state nothing that a source could hold.
_ABOUT_THE_ANSWER: Final = re.compile(
    r"^(?:here (?:is|are)|the following|in summary|to summari[sz]e|i hope|let me know"
    r"|based on (?:the|these|your) (?:documents?|passages?|sources?|evidence|context)"
    r"|according to (?:the|these) (?:documents?|passages?|sources?)[,:]?$"
    r"|voici|en résumé)\b[^.]*[.:!]?$",
    re.IGNORECASE,
)
_SENTENCES: Final = re.compile(r"(?<=[.!?;])\s+(?=[^\W\d_a-zà-ÿ]|\d)|;\s+")
_MARKS: Final = re.compile(r"(?m)^\s*(?:[-*•–]|\d{1,2}[.)])\s+|[|*_]+")
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim, its verdict, the quotes found, and what was found wrong, as codes."""

    text: str
    verdict: Verdict
    spans: tuple[QuotedSpan, ...]
    problems: tuple[str, ...]
    field: str = "claims"


@dataclass(frozen=True, slots=True)
class Grounding:
    """The checked claims of a draft, in its order."""

    claims: tuple[CheckedClaim, ...]

    @property
    def supported(self) -> tuple[CheckedClaim, ...]:
        return tuple(c for c in self.claims if c.verdict is Verdict.SUPPORTED)

    @property
    def factual(self) -> tuple[CheckedClaim, ...]:
        """Those that state something; the others are left out without a word."""
        return tuple(c for c in self.claims if c.verdict is not Verdict.NOT_FACTUAL)

    @property
    def verdicts(self) -> tuple[str, ...]:
        return tuple(claim.verdict.value for claim in self.claims)


def check_claims(draft: DraftAnswer, passages: Sequence[EvidencePassage]) -> Grounding:
    """Checks each claim against `passages`, which must be those in the prompt."""
    by_number = {passage.number: passage for passage in passages}
    cited = {one.passage_number for claim in draft.claims for one in claim.citations}
    folded = {
        number: fold(passage.text)
        for number, passage in by_number.items()
        if number in cited
    }
    return Grounding(
        tuple(_check_claim(claim, by_number, folded) for claim in draft.claims)
    )


def _check_claim(
    claim: DraftClaim,
    passages: Mapping[int, EvidencePassage],
    folded: Mapping[int, Folded],
) -> CheckedClaim:
    text = fold_text(claim.text)
    spans, problems = _locate_quotes(claim.citations, folded)
    if not claim.citations and _states_nothing(text):
        return CheckedClaim(claim.text, Verdict.NOT_FACTUAL, (), ())
    if not text or not spans:
        return CheckedClaim(
            claim.text, Verdict.UNSUPPORTED, spans, (*problems, "no_quote_found")
        )
    raw = _candidates(text, places_of(spans, passages))
    text, spliced = alike(text), is_spliced(text, [one.sentence for one in raw])
    places = tuple(map(_read_alike, raw))
    found = (
        code
        for part in _parts(text)
        for code in _part_problems(part, places, claim=text)
    )
    if spliced:
        problems = (*problems, STITCHED)
    problems = tuple(dict.fromkeys((*problems, *found)))
    return CheckedClaim(claim.text, _verdict(problems), spans, problems)


def _states_nothing(text: str) -> bool:
    asks = text.endswith("?")
    plain = not quantities(text) and not medicines(text)
    return plain and (asks or bool(_ABOUT_THE_ANSWER.match(text)))


def _verdict(problems: tuple[str, ...]) -> Verdict:
    if set(problems) - _SAYS_PART:
        return Verdict.UNSUPPORTED
    return Verdict.PARTIAL if problems else Verdict.SUPPORTED


def _locate_quotes(
    citations: Sequence[DraftCitation], folded: Mapping[int, Folded]
) -> tuple[tuple[QuotedSpan, ...], tuple[str, ...]]:
    spans: list[QuotedSpan] = []
    problems: list[str] = []
    for citation in citations:
        span, problem = _locate(citation, folded)
        if span and span not in spans:
            spans.append(span)
        if problem:
            problems.append(problem)
    return tuple(spans), tuple(problems)


def _locate(
    citation: DraftCitation, folded: Mapping[int, Folded]
) -> tuple[QuotedSpan | None, str | None]:
    passage = folded.get(citation.passage_number)
    if passage is None:
        return None, "passage_not_in_prompt"
    quote = citation.quote.strip().strip("\"'“”‘’«»").strip()
    if not _says_something(quote):
        return None, "quote_too_short"
    found = find_span(passage, quote)
    if found is None:
        return None, "quote_not_found"
    return QuotedSpan(citation.passage_number, *found), None


def _says_something(quote: str) -> bool:
    enough = len(content_stems(quote)) > 1 or len(words(quote)) >= ENOUGH_WORDS
    return bool(enough or quantities(quote))


def _parts(text: str) -> tuple[str, ...]:
    """The sentences of a claim; what says nothing by itself stays with another one.

    "(Fig. 11)" is no sentence of its own, but its number is to be checked.
    """
    parts: list[str] = []
    for part in _SENTENCES.split(text):
        if parts and not (content_stems(part) and content_stems(parts[-1])):
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return tuple(parts)


def _candidates(text: str, places: tuple[Place, ...]) -> tuple[Place, ...]:
    """The cited sentences; all of them as one when the claim copies them in a row."""
    whole = Place(
        " ".join(one.sentence for one in places),
        " ".join(one.scope for one in places),
        " ".join(dict.fromkeys(one.context for one in places)),
    )
    copied = _row(text) in _row(f"{whole.context} {whole.sentence}")
    return (whole,) if copied and len(places) > 1 else places


def _read_alike(place: Place) -> Place:
    return Place(alike(place.sentence), alike(place.scope), alike(place.context))


def _row(text: str) -> str:
    return " ".join(_TOKEN.findall(_MARKS.sub(" ", text).lower()))


def _part_problems(
    part: str, places: Sequence[Place], *, claim: str
) -> tuple[str, ...]:
    """What the part says otherwise than the cited sentence that is closest to it."""
    place = max(places, key=lambda one: _coverage(part, one))
    return (
        *_differing_facts(part, place),
        *polarity.differences(part, (place.scope,)),
        *conditions.differences(claim, place.scope),
        *routes.differences(
            part, claim=claim, sentence=place.sentence, context=place.context
        ),
        *terms.differences(
            part, claim=claim, sentence=place.sentence, context=place.context
        ),
        *_uncovered(part, place, places),
    )


def _differing_facts(part: str, place: Place) -> tuple[str, ...]:
    missing = missing_quantities(part, (place.sentence, place.context))
    codes = [mismatch.code for mismatch in missing]
    if out_of_place(part, (place.sentence,)):
        codes.append(OUT_OF_PLACE)
    if medicines(part) - medicines(place.all_words):
        codes.append("medicine_not_in_source")
    sentence = in_order_of(part, place.sentence)
    if has_exchange(part, place.sentence, context=place.context) or (
        is_reordered(part, place.sentence, around=place.all_words)
        and is_reordered(part, sentence, around=place.all_words)
    ):
        codes.append(EXCHANGED)
    return tuple(codes)


def _uncovered(part: str, place: Place, places: Sequence[Place]) -> tuple[str, ...]:
    """What of the part its sentence leaves open, and whether another one fills it."""
    coverage = _coverage(part, place)
    if coverage < SOME_COVERAGE:
        return (LITTLE,)
    left = content_stems(part) - content_stems(place.all_words)
    elsewhere = (content_stems(one.sentence) for one in places if one is not place)
    short = len(content_stems(part)) <= FEW_WORDS and _names_new(part, place)
    stitched = any(len(left & stems) >= STITCHES for stems in elsewhere)
    codes = {STITCHED: stitched, NOT_ALL: short or coverage < FULL_COVERAGE}
    return tuple(code for code, applies in codes.items() if applies)


def _coverage(part: str, place: Place) -> float:
    """The share of the part's content words that the place holds; 0 to 1."""
    wanted = content_stems(part)
    if not wanted:
        return 1.0 if quantities(part) else 0.0
    return len(wanted & content_stems(place.all_words)) / len(wanted)


def _names_new(part: str, place: Place) -> bool:
    """Whether a word of it stands in the source in no form at all."""
    known, forms = content_stems(place.all_words), set(words(place.all_words))
    new = (word for word in words(part) if content_stems(word) - known)
    return any(not has_form(word, forms) for word in new)
