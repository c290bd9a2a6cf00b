"""An answer that nobody gets: what the built-in answerer would make of a question.

Promises: the way of a real answer from prompt to verdict, with the built-in answerer
alone, so that no text reaches a model without a record of it. Writes nothing. For
measurements and for golden questions; a person's question never comes this way.
"""

from dataclasses import dataclass

from clinrag.answering.answerers import ExtractiveAnswerer
from clinrag.answering.grounding import CheckedClaim, Grounding, check_claims
from clinrag.answering.policy import Policy
from clinrag.answering.prompts import build_prompt, newest_template
from clinrag.answering.release import decide
from clinrag.answering.scope import is_out_of_scope
from clinrag.answering.types import Outcome
from clinrag.inference.types import EvidencePassage
from clinrag.retrieval.types import Retrieval, RetrievedPassage
from ingestion.embedding import Embedder

USUAL = Policy()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it, the claims that would be released, and the passages they cite.

    `shown` are the passages that were in the prompt.
    """

    outcome: Outcome
    cited: tuple[RetrievedPassage, ...] = ()
    claims: tuple[CheckedClaim, ...] = ()
    shown: tuple[EvidencePassage, ...] = ()


def rehearse(
    question: str, found: Retrieval, *, embedder: Embedder, policy: Policy = USUAL
) -> Rehearsal:
    """Answer from what was found. Raises EmbeddingFailed."""
    if is_out_of_scope(question):
        return Rehearsal(Outcome.OUT_OF_SCOPE)
    if not found.passages:
        return Rehearsal(Outcome.NO_EVIDENCE)
    answerer = ExtractiveAnswerer(embedder)
    prompt = build_prompt(
        newest_template(answerer.template),
        question=question,
        passages=found.passages,
        budget_tokens=policy.prompt_tokens,
    )
    drafted = answerer.draft(prompt, question=found.expanded_text).draft
    if drafted is None:
        return Rehearsal(Outcome.NO_EVIDENCE, shown=prompt.passages)
    grounding = check_claims(drafted, prompt.passages)
    decision = decide(grounding, question=question, policy=policy.grounding)
    if decision.outcome is not Outcome.ANSWERED:
        return Rehearsal(decision.outcome, shown=prompt.passages)
    return Rehearsal(
        decision.outcome, _cited(grounding, found), decision.claims, prompt.passages
    )


def _cited(grounding: Grounding, found: Retrieval) -> tuple[RetrievedPassage, ...]:
    numbers = {
        span.passage_number for claim in grounding.supported for span in claim.spans
    }
    return tuple(found.passages[number - 1] for number in sorted(numbers))
