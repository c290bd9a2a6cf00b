"""Which questions are turned away before anything is looked up for them.

Promises: pure; looks at the question alone, in one order, so that the same question
meets the same refusal whoever asks it again. Writes nothing.
"""

from clinrag.answering import reasons
from clinrag.answering.policy import IdentifierPolicy
from clinrag.answering.scope import is_out_of_scope
from clinrag.answering.types import Outcome
from clinrag.privacy.injection import find_suspicions
from clinrag.privacy.types import Screening


def refusal_of(
    screening: Screening,
    *,
    policy: IdentifierPolicy,
    context: Screening | None = None,
) -> tuple[Outcome, str] | None:
    """The outcome and its reason; None when the question may be looked up.

    The encounter told with it is screened as the question is.
    """
    given = (screening,) if context is None else (screening, context)
    if any(find_suspicions(one.text) for one in given):
        return Outcome.INJECTION_SUSPECTED, reasons.INSTRUCTIONS
    if any(one.findings for one in given) and policy is IdentifierPolicy.REFUSE:
        return Outcome.IDENTIFIERS_FOUND, reasons.IDENTIFIERS
    if is_out_of_scope(screening.text):
        return Outcome.OUT_OF_SCOPE, reasons.NOT_CLINICAL
    return None
