"""An answer that nobody gets: what would be made of a question.

Promises: the way of a real answer from prompt to verdict, with the built-in answerer
unless a caller gives another: then text reaches a model that no answer's record tells
of, and the caller records what for. Writes nothing. For measurements and for golden
questions; a person's question never comes this way.
"""

from dataclasses import dataclass

from clinrag.answering.answerers import Answerer, ExtractiveAnswerer
from clinrag.answering.formats.definitions import plain_brief
from clinrag.answering.formats.fields import check_fields
from clinrag.answering.formats.types import Brief
from clinrag.answering.grounding import CheckedClaim, Grounding
from clinrag.answering.policy import Policy
from clinrag.answering.prompts import Template, build_prompt, newest_template
from clinrag.answering.release import decide
from clinrag.answering.scope import is_out_of_scope
from clinrag.answering.types import Outcome
from clinrag.inference.types import ENCOUNTER, EvidencePassage
from clinrag.retrieval.types import Retrieval, RetrievedPassage
from ingestion.embedding import Embedder

USUAL = Policy()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it, the claims that would be released, and the passages they cite.

    `shown` are the passages that were in the prompt, `factual` the claims drafted that
    state something, released or not.
    """

    outcome: Outcome
    cited: tuple[RetrievedPassage, ...] = ()
    claims: tuple[CheckedClaim, ...] = ()
    shown: tuple[EvidencePassage, ...] = ()
    factual: tuple[CheckedClaim, ...] = ()


def rehearse(
    question: str,
    found: Retrieval,
    *,
    embedder: Embedder,
    policy: Policy = USUAL,
    answerer: Answerer | None = None,
    brief: Brief | None = None,
) -> Rehearsal:
    """Answer from what was found, plainly or as a brief says.

    Raises EmbeddingFailed, InferenceError, PromptTooSmall.
    """
    if is_out_of_scope(question):
        return Rehearsal(Outcome.OUT_OF_SCOPE)
    brief = brief or plain_brief()
    if not found.passages and not brief.context:
        return Rehearsal(Outcome.NO_EVIDENCE)
    answerer = answerer or ExtractiveAnswerer(embedder)
    prompt = build_prompt(
        template_of(answerer),
        question=question,
        passages=found.passages,
        budget_tokens=policy.prompt_tokens,
        brief=brief,
    )
    drafted = answerer.draft(prompt, question=found.expanded_text).draft
    if drafted is None:
        return Rehearsal(Outcome.MODEL_FAILED, shown=prompt.passages)
    grounding = check_fields(drafted, prompt.evidence, form=brief.format)
    decision = decide(grounding, question=question, policy=policy.grounding)
    answered = decision.outcome is Outcome.ANSWERED
    return Rehearsal(
        decision.outcome,
        cited=_cited(grounding, found) if answered else (),
        claims=decision.claims,
        shown=prompt.passages,
        factual=grounding.factual,
    )


def template_of(answerer: Answerer) -> Template:
    """The prompt template of a plain answer by this answerer."""
    return newest_template(answerer.template or "plain_answer")


def _cited(grounding: Grounding, found: Retrieval) -> tuple[RetrievedPassage, ...]:
    numbers = {
        span.passage_number for claim in grounding.supported for span in claim.spans
    } - {ENCOUNTER}
    return tuple(found.passages[number - 1] for number in sorted(numbers))
