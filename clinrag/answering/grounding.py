"""Does the cited text say what the claim says? One verdict per claim.

Promises: pure and deterministic. A claim is supported only if every quote stands
word for word in a passage that was in the prompt, and every number with its unit,
every medicine, the negation and most of the words of the claim stand in the cited
sentences. Nothing is attached to fill a gap, no quote is repaired. It compares
wording: it cannot know whether the source is right, or understood rightly.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clinrag.answering.folding import Folded, find_span, fold, fold_text
from clinrag.answering.quantities import missing_quantities, quantities
from clinrag.answering.types import Verdict
from clinrag.answering.wording import content_stems, has_negation, medicines, words
from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)

FULL_COVERAGE = 0.6
SOME_COVERAGE = 0.35
WORDS_BEFORE = 6
ENOUGH_WORDS = 5
_SENTENCE_END = re.compile(
    r"[.!?][\"'”’)\]*_]*\s+(?=[\"'“‘(\[*_]*[^\W\d_a-zà-ÿ]|\d|[-*•])|\n"
)
_LIST_ITEM = re.compile(r"\s*(?:[-*•–]|\d{1,2}[.)]|[a-z][.)])\s")


@dataclass(frozen=True, slots=True)
class QuotedSpan:
    """Where a quote stands: `passage.text[start:end]`, in original characters."""

    passage_number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim, its verdict, the quotes found, and what was found wrong."""

    text: str
    verdict: Verdict
    spans: tuple[QuotedSpan, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grounding:
    """The checked claims of a draft, in its order."""

    claims: tuple[CheckedClaim, ...]

    @property
    def supported(self) -> tuple[CheckedClaim, ...]:
        return tuple(c for c in self.claims if c.verdict is Verdict.SUPPORTED)

    @property
    def verdicts(self) -> tuple[str, ...]:
        return tuple(claim.verdict.value for claim in self.claims)


@dataclass(frozen=True, slots=True)
class _Cited:
    """The words a claim may lean on: strict for facts, wide for its wording."""

    sentences: tuple[str, ...]
    negation_scopes: tuple[str, ...]
    context: str


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
    if not text or not spans:
        return CheckedClaim(
            claim.text, Verdict.UNSUPPORTED, spans, (*problems, "no_quote_found")
        )
    cited = _cited_text(spans, passages)
    problems = (*problems, *_contradictions(text, cited))
    coverage = _coverage(text, cited)
    return CheckedClaim(claim.text, _verdict(problems, coverage), spans, problems)


def _verdict(problems: tuple[str, ...], coverage: float) -> Verdict:
    if set(problems) - {"quote_not_found"} or coverage < SOME_COVERAGE:
        return Verdict.UNSUPPORTED
    if problems or coverage < FULL_COVERAGE:
        return Verdict.PARTIAL
    return Verdict.SUPPORTED


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


def _cited_text(
    spans: Sequence[QuotedSpan], passages: Mapping[int, EvidencePassage]
) -> _Cited:
    sentences: list[str] = []
    scopes: list[str] = []
    context: list[str] = []
    for span in spans:
        passage = passages[span.passage_number]
        start, end = sentence_around(passage.text, span.start, span.end)
        lead_in = _lead_in(passage.text, start)
        before = passage.text[start : span.start].split()[-WORDS_BEFORE:]
        quote = passage.text[span.start : span.end]
        sentences.append(fold_text(passage.text[start:end]))
        scopes.append(fold_text(" ".join([lead_in, *before, quote])))
        context += [lead_in, passage.title, *passage.section_path]
    wide = " ".join(fold_text(part) for part in (*context, *sentences))
    return _Cited(tuple(sentences), tuple(scopes), wide)


def _contradictions(claim: str, cited: _Cited) -> tuple[str, ...]:
    """What the claim states and the cited sentences do not."""
    problems = []
    if missing_quantities(claim, (*cited.sentences, cited.context)):
        problems.append("number_not_in_source")
    if medicines(claim) - medicines(cited.context):
        problems.append("medicine_not_in_source")
    if has_negation(claim) != any(map(has_negation, cited.negation_scopes)):
        problems.append("negation_differs")
    return tuple(problems)


def _coverage(claim: str, cited: _Cited) -> float:
    """The share of the claim's content words that the cited text has; 0 to 1."""
    wanted = content_stems(claim)
    if not wanted:
        return 1.0 if quantities(claim) else 0.0
    return len(wanted & content_stems(cited.context)) / len(wanted)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of the sentences or lines that `text[start:end]` lies in."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    left = max((stop for stop in ends if stop <= start), default=0)
    right = min((stop for stop in ends if stop >= end), default=len(text))
    return left, right


def _last_sentence(line: str) -> str:
    return line[sentence_around(line, len(line) - 1, len(line))[0] :]


def _lead_in(text: str, line_start: int) -> str:
    """The sentence ending in a colon that a list item at `line_start` belongs to.

    "Do not use in:" is half of what its item "- asthma" says.
    """
    if not _LIST_ITEM.match(text[line_start:]):
        return ""
    depth = _indent(text[line_start:])
    for line in reversed(text[:line_start].splitlines()):
        inside_list = _LIST_ITEM.match(line) and _indent(line) >= depth
        if not line.strip() or inside_list or _indent(line) > depth:
            continue
        return _last_sentence(line) if line.rstrip(" *_").endswith(":") else ""
    return ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
