"""From the verdicts on a draft to what may leave.

Promises: pure. Only supported claims are released, and what was left out is said. The
one exception is the policy "flag": beside at least one supported claim it also lets out
a claim that is not, if one of its quotes stands where it says, nothing in it
contradicts the cited words, and it states no number, and no word of how much or how
often. Whoever composes the answer marks it in its own text.
"""

import re
from dataclasses import dataclass

from clinrag.answering import reasons
from clinrag.answering.grounding import CheckedClaim, Grounding
from clinrag.answering.policy import GroundingPolicy
from clinrag.answering.quantities import names_amount, names_dose
from clinrag.answering.types import Outcome, Verdict
from clinrag.inference.types import ENCOUNTER

_ASKS_DOSE = re.compile(
    r"\b(?:what|which)\b(?:\W+\w+){0,5}?\W+(?:dose|dosage|dosing)\s+(?:of|for)\b"
    r"|\bhow\s+(?:much|many\s+(?:mg|milligrams?|tablets?|units?|puffs?|drops?))\b"
    r"[^.?!]{0,60}\b(?:give|given|take|taken|prescribed?|administer(?:ed)?|start)\b"
    r"|\bquelle\b(?:\W+\w+){0,4}?\W+(?:dose|posologie)\s+(?:de|du|d['’])",
    re.IGNORECASE,
)


# What a claim may have wrong and still be shown, marked: it says more than its source.
_SHOWABLE = frozenset({"quote_not_found", "not_all_in_source"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a draft: released claims, or an outcome with its reason."""

    outcome: Outcome
    claims: tuple[CheckedClaim, ...]
    reason: str | None
    left_out: int

    @property
    def supported(self) -> tuple[CheckedClaim, ...]:
        return tuple(c for c in self.claims if c.verdict is Verdict.SUPPORTED)

    @property
    def flagged(self) -> int:
        """How many of the claims are released although they are not supported."""
        return len(self.claims) - len(self.supported)


def decide(grounding: Grounding, *, question: str, policy: GroundingPolicy) -> Decision:
    """Applies the grounding policy; an answer about doses must cite a dose."""
    supported = grounding.supported
    released = _released(grounding, policy)
    left_out = len(grounding.factual) - len(released)
    if not grounding.factual:
        return _refusal(Outcome.NO_EVIDENCE, reasons.ABSTAINED)
    if not supported:
        return _refusal(Outcome.NOT_GROUNDED, reasons.CLAIMS_UNSUPPORTED)
    if left_out and policy is GroundingPolicy.REFUSE:
        return _refusal(Outcome.NOT_GROUNDED, reasons.SOME_CLAIMS_UNSUPPORTED)
    if asks_dose(question) and not any(map(_cites_dose, supported)):
        return _refusal(Outcome.NOT_GROUNDED, reasons.DOSE_NOT_CITED)
    return Decision(Outcome.ANSWERED, released, None, left_out)


def asks_dose(question: str) -> bool:
    """Whether a question plainly wants an amount to give or take."""
    return bool(_ASKS_DOSE.search(question))


def _cites_dose(claim: CheckedClaim) -> bool:
    """Whether it gives a dose out of a document: what somebody takes is no advice."""
    told = any(span.passage_number == ENCOUNTER for span in claim.spans)
    return not told and names_dose(claim.text)


def _released(
    grounding: Grounding, policy: GroundingPolicy
) -> tuple[CheckedClaim, ...]:
    if policy is not GroundingPolicy.FLAG:
        return grounding.supported
    return tuple(
        claim
        for claim in grounding.claims
        if claim.verdict is Verdict.SUPPORTED or _may_be_shown(claim)
    )


def _may_be_shown(claim: CheckedClaim) -> bool:
    harmless = bool(claim.spans) and set(claim.problems) <= _SHOWABLE
    return harmless and not names_amount(claim.text)


def _refusal(outcome: Outcome, reason: str) -> Decision:
    return Decision(outcome, (), reason, 0)
