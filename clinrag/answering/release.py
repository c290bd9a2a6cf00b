"""From the verdicts on a draft to what may leave.

Promises: pure. Only supported claims are ever released; what was left out is said.
"""

import re
from dataclasses import dataclass

from clinrag.answering import reasons
from clinrag.answering.grounding import CheckedClaim, Grounding
from clinrag.answering.policy import GroundingPolicy
from clinrag.answering.quantities import names_dose
from clinrag.answering.types import Outcome

_ASKS_DOSE = re.compile(
    r"\b(?:what|which)\b(?:\W+\w+){0,5}?\W+(?:dose|dosage|dosing)\s+(?:of|for)\b"
    r"|\bhow\s+(?:much|many\s+(?:mg|milligrams?|tablets?|units?|puffs?|drops?))\b"
    r"[^.?!]{0,60}\b(?:give|given|take|taken|prescribed?|administer(?:ed)?|start)\b"
    r"|\bquelle\b(?:\W+\w+){0,4}?\W+(?:dose|posologie)\s+(?:de|du|d['’])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a draft: released claims, or an outcome with its reason."""

    outcome: Outcome
    claims: tuple[CheckedClaim, ...]
    reason: str | None
    left_out: int


def decide(grounding: Grounding, *, question: str, policy: GroundingPolicy) -> Decision:
    """Applies the grounding policy; an answer about doses must cite a dose."""
    supported = grounding.supported
    left_out = len(grounding.claims) - len(supported)
    if not grounding.claims:
        return _refusal(Outcome.NO_EVIDENCE, reasons.ABSTAINED)
    if not supported:
        return _refusal(Outcome.NOT_GROUNDED, reasons.CLAIMS_UNSUPPORTED)
    if left_out and policy is GroundingPolicy.REFUSE:
        return _refusal(Outcome.NOT_GROUNDED, reasons.SOME_CLAIMS_UNSUPPORTED)
    if asks_dose(question) and not any(names_dose(c.text) for c in supported):
        return _refusal(Outcome.NOT_GROUNDED, reasons.DOSE_NOT_CITED)
    return Decision(Outcome.ANSWERED, supported, None, left_out)


def asks_dose(question: str) -> bool:
    """Whether a question plainly wants an amount to give or take."""
    return bool(_ASKS_DOSE.search(question))


def _refusal(outcome: Outcome, reason: str) -> Decision:
    return Decision(outcome, (), reason, 0)
